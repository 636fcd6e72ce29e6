/**
 * Moving averages of the statistics during training, as section 3.1 of Ioffe and Szegedy 2015 suggests for
 * following a model's accuracy while it trains:
 *
 *   state <- (1 - newWeight) * state + newWeight * value
 *
 * Two conventions for the same number are in use, under the same name "momentum": PyTorch's is the weight of
 * the new value, Keras' is the weight of the old state. Here neither is called momentum.
 *
 * The cumulative average (PyTorch: momentum=None) gives the t-th value the weight 1/t: all count the same, none is
 * forgotten, and what the average started from has no share in it.
 */
import { checkChoice, checkCount, checkFinite, checkOptions, checkVector, type Numbers } from './check.js';
import type { FixedStatistics } from './inference.js';
import { type MinibatchStatistics, type PopulationStatistics, unbiasedFactor } from './population.js';

/** How fast the average forgets: give exactly one of the two. */
export interface MovingAverageOptions {
  /** Weight of the new minibatch, in (0, 1]. PyTorch calls this `momentum` (0.1 unless set). */
  newWeight?: number;
  /** Weight of the old state, in [0, 1): newWeight = 1 - decay. Keras calls this `momentum` (0.99 unless set). */
  decay?: number;
}

/**
 * The weight of the new value that the options stand for.
 *
 * @example
 * console.log(newWeightOf({ newWeight: 0.1 }), newWeightOf({ decay: 0.75 })); // prints 0.1 0.25
 */
export function newWeightOf(options: MovingAverageOptions): number {
  checkOptions('the moving average', options, ['newWeight', 'decay']);
  const { newWeight, decay } = options;
  if ((newWeight === undefined) === (decay === undefined)) {
    throw new RangeError(
      'a moving average takes exactly one of newWeight (weight of the new batch, as in PyTorch) and decay ' +
        `(weight of the old state, as in Keras), found ${newWeight === undefined ? 'neither' : 'both'}`,
    );
  }
  const weight = newWeight ?? 1 - (decay as number); // one of the two is there: checked just above
  if (!(weight > 0 && weight <= 1)) {
    throw new RangeError(
      newWeight === undefined
        ? `decay must be in [0, 1), found ${decay}`
        : `newWeight must be in (0, 1], found ${newWeight}`,
    );
  }
  return weight;
}

/** As `MovingAverageOptions`, or the average of everything: give exactly one of the three. */
export interface AveragingOptions extends MovingAverageOptions {
  /** true: the plain average of all values so far. PyTorch: `momentum=None`. */
  cumulative?: true;
}

/**
 * The moving average of one vector. A BN layer keeps two of them: one for its means, one for its variances.
 *
 * @example
 * const average = new MovingAverage([0], { newWeight: 0.5 });
 * const cumulative = new MovingAverage([0], { cumulative: true });
 * for (const value of [2, 4, 6]) {
 *   average.update([value]);
 *   cumulative.update([value]);
 * }
 * console.log(average.state[0], cumulative.state[0]); // prints 4.25 4
 */
export class MovingAverage {
  /** The current average, d numbers. */
  readonly state: Float64Array;
  private readonly fixedWeight: number | null;
  private readonly initial: Float64Array;
  private values = 0;
  private shareOfInitial = 1;

  /**
   * @param initial where the average starts, d numbers (PyTorch: 0 for means, 1 for variances)
   * @param options newWeight, decay or cumulative
   * @throws RangeError unless exactly one of the three is given, in its range
   */
  constructor(initial: Numbers, options: AveragingOptions) {
    this.state = Float64Array.from(initial);
    this.initial = this.state.slice();
    const { cumulative, ...weight } = options;
    if (cumulative !== undefined) {
      checkChoice('cumulative', cumulative, [true]);
      const other = Object.keys(weight).find((key) => weight[key as keyof typeof weight] !== undefined);
      if (other !== undefined) {
        throw new RangeError(`a cumulative average takes no other option, found ${other}`);
      }
    }
    this.fixedWeight = cumulative ? null : newWeightOf(weight);
  }

  /** How many values have been taken in. */
  get count(): number {
    return this.values;
  }

  /** The weight that the next value will have: fixed, or 1/(count + 1) in a cumulative average. */
  get newWeight(): number {
    return this.fixedWeight ?? 1 / (this.values + 1);
  }

