import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataset, MinibatchOrder } from './dataset.js';
import { Random } from './random.js';
import { createOrder, type Shuffling, shufflings } from './shuffling.js';

/** Labels 0, 1, ..., k - 1 in a mixed order, at least `least` of each. */
function mixed(k: number, least: number, seed: number): ReturnType<typeof dataset> {
  const random = new Random(seed);
  const labels = Array.from({ length: k }, (_, c) => Array<number>(least + random.integer(5)).fill(c)).flat();
  random.shuffle(labels);
  return dataset(new Float32Array(labels.length), labels, 1, k);
}

const tasks = fc.record({
  k: fc.integer({ min: 2, max: 5 }),
  m: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(),
});

describe('orders of examples', () => {
  test.each(shufflings)(
    '%s: whole minibatches of examples that are there, the same for the same seed',
    (policy) => {
      fc.assert(
        fc.property(tasks, ({ k, m, seed }) => {
          const data = mixed(k, m, seed);
          const one = createOrder(policy, data, m, new Random(seed));
          const other = createOrder(policy, data, m, new Random(seed));
          for (let draw = 0; draw < 20; draw++) {
            const indices = one.draw();
            expect(indices.length).toBe(m);
            expect(new Set(indices).size).toBe(m);
            expect(Math.max(...indices)).toBeLessThan(data.count);
            expect(other.draw()).toEqual(indices);
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  test.each(['once', 'never', 'byClass'] as const)('%s: every example once in each round', (policy) => {
    fc.assert(
      fc.property(tasks, ({ k, m, seed }) => {
        const data = mixed(k, m, seed);
        const order = createOrder(policy, data, m, new Random(seed));
        const drawn = Array.from({ length: data.count }, () => [...order.draw()]).flat();
        for (let round = 0; round < m; round++) {
          const one = drawn.slice(round * data.count, (round + 1) * data.count);
          expect(new Set(one).size).toBe(data.count);
          expect(one).toEqual(drawn.slice(0, data.count));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('eachEpoch is the order that training has had all along', () => {
    const data = mixed(3, 5, 1);
    const order = createOrder('eachEpoch', data, 4, new Random(7));
    const plain = new MinibatchOrder(data.count, 4, new Random(7));
    for (let draw = 0; draw < 12; draw++) {
      expect(order.draw()).toEqual(plain.draw());
    }
  });

  test('never keeps the order of the data set, byClass sorts it', () => {
    const data = dataset(new Float32Array(5), [1, 0, 1, 0, 0], 1, 2);
    const draws = (policy: Shuffling): number[][] => {
      const order = createOrder(policy, data, 2, new Random(1));
      return Array.from({ length: 4 }, () => [...order.draw()]);
    };
    expect(draws('never')).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
      [1, 2],
    ]);
    expect(draws('byClass')).toEqual([
      [1, 3],
      [4, 0],
      [2, 1],
      [3, 4],
    ]);
  });

  test('sameClass: one class a minibatch, all classes in each epoch, no example twice in an epoch', () => {
    fc.assert(
      fc.property(tasks, ({ k, m, seed }) => {
        const data = mixed(k, m, seed);
        const order = createOrder('sameClass', data, m, new Random(seed));
        const perEpoch = Array.from({ length: k }, (_, c) =>
          Math.floor(data.labels.filter((label) => label === c).length / m),
        ).reduce((a, b) => a + b);
        for (let epoch = 0; epoch < 3; epoch++) {
          const drawn = Array.from({ length: perEpoch }, () => [...order.draw()]);
          const classes = drawn.map((indices) => {
            const labels = new Set(indices.map((i) => data.labels[i]));
            expect(labels.size).toBe(1);
            return [...labels][0];
          });
          expect(new Set(classes).size).toBe(k);
          expect(new Set(drawn.flat()).size).toBe(perEpoch * m);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('sameClass mixes the classes over the epoch', () => {
    const data = dataset(
      new Float32Array(400),
      Array.from({ length: 400 }, (_, i) => i % 2),
      1,
      2,
    );
    const order = createOrder('sameClass', data, 10, new Random(1));
    const classes = Array.from({ length: 40 }, () => data.labels[order.draw()[0]]).join('');
    expect(classes).toMatch(/0.*1.*0.*1.*0/);
  });

  test('what cannot be is refused', () => {
    const data = dataset(new Float32Array(5), [1, 0, 1, 0, 0], 1, 2);
    const random = new Random(1);
    expect(() => createOrder('random' as Shuffling, data, 2, random)).toThrow(
      'shuffling must be one of "eachEpoch", "once", "never", "byClass", "sameClass", found "random"',
    );
    expect(() => createOrder('never', data, 6, random)).toThrow(
      'batchSize must be at most the 5 examples there are, found 6',
    );
    expect(() => createOrder('sameClass', data, 3, random)).toThrow(
      'batchSize must be at most the 2 examples of class 1 for minibatches of a single class, found 3',
    );
  });
});
