import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { batchNormBackward } from './backward.js';
import { ghostBatchNorm, ghostBatchNormBackward, ghostGradients, normaliseGhosts } from './ghostBatchNorm.js';
import { RunningStatistics } from './movingAverage.js';
import { Random } from './random.js';
import { batchNormTestBatches } from './testBatches.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

const batches = fc.record({
  ghosts: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 2, max: 5 }),
  d: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
});

describe('ghost batch normalisation', () => {
  test.each(familyCases('ghost'))('gives what PyTorch gives, ghost after ghost: $name', (g) => {
    const { gamma, beta, eps: epsilon } = g;
    const forward = ghostBatchNorm(g.x, g.m, g.d, g.ghost_size, { gamma, beta, epsilon });
    expectClose(forward.y, g.y, 1e-10);
    const { dx, dGamma, dBeta } = ghostBatchNormBackward(g.dy, forward);
    expectClose(dx, g.dx, 1e-10);
    expectClose(dGamma, g.dgamma, 1e-10);
    expectClose(dBeta, g.dbeta, 1e-10);
    const running = new RunningStatistics(g.d, { newWeight: g.weight });
    for (const ghost of forward.ghosts) {
      running.update(ghost);
    }
    expectClose(running.mean, g.running.mean, 1e-10);
    expectClose(running.variance, g.running.variance, 1e-10);
  });

  test('agrees with central differences for x, gamma and beta', () => {
    fc.assert(
      fc.property(batches, ({ ghosts, size, d, seed }) => {
        const random = new Random(seed);
        const m = ghosts * size;
        const at = { x: normals(random, m * d), gamma: normals(random, d), beta: normals(random, d) };
        const dy = normals(random, m * d);
        const forward = (v: typeof at) =>
          ghostBatchNorm(v.x, m, d, size, { gamma: v.gamma, beta: v.beta, epsilon: 0.1 });
        const { dx, dGamma, dBeta } = ghostBatchNormBackward(dy, forward(at));
        for (const [name, gradient] of [
          ['x', dx],
          ['gamma', dGamma],
          ['beta', dBeta],
        ] as const) {
          const expected = centralDifferences((v) => dot(dy, forward({ ...at, [name]: v }).y), at[name]);
          expectClose(gradient, expected, 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('is BN when the ghost batch is the whole, with paths left out too', () => {
    fc.assert(
      fc.property(batches, fc.boolean(), fc.boolean(), ({ size, d, seed }, throughMean, throughVariance) => {
        const random = new Random(seed);
        const x = normals(random, size * d);
        const dy = normals(random, size * d);
        const ghost = ghostBatchNorm(x, size, d, size);
        const plain = batchNorm(x, size, d);
        expect(ghost.y).toEqual(plain.y);
        const options = { throughMean, throughVariance };
        expect(ghostBatchNormBackward(dy, ghost, options)).toEqual(batchNormBackward(dy, plain, options));
      }),
    );
  });

  test('lets no ghost batch see another', () => {
    fc.assert(
      fc.property(batches, ({ ghosts, size, d, seed }) => {
        const random = new Random(seed);
        const m = ghosts * size;
        const x = normals(random, m * d);
        const other = x.slice();
        other.set(normals(random, size * d)); // the first ghost batch becomes another
        const before = ghostBatchNorm(x, m, d, size).y;
        const after = ghostBatchNorm(other, m, d, size).y;
        expect(after.subarray(size * d)).toEqual(before.subarray(size * d));
        expect(after.subarray(0, size * d)).toEqual(batchNorm(other.subarray(0, size * d), size, d).y);
      }),
    );
  });

  test('gives the sequential weights of the running average, which add up to 1', () => {
    const forward = ghostBatchNorm([1, 3, 5, 7, 20, 22], 6, 1, 2);
    const running = new RunningStatistics(1, { newWeight: 0.25 });
    for (const ghost of forward.ghosts) {
      running.update(ghost);
    }
    const weights = [0.75 ** 2 * 0.25, 0.75 * 0.25, 0.25];
    expect(weights.reduce((a, b) => a + b) + 0.75 ** 3).toBe(1);
    expect(running.mean[0]).toBeCloseTo(dot(weights, [2, 6, 21]), 14);
  });

  test('lets NaN through, and keeps it in its ghost batch, where a training loop calls it', () => {
    const one = Float64Array.of(1);
    const forward = normaliseGhosts([1, Number.NaN, 2, 3], 4, 1, 2, one, one, 0.1);
    expect([...forward.y].map(Number.isNaN)).toEqual([true, true, false, false]);
    const { dx } = ghostGradients([1, 2, Infinity, 3], forward);
    expect([...dx].every(Number.isNaN)).toBe(true);
  });

  test('keeps float32 as float32', () => {
    const forward = ghostBatchNorm(new Float32Array([1, 2, 3, 4]), 4, 1, 2);
    const { dx, dGamma } = ghostBatchNormBackward(new Float32Array(4), forward);
    for (const array of [forward.y, dx, dGamma]) {
      expect(array).toBeInstanceOf(Float32Array);
    }
  });

  test.each<[string, () => unknown, string]>([
    [
      'a batch that does not divide',
      () => ghostBatchNorm([1, 2, 3], 3, 1, 2),
      'm must be a multiple of ghostSize = 2, found 3; leave out the last 1 examples',
    ],
    [
      'ghosts of one',
      () => ghostBatchNorm([1, 2], 2, 1, 1),
      'ghostSize must be a whole number of at least 2, found 1',
    ],
    [
      'numbers whose squares overflow',
      () => ghostBatchNorm([1, 2, 1e200, 0], 4, 1, 2),
      'found a variance of Infinity',
    ],
    [
      'NaN, at its place in the whole',
      () => ghostBatchNorm([1, 2, 3, Number.NaN], 4, 1, 2),
      'in row 3, column 0',
    ],
    [
      'a short dy',
      () => ghostBatchNormBackward([1], ghostBatchNorm([1, 2], 2, 1, 2)),
      'dy must have m*d = 2 elements',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('testing by batches', () => {
  test('normalises each batch with its own statistics, the shorter last one too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        (m, size, seed) => {
          fc.pre(m % size !== 1);
          const x = normals(new Random(seed), m * 2);
          const options = { gamma: [2, -1], beta: [1, 0.5] };
          const { y, batches: parts } = batchNormTestBatches(x, m, 2, size, options);
          expect(parts.map((part) => part.m).reduce((a, b) => a + b)).toBe(m);
          for (let start = 0; start < m; start += size) {
            const count = Math.min(size, m - start);
            const alone = batchNorm(x.subarray(2 * start, 2 * (start + count)), count, 2, options);
            expect(y.subarray(2 * start, 2 * (start + count))).toEqual(alone.y);
          }
        },
      ),
    );
  });

  test('makes what is said of an example depend on the others in its batch', () => {
    const { y } = batchNormTestBatches([1, 2, 1, 9], 4, 1, 2);
    expect(y[0]).toBeCloseTo(y[2], 4); // both are the lower of two
    const larger = batchNormTestBatches([1, 2, 1, 9], 4, 1, 4).y;
    expect(larger[0]).toBe(larger[2]);
    expect(Math.abs(larger[0] - y[0])).toBeGreaterThan(0.1);
  });

  test('refuses a batch of one, at the end too', () => {
    expect(() => batchNormTestBatches([1], 1, 1, 2)).toThrow(
      'm must leave at least 2 examples for the last test batch',
    );
    expect(() => batchNormTestBatches([1, 2, 3], 3, 1, 2)).toThrow('found m = 3 and batchSize = 2');
    expect(() => batchNormTestBatches([1, 2], 2, 1, 1)).toThrow(
      'batchSize must be a whole number of at least 2',
    );
  });
});
