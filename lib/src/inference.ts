/**
 * BN at inference: with fixed statistics the transform is affine, one scale and one shift per feature
 * (Ioffe and Szegedy 2015, Algorithm 2, line 11).
 *
 *   y = scale x + shift,  scale = gamma / sqrt(variance + epsilon),  shift = beta - scale mean
 *
 * Each example is computed alone, so the output does not depend on what else is in the batch, and m = 1 is fine.
 */
import {
  checkEpsilon,
  checkFinite,
  checkMatrix,
  checkOptions,
  checkVector,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { DEFAULT_EPSILON, type TransformOptions } from './transform.js';

/** Fixed statistics: population averages or a moving average. */
export interface FixedStatistics {
  readonly mean: Numbers;
  readonly variance: Numbers;
}

/** One scale and one shift per feature. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * The affine form of BN with fixed statistics.
 * @throws RangeError for wrong lengths, a negative variance, or epsilon = 0 with a variance of 0
 *
 * @example
 * const { scale, shift } = batchNormAffine({ mean: [2], variance: [4] }, { gamma: [6], beta: [1], epsilon: 0 });
 * console.log(scale[0], shift[0]); // prints 3 -5
 */
export function batchNormAffine(statistics: FixedStatistics, options: TransformOptions = {}): Affine {
  checkOptions('batchNormAffine', options, ['gamma', 'beta', 'epsilon']);
  const { mean, variance } = statistics;
  const d = mean.length;
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  checkVector('variance', variance, d);
  checkFinite('mean', mean, d);
  checkFinite('variance', variance, d);
  if (options.gamma !== undefined) {
    checkVector('gamma', options.gamma, d);
    checkFinite('gamma', options.gamma, d);
  }
  if (options.beta !== undefined) {
    checkVector('beta', options.beta, d);
    checkFinite('beta', options.beta, d);
  }
  const scale = new Float64Array(d);
  const shift = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    if (variance[j] < 0) {
      throw new RangeError(`variance must not be negative, found ${variance[j]} in column ${j}`);
    }
    if (variance[j] + epsilon === 0) {
      throw new RangeError(
        `epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ${j}`,
      );
    }
    scale[j] = (options.gamma?.[j] ?? 1) / Math.sqrt(variance[j] + epsilon);
    shift[j] = (options.beta?.[j] ?? 0) - scale[j] * mean[j];
  }
  return { scale, shift };
}

/**
 * BN at inference: y(i,j) = scale(j) x(i,j) + shift(j).
 * @param x m x d; any m, one example too
 * @returns y, m x d, float32 when x is a Float32Array
 *
 * @example
 * const statistics = { mean: [2], variance: [4] };
 * console.log(batchNormInference([6], 1, 1, statistics, { epsilon: 0 }).join()); // prints 2
 */
export function batchNormInference(
  x: Numbers,
  m: number,
  d: number,
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FloatArray {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  checkVector('mean', statistics.mean, d);
  const { scale, shift } = batchNormAffine(statistics, options);
  return zerosLike(x, m * d).map((_, ij) => scale[ij % d] * x[ij] + shift[ij % d]);
}
