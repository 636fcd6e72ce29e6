/**
 * The gradients of convolutions on TensorFlow.js' WebAssembly backend. Its 4.22 has no kernel for a convolution's
 * gradient with respect to the filter, so that no convolution can be trained there, and a slow one for that with
 * respect to the input, which is also the forward pass of a transposed convolution.
 *
 * Both are convolutions themselves (cross-correlations, as everywhere in machine learning), so they are composed
 * from the kernel that is fast there. With stride s and padding p,
 *
 *   y(n,i,j,o) = sum_{a,b,c} x(n, i s + a - p, j s + b - p, c) W(a,b,c,o)
 *
 * The filter's gradient sums over images and places. Channels take the role of images, images that of channels,
 * dy that of a filter whose elements lie s apart: a convolution of stride 1 and dilation s.
 *
 *   dW(a,b,c,o) = sum_{n,i,j} x(n, i s + a - p, j s + b - p, c) dy(n,i,j,o)
 *
 * The input's gradient: row u of x met row i of y through the filter's row a = u + p - i s, so all rows u with the
 * same remainder f = (u + p) mod s met the filter's rows f, f + s, f + 2 s, ... and no others. With q = (u + p - f) / s
 *
 *   dx(n,u,v,c) = sum_{t,t',o} dy(n, q - t, q' - t', o) W(f + t s, f' + t' s, c, o)
 *
 * is for each (f, f') a convolution of dy with that part of the filter, turned by 180 degrees. They are computed as one, of s^2
 * times as many outputs, with zeros where a part does not reach: few outputs are what the kernel is slow at. Then the
 * results are woven together.
 */
import * as tf from '@tensorflow/tfjs';

type Geometry = ReturnType<typeof tf.backend_util.computeConv2DInfo>;
type Kernel = Parameters<typeof tf.registerKernel>[0]['kernelFunc'];

/** Puts the two kernels in place, once. */
export function registerConvolutionGradients(): void {
  for (const [kernelName, kernelFunc] of [
    ['Conv2DBackpropFilter', filterGradient],
    ['Conv2DBackpropInput', inputGradient],
  ] as const) {
    const present = tf.getKernel(kernelName, 'wasm');
    if (present?.kernelFunc === kernelFunc) {
      continue;
    }
    if (present) {
      tf.unregisterKernel(kernelName, 'wasm');
    }
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
  }
}

/** dl/dW from x and dl/dy. */
const filterGradient: Kernel = ({ inputs, attrs }) => {
  // The engine hands over tensors, and the attributes of the operation by name.
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { filterShape } = attrs as unknown as { filterShape: Shape };
  const geometry = geometryOf(attrs, x.shape, filterShape);
  return tf.tidy(() => {
    const { strideHeight, strideWidth, outHeight, outWidth, padInfo } = geometry;
    // the rows and columns of x that the filter sees; a last stride that does not fit leaves some unseen
    const rows = (outHeight - 1) * strideHeight + filterShape[0];
    const columns = (outWidth - 1) * strideWidth + filterShape[1];
    const seen = window(x, -padInfo.top, rows, -padInfo.left, columns);
    const gradient = tf.conv2d(
      tf.transpose(seen, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]),
      1,
      'valid',
      'NHWC',
      [strideHeight, strideWidth],
    );
    return tf.transpose(gradient, [1, 2, 0, 3]);
  });
};

/** dl/dx from dl/dy and W. */
const inputGradient: Kernel = ({ inputs, attrs }) => {
  const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D }; // see above
  const { inputShape } = attrs as unknown as { inputShape: Shape };
  const { strideHeight, strideWidth, padInfo, inHeight, inWidth } = geometryOf(
    attrs,
    inputShape,
    filter.shape,
  );
  return tf.tidy(() => {
    const rows = joined(strideHeight, padInfo.top, filter.shape[0], inHeight);
    const columns = joined(strideWidth, padInfo.left, filter.shape[1], inWidth);
    const woven = weave(
      tf.conv2d(
        window(dy, rows.start, rows.size, columns.start, columns.size),
        joinedFilter(filter, rows, columns),
        1,
        'valid',
      ),
      strideHeight,
      strideWidth,
    );
    return tf.slice(woven, [0, 0, 0, 0], inputShape);
  });
};

