/** The thread beside user code, as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { flags } from './flags.js';
import { OUTPUT_FD, WATCHDOG_FD } from './pipes.js';
import { Printed } from './printed.js';

/** What the thread says: the user asks for a stop, or the main thread was ended as it wished. */
export type WatchMessage = { readonly type: 'interrupt'; readonly cell: number } | 'terminated';

/** How long a kernel may be idle before the thread starts by itself, ms. */
const IDLE = 500;

/** What code has printed; this thread writes it, or that one. */
export const printed = new Printed();

let worker: Worker | undefined;
let listener: (message: WatchMessage) => void = () => {};

/**
 * The thread starts with the first cell, or after a while without one: it takes 30 ms of a processor, which at the start of
 * a kernel are better spent on the type checker. What is sent to it before waits in its pipe.
 */
export function startWatch(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL('./watchdog.js', import.meta.url), {
    workerData: { flags, fd: WATCHDOG_FD, printed: printed.memory, outputFd: OUTPUT_FD },
    stdout: false,
    stderr: false,
  });
  worker.unref();
  worker.on('message', listener);
  return worker;
}

export function installWatch(onMessage: (message: WatchMessage) => void): void {
  listener = onMessage;
  setTimeout(startWatch, IDLE).unref();
}
