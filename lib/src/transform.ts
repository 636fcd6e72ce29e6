/**
 * The BN transform: Algorithm 1 of Ioffe and Szegedy 2015 (arXiv 1502.03167).
 *
 * For each feature j over a minibatch of m examples:
 *
 *   mean(j)     = (1/m) sum_i x(i,j)
 *   variance(j) = (1/m) sum_i (x(i,j) - mean(j))^2
 *   xHat(i,j)   = (x(i,j) - mean(j)) / sqrt(variance(j) + epsilon)
 *   y(i,j)      = gamma(j) xHat(i,j) + beta(j)
 */
import {
  checkCount,
  checkEpsilon,
  checkFinite,
  checkMatrix,
  checkOptions,
  checkVector,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';

/** The epsilon used when none is given. PyTorch uses 1e-5 too, Keras 1e-3. */
export const DEFAULT_EPSILON = 1e-5;

/** What the BN transform takes beside x; all may be left out. */
export interface TransformOptions {
  /** The scale, d numbers. Left out: all ones. */
  gamma?: Numbers;
  /** The shift, d numbers. Left out: all zeros. */
  beta?: Numbers;
  /** Added to the variance, inside the root. Left out: 1e-5. */
  epsilon?: number;
}

/** What the BN transform computes, with everything that backprop needs afterwards. */
export interface BatchNormResult {
  readonly m: number;
  readonly d: number;
  readonly epsilon: number;
  readonly gamma: FloatArray;
  readonly beta: FloatArray;
  /** Mean of each feature over the minibatch, d numbers. */
  readonly mean: FloatArray;
  /** Biased variance of each feature (divided by m, not m - 1), d numbers. */
  readonly variance: FloatArray;
  /** sqrt(variance + epsilon), d numbers. */
  readonly standardDeviation: FloatArray;
  /** x - mean, m x d. */
  readonly centred: FloatArray;
  /** The normalised input, m x d. */
  readonly xHat: FloatArray;
  /** The output, m x d. */
  readonly y: FloatArray;
}

/**
 * Mean and biased variance of each column of an m x d matrix, in two passes:
 *
 *   mean(j)     = x(0,j) + (1/m) sum_i (x(i,j) - x(0,j))
 *   variance(j) = (1/m) sum_i (x(i,j) - mean(j))^2
 *
 * The one-pass formula E[x^2] - E[x]^2 subtracts two large, nearly equal numbers when the mean is far from
 * zero, and in float32 loses every digit at mean 1e4: hence a pass for the mean and a second for the variance.
 * Summing differences from the first row makes the mean of a constant column that constant, to the last bit:
 * ten times 0.1 divided by ten is 0.1 only by luck, and what is left over would be divided by sqrt(epsilon).
 *
 * @param x m x d
 * @returns two arrays of d numbers, float64 whatever x is
 * @throws RangeError for a wrong length
 *
 * @example
 * const { mean, variance } = columnMoments([10001, 0.1, 10003, 0.1], 2, 2);
 * console.log(mean.join(), variance.join()); // prints 10002,0.1 1,0
 */
export function columnMoments(
  x: Numbers,
  m: number,
  d: number,
): { mean: Float64Array; variance: Float64Array } {
  checkMatrix('x', x, m, d);
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  for (let i = 1; i < m; i++) {
    for (let j = 0; j < d; j++) {
      mean[j] += x[i * d + j] - x[j];
    }
  }
  for (let j = 0; j < d; j++) {
    mean[j] = x[j] + mean[j] / m;
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < d; j++) {
      variance[j] += (x[i * d + j] - mean[j]) ** 2;
    }
  }
  for (let j = 0; j < d; j++) {
    variance[j] /= m;
  }
  return { mean, variance };
}

/**
 * The BN transform over a minibatch (Algorithm 1). A constant feature gives exactly its beta. For the feature
 * maps of a convolution see `batchNormMaps`.
 *
 * @param x m x d, row-major
 * @returns y and the intermediate results; float32 arrays when x is a Float32Array, float64 otherwise
 * @throws RangeError for wrong lengths, m = 1, NaN or infinite input, numbers whose squares overflow, or
 * epsilon = 0 with a constant feature
 *
 * @example
 * const { y, mean, variance } = batchNorm([1, 10, 3, 30], 2, 2, { gamma: [1, 2], beta: [0, 1] });
 * console.log(mean.join(), variance.join()); // prints 2,20 1,100
 * console.log(y.map(Math.round).join()); // prints -1,-1,1,3
 */
export function batchNorm(x: Numbers, m: number, d: number, options: TransformOptions = {}): BatchNormResult {
  checkOptions('batchNorm', options, ['gamma', 'beta', 'epsilon']);
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  checkTrainingBatch(m);
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const gamma = vectorOr(1, 'gamma', options.gamma, x, d);
  const beta = vectorOr(0, 'beta', options.beta, x, d);

  const result = normalise(x, m, d, gamma, beta, epsilon);
  checkVariance(result.variance);
  return result;
}

/** Raises a RangeError for a variance that has overflowed: every y of the feature would silently be beta. */
export function checkVariance(variance: Numbers): void {
  for (let j = 0; j < variance.length; j++) {
    if (!Number.isFinite(variance[j])) {
      throw new RangeError(
        `x must hold numbers whose squares are finite, found a variance of ${variance[j]} in column ${j}; ` +
          'scale x down',
      );
    }
  }
}

/**
 * Algorithm 1 itself, without a look at the input: what `batchNorm` calls after its checks, and what a training
 * loop calls, where NaN means that training has diverged.
 * @throws RangeError for m = 1, or epsilon = 0 with a constant feature
 */
export function normalise(
  x: Numbers,
  m: number,
  d: number,
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): BatchNormResult {
  checkTrainingBatch(m);
  const { mean, variance } = columnMoments(x, m, d);
  const standardDeviation = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    standardDeviation[j] = Math.sqrt(variance[j] + epsilon);
    if (standardDeviation[j] === 0) {
      throw new RangeError(
        `epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ${j}`,
      );
    }
  }

  const centred = zerosLike(x, m * d);
  const xHat = zerosLike(x, m * d);
  const y = zerosLike(x, m * d);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < d; j++) {
      const ij = i * d + j;
      centred[ij] = x[ij] - mean[j];
      xHat[ij] = (x[ij] - mean[j]) / standardDeviation[j];
      y[ij] = gamma[j] * xHat[ij] + beta[j];
    }
  }
  return { m, d, epsilon, gamma, beta, mean, variance, standardDeviation, centred, xHat, y };
}

/** Raises a RangeError for a minibatch of one. */
export function checkTrainingBatch(m: number): void {
  checkCount('m', m);
  if (m === 1) {
    throw new RangeError(
      'm must be at least 2 in training with BN, found 1: the variance of one example is 0 and y would be ' +
        'beta whatever x is; use a larger minibatch, or inference with population statistics',
    );
  }
}

/** The given vector as a typed array like x, or `d` times `value` when none is given. */
export function vectorOr(
  value: number,
  name: string,
  given: Numbers | undefined,
  x: Numbers,
  d: number,
): FloatArray {
  const vector = zerosLike(x, d);
  if (given === undefined) {
    return vector.fill(value);
  }
  checkVector(name, given, d);
  checkFinite(name, given, d);
  vector.set(given);
  return vector;
}
