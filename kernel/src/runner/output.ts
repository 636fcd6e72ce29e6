/** The runner's way out: frames written synchronously to a pipe of its own. */
import { writeSync } from 'node:fs';
import { encodeFrame } from '../shared/frames.js';
import type { FromRunner } from '../shared/protocol.js';

/** Pipes that the wire process opens for the runner. */
export const OUTPUT_FD = 3;
export const INPUT_FD = 4;
export const WATCHDOG_FD = 5;

const idle = new Int32Array(new SharedArrayBuffer(4));

/** Writes one message whole. When the pipe is full it waits for the reader: no output is ever dropped. */
export function send(message: FromRunner): void {
  const frame = encodeFrame(message);
  for (let written = 0; written < frame.length; ) {
    try {
      written += writeSync(OUTPUT_FD, frame, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(idle, 0, 0, 1);
    }
  }
}
