/**
 * A thread beside user code. It reads interrupts from a pipe of its own, because the main thread may be in a loop
 * that never ends, and stops that loop through V8's inspector, which leaves all state as it is.
 */

import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { encodeFrame, frameDecoder } from '../shared/frames.js';
import type { FromWatchdog, ToWatchdog } from '../shared/protocol.js';
import { DUE, ENDING, OLDEST, REQUESTED, SEEN, SIGNALLED, WRITING } from './flags.js';
import { PERIOD, Printed, WATCHDOG } from './printed.js';
import { UNWIND } from './unwind.js';

/** How long the main thread may take to answer before it counts as stuck in a loop, ms. */
const PATIENCE = 30;
/** The same while a cell runs that ends by itself when its signal says so. */
const SIGNAL_PATIENCE = 100;
/** How long a frame may take on its way through the pipe, ms. */
const LONGEST_WRITE = 5000;

const { flags, fd, outputFd, ...data } = workerData as {
  flags: Int32Array;
  fd: number;
  outputFd: number;
  printed: SharedArrayBuffer;
};
const printed = new Printed(flags, data.printed);
const session = new Session();
session.connectToMainThread();

/** Ends whatever JavaScript the main thread is running. Catch and finally blocks do not see it. */
function terminate(): void {
  // A frame that it is writing is written to its end, and no other is begun.
  Atomics.store(flags, ENDING, 1);
  Atomics.wait(flags, WRITING, 1, LONGEST_WRITE);
  session.post('Runtime.evaluate', { expression: UNWIND });
  session.post('Runtime.terminateExecution', (error) => {
    // Refused, as an earlier one has not struck yet.
    if (error) return;
    Atomics.store(flags, ENDING, 0);
    Atomics.notify(flags, ENDING);
  });
}

function interrupt(message: Interrupt): void {
  // One of many, perhaps, and those before it took their time: its cells have ended.
  if (Atomics.load(flags, OLDEST) > message.cell) return;
  Atomics.store(flags, SEEN, 0);
  Atomics.store(flags, REQUESTED, message.cell);
  parentPort?.postMessage(message);
  const oldest = Atomics.load(flags, OLDEST);
  const patience = oldest > 0 && Atomics.load(flags, SIGNALLED) < oldest ? PATIENCE : SIGNAL_PATIENCE;
  if (Atomics.wait(flags, SEEN, 0, patience) !== 'timed-out') return;
  if (Atomics.load(flags, OLDEST) <= message.cell) terminate();
}

/** Writes what the main thread has printed and not written. It must not wait: an interrupt may come meanwhile. */
function flush(): void {
  if (!printed.lock(WATCHDOG)) {
    setTimeout(flush, 1);
    return;
  }
  Atomics.store(flags, DUE, 0);
  writeOn(0);
}

function writeOn(from: number): void {
  try {
    const at = printed.write(outputFd, from);
    if (at >= 0) {
      setTimeout(writeOn, 1, at);
      return;
    }
  } catch {
    // The wire process is gone.
  }
  printed.unlock();
}

type Interrupt = Extract<ToWatchdog, { type: 'interrupt' }>;

/** Paused code is at a breakpoint and would never see the interrupt. */
let paused = false;

session.on(
  'inspectorNotification',
  ({ method, params }: { method: string; params: Record<string, unknown> }) => {
    if (method === 'Debugger.paused') paused = true;
    if (method === 'Debugger.resumed') paused = false;
    pipe.write(encodeFrame({ type: 'event', method, params } satisfies FromWatchdog));
  },
);

function inspect({ id, method, params }: Extract<ToWatchdog, { type: 'inspect' }>): void {
  session.post(method, params, (error: Error | null, result?: object) => {
    const answer: FromWatchdog = error
      ? { type: 'answer', id, error: error.message }
      : { type: 'answer', id, result: { ...result } };
    pipe.write(encodeFrame(answer));
  });
}

const pipe = new Socket({ fd, readable: true, writable: true });
pipe.on(
  'data',
  frameDecoder<ToWatchdog>((message) => {
    if (message.type === 'inspect') {
      inspect(message);
      return;
    }
    if (paused) {
      // The program ends where it stands, instead of running on to the next event.
      Atomics.store(flags, REQUESTED, message.cell);
      parentPort?.postMessage(message);
      terminate();
      session.post('Debugger.resume');
    } else interrupt(message);
  }),
);
pipe.on('error', () => {});
// The wire process is gone, perhaps killed, and user code may be in a loop that hears nothing of it.
pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));

parentPort?.on('message', (message) => {
  if (message === 'printed') {
    setTimeout(flush, PERIOD);
  } else if (message === 'terminate') {
    parentPort?.postMessage('terminated');
    terminate();
  }
});
