/** One run for each entry of an experiment's plan, and their results put into what the experiment returns. */
import { runTasks } from '../parallel/runTasks.js';
import type { Task } from '../parallel/task.js';
import type { SweepingRunning } from './trainingRun.js';

/**
 * Runs the plan, spread over the workers.
 * @param result what the experiment returns; `running.onResult` gets it after each run, and whenever a run says what it has so far
 * @param put gives the runs, in the order of the plan, their place in the result; `indices` says which of the plan they are. At
 *   the end only the finished ones
 * @param note what to say of an entry of the plan while it runs
 */
export async function runPlan<Input, Output, Shared, Result extends { stopped: boolean }>(
  task: Task<Input, Output, Shared>,
  plan: readonly Input[],
  makeShared: () => Shared,
  result: Result,
  running: SweepingRunning<Result>,
  put: (runs: Output[], indices: number[]) => void,
  note: (input: Input) => string,
): Promise<Result> {
  const there = new Map<number, Output>();
  const give = (): void => {
    const indices = [...there.keys()].sort((a, b) => a - b);
    put(
      indices.map((index) => there.get(index) as Output), // its key is there
      indices,
    );
  };
  const show = (index: number, output: Output): void => {
    there.set(index, output);
    give();
    running.onResult?.(result);
  };
  const { outputs, stopped } = await runTasks(task, plan, makeShared, {
    workers: running.workers,
    signal: running.signal,
    onResult: show,
    onSoFar: show,
    onProgress: (done, total, i) => running.onProgress?.(done, total, note(plan[i])),
  });
  // What a Stop cut short is no result.
  for (const [index, output] of outputs.entries()) if (output === undefined) there.delete(index);
  give();
  result.stopped = stopped;
  return result;
}
