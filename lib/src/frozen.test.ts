import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose, matrix } from '../../tests/lib/support.js';
import { batchNormBackward } from './backward.js';
import { batchNormFrozen, batchNormFrozenBackward, frozenGradients, normaliseFrozen } from './frozen.js';
import { batchNormInference } from './inference.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());
const positives = (random: Random, n: number): Float64Array =>
  new Float64Array(n).map(() => 0.1 + random.uniform());

describe('BN with frozen statistics', () => {
  test.each(familyCases('maps'))('gives what PyTorch gives in eval mode, backwards too: $name', (g) => {
    const x = g.xs[g.xs.length - 1];
    const c = g.shape[g.shape.length - 1];
    const forward = batchNormFrozen(x, x.length / c, c, g.after[g.after.length - 1], {
      gamma: g.gamma,
      beta: g.beta,
      epsilon: g.eps,
    });
    expectClose(forward.y, g.frozen.y, 1e-10);
    const { dx, dGamma, dBeta } = batchNormFrozenBackward(g.dy, forward);
    expectClose(dx, g.frozen.dx, 1e-10);
    expectClose(dGamma, g.frozen.dgamma, 1e-10);
    expectClose(dBeta, g.frozen.dbeta, 1e-10);
  });

  test('agrees with central differences for x, gamma, beta and both statistics, one example too', () => {
    fc.assert(
      fc.property(matrix, fc.boolean(), ({ m: many, d, seed }, single) => {
        const m = single ? 1 : many;
        const random = new Random(seed);
        const at = {
          x: normals(random, m * d),
          gamma: normals(random, d),
          beta: normals(random, d),
          mean: normals(random, d),
          variance: positives(random, d),
        };
        const dy = normals(random, m * d);
        const epsilon = 0.1;
        const forward = (v: typeof at) =>
          batchNormFrozen(v.x, m, d, v, { gamma: v.gamma, beta: v.beta, epsilon });
        const gradients = batchNormFrozenBackward(dy, forward(at));
        for (const [name, gradient] of [
          ['x', gradients.dx],
          ['gamma', gradients.dGamma],
          ['beta', gradients.dBeta],
          ['mean', gradients.dMean],
          ['variance', gradients.dVariance],
        ] as const) {
          const expected = centralDifferences((v) => dot(dy, forward({ ...at, [name]: v }).y), at[name]);
          expectClose(gradient, expected, 1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('and the chain rule through the statistics make the gradient of BN itself', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const dy = normals(random, m * d);
        const options = { gamma: normals(random, d), epsilon: 0.1 };
        const forward = batchNorm(x, m, d, options);
        const frozen = batchNormFrozenBackward(dy, batchNormFrozen(x, m, d, forward, options));
        const neither = { throughMean: false, throughVariance: false };
        expectClose(frozen.dx, batchNormBackward(dy, forward, neither).dx, 1e-12);
        const chained = frozen.dx.map((own, ij) => {
          const j = ij % d;
          return own + frozen.dMean[j] / m + (frozen.dVariance[j] * 2 * (x[ij] - forward.mean[j])) / m;
        });
        expectClose(chained, batchNormBackward(dy, forward).dx, 1e-10);
      }),
    );
  });

  test('computes what inference computes, and leaves beta where x is at the frozen mean', () => {
    const random = new Random(3);
    const x = normals(random, 12);
    const statistics = { mean: [1e4, x[1], -2], variance: positives(random, 3) };
    const options = { gamma: normals(random, 3), beta: [1, 2, 3] };
    const { y } = batchNormFrozen(x, 4, 3, statistics, options);
    expectClose(y, batchNormInference(x, 4, 3, statistics, options), 1e-12);
    expect(y[1]).toBe(2);
  });

  test('lets NaN through, and keeps it in its example, where a training loop calls it', () => {
    const one = Float64Array.of(1);
    const forward = normaliseFrozen([1, Number.NaN], 2, 1, { mean: [0], variance: [1] }, one, one, 0);
    expect([...forward.y]).toEqual([2, Number.NaN]);
    expect([...frozenGradients([1, Infinity], forward).dx]).toEqual([1, Infinity]);
  });

  test('keeps float32 as float32, and its digits at a mean of 1e4', () => {
    const x = Float32Array.from([1e4 + 0.5, 1e4 - 0.25]);
    const forward = batchNormFrozen(x, 2, 1, { mean: [1e4], variance: [1] }, { epsilon: 0 });
    expect(forward.y).toEqual(new Float32Array([0.5, -0.25]));
    const { dx, dMean } = batchNormFrozenBackward(new Float32Array([1, 2]), forward);
    expect([dx, dMean]).toEqual([new Float32Array([1, 2]), new Float32Array([-3])]);
  });

  test.each<[string, () => unknown, string]>([
    [
      'a negative variance',
      () => batchNormFrozen([1], 1, 1, { mean: [0], variance: [-1] }),
      'variance must not be negative, found -1 in column 0',
    ],
    [
      'epsilon 0 with a variance of 0',
      () => batchNormFrozen([1], 1, 1, { mean: [0], variance: [0] }, { epsilon: 0 }),
      'epsilon must be above 0',
    ],
    [
      'statistics of another d',
      () => batchNormFrozen([1], 1, 1, { mean: [0, 1], variance: [1, 1] }),
      'mean must have d = 1 elements, found 2',
    ],
    [
      'a misspelt option',
      () => batchNormFrozen([1], 1, 1, { mean: [0], variance: [1] }, { eps: 1 } as object),
      'batchNormFrozen has no option "eps"',
    ],
    [
      'a short dy',
      () => batchNormFrozenBackward([1], batchNormFrozen([1, 2], 2, 1, { mean: [0], variance: [1] })),
      'dy must have m*d = 2 elements',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
