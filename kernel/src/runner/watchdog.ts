/**
 * A thread beside user code. It reads interrupts from a pipe of its own, because the main thread may be in a loop
 * that never ends, and stops that loop through V8's inspector, which leaves all state as it is.
 */
import { Socket } from 'node:net';
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { REQUESTED, SEEN } from './context.js';

/** How long the main thread may take to answer before it counts as stuck in a loop, ms. */
const PATIENCE = 100;

const { flags, fd } = workerData as { flags: Int32Array; fd: number };
const session = new Session();
session.connectToMainThread();

function interrupt(): void {
  Atomics.store(flags, SEEN, 0);
  Atomics.store(flags, REQUESTED, 1);
  parentPort?.postMessage('interrupt');
  if (Atomics.wait(flags, SEEN, 0, PATIENCE) === 'timed-out') session.post('Runtime.terminateExecution');
}

const pipe = new Socket({ fd, readable: true, writable: false });
pipe.on('data', interrupt);
pipe.on('end', () => process.exit());

parentPort?.on('message', (message) => {
  if (message === 'terminate') {
    parentPort?.postMessage('terminated');
    session.post('Runtime.terminateExecution');
  }
});
