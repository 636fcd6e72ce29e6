/**
 * The convolutional layer, channels last (n x h x w x c). It is a dense layer over patches: at each of p x q
 * places of an image the kh x kw x c numbers beneath the filter are one row (im2col), and one and the same W
 * turns every row into `filters` numbers:
 *
 *   u(i, y, x, f) = b(f) + sum over ky, kx, ch of image(i, y sh + ky - top, x sw + kx - left, ch) W(ky, kx, ch, f)
 *
 * with 0 for pixels outside the image. As in every deep-learning library the filter is not turned round.
 * So all that is known of a dense layer holds: BN over feature maps is BN over the n p q rows.
 */
import { checkCount, checkMatrix, checkOptions, type FloatArray, type Numbers, zerosLike } from './check.js';
import { dense, denseBackward } from './dense.js';

/** Numbers of pixels added on each side, all of them 0. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The sizes of a convolution, with the sizes of its output. */
export interface ConvolutionShape {
  /** Rows, columns and channels of the image that comes in. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Rows and columns of the filter. */
  readonly kernel: readonly [number, number];
  /** Steps from one place to the next, down and across. */
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  /** Rows and columns of the output: p and q. */
  readonly outHeight: number;
  readonly outWidth: number;
}

/** What a convolution is made of: an image's sizes, the filter's size, and how it walks. */
export interface ConvolutionOptions {
  height: number;
  width: number;
  channels: number;
  /** Rows and columns of the filter; one number for a square. */
  kernel: number | readonly [number, number];
  /** Left out: 1. */
  stride?: number | readonly [number, number];
  /**
   * `'valid'`: none. `'same'`: as much as gives ceil(height / stride) rows and so on, the odd pixel at the bottom
   * and right (as TensorFlow does). A number: the same on all four sides. Left out: `'valid'`.
   */
  padding?: 'same' | 'valid' | number | Padding;
}

/**
 * Checks the sizes of a convolution and works out those of its output:
 * outHeight = floor((height + top + bottom - kh) / sh) + 1, and so across.
 * @throws RangeError or TypeError for sizes that are no counts, or a filter larger than the padded image
 *
 * @example
 * const shape = convolutionShape({ height: 28, width: 28, channels: 1, kernel: 5, stride: 2, padding: 'same' });
 * console.log(shape.outHeight, shape.outWidth, shape.padding.top, shape.padding.bottom); // prints 14 14 1 2
 */
export function convolutionShape(options: ConvolutionOptions): ConvolutionShape {
  checkOptions('the convolution', options, ['height', 'width', 'channels', 'kernel', 'stride', 'padding']);
  const { height, width, channels } = options;
  checkCount('height', height);
  checkCount('width', width);
  checkCount('channels', channels);
  const kernel = pair('kernel', options.kernel);
  const stride = pair('stride', options.stride ?? 1);
  const padding = paddingOf(options.padding ?? 'valid', [height, width], kernel, stride);
  const inner = [height + padding.top + padding.bottom, width + padding.left + padding.right];
  if (kernel[0] > inner[0] || kernel[1] > inner[1]) {
    throw new RangeError(
      `kernel must fit into the padded image of ${inner[0]} x ${inner[1]} pixels, found ${kernel.join(' x ')}`,
    );
  }
  const [outHeight, outWidth] = inner.map(
    (size, axis) => Math.floor((size - kernel[axis]) / stride[axis]) + 1,
  );
  return { height, width, channels, kernel, stride, padding, outHeight, outWidth };
}

/**
 * One number for both axes, or two.
 *
 * @example
 * console.log(pair('stride', 2).join(), pair('stride', [1, 2]).join()); // prints 2,2 1,2
 */
export function pair(name: string, value: number | readonly [number, number]): readonly [number, number] {
  const both = typeof value === 'number' ? ([value, value] as const) : value;
  if (!Array.isArray(both) || both.length !== 2) {
    throw new RangeError(`${name} must be a number or two of them, found ${JSON.stringify(value)}`);
  }
  checkCount(`${name}[0]`, both[0]);
  checkCount(`${name}[1]`, both[1]);
  return [both[0], both[1]];
}

function paddingOf(
  padding: 'same' | 'valid' | number | Padding,
  size: readonly [number, number],
  kernel: readonly [number, number],
  stride: readonly [number, number],
): Padding {
  if (padding === 'valid') {
    return { top: 0, bottom: 0, left: 0, right: 0 };
  }
  if (padding === 'same') {
    const [down, across] = size.map((length, axis) => {
      const out = Math.ceil(length / stride[axis]);
      return Math.max(0, (out - 1) * stride[axis] + kernel[axis] - length);
    });
    const top = Math.floor(down / 2);
    const left = Math.floor(across / 2);
    return { top, bottom: down - top, left, right: across - left };
  }
  if (typeof padding !== 'number' && (typeof padding !== 'object' || padding === null)) {
    throw new RangeError(
      `padding must be "same", "valid", a number of pixels, or one for each side, found ${JSON.stringify(padding)}`,
    );
  }
  const sides =
    typeof padding === 'number'
      ? { top: padding, bottom: padding, left: padding, right: padding }
      : { top: padding.top, bottom: padding.bottom, left: padding.left, right: padding.right };
  for (const [side, pixels] of Object.entries(sides)) {
    checkCount(`padding.${side}`, pixels, 0);
  }
  return sides;
}

