import { createRequire } from 'node:module';

/**
 * Where this code runs, seen from what it can show: our kernel, stock tslab, or plain Node in a terminal.
 * Everything that draws goes through `host()`, so a notebook needs no other import than `batchnorm`.
 */

/** One thing to display, in several formats; the notebook shows the richest that it knows. */
export interface DisplayBundle {
  data: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  transient?: { display_id?: string };
}

export interface Host {
  kind: 'kernel' | 'tslab' | 'terminal';
  /** With `update`, replaces what was shown under the bundle's `display_id`. */
  display(bundle: DisplayBundle, options?: { update?: boolean }): void;
  /** Aborted when the user stops the running cell. */
  readonly signal: AbortSignal;
}

type Kernel = Pick<Host, 'display' | 'signal'>;
type WriteDisplay = (bundle: DisplayBundle, update: boolean) => void;

const key = Symbol.for('jupyter.kernel');
const never = new AbortController().signal;

function isKernel(value: unknown): value is Kernel {
  return typeof value === 'object' && value !== null && 'display' in value && 'signal' in value;
}

/**
 * tslab's own display function takes one format at a time, so a figure could not carry its fallback. The function
 * beneath it takes a whole bundle; it lives in tslab's module, which is loaded in this very process.
 */
function tslabWriter(): WriteDisplay | undefined {
  const { cache } = createRequire(`${process.cwd()}/cell.js`);
  const path = Object.keys(cache).find((name) => name.replace(/\\/g, '/').endsWith('/tslab/dist/jupyter.js'));
  const exports: unknown = path && cache[path]?.exports;
  if (typeof exports !== 'object' || exports === null || !('lastWriteDisplayData' in exports))
    return undefined;
  // tslab publishes no type for it: (bundle, update) => void, read in its dist/jupyter.js
  return typeof exports.lastWriteDisplayData === 'function'
    ? (exports.lastWriteDisplayData as WriteDisplay)
    : undefined;
}

let tslabAbort: AbortController | undefined;

/** tslab gives a cell no signal; its Stop is SIGINT, which leaves a running loop alone unless the loop listens. */
function tslabSignal(): AbortSignal {
  if (!tslabAbort) {
    process.on('SIGINT', () => {
      tslabAbort?.abort();
      tslabAbort = new AbortController();
    });
    tslabAbort = new AbortController();
  }
  return tslabAbort.signal;
}

/** What can be shown here, asked anew each time, since a kernel may give each cell its own signal. */
export function host(): Host {
  const kernel: unknown = Reflect.get(globalThis, key);
  if (isKernel(kernel)) {
    return {
      kind: 'kernel',
      display: (bundle, options) => kernel.display(bundle, options),
      get signal() {
        return kernel.signal;
      },
    };
  }
  const write = tslabWriter();
  if (write) {
    return {
      kind: 'tslab',
      display: ({ data, metadata = {}, transient = {} }, options) =>
        write({ data, metadata, transient }, options?.update === true),
      get signal() {
        return tslabSignal();
      },
    };
  }
  return {
    kind: 'terminal',
    display: ({ data }) => {
      const text = data['text/plain'];
      if (typeof text === 'string') console.log(text);
    },
    signal: never,
  };
}

/**
 * The running cell's abort signal: give it to a long experiment, and Stop ends it with what it has so far.
 * Outside a notebook it is a signal that never aborts.
 *
 * @example
 * const { stopped } = await whiteningCost({ features: [2, 4], m: 8, repeats: 1 }, { signal: interruptSignal() });
 * console.log(stopped); // prints false
 */
export function interruptSignal(): AbortSignal {
  return host().signal;
}
