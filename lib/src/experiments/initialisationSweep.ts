/**
 * How much does the spread of the initial weights matter? BN does not notice the scale of the weights of the layers it
 * follows (Ioffe and Szegedy 2015, section 3.3), but the last layer has no BN, epsilon does notice small weights, and a
 * gradient of 1/a is not none.
 */
import { checkCount, checkEpsilon, checkOptions, checkPositive } from '../check.js';
import { DEFAULT_EPSILON } from '../transform.js';
import type { SweepActivation } from './learningRateSweep.js';
import { bySize } from './size.js';
import { type Sweep, type SweepingRunning, sweepTraining } from './trainingRun.js';

/** What `initialisationSweep` can be told. */
export interface InitialisationConfig {
  /** Standard deviations of all initial weights. Left out: 0.0001 to 5, about two to a power of ten. */
  stds?: number[];
  /** Left out: sigmoid and ReLU. */
  activations?: SweepActivation[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Left out: by size. */
  seeds?: number[];
  /** Of the last layer's weights, which have no BN after them, alone. Null or left out: the same as all others. */
  lastStd?: number | null;
  /** Added to BN's variances, inside the root. Left out: 1e-5. */
  epsilon?: number;
  /** Minibatches of 60 for each run. Left out: by size. */
  steps?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface InitialisationCell {
  std: number;
  activation: SweepActivation;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy at the end, from 0 to 1. */
  accuracy: number;
  /** Mean loss of the last ten minibatches, in nats; null when it was not finite. */
  finalLoss: number | null;
  diverged: boolean;
}

/** What `initialisationSweep` gives back. */
export type InitialisationResult = Sweep<Required<InitialisationConfig>, InitialisationCell>;

/** The standard deviations of the sweep unless others are given. */
export const sweepStds = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 5];

/**
 * Trains 784-h-h-h-10 on MNIST from weights of different spread, all layers alike. SGD, population statistics.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 4, hidden: 4, testCount: 20, stds: [0.1, 1] };
 * const { stopped } = await initialisationSweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function initialisationSweep(
  config: InitialisationConfig = {},
  running: SweepingRunning<InitialisationResult> = {},
): Promise<InitialisationResult> {
  checkOptions('initialisationSweep', config, [
    ...['stds', 'activations', 'batchNorm', 'seeds', 'steps', 'learningRate', 'hidden', 'testCount'],
    ...['lastStd', 'epsilon'],
  ]);
  const {
    stds = bySize({ small: [1e-4, 0.03, 5], lecture: sweepStds, full: sweepStds }),
    activations = ['sigmoid', 'relu'],
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 120, lecture: 300, full: 3000 }),
    learningRate = 0.1,
    lastStd = null,
    epsilon = DEFAULT_EPSILON,
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const std of stds) checkPositive('stds', std);
  if (lastStd !== null) checkPositive('lastStd', lastStd);
  checkEpsilon(epsilon);
  checkPositive('learningRate', learningRate);
  checkCount('the number of runs', stds.length * activations.length * batchNorm.length * seeds.length);
  checkCount('steps', steps);
  checkCount('hidden', hidden);
  const plan = seeds.flatMap((seed) =>
    stds.flatMap((std) =>
      activations.flatMap((activation) => batchNorm.map((bn) => ({ std, activation, batchNorm: bn, seed }))),
    ),
  );
  return sweepTraining(
    { stds, activations, batchNorm, seeds, steps, learningRate, hidden, testCount, lastStd, epsilon },
    plan,
    ({ std, activation, batchNorm: bn, seed }) => ({
      definition: {
        sizes: [784, hidden, hidden, hidden, 10],
        activation,
        batchNorm: bn,
        initial: { kind: 'normal', std },
        epsilon,
      },
      ...(lastStd === null ? {} : { lastScale: lastStd / std }),
      training: { steps, learningRate, seed, statistics: 'population', populationBatches: 20 },
      testCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged },
    }),
    ({ activation, std }) => `${activation}, std ${std}`,
    running,
  );
}
