/**
 * BN beside other regularisation: dropout with and without BN (Ioffe and Szegedy 2015, section 4.2.1: "dropout can be
 * either removed or reduced in strength"), and L2, which under BN only changes the effective learning rate (van Laarhoven
 * 2017, arXiv 1706.05350).
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { checkDropoutRate } from '../dropout.js';
import { completeL2 } from '../l2.js';
import { bySize } from './size.js';
import { type Sweep, type SweepingRunning, sweepTraining } from './trainingRun.js';

/** What `dropoutSweep` can be told. */
export interface DropoutConfig {
  /** Shares of units set to 0. Left out: 0, 0.1, 0.25, 0.5. */
  rates?: number[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60. Left out: by size. */
  steps?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Images to learn from, at half resolution: few, so that there is something to overfit. Left out: by size. */
  trainCount?: number;
  /** Units in each of the two hidden layers (ReLU). Left out: by size. */
  hidden?: number;
  /** Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface DropoutCell {
  rate: number;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy at the end, from 0 to 1. */
  accuracy: number;
  /** Mean loss of the last ten minibatches, in nats, with dropout at work; null when it was not finite. */
  finalLoss: number | null;
  diverged: boolean;
}

/** What `dropoutSweep` gives back. */
export type DropoutResult = Sweep<Required<DropoutConfig>, DropoutCell>;

/**
 * Trains 196-h-h-10 on few images of MNIST at half resolution with dropout at the end of each hidden layer.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 4, trainCount: 60, hidden: 4, testCount: 20, rates: [0, 0.5] };
 * const { stopped } = await dropoutSweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function dropoutSweep(
  config: DropoutConfig = {},
  running: SweepingRunning<DropoutResult> = {},
): Promise<DropoutResult> {
  checkOptions('dropoutSweep', config, [
    ...['rates', 'batchNorm', 'seeds', 'steps', 'learningRate', 'trainCount', 'hidden', 'testCount'],
  ]);
  const {
    rates = bySize({ small: [0, 0.5], lecture: [0, 0.1, 0.25, 0.5], full: [0, 0.1, 0.25, 0.5, 0.75] }),
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 100, lecture: 600, full: 3000 }),
    learningRate = 0.1,
    trainCount = bySize({ small: 500, lecture: 500, full: 1000 }),
    hidden = bySize({ small: 16, lecture: 32, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const rate of rates) checkDropoutRate('rates', rate);
  checkPositive('learningRate', learningRate);
  checkCount('steps', steps);
  checkCount('trainCount', trainCount, 60);
  checkCount('hidden', hidden);
  checkCount('the number of runs', rates.length * batchNorm.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    rates.flatMap((rate) => batchNorm.map((bn) => ({ rate, batchNorm: bn, seed }))),
  );
  return sweepTraining(
    { rates, batchNorm, seeds, steps, learningRate, trainCount, hidden, testCount },
    plan,
    ({ rate, batchNorm: bn, seed }) => ({
      definition: {
        ...{ sizes: [196, hidden, hidden, 10], activation: 'relu', batchNorm: bn, initial: { kind: 'he' } },
        dropout: rate,
      },
      training: { steps, learningRate, seed },
      testCount,
      half: trainCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged },
    }),
    ({ rate, batchNorm: bn }) => `rate ${rate}, ${bn ? 'with' : 'without'} BN`,
    running,
  );
}

/** What `l2Sweep` can be told. */
export interface L2Config extends Omit<DropoutConfig, 'rates'> {
  /** Strengths lambda. Left out: 0 and 0.0001 to 0.1. */
  lambdas?: number[];
}

/** One training run. */
export interface L2Cell extends Omit<DropoutCell, 'rate'> {
  lambda: number;
  /** Norm of the first layer's weights at the end. */
  weightNorm: number;
  /** Learning rate over the square of that norm: the rate that counts where BN makes the weights' length void. */
  effectiveRate: number;
}

/** What `l2Sweep` gives back. */
export type L2Result = Sweep<Required<L2Config>, L2Cell>;

/**
 * Trains 196-h-h-10 on few images of MNIST at half resolution with L2 on the weights.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 4, trainCount: 60, hidden: 4, testCount: 20, lambdas: [0, 0.1] };
 * const { stopped } = await l2Sweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function l2Sweep(
  config: L2Config = {},
  running: SweepingRunning<L2Result> = {},
): Promise<L2Result> {
  checkOptions('l2Sweep', config, [
    ...['lambdas', 'batchNorm', 'seeds', 'steps', 'learningRate', 'trainCount', 'hidden', 'testCount'],
  ]);
  const {
    lambdas = bySize({
      small: [0, 0.03],
      lecture: [0, 0.003, 0.01, 0.03, 0.1],
      full: [0, 1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    }),
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 100, lecture: 600, full: 3000 }),
    learningRate = 0.1,
    trainCount = bySize({ small: 500, lecture: 500, full: 1000 }),
    hidden = bySize({ small: 16, lecture: 32, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const lambda of lambdas) completeL2(lambda);
  checkPositive('learningRate', learningRate);
  checkCount('steps', steps);
  checkCount('trainCount', trainCount, 60);
  checkCount('hidden', hidden);
  checkCount('the number of runs', lambdas.length * batchNorm.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    lambdas.flatMap((lambda) => batchNorm.map((bn) => ({ lambda, batchNorm: bn, seed }))),
  );
  return sweepTraining(
    { lambdas, batchNorm, seeds, steps, learningRate, trainCount, hidden, testCount },
    plan,
    ({ lambda, batchNorm: bn, seed }) => ({
      definition: {
        ...{ sizes: [196, hidden, hidden, 10], activation: 'relu', batchNorm: bn, initial: { kind: 'he' } },
      },
      training: { steps, learningRate, seed, l2: lambda },
      testCount,
      half: trainCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged, weightNorms }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged, weightNorm: weightNorms[0] },
      effectiveRate: learningRate / weightNorms[0] ** 2,
    }),
    ({ lambda, batchNorm: bn }) => `lambda ${lambda}, ${bn ? 'with' : 'without'} BN`,
    running,
  );
}
