/** What runs in a worker thread: it waits for tasks by name and runs them, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TaskContext, TaskMessage, TaskOutcome, WorkerNews } from './task.js';
import { taskNamed } from './tasks.js';

const tell = (news: WorkerNews): void => parentPort?.postMessage(news);

tell({ kind: 'started' });

export default async function runTask({ name, index, input }: TaskMessage): Promise<TaskOutcome> {
  const context: TaskContext<unknown, unknown> = {
    shared: workerData,
    report: (done, total, soFar) => tell({ kind: 'progress', index, done, total, soFar }),
  };
  try {
    return { ok: true, output: await taskNamed(name).run(input, context) };
  } catch (error) {
    return { ok: false, error };
  }
}
