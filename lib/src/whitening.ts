/**
 * Full whitening, which batch normalization puts two simplifications in the place of
 * (Ioffe and Szegedy 2015, section 2):
 *
 *   Norm(x, X) = Cov[X]^(-1/2) (x - E[X])
 *
 * X is the set of examples over which mean and covariance are taken: for a minibatch, its m rows.
 */
import {
  checkCount,
  checkEpsilon,
  checkFinite,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { covarianceMatrix } from './covariance.js';
import { product } from './matrix.js';
import { type SymmetricEigen, symmetricEigen, symmetricFunction } from './symmetricEigen.js';

/** What whitening takes beside x. */
export interface WhiteningOptions {
  /** Added to every eigenvalue, that is, Cov + epsilon I is whitened. Left out: 0, and a singular Cov is refused. */
  epsilon?: number;
}

/** What whitening computes, with everything that backprop needs afterwards. */
export interface WhiteningResult {
  readonly m: number;
  readonly d: number;
  readonly epsilon: number;
  /** E[X], d numbers. */
  readonly mean: Float64Array;
  /** X - E[X], m x d. */
  readonly centred: Float64Array;
  /** Cov[X], d x d, divided by m, without epsilon. */
  readonly covariance: Float64Array;
  /** The eigendecomposition of Cov + epsilon I. */
  readonly eigen: SymmetricEigen;
  /** W = (Cov + epsilon I)^(-1/2), d x d and symmetric. */
  readonly inverseRoot: Float64Array;
  /** The output (x - E[X]) W, m x d: mean 0, and with epsilon = 0 covariance I. */
  readonly y: FloatArray;
}

/**
 * Whitens a minibatch as a layer would: y(i) = Cov^(-1/2) (x(i) - mean), the root taken symmetrically (ZCA). Of all
 * whitenings this one moves the examples least (Kessy, Lewin and Strimmer 2018, arXiv 1512.00809). With d = 1 it is
 * the BN transform with gamma = 1 and beta = 0.
 *
 * @param x m x d, row-major
 * @returns y and the intermediate results; y is a Float32Array when x is one, all else is float64
 * @throws RangeError for wrong lengths, m = 1, NaN or infinite input; and with epsilon = 0 for m <= d or a feature
 * that is constant or a sum of others, where the covariance has no inverse
 *
 * @example
 * const { y, covariance } = whiten([2, 0, -2, 0, 0, 1, 0, -1], 4, 2);
 * console.log(covariance.join()); // prints 2,0,0,0.5
 * const after = covarianceMatrix(y, 4, 2).covariance;
 * console.log(after.map((v) => Math.round(1e12 * v) / 1e12).join()); // prints 1,0,0,1
 */
export function whiten(x: Numbers, m: number, d: number, options: WhiteningOptions = {}): WhiteningResult {
  checkOptions('whiten', options, ['epsilon']);
  const { epsilon, mean, centred, covariance, eigen } = decompose(x, m, d, options.epsilon);
  const inverseRoot = symmetricFunction(eigen, (value) => 1 / Math.sqrt(value));
  const y = zerosLike(x, m * d);
  y.set(product(centred, inverseRoot, m, d, d));
  return { m, d, epsilon, mean, centred, covariance, eigen, inverseRoot, y };
}

/** Mean, covariance and the eigendecomposition of Cov + epsilon I, refused where it has no inverse. */
export function decompose(x: Numbers, m: number, d: number, epsilon = 0) {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  checkCount('m', m);
  if (m === 1) {
    throw new RangeError(
      'm must be at least 2 for whitening, found 1: the covariance of one example is 0 and the output would be 0 ' +
        'whatever x is; use more examples',
    );
  }
  checkEpsilon(epsilon);
  if (epsilon === 0 && m <= d) {
    throw new RangeError(
      `m must be above d = ${d} for whitening with epsilon = 0, found ${m}: the covariance of ${m} examples has rank ` +
        `${m - 1} at most and no inverse; use at least ${d + 1} examples, or an epsilon above 0`,
    );
  }
  const { mean, centred, covariance } = covarianceMatrix(x, m, d);
  const bare = symmetricEigen(covariance, d);
  const [largest, smallest] = [bare.values[0], bare.values[d - 1]];
  // What is below the rounding of the largest eigenvalue is noise, and its inverse root would be large noise.
  const rounding = 4 * d * Number.EPSILON * largest;
  if (smallest + epsilon <= rounding) {
    throw new RangeError(
      `the covariance of x plus epsilon must have an inverse, found epsilon = ${epsilon} and eigenvalues from ` +
        `${smallest.toPrecision(3)} to ${largest.toPrecision(3)}: a feature is constant or a sum of others; leave ` +
        `such a feature out, or give an epsilon above ${rounding.toPrecision(1)}`,
    );
  }
  // An eigenvalue of 0 may come out as -1e-17.
  const values = bare.values.map((value) => Math.max(value, 0) + epsilon);
  return { epsilon, mean, centred, covariance, eigen: { ...bare, values } satisfies SymmetricEigen };
}
