/**
 * Ghost batches (Hoffer, Hubara and Soudry 2017, arXiv 1705.08741): a large minibatch for the step, small groups of it
 * for BN's statistics, so that the noise of the statistics can be set by itself.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import {
  ActivationBlock,
  BatchNormBlock,
  blockNetwork,
  blocksAccuracy,
  halfSize,
  trainBlocks,
} from './blocks.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import type { Sweep, SweepingRunning } from './trainingRun.js';
import { meanOf } from './vectors.js';

/** What `ghostSweep` can be told. */
export interface GhostConfig {
  /** Examples in each ghost batch; each divides m. Left out: by size. */
  ghostSizes?: number[];
  /** Examples of a step. Left out: by size. */
  m?: number;
  /** Left out: by size. */
  seeds?: number[];
  /** Left out: by size. */
  steps?: number;
  /** Left out: 0.5. */
  learningRate?: number;
  /** Images to learn from, at half resolution: few, so that there is something to overfit. Left out: 2000. */
  trainCount?: number;
  /** Units in each of the two hidden layers (ReLU). Left out: by size. */
  hidden?: number;
}

/** One training run. */
export interface GhostCell {
  ghost: number;
  seed: number;
  /** Test accuracy at the end with the moving averages, from 0 to 1. */
  accuracy: number;
  /** Mean loss of the last ten minibatches, in nats; null when it was not finite. */
  finalLoss: number | null;
  diverged: boolean;
}

export type GhostResult = Sweep<Required<GhostConfig>, GhostCell>;

/**
 * Trains 196-h-h-10 on MNIST at half resolution with the same minibatches and ghost batches of different size.
 * Reference code, float64, on all cores.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { ghostSizes: [2, 4], m: 8, seeds: [1], steps: 3, trainCount: 20, hidden: 4 };
 * const { stopped } = await ghostSweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function ghostSweep(
  config: GhostConfig = {},
  running: SweepingRunning<GhostResult> = {},
): Promise<GhostResult> {
  checkOptions('ghostSweep', config, [
    ...['ghostSizes', 'm', 'seeds', 'steps', 'learningRate', 'trainCount', 'hidden'],
  ]);
  const {
    ghostSizes = bySize({
      small: [2, 8, 64],
      lecture: [2, 4, 8, 16, 32, 128],
      full: [2, 4, 8, 16, 32, 64, 128, 256],
    }),
    m = bySize({ small: 64, lecture: 128, full: 256 }),
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 40, lecture: 60, full: 1000 }),
    learningRate = 0.5,
    trainCount = 2000,
    hidden = bySize({ small: 16, lecture: 32, full: 64 }),
  } = config;
  checkCount('m', m, 2);
  checkCount('trainCount', trainCount, m);
  for (const ghost of ghostSizes) {
    checkCount('ghostSizes', ghost, 2);
    if (m % ghost !== 0) throw new RangeError(`ghostSizes must divide m = ${m}, found ${ghost}`);
  }
  checkCount('steps', steps);
  checkCount('hidden', hidden);
  checkPositive('learningRate', learningRate);
  checkCount('the number of runs', ghostSizes.length * seeds.length);
  const all = { ghostSizes, m, seeds, steps, learningRate, trainCount, hidden };
  const plan = seeds.flatMap((seed) =>
    ghostSizes.map((ghost) => ({ ghost, seed, m, steps, learningRate, trainCount, hidden })),
  );
  const result: GhostResult = { config: all, cells: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.cells): void => {
    result.cells = finished;
  };
  return runPlan(
    ghostRun,
    plan,
    sharedMnist,
    result,
    running,
    put,
    (input) => `ghost batches of ${input.ghost}`,
  );
}

interface GhostInput {
  ghost: number;
  seed: number;
  m: number;
  steps: number;
  learningRate: number;
  trainCount: number;
  hidden: number;
}

export const ghostRun: Task<GhostInput, GhostCell, Mnist> = {
  name: 'ghostSweep',
  async run({ ghost, seed, m, steps, learningRate, trainCount, hidden }, { shared, signal, report }) {
    const random = new Random(seed);
    const train = halfSize(shared.train, trainCount);
    const { blocks } = blockNetwork(
      [train.features, hidden, hidden, train.classes],
      { kind: 'he' },
      (d) => [new BatchNormBlock(d, { ghost }), new ActivationBlock('relu')],
      random,
    );
    const losses: number[] = [];
    await trainBlocks({
      ...{ blocks, train, m, steps, learningRate, random: random.fork('shuffle'), signal },
      each: (step, loss) => {
        losses.push(loss);
        report(step, steps);
      },
    });
    const finalLoss = meanOf(losses.slice(-10));
    const diverged = !(finalLoss <= 1.5 * Math.log(10));
    return {
      ...{ ghost, seed, finalLoss: Number.isFinite(finalLoss) ? finalLoss : null, diverged },
      accuracy: Number.isFinite(finalLoss) ? blocksAccuracy(blocks, halfSize(shared.test, 2000)) : 0.1,
    };
  },
};
