/**
 * Means and variances put together from parts, each part counted by its examples: shards of a batch, minibatches
 * of a data set, single rows of a stream. For parts A and B with n = nA + nB and delta = mean_B - mean_A
 * (Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances"):
 *
 *   mean     = mean_A + delta nB/n
 *   variance = (nA variance_A + nB variance_B)/n + delta^2 (nA/n) (nB/n)
 *
 * With nB = 1 it is Welford's update (1962). Nothing large is subtracted from anything large, so a mean far from
 * zero costs no digits. Averaging variances without the delta term, or without the counts, is the classical bug of
 * batch norm over several devices.
 */
import { checkCount, checkFinite, checkVector, type Numbers } from './check.js';
import { type MinibatchStatistics, type PopulationStatistics, unbiasedFactor } from './population.js';
import { columnMoments } from './transform.js';

/** The mean and the biased variance of m examples, d numbers each. */
export interface Moments extends MinibatchStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * The statistics of all examples together, from the statistics of disjoint parts of any sizes.
 *
 * @param parts at least one; means and biased variances of d numbers each
 * @throws RangeError for no part, parts of different d, a negative variance, or numbers that are not finite
 *
 * @example
 * const whole = columnMoments([0, 2, 4, 10], 4, 1);
 * const parts = [{ m: 3, ...columnMoments([0, 2, 4], 3, 1) }, { m: 1, ...columnMoments([10], 1, 1) }];
 * console.log(mergeMoments(parts).mean[0], mergeMoments(parts).variance[0]); // prints 4 14
 * console.log(whole.mean[0], whole.variance[0]); // prints 4 14
 */
export function mergeMoments(parts: readonly MinibatchStatistics[]): Moments {
  if (parts.length === 0) {
    throw new RangeError('parts must have at least 1 element, found 0');
  }
  const d = parts[0].mean.length;
  for (const part of parts) {
    checkMoments(part, d);
  }
  const first = parts[0];
  let merged: Moments = {
    m: first.m,
    mean: Float64Array.from(first.mean),
    variance: Float64Array.from(first.variance),
  };
  for (const part of parts.slice(1)) {
    merged = mergeTwo(merged, part);
  }
  return merged;
}

/** Raises a RangeError unless `part` has the statistics of at least one example with d features. */
export function checkMoments(part: MinibatchStatistics, d: number): void {
  checkCount('m', part.m);
  checkVector('mean', part.mean, d);
  checkVector('variance', part.variance, d);
  checkFinite('mean', part.mean, d);
  checkFinite('variance', part.variance, d);
  for (let j = 0; j < d; j++) {
    if (part.variance[j] < 0) {
      throw new RangeError(`variance must not be negative, found ${part.variance[j]} in column ${j}`);
    }
  }
}

/** The formula at the top of this file. */
function mergeTwo(a: Moments, b: MinibatchStatistics): Moments {
  const m = a.m + b.m;
  const shareA = a.m / m;
  const shareB = b.m / m;
  const delta = a.mean.map((mean, j) => b.mean[j] - mean);
  return {
    m,
    mean: a.mean.map((mean, j) => mean + delta[j] * shareB),
    variance: a.variance.map((v, j) => shareA * v + shareB * b.variance[j] + delta[j] ** 2 * shareA * shareB),
  };
}

/**
 * Statistics of a stream: rows come one by one or in minibatches of any sizes, and none is kept. One pass over a
 * data set gives its exact mean and variance.
 *
 * @example
 * const stream = new StreamingMoments(1);
 * stream.push([1, 2], 2);
 * stream.push([3], 1);
 * console.log(stream.m, stream.statistics().mean[0]); // prints 3 2
 * console.log(stream.population().variance[0]); // prints 1
 */
export class StreamingMoments {
  private state: Moments | null = null;

  /** @param d features of each row */
  constructor(readonly d: number) {
    checkCount('d', d);
  }

  /** How many rows have come. */
  get m(): number {
    return this.state?.m ?? 0;
  }

  /**
   * Takes in m rows.
   * @param x m x d
   * @throws RangeError for a wrong length, NaN or an infinity; the statistics then stay as they were
   */
  push(x: Numbers, m: number): void {
    const part = { m, ...columnMoments(x, m, this.d) };
    checkFinite('x', x, this.d);
    this.state = this.state === null ? part : mergeTwo(this.state, part);
  }

  /**
   * Mean and biased variance of all rows so far (divided by m).
   * @throws RangeError before the first row
   */
  statistics(): Moments {
    if (this.state === null) {
      throw new RangeError('a stream must have at least 1 row before it has statistics, found 0');
    }
    const { m, mean, variance } = this.state;
    return { m, mean: mean.slice(), variance: variance.slice() };
  }

  /**
   * Mean and unbiased variance of all rows so far (divided by m - 1), as inference uses them.
   * @throws RangeError for fewer than two rows
   */
  population(): PopulationStatistics {
    return pooledPopulationStatistics([this.statistics()]);
  }
}

/**
 * The exact population pass: mean and unbiased variance of all examples together, M of them, from minibatches of
 * any sizes, as if the data had been one batch.
 *
 *   E[x] = mean of all M examples,   Var[x] = M/(M - 1) * variance of all M examples
 *
 * Algorithm 2 (`populationStatistics`) averages the minibatches' own variances instead. Over independently drawn
 * minibatches both are unbiased; over one fixed data set only this one is the data set's variance, and it is the one
 * that may have a shorter last minibatch. Wu and Johnson 2021 (arXiv 2105.07576, "Rethinking Batch in BatchNorm")
 * call statistics of this kind PreciseBN.
 *
 * @param parts at least one; together at least two examples
 * @throws RangeError as `mergeMoments`, and for a single example
 *
 * @example
 * const x = [0, 2, 4, 10];
 * const parts = [batchNorm(x.slice(0, 2), 2, 1), batchNorm(x.slice(2), 2, 1)];
 * console.log(pooledPopulationStatistics(parts).variance[0].toFixed(3)); // prints 18.667
 * console.log(populationStatistics(parts).variance[0]); // prints 10
 */
export function pooledPopulationStatistics(parts: readonly MinibatchStatistics[]): PopulationStatistics {
  const { m, mean, variance } = mergeMoments(parts);
  const factor = unbiasedFactor(m);
  return { mean, variance: variance.map((v) => factor * v) };
}
