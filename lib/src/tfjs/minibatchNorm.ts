/**
 * Algorithm 1 and its backprop on tensors, composed from kernels that every backend of TensorFlow.js has, and
 * has fast: sums over the minibatch are products with a row of ones, because the WebAssembly backend takes a
 * hundred times as long for its own mean over the first axis.
 */
import * as tf from '@tensorflow/tfjs';
import { checkTrainingBatch } from '../transform.js';

/** Mean and biased variance of each feature, 1 x d tensors. */
export interface Moments {
  readonly mean: tf.Tensor2D;
  readonly variance: tf.Tensor2D;
}

interface CentredMoments extends Moments {
  /** x minus a first estimate of the mean, m x d. */
  readonly centred: tf.Tensor2D;
  /** What the first estimate missed: the mean of `centred`, 1 x d. */
  readonly rest: tf.Tensor2D;
}

/**
 * Mean and biased variance of each column, in float32, by the corrected two-pass formula
 *
 *   first = (1/m) sum_i x(i),   rest = (1/m) sum_i (x(i) - first),   mean = first + rest
 *   variance = (1/m) sum_i (x(i) - first)^2 - rest^2
 *
 * `rest` is what rounding made `first` miss; without it a mean far from 0 costs digits of everything after it
 * (Chan, Golub and LeVeque 1983, equation 1.7).
 */
function centredMoments(x: tf.Tensor2D): CentredMoments {
  const first = columnMean(x);
  const centred = tf.sub<tf.Tensor2D>(x, first);
  const rest = columnMean(centred);
  const spread = tf.sub(columnMean(tf.square(centred)), tf.square(rest));
  return { mean: tf.add(first, rest), variance: tf.maximum(spread, 0), centred, rest };
}

/** The mean of each column of an m x d tensor, 1 x d. */
function columnMean(x: tf.Tensor2D): tf.Tensor2D {
  const [m] = x.shape;
  return tf.div(tf.matMul(tf.ones<tf.Rank.R2>([1, m]), x), m);
}

/**
 * The BN transform over a minibatch, with the gradient that flows through mean and variance:
 *
 *   y = gamma xHat + beta,   xHat = (x - mean) / s,   s = sqrt(variance + epsilon)
 *   dl/dx = (gamma / s) (dy - mean(dy) - xHat mean(dy xHat)),   dl/dgamma = sum dy xHat,   dl/dbeta = sum dy
 *
 * The gradient is composed of differentiable operations on x itself, so that gradients of gradients are right too.
 *
 * @param x m x d
 * @param gamma 1 x d
 * @param beta 1 x d
 * @param take receives mean and variance, which are gone when it returns
 * @returns y, m x d
 * @throws RangeError for m = 1, or epsilon = 0 with a constant feature
 */
export function normaliseMinibatch(
  x: tf.Tensor2D,
  gamma: tf.Tensor2D,
  beta: tf.Tensor2D,
  epsilon: number,
  take: (moments: Moments) => void,
): tf.Tensor2D {
  checkTrainingBatch(x.shape[0]);
  const transform = tf.customGrad((...given) => {
    // What is given are the three tensors below, and last a function that saves tensors for the backward pass.
    const [input, scale, shift, save] = given as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([input, scale]);
    const moments = centredMoments(input);
    checkVariance(moments.variance, epsilon);
    take(moments);
    const factor = tf.mul(scale, inverseDeviation(moments, epsilon));
    const value = tf.add(tf.mul(moments.centred, factor), tf.sub(shift, tf.mul(moments.rest, factor)));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      gradients(dy as tf.Tensor2D, saved[0] as tf.Tensor2D, saved[1] as tf.Tensor2D, epsilon); // as saved above
    return { value, gradFunc };
  });
  return transform(x, gamma, beta) as tf.Tensor2D; // the shape of x
}

/** dl/dx, dl/dgamma and dl/dbeta. */
function gradients(dy: tf.Tensor2D, x: tf.Tensor2D, gamma: tf.Tensor2D, epsilon: number): tf.Tensor2D[] {
  const [m] = x.shape;
  const moments = centredMoments(x);
  const { centred, rest } = moments;
  const inverse = inverseDeviation(moments, epsilon);
  const meanDy = columnMean(dy);
  // mean(dy xHat), where xHat = (centred - rest) / s
  const meanAlongXHat = tf.mul(inverse, tf.sub(columnMean(tf.mul(dy, centred)), tf.mul(rest, meanDy)));
  // dx = a dy + b centred + c: two products and two sums over the whole minibatch
  const a = tf.mul(gamma, inverse);
  const b = tf.neg(tf.mul(tf.mul(a, inverse), meanAlongXHat));
  const c = tf.neg(tf.add(tf.mul(a, meanDy), tf.mul(b, rest)));
  const dx = tf.add(tf.add(tf.mul(dy, a), tf.mul(centred, b)), c);
  return [dx, tf.mul(meanAlongXHat, m), tf.mul(meanDy, m)] as tf.Tensor2D[]; // tf.add and tf.mul keep the rank
}

/** 1 / sqrt(variance + epsilon) */
function inverseDeviation({ variance }: Moments, epsilon: number): tf.Tensor2D {
  return tf.rsqrt(tf.add(variance, epsilon));
}

/** With epsilon = 0 the variances are read back and looked at: a constant feature would give NaN. */
export function checkVariance(variance: tf.Tensor, epsilon: number): void {
  if (epsilon === 0) {
    const column = variance.dataSync().indexOf(0);
    if (column >= 0) {
      throw new RangeError(
        `epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ${column}`,
      );
    }
  }
}

/**
 * BN with fixed statistics: y = gamma (x - mean) / sqrt(variance + epsilon) + beta. The difference is taken first:
 * the affine form scale x + shift would cost digits in float32 where the mean is far from 0.
 */
export function normaliseFixed(
  x: tf.Tensor2D,
  gamma: tf.Tensor2D,
  beta: tf.Tensor2D,
  moments: Moments,
  epsilon: number,
): tf.Tensor2D {
  const factor = tf.mul(gamma, inverseDeviation(moments, epsilon));
  return tf.add(tf.mul(tf.sub(x, moments.mean), factor), beta);
}
