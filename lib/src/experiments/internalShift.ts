/**
 * The shift inside a network (Ioffe and Szegedy 2015, section 4.1 and its figure 1b, 1c): percentiles of one
 * hidden unit's input while the layers below it learn, with and without BN.
 */
import { checkCount, checkOptions } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { firstExamples } from '../dataset.js';
import { trainNetwork } from '../train.js';
import type { Running } from './running.js';
import { bySize } from './size.js';

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
  /** Test accuracy at the end, from 0 to 1. */
  accuracy: number;
}

export interface InternalShiftResult {
  config: Required<InternalShiftConfig>;
  runs: InternalShiftRun[];
  stopped: boolean;
}

/**
 * Trains the paper's network 784-100-100-100-10 (sigmoid, batch 60) on MNIST without and with BN, from the same
 * seed, and follows the input of one unit of the last hidden layer.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
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
  const { train, test } = loadMnist();
  const at = Array.from({ length: looks + 1 }, (_, i) => Math.round((i * steps) / looks));
  const runs: InternalShiftRun[] = [];
  let stopped = false;
  for (const batchNorm of [false, true]) {
    if (running.signal?.aborted) stopped = true;
    if (stopped) break;
    const result = await trainNetwork(
      { sizes: [784, 100, 100, 100, 10], activation: 'sigmoid', batchNorm, initial: { kind: 'normal', std } },
      {
        train,
        test: firstExamples(test, bySize({ small: 1000, lecture: 10_000, full: 10_000 })),
        steps,
        learningRate,
        seed,
        statistics: 'population',
        evaluateAt: [steps],
        probe: { layer: 2, unit, at },
        onProgress: ({ step }) =>
          running.onProgress?.(
            (batchNorm ? steps : 0) + step,
            2 * steps,
            batchNorm ? 'with BN' : 'without BN',
          ),
        signal: running.signal,
      },
    );
    stopped = result.aborted;
    const percentile = (i: number) => result.probe.map((reading) => reading.values[i]);
    const p50 = percentile(1);
    runs.push({
      batchNorm,
      steps: result.probe.map((reading) => reading.step),
      p15: percentile(0),
      p50,
      p85: percentile(2),
      drift: Math.max(...p50.map((value) => Math.abs(value - p50[0]))),
      accuracy: result.evaluations.at(-1)?.accuracy ?? Number.NaN,
    });
  }
  return { config: { seed, steps, looks, learningRate, std, unit }, runs, stopped };
}
