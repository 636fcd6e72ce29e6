import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenWhitening } from '../../tests/lib/goldenWhitening.js';
import { expectClose, goldenCases } from '../../tests/lib/support.js';
import { covarianceMatrix } from './covariance.js';
import { diagonal, product } from './matrix.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';
import { whiten } from './whitening.js';
import {
  covarianceEqualisation,
  meanRemoval,
  pcaDecorrelation,
  pcaWhitening,
  zcaWhitening,
} from './whiteningSteps.js';

const normals = (random: Random, n: number, shift = 0): Float64Array =>
  Float64Array.from({ length: n }, () => shift + random.normal());
const identity = (d: number): Float64Array => diagonal(new Float64Array(d).fill(1));

const all = { meanRemoval, pcaDecorrelation, covarianceEqualisation, pcaWhitening, zcaWhitening };
const shapes = fc
  .record({ d: fc.integer({ min: 1, max: 6 }), more: fc.integer({ min: 3, max: 12 }), seed: fc.nat() })
  .map(({ d, more, seed }) => ({ d, m: 2 * d + more, seed }));

describe.each(Object.entries(all))('%s', (_, fit) => {
  test('is undone by its inverse, also for examples it was not fitted to', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed }) => {
        const random = new Random(seed);
        const x = normals(random, m * d, 5);
        const step = fit(x, m, d);
        for (const [some, count] of [[x, m] as const, [normals(random, 2 * d), 2] as const]) {
          expectClose(step.inverse(step.forward(some, count), count), some, 1e-11);
          expectClose(step.forward(step.inverse(some, count), count), some, 1e-11);
        }
        expectClose(product(step.matrix, step.inverseMatrix, d, d, d), identity(d), 1e-11);
      }),
    );
  });

  test('keeps float32 as float32 and refuses what does not fit', () => {
    const x = normals(new Random(1), 20);
    const step = fit(x, 10, 2);
    expect(step.forward(Float32Array.from(x), 10)).toBeInstanceOf(Float32Array);
    expect(step.inverse(Float32Array.from(x), 10)).toBeInstanceOf(Float32Array);
    expect(() => step.forward([1, 2, 3], 1)).toThrow('x must have m*d = 2 elements (m = 1, d = 2), found 3');
    expect(() => step.inverse([1, 2, 3], 1)).toThrow('y must have m*d = 2 elements');
    expect(() => step.forward([], 0)).toThrow('m must be a whole number of at least 1, found 0');
    expect(() => step.forward([1, Number.NaN], 1)).toThrow('x must hold finite numbers');
    expect(() => fit([1, 2, 3], 2, 2)).toThrow('x must have m*d = 4 elements');
    expect(() => fit([1, 2, 3, Infinity], 2, 2)).toThrow('x must hold finite numbers');
  });
});

describe('the three steps', () => {
  test('each do what they are named after, and together whiten', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed }) => {
        const x = normals(new Random(seed), m * d, 5).map((v, ij, all) => v + 0.8 * (all[ij - 1] ?? 0));
        const centred = meanRemoval(x, m, d).forward(x, m);
        expectClose(covarianceMatrix(centred, m, d).mean, new Float64Array(d), 1e-12);
        const rotation = pcaDecorrelation(centred, m, d);
        const decorrelated = rotation.forward(centred, m);
        // the variances are the eigenvalues, all else is 0
        expectClose(
          covarianceMatrix(decorrelated, m, d).covariance,
          diagonal(rotation.eigen?.values ?? new Float64Array()),
          1e-11,
        );
        const equal = covarianceEqualisation(decorrelated, m, d).forward(decorrelated, m);
        expectClose(covarianceMatrix(equal, m, d).covariance, identity(d), 1e-10);
        expectClose(pcaWhitening(x, m, d).forward(x, m), equal, 1e-9);
      }),
    );
  });

  test('keep lengths: decorrelation is a rotation about the origin', () => {
    const x = normals(new Random(2), 30, 4);
    const y = pcaDecorrelation(x, 10, 3).forward(x, 10);
    for (let i = 0; i < 10; i++) {
      expect(Math.hypot(...y.subarray(3 * i, 3 * i + 3))).toBeCloseTo(
        Math.hypot(...x.subarray(3 * i, 3 * i + 3)),
        12,
      );
    }
  });

  test('without decorrelation are BN: mean removal and equalisation', () => {
    const x = normals(new Random(3), 40, 2);
    const centred = meanRemoval(x, 10, 4).forward(x, 10);
    const y = covarianceEqualisation(centred, 10, 4, { epsilon: 0.01 }).forward(centred, 10);
    expectClose(y, batchNorm(x, 10, 4, { epsilon: 0.01 }).y, 1e-13);
  });
});

describe('ZCA whitening', () => {
  test.each(goldenWhitening)(
    'is the layer, and what PyTorch gives: $name',
    ({ x, m, d, epsilon, y, inverseRoot }) => {
      const step = zcaWhitening(x, m, d, { epsilon });
      expectClose(step.matrix, inverseRoot, 1e-11);
      expectClose(step.forward(x, m), y, 1e-11);
      expectClose(step.forward(x, m), whiten(x, m, d, { epsilon }).y, 1e-12);
    },
  );

  test.each(goldenCases('zca'))("is the older golden file's too: $name", (g) => {
    // its values are rounded to 12 decimals
    expectClose(zcaWhitening(g.x, g.m, g.d, { epsilon: g.eps }).forward(g.x, g.m), g.whitened, 1e-10);
  });

  test('moves the examples less than PCA whitening does', () => {
    fc.assert(
      fc.property(shapes, ({ m, d, seed }) => {
        const x = normals(new Random(seed), m * d);
        const centred = meanRemoval(x, m, d).forward(x, m);
        const moved = (y: ArrayLike<number>) =>
          Array.from(centred).reduce((sum, v, ij) => sum + (v - y[ij]) ** 2, 0);
        const [zca, pca] = [zcaWhitening(x, m, d), pcaWhitening(x, m, d)].map((s) => moved(s.forward(x, m)));
        expect(zca).toBeLessThanOrEqual(pca * (1 + 1e-9) + 1e-9);
      }),
    );
  });
});

describe('the steps refuse', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a constant feature without epsilon',
      () => covarianceEqualisation([1, 5, 2, 5], 2, 2),
      'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column 1',
    ],
    [
      'as many features as examples',
      () => pcaWhitening([1, 2, 3, 5], 2, 2),
      'm must be above d = 2 for whitening',
    ],
    ['the same for ZCA', () => zcaWhitening([1, 2, 3, 5], 2, 2), 'm must be above d = 2 for whitening'],
    [
      'a negative epsilon',
      () => covarianceEqualisation([1, 2], 2, 1, { epsilon: -1 }),
      'epsilon must be a finite',
    ],
    [
      'an unknown option',
      () => zcaWhitening([1, 2], 2, 1, { eps: 1 } as object),
      'zcaWhitening has no option "eps"',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  test('but take a singular covariance with an epsilon, and can undo it', () => {
    const x = [1, 2, 3, 5];
    const step = zcaWhitening(x, 2, 2, { epsilon: 0.1 });
    expectClose(step.inverse(step.forward(x, 2), 2), x, 1e-13);
  });
});