/**
 * Numbers in a row of patches: kh kw c, the filter's fan in.
 *
 * @example
 * const shape = convolutionShape({ height: 8, width: 8, channels: 3, kernel: 5 });
 * console.log(patchLength(shape)); // prints 75
 */
export function patchLength(shape: ConvolutionShape): number {
  return shape.kernel[0] * shape.kernel[1] * shape.channels;
}

/** Calls `visit` with every (place in the patches, place in the images) that holds a pixel of an image. */
function eachPixel(n: number, shape: ConvolutionShape, visit: (patch: number, image: number) => void): void {
  const { height, width, channels, kernel, stride, padding, outHeight, outWidth } = shape;
  const [kh, kw] = kernel;
  let row = 0; // where the patch of this place starts
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let ky = 0; ky < kh; ky++) {
          const iy = y * stride[0] + ky - padding.top;
          for (let kx = 0; kx < kw; kx++) {
            const ix = x * stride[1] + kx - padding.left;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) {
              continue; // outside: the patch keeps its 0, and the gradient goes nowhere
            }
            const patch = row + (ky * kw + kx) * channels;
            const image = ((i * height + iy) * width + ix) * channels;
            for (let c = 0; c < channels; c++) {
              visit(patch + c, image + c);
            }
          }
        }
        row += kh * kw * channels;
      }
    }
  }
}

/**
 * The patches beneath the filter at every place (im2col).
 * @param x n x height x width x channels
 * @returns (n p q) x (kh kw c), one row for each place of each image
 *
 * @example
 * const shape = convolutionShape({ height: 2, width: 3, channels: 1, kernel: 2 });
 * console.log(imagePatches([1, 2, 3, 4, 5, 6], 1, shape).join()); // prints 1,2,4,5,2,3,5,6
 */
export function imagePatches(x: Numbers, n: number, shape: ConvolutionShape): FloatArray {
  checkMatrix('x', x, n, shape.height * shape.width * shape.channels, 'n', 'height*width*channels');
  const patches = zerosLike(x, n * shape.outHeight * shape.outWidth * patchLength(shape));
  eachPixel(n, shape, (patch, image) => {
    patches[patch] = x[image];
  });
  return patches;
}

/**
 * The way back from patches to images (col2im): a pixel that lies in several patches gets the sum of what they
 * say. It is the transpose of `imagePatches`, and so its backward pass.
 *
 * @example
 * const shape = convolutionShape({ height: 1, width: 3, channels: 1, kernel: [1, 2] });
 * console.log(imagePatchesBackward([1, 1, 1, 1], 1, shape).join()); // prints 1,2,1
 */
export function imagePatchesBackward(dPatches: Numbers, n: number, shape: ConvolutionShape): FloatArray {
  const rows = n * shape.outHeight * shape.outWidth;
  checkMatrix('dPatches', dPatches, rows, patchLength(shape), 'n*p*q', 'kh*kw*c');
  const dx = zerosLike(dPatches, n * shape.height * shape.width * shape.channels);
  eachPixel(n, shape, (patch, image) => {
    dx[image] += dPatches[patch];
  });
  return dx;
}

/**
 * A convolutional layer forward.
 * @param x n x height x width x channels
 * @param weights W, kh x kw x channels x filters, which is also the (kh kw c) x filters matrix of the dense layer
 * @param bias one per filter, or null
 * @returns u, n x outHeight x outWidth x filters
 * @throws RangeError for wrong lengths
 *
 * @example
 * const shape = convolutionShape({ height: 2, width: 3, channels: 1, kernel: 2 });
 * console.log(convolution([1, 2, 3, 4, 5, 6], [1, 1, 1, 1], [0.5], 1, shape, 1).join()); // prints 12.5,16.5
 */
export function convolution(
  x: Numbers,
  weights: Numbers,
  bias: Numbers | null,
  n: number,
  shape: ConvolutionShape,
  filters: number,
): FloatArray {
  const rows = n * shape.outHeight * shape.outWidth;
  return dense(imagePatches(x, n, shape), weights, bias, rows, patchLength(shape), filters);
}

/** The gradients of a convolutional layer. */
export interface ConvolutionGradients {
  /** n x height x width x channels */
  readonly dx: FloatArray;
  /** kh x kw x channels x filters */
  readonly dWeights: FloatArray;
  /** one per filter */
  readonly dBias: FloatArray;
}

/**
 * Backprop through a convolutional layer.
 * @param du dl/du, n x outHeight x outWidth x filters
 * @throws RangeError for wrong lengths
 *
 * @example
 * const shape = convolutionShape({ height: 2, width: 2, channels: 1, kernel: 2 });
 * const { dWeights } = convolutionBackward([1], [1, 2, 3, 4], [1, 1, 1, 1], 1, shape, 1);
 * console.log(dWeights.join()); // prints 1,2,3,4
 */
export function convolutionBackward(
  du: Numbers,
  x: Numbers,
  weights: Numbers,
  n: number,
  shape: ConvolutionShape,
  filters: number,
): ConvolutionGradients {
  const rows = n * shape.outHeight * shape.outWidth;
  const patches = imagePatches(x, n, shape);
  const { dx, dWeights, dBias } = denseBackward(du, patches, weights, rows, patchLength(shape), filters);
  return { dx: imagePatchesBackward(dx ?? [], n, shape), dWeights, dBias };
}
