/**
 * Convolution and transposed convolution of any spatial rank, to read and to check others against: one loop over
 * the pairs of a small and a large image's positions that a tap connects,
 *
 *   large = small * stride - padding + tap * dilation   (along each axis)
 *
 *   convolution:             y(small, o) = b(o) + sum over taps, i of x(large, i) W(tap, i, o)
 *   transposed convolution:  y(large, o) = b(o) + sum over taps, i of x(small, i) W(tap, i, o)
 *
 * so that the transposed one runs the same pairs the other way (Dumoulin and Visin 2016, arXiv 1603.07285).
 * As in every deep learning library the kernel is not mirrored.
 */
import { checkCount, checkFinite, checkOptions, type FloatArray, type Numbers, zerosLike } from './check.js';
import { checkKernel, forEachWeight, type KernelShape, product } from './kernelShape.js';

/** A number for each spatial axis, or one number for all of them. */
export type PerAxis = number | readonly number[];

/** How a kernel moves over an image. */
export interface ConvolutionSteps {
  /** Left out: 1. */
  readonly stride?: PerAxis;
  /** Distance of the kernel's taps. Left out: 1. */
  readonly dilation?: PerAxis;
  /**
   * Zeros around the large image, the same number at both ends, or [before, after] for an axis (TensorFlow's
   * "same" pads more after). In a transposed convolution they are rows cut off. Left out: 0.
   */
  readonly padding?: number | readonly (number | readonly [before: number, after: number])[];
  /** Transposed convolutions only: rows added at the end of the large image. Left out: 0. */
  readonly outputPadding?: PerAxis;
}

/** A convolution layer: weights in the layout that it names, and how the kernel moves. */
export interface ConvolutionLayer extends KernelShape, ConvolutionSteps {
  readonly weights: Numbers;
  /** One number per output channel. Left out, or null: none. */
  readonly bias?: Numbers | null;
}

/** Images: their numbers in the layer's layout, and their sizes along the spatial axes. */
export interface Images {
  /** n x size x channels for `tensorflow`, n x channels x size for `pytorch`. */
  readonly x: FloatArray;
  readonly size: readonly number[];
}

/** The steps along each axis, with nothing left out. */
export interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly outputPadding: number;
}

const options = [
  ...['kernel', 'inputChannels', 'outputChannels', 'groups', 'transposed', 'layout', 'weights', 'bias'],
  ...['stride', 'dilation', 'padding', 'outputPadding'],
];

/**
 * Checks a layer and writes out its steps for each axis.
 * @throws RangeError or TypeError for sizes that do not go together or an unknown property
 */
export function convolutionAxes(layer: ConvolutionLayer): readonly Axis[] {
  checkOptions('the convolution layer', layer, options);
  checkKernel(layer, layer.weights, layer.bias);
  const { kernel, transposed = false } = layer;
  const rank = kernel.length;
  const perAxis = <T>(name: string, given: T | readonly T[]): readonly T[] => {
    const list: readonly T[] = Array.isArray(given) ? given : new Array<T>(rank).fill(given as T); // no list
    if (list.length !== rank) {
      throw new RangeError(
        `${name} must have ${rank} elements, one for each axis of the kernel, found ${list.length}`,
      );
    }
    return list;
  };
  const stride = perAxis('stride', layer.stride ?? 1);
  const dilation = perAxis('dilation', layer.dilation ?? 1);
  const padding = perAxis<number | readonly [number, number]>('padding', layer.padding ?? 0);
  const outputPadding = perAxis('outputPadding', layer.outputPadding ?? 0);
  return kernel.map((size, a): Axis => {
    const pad = padding[a];
    const [before, after] = typeof pad === 'number' ? [pad, pad] : pad;
    checkCount(`stride[${a}]`, stride[a]);
    checkCount(`dilation[${a}]`, dilation[a]);
    checkCount(`padding[${a}]`, before, 0);
    checkCount(`padding[${a}]`, after, 0);
    checkCount(`outputPadding[${a}]`, outputPadding[a], 0);
    if (outputPadding[a] > 0 && (!transposed || outputPadding[a] >= Math.max(stride[a], dilation[a]))) {
      throw new RangeError(
        `outputPadding[${a}] must be 0 in a convolution, and below stride or dilation in a transposed one, ` +
          `found ${outputPadding[a]}`,
      );
    }
    return {
      kernel: size,
      stride: stride[a],
      dilation: dilation[a],
      before,
      after,
      outputPadding: outputPadding[a],
    };
  });
}

