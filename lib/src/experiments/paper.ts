/**
 * The paper's own experiment on MNIST (Ioffe and Szegedy 2015, section 4.1 and figure 1): 784-100-100-100-10, sigmoid,
 * minibatches of 60, 50,000 steps; test accuracy, and the percentiles of an input of the last hidden layer. The paper
 * states neither the spread of the initial weights ("small random Gaussian values") nor the learning rate nor the
 * optimiser: `paperScan` tries them.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { MinibatchOrder } from '../dataset.js';
import { createEngine } from '../engine.js';
import { createNetwork, type NetworkDefinition } from '../network.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import { Random } from '../random.js';
import type { InternalShiftRun } from './internalShift.js';
import { mayGoOn } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import {
  type Sweep,
  type SweepingRunning,
  sweepTraining,
  type TrainingRunInput,
  type TrainingRunOutput,
  trainingRun,
} from './trainingRun.js';

/** What `paperFigure` can be told. */
export interface PaperFigureConfig {
  /** Left out: by size. */
  seeds?: number[];
  /** Left out: by size; the paper's 50,000 at full size. */
  steps?: number;
  /** How often to look. Left out: 50 times. */
  looks?: number;
  /** The paper states none. Left out: 0.1. */
  learningRate?: number;
  /** Standard deviation of the initial weights; the paper states none. Left out: 0.05. */
  std?: number;
  /** Which unit of the last hidden layer to follow, 0 to 99. Left out: 0. */
  unit?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
  /** Measure afterwards what a step takes, which differs from run to run. Left out: true. */
  timing?: boolean;
}

/** One training run. Lists have one number for each look. */
export interface PaperRun extends InternalShiftRun {
  seed: number;
  /** Test accuracy after each of `steps`, from 0 to 1. */
  accuracies: number[];
  diverged: boolean;
}

/** What `paperFigure` gives back. */
export interface PaperFigureResult {
  config: Required<PaperFigureConfig>;
  /** While it runs, those not yet finished are there with what they have. */
  runs: PaperRun[];
  planned: number;
  /** Milliseconds of a training step on one core, measured by itself; null when it was not measured. */
  millisecondsPerStep: { withBN: number; withoutBN: number } | null;
  stopped: boolean;
}

const paperDefinition = (batchNorm: boolean, std: number): NetworkDefinition => ({
  sizes: [784, 100, 100, 100, 10],
  activation: 'sigmoid',
  batchNorm,
  initial: { kind: 'normal', std },
});

/**
 * Trains the paper's network with and without BN from the same seeds, and follows accuracy and one unit's input.
 * What a step takes is measured afterwards, alone: while the runs share the machine no time would be a fair one.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 6, looks: 3, testCount: 20 };
 * const { stopped } = await paperFigure(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function paperFigure(
  config: PaperFigureConfig = {},
  running: SweepingRunning<PaperFigureResult> = {},
): Promise<PaperFigureResult> {
  checkOptions('paperFigure', config, [
    ...['seeds', 'steps', 'looks', 'learningRate', 'std', 'unit', 'testCount', 'timing'],
  ]);
  const {
    seeds = bySize({ small: [1], lecture: [1], full: [1, 2, 3] }),
    steps = bySize({ small: 300, lecture: 6000, full: 50_000 }),
    looks = bySize({ small: 10, lecture: 50, full: 50 }),
    learningRate = 0.1,
    std = 0.05,
    unit = 0,
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
    timing = true,
  } = config;
  checkCount('looks', looks, 2);
  checkCount('steps', steps, looks);
  checkPositive('learningRate', learningRate);
  checkPositive('std', std);
  checkCount('the number of seeds', seeds.length);
  const all = { seeds, steps, looks, learningRate, std, unit, testCount, timing };
  const at = Array.from({ length: looks + 1 }, (_, i) => Math.round((i * steps) / looks));
  const plan = seeds.flatMap((seed) => [false, true].map((batchNorm) => ({ batchNorm, seed })));
  const inputs = plan.map(
    ({ batchNorm, seed }): TrainingRunInput => ({
      definition: paperDefinition(batchNorm, std),
      training: {
        ...{ steps, learningRate, seed, evaluateAt: at, statistics: 'population', populationBatches: 20 },
        probe: { layer: 2, unit, at },
      },
      testCount,
    }),
  );
  const result: PaperFigureResult = {
    ...{ config: all, runs: [], planned: plan.length, millisecondsPerStep: null, stopped: false },
  };
  const put = (outputs: TrainingRunOutput[], indices: number[]): void => {
    result.runs = outputs.map((output, i) => paperRun(plan[indices[i]], output));
  };
  await runPlan(trainingRun, inputs, sharedMnist, result, running, put, ({ definition }) =>
    definition.batchNorm ? 'with BN' : 'without BN',
  );
  if (timing && !result.stopped) {
    result.millisecondsPerStep = await measureSteps(std, bySize({ small: 20, lecture: 400, full: 2000 }));
  }
  return result;
}

function paperRun(planned: { batchNorm: boolean; seed: number }, output: TrainingRunOutput): PaperRun {
  const percentile = (i: number): number[] => output.probe.map(({ values }) => values[i]);
  const p50 = percentile(1);
  return {
    ...planned,
    steps: output.steps,
    accuracies: output.accuracy,
    ...{ p15: percentile(0), p50, p85: percentile(2) },
    drift: p50.reduce((drift, value) => Math.max(drift, Math.abs(value - p50[0])), 0),
    accuracy: output.finalAccuracy,
    diverged: output.diverged,
  };
}

/** The median time of a step with and without BN, in turns, so that both meet the same machine. */
async function measureSteps(std: number, count: number): Promise<{ withBN: number; withoutBN: number }> {
  const { train } = loadMnist();
  const make = (batchNorm: boolean) => {
    const random = new Random('time of a step');
    return {
      engine: createEngine('simd', createNetwork(paperDefinition(batchNorm, std), random), 0.1),
      order: new MinibatchOrder(train.count, 60, random),
      times: [] as number[],
    };
  };
  const pair = [make(true), make(false)];
  for (let step = 0; step < count + 10; step++) {
    for (const { engine, order, times } of pair) {
      const start = performance.now();
      engine.stepOn(train, order.draw(), 0.1);
      // The first ten compile the code and lay out memory.
      if (step >= 10) times.push(performance.now() - start);
    }
    if (step % 20 === 0) await mayGoOn(undefined);
  }
  const [withBN, withoutBN] = pair.map(
    ({ times }) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)],
  );
  return { withBN, withoutBN };
}

