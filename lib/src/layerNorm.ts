/**
 * Layer normalisation (Ba, Kiros and Hinton 2016, arXiv 1607.06450): the statistics run over the d features of one
 * example, where BN's run over the m examples of one feature.
 *
 *   mean(i)     = (1/d) sum_j x(i,j)
 *   variance(i) = (1/d) sum_j (x(i,j) - mean(i))^2
 *   y(i,j)      = gamma(j) (x(i,j) - mean(i)) / sqrt(variance(i) + epsilon) + beta(j)
 *
 * It is group norm with one group and no locations. Backprop: `groupNormBackward`.
 */
import { checkCount, checkMatrix, checkOptions, type Numbers } from './check.js';
import { type GroupNormResult, groupNorm } from './groupNorm.js';
import type { TransformOptions } from './transform.js';

/**
 * Layer norm. Training and inference are the same, and one example alone is fine. Over feature maps with a gamma and
 * beta for every activation take d = p*q*c; with one for each channel take `groupNorm` with one group.
 *
 * @param x m x d
 * @param options gamma and beta have d numbers each; either may be left out
 * @returns mean and variance of each example, m numbers each; y and xHat m x d
 * @throws RangeError for wrong lengths, d = 1, NaN or infinite input, or epsilon = 0 with a constant example
 *
 * @example
 * const forward = layerNorm([1, 3, 10, 30], 2, 2, { epsilon: 0, gamma: [1, 2] });
 * console.log(forward.mean.join(), forward.y.join()); // prints 2,20 -1,2,-1,2
 * // of two features, mean 0 and variance 1 leave nothing free to move
 * const { dx } = groupNormBackward([0.5, 1, 1, 0], forward);
 * console.log(dx.join()); // prints 0,0,0,0
 */
export function layerNorm(x: Numbers, m: number, d: number, options: TransformOptions = {}): GroupNormResult {
  checkOptions('layerNorm', options, ['gamma', 'beta', 'epsilon']);
  checkMatrix('x', x, m, d);
  checkCount('d', d, 2); // one feature is its own mean: y would be beta whatever x is
  return groupNorm(x, [m, d], 1, options);
}
