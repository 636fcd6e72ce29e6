/** Which cell the running code belongs to, also in callbacks and promises that outlive the cell's own run. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import type { ErrorContent, MimeBundle } from '../shared/protocol.js';
import { firstOf } from './builtins.js';
import { flags, OLDEST, REQUESTED } from './flags.js';

/** Output in the notebook's format, or the wish to clear what came before. */
export type CapturedOutput =
  | { readonly output_type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly output_type: 'display_data';
      readonly data: MimeBundle;
      readonly metadata: Record<string, unknown>;
      readonly transient?: { readonly display_id?: string };
    }
  | ({ readonly output_type: 'error' } & ErrorContent)
  | { readonly output_type: 'clear'; readonly wait: boolean };

export class CellContext {
  readonly cell: number;
  readonly label: string;
  readonly controller = new AbortController();
  /** True once the cell asked for its abort signal: it then gets time to finish by itself. */
  signalUsed = false;
  interrupted = false;
  /** True once the value of its last expression is kept as a result. */
  kept = false;
  /** What the frontend is to do once the cell has ended. */
  readonly payload: Record<string, unknown>[] = [];
  /** Takes what the code prints and shows instead of the cell. */
  capture: ((output: CapturedOutput) => void) | undefined;
  /** Code whose output goes elsewhere; it is stopped with this one. */
  readonly inner = new Set<CellContext>();
  /** The comm message that is being handled. */
  request: number | undefined;
  /** What the cell waits for beside its own code, and how it ends: ijavascript's `$$.async()`. */
  unfinished: Promise<void> | undefined;
  finish: ((error?: { readonly thrown: unknown }) => void) | undefined;
  /** Called when the cell's code has run, before its value is shown. */
  readonly atEnd: (() => void)[] = [];
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

  /** Node hangs the context on promises and timers; shown, it would be noise. */
  [inspect.custom](): string {
    return this.label;
  }

  /** Tells the code that it is to end. @returns whether it wants time for that */
  abort(): boolean {
    this.controller.abort(new Interrupted());
    let wants = this.signalUsed;
    for (const inner of this.inner) if (inner.abort()) wants = true;
    return wants;
  }

  /** Ends it where it next waits. */
  halt(): void {
    this.interrupted = true;
    for (const clear of this.timers) clear();
    this.timers.clear();
    this.stop(new Interrupted());
    for (const inner of this.inner) inner.halt();
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
/** One a shell, in the order of their starts. */
const running = new Set<CellContext>();
let latest: CellContext | undefined;
const alive = new Set<CellContext>();

/**
 * Keeps what Node notes on promises and timers for `storage` out of their text form.
 * Node's own inspection asks the prototype first; given the object itself back, it goes on as always.
 */
export function hideBookkeeping(): void {
  const hide = function (this: object): object {
    for (const symbol of Object.getOwnPropertySymbols(this)) {
      if (
        /^(async_id_symbol|trigger_async_id_symbol|kResourceStore|asyncId|triggerId)$/.test(
          symbol.description ?? '',
        )
      ) {
        Object.defineProperty(this, symbol, { enumerable: false });
      }
    }
    return this;
  };
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  const immediate = setImmediate(() => {});
  clearImmediate(immediate);
  const custom = (prototype: object, value: unknown): void => {
    Object.defineProperty(prototype, inspect.custom, { value, enumerable: false, configurable: true });
  };
  custom(Promise.prototype, hide);
  custom(Object.getPrototypeOf(immediate), hide);
  // Of a timer, what the user gave and whether it still goes on, not the lists that node keeps it in.
  custom(Object.getPrototypeOf(timer), function (this: TimerFields): string {
    const repeats = this._repeat !== null;
    return `Timeout { delay: ${this._idleTimeout}, repeats: ${repeats}, ended: ${this._destroyed} }`;
  });
}

/** What node notes on a timer. */
interface TimerFields {
  readonly _idleTimeout: number;
  readonly _repeat: number | null;
  readonly _destroyed: boolean;
}

/** The cell that the current code belongs to; before any cell, undefined. */
export function currentContext(): CellContext | undefined {
  return storage.getStore() ?? [...running].at(-1) ?? latest;
}

/** The cells whose run has not ended. */
export function runningContexts(): readonly CellContext[] {
  return [...running];
}

export function isRunning(context: CellContext): boolean {
  return running.has(context);
}

export function enter<T>(context: CellContext, body: () => T): T {
  running.add(context);
  noteOldest();
  latest = context;
  alive.add(context);
  return storage.run(context, body);
}

/** They are in the order of their starts. */
function noteOldest(): void {
  let oldest = 0;
  for (const { cell } of running) {
    oldest = cell;
    break;
  }
  Atomics.store(flags, OLDEST, oldest);
}

/** Runs code that belongs to no cell's own run: a message from a widget, for one. */
export function enterBeside<T>(context: CellContext, body: () => T): T {
  alive.add(context);
  return storage.run(context, body);
}

/** Runs code of the current cell whose output goes to `capture`; rejects when the cell is stopped. */
export async function runInside<T>(
  capture: (output: CapturedOutput) => void,
  body: () => T | PromiseLike<T>,
): Promise<T> {
  const outer = currentContext();
  const inner = new CellContext(outer?.cell ?? 0, outer?.label ?? 'widget');
  inner.capture = capture;
  outer?.inner.add(inner);
  try {
    return await firstOf(
      enterBeside(inner, async () => body()),
      inner.stopped,
    );
  } finally {
    outer?.inner.delete(inner);
    leave(inner);
  }
}

/** Runs code that belongs to no cell: what it prints goes to the cell that runs at that moment. */
export function outsideCells<T>(body: () => T): T {
  return storage.exit(body);
}

export function leave(context: CellContext): void {
  running.delete(context);
  noteOldest();
  if (context.timers.size === 0 && context !== latest) alive.delete(context);
}

/** Cells that have ended but may still have timers or loops going. */
export function backgroundContexts(): Iterable<CellContext> {
  return alive;
}

/**
 * Called after every `await` of user code. A loop over promises that are ready never lets an event through, so
 * the flag is read here as well.
 */
export function resume<T>(value?: T): T | undefined {
  const context = storage.getStore();
  if (context?.interrupted) throw new Interrupted();
  if (context !== undefined && context.cell <= Atomics.load(flags, REQUESTED)) {
    context.interrupted = true;
    throw new Interrupted();
  }
  return value;
}
