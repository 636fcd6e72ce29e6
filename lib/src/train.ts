/** The training loop: SGD on minibatches, with evaluations, percentiles, progress and Stop. */
import { checkChoice, checkCount, checkOptions } from './check.js';
import { type Dataset, MinibatchOrder } from './dataset.js';
import { createEngine, type Engine, type EngineName } from './engine.js';
import { activationPercentiles, checkFits, evaluateWith, networkPopulationStatistics } from './evaluate.js';
import { type MovingAverageOptions, newWeightOf } from './movingAverage.js';
import { createNetwork, type Network, type NetworkDefinition } from './network.js';
import { Random } from './random.js';
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

/** How long to compute before timers, messages and a Stop get their turn, in milliseconds. */
const TURN = 20;
/** How often progress is reported, in milliseconds. */
const REPORT_EVERY = 100;

/**
 * Trains a network by SGD.
 *
 * @param start a definition (weights are drawn from the seed), or a network to go on from (left unchanged)
 * @returns what was reached, also after an abort or a divergence; neither of the two is thrown
 * @throws RangeError or TypeError for options that cannot work, before training starts
 *
 * @example
 * const { train, test } = loadMnist();
 * const result = await trainNetwork(
 *   { sizes: [784, 100, 100, 100, 10], activation: 'sigmoid', batchNorm: true },
 *   { train, test, steps: 300, learningRate: 0.5, seed: 1 },
 * );
 * console.log(result.evaluations[0].accuracy > 0.8); // prints true
 */
export async function trainNetwork(
  start: NetworkDefinition | Network,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const random = new Random(options.seed);
  const initial = 'layers' in start ? start : createNetwork(start, random.fork('weights'));
  checkTrainingOptions(initial, options);
  const run = new TrainingRun(initial, options, random);
  return run.finish();
}

/** The state of one training run. */
class TrainingRun {
  private readonly engine: Engine;
  private readonly order: MinibatchOrder;
  private readonly rate: (step: number) => number;
  private readonly losses: number[] = [];
  private readonly evaluations: Evaluation[] = [];
  private readonly readings: ProbeReading[] = [];
  private readonly evaluateAt: ReadonlySet<number>;
  private readonly probeAt: ReadonlySet<number>;
  private milliseconds = 0;
  private divergedAt: number | null = null;

  constructor(
    network: Network,
    private readonly options: TrainingOptions,
    private readonly random: Random,
  ) {
    const { learningRate, movingAverage, train, batchSize } = options;
    this.engine = createEngine(
      options.engine ?? 'simd',
      network,
      newWeightOf(movingAverage ?? { newWeight: 0.1 }),
    );
    this.order = new MinibatchOrder(train.count, batchSize ?? 60, random.fork('shuffle'));
    this.rate = typeof learningRate === 'number' ? () => learningRate : learningRate;
    this.evaluateAt = new Set(options.test === undefined ? [] : (options.evaluateAt ?? [options.steps]));
    this.probeAt = new Set(options.probe?.at ?? []);
  }

  /** Runs all steps, with a turn for the rest of the program every few milliseconds. */
  async finish(): Promise<TrainingResult> {
    const { steps, signal } = this.options;
    let turnStart = performance.now();
    let lastReport = turnStart;
    this.look(0);
    for (let step = 1; step <= steps && !signal?.aborted && this.divergedAt === null; step++) {
      this.step(step);
      if (this.divergedAt === null) {
        this.look(step);
      }
      const now = performance.now();
      if (now - turnStart >= TURN) {
        if (now - lastReport >= REPORT_EVERY && step < steps) {
          this.report();
          lastReport = now;
        }
        await new Promise((resolve) => setImmediate(resolve));
        turnStart = performance.now();
      }
    }
    this.report();
    return this.result();
  }

  /** One minibatch. */
  private step(step: number): void {
    const start = performance.now();
    const loss = this.engine.stepOn(this.options.train, this.order.draw(), this.rate(step));
    this.losses.push(loss);
    if (!Number.isFinite(loss)) {
      this.divergedAt = step;
    }
    this.milliseconds += performance.now() - start;
  }

  /** Evaluation and probe, where they were asked for. */
  private look(step: number): void {
    const { test, train, probe } = this.options;
    if (test !== undefined && this.evaluateAt.has(step)) {
      this.useStatistics(step);
      const evaluation = evaluateWith(this.engine, test);
      if (!Number.isFinite(evaluation.loss)) {
        this.divergedAt = step; // the latest update did it: the next loss would have shown it
        return;
      }
      this.evaluations.push({ step, ...evaluation, seconds: this.milliseconds / 1000 });
    }
    if (probe !== undefined && this.probeAt.has(step)) {
      const { layer, unit, percents = [15, 50, 85], examples = 500 } = probe;
      const values = activationPercentiles(this.engine, train, layer, unit, percents, examples);
      this.readings.push({ step, values });
    }
  }

  /** Puts exact population statistics into the network when they were asked for. */
  private useStatistics(step: number): void {
    const { statistics, train, batchSize = 60, populationBatches = 100 } = this.options;
    if (statistics === 'population' && this.engine.network().layers[0].norm !== null) {
      const random = this.random.fork(`population ${step}`);
      this.engine.setStatistics(
        networkPopulationStatistics(this.engine, train, batchSize, populationBatches, random),
      );
    }
  }

  private report(): void {
    this.options.onProgress?.({
      step: this.losses.length,
      steps: this.options.steps,
      loss: this.losses.at(-1) ?? Number.NaN,
      accuracy: this.evaluations.at(-1)?.accuracy,
      seconds: this.milliseconds / 1000,
    });
  }

  private result(): TrainingResult {
    const done = this.losses.length;
    if (this.divergedAt === null) {
      this.useStatistics(done);
    }
    return {
      network: this.engine.network(),
      steps: done,
      losses: Float64Array.from(this.losses),
      evaluations: this.evaluations,
      probe: this.readings,
      aborted: done < this.options.steps && this.divergedAt === null,
      diverged: this.divergedAt !== null,
      divergedAt: this.divergedAt,
      seconds: this.milliseconds / 1000,
    };
  }
}

/** Everything that can be wrong is said before the first step. */
function checkTrainingOptions(network: Network, options: TrainingOptions): void {
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
