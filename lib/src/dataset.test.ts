import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataset, firstExamples, gather, MinibatchOrder, minibatches, split, subset } from './dataset.js';
import { Random } from './random.js';

/** n examples with two features that tell the index. */
const numbered = (n: number): ReturnType<typeof dataset> =>
  dataset(
    Float64Array.from({ length: 2 * n }, (_, i) => i),
    Array.from({ length: n }, (_, i) => i % 3),
    2,
    3,
  );

describe('a data set', () => {
  test('gathers rows, scaled', () => {
    const bytes = dataset(Uint8Array.of(0, 51, 255, 102), [1, 0], 2, 2, 1 / 255);
    const { x, labels, m } = gather(bytes, [1, 0]);
    expect([m, Array.from(labels)]).toEqual([2, [0, 1]]);
    expect(Array.from(x)).toEqual([1, 0.4, 0, 0.2].map(Math.fround));
  });

  test('splits without losing or doubling an example, by its seed', () => {
    const data = numbered(10);
    const [a, b] = split(data, 4, new Random(1));
    expect([a.count, b.count]).toEqual([4, 6]);
    const firsts = [a, b].flatMap((part) => Array.from({ length: part.count }, (_, i) => part.x[2 * i]));
    expect(firsts.sort((p, q) => p - q)).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i));
    expect(split(data, 4, new Random(1))[0].x).toEqual(a.x);
    expect(split(data, 4, new Random(2))[0].x).not.toEqual(a.x);
  });

  test('a subset keeps labels with their rows', () => {
    const part = subset(numbered(6), [5, 2]);
    expect([Array.from(part.x), Array.from(part.labels)]).toEqual([
      [10, 11, 4, 5],
      [2, 2],
    ]);
    expect(firstExamples(numbered(6), 2).x.length).toBe(4);
  });

  test('refuses what does not fit together', () => {
    expect(() => dataset(new Float64Array(5), [0, 1], 3, 2)).toThrow(
      'x must have labels.length*features = 6 elements',
    );
    expect(() => dataset(new Float64Array(4), [0, 7], 2, 2)).toThrow(
      'labels must be whole numbers from 0 to k - 1 = 1',
    );
    expect(() => dataset(Float64Array.of(1, Number.NaN), [0, 1], 1, 2)).toThrow(
      'x must hold finite numbers, found NaN in row 1',
    );
    expect(() => subset(numbered(3), [3])).toThrow('indices must be whole numbers from 0 to 2, found 3');
    expect(() => split(numbered(3), 3, new Random(1))).toThrow(
      'count must be below the 3 examples there are',
    );
    expect(() => firstExamples(numbered(3), 4)).toThrow(
      'count must be at most the 3 examples there are, found 4',
    );
  });
});

describe('minibatches', () => {
  test('show every example of an epoch once, as far as whole minibatches reach', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(),
        (n, size, seed) => {
          fc.pre(size <= n);
          const order = new MinibatchOrder(n, size, new Random(seed));
          for (let epoch = 0; epoch < 3; epoch++) {
            const seen = new Set<number>();
            for (let b = 0; b < Math.floor(n / size); b++) {
              for (const index of order.draw()) {
                expect(index).toBeLessThan(n);
                expect(seen.has(index)).toBe(false);
                seen.add(index);
              }
            }
          }
        },
      ),
    );
  });

  test('come in the same order from the same seed', () => {
    const draw = (seed: number): number[][] => {
      const batches: number[][] = [];
      for (const { x } of minibatches(numbered(7), 3, new Random(seed))) {
        batches.push(Array.from(x));
        if (batches.length === 5) {
          break;
        }
      }
      return batches;
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('are refused when there are too few examples', () => {
    expect(() => new MinibatchOrder(3, 4, new Random(1))).toThrow(
      'batchSize must be at most the 3 examples there are, found 4',
    );
  });
});
