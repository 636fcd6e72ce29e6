/** Messages from the wire process, each handled after the one before. A synchronous question reads ahead for its answer. */
import { readSync } from 'node:fs';
import { frameDecoder } from '../shared/frames.js';
import type { ToRunner } from '../shared/protocol.js';
import { currentContext, Interrupted } from './context.js';
import { flags, REQUESTED } from './flags.js';
import { INPUT_FD } from './pipes.js';

/** How long the thread sleeps before it looks again for an answer, ms. */
const PAUSE = 15;

const later = setImmediate;
const waiting: ToRunner[] = [];
const decode = frameDecoder<ToRunner>((message) => waiting.push(message));
let handle: (message: ToRunner) => void = () => {};

/** @param handler called for each message, in the order in which they were sent */
export function onMessage(handler: (message: ToRunner) => void): void {
  handle = handler;
}

/** Takes what came on the pipe. */
export function receive(chunk: Buffer): void {
  decode(chunk);
  drain();
}

function drain(): void {
  for (let message = waiting.shift(); message; message = waiting.shift()) handle(message);
}

/**
 * Blocks the thread until a message comes that passes the test; all others wait for their turn as ever.
 * @throws Interrupted when Stop is pressed meanwhile
 */
export function waitFor<T extends ToRunner>(test: (message: ToRunner) => message is T): T {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const chunk = Buffer.alloc(65536);
  try {
    for (;;) {
      const at = waiting.findIndex(test);
      if (at >= 0) return waiting.splice(at, 1)[0] as T;
      // Looked at before each read, so that the end from outside never comes between a read and its decoding.
      if ((currentContext()?.cell ?? Number.POSITIVE_INFINITY) <= Atomics.load(flags, REQUESTED))
        throw new Interrupted();
      const size = read(chunk);
      if (size > 0) decode(Buffer.from(chunk.subarray(0, size)));
      else Atomics.wait(asleep, 0, 0, PAUSE);
    }
  } finally {
    if (waiting.length > 0) later(drain);
  }
}

/** @returns 0 when nothing is there yet */
function read(into: Buffer): number {
  let size: number;
  try {
    size = readSync(INPUT_FD, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
  if (size === 0) throw new Error('The kernel has ended, so nobody can answer.');
  return size;
}
