/** The runner's way out: frames written synchronously to a pipe of its own. */
import { writeSync } from 'node:fs';
import { encodeFrame } from '../shared/frames.js';
import type { FromRunner } from '../shared/protocol.js';
import { ENDING, flags, WRITING } from './flags.js';

/** Pipes that the wire process opens for the runner. */
export const OUTPUT_FD = 3;
export const INPUT_FD = 4;
export const WATCHDOG_FD = 5;

/** How long code that is about to be ended is held back before it may write after all, ms. */
const HELD = 1000;
/** So many calls must fit on the stack before a frame is begun. */
const HEADROOM = 40;

const idle = new Int32Array(new SharedArrayBuffer(4));
// Kept from the start: a cell that overwrites these must not break its own output.
const { load, notify, store, wait } = Atomics;

/**
 * Writes one message whole. When the pipe is full it waits for the reader: no output is ever dropped.
 *
 * A frame that is cut off would make nonsense of all that follow, and two things could cut it: the watchdog, which
 * therefore waits until no frame is being written, and the end of the stack, which therefore must not be near.
 */
export function send(message: FromRunner, attached?: string): void {
  const frame = encodeFrame(message, attached);
  haveStack(HEADROOM);
  store(flags, WRITING, 1);
  // The end of a cell has to be told whatever happens.
  if (load(flags, ENDING) === 1 && message.type !== 'done' && message.type !== 'comm-done') {
    finished();
    // Here, between two frames, is where a loop that prints is ended.
    wait(flags, ENDING, 1, HELD);
    store(flags, WRITING, 1);
  }
  try {
    for (let written = 0; written < frame.length; ) {
      try {
        written += writeSync(OUTPUT_FD, frame, written);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        wait(idle, 0, 0, 1);
      }
    }
  } finally {
    finished();
  }
}

function finished(): void {
  store(flags, WRITING, 0);
  notify(flags, WRITING);
}

function haveStack(calls: number): number {
  return calls === 0 ? 0 : 1 + haveStack(calls - 1);
}
