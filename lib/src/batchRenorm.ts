/**
 * Batch renormalisation: Algorithm 1 of Ioffe 2017 (arXiv 1702.03275, "Batch Renormalization"). Each example is
 * normalised in training as it will be at inference, as far as two limits allow:
 *
 *   s_B   = sqrt(variance_B + epsilon)                    the minibatch's standard deviation
 *   r     = stopGradient(clip(s_B / s, 1/rMax, rMax))     s, mean: moving averages
 *   shift = stopGradient(clip((mean_B - mean) / s, -dMax, dMax))          the paper calls it d
 *   xHat  = (x - mean_B) / s_B * r + shift
 *   y     = gamma xHat + beta
 *
 * With rMax = 1 and dMax = 0 this is BN; where neither limit is reached, xHat = (x - mean) / s. The gradient takes r
 * and shift for constants but flows through mean_B and s_B, as in BN: what is left of BN's gradient is scaled by r.
 * Small minibatches, and minibatches whose examples resemble each other, then do as well as large ones.
 */
import { type BatchNormBackwardOptions, type BatchNormGradients, compactGradients } from './backward.js';
import {
  checkEpsilon,
  checkFinite,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
} from './check.js';
import {
  checkRenormLimits,
  checkRenormStatistics,
  clip,
  type RenormLimits,
  type RenormStatistics,
} from './renormAverages.js';
import {
  type BatchNormResult,
  checkTrainingBatch,
  checkVariance,
  columnMoments,
  DEFAULT_EPSILON,
  normalise,
  type TransformOptions,
  vectorOr,
} from './transform.js';

/** What batch renormalisation takes beside x and the statistics: gamma, beta, epsilon, and its two limits. */
export interface RenormOptions extends TransformOptions, RenormLimits {}

/** What batch renormalisation computes, with all that backprop needs. */
export interface RenormResult {
  readonly m: number;
  readonly d: number;
  readonly epsilon: number;
  readonly gamma: FloatArray;
  readonly beta: FloatArray;
  /** Mean of each feature over the minibatch, d numbers. */
  readonly mean: FloatArray;
  /** sqrt(variance + epsilon) over the minibatch, d numbers. */
  readonly standardDeviation: FloatArray;
  /** The correction of the scale, d numbers from 1/rMax to rMax; a constant for the gradient. */
  readonly r: Float64Array;
  /** The correction of the mean (the paper's d), d numbers from -dMax to dMax; a constant for the gradient. */
  readonly shift: Float64Array;
  /** The corrected input, m x d. */
  readonly xHat: FloatArray;
  /** The output, m x d. */
  readonly y: FloatArray;
  /** The same output seen as BN, with gamma r for gamma and gamma shift + beta for beta. */
  readonly asBatchNorm: BatchNormResult;
}

/**
 * Batch renormalisation over a minibatch, in training. The moving averages are read, not changed: update them
 * afterwards (`RenormAverages`), as the algorithm does. For feature maps take m = n*p*q and d = c.
 *
 * @param x m x d
 * @param statistics moving averages, d means and d standard deviations above 0
 * @param options rMax and dMax must be given; gamma, beta and epsilon as in `batchNorm`
 * @returns float32 arrays when x is a Float32Array
 * @throws RangeError for wrong lengths, m = 1, NaN, rMax below 1, dMax below 0, a standard deviation that is not
 * above 0, or epsilon = 0 with a constant feature
 *
 * @example
 * const x = [0, 4]; // mean 2, standard deviation 2
 * const statistics = { mean: [1], standardDeviation: [0.5] };
 * const limited = batchRenorm(x, 2, 1, statistics, { rMax: 3, dMax: 5, epsilon: 0 });
 * console.log(limited.r[0], limited.shift[0], limited.y.join()); // prints 3 2 -1,5
 * const free = batchRenorm(x, 2, 1, statistics, { rMax: Infinity, dMax: Infinity, epsilon: 0 });
 * console.log(free.y.join()); // prints -2,6
 */
export function batchRenorm(
  x: Numbers,
  m: number,
  d: number,
  statistics: RenormStatistics,
  options: RenormOptions,
): RenormResult {
  checkOptions('batchRenorm', options, ['gamma', 'beta', 'epsilon', 'rMax', 'dMax']);
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  checkTrainingBatch(m);
  checkRenormStatistics(statistics, d);
  checkRenormLimits(options);
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const gamma = vectorOr(1, 'gamma', options.gamma, x, d);
  const beta = vectorOr(0, 'beta', options.beta, x, d);
  const result = renormalise(x, m, d, statistics, options, gamma, beta, epsilon);
  checkVariance(result.asBatchNorm.variance);
  return result;
}

/** The algorithm itself, without a look at the input: NaN is let through, as in `normalise`. */
export function renormalise(
  x: Numbers,
  m: number,
  d: number,
  statistics: RenormStatistics,
  { rMax, dMax }: RenormLimits,
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): RenormResult {
  const minibatch = columnMoments(x, m, d);
  const s = statistics.standardDeviation;
  const r = minibatch.variance.map((v, j) => clip(Math.sqrt(v + epsilon) / s[j], 1 / rMax, rMax));
  const shift = minibatch.mean.map((mean, j) => clip((mean - statistics.mean[j]) / s[j], -dMax, dMax));
  const asBatchNorm = normalise(
    x,
    m,
    d,
    r.map((value, j) => gamma[j] * value),
    shift.map((value, j) => gamma[j] * value + beta[j]),
    epsilon,
  );
  const { mean, standardDeviation, y } = asBatchNorm;
  const xHat = asBatchNorm.xHat.map((value, ij) => value * r[ij % d] + shift[ij % d]);
  return { m, d, epsilon, gamma, beta, mean, standardDeviation, r, shift, xHat, y, asBatchNorm };
}

/**
 * Backprop through batch renormalisation (Ioffe 2017, section 3), r and shift held constant:
 *
 *   dl/dx     = (gamma r / s_B) (dy - mean(dy) - x~ mean(dy x~)),   x~ = (x - mean_B) / s_B
 *   dl/dgamma = sum_i dy xHat = r sum_i dy x~ + shift sum_i dy
 *   dl/dbeta  = sum_i dy
 *
 * @param dy dl/dy, m x d
 * @param forward what `batchRenorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const statistics = { mean: [2], standardDeviation: [2] };
 * const forward = batchRenorm([1, 2, 6], 3, 1, statistics, { rMax: 3, dMax: 5 });
 * const { dx, dBeta } = batchRenormBackward([1, 0, 0], forward);
 * console.log(dx.length, dBeta[0]); // prints 3 1
 */
export function batchRenormBackward(
  dy: Numbers,
  forward: RenormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  checkOptions('batchRenormBackward', options, ['throughMean', 'throughVariance']);
  checkMatrix('dy', dy, forward.m, forward.d);
  checkFinite('dy', dy, forward.d);
  return renormGradients(dy, forward, options);
}

/** The gradients themselves, without a look at dy: a training loop that diverges brings infinities here. */
export function renormGradients(
  dy: Numbers,
  { r, shift, asBatchNorm }: RenormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  const { dx, dGamma, dBeta } = compactGradients(dy, asBatchNorm, options);
  return { dx, dGamma: dGamma.map((value, j) => r[j] * value + shift[j] * dBeta[j]), dBeta };
}
