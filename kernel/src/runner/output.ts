/** The runner's way out: frames written synchronously to a pipe of its own. */
import { encodeFrame } from '../shared/frames.js';
import type { FromRunner } from '../shared/protocol.js';
import { DUE, ENDING, flags, LOCK, WRITING } from './flags.js';
import { OUTPUT_FD } from './pipes.js';
import { LONGEST, MAIN, PERIOD, WATCHDOG, writeSome } from './printed.js';
import { printed, startWatch } from './watch.js';

/** How long code that is about to be ended is held back before it may write after all, ms. */
const HELD = 1000;
/** So many calls must fit on the stack before a frame is begun. */
const HEADROOM = 40;

const idle = new Int32Array(new SharedArrayBuffer(4));
// Kept from the start: a cell that overwrites these must not break its own output.
const { load, notify, store, wait } = Atomics;
const { byteLength } = Buffer;
const now = performance.now.bind(performance);

/** When printed text was last written, ms. */
let written = 0;

/**
 * Writes one message whole. When the pipe is full it waits for the reader: no output is ever dropped.
 *
 * A frame that is cut off would make nonsense of all that follow, and two things could cut it: the watchdog, which
 * therefore waits until no frame is being written, and the end of the stack, which therefore must not be near.
 */
export function send(message: FromRunner, attached?: string): void {
  const frame = encodeFrame(message, attached);
  haveStack(HEADROOM);
  // The end of a cell has to be told whatever happens.
  enter(message.type !== 'done' && message.type !== 'comm-done');
  try {
    writePrinted();
    writeWhole(frame);
  } finally {
    leave();
  }
}

/**
 * Text that code prints. It leaves at once when none did lately, and else within a few milliseconds; in order with
 * all that is sent, in any case.
 */
export function print(cell: number, name: 'stdout' | 'stderr', text: string): void {
  const size = byteLength(text);
  if (size > LONGEST) {
    send({ type: 'stream', cell, name, attached: true }, text);
    return;
  }
  haveStack(HEADROOM);
  enter(true);
  try {
    if (!printed.add(cell, name, text, size)) {
      writePrinted();
      printed.add(cell, name, text, size);
    }
    if (now() - written >= PERIOD) writePrinted();
    else if (load(flags, DUE) === 0) {
      store(flags, DUE, 1);
      startWatch().postMessage('printed');
    }
  } finally {
    leave();
  }
}

/** Nothing else writes for this process once it has ended, however it is that it ends. */
export function flushAtExit(): void {
  for (const name of ['abort', 'kill', 'reallyExit'] as const) {
    const original = process[name as 'kill'].bind(process) as (...args: unknown[]) => never;
    Object.assign(process, {
      [name]: (...args: unknown[]) => {
        flushPrinted();
        return original(...args);
      },
    });
  }
}

function flushPrinted(): void {
  enter(false);
  try {
    writePrinted();
  } catch {
    // The wire process is gone.
  } finally {
    leave();
  }
}

/** @param mayBeHeld whether code that is about to be ended is held back here */
function enter(mayBeHeld: boolean): void {
  store(flags, WRITING, 1);
  if (mayBeHeld && load(flags, ENDING) === 1) {
    finished();
    // Here, between two frames, is where a loop that prints is ended.
    wait(flags, ENDING, 1, HELD);
    store(flags, WRITING, 1);
  }
  while (!printed.lock(MAIN)) {
    // The watchdog is writing; it may have to end what waits for it here.
    finished();
    wait(flags, LOCK, WATCHDOG, 10);
    store(flags, WRITING, 1);
  }
}

function leave(): void {
  printed.unlock();
  finished();
}

function writePrinted(): void {
  written = now();
  for (let at = printed.write(OUTPUT_FD, 0); at >= 0; at = printed.write(OUTPUT_FD, at)) wait(idle, 0, 0, 1);
}

function writeWhole(frame: Buffer): void {
  const end = frame.length;
  for (let at = writeSome(OUTPUT_FD, frame, 0, end); at < end; at = writeSome(OUTPUT_FD, frame, at, end)) {
    wait(idle, 0, 0, 1);
  }
}

function finished(): void {
  store(flags, WRITING, 0);
  notify(flags, WRITING);
}

function haveStack(calls: number): number {
  return calls === 0 ? 0 : 1 + haveStack(calls - 1);
}
