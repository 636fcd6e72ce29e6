/** One run for each entry of an experiment's plan, and their results put into what the experiment returns. */
import { runTasks } from '../parallel/runTasks.js';
import type { Task } from '../parallel/task.js';
import type { SweepingRunning } from './trainingRun.js';

/**
 * Runs the plan, spread over the workers.
 * @param result what the experiment returns; `running.onResult` gets it after each run
 * @param put gives the finished runs, in the order of the plan, their place in it
 * @param note what to say of an entry of the plan while it runs
 */
export async function runPlan<Input, Output, Shared, Result extends { stopped: boolean }>(
  task: Task<Input, Output, Shared>,
  plan: readonly Input[],
  makeShared: () => Shared,
  result: Result,
  running: SweepingRunning<Result>,
  put: (finished: Output[]) => void,
  note: (input: Input) => string,
): Promise<Result> {
  const { finished, stopped } = await runTasks(task, plan, makeShared, {
    workers: running.workers,
    signal: running.signal,
    onResult: (soFar) => {
      put(soFar);
      running.onResult?.(result);
    },
    onProgress: (done, total, i) => running.onProgress?.(done, total, note(plan[i])),
  });
  put(finished);
  result.stopped = stopped;
  return result;
}
