/** Runs the tasks of an experiment on all cores, or one after the other where there are no workers. */
import { availableParallelism } from 'node:os';
import { checkCount } from '../check.js';
import { mayGoOn } from '../experiments/running.js';
import { interruptSignal } from '../host.js';
import { Pool, PoolFailure } from './pool.js';
import type { Task } from './task.js';

export interface TaskRunning<Output> {
  /** Threads to run in; 0: the caller's own thread. Left out: BATCHNORM_LAB_WORKERS, else one for each core. */
  workers?: number;
  /** Ends all workers at once; what is finished is kept. */
  signal?: AbortSignal;
  /** Called after each finished task. */
  onResult?: (index: number, output: Output) => void;
  /** Called when a running task has said what it has so far. */
  onSoFar?: (index: number, soFar: Output) => void;
  /** `done` counts tasks, the running ones by the share they have reported. */
  onProgress?: (done: number, total: number, index: number) => void;
}

export interface TaskResults<Output> {
  /** One element for each input, in the order of the inputs; undefined where the signal came first. */
  readonly outputs: readonly (Output | undefined)[];
  /** The finished ones, in the order of the inputs. */
  readonly finished: Output[];
  /** Some are not finished: the signal came. */
  readonly stopped: boolean;
}

/**
 * Runs one task for each input. A task computes the same bytes in any thread, and outputs stand in the order of the
 * inputs, so the result does not depend on the number of workers or on who is done first.
 *
 * When no worker can start, the runs are done in the caller's thread, and a sentence on stderr says so. No worker is
 * left when the promise settles.
 *
 * @param makeShared what all tasks read; called once
 * @throws what a task throws (the other tasks are ended); Error when a worker dies on the way
 */
export async function runTasks<Input, Output, Shared>(
  task: Task<Input, Output, Shared>,
  inputs: readonly Input[],
  makeShared: () => Shared,
  running: TaskRunning<Output> = {},
): Promise<TaskResults<Output>> {
  const threads = Math.min(workerCount(running.workers), inputs.length);
  const stop = eitherSignal([running.signal, interruptSignal()]);
  const outputs = new Array<Output | undefined>(inputs.length).fill(undefined);
  const isDone = new Array<boolean>(inputs.length).fill(false);
  const shares = new Float64Array(inputs.length);
  const observer = {
    progress(index: number, done: number, total: number, soFar?: Output) {
      if (stop.signal.aborted || isDone[index]) return;
      shares[index] = total > 0 ? Math.min(1, done / total) : 0;
      if (soFar !== undefined) running.onSoFar?.(index, soFar);
      running.onProgress?.(
        shares.reduce((sum, share) => sum + share, 0),
        inputs.length,
        index,
      );
    },
    finished(index: number, output: Output) {
      // After a Stop nothing more is taken in: the caller has seen what it will get.
      if (stop.signal.aborted) return;
      outputs[index] = output;
      isDone[index] = true;
      running.onResult?.(index, output);
      observer.progressDone(index);
    },
    progressDone(index: number) {
      shares[index] = 1;
      running.onProgress?.(
        shares.reduce((sum, share) => sum + share, 0),
        inputs.length,
        index,
      );
    },
  };
  try {
    if (threads > 0 && !stop.signal.aborted) {
      const shared = makeShared();
      try {
        await new Pool(task.name, threads, shared, observer).run(inputs, stop.signal);
      } catch (error) {
        if (!(error instanceof PoolFailure)) throw error;
        console.warn(
          `batchnorm: no worker thread can start (${error.message}); the runs are done one after the other instead`,
        );
        await runHere(task, inputs, shared, stop.signal, observer);
      }
    } else if (inputs.length > 0 && !stop.signal.aborted) {
      await runHere(task, inputs, makeShared(), stop.signal, observer);
    }
  } finally {
    stop.release();
  }
  const finished = outputs.filter((_, i) => isDone[i]) as Output[]; // done: it has an output
  return { outputs, finished, stopped: isDone.includes(false) };
}

/** What a pool, or the caller's thread, reports to. */
export interface TaskObserver<Output> {
  progress(index: number, done: number, total: number, soFar?: Output): void;
  finished(index: number, output: Output): void;
}

/** One task after the other in the caller's thread, which gets a turn between them. */
async function runHere<Input, Output, Shared>(
  task: Task<Input, Output, Shared>,
  inputs: readonly Input[],
  shared: Shared,
  signal: AbortSignal,
  observer: TaskObserver<Output>,
): Promise<void> {
  for (const [index, input] of inputs.entries()) {
    if (!(await mayGoOn(signal))) return;
    const report = (done: number, total: number, soFar?: Output): void =>
      observer.progress(index, done, total, soFar);
    // A run cut short is not taken in: it would look as if it had had all its steps.
    observer.finished(index, await task.run(input, { shared, signal, report }));
  }
}

/** How many threads: what was asked for, else what the environment says, else one for each core. */
function workerCount(asked: number | undefined): number {
  if (asked !== undefined) {
    checkCount('workers', asked, 0);
    return asked;
  }
  const setting = process.env.BATCHNORM_LAB_WORKERS;
  if (setting === undefined || setting === '') return availableParallelism();
  checkCount('the environment variable BATCHNORM_LAB_WORKERS', Number(setting), 0);
  return Number(setting);
}

/** A signal that is aborted when one of several is (`AbortSignal.any` is not in the first releases of Node 20). */
function eitherSignal(signals: readonly (AbortSignal | undefined)[]): {
  signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of signals) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) signal?.removeEventListener('abort', abort);
    },
  };
}
