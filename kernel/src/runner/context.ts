/** Which cell the running code belongs to, also in callbacks and promises that outlive the cell's own run. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Output in the notebook format. */
export type CapturedOutput = Record<string, unknown>;

export class CellContext {
  readonly cell: number;
  readonly label: string;
  readonly controller = new AbortController();
  /** True once the cell asked for its abort signal: it then gets time to finish by itself. */
  signalUsed = false;
  interrupted = false;
  /** What the frontend is to do once the cell has ended. */
  readonly payload: Record<string, unknown>[] = [];
  /** Takes what the code prints and shows instead of the cell. */
  capture: ((output: CapturedOutput) => void) | undefined;
  /** Timers that the cell started and that have not ended. */
  readonly timers = new Set<() => void>();
  /** Settles when the cell is stopped from outside. */
  readonly stopped: Promise<never>;
  stop!: (reason: unknown) => void;

  constructor(cell: number, label: string) {
    this.cell = cell;
    this.label = label;
    this.stopped = new Promise((_, reject) => {
      this.stop = reject;
    });
    // Nobody may be waiting when a finished cell is stopped.
    this.stopped.catch(() => {});
  }

  clearTimers(): void {
    for (const clear of this.timers) clear();
    this.timers.clear();
  }
}

/** What a stopped cell fails with. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('The cell was stopped. Variables keep the values they had.');
  }
}

const storage = new AsyncLocalStorage<CellContext>();
let running: CellContext | undefined;
let latest: CellContext | undefined;
const alive = new Set<CellContext>();

/** The cell that the current code belongs to; before any cell, undefined. */
export function currentContext(): CellContext | undefined {
  return storage.getStore() ?? running ?? latest;
}

/** The cell whose run has not ended. */
export function runningContext(): CellContext | undefined {
  return running;
}

export function enter<T>(context: CellContext, body: () => T): T {
  running = context;
  latest = context;
  alive.add(context);
  return storage.run(context, body);
}

/** Runs code that belongs to no cell's own run: a message from a widget, for one. */
export function enterBeside<T>(context: CellContext, body: () => T): T {
  alive.add(context);
  return storage.run(context, body);
}

export function leave(context: CellContext): void {
  if (running === context) running = undefined;
  if (context.timers.size === 0 && context !== latest) alive.delete(context);
}

/** Cells that have ended but may still have timers or loops going. */
export function backgroundContexts(): Iterable<CellContext> {
  return alive;
}

/** Shared with the watchdog thread: an interrupt was asked for; the main thread has seen it. */
export const flags = new Int32Array(new SharedArrayBuffer(8));
export const REQUESTED = 0;
export const SEEN = 1;

/**
 * Called after every `await` of user code. A loop over promises that are ready never lets an event through, so
 * the flag is read here as well.
 */
export function resume<T>(value?: T): T | undefined {
  const context = storage.getStore();
  if (context?.interrupted) throw new Interrupted();
  if (Atomics.load(flags, REQUESTED) === 1 && context !== undefined) {
    context.interrupted = true;
    throw new Interrupted();
  }
  return value;
}
