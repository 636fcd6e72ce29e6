/**
 * Pooling, channels last: each feature map is made smaller by taking the largest number, or the average, of
 * every size x size window. Windows that would reach over the edge are left out.
 */
import {
  checkChoice,
  checkCount,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { pair } from './convolution.js';

/** What becomes of the numbers in a window: the largest is kept, or their mean. */
export type PoolKind = 'max' | 'average';

/** The sizes of a pooling layer, with those of its output. */
export interface PoolShape {
  readonly kind: PoolKind;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Rows and columns of the window, and from one window to the next. */
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
}

/** What pooling is made of: the sizes of an image, and of the window. */
export interface PoolOptions {
  kind: PoolKind;
  height: number;
  width: number;
  channels: number;
  /** Rows and columns of the window; `[height, width]` with `'average'` is global average pooling. */
  size: number | readonly [number, number];
  /** Left out: the window's size, so that windows do not overlap. */
  stride?: number | readonly [number, number];
}

/**
 * Checks the sizes of a pooling layer and works out those of its output.
 * @throws RangeError or TypeError for an unknown kind, sizes that are no counts, or a window larger than the map
 *
 * @example
 * const shape = poolShape({ kind: 'average', height: 8, width: 8, channels: 3, size: 2 });
 * console.log(shape.kind); // prints average
 */
export function poolShape(options: PoolOptions): PoolShape {
  checkOptions('pooling', options, ['kind', 'height', 'width', 'channels', 'size', 'stride']);
  const { kind, height, width, channels } = options;
  checkChoice('kind', kind, ['max', 'average']);
  checkCount('height', height);
  checkCount('width', width);
  checkCount('channels', channels);
  const size = pair('size', options.size);
  const stride = pair('stride', options.stride ?? options.size);
  if (size[0] > height || size[1] > width) {
    throw new RangeError(`size must fit into the map of ${height} x ${width}, found ${size.join(' x ')}`);
  }
  const outHeight = Math.floor((height - size[0]) / stride[0]) + 1;
  const outWidth = Math.floor((width - size[1]) / stride[1]) + 1;
  return { kind, height, width, channels, size, stride, outHeight, outWidth };
}

/** What pooling computed. */
export interface PoolResult {
  /** n x outHeight x outWidth x channels */
  readonly y: FloatArray;
  /** Max pooling: where in x each number of y came from (the first of equal ones). Average: null. */
  readonly from: Uint32Array | null;
}

/** Calls `visit` for each number of the output, with the places in x of its window, first row first. */
function eachWindow(n: number, shape: PoolShape, visit: (out: number, window: Uint32Array) => void): void {
  const { height, width, channels, size, stride, outHeight, outWidth } = shape;
  const window = new Uint32Array(size[0] * size[1]);
  let out = 0;
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let c = 0; c < channels; c++) {
          for (let ky = 0; ky < size[0]; ky++) {
            for (let kx = 0; kx < size[1]; kx++) {
              const pixel = (i * height + y * stride[0] + ky) * width + x * stride[1] + kx;
              window[ky * size[1] + kx] = pixel * channels + c;
            }
          }
          visit(out++, window);
        }
      }
    }
  }
}

/**
 * Pooling forward.
 * @param x n x height x width x channels
 * @throws RangeError for a wrong length
 *
 * @example
 * const shape = poolShape({ kind: 'max', height: 2, width: 4, channels: 1, size: 2 });
 * console.log(pool([1, 5, 2, 0, 3, 4, 9, 8], 1, shape).y.join()); // prints 5,9
 */
export function pool(x: Numbers, n: number, shape: PoolShape): PoolResult {
  checkMatrix('x', x, n, shape.height * shape.width * shape.channels, 'n', 'height*width*channels');
  const count = n * shape.outHeight * shape.outWidth * shape.channels;
  const y = zerosLike(x, count);
  if (shape.kind === 'average') {
    eachWindow(n, shape, (out, window) => {
      let sum = 0;
      for (const place of window) {
        sum += x[place];
      }
      y[out] = sum / window.length;
    });
    return { y, from: null };
  }
  const from = new Uint32Array(count);
  eachWindow(n, shape, (out, window) => {
    let best = window[0];
    for (const place of window) {
      // NaN is taken too, so that a run that diverges is seen in its loss
      if (x[place] > x[best] || Number.isNaN(x[place])) {
        best = place;
      }
    }
    from[out] = best;
    y[out] = x[best];
  });
  return { y, from };
}

/**
 * Pooling backward: the largest number of a window gets its whole gradient, or each number its equal share.
 * @param dy dl/dy, n x outHeight x outWidth x channels
 * @param result what `pool` returned
 * @returns dl/dx, n x height x width x channels
 *
 * @example
 * const shape = poolShape({ kind: 'max', height: 2, width: 2, channels: 1, size: 2 });
 * const result = pool([1, 4, 3, 2], 1, shape);
 * console.log(poolBackward([5], result, 1, shape).join()); // prints 0,5,0,0
 */
export function poolBackward(dy: Numbers, result: PoolResult, n: number, shape: PoolShape): FloatArray {
  const { from } = result;
  checkMatrix('dy', dy, n, shape.outHeight * shape.outWidth * shape.channels, 'n', 'p*q*channels');
  const dx = zerosLike(dy, n * shape.height * shape.width * shape.channels);
  if (from !== null) {
    for (let out = 0; out < from.length; out++) {
      dx[from[out]] += dy[out];
    }
    return dx;
  }
  eachWindow(n, shape, (out, window) => {
    for (const place of window) {
      dx[place] += dy[out] / window.length;
    }
  });
  return dx;
}
