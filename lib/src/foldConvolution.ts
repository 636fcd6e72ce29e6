/**
 * Folding BN with fixed statistics, y = scale x + shift per channel, into the convolution, or the transposed
 * convolution, before it or after it.
 *
 *   BN after the layer:
 *     W'(tap,i,o) = W(tap,i,o) scale(o),   b'(o) = b(o) scale(o) + shift(o)
 *   BN before the layer:
 *     W'(tap,i,o) = scale(i) W(tap,i,o),   b'(o) = b(o) + sum over taps, i of shift(i) W(tap,i,o)
 *
 * The second bias counts every tap, for every output. So BN before the layer can be folded only when every
 * output meets every tap, or when no channel has a shift: a convolution with padding normalises x and then adds
 * zeros around it, and a zero there is not BN of the zero that the folded layer would see.
 */
import { checkVector, type FloatArray, zerosLike } from './check.js';
import { type Axis, type ConvolutionLayer, convolutionAxes } from './convolve.js';
import { batchNormAffine, type FixedStatistics } from './inference.js';
import { forEachWeight } from './kernelShape.js';
import type { TransformOptions } from './transform.js';

/** A convolution that needs no BN beside it: as the layer that was given, with new numbers. It always has a bias. */
export interface FoldedConvolution extends ConvolutionLayer {
  readonly weights: FloatArray;
  readonly bias: FloatArray;
}

/**
 * Folds BN with fixed statistics into the convolution before it: BN normalises the layer's output channels.
 * Any spatial rank, groups, stride, padding and dilation; transposed or not; both layouts.
 * @param statistics mean and variance, one per output channel
 * @returns a layer of the same shape whose output equals BN's to rounding; float32 when the weights are a
 * Float32Array
 * @throws RangeError for wrong lengths, NaN or infinite numbers, a negative variance, or epsilon = 0 with a
 * variance of 0
 *
 * @example
 * const layer = { kernel: [2], inputChannels: 1, outputChannels: 1, weights: [1, 3], bias: [10] };
 * const folded = foldIntoConvolution(layer, { mean: [6], variance: [4] }, { epsilon: 0, beta: [1] });
 * console.log(folded.weights.join(), '|', folded.bias.join()); // prints 0.5,1.5 | 3
 */
export function foldIntoConvolution(
  layer: ConvolutionLayer,
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FoldedConvolution {
  convolutionAxes(layer); // its checks
  const { weights: w, bias: b, outputChannels } = layer;
  checkVector('mean', statistics.mean, outputChannels, 'outputChannels');
  const { scale, shift } = batchNormAffine(statistics, options);
  const weights = zerosLike(w, w.length);
  forEachWeight(layer, (index, _tap, _input, output) => {
    weights[index] = w[index] * scale[output];
  });
  const bias = zerosLike(w, outputChannels).map((_, o) => (b?.[o] ?? 0) * scale[o] + shift[o]);
  return { ...layer, weights, bias };
}

/**
 * Folds BN with fixed statistics into the convolution after it: BN normalises the layer's input channels, and
 * nothing stands between the two.
 * @param statistics mean and variance, one per input channel
 * @returns a layer of the same shape whose output for x equals the given layer's for BN(x), to rounding
 * @throws RangeError as `foldIntoConvolution`, and when outputs at the border meet fewer taps than the others
 * while a channel has a shift: no bias can then stand for it
 *
 * @example
 * const layer = { kernel: [2], inputChannels: 1, outputChannels: 1, weights: [1, 3], bias: [10] };
 * const folded = foldForwardIntoConvolution({ mean: [6], variance: [4] }, layer, { epsilon: 0 }); // x/2 - 3
 * console.log(folded.weights.join(), '|', folded.bias.join()); // prints 0.5,1.5 | -2
 */
export function foldForwardIntoConvolution(
  statistics: FixedStatistics,
  layer: ConvolutionLayer,
  options: TransformOptions = {},
): FoldedConvolution {
  const axes = convolutionAxes(layer);
  const { weights: w, bias: b, inputChannels, outputChannels, transposed = false } = layer;
  checkVector('mean', statistics.mean, inputChannels, 'inputChannels');
  const { scale, shift } = batchNormAffine(statistics, options);
  const shifted = shift.findIndex((value) => value !== 0);
  const uneven = axes.findIndex((axis) => !(transposed ? transposedMeetsAll(axis) : meetsAll(axis)));
  if (shifted >= 0 && uneven >= 0) {
    throw new RangeError(
      `${reason(transposed, axes[uneven], uneven)}, found ${shift[shifted]} in channel ${shifted}`,
    );
  }
  const weights = zerosLike(w, w.length);
  const sums = Float64Array.from({ length: outputChannels }, (_, o) => b?.[o] ?? 0);
  forEachWeight(layer, (index, _tap, input, output) => {
    weights[index] = w[index] * scale[input];
    sums[output] += w[index] * shift[input];
  });
  const bias = zerosLike(w, outputChannels);
  bias.set(sums);
  return { ...layer, weights, bias };
}

/** Whether along this axis every output of a convolution meets every tap. */
function meetsAll({ before, after }: Axis): boolean {
  return before === 0 && after === 0;
}

/**
 * The same for a transposed convolution. Only with stride 1 does an output meet more than every stride-th tap,
 * and those near the ends, which meet fewer, must be cut off: then it is a convolution without padding.
 */
function transposedMeetsAll({ kernel, stride, dilation, before, after, outputPadding }: Axis): boolean {
  const reach = dilation * (kernel - 1);
  return stride === 1 && before >= reach && after >= reach && outputPadding === 0;
}

/** The first half of the sentence that refuses. */
function reason(transposed: boolean, axis: Axis, a: number): string {
  const advice =
    'keep the BN, or set beta to scale * mean; the shift beta - scale * mean must be 0 in every channel';
  return transposed
    ? `BN before a transposed convolution cannot be folded when its outputs meet different numbers of taps ` +
        `(axis ${a}: kernel ${axis.kernel}, stride ${axis.stride}, padding ${axis.before}, ${axis.after}): ${advice}`
    : `BN before a convolution cannot be folded when zeros are padded between the two ` +
        `(axis ${a}: padding ${axis.before}, ${axis.after}): ${advice}`;
}
