/**
 * In which order examples come, with and without BN. With BN an example's output depends on its companions in the
 * minibatch; Ioffe and Szegedy 2015, section 4.2.1, shuffle more thoroughly, which "prevents the same examples from
 * always appearing in a mini-batch together", and gain about 1 % on ImageNet.
 */
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import { type Shuffling, shufflings } from '../shuffling.js';
import { bySize } from './size.js';
import { type Sweep, type SweepingRunning, sweepTraining } from './trainingRun.js';

/** What `shufflingSweep` can be told. */
export interface ShufflingConfig {
  /** Left out: a new order each epoch, one order for all time, class after class, one class a minibatch. */
  orders?: Shuffling[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Left out: by size. */
  seeds?: number[];
  /** m, which should divide `trainCount`: then 'once' makes the same minibatches in every epoch. Left out: 20. */
  batchSize?: number;
  /** Times that all images are seen. Left out: by size. */
  epochs?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Images to learn from, at half resolution. Left out: 1200. */
  trainCount?: number;
  /** Units in each of the two hidden layers (ReLU). Left out: by size. */
  hidden?: number;
  /** Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface ShufflingCell {
  order: Shuffling;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy at the end with population statistics, from 0 to 1. */
  accuracy: number;
  /** Mean loss of the last ten minibatches, in nats; null when it was not finite. */
  finalLoss: number | null;
  diverged: boolean;
}

/** What `shufflingSweep` gives back. */
export type ShufflingResult = Sweep<Required<ShufflingConfig>, ShufflingCell>;

/**
 * Trains 196-h-h-10 on few images of MNIST at half resolution, which come in different orders.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { orders: ['once' as const], seeds: [1], epochs: 1, batchSize: 10, trainCount: 40, hidden: 4 };
 * const { stopped } = await shufflingSweep({ ...config, testCount: 20 }, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function shufflingSweep(
  config: ShufflingConfig = {},
  running: SweepingRunning<ShufflingResult> = {},
): Promise<ShufflingResult> {
  checkOptions('shufflingSweep', config, [
    ...['orders', 'batchNorm', 'seeds', 'batchSize', 'epochs', 'learningRate', 'trainCount', 'hidden'],
    'testCount',
  ]);
  const {
    orders = ['eachEpoch', 'once', 'byClass', 'sameClass'],
    batchNorm = [true, false],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }),
    batchSize = 20,
    epochs = bySize({ small: 8, lecture: 8, full: 30 }),
    learningRate = 0.1,
    trainCount = 1200,
    hidden = bySize({ small: 16, lecture: 32, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const order of orders) checkChoice('orders', order, shufflings);
  checkCount('batchSize', batchSize, batchNorm.includes(true) ? 2 : 1);
  checkCount('epochs', epochs);
  checkPositive('learningRate', learningRate);
  checkCount('trainCount', trainCount, batchSize);
  checkCount('hidden', hidden);
  checkCount('the number of runs', orders.length * batchNorm.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    orders.flatMap((order) => batchNorm.map((bn) => ({ order, batchNorm: bn, seed }))),
  );
  const steps = Math.max(1, Math.floor((epochs * trainCount) / batchSize));
  return sweepTraining(
    { orders, batchNorm, seeds, batchSize, epochs, learningRate, trainCount, hidden, testCount },
    plan,
    ({ order, batchNorm: bn, seed }) => ({
      definition: {
        ...{ sizes: [196, hidden, hidden, 10], activation: 'relu', batchNorm: bn, initial: { kind: 'he' } },
      },
      training: {
        ...{ steps, batchSize, learningRate, seed, shuffling: order },
        ...{ statistics: 'population', populationBatches: Math.ceil(1200 / batchSize) },
      },
      testCount,
      half: trainCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged },
    }),
    ({ order, batchNorm: bn }) => `${order}, ${bn ? 'with' : 'without'} BN`,
    running,
  );
}
