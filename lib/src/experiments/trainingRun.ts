/** One training run on MNIST as a task: what most sweeps are made of. */
import type { Mnist } from '../data/mnist.js';
import { firstExamples } from '../dataset.js';
import { createNetwork, type NetworkDefinition } from '../network.js';
import { runTasks } from '../parallel/runTasks.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import { trainNetwork } from '../train.js';
import type { ProbeReading, TrainingOptions } from '../trainingOptions.js';
import { halfSize } from './blocks.js';
import type { Running } from './running.js';
import { norm } from './vectors.js';

export interface TrainingRunInput {
  definition: NetworkDefinition;
  /** What can be sent to a worker: numbers and names. */
  training: Pick<
    TrainingOptions,
    | 'steps'
    | 'batchSize'
    | 'seed'
    | 'evaluateAt'
    | 'statistics'
    | 'populationBatches'
    | 'movingAverage'
    | 'l2'
    | 'shuffling'
    | 'probe'
  > & { learningRate: number };
  /** How many test images to measure accuracy on. */
  testCount: number;
  /** Train on so many images at half resolution (196 features) instead of all at full: for the reference engine. */
  half?: number;
  /** The last layer's initial weights are multiplied by it. Left out: they stay as drawn. */
  lastScale?: number;
}

export interface TrainingRunOutput {
  /** Steps and test accuracies (0 to 1) of the evaluations. */
  steps: number[];
  accuracy: number[];
  probe: ProbeReading[];
  /** Test accuracy at the end. A run whose loss is not finite can only guess: it is given 0.1. */
  finalAccuracy: number;
  /** Mean loss of the last minibatches (ten at most), in nats; null when it was not finite. */
  finalLoss: number | null;
  /**
   * The loss became NaN or infinite, or ended half again above ln 10 = 2.30 nats, which guessing costs: worse than
   * knowing nothing.
   */
  diverged: boolean;
  /** Norm of each layer's weights at the end, the first layer first. */
  weightNorms: number[];
}

const GUESSING = Math.log(10);

export const trainingRun: Task<TrainingRunInput, TrainingRunOutput, Mnist> = {
  name: 'trainingRun',
  async run({ definition, training, testCount, half, lastScale = 1 }, { shared, signal, report }) {
    const [train, test] =
      half === undefined
        ? [shared.train, firstExamples(shared.test, testCount)]
        : [halfSize(shared.train, half), halfSize(shared.test, testCount)];
    // The weights that training would draw itself, then scaled.
    const network = createNetwork(definition, new Random(training.seed).fork('weights'));
    const { weights } = network.layers[network.layers.length - 1];
    for (let i = 0; i < weights.length; i++) weights[i] *= lastScale;
    const result = await trainNetwork(network, {
      ...training,
      train,
      test,
      signal,
      onProgress: ({ step, steps, evaluations, probe }) =>
        report(step, steps, {
          ...looked(evaluations, probe),
          ...{ finalAccuracy: evaluations.at(-1)?.accuracy ?? 0.1, finalLoss: null },
          ...{ diverged: false, weightNorms: [] },
        }),
    });
    const last = result.losses.slice(-10);
    const finalLoss = last.reduce((sum, loss) => sum + loss, 0) / last.length;
    return {
      ...looked(result.evaluations, result.probe),
      finalAccuracy: result.diverged ? 0.1 : (result.evaluations.at(-1)?.accuracy ?? 0.1),
      finalLoss: Number.isFinite(finalLoss) ? finalLoss : null,
      diverged: result.diverged || finalLoss > 1.5 * GUESSING,
      weightNorms: result.network.layers.map(({ weights }) => norm(weights)),
    };
  },
};

function looked(
  evaluations: readonly { step: number; accuracy: number }[],
  probe: readonly ProbeReading[],
): Pick<TrainingRunOutput, 'steps' | 'accuracy' | 'probe'> {
  return {
    steps: evaluations.map(({ step }) => step),
    accuracy: evaluations.map(({ accuracy }) => accuracy),
    probe: [...probe],
  };
}

/** A sweep's result: its finished runs, in the order of the plan. */
export interface Sweep<Config, Cell> {
  config: Config;
  cells: Cell[];
  /** How many runs the whole sweep has. */
  planned: number;
  /** The signal ended it early. */
  stopped: boolean;
}

/** How a sweep is run: progress, a signal, and results as they come. */
export interface SweepingRunning<Result> extends Running {
  /** Called after each run, and by some experiments in between, with all that is there: give it to a live figure. */
  onResult?: (soFar: Result) => void;
}

/**
 * Runs a plan of training runs on all cores.
 * @param inputOf the run of a cell of the plan
 * @param cellOf the cell of the result, from the plan's and the run's outcome
 * @param note what the progress says of a cell
 */
export async function sweepTraining<Config, Planned, Cell>(
  config: Config,
  plan: Planned[],
  inputOf: (planned: Planned) => TrainingRunInput,
  cellOf: (planned: Planned, output: TrainingRunOutput) => Cell,
  note: (planned: Planned) => string,
  running: SweepingRunning<Sweep<Config, Cell>>,
): Promise<Sweep<Config, Cell>> {
  const result: Sweep<Config, Cell> = { config, cells: [], planned: plan.length, stopped: false };
  const finished = new Map<number, Cell>();
  const cells = (): Cell[] => [...finished].sort(([a], [b]) => a - b).map(([, cell]) => cell);
  const { outputs, stopped } = await runTasks(trainingRun, plan.map(inputOf), sharedMnist, {
    workers: running.workers,
    signal: running.signal,
    onResult: (index, output) => {
      finished.set(index, cellOf(plan[index], output));
      result.cells = cells();
      running.onResult?.(result);
    },
    onProgress: (done, total, i) => running.onProgress?.(done, total, note(plan[i])),
  });
  result.cells = outputs.flatMap((output, i) => (output === undefined ? [] : [cellOf(plan[i], output)]));
  result.stopped = stopped;
  return result;
}
