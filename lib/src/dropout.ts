/**
 * Dropout (Srivastava et al. 2014), in the inverted form: in training each number is set to 0 with probability
 * `rate` and multiplied by 1 / (1 - rate) otherwise, so that its expectation stays; at inference nothing happens.
 *
 * Where it stands matters beside BN: dropout keeps the mean but not the variance, Var[mask x] =
 * (E[x^2] / (1 - rate)) - E[x]^2, so BN after it gets in training a larger variance than at inference (Li et al.
 * 2019, arXiv 1801.05134).
 */
import { checkCount, type FloatArray, type Numbers, zerosLike } from './check.js';
import type { Random } from './random.js';

/**
 * Raises a RangeError unless `rate` can be dropped: from 0 (nothing) to below 1 (everything).
 *
 * @example
 * checkDropoutRate('dropout', 0.5); // fine
 * try {
 *   checkDropoutRate('dropout', 1);
 * } catch (error) {
 *   console.log(error instanceof RangeError); // prints true
 * }
 */
export function checkDropoutRate(name: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`${name} must be in [0, 1), the share that is set to 0, found ${rate}`);
  }
}

/**
 * Draws a mask: 0 with probability `rate`, 1 / (1 - rate) otherwise.
 * @param count how many numbers
 * @returns `count` numbers, all 1 when the rate is 0
 * @throws RangeError for a rate outside [0, 1)
 *
 * @example
 * const mask = dropoutMask(1000, 0.5, new Random(1));
 * console.log(mask.every((v) => v === 0 || v === 2)); // prints true
 */
export function dropoutMask(count: number, rate: number, random: Random): Float64Array {
  checkCount('count', count, 0);
  checkDropoutRate('rate', rate);
  const mask = new Float64Array(count);
  const kept = 1 / (1 - rate);
  const threshold = rate * 4294967296; // a draw of 32 bits is below it with probability `rate`
  for (let i = 0; i < count; i++) {
    mask[i] = random.bits() < threshold ? 0 : kept;
  }
  return mask;
}

/**
 * mask * x, number by number: dropout forward, and with dy for x its backward pass too.
 * @throws RangeError unless the two are of one length
 *
 * @example
 * console.log(applyMask([1, 2, 3], [2, 0, 2]).join()); // prints 2,0,6
 */
export function applyMask(x: Numbers, mask: ArrayLike<number>): FloatArray {
  if (mask.length !== x.length) {
    throw new RangeError(`mask must have ${x.length} elements, one for each of x, found ${mask.length}`);
  }
  return zerosLike(x, x.length).map((_, i) => x[i] * mask[i]);
}
