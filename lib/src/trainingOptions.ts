/** What the training loop takes and gives, and the checks before its first step. */
import { checkChoice, checkCount, checkOptions } from './check.js';
import type { Dataset } from './dataset.js';
import type { EngineName } from './engine.js';
import { checkFits } from './evaluate.js';
import type { MovingAverageOptions } from './movingAverage.js';
import type { Network } from './network.js';
import { checkTrainingBatch } from './transform.js';

/** Follows the input of one hidden unit's activation over training. */
export interface Probe {
  /** 0 for the first hidden layer. */
  layer: number;
  /** The unit within the layer, from 0. */
  unit: number;
  /** After which steps to look (0: before the first). */
  at: readonly number[];
  /** Left out: 15, 50, 85, as in the paper's figure 1. */
  percents?: readonly number[];
  /** How many training examples to look at, taken as one minibatch. Left out: 500. */
  examples?: number;
}

export interface TrainingProgress {
  /** Steps done. */
  readonly step: number;
  /** Steps asked for. */
  readonly steps: number;
  /** Loss of the latest minibatch. */
  readonly loss: number;
  /** The latest test accuracy, when one has been measured. */
  readonly accuracy: number | undefined;
  readonly seconds: number;
}

export interface TrainingOptions {
  /** The examples to learn from. */
  train: Dataset;
  /** The examples to measure accuracy on. */
  test?: Dataset;
  /** Number of minibatches to learn from. */
  steps: number;
  /** m. Left out: 60, as in the paper's section 4.1. */
  batchSize?: number;
  /** One rate, or a rate for each step (counted from 1). */
  learningRate: number | ((step: number) => number);
  /** Seeds the initial weights and the order of the examples. */
  seed: number | string;
  /** Left out: `'simd'`. */
  engine?: EngineName;
  /** After which steps to measure test accuracy (0: before the first). Left out: after the last. */
  evaluateAt?: readonly number[];
  /**
   * What BN uses at an evaluation: the moving average kept during training, or an exact average over
   * minibatches of the training data (Algorithm 2). Left out: `'movingAverage'`.
   */
  statistics?: 'movingAverage' | 'population';
  /** Left out: `{ newWeight: 0.1 }`. */
  movingAverage?: MovingAverageOptions;
  /** Minibatches for the exact average. Left out: 100. */
  populationBatches?: number;
  probe?: Probe;
  /** Called now and then while training runs, and at its end. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Ends training early; what was reached so far is returned. */
  signal?: AbortSignal;
}

export interface Evaluation {
  /** Steps done when it was measured. */
  readonly step: number;
  /** Share of the test examples classified rightly, from 0 to 1. */
  readonly accuracy: number;
  /** Mean test loss in nats. */
  readonly loss: number;
  /** Seconds of training until then, evaluations not counted. */
  readonly seconds: number;
}

export interface ProbeReading {
  readonly step: number;
  /** One number for each of the probe's percents. */
  readonly values: readonly number[];
}

export interface TrainingResult {
  /** The trained network, ready for inference. */
  readonly network: Network;
  /** Steps done. */
  readonly steps: number;
  /** Minibatch loss at each step done. */
  readonly losses: Float64Array;
  readonly evaluations: readonly Evaluation[];
  readonly probe: readonly ProbeReading[];
  /** The signal ended training early. */
  readonly aborted: boolean;
  /** The loss, of a minibatch or of the test set, became NaN or infinite; training ended there. */
  readonly diverged: boolean;
  /** The step (counted from 1) whose loss was not finite. */
  readonly divergedAt: number | null;
  /** Seconds of training, evaluations not counted. */
  readonly seconds: number;
}

const OPTION_NAMES = [
  ...['train', 'test', 'steps', 'batchSize', 'learningRate', 'seed', 'engine', 'evaluateAt', 'statistics'],
  ...['movingAverage', 'populationBatches', 'probe', 'onProgress', 'signal'],
];

/** Everything that can be wrong is said before the first step. */
export function checkTrainingOptions(network: Network, options: TrainingOptions): void {
  checkOptions('trainNetwork', options, OPTION_NAMES);
  const { train, test, steps, batchSize = 60, learningRate, probe } = options;
  checkFits(network, train);
  if (test !== undefined) {
    checkFits(network, test);
  }
  if (test === undefined && options.evaluateAt !== undefined) {
    throw new RangeError('evaluateAt needs a test data set in `test`, found none');
  }
  checkChoice('statistics', options.statistics ?? 'movingAverage', ['movingAverage', 'population']);
  checkCount('steps', steps, 0);
  checkCount('batchSize', batchSize);
  if (network.layers[0].norm !== null) {
    checkTrainingBatch(batchSize);
  }
  if (typeof learningRate === 'number' && !Number.isFinite(learningRate)) {
    throw new RangeError(`learningRate must be a finite number, found ${learningRate}`);
  }
  if (probe !== undefined) {
    const hidden = network.layers.length - 1;
    checkOptions('probe', probe, ['layer', 'unit', 'at', 'percents', 'examples']);
    checkCount('probe.layer', probe.layer, 0);
    if (probe.layer >= hidden) {
      throw new RangeError(
        `probe.layer must be below the number of hidden layers, ${hidden}, found ${probe.layer}`,
      );
    }
    checkCount('probe.unit', probe.unit, 0);
    if (probe.unit >= network.layers[probe.layer].outputs) {
      throw new RangeError(
        `probe.unit must be below the layer's ${network.layers[probe.layer].outputs} units, found ${probe.unit}`,
      );
    }
  }
}
