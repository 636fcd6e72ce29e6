/** The covariance matrix of a set of examples: what whitening takes away, and BN keeps all of but the diagonal. */
import { checkFinite, checkMatrix, type Numbers } from './check.js';
import { columnMoments } from './transform.js';

/** Mean and covariance of m examples of d features. */
export interface Covariance {
  /** E[x], d numbers. */
  readonly mean: Float64Array;
  /** x - E[x], m x d. */
  readonly centred: Float64Array;
  /** Cov[x], d x d and symmetric, divided by m (biased, as BN's variance is). Its diagonal is the variance. */
  readonly covariance: Float64Array;
}

/**
 * Mean and biased covariance of the rows of x, in two passes (Ioffe and Szegedy 2015, section 2):
 *
 *   Cov(p,q) = (1/m) sum_i (x(i,p) - mean(p)) (x(i,q) - mean(q))
 *
 * The paper writes E[x x^T] - E[x] E[x]^T. That is the same number, but subtracts two large ones when the mean is
 * far from zero, and loses their digits.
 *
 * @param x m x d, row-major
 * @returns float64 arrays whatever x is, in the units of x and of x squared
 * @throws RangeError for wrong lengths, NaN or infinite input
 *
 * @example
 * const { mean, covariance } = covarianceMatrix([1, 10, 3, 30], 2, 2);
 * console.log(mean.join(), covariance.join()); // prints 2,20 1,10,10,100
 */
export function covarianceMatrix(x: Numbers, m: number, d: number): Covariance {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  const { mean } = columnMoments(x, m, d);
  const centred = Float64Array.from({ length: m * d }, (_, ij) => x[ij] - mean[ij % d]);
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < d; p++) {
      const cip = centred[i * d + p];
      for (let q = p; q < d; q++) {
        covariance[p * d + q] += cip * centred[i * d + q];
      }
    }
  }
  for (let p = 0; p < d; p++) {
    for (let q = p; q < d; q++) {
      covariance[p * d + q] /= m;
      covariance[q * d + p] = covariance[p * d + q];
    }
  }
  return { mean, centred, covariance };
}
