/** What a cell shows: values as MIME bundles, and the display API that user code calls. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { DisplayContent, MimeBundle } from '../shared/protocol.js';
import { openComm, registerTarget } from './comms.js';
import { currentContext } from './context.js';
import { send } from './output.js';

/** Objects with this method say themselves how they are shown; the symbol is the one that Deno's kernel uses. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display');
/** Libraries find the kernel under this symbol and need not import it. */
const KERNEL = Symbol.for('jupyter.kernel');

const MIME = /^[\w.+-]+\/[\w.+-]+(;.*)?$/;

function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/** Node's text form of anything, also of values that throw when they are looked at. */
export function inspectText(value: unknown): string {
  try {
    return inspect(value, { maxArrayLength: 100, maxStringLength: 100_000, breakLength: 100 });
  } catch (error) {
    let reason = 'unknown';
    try {
      reason = String((error as Error).message);
    } catch {
      // Its message throws as well.
    }
    return `[a value that cannot be shown: ${reason}]`;
  }
}

/** The bundle under which a value is shown; a promise only where the value's own method gives one. */
export function bundleOf(value: unknown): MimeBundle | Promise<MimeBundle> {
  let method: unknown;
  try {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      method = (value as Record<symbol, unknown>)[DISPLAY];
    }
  } catch {
    method = undefined;
  }
  if (typeof method !== 'function') return { 'text/plain': inspectText(value) };
  const bundle: unknown = method.call(value);
  return bundle instanceof Promise ? bundle.then(checkedBundle) : checkedBundle(bundle);
}

function checkedBundle(bundle: unknown): MimeBundle {
  if (!isBundle(bundle)) {
    throw new TypeError(
      `[Symbol.for('Jupyter.display')]() must return an object of MIME types such as {'text/html': '<b>x</b>'}, found ${inspectText(bundle)}.`,
    );
  }
  return bundle;
}

interface Shown {
  readonly data: MimeBundle;
  readonly metadata?: Record<string, unknown>;
  readonly transient?: { readonly display_id?: string };
}

/** Sends a MIME bundle as it is. */
export function displayBundle(shown: Shown, options: { readonly update?: boolean } = {}): void {
  if (typeof shown !== 'object' || shown === null || !isBundle(shown.data)) {
    throw new TypeError(
      `display: data must be an object of MIME types such as {'text/plain': 'x'}, found ${inspectText(shown?.data)}.`,
    );
  }
  const update = options.update === true;
  if (update && !shown.transient?.display_id) {
    throw new TypeError('display: an update needs transient.display_id, the id of the display to change.');
  }
  const context = currentContext();
  if (context?.capture) {
    context.capture({ output_type: 'display_data', data: shown.data, metadata: shown.metadata ?? {} });
    return;
  }
  const content: DisplayContent = {
    data: shown.data,
    metadata: shown.metadata ?? {},
    transient: { ...shown.transient },
  };
  send({ type: 'display', cell: context?.cell ?? 0, update, content });
}

function clearOutput(wait = false): void {
  send({ type: 'clear', cell: currentContext()?.cell ?? 0, wait: Boolean(wait) });
}

/** Shows a value in the frontend's pager, where it has one, once the cell has ended. */
async function page(value: unknown): Promise<void> {
  const data = typeof value === 'string' ? { 'text/plain': value } : await bundleOf(value);
  currentContext()?.payload.push({ source: 'page', data, start: 0 });
}

/** A display that can be changed later. */
export interface DisplayHandle {
  readonly id: string;
  update(value: unknown): Promise<void>;
}

function display(value: unknown, options: { id?: string; raw?: boolean } = {}): Promise<DisplayHandle> {
  const id = options.id ?? randomUUID();
  const show = (shown: unknown, update: boolean): void | Promise<void> => {
    const send = (data: MimeBundle): void =>
      displayBundle({ data, transient: { display_id: id } }, { update });
    const bundle = options.raw && isBundle(shown) ? shown : bundleOf(shown);
    // Shown at once where that is possible, so that it keeps its place among printed lines.
    return bundle instanceof Promise ? bundle.then(send) : send(bundle);
  };
  const handle: DisplayHandle = { id, update: async (next) => show(next, true) };
  const first = show(value, false);
  return first instanceof Promise ? first.then(() => handle) : Promise.resolve(handle);
}

/** Text kinds have a function each, so that a student need not know MIME types. */
const kinds: Record<string, string> = {
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  text: 'text/plain',
  json: 'application/json',
};

/** Puts `display` and the kernel's object where user code and libraries find them. */
export function installDisplay(): void {
  for (const [name, mime] of Object.entries(kinds)) {
    Object.assign(display, { [name]: (content: unknown) => displayBundle({ data: { [mime]: content } }) });
  }
  const kernel = {
    comms: { open: openComm, register: registerTarget },
    display: displayBundle,
    clearOutput,
    get signal(): AbortSignal {
      const context = currentContext();
      if (!context) return new AbortController().signal;
      context.signalUsed = true;
      return context.controller.signal;
    },
  };
  Object.defineProperty(globalThis, KERNEL, { value: kernel });
  Object.defineProperty(globalThis, 'display', {
    value: Object.assign(display, { clear: clearOutput, page }),
    writable: true,
    configurable: true,
  });
}
