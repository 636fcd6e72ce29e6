/**
 * BN in training with frozen statistics: the mean and the variance are constants, gamma, beta and everything before
 * the layer still learn. It is what fine-tuning does with minibatches too small to have statistics of their own.
 *
 *   xHat = (x - mean) / s,  y = gamma xHat + beta,   s = sqrt(variance + epsilon), mean and variance given
 *
 * Each example is on its own, so the backward pass has no mean over the minibatch in it:
 *
 *   dl/dx     = dl/dy gamma / s
 *   dl/dgamma = sum_i dl/dy xHat,   dl/dbeta = sum_i dl/dy
 *
 * For whoever learns or computes the statistics, their own gradients are the first two of the paper's equations:
 *
 *   dl/dmean     = -(gamma / s) sum_i dl/dy
 *   dl/dvariance = -(gamma / 2 s^2) sum_i dl/dy xHat
 */

import type { BatchNormGradients } from './backward.js';
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
import { batchNormAffine, type FixedStatistics } from './inference.js';
import { DEFAULT_EPSILON, type TransformOptions, vectorOr } from './transform.js';

/** What BN with frozen statistics computes, with all that backprop needs. */
export interface FrozenResult {
  readonly m: number;
  readonly d: number;
  readonly epsilon: number;
  readonly gamma: FloatArray;
  readonly beta: FloatArray;
  /** sqrt(variance + epsilon), d numbers. */
  readonly standardDeviation: Float64Array;
  /** The input, normalised with the frozen statistics, m x d. */
  readonly xHat: FloatArray;
  /** The output, m x d. */
  readonly y: FloatArray;
}

/** The gradients of BN with frozen statistics. */
export interface FrozenGradients extends BatchNormGradients {
  /** dl/dmean of the frozen mean, d numbers. */
  readonly dMean: FloatArray;
  /** dl/dvariance of the frozen variance, d numbers. */
  readonly dVariance: FloatArray;
}

/**
 * BN in training with frozen statistics. The output is that of `batchNormInference`; what backprop needs is kept.
 * For feature maps take m = n*p*q and d = c.
 *
 * @param x m x d; any m, one example too
 * @param statistics d means and d variances: a moving average, population statistics, a loaded model's
 * @returns float32 arrays when x is a Float32Array
 * @throws RangeError for wrong lengths, NaN, a negative variance, or epsilon = 0 with a variance of 0
 *
 * @example
 * const forward = batchNormFrozen([7], 1, 1, { mean: [1], variance: [9] }, { gamma: [2], epsilon: 0 });
 * const { dx, dGamma } = batchNormFrozenBackward([3], forward);
 * console.log(forward.y[0], dx[0], dGamma[0]); // prints 4 2 6
 */
export function batchNormFrozen(
  x: Numbers,
  m: number,
  d: number,
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FrozenResult {
  checkOptions('batchNormFrozen', options, ['gamma', 'beta', 'epsilon']);
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  checkVector('mean', statistics.mean, d);
  batchNormAffine(statistics, { epsilon }); // refuses statistics that cannot be
  const gamma = vectorOr(1, 'gamma', options.gamma, x, d);
  const beta = vectorOr(0, 'beta', options.beta, x, d);
  return normaliseFrozen(x, m, d, statistics, gamma, beta, epsilon);
}

/** The formula itself, without a look at the input: NaN is let through, as in `normalise`. */
export function normaliseFrozen(
  x: Numbers,
  m: number,
  d: number,
  { mean, variance }: FixedStatistics,
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): FrozenResult {
  const standardDeviation = Float64Array.from(variance, (v) => Math.sqrt(v + epsilon));
  const xHat = zerosLike(x, m * d).map((_, ij) => (x[ij] - mean[ij % d]) / standardDeviation[ij % d]);
  const y = xHat.map((v, ij) => gamma[ij % d] * v + beta[ij % d]);
  return { m, d, epsilon, gamma, beta, standardDeviation, xHat, y };
}

/**
 * Backprop through BN with frozen statistics.
 * @param dy dl/dy, m x d
 * @param forward what `batchNormFrozen` returned
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const forward = batchNormFrozen([1, 2, 6], 3, 1, { mean: [2], variance: [4] }, { epsilon: 0 });
 * const { dx, dMean } = batchNormFrozenBackward([1, 0, 0], forward);
 * console.log(dx.join(), dMean[0]); // prints 0.5,0,0 -0.5
 */
export function batchNormFrozenBackward(dy: Numbers, forward: FrozenResult): FrozenGradients {
  checkMatrix('dy', dy, forward.m, forward.d);
  checkFinite('dy', dy, forward.d);
  return frozenGradients(dy, forward);
}

/** The gradients themselves, without a look at dy: a training loop that diverges brings infinities here. */
export function frozenGradients(dy: Numbers, forward: FrozenResult): FrozenGradients {
  const { m, d, gamma, standardDeviation: s, xHat } = forward;
  const sum = new Float64Array(d);
  const sumAlongXHat = new Float64Array(d);
  for (let ij = 0; ij < m * d; ij++) {
    sum[ij % d] += dy[ij];
    sumAlongXHat[ij % d] += dy[ij] * xHat[ij];
  }
  const column = (value: (j: number) => number): FloatArray => zerosLike(xHat, d).map((_, j) => value(j));
  return {
    dx: zerosLike(xHat, m * d).map((_, ij) => (dy[ij] * gamma[ij % d]) / s[ij % d]),
    dGamma: column((j) => sumAlongXHat[j]),
    dBeta: column((j) => sum[j]),
    dMean: column((j) => (-gamma[j] / s[j]) * sum[j]),
    dVariance: column((j) => (-gamma[j] / (2 * s[j] ** 2)) * sumAlongXHat[j]),
  };
}
