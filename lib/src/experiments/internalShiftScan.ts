/**
 * What the figure of Ioffe and Szegedy 2015, section 4.1 depends on: the paper states neither the standard deviation of
 * the initial weights nor the learning rate, so both are scanned, with several seeds.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { runTasks } from '../parallel/runTasks.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { type InternalShiftInput, internalShiftRun } from './internalShift.js';
import type { Running } from './running.js';
import { bySize } from './size.js';

/** What `internalShiftScan` can be told. */
/** What the scan runs over. */
export interface ShiftScanConfig {
  /** Standard deviations of the initial weights. Left out: by size. */
  stds?: number[];
  /** Left out: by size. */
  learningRates?: number[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60 for each run. Left out: by size. */
  steps?: number;
  /** How often to look. Left out: 60 times over a run. */
  looks?: number;
}

/** One training run. */
export interface ShiftScanCell {
  std: number;
  learningRate: number;
  seed: number;
  batchNorm: boolean;
  /** Largest distance of the unit's median from where it started. */
  drift: number;
  /** Distance of the 15th and the 85th percentile at the last look. */
  spread: number;
  /** Test accuracy at the end, from 0 to 1; null when the run diverged. */
  accuracy: number | null;
}

/** What `internalShiftScan` gives back. */
/** All finished runs of a scan. */
export interface ShiftScanResult {
  config: Required<ShiftScanConfig>;
  /** The finished runs, in the order of the plan. */
  cells: ShiftScanCell[];
  /** How many runs the whole scan has. */
  planned: number;
  /** The signal ended it early. */
  stopped: boolean;
}

/**
 * Runs `internalShift`'s training for every standard deviation, learning rate and seed, with and without BN, on all
 * cores.
 *
 * @returns all finished runs; after an abort, those finished until then
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const scan = await internalShiftScan({ stds: [0.05], learningRates: [0.1], seeds: [1], steps: 100, looks: 4 });
 * console.log(scan.cells.map((cell) => cell.batchNorm).join(' ')); // prints false true
 */
export async function internalShiftScan(
  config: ShiftScanConfig = {},
  running: Running = {},
): Promise<ShiftScanResult> {
  const all = completeScan(config);
  const { stds, learningRates, seeds, steps, looks } = all;
  const testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 });
  const plan = seeds.flatMap((seed) =>
    stds.flatMap((std) =>
      learningRates.flatMap((learningRate) =>
        [false, true].map((batchNorm) => ({
          ...{ seed, std, learningRate, batchNorm },
          ...{ steps, looks, unit: 0, testCount },
        })),
      ),
    ),
  );
  checkCount('the number of runs', plan.length);
  const { finished, stopped } = await runTasks(shiftScanRun, plan, sharedMnist, {
    workers: running.workers,
    signal: running.signal,
    onProgress: (done, total, i) =>
      running.onProgress?.(done, total, `std ${plan[i].std}, lr ${plan[i].learningRate}`),
  });
  return { config: all, cells: finished, planned: plan.length, stopped };
}

export const shiftScanRun: Task<InternalShiftInput, ShiftScanCell, Mnist> = {
  name: 'internalShiftScan',
  async run(input, { shared, signal, report }) {
    const { std, learningRate, seed, batchNorm } = input;
    const run = await internalShiftRun.run(input, {
      shared,
      signal,
      report: (done, total) => report(done, total),
    });
    const last = run.p50.length - 1;
    return {
      ...{ std, learningRate, seed, batchNorm },
      drift: run.drift,
      spread: run.p85[last] - run.p15[last],
      accuracy: Number.isNaN(run.accuracy) ? null : run.accuracy,
    };
  },
};

function completeScan(config: ShiftScanConfig): Required<ShiftScanConfig> {
  checkOptions('internalShiftScan', config, ['stds', 'learningRates', 'seeds', 'steps', 'looks']);
  const {
    stds = bySize({ small: [0.05, 0.2], lecture: [0.01, 0.05, 0.2], full: [0.01, 0.03, 0.05, 0.1, 0.3] }),
    learningRates = bySize({ small: [0.1], lecture: [0.03, 0.1, 1], full: [0.01, 0.03, 0.1, 0.3, 1] }),
    seeds = bySize({ small: [1], lecture: [1, 2], full: [1, 2, 3] }),
    steps = bySize({ small: 100, lecture: 1000, full: 50_000 }),
    looks = bySize({ small: 10, lecture: 60, full: 60 }),
  } = config;
  for (const std of stds) checkPositive('stds', std);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount('looks', looks, 2);
  checkCount('steps', steps, looks);
  return { stds, learningRates, seeds, steps, looks };
}
