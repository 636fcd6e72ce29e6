/**
 * How large a learning rate does a network stand? (The claim of Ioffe and Szegedy 2015, section 3.3.)
 * One short training run for each learning rate, activation, seed, with and without BN.
 */
import type { ActivationName } from '../activations.js';
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { firstExamples } from '../dataset.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { trainNetwork } from '../train.js';
import type { Running } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';

export type SweepActivation = Extract<ActivationName, 'sigmoid' | 'relu'>;

/** What `learningRateSweep` can be told. */
export interface SweepConfig {
  /** Left out: 0.001 to 30, about three to a power of ten. */
  learningRates?: number[];
  /** Left out: sigmoid and ReLU. */
  activations?: SweepActivation[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Left out: 1, 2, 3. */
  seeds?: number[];
  /** Minibatches of 60 for each run. Left out: by size. */
  steps?: number;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface SweepCell {
  learningRate: number;
  activation: SweepActivation;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy at the end, from 0 to 1. A run whose loss is NaN can only guess: it is given 0.1. */
  accuracy: number;
  /** Mean loss of the last minibatches (ten at most), in nats; null when it was not finite. */
  finalLoss: number | null;
  /**
   * The loss became NaN or infinite, or ended half again above ln 10 = 2.30 nats, which guessing costs:
   * worse than knowing nothing.
   */
  diverged: boolean;
}

/** What `learningRateSweep` gives back. */
export interface SweepResult {
  config: Required<SweepConfig>;
  /** The finished runs. */
  cells: SweepCell[];
  /** How many runs the whole sweep has. */
  planned: number;
  /** The signal ended it early. */
  stopped: boolean;
}

/** How `learningRateSweep` is run: progress, a signal, and results as they come. */
export interface SweepRunning extends Running {
  /** Called after each run with all that is finished: give it to a live figure. */
  onResult?: (soFar: SweepResult) => void;
}

/** The learning rates of the sweep unless others are given, about three to a power of ten. */
export const sweepLearningRates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
const GUESSING = Math.log(10);

/**
 * Runs the sweep, on all cores. All runs of one seed see the same minibatches, and those of one activation start from
 * the same weights (Xavier's for sigmoid, He's for ReLU), so two points of a panel differ only in what its axis and
 * its legend say.
 *
 * @returns all finished runs, in the order of the plan; after an abort, those finished until then
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const small = { learningRates: [0.1, 1], seeds: [1], steps: 5, hidden: 8, testCount: 100 };
 * const { cells } = await learningRateSweep(small, { workers: 0 });
 * console.log(cells.length); // prints 8
 */
export async function learningRateSweep(
  config: SweepConfig = {},
  running: SweepRunning = {},
): Promise<SweepResult> {
  const all = completeSweep(config);
  const plan = planSweep(all);
  const result: SweepResult = { config: all, cells: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.cells): void => {
    result.cells = finished;
  };
  return runPlan(
    sweepRun,
    plan,
    sharedMnist,
    result,
    running,
    put,
    (input) => `${input.activation}, lr ${input.learningRate}`,
  );
}

interface SweepRunInput extends Pick<SweepCell, 'learningRate' | 'activation' | 'batchNorm' | 'seed'> {
  hidden: number;
  steps: number;
  testCount: number;
}

/** One training run. */
export const sweepRun: Task<SweepRunInput, SweepCell, Mnist> = {
  name: 'learningRateSweep',
  async run({ hidden, steps, testCount, ...cell }, { shared, signal }) {
    const { learningRate, activation, batchNorm, seed } = cell;
    const run = await trainNetwork(
      {
        sizes: [784, hidden, hidden, hidden, 10],
        activation,
        batchNorm,
        initial: { kind: activation === 'relu' ? 'he' : 'xavier' },
      },
      {
        train: shared.train,
        test: firstExamples(shared.test, testCount),
        steps,
        learningRate,
        seed,
        statistics: 'population',
        populationBatches: 20,
        signal,
      },
    );
    const last = run.losses.slice(-10);
    const finalLoss = last.reduce((sum, loss) => sum + loss, 0) / last.length;
    return {
      ...cell,
      accuracy: run.evaluations.at(-1)?.accuracy ?? 0.1,
      finalLoss: Number.isFinite(finalLoss) ? finalLoss : null,
      diverged: run.diverged || finalLoss > 1.5 * GUESSING,
    };
  },
};

function completeSweep(config: SweepConfig): Required<SweepConfig> {
  checkOptions('learningRateSweep', config, [
    ...['learningRates', 'activations', 'batchNorm', 'seeds', 'steps', 'hidden', 'testCount'],
  ]);
  const {
    learningRates = bySize({
      small: [0.01, 0.1, 1, 3, 10],
      lecture: sweepLearningRates,
      full: sweepLearningRates,
    }),
    activations = ['sigmoid', 'relu'],
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 120, lecture: 300, full: 3000 }),
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount(
    'the number of runs',
    learningRates.length * activations.length * batchNorm.length * seeds.length,
  );
  checkCount('steps', steps);
  return { learningRates, activations, batchNorm, seeds, steps, hidden, testCount };
}

/** The runs in an order that fills the figure evenly: every curve gets its first seed before any its second. */
function planSweep({
  seeds,
  activations,
  learningRates,
  batchNorm,
  ...rest
}: Required<SweepConfig>): SweepRunInput[] {
  const { hidden, steps, testCount } = rest;
  return seeds.flatMap((seed) =>
    learningRates.flatMap((learningRate) =>
      activations.flatMap((activation) =>
        batchNorm.map((bn) => ({ learningRate, activation, batchNorm: bn, seed, hidden, steps, testCount })),
      ),
    ),
  );
}
