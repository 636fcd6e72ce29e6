import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centralDifferences, dot, expectClose, goldenCases, matrix } from '../../tests/lib/support.js';
import {
  type BatchNormBackwardOptions,
  batchNormBackward,
  batchNormBackwardGraph,
  leftOut,
} from './backward.js';
import { dense, denseBackward } from './dense.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

const forms = [
  ['along the graph', batchNormBackwardGraph],
  ['compact', batchNormBackward],
] as const;

describe.each(forms)('backprop through BN, %s', (_, backward) => {
  test.each(goldenCases('dense'))('gives what PyTorch gives: $name', (g) => {
    const forward = batchNorm(g.x, g.m, g.d, { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    const { dx, dGamma, dBeta } = backward(g.dy, forward);
    expectClose(dx, g.dx, 1e-9);
    expectClose(dGamma, g.dgamma, 1e-9);
    expectClose(dBeta, g.dbeta, 1e-12);
  });

  test.each(goldenCases('conv-nhwc'))('gives what PyTorch gives for feature maps: $name', (g) => {
    const forward = batchNorm(g.x, g.n * g.h * g.w, g.c, { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    const { dx, dGamma, dBeta } = backward(g.dy, forward);
    expectClose(dx, g.dx, 1e-10);
    expectClose(dGamma, g.dgamma, 1e-10);
    expectClose(dBeta, g.dbeta, 1e-12);
  });

  test('agrees with central differences for x, gamma and beta', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const gamma = normals(random, d);
        const beta = normals(random, d);
        const dy = normals(random, m * d);
        const epsilon = 0.1;
        const gradients = backward(dy, batchNorm(x, m, d, { gamma, beta, epsilon }));
        const loss = (at: { x?: Float64Array; gamma?: Float64Array; beta?: Float64Array }): number =>
          dot(dy, batchNorm(at.x ?? x, m, d, { gamma: at.gamma ?? gamma, beta: at.beta ?? beta, epsilon }).y);
        expectClose(
          gradients.dx,
          centralDifferences((v) => loss({ x: v }), x),
          1e-6,
        );
        expectClose(
          gradients.dGamma,
          centralDifferences((v) => loss({ gamma: v }), gamma),
          1e-8,
        );
        expectClose(
          gradients.dBeta,
          centralDifferences((v) => loss({ beta: v }), beta),
          1e-8,
        );
      }),
      { numRuns: 50 },
    );
  });

  test('leaves out the paths that it is told to leave out', () => {
    const random = new Random(3);
    const x = normals(random, 12);
    const dy = normals(random, 12);
    const forward = batchNorm(x, 4, 3);
    const { mean, variance } = forward;
    // with a statistic held constant, the loss is this function of x
    const held = (v: Float64Array, fixed: { mean?: boolean; variance?: boolean }): number => {
      const now = batchNorm(v, 4, 3);
      let sum = 0;
      for (let ij = 0; ij < 12; ij++) {
        const j = ij % 3;
        const middle = fixed.mean ? mean[j] : now.mean[j];
        const spread = fixed.variance ? variance[j] : now.variance[j];
        sum += (dy[ij] * (v[ij] - middle)) / Math.sqrt(spread + 1e-5);
      }
      return sum;
    };
    const withoutMean = backward(dy, forward, { throughMean: false, throughVariance: true });
    const meanHeld = centralDifferences((v) => held(v, { mean: true }), x);
    // the variance is a sum around the mean; holding the mean in the numerator alone leaves it untouched
    expectClose(withoutMean.dx, meanHeld, 1e-6);
    const withoutVariance = backward(dy, forward, { throughVariance: false });
    expectClose(
      withoutVariance.dx,
      centralDifferences((v) => held(v, { variance: true }), x),
      1e-6,
    );
    const neither = backward(dy, forward, { throughMean: false, throughVariance: false });
    expectClose(
      neither.dx,
      centralDifferences((v) => held(v, { mean: true, variance: true }), x),
      1e-6,
    );
  });

  test('refuses a dy of the wrong shape or with NaN, and an unknown option', () => {
    const forward = batchNorm([1, 2, 3, 5], 2, 2);
    expect(() => backward([1, 2, 3], forward)).toThrow(
      'dy must have m*d = 4 elements (m = 2, d = 2), found 3',
    );
    expect(() => backward([1, 2, Number.NaN, 4], forward)).toThrow('dy must hold finite numbers, found NaN');
    expect(() => backward([1, 2, 3, 4], forward, { mean: false } as object)).toThrow('has no option "mean"');
  });
});

