/**
 * The shift inside a network (Ioffe and Szegedy 2015, section 4.1 and its figure 1b, 1c): percentiles of one
 * hidden unit's input while the layers below it learn, with and without BN.
 */
import { checkCount, checkOptions } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { firstExamples } from '../dataset.js';
import { runTasks } from '../parallel/runTasks.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { type ProbeReading, trainNetwork } from '../train.js';
import type { Running } from './running.js';
import { bySize } from './size.js';

/** What `internalShift` can be told. */
export interface InternalShiftConfig {
  /** Left out: 1. */
  seed?: number;
  /** Minibatches of 60. Left out: by size. */
  steps?: number;
  /** How often to look. Left out: 60 times over the run. */
  looks?: number;
  /** The paper states none. Left out: 0.1. */
  learningRate?: number;
  /** Standard deviation of the initial weights; the paper states none. Left out: 0.05. */
  std?: number;
  /** Which unit of the last hidden layer to follow, 0 to 99. Left out: 0. */
  unit?: number;
}

/** One training run. Each list has one number for each look. */
export interface InternalShiftRun {
  batchNorm: boolean;
  /** After which steps it was looked. */
  steps: number[];
  p15: number[];
  p50: number[];
  p85: number[];
  /** Largest distance of the median from where it started. */
  drift: number;
  /** Test accuracy at the end, from 0 to 1; NaN when the run was stopped before. */
  accuracy: number;
}

/** What `internalShift` gives back. */
export interface InternalShiftResult {
  config: Required<InternalShiftConfig>;
  runs: InternalShiftRun[];
  stopped: boolean;
}

/**
 * Trains the paper's network 784-100-100-100-10 (sigmoid, batch 60) on MNIST without and with BN, from the same
 * seed, each in a thread of its own, and follows the input of one unit of the last hidden layer.
 *
 * @returns both runs; after an abort what they had read until then, with NaN for the accuracy
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const { runs } = await internalShift({ steps: 20, looks: 4 });
 * console.log(runs[0].steps.join()); // prints 0,5,10,15,20
 */
export async function internalShift(
  config: InternalShiftConfig = {},
  running: Running = {},
): Promise<InternalShiftResult> {
  checkOptions('internalShift', config, ['seed', 'steps', 'looks', 'learningRate', 'std', 'unit']);
  const {
    seed = 1,
    steps = bySize({ small: 300, lecture: 8000, full: 50_000 }),
    looks = 60,
    learningRate = 0.1,
    std = 0.05,
    unit = 0,
  } = config;
  checkCount('looks', looks, 2);
  checkCount('steps', steps, looks);
  const all = { seed, steps, looks, learningRate, std, unit };
  const testCount = bySize({ small: 1000, lecture: 10_000, full: 10_000 });
  const plan = [false, true].map((batchNorm) => ({ ...all, batchNorm, testCount }));
  const soFar: (InternalShiftRun | undefined)[] = plan.map(() => undefined);
  const { outputs, stopped } = await runTasks(internalShiftRun, plan, sharedMnist, {
    workers: running.workers,
    signal: running.signal,
    onSoFar: (index, run) => {
      soFar[index] = run;
    },
    onProgress: (done, total, index) =>
      running.onProgress?.(
        Math.round(done * steps),
        total * steps,
        plan[index].batchNorm ? 'with BN' : 'without BN',
      ),
  });
  const runs = plan.flatMap((_, index) => outputs[index] ?? soFar[index] ?? []);
  return { config: all, runs, stopped };
}

export interface InternalShiftInput extends Required<InternalShiftConfig> {
  batchNorm: boolean;
  testCount: number;
}

/** One training run. */
export const internalShiftRun: Task<InternalShiftInput, InternalShiftRun, Mnist> = {
  name: 'internalShift',
  async run(
    { batchNorm, testCount, seed, steps, looks, learningRate, std, unit },
    { shared, signal, report },
  ) {
    const at = Array.from({ length: looks + 1 }, (_, i) => Math.round((i * steps) / looks));
    const result = await trainNetwork(
      { sizes: [784, 100, 100, 100, 10], activation: 'sigmoid', batchNorm, initial: { kind: 'normal', std } },
      {
        train: shared.train,
        test: firstExamples(shared.test, testCount),
        steps,
        learningRate,
        seed,
        statistics: 'population',
        evaluateAt: [steps],
        probe: { layer: 2, unit, at },
        onProgress: ({ step, probe }) => report(step, steps, readRun(batchNorm, probe, Number.NaN)),
        signal,
      },
    );
    return readRun(batchNorm, result.probe, result.evaluations.at(-1)?.accuracy ?? Number.NaN);
  },
};

function readRun(batchNorm: boolean, probe: readonly ProbeReading[], accuracy: number): InternalShiftRun {
  const percentile = (i: number) => probe.map((reading) => reading.values[i]);
  const p50 = percentile(1);
  return {
    batchNorm,
    steps: probe.map((reading) => reading.step),
    p15: percentile(0),
    p50,
    p85: percentile(2),
    drift: Math.max(...p50.map((value) => Math.abs(value - p50[0]))),
    accuracy,
  };
}
