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
 * is for each (f, f') a convolution of dy with that part of the filter, turned by 180 degrees; the s^2 results are
 * woven together.
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
    const turned = tf.transpose(filter, [0, 1, 3, 2]);
    const rows = parts(strideHeight, padInfo.top, filter.shape[0], inHeight);
    const columns = parts(strideWidth, padInfo.left, filter.shape[1], inWidth);
    const woven = weave(
      rows.map((row) =>
        weave(
          columns.map((column) => partOfInputGradient(dy, turned, row, column)),
          2,
        ),
      ),
      1,
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

/** Along one axis: the input's places with one remainder of u mod s, and what of the filter meets them. */
interface Part {
  /** How many such places there are, rounded up to the same number for every remainder. */
  count: number;
  /** The q of the first. */
  first: number;
  /** The filter's rows that meet them, last one first. */
  taps: number[];
}

function parts(stride: number, padding: number, filterSize: number, inputSize: number): Part[] {
  return Array.from({ length: stride }, (_, remainder) => {
    const f = (remainder + padding) % stride;
    const taps: number[] = [];
    for (let a = f; a < filterSize; a += stride) {
      taps.unshift(a);
    }
    return { count: Math.ceil(inputSize / stride), first: (remainder + padding - f) / stride, taps };
  });
}

/** The gradient at the places of one remainder for rows and one for columns: n x row.count x column.count x c. */
function partOfInputGradient(dy: tf.Tensor4D, turned: tf.Tensor4D, row: Part, column: Part): tf.Tensor4D {
  if (row.taps.length === 0 || column.taps.length === 0) {
    return tf.zeros([dy.shape[0], row.count, column.count, turned.shape[3]]); // the stride jumps over them
  }
  const filter = pick(pick(turned, row.taps, 0), column.taps, 1);
  const seen = window(
    dy,
    row.first - row.taps.length + 1,
    row.count + row.taps.length - 1,
    column.first - column.taps.length + 1,
    column.count + column.taps.length - 1,
  );
  return tf.conv2d(seen, filter, 1, 'valid');
}

/** The slices of a filter at these places of an axis, in this order. */
function pick(filter: tf.Tensor4D, places: number[], axis: 0 | 1): tf.Tensor4D {
  const size = [...filter.shape];
  size[axis] = 1;
  const slices = places.map((place) =>
    tf.slice(filter, axis === 0 ? [place, 0, 0, 0] : [0, place, 0, 0], size),
  );
  return tf.concat(slices, axis);
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

/** From s tensors whose axis counts places k: one whose axis counts places k s + remainder. */
function weave(tensors: tf.Tensor4D[], axis: 1 | 2): tf.Tensor4D {
  const shape: Shape = [...tensors[0].shape];
  shape[axis] *= tensors.length;
  return tensors.length === 1 ? tensors[0] : tf.reshape(tf.stack(tensors, axis + 1), shape);
}
