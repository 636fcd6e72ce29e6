import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { batchNormBackward } from './backward.js';
import type { Numbers } from './check.js';
import { RunningStatistics } from './movingAverage.js';
import { Random } from './random.js';
import { synchronisedBatchNorm, synchronisedBatchNormBackward } from './synchronised.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number, shift = 0): Float64Array =>
  new Float64Array(n).map(() => shift + random.normal());

/** The rows of x, cut into shards. */
function cut(x: Numbers, counts: readonly number[], d: number): { x: Numbers; m: number }[] {
  let start = 0;
  return counts.map((m) => {
    const part = x.slice(start * d, (start + m) * d);
    start += m;
    return { x: part, m };
  });
}

const together = (parts: readonly Numbers[]): number[] => parts.flatMap((part) => [...part]);

const batches = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
    d: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map((drawn) => ({ ...drawn, m: drawn.counts.reduce((sum, count) => sum + count, 0) }))
  .filter(({ m }) => m > 1);

describe('synchronised BN', () => {
  test.each(familyCases('synchronised'))('gives what PyTorch gives for the whole batch: $name', (g) => {
    const { gamma, beta, eps: epsilon } = g;
    const forward = synchronisedBatchNorm(cut(g.x, g.counts, g.d), g.d, { gamma, beta, epsilon });
    expectClose(forward.mean, g.mean, 1e-10);
    expectClose(forward.variance, g.variance, 1e-10);
    expectClose(together(forward.shards.map((shard) => shard.y)), g.y, 1e-10);
    const dys = cut(g.dy, g.counts, g.d).map((part) => part.x);
    const { dx, dGamma, dBeta } = synchronisedBatchNormBackward(dys, forward);
    expectClose(together(dx), g.dx, 1e-10);
    expectClose(dGamma, g.dgamma, 1e-10);
    expectClose(dBeta, g.dbeta, 1e-10);
  });

  test('is BN of the whole batch, forward and backward, however it is cut', () => {
    fc.assert(
      fc.property(
        batches,
        fc.constantFrom(0, 1e4),
        fc.boolean(),
        fc.boolean(),
        ({ counts, m, d, seed }, shift, throughMean, throughVariance) => {
          const random = new Random(seed);
          const x = normals(random, m * d, shift);
          const options = { gamma: normals(random, d), beta: normals(random, d), epsilon: 0.1 };
          const dy = normals(random, m * d);
          const forward = synchronisedBatchNorm(cut(x, counts, d), d, options);
          const whole = batchNorm(x, m, d, options);
          expectClose(together(forward.shards.map((shard) => shard.y)), whole.y, 1e-10);
          const paths = { throughMean, throughVariance };
          const dys = cut(dy, counts, d).map((part) => part.x);
          const back = synchronisedBatchNormBackward(dys, forward, paths);
          const wanted = batchNormBackward(dy, whole, paths);
          expectClose(together(back.dx), wanted.dx, 1e-10);
          expectClose(back.dGamma, wanted.dGamma, 1e-10);
          expectClose(back.dBeta, wanted.dBeta, 1e-10);
        },
      ),
    );
  });

  test('agrees with central differences through the merged statistics', () => {
    fc.assert(
      fc.property(batches, ({ counts, m, d, seed }) => {
        const random = new Random(seed);
        const at = { x: normals(random, m * d), gamma: normals(random, d), beta: normals(random, d) };
        const dy = normals(random, m * d);
        const forward = (v: typeof at) =>
          synchronisedBatchNorm(cut(v.x, counts, d), d, { gamma: v.gamma, beta: v.beta, epsilon: 0.1 });
        const loss = (v: typeof at): number => dot(dy, together(forward(v).shards.map((shard) => shard.y)));
        const dys = cut(dy, counts, d).map((part) => part.x);
        const { dx, dGamma, dBeta } = synchronisedBatchNormBackward(dys, forward(at));
        expectClose(
          together(dx),
          centralDifferences((v) => loss({ ...at, x: v }), at.x),
          1e-6,
        );
        expectClose(
          dGamma,
          centralDifferences((v) => loss({ ...at, gamma: v }), at.gamma),
          1e-8,
        );
        expectClose(
          dBeta,
          centralDifferences((v) => loss({ ...at, beta: v }), at.beta),
          1e-8,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('feeds the running statistics as the whole batch does', () => {
    const x = normals(new Random(4), 14, 3);
    const sharded = new RunningStatistics(2, { newWeight: 0.1 });
    sharded.update(synchronisedBatchNorm(cut(x, [1, 4, 2], 2), 2));
    const whole = new RunningStatistics(2, { newWeight: 0.1 });
    whole.update(batchNorm(x, 7, 2));
    expectClose(sharded.mean, whole.mean, 1e-14);
    expectClose(sharded.variance, whole.variance, 1e-14);
  });

  test('gives a constant feature exactly its beta, and keeps float32 as float32', () => {
    const shards = [
      { x: new Float32Array([0.1, 1, 0.1, 3]), m: 2 },
      { x: new Float32Array([0.1, 8]), m: 1 },
    ];
    const forward = synchronisedBatchNorm(shards, 2, { beta: [0.5, 0] });
    expect(forward.variance[0]).toBe(0);
    expect([forward.shards[0].y[0], forward.shards[0].y[2], forward.shards[1].y[0]]).toEqual([0.5, 0.5, 0.5]);
    const { dx, dGamma } = synchronisedBatchNormBackward(
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
      forward,
    );
    expect(forward.shards[0].y).toBeInstanceOf(Float32Array);
    expect(dx[1]).toBeInstanceOf(Float32Array);
    expect(dGamma).toBeInstanceOf(Float32Array);
  });

  const two = [
    { x: [1], m: 1 },
    { x: [2], m: 1 },
  ];
  test.each<[string, () => unknown, string]>([
    [
      'numbers whose squares overflow',
      () => synchronisedBatchNorm([{ x: [1e200, 0], m: 2 }], 1),
      'variance must hold finite numbers, found Infinity',
    ],
    [
      'no shard',
      () => synchronisedBatchNorm([], 1),
      'the number of shards must be a whole number of at least 1',
    ],
    [
      'one example in all',
      () => synchronisedBatchNorm([{ x: [1], m: 1 }], 1),
      'm must be at least 2 in training with BN',
    ],
    [
      'NaN',
      () => synchronisedBatchNorm([two[0], { x: [Number.NaN], m: 1 }], 1),
      'x must hold finite numbers',
    ],
    [
      'a wrong length',
      () => synchronisedBatchNorm([two[0], { x: [1, 2], m: 1 }], 1),
      'x must have m*d = 1 elements',
    ],
    [
      'epsilon 0 with a constant feature',
      () => synchronisedBatchNorm([two[0], two[0]], 1, { epsilon: 0 }),
      'epsilon must be above 0 when a feature is constant',
    ],
    [
      'a dy for one shard of two',
      () => synchronisedBatchNormBackward([[1]], synchronisedBatchNorm(two, 1)),
      'dys must have one element for each of 2 shards, found 1',
    ],
    [
      'a short dy',
      () => synchronisedBatchNormBackward([[1], []], synchronisedBatchNorm(two, 1)),
      'dy must have m*d = 1 elements',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
