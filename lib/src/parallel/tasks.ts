/** The tasks that a worker knows, by name. */

import { ghostRun } from '../experiments/ghostSweep.js';
import { gradientGrowthRun } from '../experiments/gradientGrowth.js';
import { gradientShiftRun } from '../experiments/gradientShiftStudy.js';
import { gradientVarianceRun } from '../experiments/gradientVariance.js';
import { inferenceRun } from '../experiments/inferenceStudy.js';
import { internalShiftRun } from '../experiments/internalShift.js';
import { shiftScanRun } from '../experiments/internalShiftScan.js';
import { sweepRun } from '../experiments/learningRateSweep.js';
import { leftOutRun } from '../experiments/leftOutTraining.js';
import { noisyRun } from '../experiments/noisyBatchNorm.js';
import { trainingRun } from '../experiments/trainingRun.js';
import type { Task } from './task.js';

// Each task takes an input and shared data of its own kind; `runTasks` pairs them, and here they are only looked up.
// biome-ignore format: one task a line
const tasks: readonly unknown[] = [
  gradientVarianceRun,
  internalShiftRun,
  shiftScanRun,
  leftOutRun,
  sweepRun,
  trainingRun,
  noisyRun,
  ghostRun,
  gradientShiftRun,
  gradientGrowthRun,
  inferenceRun,
];

/** @throws RangeError for a name that is not in the list above */
export function taskNamed(name: string): Task<unknown, unknown, unknown> {
  const found = (tasks as readonly Task<unknown, unknown, unknown>[]).find((task) => task.name === name); // see above
  if (!found) {
    throw new RangeError(`a task that runs in workers must be in lib/src/parallel/tasks.ts, found ${name}`);
  }
  return found;
}
