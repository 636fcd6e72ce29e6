/**
 * Values of libraries that know no kernel, or another one: pictures, data frames, charts, elements of a page, and the
 * methods by which ijavascript's users say how a value is shown.
 */
import type { MimeBundle } from '../../shared/protocol.js';
import { imageType, LARGEST_IMAGE } from './images.js';
import { anyTableOf, tableHtml, tableText } from './table.js';
import { inspectText } from './text.js';

/** Formats of such a value beside its text; undefined when it is a value like any other. */
export function foreignBundle(value: object): MimeBundle | undefined {
  if (value instanceof Uint8Array) return bytesBundle(value);
  if (value instanceof ArrayBuffer) return undefined;
  return (
    ownMethods(value) ?? element(value) ?? canvas(value) ?? chart(value) ?? dataFrame(value) ?? tensor(value)
  );
}

function bytesBundle(bytes: Uint8Array): MimeBundle | undefined {
  if (bytes.length > LARGEST_IMAGE) return undefined;
  const mime = imageType(bytes);
  return mime === undefined ? undefined : { [mime]: bytes, 'text/plain': inspectText(bytes) };
}

/** A method of a value; `in` first, since some proxies give a function for every name that is read. */
function method(value: object, name: string): (() => unknown) | undefined {
  if (!(name in value)) return undefined;
  const found = (value as Record<string, unknown>)[name];
  return typeof found === 'function' ? () => (found as () => unknown).call(value) : undefined;
}

const IJAVASCRIPT = {
  _toHtml: 'text/html',
  _toSvg: 'image/svg+xml',
  _toPng: 'image/png',
  _toJpeg: 'image/jpeg',
} as const;

function ownMethods(value: object): MimeBundle | undefined {
  const bundle: MimeBundle = {};
  const whole = method(value, '_toMime')?.();
  if (typeof whole === 'object' && whole !== null) Object.assign(bundle, whole);
  for (const [name, mime] of Object.entries(IJAVASCRIPT)) {
    const content = mime in bundle ? undefined : method(value, name)?.();
    if (typeof content === 'string' || content instanceof Uint8Array) bundle[mime] = content;
  }
  if (Object.keys(bundle).length === 0) return undefined;
  return 'text/plain' in bundle ? bundle : { ...bundle, 'text/plain': inspectText(value) };
}

/** An element of a document: jsdom, linkedom, Observable Plot. */
function element(value: object): MimeBundle | undefined {
  if (!('outerHTML' in value && 'nodeType' in value) || value.nodeType !== 1) return undefined;
  const html = value.outerHTML;
  if (typeof html !== 'string') return undefined;
  const isSvg = /^<svg[\s>]/i.test(html);
  if (!isSvg) return { 'text/html': html, 'text/plain': html };
  // A drawing made for a page leaves out what a picture of its own needs.
  const svg = /^<svg[^>]*\sxmlns=/i.test(html)
    ? html
    : html.replace(/^<svg/i, '<svg xmlns="http://www.w3.org/2000/svg"');
  return { 'image/svg+xml': svg, 'text/plain': html };
}

function canvas(value: object): MimeBundle | undefined {
  if (!('getContext' in value)) return undefined;
  const url = method(value, 'toDataURL')?.();
  const parts = typeof url === 'string' ? /^data:([\w/+.-]+);base64,(.*)$/s.exec(url) : null;
  return parts ? { [String(parts[1])]: parts[2], 'text/plain': inspectText(value) } : undefined;
}

/** A Vega or Vega-Lite chart. */
function chart(value: object): MimeBundle | undefined {
  const spec = method(value, 'toSpec')?.();
  if (typeof spec !== 'object' || spec === null) return undefined;
  const schema = '$schema' in spec ? String(spec.$schema) : '';
  const [, name = 'vega', major = '5'] = /\/schema\/(vega|vega-lite)\/v(\d+)/.exec(schema) ?? [];
  return {
    [`application/vnd.${name.replace('-', '')}.v${major}+json`]: spec,
    'text/plain': inspectText(value),
  };
}

/** A table that writes itself as HTML or gives its records: arquero, polars, danfo and others. */
function dataFrame(value: object): MimeBundle | undefined {
  const html = (method(value, 'toHTML') ?? method(value, 'toHtml'))?.();
  if (typeof html !== 'string' || !/^\s*</.test(html)) {
    if (!('schema' in value && 'head' in value)) return undefined;
    const table = anyTableOf(method(value, 'toRecords')?.());
    return table && { 'text/html': tableHtml(table), 'text/plain': tableText(table) };
  }
  return { 'text/html': html, 'text/plain': ownText(value) };
}

/** A tensor of TensorFlow.js, which is only bookkeeping to node. */
function tensor(value: object): MimeBundle | undefined {
  if (!('dataSync' in value && 'dtype' in value && 'shape' in value && 'size' in value)) return undefined;
  if (!Array.isArray(value.shape) || Number(value.size) > 1_000_000) return undefined;
  if ('isDisposed' in value && value.isDisposed) return undefined;
  const text = (value as { toString(verbose: boolean): unknown }).toString(true);
  return typeof text === 'string' ? { 'text/plain': text } : undefined;
}

/** The value's own text where it writes one, as data frames do; else node's. */
function ownText(value: object): string {
  const text = method(value, 'toString')?.();
  return typeof text === 'string' && !text.startsWith('[object ') ? text : inspectText(value);
}
