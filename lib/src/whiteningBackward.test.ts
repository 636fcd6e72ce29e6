import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenWhitening } from '../../tests/lib/goldenWhitening.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { batchNormBackward } from './backward.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';
import { type WhiteningResult, whiten } from './whitening.js';
import { whitenBackward, whiteningJacobians } from './whiteningBackward.js';

const normals = (random: Random, n: number): Float64Array =>
  Float64Array.from({ length: n }, () => random.normal());

const shapes = fc.record({
  d: fc.integer({ min: 1, max: 4 }),
  m: fc.integer({ min: 2, max: 7 }),
  seed: fc.nat(),
  epsilon: fc.constantFrom(0.05, 0.5),
});

/** Norm(x, X) at one point, from what `whiten` computed for X. */
function norm(x: ArrayLike<number>, { d, mean, inverseRoot }: WhiteningResult): Float64Array {
  return Float64Array.from({ length: d }, (_, p) => {
    let sum = 0;
    for (let q = 0; q < d; q++) sum += inverseRoot[p * d + q] * (x[q] - mean[q]);
    return sum;
  });
}

describe('backprop through whitening', () => {
  test.each(goldenWhitening)('gives what PyTorch gives: $name', (g) => {
    const { dx } = whitenBackward(g.dy, whiten(g.x, g.m, g.d, { epsilon: g.epsilon }));
    expectClose(dx, g.dx, 1e-10);
  });

  test('agrees with central differences', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed, epsilon }) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const dy = normals(random, m * d);
        const { dx } = whitenBackward(dy, whiten(x, m, d, { epsilon }));
        const numeric = centralDifferences((at) => dot(whiten(at, m, d, { epsilon }).y, dy), x);
        expectClose(dx, numeric, 1e-6);
      }),
    );
  });

  test('agrees with central differences where eigenvalues are equal', () => {
    const corners = [1, 1, 1, -1, -1, 1, -1, -1]; // covariance I
    const dy = normals(new Random(3), 8);
    const { dx } = whitenBackward(dy, whiten(corners, 4, 2));
    expectClose(
      dx,
      centralDifferences((at) => dot(whiten(at, 4, 2).y, dy), corners),
      1e-8,
    );
  });

  test('is the compact form of BN where there is one feature', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 20 }), (seed, m) => {
        const random = new Random(seed);
        const [x, dy] = [normals(random, m), normals(random, m)];
        const bn = batchNormBackward(dy, batchNorm(x, m, 1, { epsilon: 0.1 }));
        expectClose(whitenBackward(dy, whiten(x, m, 1, { epsilon: 0.1 })).dx, bn.dx, 1e-12);
      }),
    );
  });

  test('has mean 0: moving all examples together changes nothing', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed, epsilon }) => {
        const random = new Random(seed);
        const { dx } = whitenBackward(
          normals(random, m * d),
          whiten(normals(random, m * d), m, d, { epsilon }),
        );
        for (let j = 0; j < d; j++) {
          const column = Float64Array.from({ length: m }, (_, i) => dx[i * d + j]);
          expect(column.reduce((sum, g) => sum + g, 0)).toBeCloseTo(0, 10);
        }
      }),
    );
  });

  test('can leave out the way through the mean or the covariance, and is then wrong', () => {
    const random = new Random(4);
    const [x, dy] = [normals(random, 14), normals(random, 14)];
    const forward = whiten(x, 7, 2);
    const { mean, inverseRoot } = forward;
    // with both left out, the statistics are constants: dx = dy W
    const naive = whitenBackward(dy, forward, { throughMean: false, throughCovariance: false });
    const fixed = (at: Float64Array) => {
      let sum = 0;
      for (let i = 0; i < 7; i++) {
        sum += dot(norm(at.subarray(2 * i, 2 * i + 2), forward), dy.subarray(2 * i, 2 * i + 2));
      }
      return sum;
    };
    expectClose(naive.dx, centralDifferences(fixed, x), 1e-8);
    const true_ = whitenBackward(dy, forward);
    expect(dot(naive.dx, naive.dx)).toBeGreaterThan(1.05 * dot(true_.dx, true_.dx));
    // dl/dmean and dl/dCov are the gradients of a layer that is given its statistics
    const byMean = centralDifferences((mu) => {
      const shifted = x.map((value, ij) => value - mu[ij % 2] + mean[ij % 2]);
      return fixed(shifted);
    }, mean);
    expectClose(whitenBackward(dy, forward, { throughCovariance: false }).dMean, byMean, 1e-8);
    const byRoot = centralDifferences((root) => {
      let sum = 0;
      for (let i = 0; i < 7; i++) {
        const y = norm(x.subarray(2 * i, 2 * i + 2), { ...forward, inverseRoot: Float64Array.from(root) });
        sum += dot(y, dy.subarray(2 * i, 2 * i + 2));
      }
      return sum;
    }, inverseRoot);
    // here W acts from the left, in the layer from the right: one is the other's transpose
    expectClose(true_.dInverseRoot, [byRoot[0], byRoot[2], byRoot[1], byRoot[3]], 1e-8);
  });

  test('keeps float32 as float32', () => {
    const forward = whiten([1, 2, 4, 0, 3, 1], 3, 2);
    expect(whitenBackward(new Float32Array(6), forward).dx).toBeInstanceOf(Float32Array);
  });
});

