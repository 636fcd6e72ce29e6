/** The bundle under which a value is shown. */
import type { MimeBundle } from '../../shared/protocol.js';
import { asUser } from '../builtins.js';
import { isBundle, normalised } from './bundle.js';
import { foreignBundle } from './foreign.js';
import { jsxBundle, libraryOf } from './jsx.js';
import { tableHtml, tableOf } from './table.js';
import { inspectText, shortened } from './text.js';

/** Objects with this method say themselves how they are shown; the symbol is the one that Deno's kernel uses. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display');

/** The bundle under which a value is shown; a promise only where the value's own method gives one. */
export function bundleOf(value: unknown): MimeBundle | Promise<MimeBundle> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return { 'text/plain': inspectText(value) };
  const method = displayMethod(value);
  if (method) {
    const bundle: unknown = asUser(() => method.call(value));
    return isThenable(bundle) ? Promise.resolve(bundle).then(checkedBundle) : checkedBundle(bundle);
  }
  return jsxElement(value) ?? richBundle(value) ?? { 'text/plain': inspectText(value) };
}

/** What a component throws is the cell's error; what a strange value throws when it is looked at is not. */
function jsxElement(value: object): MimeBundle | undefined {
  let library: ReturnType<typeof libraryOf>;
  try {
    library = libraryOf(value);
  } catch {
    return undefined;
  }
  return library && jsxBundle(value, library);
}

function displayMethod(value: object): ((this: unknown) => unknown) | undefined {
  try {
    // Asked with `in` first: some proxies give a function for whatever is read.
    const method = DISPLAY in value ? value[DISPLAY] : undefined;
    return typeof method === 'function' ? (method as () => unknown) : undefined;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Formats beside text for kinds of values that are better seen. What fails here is shown as text. */
function richBundle(value: object): MimeBundle | undefined {
  try {
    const foreign = foreignBundle(value);
    if (foreign) return normalised(foreign);
    const table = tableOf(value);
    return table && { 'text/html': tableHtml(table), 'text/plain': inspectText(value) };
  } catch {
    return undefined;
  }
}

function checkedBundle(bundle: unknown): MimeBundle {
  if (!isBundle(bundle)) {
    throw new TypeError(
      `[Symbol.for('Jupyter.display')]() must return an object of MIME types such as {'text/html': '<b>x</b>'}, found ${shortened(inspectText(bundle), 300)}.`,
    );
  }
  return normalised(bundle);
}