/** The output's size along each axis; a RangeError when the kernel does not fit into the image. */
function outputSize(axes: readonly Axis[], size: readonly number[], transposed: boolean): number[] {
  return axes.map((axis, a) => {
    const reach = axis.dilation * (axis.kernel - 1) + 1;
    const padding = axis.before + axis.after;
    const found = transposed
      ? (size[a] - 1) * axis.stride + reach - padding + axis.outputPadding
      : Math.floor((size[a] + padding - reach) / axis.stride) + 1;
    if (found < 1) {
      throw new RangeError(
        `size[${a}] must be large enough for one output, found ${size[a]} with a kernel that reaches over ` +
          `${reach}, stride ${axis.stride} and padding ${padding}`,
      );
    }
    return found;
  });
}

/** The position along each axis of the element at `index` of a row-major grid. */
function position(index: number, size: readonly number[]): number[] {
  const found = new Array<number>(size.length);
  let rest = index;
  for (let a = size.length - 1; a >= 0; a--) {
    found[a] = rest % size[a];
    rest = Math.floor(rest / size[a]);
  }
  return found;
}

/** For each tap and small position, the index of the large position it meets, or -1 where that is padding. */
function meetings(axes: readonly Axis[], small: readonly number[], large: readonly number[]): Int32Array[] {
  const kernel = axes.map((axis) => axis.kernel);
  return Array.from({ length: product(kernel) }, (_, tap) => {
    const t = position(tap, kernel);
    return Int32Array.from({ length: product(small) }, (_, s) => {
      const at = position(s, small);
      let index = 0;
      for (const [a, { stride, dilation, before }] of axes.entries()) {
        const along = at[a] * stride - before + t[a] * dilation;
        if (along < 0 || along >= large[a]) {
          return -1;
        }
        index = index * large[a] + along;
      }
      return index;
    });
  });
}

/**
 * A convolution, or a transposed convolution, of n images.
 * @param x n x size x inputChannels (`tensorflow`) or n x inputChannels x size (`pytorch`)
 * @param size the images' size along each spatial axis, as many as the kernel has
 * @returns the outputs in the same layout, and their size; sums are float64, float32 is stored for float32 x
 * @throws RangeError for sizes that do not go together, NaN or infinite numbers, a kernel larger than the image
 *
 * @example
 * const sum = { kernel: [2], inputChannels: 1, outputChannels: 1, weights: [1, 1] };
 * console.log(convolve([1, 10, 100], 1, [3], sum).x.join()); // prints 11,110
 * console.log(convolve([1, 10], 1, [2], { ...sum, transposed: true }).x.join()); // prints 1,11,10
 */
export function convolve(x: Numbers, n: number, size: readonly number[], layer: ConvolutionLayer): Images {
  const axes = convolutionAxes(layer);
  const { inputChannels, outputChannels, weights, bias, transposed = false, layout = 'tensorflow' } = layer;
  checkCount('n', n);
  if (size.length !== axes.length) {
    throw new RangeError(
      `size must have ${axes.length} elements, one for each axis of the kernel, found ${size.length}`,
    );
  }
  for (const [a, along] of size.entries()) {
    checkCount(`size[${a}]`, along);
  }
  const positions = product(size);
  if (x.length !== n * positions * inputChannels) {
    throw new RangeError(
      `x must have n*size*inputChannels = ${n * positions * inputChannels} elements ` +
        `(n = ${n}, size ${size.join(' x ')}, inputChannels = ${inputChannels}), found ${x.length}`,
    );
  }
  checkFinite('x', x, x.length);

  const outSize = outputSize(axes, size, transposed);
  const outPositions = product(outSize);
  const met = transposed ? meetings(axes, size, outSize) : meetings(axes, outSize, size);
  const place = (image: number, at: number, channel: number, all: number, channels: number): number =>
    layout === 'pytorch' ? (image * channels + channel) * all + at : (image * all + at) * channels + channel;
  const sums = new Float64Array(n * outPositions * outputChannels);
  for (let image = 0; image < n; image++) {
    for (let at = 0; at < outPositions; at++) {
      for (let o = 0; o < outputChannels; o++) {
        sums[place(image, at, o, outPositions, outputChannels)] = bias?.[o] ?? 0;
      }
    }
    forEachWeight(layer, (index, tap, input, output) => {
      const w = weights[index];
      for (const [small, large] of met[tap].entries()) {
        if (large >= 0) {
          const [from, to] = transposed ? [small, large] : [large, small];
          sums[place(image, to, output, outPositions, outputChannels)] +=
            w * x[place(image, from, input, positions, inputChannels)];
        }
      }
    });
  }
  const y = zerosLike(x, sums.length);
  y.set(sums);
  return { x: y, size: outSize };
}
