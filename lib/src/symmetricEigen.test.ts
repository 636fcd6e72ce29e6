import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenWhitening } from '../../tests/lib/goldenWhitening.js';
import { expectClose } from '../../tests/lib/support.js';
import { covarianceMatrix } from './covariance.js';
import { diagonal, product, transpose } from './matrix.js';
import { Random } from './random.js';
import { symmetricEigen, symmetricFunction } from './symmetricEigen.js';

const normals = (seed: number, n: number): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: n }, () => random.normal());
};

/** X^T X of a random 2d x d matrix: symmetric, with positive eigenvalues. */
const gram = (seed: number, d: number): Float64Array => {
  const x = normals(seed, 2 * d * d);
  return product(transpose(x, 2 * d, d), x, d, 2 * d, d);
};

describe('the covariance matrix', () => {
  test.each(goldenWhitening)('is what PyTorch gives: $name', ({ x, m, d, covariance }) => {
    expectClose(covarianceMatrix(x, m, d).covariance, covariance, 1e-13);
  });

  test('keeps its digits far from zero, where E[x x^T] - E[x] E[x]^T has none left', () => {
    const x = normals(1, 20);
    const far = x.map((value) => value + 1e8);
    // adding 1e8 rounds x to 1.5e-8; the one-pass formula would be off by about 1
    expectClose(covarianceMatrix(far, 10, 2).covariance, covarianceMatrix(x, 10, 2).covariance, 1e-7);
  });

  test('refuses a wrong length and NaN', () => {
    expect(() => covarianceMatrix([1, 2, 3], 2, 2)).toThrow('x must have m*d = 4 elements');
    expect(() => covarianceMatrix([1, 2, Number.NaN, 3], 2, 2)).toThrow('found NaN in row 1, column 0');
  });
});

describe('the eigendecomposition', () => {
  test.each(goldenWhitening)(
    'has the eigenvalues that PyTorch gives: $name',
    ({ covariance, d, eigenvalues }) => {
      expectClose(symmetricEigen(covariance, d).values, eigenvalues, 1e-13);
    },
  );

  test('puts the matrix together again, from orthogonal vectors, up to 60 x 60', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, d) => {
        const matrix = gram(seed, d);
        const { values, vectors } = symmetricEigen(matrix, d);
        const back = product(product(vectors, diagonal(values), d, d, d), transpose(vectors, d, d), d, d, d);
        expectClose(back, matrix, 1e-13);
        const ones = diagonal(new Float64Array(d).fill(1));
        expectClose(product(transpose(vectors, d, d), vectors, d, d, d), ones, 1e-13);
        expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
      }),
      { numRuns: 40 },
    );
  });

  test('has the values of a matrix that is known by heart', () => {
    // the second difference matrix has eigenvalues 2 - 2 cos(k pi / (d + 1))
    const d = 12;
    const matrix = Float64Array.from({ length: d * d }, (_, pq) => {
      const apart = Math.abs(Math.floor(pq / d) - (pq % d));
      return [2, -1][apart] ?? 0;
    });
    const known = Array.from({ length: d }, (_, k) => 2 - 2 * Math.cos(((d - k) * Math.PI) / (d + 1)));
    expectClose(symmetricEigen(matrix, d).values, known, 1e-14);
  });

  test('points each vector so that its largest element is positive', () => {
    for (const matrix of [gram(3, 5), gram(3, 5).map((v) => -v)]) {
      const { vectors } = symmetricEigen(matrix, 5);
      for (let a = 0; a < 5; a++) {
        const column = Array.from({ length: 5 }, (_, p) => vectors[p * 5 + a]);
        expect(Math.max(...column)).toBeCloseTo(Math.max(...column.map(Math.abs)), 6);
      }
    }
  });

  test('gives functions of the matrix: the inverse root squared and inverted is the matrix', () => {
    const matrix = gram(7, 6);
    const root = symmetricFunction(symmetricEigen(matrix, 6), (value) => 1 / Math.sqrt(value));
    const ones = diagonal(new Float64Array(6).fill(1));
    expectClose(product(product(root, matrix, 6, 6, 6), root, 6, 6, 6), ones, 1e-12);
  });

  test.each<[string, () => unknown, string]>([
    ['a matrix that is not square', () => symmetricEigen([1, 2, 3], 2), 'matrix must have d*d = 4 elements'],
    [
      'NaN, which would never end',
      () => symmetricEigen([1, 0, 0, Number.NaN], 2),
      'found NaN in row 1, column 1',
    ],
    [
      'a matrix that is not symmetric',
      () => symmetricEigen([1, 2, 3, 1], 2),
      'matrix must be symmetric, found 3 in row 1, column 0 and 2 in row 0, column 1; give (S + S^T) / 2',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
