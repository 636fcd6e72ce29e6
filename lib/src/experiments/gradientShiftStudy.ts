/**
 * Internal covariate shift as a shift of gradients: definition 2.1 of Santurkar, Tsipras, Ilyas and Madry 2018 (arXiv
 * 1805.11604). G is a layer's gradient at a step, G' its gradient on the same minibatch after the layers below it have
 * been updated; their distance and their angle say how much those updates changed what this layer should have done.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { gather, MinibatchOrder } from '../dataset.js';
import { createEngine } from '../engine.js';
import { gradientShift } from '../gradientShift.js';
import { createNetwork } from '../network.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import type { SweepActivation } from './learningRateSweep.js';
import { mayGoOn } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import type { SweepingRunning } from './trainingRun.js';

/** What `gradientShiftStudy` can be told. */
export interface GradientShiftConfig {
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60. Left out: by size. */
  steps?: number;
  /** How often to look. Left out: by size. */
  looks?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Left out: ReLU. */
  activation?: SweepActivation;
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
}

/** One training run. Lists have one number for each look; the first hidden layer has none: nothing is below it. */
export interface GradientShiftRun {
  batchNorm: boolean;
  seed: number;
  steps: number[];
  /** Minibatch loss at the look, in nats. */
  loss: number[];
  /** Cosine of the angle between G and G', for layers 2, 3 and the last: `cosine[layer][look]`. */
  cosine: number[][];
  /** |G - G'| / |G| for the same layers. */
  difference: number[][];
}

/** What `gradientShiftStudy` gives back. */
export interface GradientShiftResult {
  config: Required<GradientShiftConfig>;
  runs: GradientShiftRun[];
  planned: number;
  stopped: boolean;
}

/**
 * Trains 784-h-h-h-10 on MNIST with and without BN, and measures the shift of gradients along the way.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 4, looks: 2, hidden: 4 };
 * const { stopped } = await gradientShiftStudy(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function gradientShiftStudy(
  config: GradientShiftConfig = {},
  running: SweepingRunning<GradientShiftResult> = {},
): Promise<GradientShiftResult> {
  checkOptions('gradientShiftStudy', config, [
    ...['seeds', 'steps', 'looks', 'learningRate', 'activation', 'batchNorm', 'hidden'],
  ]);
  const {
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 60, lecture: 300, full: 10_000 }),
    looks = bySize({ small: 6, lecture: 15, full: 50 }),
    learningRate = 0.1,
    activation = 'relu',
    batchNorm = [true, false],
    hidden = bySize({ small: 32, lecture: 50, full: 100 }),
  } = config;
  checkCount('looks', looks);
  checkCount('steps', steps, looks);
  checkPositive('learningRate', learningRate);
  checkCount('hidden', hidden);
  checkCount('the number of runs', seeds.length * batchNorm.length);
  const all = { seeds, steps, looks, learningRate, activation, batchNorm, hidden };
  const plan = seeds.flatMap((seed) =>
    batchNorm.map((bn) => ({ ...{ steps, looks, learningRate, activation, hidden }, batchNorm: bn, seed })),
  );
  const result: GradientShiftResult = { config: all, runs: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.runs): void => {
    result.runs = finished;
  };
  return runPlan(gradientShiftRun, plan, sharedMnist, result, running, put, (input) =>
    input.batchNorm ? 'with BN' : 'without BN',
  );
}

type ShiftInput = Required<Omit<GradientShiftConfig, 'seeds' | 'batchNorm'>> & {
  seed: number;
  batchNorm: boolean;
};

export const gradientShiftRun: Task<ShiftInput, GradientShiftRun, Mnist> = {
  name: 'gradientShiftStudy',
  async run({ seed, batchNorm, steps, looks, learningRate, activation, hidden }, { shared, signal, report }) {
    const { train } = shared;
    const random = new Random(seed);
    const network = createNetwork(
      {
        sizes: [train.features, hidden, hidden, hidden, train.classes],
        activation,
        batchNorm,
        initial: { kind: activation === 'relu' ? 'he' : 'xavier' },
      },
      random.fork('weights'),
    );
    const engine = createEngine('simd', network, 0.1);
    const order = new MinibatchOrder(train.count, 60, random.fork('shuffle'));
    const run: GradientShiftRun = { batchNorm, seed, steps: [], loss: [], cosine: [], difference: [] };
    for (let step = 1; step <= steps; step++) {
      const indices = order.draw();
      const isLook = Math.floor((step * looks) / steps) > Math.floor(((step - 1) * looks) / steps);
      const before = isLook ? engine.network() : null;
      const loss = engine.stepOn(train, indices, learningRate);
      if (before !== null) {
        const { x, labels, m } = gather(train, indices);
        const shifts = gradientShift(before, engine.network(), Float64Array.from(x), labels, m).slice(1);
        run.steps.push(step);
        run.loss.push(loss);
        for (const [layer, { cosine, distance, before: length }] of shifts.entries()) {
          run.cosine[layer] = [...(run.cosine[layer] ?? []), cosine];
          run.difference[layer] = [...(run.difference[layer] ?? []), distance / length];
        }
        report(step, steps);
        if (!(await mayGoOn(signal))) break;
      }
    }
    return run;
  },
};