/** What `paperScan` can be told. */
export interface PaperScanConfig {
  /** Standard deviations of the initial weights. Left out: by size. */
  stds?: number[];
  /** Left out: by size. */
  learningRates?: number[];
  /** Left out: by size. */
  seeds?: number[];
  /** After which steps to measure; the last ends the runs. Left out: by size. */
  steps?: number[];
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface PaperScanCell {
  std: number;
  learningRate: number;
  batchNorm: boolean;
  seed: number;
  /** Test accuracy after each of the config's `steps`, from 0 to 1; 0.1 from where a run has diverged. */
  accuracy: number[];
  diverged: boolean;
}

/** What `paperScan` gives back. */
export type PaperScanResult = Sweep<Required<PaperScanConfig>, PaperScanCell>;

/**
 * Trains the paper's network over a grid of what the paper does not state: how far apart with and without BN are
 * depends on it.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], stds: [0.1], learningRates: [0.1, 1], steps: [2, 4], testCount: 20 };
 * const { stopped } = await paperScan(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function paperScan(
  config: PaperScanConfig = {},
  running: SweepingRunning<PaperScanResult> = {},
): Promise<PaperScanResult> {
  checkOptions('paperScan', config, ['stds', 'learningRates', 'seeds', 'steps', 'testCount']);
  const {
    stds = bySize({
      small: [0.05, 0.2],
      lecture: [0.01, 0.05, 0.1, 0.3],
      full: [0.01, 0.03, 0.05, 0.1, 0.2, 0.5],
    }),
    learningRates = bySize({
      small: [0.1, 1],
      lecture: [0.1, 0.5, 1, 3],
      full: [0.01, 0.03, 0.1, 0.3, 0.5, 1, 3],
    }),
    seeds = bySize({ small: [1], lecture: [1], full: [1, 2, 3] }),
    steps = bySize({
      small: [60, 120],
      lecture: [300, 1500],
      full: [300, 1000, 3000, 10_000, 30_000, 50_000],
    }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const std of stds) checkPositive('stds', std);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  for (const step of steps) checkCount('steps', step);
  checkCount('the number of runs', stds.length * learningRates.length * seeds.length * steps.length);
  const at = [...steps].sort((a, b) => a - b);
  const plan = seeds.flatMap((seed) =>
    stds.flatMap((std) =>
      learningRates.flatMap((learningRate) =>
        [true, false].map((batchNorm) => ({ std, learningRate, batchNorm, seed })),
      ),
    ),
  );
  return sweepTraining(
    { stds, learningRates, seeds, steps: at, testCount },
    plan,
    ({ std, learningRate, batchNorm, seed }) => ({
      definition: paperDefinition(batchNorm, std),
      training: {
        ...{ steps: at[at.length - 1], learningRate, seed, evaluateAt: at },
        ...{ statistics: 'population', populationBatches: 20 },
      },
      testCount,
    }),
    (planned, output) => ({
      ...planned,
      accuracy: at.map((step) => output.accuracy[output.steps.indexOf(step)] ?? 0.1),
      diverged: output.diverged,
    }),
    ({ std, learningRate }) => `std ${std}, lr ${learningRate}`,
    running,
  );
}
