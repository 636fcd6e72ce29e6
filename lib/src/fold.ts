/**
 * Folding BN into the dense layer before it. At inference y = scale (x W + b) + shift is again a dense layer:
 *
 *   W'(p,j) = W(p,j) scale(j),   b'(j) = b(j) scale(j) + shift(j)
 *
 * (Ioffe and Szegedy 2015, section 3.1: the transform "can be composed with" the affine one before it.)
 */
import { checkMatrix, checkOptions, checkVector, type FloatArray, type Numbers, zerosLike } from './check.js';
import { batchNormAffine, type FixedStatistics } from './inference.js';
import type { TransformOptions } from './transform.js';

export interface DenseToFold {
  /** W, inputs x outputs, row-major. */
  readonly weights: Numbers;
  /** b, one per output. Left out: the layer has no bias (BN made it redundant). */
  readonly bias?: Numbers | null;
  readonly inputs: number;
  readonly outputs: number;
}

/** A dense layer that needs no BN after it. It always has a bias. */
export interface FoldedDense {
  readonly weights: FloatArray;
  readonly bias: FloatArray;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Folds BN with fixed statistics into the dense layer before it.
 * @returns a dense layer whose output equals BN's to rounding; float32 when the weights are a Float32Array
 * @throws RangeError for wrong lengths, a negative variance, or epsilon = 0 with a variance of 0
 */
export function foldIntoDense(
  layer: DenseToFold,
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FoldedDense {
  checkOptions('the layer to fold', layer, ['weights', 'bias', 'inputs', 'outputs']);
  const { weights, bias, inputs, outputs } = layer;
  checkMatrix('weights', weights, inputs, outputs, 'inputs', 'outputs');
  checkVector('mean', statistics.mean, outputs, 'outputs');
  if (bias) {
    checkVector('bias', bias, outputs, 'outputs');
  }
  const { scale, shift } = batchNormAffine(statistics, options);
  return {
    weights: zerosLike(weights, inputs * outputs).map((_, pj) => weights[pj] * scale[pj % outputs]),
    bias: zerosLike(weights, outputs).map((_, j) => (bias?.[j] ?? 0) * scale[j] + shift[j]),
    inputs,
    outputs,
  };
}
