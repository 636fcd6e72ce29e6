/**
 * Printed text that is about to leave, in memory that the main thread and the watchdog thread share.
 *
 * A system call for every line is what a cell that prints a lot would wait for. So text is collected here for a few
 * milliseconds, as the frame that it will travel in, and written by whoever comes first: the main thread when it has
 * more to say, or the watchdog when user code prints a line and then computes for a minute.
 */
import { writeSync } from 'node:fs';
import { bytesOf, writeText } from '../shared/bytes.js';
import type { FromRunner } from '../shared/protocol.js';
import { LOCK, flags as ownFlags, SIZE, TEXT } from './flags.js';

/** How long text is collected, ms. */
export const PERIOD = 5;
const CAPACITY = 1 << 16;
/** Longer text has a frame of its own. */
export const LONGEST = CAPACITY - 1024;

/** Who holds the lock. */
export const FREE = 0;
export const MAIN = 1;
export const WATCHDOG = 2;

// Kept from the start: a cell that overwrites these must not break its own output.
const { compareExchange, load, notify, store } = Atomics;
const { stringify } = JSON;

export class Printed {
  readonly memory: SharedArrayBuffer;
  readonly #flags: Int32Array;
  readonly #bytes: Buffer;
  #cell = -1;
  #name = '';

  constructor(flags: Int32Array = ownFlags, memory = new SharedArrayBuffer(CAPACITY)) {
    this.#flags = flags;
    this.memory = memory;
    this.#bytes = Buffer.from(memory);
  }

  /** @returns false when another thread has it */
  lock(owner: number): boolean {
    const before = compareExchange(this.#flags, LOCK, FREE, owner);
    // What the main thread left locked it was ended in: it is nowhere else.
    return before === FREE || (before === MAIN && owner === MAIN);
  }

  unlock(): void {
    store(this.#flags, LOCK, FREE);
    notify(this.#flags, LOCK);
  }

  /** Under the lock: adds text. @returns false when what is there must be written first */
  add(cell: number, name: 'stdout' | 'stderr', text: string, size: number): boolean {
    let end = load(this.#flags, SIZE);
    if (end === 0) {
      this.#cell = cell;
      this.#name = name;
      end = this.#begin({ type: 'stream', cell, name, attached: true });
    } else if (cell !== this.#cell || name !== this.#name || end + size > CAPACITY) return false;
    writeText(this.#bytes, text, end, size);
    store(this.#flags, SIZE, end + size);
    return true;
  }

  #begin(head: FromRunner): number {
    const text = bytesOf(stringify(head));
    this.#bytes.writeUInt32BE(text.length, 0);
    this.#bytes.set(text, 4);
    const end = 4 + text.length + 4;
    store(this.#flags, TEXT, end);
    return end;
  }

  /**
   * Under the lock: writes what is there from byte `from` on, as much as the pipe takes.
   * @returns how far it came, or -1 when all is written
   */
  write(fd: number, from: number): number {
    const end = load(this.#flags, SIZE);
    const text = load(this.#flags, TEXT);
    if (end > 0 && from === 0) this.#bytes.writeUInt32BE(end - text, text - 4);
    const at = writeSome(fd, this.#bytes, from, end);
    if (at < end) return at;
    store(this.#flags, SIZE, 0);
    return -1;
  }
}

/** Writes bytes until the pipe is full. @returns how far it came */
export function writeSome(fd: number, bytes: Buffer, from: number, end: number): number {
  let at = from;
  try {
    while (at < end) at += writeSync(fd, bytes, at, end - at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return at;
}
