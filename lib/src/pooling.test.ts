import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenNetworks } from '../../tests/lib/networksGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { pool, poolBackward, poolShape } from './pooling.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

const tasks = fc
  .record({
    kind: fc.constantFrom('max' as const, 'average' as const),
    height: fc.integer({ min: 2, max: 6 }),
    width: fc.integer({ min: 2, max: 6 }),
    channels: fc.integer({ min: 1, max: 3 }),
    size: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    n: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ n, seed, ...options }) => ({ n, seed, shape: poolShape(options) }));

describe('pooling', () => {
  test.each(goldenNetworks('pool'))('gives what PyTorch gives: $name', (g) => {
    const { pooling: kind, height, width, channels, size, stride } = g;
    const shape = poolShape({ kind, height, width, channels, size, stride });
    const result = pool(g.x, g.n, shape);
    expectClose(result.y, g.y, 1e-14);
    expectClose(poolBackward(g.dy, result, g.n, shape), g.dx, 1e-14);
  });

  test('has the gradients that central differences give', () => {
    fc.assert(
      fc.property(tasks, ({ shape, n, seed }) => {
        const random = new Random(seed);
        const x = normals(random, n * shape.height * shape.width * shape.channels);
        const result = pool(x, n, shape);
        const dy = normals(random, result.y.length);
        const numeric = centralDifferences((v) => dot(dy, pool(v, n, shape).y), x, 1e-7);
        expectClose(poolBackward(dy, result, n, shape), numeric, 1e-6);
      }),
      { numRuns: 30 },
    );
  });

  test('average pooling keeps a constant, max pooling never loses to it', () => {
    fc.assert(
      fc.property(tasks, ({ shape, n, seed }) => {
        const x = normals(new Random(seed), n * shape.height * shape.width * shape.channels);
        const most = pool(x, n, { ...shape, kind: 'max' }).y;
        const mean = pool(x, n, { ...shape, kind: 'average' }).y;
        expect(most.every((v, i) => v >= mean[i] - 1e-12)).toBe(true);
        const constant = pool(x.fill(3), n, { ...shape, kind: 'average' }).y;
        expect(constant.every((v) => v === 3)).toBe(true);
      }),
    );
  });

  test('the first of equal numbers gets the gradient, and NaN goes through', () => {
    const shape = poolShape({ kind: 'max', height: 2, width: 2, channels: 1, size: 2 });
    expect(Array.from(poolBackward([5], pool([1, 1, 1, 1], 1, shape), 1, shape))).toEqual([5, 0, 0, 0]);
    expect(pool([1, Number.NaN, 3, 2], 1, shape).y[0]).toBeNaN();
  });

  test('what cannot be is refused', () => {
    const good = { kind: 'max', height: 2, width: 2, channels: 1, size: 2 } as const;
    expect(() => poolShape({ ...good, size: 3 })).toThrow('size must fit into the map of 2 x 2, found 3 x 3');
    expect(() => poolShape({ ...good, kind: 'min' as 'max' })).toThrow(
      'kind must be one of "max", "average"',
    );
    expect(() => pool([1, 2, 3], 1, poolShape(good))).toThrow(
      'x must have n*height*width*channels = 4 elements',
    );
  });
});
