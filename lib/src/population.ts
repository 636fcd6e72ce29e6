/**
 * Population statistics: Algorithm 2 of Ioffe and Szegedy 2015, lines 10 and 11.
 *
 *   E[x]   = mean over minibatches of mean_B
 *   Var[x] = m/(m - 1) * mean over minibatches of variance_B
 *
 * The factor m/(m - 1) makes the estimate unbiased: a minibatch's variance is taken around its own mean,
 * which lies closer to its examples than the population's mean does.
 */
import { checkCount, checkVector, type Numbers } from './check.js';

/** Mean and (unbiased) variance of each feature, as inference uses them. */
export interface PopulationStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** The statistics of one minibatch: the mean and the biased variance, as `batchNorm` returns them, and its m. */
export interface MinibatchStatistics {
  readonly m: number;
  readonly mean: Numbers;
  readonly variance: Numbers;
}

/**
 * m/(m - 1) times a biased variance: the unbiased variance.
 *
 * @example
 * console.log(unbiasedFactor(5)); // prints 1.25
 */
export function unbiasedFactor(m: number): number {
  checkCount('m', m, 2);
  return m / (m - 1);
}

/**
 * The exact average over minibatches (Algorithm 2, line 10), each minibatch counted once.
 * @param minibatches at least one; all of the same m and d, as the formula takes for granted
 * @throws RangeError when there is none, or when their sizes differ
 *
 * @example
 * const minibatches = [batchNorm([1, 3], 2, 1), batchNorm([2, 6], 2, 1)];
 * const { mean, variance } = populationStatistics(minibatches);
 * console.log(mean[0], variance[0]); // prints 3 5
 */
export function populationStatistics(minibatches: readonly MinibatchStatistics[]): PopulationStatistics {
  if (minibatches.length === 0) {
    throw new RangeError('minibatches must have at least 1 element, found 0');
  }
  const { m } = minibatches[0];
  const d = minibatches[0].mean.length;
  const factor = unbiasedFactor(m);
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  for (const [index, minibatch] of minibatches.entries()) {
    if (minibatch.m !== m) {
      throw new RangeError(
        `minibatches must all have m = ${m} examples, found ${minibatch.m} in minibatch ${index}; ` +
          'leave out a shorter last one',
      );
    }
    checkVector('mean', minibatch.mean, d);
    checkVector('variance', minibatch.variance, d);
    for (let j = 0; j < d; j++) {
      mean[j] += minibatch.mean[j] / minibatches.length;
      variance[j] += (factor * minibatch.variance[j]) / minibatches.length;
    }
  }
  return { mean, variance };
}
