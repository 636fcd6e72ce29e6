/** The eigendecomposition of a symmetric matrix, S = V diag(lambda) V^T, by ml-matrix (tred2 and tql2 of EISPACK). */
import { createRequire } from 'node:module';
import type * as MlMatrix from 'ml-matrix';
import { checkFinite, checkMatrix, type Numbers } from './check.js';

/** S = V diag(lambda) V^T. */
export interface SymmetricEigen {
  readonly d: number;
  /** lambda, d numbers, the largest first. */
  readonly values: Float64Array;
  /** V, d x d: column a is the eigenvector of length 1 that belongs to value a. V^T is the inverse of V. */
  readonly vectors: Float64Array;
}

/** How far apart S(p,q) and S(q,p) may lie, relative to the largest element: rounding, and no more. */
const ASYMMETRY = 1e-12;

/**
 * Eigenvalues, the largest first, and eigenvectors of a symmetric matrix. An eigenvector may point either way: here
 * its largest element is positive, so that the same matrix always gives the same picture.
 *
 * The values are right to about 1e-15 of the largest one, each: a value that is smaller than that is noise.
 *
 * @param matrix S, d x d, row-major
 * @throws RangeError for a wrong length, NaN or infinite elements, or a matrix that is not symmetric
 *
 * @example
 * const { values, vectors } = symmetricEigen([2, 1, 1, 2], 2);
 * console.log(values.map((v) => Math.round(v)).join()); // prints 3,1
 * console.log(vectors[0].toFixed(4), vectors[2].toFixed(4)); // prints 0.7071 0.7071
 */
export function symmetricEigen(matrix: Numbers, d: number): SymmetricEigen {
  checkMatrix('matrix', matrix, d, d, 'd', 'd');
  checkFinite('matrix', matrix, d); // with NaN the iteration of ml-matrix would never end
  const rows = Array.from({ length: d }, (_, p) => Array.from(matrix.slice(p * d, (p + 1) * d)));
  checkSymmetric(rows);
  // Loaded when it is first needed: 20 ms, which a notebook that whitens nothing need not wait for.
  const mlMatrix: typeof MlMatrix = createRequire(import.meta.url)('ml-matrix');
  const { EigenvalueDecomposition, Matrix } = mlMatrix;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, a) => a).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const vectors = new Float64Array(d * d);
  for (const [a, from] of order.entries()) {
    const vector = eigenvectorMatrix.getColumn(from);
    const largest = vector.reduce(
      (top, value) => (Math.abs(value) > 1.000001 * Math.abs(top) ? value : top),
      0,
    );
    const sign = largest < 0 ? -1 : 1;
    for (let p = 0; p < d; p++) {
      vectors[p * d + a] = sign * vector[p];
    }
  }
  return { d, values: Float64Array.from(order, (a) => realEigenvalues[a]), vectors };
}

/**
 * f(S) = V diag(f(lambda)) V^T, such as the inverse root with f = 1/sqrt. It is symmetric too.
 * @returns d x d
 *
 * @example
 * const eigen = symmetricEigen([2, 1, 1, 2], 2);
 * const inverse = symmetricFunction(eigen, (value) => 1 / value);
 * console.log(inverse.map((v) => Math.round(3 * v)).join()); // prints 2,-1,-1,2
 */
export function symmetricFunction(
  { d, values, vectors }: SymmetricEigen,
  f: (value: number) => number,
): Float64Array {
  const image = values.map((value) => f(value));
  const result = new Float64Array(d * d);
  for (let p = 0; p < d; p++) {
    for (let q = p; q < d; q++) {
      let sum = 0;
      for (let a = 0; a < d; a++) {
        sum += vectors[p * d + a] * image[a] * vectors[q * d + a];
      }
      result[p * d + q] = sum;
      result[q * d + p] = sum;
    }
  }
  return result;
}

function checkSymmetric(rows: readonly number[][]): void {
  const largest = rows.reduce((top, row) => row.reduce((t, v) => Math.max(t, Math.abs(v)), top), 0);
  for (let p = 0; p < rows.length; p++) {
    for (let q = 0; q < p; q++) {
      if (Math.abs(rows[p][q] - rows[q][p]) > ASYMMETRY * largest) {
        throw new RangeError(
          `matrix must be symmetric, found ${rows[p][q]} in row ${p}, column ${q} and ${rows[q][p]} in row ${q}, ` +
            `column ${p}; give (S + S^T) / 2 if only rounding is the cause`,
        );
      }
    }
  }
}
