/**
 * A thread beside user code. It reads interrupts from a pipe of its own, because the main thread may be in a loop
 * that never ends, and stops that loop through V8's inspector, which leaves all state as it is.
 */

import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { REQUESTED, SEEN } from './context.js';
import { UNWIND } from './unwind.js';

/** How long the main thread may take to answer before it counts as stuck in a loop, ms. */
const PATIENCE = 100;

const { flags, fd } = workerData as { flags: Int32Array; fd: number };
const session = new Session();
session.connectToMainThread();

/** Ends whatever JavaScript the main thread is running. Catch and finally blocks do not see it. */
function terminate(): void {
  session.post('Runtime.evaluate', { expression: UNWIND });
  session.post('Runtime.terminateExecution');
}

function interrupt(): void {
  Atomics.store(flags, SEEN, 0);
  Atomics.store(flags, REQUESTED, 1);
  parentPort?.postMessage('interrupt');
  if (Atomics.wait(flags, SEEN, 0, PATIENCE) === 'timed-out') terminate();
}

const pipe = new Socket({ fd, readable: true, writable: false });
pipe.on('data', interrupt);
// The wire process is gone, perhaps killed, and user code may be in a loop that hears nothing of it.
pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));

parentPort?.on('message', (message) => {
  if (message === 'terminate') {
    parentPort?.postMessage('terminated');
    terminate();
  }
});
