/**
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016, arXiv 1607.08022): the statistics of each map of each
 * example, over its locations alone.
 *
 *   mean(n,c) = (1/pq) sum x,   variance(n,c) = (1/pq) sum (x - mean(n,c))^2
 *
 * It is group norm with a group for each channel. Of a minibatch of one, BN over feature maps in training computes
 * the same. Backprop: `groupNormBackward`.
 */
import { axisNames, checkMaps, checkOptions, type Numbers } from './check.js';
import { type GroupNormResult, groupNorm } from './groupNorm.js';
import type { TransformOptions } from './transform.js';

/**
 * Instance norm.
 *
 * @param x n x ...spatial x c, channels last, row-major
 * @param shape [n, ...spatial sizes, c], with at least two locations
 * @param options gamma and beta have c numbers each; either may be left out
 * @returns mean and variance n x c; y and xHat with the shape of x
 * @throws RangeError for wrong lengths, a single location, NaN or infinite input, or epsilon = 0 with a constant map
 *
 * @example
 * const { mean, y } = instanceNorm([1, 10, 3, 30], [1, 2, 2], { epsilon: 0 });
 * console.log(mean.join(), y.join()); // prints 2,20 -1,-1,1,1
 */
export function instanceNorm(
  x: Numbers,
  shape: readonly number[],
  options: TransformOptions = {},
): GroupNormResult {
  checkOptions('instanceNorm', options, ['gamma', 'beta', 'epsilon']);
  const { locations, c } = checkMaps('x', x, shape);
  if (locations === 1) {
    const spatial = axisNames(shape.length).slice(1, -1).join('*') || 'the number of locations';
    throw new RangeError(
      `shape must give each map at least 2 locations, found ${spatial} = 1 (shape [${shape.join(', ')}]): the ` +
        'variance of one value is 0 and y would be beta whatever x is',
    );
  }
  return groupNorm(x, shape, c, options);
}
