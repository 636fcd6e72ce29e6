/** What training does when the gradient through the mean or the variance is left out. */
import { leftOut as paths } from '../backward.js';
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
import { type LeftOut, leftOutTerms } from './gradientCheck.js';
import type { Running } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import { meanOf, norm } from './vectors.js';

/** What `leftOutTraining` can be told. */
export interface LeftOutTrainingConfig {
  /** Left out: nothing, the mean's, the variance's, both. */
  leftOut?: LeftOut[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60. Left out: by size. */
  steps?: number;
  /** Left out: 0.5. */
  learningRate?: number;
  /** Units in each of the two hidden layers. Left out: by size. */
  hidden?: number;
}

/** One training run. Lists have one number for each look. */
export interface LeftOutRun {
  leftOut: LeftOut;
  seed: number;
  /** After which steps it was looked. */
  steps: number[];
  /** Mean minibatch loss since the last look, in nats; null when it was not finite. */
  loss: (number | null)[];
  /** Norm of the first layer's weights, over the norm at the start. */
  weights: number[];
  /** Norm of the first layer's bias, which BN cancels: its true gradient is 0. */
  bias: number[];
  /** Test accuracy at the end with the moving averages, from 0 to 1. */
  accuracy: number;
  /** The same with the test set's own statistics: apart from it where the moving averages lag behind. */
  batchAccuracy: number;
}

/** What `leftOutTraining` gives back. */
export interface LeftOutTrainingResult {
  config: Required<LeftOutTrainingConfig>;
  runs: LeftOutRun[];
  planned: number;
  stopped: boolean;
}

/** How `leftOutTraining` is run: progress, a signal, and results as they come. */
export interface LeftOutTrainingRunning extends Running {
  onResult?: (soFar: LeftOutTrainingResult) => void;
}

const LOOKS = 20;

/**
 * Trains 196-h-h-10 (sigmoid, BN before it, a bias that BN cancels) on MNIST at half resolution, with the true gradient
 * and with terms left out. Reference code, float64, on all cores.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 20, hidden: 2 };
 * const { stopped } = await leftOutTraining(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function leftOutTraining(
  config: LeftOutTrainingConfig = {},
  running: LeftOutTrainingRunning = {},
): Promise<LeftOutTrainingResult> {
  checkOptions('leftOutTraining', config, ['leftOut', 'seeds', 'steps', 'learningRate', 'hidden']);
  const {
    leftOut = [...leftOutTerms],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 60, lecture: 200, full: 2000 }),
    learningRate = 0.5,
    hidden = bySize({ small: 16, lecture: 32, full: 64 }),
  } = config;
  checkCount('steps', steps, LOOKS);
  checkPositive('learningRate', learningRate);
  checkCount('hidden', hidden);
  checkCount('the number of runs', leftOut.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    leftOut.map((term) => ({ leftOut: term, seed, steps, learningRate, hidden })),
  );
  const all = { leftOut, seeds, steps, learningRate, hidden };
  const result: LeftOutTrainingResult = { config: all, runs: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.runs): void => {
    result.runs = finished;
  };
  return runPlan(
    leftOutRun,
    plan,
    sharedMnist,
    result,
    running,
    put,
    (input) => `left out: ${input.leftOut}`,
  );
}

interface LeftOutInput {
  leftOut: LeftOut;
  seed: number;
  steps: number;
  learningRate: number;
  hidden: number;
}

export const leftOutRun: Task<LeftOutInput, LeftOutRun, Mnist> = {
  name: 'leftOutTraining',
  async run({ leftOut, seed, steps, learningRate, hidden }, { shared, signal, report }) {
    const random = new Random(seed);
    const train = halfSize(shared.train, 6000);
    const { denses, blocks } = blockNetwork(
      [train.features, hidden, hidden, train.classes],
      { kind: 'xavier' },
      (d) => [new BatchNormBlock(d, { backward: paths[leftOut] }), new ActivationBlock('sigmoid')],
      random,
    );
    const [first] = denses;
    const start = norm(first.weights);
    const run: LeftOutRun = {
      ...{ leftOut, seed, steps: [], loss: [], weights: [], bias: [], accuracy: 0, batchAccuracy: 0 },
    };
    let since: number[] = [];
    await trainBlocks({
      ...{ blocks, train, m: 60, steps, learningRate, random: random.fork('shuffle'), signal },
      each: (step, loss) => {
        since.push(loss);
        if (Math.floor((step * LOOKS) / steps) === Math.floor(((step - 1) * LOOKS) / steps)) return;
        const meanLoss = meanOf(since);
        run.steps.push(step);
        run.loss.push(Number.isFinite(meanLoss) ? meanLoss : null);
        run.weights.push(norm(first.weights) / start);
        run.bias.push(norm(first.bias));
        since = [];
        report(step, steps);
      },
    });
    const test = halfSize(shared.test, 1000);
    run.accuracy = blocksAccuracy(blocks, test);
    run.batchAccuracy = blocksAccuracy(blocks, test, true);
    return run;
  },
};
