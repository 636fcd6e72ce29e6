/**
 * Folding BN with fixed statistics, y = scale x + shift, into the dense layer before it or after it. Either way
 * one dense layer is left that computes the same.
 *
 *   BN after the layer, scale (x W + b) + shift:
 *     W'(p,j) = W(p,j) scale(j),   b'(j) = b(j) scale(j) + shift(j)
 *   BN before the layer, (scale x + shift) W + b:
 *     W'(p,j) = scale(p) W(p,j),   b'(j) = b(j) + sum_p shift(p) W(p,j)
 *
 * (Ioffe and Szegedy 2015, section 3.1: the transform "can be composed with" the affine one before it.) Nothing
 * may stand between the two: scale g(u) + shift is no g of anything when g is not affine.
 */
import {
  checkFinite,
  checkMatrix,
  checkOptions,
  checkVector,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { batchNormAffine, type FixedStatistics } from './inference.js';
import { checkLayout, type MemoryLayout } from './kernelShape.js';
import type { TransformOptions } from './transform.js';

/** A dense layer beside a BN layer, as the fold takes it. */
export interface DenseToFold {
  /** W, row-major: inputs x outputs, or outputs x inputs in the layout `pytorch`. */
  readonly weights: Numbers;
  /** b, one per output. Left out: the layer has no bias (BN made it redundant). */
  readonly bias?: Numbers | null;
  readonly inputs: number;
  readonly outputs: number;
  /** `'tensorflow'` (left out): W is inputs x outputs, as in this library. `'pytorch'`: outputs x inputs. */
  readonly layout?: MemoryLayout;
}

/** A dense layer that needs no BN beside it. It always has a bias. */
export interface FoldedDense {
  /** W' in the layout of the layer that was given. */
  readonly weights: FloatArray;
  readonly bias: FloatArray;
  readonly inputs: number;
  readonly outputs: number;
  readonly layout: MemoryLayout;
}

/** A function that says which input and which output the weight at an index connects. */
function denseConnections(layer: DenseToFold): (index: number) => { input: number; output: number } {
  checkOptions('the layer to fold', layer, ['weights', 'bias', 'inputs', 'outputs', 'layout']);
  const { weights, bias, inputs, outputs, layout = 'tensorflow' } = layer;
  checkLayout(layout);
  checkMatrix('weights', weights, inputs, outputs, 'inputs', 'outputs');
  checkFinite('weights', weights, layout === 'pytorch' ? inputs : outputs);
  if (bias) {
    checkVector('bias', bias, outputs, 'outputs');
    checkFinite('bias', bias, outputs);
  }
  return layout === 'pytorch'
    ? (index) => ({ input: index % inputs, output: Math.floor(index / inputs) })
    : (index) => ({ input: Math.floor(index / outputs), output: index % outputs });
}

/**
 * Folds BN with fixed statistics into the dense layer before it: BN normalises the layer's outputs.
 * @param statistics mean and variance, one per output
 * @returns a dense layer whose output equals BN's to rounding; float32 when the weights are a Float32Array
 * @throws RangeError for wrong lengths, NaN or infinite numbers, a negative variance, or epsilon = 0 with a
 * variance of 0
 *
 * @example
 * const layer = { weights: [1, 2], bias: [10, 20], inputs: 1, outputs: 2 }; // u = 1 x + 10, 2 x + 20
 * const folded = foldIntoDense(layer, { mean: [10, 10], variance: [4, 1] }, { epsilon: 0 });
 * console.log(folded.weights.join(), '|', folded.bias.join()); // prints 0.5,2 | 0,10
 */
export function foldIntoDense(
  layer: DenseToFold,
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FoldedDense {
  const connections = denseConnections(layer);
  const { weights, bias, inputs, outputs, layout = 'tensorflow' } = layer;
  checkVector('mean', statistics.mean, outputs, 'outputs');
  const { scale, shift } = batchNormAffine(statistics, options);
  return {
    weights: zerosLike(weights, inputs * outputs).map(
      (_, index) => weights[index] * scale[connections(index).output],
    ),
    bias: zerosLike(weights, outputs).map((_, j) => (bias?.[j] ?? 0) * scale[j] + shift[j]),
    inputs,
    outputs,
    layout,
  };
}

/**
 * Folds BN with fixed statistics into the dense layer after it: BN normalises the layer's inputs, and nothing
 * stands between the two.
 * @param statistics mean and variance, one per input
 * @returns a dense layer whose output for x equals the given layer's for BN(x), to rounding
 * @throws RangeError as `foldIntoDense`
 *
 * @example
 * const layer = { weights: [1, 2], bias: [10, 20], inputs: 1, outputs: 2 };
 * const folded = foldForwardIntoDense({ mean: [4], variance: [4] }, layer, { epsilon: 0 }); // x/2 - 2
 * console.log(folded.weights.join(), '|', folded.bias.join()); // prints 0.5,1 | 8,16
 */
export function foldForwardIntoDense(
  statistics: FixedStatistics,
  layer: DenseToFold,
  options: TransformOptions = {},
): FoldedDense {
  const connections = denseConnections(layer);
  const { weights, bias, inputs, outputs, layout = 'tensorflow' } = layer;
  checkVector('mean', statistics.mean, inputs, 'inputs');
  const { scale, shift } = batchNormAffine(statistics, options);
  const sums = Float64Array.from({ length: outputs }, (_, j) => bias?.[j] ?? 0);
  for (let index = 0; index < weights.length; index++) {
    const { input, output } = connections(index);
    sums[output] += shift[input] * weights[index];
  }
  const folded = zerosLike(weights, outputs);
  folded.set(sums);
  return {
    weights: zerosLike(weights, inputs * outputs).map(
      (_, index) => weights[index] * scale[connections(index).input],
    ),
    bias: folded,
    inputs,
    outputs,
    layout,
  };
}
