import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenWhitening } from '../../tests/lib/goldenWhitening.js';
import { expectClose } from '../../tests/lib/support.js';
import { covarianceMatrix } from './covariance.js';
import { diagonal } from './matrix.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';
import { whiten } from './whitening.js';

const normals = (random: Random, n: number, scale = 1, shift = 0): Float64Array =>
  Float64Array.from({ length: n }, () => shift + scale * random.normal());
const identity = (d: number): Float64Array => diagonal(new Float64Array(d).fill(1));

/** More examples than features, so that the covariance has an inverse. */
const tall = fc
  .record({ d: fc.integer({ min: 1, max: 6 }), more: fc.integer({ min: 3, max: 12 }), seed: fc.nat() })
  .map(({ d, more, seed }) => ({ d, m: 2 * d + more, seed }));

describe('whitening', () => {
  test.each(goldenWhitening)('gives what PyTorch gives: $name', (g) => {
    const result = whiten(g.x, g.m, g.d, { epsilon: g.epsilon });
    expectClose(result.covariance, g.covariance, 1e-13);
    expectClose(result.inverseRoot, g.inverseRoot, 1e-11);
    expectClose(result.y, g.y, 1e-11);
  });

  test('gives mean 0 and covariance I', () => {
    fc.assert(
      fc.property(tall, ({ m, d, seed }) => {
        const { y } = whiten(normals(new Random(seed), m * d, 3, 10), m, d);
        const after = covarianceMatrix(y, m, d);
        expectClose(after.mean, new Float64Array(d), 1e-9);
        expectClose(after.covariance, identity(d), 1e-9);
      }),
    );
  });

  test('is the BN transform where there is one feature', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 20 }),
        fc.constantFrom(0, 1e-5, 0.5),
        (seed, m, epsilon) => {
          const x = normals(new Random(seed), m, 2, -1);
          expectClose(whiten(x, m, 1, { epsilon }).y, batchNorm(x, m, 1, { epsilon }).y, 1e-11);
        },
      ),
    );
  });

  test('does not notice an invertible linear map before it, but for a rotation of the output', () => {
    fc.assert(
      fc.property(tall, ({ m, d, seed }) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const mixed = x.map((value, ij) => (ij % d === 0 ? 3 * value : value + 0.5 * x[ij - 1]));
        // rotations keep the inner products of the examples: y y^T is the same for both
        const inner = (y: ArrayLike<number>) =>
          Float64Array.from({ length: m * m }, (_, ik) => {
            let sum = 0;
            for (let j = 0; j < d; j++) sum += y[Math.floor(ik / m) * d + j] * y[(ik % m) * d + j];
            return sum;
          });
        expectClose(inner(whiten(mixed, m, d).y), inner(whiten(x, m, d).y), 1e-8);
      }),
    );
  });

  test('takes fewer examples than features when an epsilon is given, and says nothing of the directions it never saw', () => {
    const x = normals(new Random(5), 12);
    const { y, eigen } = whiten(x, 3, 4, { epsilon: 0.01 });
    expect(Array.from(eigen.values.subarray(2))).toEqual([
      expect.closeTo(0.01, 12),
      expect.closeTo(0.01, 12),
    ]);
    // the covariance of y has rank 2, with eigenvalues lambda / (lambda + epsilon)
    const trace = covarianceMatrix(y, 3, 4).covariance.reduce(
      (sum, v, pq) => sum + (pq % 5 === 0 ? v : 0),
      0,
    );
    const known = eigen.values.subarray(0, 2).reduce((sum, v) => sum + (v - 0.01) / v, 0);
    expect(trace).toBeCloseTo(known, 10);
  });

  test('keeps float32 as float32, and its digits at a mean of 1e4', () => {
    const x = normals(new Random(2), 60);
    const { y } = whiten(Float32Array.from(x), 20, 3);
    expect(y).toBeInstanceOf(Float32Array);
    expectClose(y, whiten(x, 20, 3).y, 1e-6);
    // what is left is the rounding of the input itself, 2^-11 of a unit at 1e4, a little magnified
    const far = Float32Array.from(x, (value) => value + 1e4);
    expectClose(whiten(far, 20, 3).y, whiten(x, 20, 3).y, 5e-3);
  });
});

describe('bad input to whitening', () => {
  const ramp = [1, 2, 2, 4, 3, 6, 5, 10]; // the second feature is twice the first
  test.each<[string, () => unknown, string]>([
    ['a wrong length', () => whiten([1, 2, 3], 2, 2), 'x must have m*d = 4 elements (m = 2, d = 2), found 3'],
    ['NaN', () => whiten([1, Number.NaN, 3], 3, 1), 'x must hold finite numbers, found NaN in row 1'],
    [
      'one example',
      () => whiten([1, 2], 1, 2, { epsilon: 1 }),
      'm must be at least 2 for whitening, found 1',
    ],
    [
      'no more examples than features',
      () => whiten([1, 2, 3, 5], 2, 2),
      'm must be above d = 2 for whitening with epsilon = 0, found 2: the covariance of 2 examples has rank 1 at ' +
        'most and no inverse; use at least 3 examples, or an epsilon above 0',
    ],
    [
      'a feature that follows from another',
      () => whiten(ramp, 4, 2),
      'the covariance of x plus epsilon must have an inverse, found epsilon = 0 and eigenvalues from',
    ],
    [
      'a constant feature',
      () => whiten([1, 5, 2, 5, 4, 5], 3, 2),
      'a feature is constant or a sum of others; leave such a feature out, or give an epsilon above',
    ],
    ['constants only', () => whiten([5, 5, 5], 3, 1), 'found epsilon = 0 and eigenvalues from 0.00 to 0.00'],
    [
      'an epsilon lost in rounding',
      () => whiten(ramp, 4, 2, { epsilon: 1e-30 }),
      'found epsilon = 1e-30 and',
    ],
    [
      'a negative epsilon',
      () => whiten(ramp, 4, 2, { epsilon: -1 }),
      'epsilon must be a finite number of at least 0',
    ],
    ['an unknown option', () => whiten(ramp, 4, 2, { eps: 1 } as object), 'whiten has no option "eps"'],
    [
      'an overflow',
      () => whiten([1e200, -1e200, 3], 3, 1),
      'matrix must hold finite numbers, found Infinity',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
