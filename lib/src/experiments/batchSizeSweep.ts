/** Accuracy against the minibatch size m, when every run sees the same number of examples. */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { SweepActivation } from './learningRateSweep.js';
import { bySize } from './size.js';
import { type Sweep, type SweepingRunning, sweepTraining } from './trainingRun.js';

/** What `batchSizeSweep` can be told. */
export interface BatchSizeConfig {
  /** Left out: by size, powers of two from 2. */
  batchSizes?: number[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Left out: by size. */
  seeds?: number[];
  /** Examples that each run sees: steps are this divided by m. Left out: by size. */
  examples?: number;
  /** Left out: 0.1, the same for all m. */
  learningRate?: number;
  /** Left out: ReLU. */
  activation?: SweepActivation;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface BatchSizeCell {
  m: number;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy at the end, from 0 to 1. */
  accuracy: number;
  finalLoss: number | null;
  diverged: boolean;
}

/** What `batchSizeSweep` gives back. */
export type BatchSizeResult = Sweep<Required<BatchSizeConfig>, BatchSizeCell>;

/**
 * Trains 784-h-h-h-10 on MNIST with minibatches of different size, for the same number of examples.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], hidden: 4, testCount: 20, batchSizes: [2, 4], examples: 8 };
 * const { stopped } = await batchSizeSweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function batchSizeSweep(
  config: BatchSizeConfig = {},
  running: SweepingRunning<BatchSizeResult> = {},
): Promise<BatchSizeResult> {
  checkOptions('batchSizeSweep', config, [
    ...['batchSizes', 'batchNorm', 'seeds', 'examples', 'learningRate', 'activation', 'hidden', 'testCount'],
  ]);
  const {
    batchSizes = bySize({
      small: [2, 8, 64],
      lecture: [2, 4, 8, 16, 32, 64, 128, 256],
      full: [2, 3, 4, 6, 8, 16, 32, 64, 128, 256, 512],
    }),
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    examples = bySize({ small: 6000, lecture: 18_000, full: 60_000 }),
    learningRate = 0.1,
    activation = 'relu',
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const m of batchSizes) {
    checkCount('batchSizes', m, batchNorm.includes(true) ? 2 : 1);
    checkCount(`examples (of which m = ${m} makes a step)`, examples, m);
  }
  checkPositive('learningRate', learningRate);
  checkCount('the number of runs', batchSizes.length * batchNorm.length * seeds.length);
  checkCount('hidden', hidden);
  const plan = seeds.flatMap((seed) =>
    batchSizes.flatMap((m) => batchNorm.map((bn) => ({ m, batchNorm: bn, seed }))),
  );
  return sweepTraining(
    { batchSizes, batchNorm, seeds, examples, learningRate, activation, hidden, testCount },
    plan,
    ({ m, batchNorm: bn, seed }) => ({
      definition: {
        sizes: [784, hidden, hidden, hidden, 10],
        activation,
        batchNorm: bn,
        initial: { kind: activation === 'relu' ? 'he' : 'xavier' },
      },
      training: {
        steps: Math.floor(examples / m),
        ...{ batchSize: m, learningRate, seed, statistics: 'population' },
        // The same number of examples for the exact averages too.
        populationBatches: Math.ceil(1200 / m),
      },
      testCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged },
    }),
    ({ m }) => `m = ${m}`,
    running,
  );
}
