/**
 * Moving averages of the statistics during training, as section 3.1 of Ioffe and Szegedy 2015 suggests for
 * following a model's accuracy while it trains:
 *
 *   state <- (1 - newWeight) * state + newWeight * value
 *
 * Two conventions for the same number are in use, under the same name "momentum": PyTorch's is the weight of
 * the new value, Keras' is the weight of the old state. Here neither is called momentum.
 */
import { checkOptions, checkVector, type Numbers } from './check.js';
import { type MinibatchStatistics, type PopulationStatistics, unbiasedFactor } from './population.js';

/** How fast the average forgets: give exactly one of the two. */
export interface MovingAverageOptions {
  /** Weight of the new minibatch, in (0, 1]. PyTorch calls this `momentum` (0.1 unless set). */
  newWeight?: number;
  /** Weight of the old state, in [0, 1): newWeight = 1 - decay. Keras calls this `momentum` (0.99 unless set). */
  decay?: number;
}

/** The weight of the new value that the options stand for. */
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

/** The moving average of one vector. A BN layer keeps two of them: one for its means, one for its variances. */
export class MovingAverage {
  /** The current average, d numbers. */
  readonly state: Float64Array;
  readonly newWeight: number;

  /**
   * @param initial where the average starts, d numbers (PyTorch: 0 for means, 1 for variances)
   * @param options newWeight or decay
   */
  constructor(initial: Numbers, options: MovingAverageOptions) {
    this.state = Float64Array.from(initial);
    this.newWeight = newWeightOf(options);
  }

  /** state <- (1 - newWeight) state + newWeight value */
  update(value: Numbers): void {
    checkVector('value', value, this.state.length);
    for (let j = 0; j < this.state.length; j++) {
      this.state[j] = (1 - this.newWeight) * this.state[j] + this.newWeight * value[j];
    }
  }
}

/** The running statistics of a BN layer: the mean and the unbiased variance, each with a state of its own. */
export class RunningStatistics implements PopulationStatistics {
  private readonly means: MovingAverage;
  private readonly variances: MovingAverage;

  /** Starts at mean 0 and variance 1 for each of d features. */
  constructor(d: number, options: MovingAverageOptions) {
    this.means = new MovingAverage(new Float64Array(d), options);
    this.variances = new MovingAverage(new Float64Array(d).fill(1), options);
  }

  get mean(): Float64Array {
    return this.means.state;
  }

  get variance(): Float64Array {
    return this.variances.state;
  }

  /** Takes in a minibatch: its mean, and its biased variance times m/(m - 1). */
  update(minibatch: MinibatchStatistics): void {
    const factor = unbiasedFactor(minibatch.m);
    this.means.update(minibatch.mean);
    this.variances.update(Float64Array.from(minibatch.variance, (v) => factor * v));
  }
}
