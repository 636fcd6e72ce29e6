/** What a cell shows: values as MIME bundles, and the display API that user code calls. */
import { randomUUID } from 'node:crypto';
import type { DisplayContent, MimeBundle } from '../shared/protocol.js';
import { asKernel } from './builtins.js';
import { openComm, registerTarget } from './comms.js';
import { currentContext } from './context.js';
import { on } from './events.js';
import { flags, SIGNALLED } from './flags.js';
import { send } from './output.js';
import { isBundle, normalised } from './values/bundle.js';
import { shownImage } from './values/images.js';
import { bundleOf } from './values/show.js';
import { anyTableOf, tableHtml, tableText } from './values/table.js';
import { inspectText, shortened } from './values/text.js';
import { updateCaptured } from './widgets/outputs.js';

/** Kept from the start: a cell that breaks it must not break what is shown. */
const { stringify } = JSON;

/** Libraries find the kernel under this symbol and need not import it. */
const KERNEL = Symbol.for('jupyter.kernel');

interface Shown {
  readonly data: MimeBundle;
  readonly metadata?: Record<string, unknown>;
  readonly transient?: { readonly display_id?: string };
}

/** Sends a MIME bundle as it is. */
export function displayBundle(shown: Shown, options: { readonly update?: boolean } = {}): void {
  asKernel(() => sendBundle(shown, options));
}

function sendBundle(shown: Shown, options: { readonly update?: boolean }): void {
  if (typeof shown !== 'object' || shown === null || !isBundle(shown.data)) {
    throw new TypeError(
      `display: data must be an object of MIME types such as {'text/plain': 'x'}, found ${shortened(inspectText(shown?.data), 300)}.`,
    );
  }
  const data = normalised(shown.data);
  const update = options.update === true;
  if (update && !shown.transient?.display_id) {
    throw new TypeError('display: an update needs transient.display_id, the id of the display to change.');
  }
  const metadata = shown.metadata ?? {};
  const id = shown.transient?.display_id;
  if (update && id !== undefined && updateCaptured(id, data, metadata)) return;
  const context = currentContext();
  if (context?.capture && !update) {
    const transient = id === undefined ? {} : { transient: { display_id: id } };
    context.capture({ output_type: 'display_data', data, metadata, ...transient });
    return;
  }
  const content: DisplayContent = {
    data,
    metadata,
    transient: { ...shown.transient },
  };
  try {
    send({ type: 'display', cell: context?.cell ?? 0, update, attached: true }, stringify(content));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`display: ${Object.keys(data).join(', ')} cannot be sent: ${reason}.`, { cause });
  }
}

export function clearOutput(wait = false): void {
  const context = currentContext();
  if (context?.capture) context.capture({ output_type: 'clear', wait: Boolean(wait) });
  else send({ type: 'clear', cell: context?.cell ?? 0, wait: Boolean(wait) });
}

/** Shows a value in the frontend's pager, where it has one, once the cell has ended. */
async function page(value: unknown): Promise<void> {
  const data = typeof value === 'string' ? { 'text/plain': value } : await bundleOf(value);
  currentContext()?.payload.push({ source: 'page', data, start: 0 });
}

/** Makes a cell with this text below, or puts the text into this cell, once the cell has ended. */
function nextCell(text: string, replace = false): void {
  if (typeof text !== 'string')
    throw new TypeError(`display.nextCell: text must be a string, found ${typeof text}.`);
  currentContext()?.payload.push({ source: 'set_next_input', text, replace: Boolean(replace) });
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
    const bundle = asKernel(() => (options.raw && isBundle(shown) ? shown : bundleOf(shown)));
    // Shown at once where that is possible, so that it keeps its place among printed lines.
    return bundle instanceof Promise ? bundle.then(send) : send(bundle);
  };
  const handle: DisplayHandle = { id, update: async (next) => show(next, true) };
  const first = show(value, false);
  return shownAlready(first instanceof Promise ? first.then(() => handle) : Promise.resolve(handle), handle);
}

const made = new WeakMap<object, number>();

/** Notes what a display gave its cell: as the last expression it is no value to show beside the display. */
export function shownAlready<T extends object>(promise: T, ...more: object[]): T {
  const cell = currentContext()?.cell ?? 0;
  for (const item of [promise, ...more]) made.set(item, cell);
  return promise;
}

/** True for what a display of this same cell gave. */
export function isShownAlready(value: unknown, cell: number): boolean {
  return typeof value === 'object' && value !== null && made.get(value) === cell;
}

/** The kinds that are one content have a function each, so that a student need not know MIME types. */
export const KINDS: Readonly<Record<string, string>> = {
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  text: 'text/plain',
  json: 'application/json',
  javascript: 'text/javascript',
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
};

interface ImageOptions {
  readonly alt?: string;
  readonly width?: number;
  readonly height?: number;
}

/** Shows a picture: its bytes, or the path or address of a file. */
function image(source: string | URL | Uint8Array, options: ImageOptions = {}): void {
  const { mime, bytes } = shownImage(source);
  const { alt } = options;
  const metadata = { [mime]: { ...options }, ...(alt === undefined ? {} : { alt }) };
  displayBundle({
    data: { [mime]: bytes, 'text/plain': alt ?? `an ${mime} of ${bytes.length} bytes` },
    metadata,
  });
}

/** Shows rows and columns: records, lists of lists, or lists by name. */
function table(value: unknown, options: { columns?: readonly string[]; caption?: string } = {}): void {
  const found = asKernel(() => anyTableOf(value, options.columns));
  if (!found) {
    throw new TypeError(
      `display.table: expected a list of records or of lists, a map, or an object of lists, found ${shortened(inspectText(value), 300)}.`,
    );
  }
  displayBundle({ data: { 'text/html': tableHtml(found, options.caption), 'text/plain': tableText(found) } });
}

/** Puts `display` and the kernel's object where user code and libraries find them. */
export function installDisplay(): void {
  for (const [name, mime] of Object.entries(KINDS)) {
    Object.assign(display, { [name]: (content: unknown) => displayBundle({ data: { [mime]: content } }) });
  }
  const kernel = {
    comms: { open: openComm, register: registerTarget },
    display: displayBundle,
    clearOutput,
    events: { on },
    get signal(): AbortSignal {
      const context = currentContext();
      if (!context) return new AbortController().signal;
      context.signalUsed = true;
      Atomics.store(flags, SIGNALLED, context.cell);
      return context.controller.signal;
    },
  };
  Object.defineProperty(globalThis, KERNEL, { value: kernel });
  Object.defineProperty(globalThis, 'display', {
    value: Object.assign(display, { clear: clearOutput, page, nextCell, image, table }),
    writable: true,
    configurable: true,
  });
}