describe('the Jacobians of Norm(x, X)', () => {
  test.each(goldenWhitening)('are what PyTorch gives: $name', (g) => {
    const { y, dPoint, dSet } = whiteningJacobians(g.point, whiten(g.x, g.m, g.d, { epsilon: g.epsilon }));
    expectClose(y, g.pointY, 1e-10);
    expectClose(dPoint, g.dPoint, 1e-10);
    expectClose(dSet, g.dSet, 1e-10);
  });

  test('agree with central differences, by x and by X', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed, epsilon }) => {
        const random = new Random(seed);
        const [X, x] = [normals(random, m * d), normals(random, d)];
        const { dPoint, dSet } = whiteningJacobians(x, whiten(X, m, d, { epsilon }));
        for (let p = 0; p < d; p++) {
          const fixed = whiten(X, m, d, { epsilon });
          expectClose(
            dPoint.subarray(p * d, (p + 1) * d),
            centralDifferences((at) => norm(at, fixed)[p], x),
            1e-6,
          );
          const bySet = centralDifferences((at) => norm(x, whiten(at, m, d, { epsilon }))[p], X);
          const row = bySet.map((_, iq) => dSet[(Math.floor(iq / d) * d + p) * d + (iq % d)]);
          expectClose(row, bySet, 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('add up to backprop: dl/dX(k) = sum over i of dy(i) (dNorm(x(i))/dX(k)) + dy(k) dNorm/dx', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed, epsilon }) => {
        const random = new Random(seed);
        const [x, dy] = [normals(random, m * d), normals(random, m * d)];
        const forward = whiten(x, m, d, { epsilon });
        const sum = new Float64Array(m * d);
        for (let i = 0; i < m; i++) {
          const { dPoint, dSet } = whiteningJacobians(x.subarray(i * d, (i + 1) * d), forward);
          for (let p = 0; p < d; p++) {
            for (let q = 0; q < d; q++) {
              sum[i * d + q] += dy[i * d + p] * dPoint[p * d + q];
              for (let k = 0; k < m; k++) {
                sum[k * d + q] += dy[i * d + p] * dSet[(k * d + p) * d + q];
              }
            }
          }
        }
        expectClose(whitenBackward(dy, forward).dx, sum, 1e-10);
      }),
    );
  });
});

describe('bad input to the gradients of whitening', () => {
  const forward = whiten([1, 2, 4, 0, 3, 1], 3, 2);
  test.each<[string, () => unknown, string]>([
    ['a wrong dy', () => whitenBackward([1], forward), 'dy must have m*d = 6 elements'],
    ['NaN in dy', () => whitenBackward([1, 2, 3, 4, 5, Number.NaN], forward), 'dy must hold finite numbers'],
    [
      'an unknown option',
      () => whitenBackward([1, 2, 3, 4, 5, 6], forward, { throughVariance: false } as object),
      'whitenBackward has no option "throughVariance"; it takes throughMean, throughCovariance',
    ],
    ['a wrong point', () => whiteningJacobians([1], forward), 'x must have d = 2 elements, found 1'],
    ['an infinite point', () => whiteningJacobians([1, Infinity], forward), 'x must hold finite numbers'],
    [
      'a covariance whose gradient overflows',
      () => whitenBackward([1, 2, 3], whiten([1e-105, 2e-105, 4e-105], 3, 1)),
      'the gradient of whitening needs eigenvalues above 1e-205, found 1.5',
    ],
    [
      'a Jacobian that does not fit into memory',
      () => whiteningJacobians(new Float64Array(3000), { ...forward, m: 60, d: 3000 }),
      'm*d*d must be at most 2^28 numbers (2 GiB), found 540000000 (m = 60, d = 3000): use fewer features',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
