/** What the training loop takes and gives, and the checks before its first step. */
import { checkChoice, checkCount, checkOptions } from './check.js';
import type { Dataset } from './dataset.js';
import type { EngineName } from './engine.js';
import { checkFits } from './evaluate.js';
import type { L2 } from './l2.js';
import type { MovingAverageOptions } from './movingAverage.js';
import { activationsOf, type Network } from './network.js';
import { keepsAverages } from './normalisation.js';
import type { Optimiser } from './optimiser.js';
import { checkProbes, type ProbeReadings, type Probes } from './probes.js';
import { type Shuffling, shufflings } from './shuffling.js';
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

/** How far a training run has come. */
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
  /** The engine that trains. */
  readonly engine: EngineName;
  /** The evaluations made until now. */
  readonly evaluations: readonly Evaluation[];
  /** What `probe` has read until now. */
  readonly probe: readonly ProbeReading[];
}

/** What to train on, for how long, and how. */
export interface TrainingOptions {
  /** The examples to learn from. */
  train: Dataset;
  /** The examples to measure accuracy on. */
  test?: Dataset;
  /** Number of minibatches to learn from. */
  steps: number;
  /** m. Left out: 60, as in the paper's section 4.1. */
  batchSize?: number;
  /** One rate, or a rate for each step (counted from 1), as `stepDecay` and `exponentialDecay` make. */
  learningRate: number | ((step: number) => number);
  /** Left out: SGD without momentum. */
  optimiser?: Optimiser;
  /** L2, and which parameters it and the optimiser's decay act on. `losses` are without its term. Left out: 0. */
  l2?: L2;
  /** Minibatches whose gradients are averaged for one step, each with BN statistics of its own. Left out: 1. */
  accumulate?: number;
  /** The order in which examples come. Left out: `'eachEpoch'`. */
  shuffling?: Shuffling;
  /** Seeds the initial weights and the order of the examples. */
  seed: number | string;
  /**
   * Left out: `'simd'` where it can do what is asked, else `'reference'`; the result says which, and why. The
   * SIMD engine asked for by name raises a RangeError where it cannot.
   */
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
  /** More to look at while training runs: `Probes` says what, and what it costs. Left out: nothing, at no cost. */
  probes?: Probes;
  /** Called now and then while training runs, and at its end. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Ends training early; what was reached so far is returned. */
  signal?: AbortSignal;
}

/** How well the network did at one step of its training. */
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

/** Percentiles of one unit at one step of the training. */
export interface ProbeReading {
  readonly step: number;
  /** One number for each of the probe's percents. */
  readonly values: readonly number[];
}

/** What a training run gives back, also when it was aborted or diverged. */
export interface TrainingResult {
  /** The trained network, ready for inference. */
  readonly network: Network;
  /** Steps done. */
  readonly steps: number;
  /** Minibatch loss at each step done. */
  readonly losses: Float64Array;
  readonly evaluations: readonly Evaluation[];
  readonly probe: readonly ProbeReading[];
  /** What the probes have read; null when there were none. */
  readonly probes: ProbeReadings | null;
  /** The signal ended training early. */
  readonly aborted: boolean;
  /** The loss, of a minibatch or of the test set, became NaN or infinite; training ended there. */
  readonly diverged: boolean;
  /** The step (counted from 1) whose loss was not finite. */
  readonly divergedAt: number | null;
  /** Seconds of training, evaluations not counted. */
  readonly seconds: number;
  /** The engine that trained. */
  readonly engine: EngineName;
  /** One sentence when the reference engine stood in for the SIMD engine, which could not; null otherwise. */
  readonly engineReason: string | null;
}

const OPTION_NAMES = [
  ...['train', 'test', 'steps', 'batchSize', 'learningRate', 'seed', 'engine', 'evaluateAt', 'statistics'],
  ...['movingAverage', 'populationBatches', 'probe', 'onProgress', 'signal'],
  ...['optimiser', 'l2', 'accumulate', 'shuffling', 'probes'],
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
  checkBatchSize(network, batchSize);
  checkChoice('shuffling', options.shuffling ?? 'eachEpoch', shufflings);
  if (typeof learningRate === 'number' && !Number.isFinite(learningRate)) {
    throw new RangeError(`learningRate must be a finite number, found ${learningRate}`);
  }
  if (options.probes !== undefined) {
    checkProbes(network, options.probes);
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
    const units = activationsOf(network.layers[probe.layer]);
    if (probe.unit >= units) {
      throw new RangeError(`probe.unit must be below the layer's ${units} units, found ${probe.unit}`);
    }
  }
}

/** A minibatch must give every normalisation something to compute statistics over. */
function checkBatchSize(network: Network, batchSize: number): void {
  for (const [index, { conv, norm }] of network.layers.entries()) {
    const normalisation = network.definition.hidden.at(index)?.normalisation;
    if (norm === null || normalisation === undefined) {
      continue;
    }
    if (keepsAverages(normalisation) && !conv) {
      checkTrainingBatch(batchSize);
    }
    if (normalisation.kind === 'ghost' && batchSize % normalisation.size !== 0) {
      throw new RangeError(
        `batchSize must be a multiple of the ghost batches' size = ${normalisation.size}, found ${batchSize}`,
      );
    }
  }
}
