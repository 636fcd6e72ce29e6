/**
 * BN for convolutions (Ioffe and Szegedy 2015, section 3.2): one mean, one variance, one gamma and one beta per
 * feature map, over all examples and all locations jointly. With n examples and maps of p x q locations a
 * "minibatch" has
 *
 *   m' = n p q
 *
 * values, so that every location is normalised in the same way and a shifted image gives a shifted output.
 *
 * In channels-last layout the maps are the columns of an m' x c matrix, whatever the number of spatial axes:
 * (n, w, c) for sequences, (n, h, w, c) for images, (n, depth, h, w, c) for volumes, (n, c) for dense layers.
 */
import { axisNames, checkMaps, type FloatArray, type Numbers } from './check.js';
import { batchNormInference, type FixedStatistics } from './inference.js';
import { type BatchNormResult, batchNorm, type TransformOptions } from './transform.js';

/**
 * BN over feature maps, in training. The result is that of `batchNorm` with m = m' and d = c, so
 * `batchNormBackward(dy, result)` and `batchNormBackwardGraph(dy, result)` go back through it, `RunningStatistics`
 * and `populationStatistics` take it in with the right factor m'/(m' - 1), and one image alone will do.
 *
 * @param x n x ...spatial x c, channels last, row-major
 * @param shape [n, ...spatial sizes, c], any number of spatial axes
 * @param options gamma and beta have c numbers each; either may be left out
 * @returns y with the shape of x, and statistics of c numbers
 * @throws RangeError for wrong lengths, m' = 1, NaN or infinite input, or epsilon = 0 with a constant map
 *
 * @example
 * const x = [1, 10, 3, 30, 5, 50, 7, 70]; // one image of 2 x 2 locations with 2 maps
 * const { m, mean, variance } = batchNormMaps(x, [1, 2, 2, 2]);
 * console.log(m, mean.join(), variance.join()); // prints 4 4,40 5,500
 */
export function batchNormMaps(
  x: Numbers,
  shape: readonly number[],
  options: TransformOptions = {},
): BatchNormResult {
  const { n, locations, c } = checkMaps('x', x, shape);
  if (n * locations === 1) {
    const product = axisNames(shape.length).slice(0, -1).join('*');
    throw new RangeError(
      `shape must give each map at least 2 values in training with BN, found ${product} = 1 ` +
        `(shape [${shape.join(', ')}]): the variance of one value is 0 and y would be beta whatever x is; ` +
        'use a larger minibatch, or inference with population statistics',
    );
  }
  return batchNorm(x, n * locations, c, options);
}

/**
 * BN over feature maps at inference: y = scale(c) x + shift(c) at every location. One value per map is fine.
 *
 * @param x n x ...spatial x c, channels last, row-major
 * @param shape [n, ...spatial sizes, c], any number of spatial axes
 * @param statistics c means and c variances
 * @returns y with the shape of x, float32 when x is a Float32Array
 * @throws RangeError for wrong lengths, NaN, a negative variance, or epsilon = 0 with a variance of 0
 *
 * @example
 * const y = batchNormMapsInference([5, 6], [1, 1, 1, 2], { mean: [4, 8], variance: [4, 1] }, { epsilon: 0 });
 * console.log(y.join()); // prints 0.5,-2
 */
export function batchNormMapsInference(
  x: Numbers,
  shape: readonly number[],
  statistics: FixedStatistics,
  options: TransformOptions = {},
): FloatArray {
  const { n, locations, c } = checkMaps('x', x, shape);
  return batchNormInference(x, n * locations, c, statistics, options);
}
