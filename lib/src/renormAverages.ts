/**
 * What surrounds batch renormalisation (batchRenorm.ts): the moving averages that it follows, inference with them, and
 * the limits as they rise during training (Ioffe 2017, arXiv 1702.03275, Algorithm 1 and section 4).
 */
import {
  checkCount,
  checkFinite,
  checkOptions,
  checkPositive,
  checkVector,
  type FloatArray,
  type Numbers,
} from './check.js';
import { batchNormInference } from './inference.js';
import { type AveragingOptions, MovingAverage } from './movingAverage.js';
import type { TransformOptions } from './transform.js';

/** How far from the moving averages a minibatch may be before it is corrected only in part. */
export interface RenormLimits {
  /** The limit of r and of 1/r, at least 1; 1: no correction of the scale. Infinity: no limit. */
  rMax: number;
  /** The limit of the shift, at least 0, in standard deviations; 0: no correction. Infinity: no limit. */
  dMax: number;
}

/** Moving averages of a minibatch's mean and of its standard deviation sqrt(variance + epsilon), d numbers each. */
export interface RenormStatistics {
  readonly mean: Numbers;
  readonly standardDeviation: Numbers;
}

/** Raises a RangeError for a limit that is missing or out of range. */
export function checkRenormLimits({ rMax, dMax }: RenormLimits): void {
  if (!(rMax >= 1)) {
    throw new RangeError(`rMax must be at least 1, found ${rMax}`);
  }
  if (!(dMax >= 0)) {
    throw new RangeError(`dMax must be at least 0, found ${dMax}`);
  }
}

/** Raises a RangeError unless there are d finite means and d standard deviations above 0. */
export function checkRenormStatistics({ mean, standardDeviation }: RenormStatistics, d: number): void {
  checkVector('mean', mean, d);
  checkVector('standardDeviation', standardDeviation, d);
  checkFinite('mean', mean, d);
  for (let j = 0; j < d; j++) {
    checkPositive(`standardDeviation[${j}]`, standardDeviation[j]);
  }
}

/** The value, or the limit that it is beyond. */
export function clip(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/**
 * The moving averages of batch renormalisation. It is the standard deviation that is averaged, not the variance, and
 * epsilon is in it already.
 *
 * @example
 * const averages = new RenormAverages(1, { newWeight: 0.25 }); // starts at mean 0, standard deviation 1
 * averages.update(batchRenorm([0, 4], 2, 1, averages, { rMax: 1, dMax: 0, epsilon: 0 }));
 * console.log(averages.mean[0], averages.standardDeviation[0]); // prints 0.5 1.25
 */
export class RenormAverages implements RenormStatistics {
  private readonly means: MovingAverage;
  private readonly deviations: MovingAverage;

  /**
   * @param d features
   * @param options one of newWeight (the paper's alpha), decay and cumulative
   * @param initial where the averages start. Left out: mean 0 and standard deviation 1 for each feature
   */
  constructor(d: number, options: AveragingOptions, initial?: RenormStatistics) {
    checkCount('d', d);
    if (initial !== undefined) {
      checkRenormStatistics(initial, d);
    }
    this.means = new MovingAverage(initial?.mean ?? new Float64Array(d), options);
    this.deviations = new MovingAverage(initial?.standardDeviation ?? new Float64Array(d).fill(1), options);
  }

  get mean(): Float64Array {
    return this.means.state;
  }

  get standardDeviation(): Float64Array {
    return this.deviations.state;
  }

  /** Takes in a minibatch: mean <- mean + newWeight (mean_B - mean), and the same for the standard deviation. */
  update(minibatch: RenormStatistics): void {
    checkRenormStatistics(minibatch, this.mean.length);
    this.means.update(minibatch.mean);
    this.deviations.update(minibatch.standardDeviation);
  }
}

/**
 * Inference after training with batch renormalisation: y = gamma (x - mean) / s + beta, without an epsilon, which s
 * contains.
 * @param x m x d; any m, one example too
 * @param statistics the moving averages
 * @returns y, m x d, float32 when x is a Float32Array
 *
 * @example
 * console.log(batchRenormInference([6], 1, 1, { mean: [2], standardDeviation: [2] }).join()); // prints 2
 */
export function batchRenormInference(
  x: Numbers,
  m: number,
  d: number,
  statistics: RenormStatistics,
  options: Pick<TransformOptions, 'gamma' | 'beta'> = {},
): FloatArray {
  checkOptions('batchRenormInference', options, ['gamma', 'beta']);
  checkRenormStatistics(statistics, d);
  const variance = Float64Array.from(statistics.standardDeviation, (s) => s * s);
  return batchNormInference(x, m, d, { mean: statistics.mean, variance }, { ...options, epsilon: 0 });
}

/**
 * The limits of the paper's experiment (Ioffe 2017, section 4): plain BN for 5000 steps, so that the moving averages
 * can settle, then rMax rises to 3 at step 40,000 and dMax to 5 at step 25,000, here along straight lines.
 * @param step updates done so far, from 0
 *
 * @example
 * console.log(renormLimits(5000).rMax, renormLimits(15000).dMax, renormLimits(1e6).rMax); // prints 1 2.5 3
 */
export function renormLimits(step: number): RenormLimits {
  checkCount('step', step, 0);
  const risen = (until: number): number => clip((step - 5000) / (until - 5000), 0, 1);
  return { rMax: 1 + 2 * risen(40_000), dMax: 5 * risen(25_000) };
}