  /**
   * state <- (1 - newWeight) state + newWeight value
   * @param value d numbers
   * @throws RangeError for a wrong length, NaN or an infinity (which no later value could push out of the average);
   * the state then stays as it was
   */
  update(value: Numbers): void {
    checkVector('value', value, this.state.length);
    checkFinite('value', value, this.state.length);
    const weight = this.newWeight;
    for (let j = 0; j < this.state.length; j++) {
      this.state[j] = (1 - weight) * this.state[j] + weight * value[j];
    }
    this.values++;
    this.shareOfInitial *= 1 - weight;
  }

  /**
   * The average of the values alone, without the share that the start still has in the state (Kingma and Ba 2015,
   * arXiv 1412.6980, section 3, correct the averages of Adam in this way). After t values, with w = newWeight:
   *
   *   debiased = (state - (1 - w)^t initial) / (1 - (1 - w)^t)
   *
   * With a small w the state is for many steps more start than data: after 20 values at w = 0.01, 82 % of it.
   * @throws RangeError before the first value
   *
   * @example
   * const average = new MovingAverage([1], { newWeight: 0.01 });
   * average.update([5]);
   * console.log(average.state[0].toFixed(2), average.debiased()[0].toFixed(2)); // prints 1.04 5.00
   */
  debiased(): Float64Array {
    checkCount('the number of values taken in', this.values);
    const share = this.shareOfInitial;
    return this.state.map((value, j) => (value - share * this.initial[j]) / (1 - share));
  }
}

/** How fast the running statistics forget, and which variance they follow. */
export interface RunningStatisticsOptions extends AveragingOptions {
  /**
   * Which variance is averaged: `'unbiased'`, the minibatch's times m/(m - 1), as the paper, PyTorch and
   * TensorFlow's fused kernel do, or `'biased'`, as Keras 3 does. Left out: `'unbiased'`.
   */
  variance?: 'unbiased' | 'biased';
}

/**
 * The running statistics of a BN layer: the mean and the variance, each with a state of its own.
 *
 * @example
 * const running = new RunningStatistics(1, { decay: 0.75 });
 * running.update(batchNorm([2, 6], 2, 1)); // mean 4, variance 4, unbiased 8
 * console.log(running.mean[0], running.variance[0]); // prints 1 2.75
 */
export class RunningStatistics implements PopulationStatistics {
  private readonly means: MovingAverage;
  private readonly variances: MovingAverage;
  private readonly biased: boolean;

  /**
   * @param d features
   * @param options one of newWeight, decay and cumulative; which variance
   * @param initial where the averages start. Left out: mean 0 and variance 1 for each feature
   * @throws RangeError for options that do not fit, or a wrong length
   */
  constructor(d: number, options: RunningStatisticsOptions, initial?: FixedStatistics) {
    const { variance, ...averaging } = options;
    checkChoice('variance', variance ?? 'unbiased', ['unbiased', 'biased']);
    this.biased = variance === 'biased';
    if (initial !== undefined) {
      checkVector('mean', initial.mean, d);
      checkVector('variance', initial.variance, d);
    }
    this.means = new MovingAverage(initial?.mean ?? new Float64Array(d), averaging);
    this.variances = new MovingAverage(initial?.variance ?? new Float64Array(d).fill(1), averaging);
  }

  get mean(): Float64Array {
    return this.means.state;
  }

  get variance(): Float64Array {
    return this.variances.state;
  }

  /** How many minibatches have been taken in. */
  get count(): number {
    return this.means.count;
  }

  /**
   * Takes in a minibatch: its mean, and its variance times m/(m - 1) unless the biased one was asked for.
   * @throws RangeError for m = 1, a wrong length, NaN or an infinity; the averages then stay as they were
   */
  update(minibatch: MinibatchStatistics): void {
    const unbiased = unbiasedFactor(minibatch.m);
    const factor = this.biased ? 1 : unbiased;
    checkVector('mean', minibatch.mean, this.mean.length);
    checkFinite('mean', minibatch.mean, this.mean.length);
    this.variances.update(Float64Array.from(minibatch.variance, (v) => factor * v));
    this.means.update(minibatch.mean);
  }

  /**
   * The statistics without the share of what they started from: see `MovingAverage.debiased`.
   * @throws RangeError before the first minibatch
   */
  debiased(): PopulationStatistics {
    // rounding must not make a variance negative that is 0
    const variance = this.variances.debiased().map((v) => Math.max(0, v));
    return { mean: this.means.debiased(), variance };
  }
}