describe('the gradient through BN', () => {
  test('names what can be left out', () => {
    const random = new Random(5);
    const forward = batchNorm(normals(random, 12), 4, 3);
    const dy = normals(random, 12);
    const dxOf = (options: BatchNormBackwardOptions) => [...batchNormBackward(dy, forward, options).dx];
    const expected = {
      nothing: dxOf({}),
      mean: dxOf({ throughMean: false }),
      variance: dxOf({ throughVariance: false }),
      both: dxOf({ throughMean: false, throughVariance: false }),
    };
    expect(Object.fromEntries(Object.entries(leftOut).map(([name, paths]) => [name, dxOf(paths)]))).toEqual(
      expected,
    );
    expect(new Set(Object.values(expected).map(String)).size).toBe(4);
  });

  test('is the same along the graph and in the compact form, also with paths left out', () => {
    fc.assert(
      fc.property(matrix, fc.boolean(), fc.boolean(), ({ m, d, seed }, throughMean, throughVariance) => {
        const random = new Random(seed);
        const forward = batchNorm(normals(random, m * d), m, d, { gamma: normals(random, d) });
        const dy = normals(random, m * d);
        const options = { throughMean, throughVariance };
        const graph = batchNormBackwardGraph(dy, forward, options);
        const compact = batchNormBackward(dy, forward, options);
        expectClose(graph.dx, compact.dx, 1e-9);
        expectClose(graph.dGamma, compact.dGamma, 1e-12);
        expectClose(graph.dBeta, compact.dBeta, 1e-12);
      }),
    );
  });

  test('shrinks as the weights grow: dl/d(a W) = (1/a) dl/dW', () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: 0.1, max: 10, noNaN: true }), ({ m, d, seed }, a) => {
        const random = new Random(seed);
        const u = normals(random, m * 3);
        const w = normals(random, 3 * d);
        const dy = normals(random, m * d);
        const gradientAt = (weights: Float64Array): ArrayLike<number> => {
          const forward = batchNorm(dense(u, weights, null, m, 3, d), m, d, { epsilon: 0 });
          return denseBackward(batchNormBackward(dy, forward).dx, u, weights, m, 3, d).dWeights;
        };
        const plain = gradientAt(w);
        const scaled = gradientAt(w.map((v) => a * v));
        const size = Math.max(1, ...Array.from(plain, Math.abs));
        expectClose(
          Array.from(scaled, (g) => (a * g) / size),
          Array.from(plain, (g) => g / size),
          1e-8,
        );
      }),
    );
  });

  test('has mean 0 and nothing along xHat (epsilon 0)', () => {
    const random = new Random(9);
    const forward = batchNorm(normals(random, 24), 8, 3, { epsilon: 0 });
    const { dx } = batchNormBackward(normals(random, 24), forward);
    for (let j = 0; j < 3; j++) {
      const column = Array.from({ length: 8 }, (_, i) => dx[i * 3 + j]);
      const hat = Array.from({ length: 8 }, (_, i) => forward.xHat[i * 3 + j]);
      expect(Math.abs(column.reduce((a, b) => a + b))).toBeLessThan(1e-12);
      expect(Math.abs(dot(column, hat))).toBeLessThan(1e-12);
    }
  });
});