type Shape = [number, number, number, number];

/** Sizes, strides and padding of the convolution whose gradient is asked for. */
function geometryOf(attrs: Parameters<Kernel>[0]['attrs'], inputShape: Shape, filterShape: Shape): Geometry {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as {
    strides: number | [number, number];
    pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
    dataFormat: 'NHWC' | 'NCHW';
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (dataFormat !== 'NHWC') {
    throw new Error(
      `convolutions on the WebAssembly backend take images in n x h x w x c layout ("NHWC"), found "${dataFormat}"`,
    );
  }
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
}

/** Along one axis: what of dy all remainders of u mod s meet together, and through which places of the filter. */
interface Joined {
  /** The first place of dy that is met; below 0 it is padding. */
  start: number;
  /** How many places of dy are met. */
  size: number;
  /** How long the joined filter is. */
  length: number;
  /** For each remainder and each place of the joined filter: the place of the filter there, or -1 for a 0. */
  taps: number[][];
}

function joined(stride: number, padding: number, filterSize: number, inputSize: number): Joined {
  const parts = Array.from({ length: stride }, (_, remainder) => {
    const f = (remainder + padding) % stride;
    const last = Math.floor((filterSize - 1 - f) / stride); // the greatest t; -1 where the stride jumps over them
    return { f, q: (remainder + padding - f) / stride, last };
  });
  const start = Math.min(...parts.map(({ q, last }) => q - Math.max(0, last)));
  const length = Math.max(...parts.map(({ q }) => q)) - start + 1;
  const taps = parts.map(({ f, q, last }) =>
    Array.from({ length }, (_, place) => {
      const t = q - start - place; // place q - t of dy meets the filter at f + t s
      return t >= 0 && t <= last ? f + t * stride : -1;
    }),
  );
  return { start, size: Math.ceil(inputSize / stride) + length - 1, length, taps };
}

/** The filters of all remainders as one, whose outputs are remainders of rows, of columns, and channels. */
function joinedFilter(filter: tf.Tensor4D, rows: Joined, columns: Joined): tf.Tensor4D {
  const [, filterColumns, c, outputs] = filter.shape;
  const values = filter.dataSync();
  const channels = rows.taps.length * columns.taps.length * c;
  const all = new Float32Array(rows.length * columns.length * outputs * channels);
  for (const [f, rowTaps] of rows.taps.entries()) {
    for (const [g, columnTaps] of columns.taps.entries()) {
      const first = (f * columns.taps.length + g) * c;
      for (const [i, a] of rowTaps.entries()) {
        for (const [j, b] of columnTaps.entries()) {
          if (a < 0 || b < 0) {
            continue;
          }
          const from = (a * filterColumns + b) * c * outputs;
          const to = (i * columns.length + j) * outputs * channels + first;
          for (let channel = 0; channel < c; channel++) {
            for (let o = 0; o < outputs; o++) {
              all[to + o * channels + channel] = values[from + channel * outputs + o];
            }
          }
        }
      }
    }
  }
  return tf.tensor4d(all, [rows.length, columns.length, outputs, channels]);
}

/** Rows `top` to top + rows, columns `left` to left + columns of each image; what lies outside is 0. */
function window(x: tf.Tensor4D, top: number, rows: number, left: number, columns: number): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const above = Math.max(0, -top);
  const before = Math.max(0, -left);
  const below = Math.max(0, top + rows - height);
  const after = Math.max(0, left + columns - width);
  const padded = tf.pad(x, [
    [0, 0],
    [above, below],
    [before, after],
    [0, 0],
  ]);
  return tf.slice(padded, [0, top + above, left + before, 0], [n, rows, columns, channels]);
}

/** n x h x w x (down across c), remainders among the channels, to n x (h down) x (w across) x c. */
function weave(x: tf.Tensor4D, down: number, across: number): tf.Tensor4D {
  const [n, rows, columns, channels] = x.shape;
  const c = channels / down / across;
  const apart = tf.reshape(x, [n * rows, columns, down, across * c]);
  return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [n, rows * down, columns * across, c]);
}
