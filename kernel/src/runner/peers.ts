/** Spellings of other kernels, so that notebooks written for them run: tslab's module, Deno's `Deno.jupyter`. */
import { randomUUID } from 'node:crypto';
import type { MimeBundle } from '../shared/protocol.js';
import { boxFor } from './boxes.js';
import { currentContext } from './context.js';
import { displayBundle, KINDS, shownAlready } from './display.js';
import { send } from './output.js';
import { shownImage } from './values/images.js';
import { bundleOf, DISPLAY } from './values/show.js';

const TSLAB_KINDS = ['javascript', 'html', 'markdown', 'latex', 'svg', 'png', 'jpeg', 'gif', 'pdf', 'text'];

function tslabDisplay(id?: string): Record<string, (...values: unknown[]) => void> {
  let shown = false;
  const raw = (mime: unknown, content: unknown): void => {
    const data = { [String(mime)]: content };
    displayBundle({ data, ...(id ? { transient: { display_id: id } } : {}) }, { update: shown });
    // A display made by newDisplay() is one place: what comes later replaces what was there.
    shown = id !== undefined;
  };
  const kinds = TSLAB_KINDS.map((name) => [name, (content: unknown) => raw(KINDS[name], content)] as const);
  return { ...Object.fromEntries(kinds), raw };
}

/** What `import … from 'tslab'` gives under this kernel. */
export function tslabModule(): Record<string, unknown> {
  const versions = { tslab: 'typescript-kernel', typescript: '7', node: process.version };
  const module = { display: tslabDisplay(), newDisplay: () => tslabDisplay(randomUUID()), versions };
  return { ...module, default: module };
}

interface Displayable {
  [DISPLAY](): MimeBundle;
}

function template(mime: string): (strings: TemplateStringsArray, ...values: unknown[]) => Displayable {
  return (strings, ...values) => {
    const text = strings.reduce((before, part, index) => `${before}${String(values[index - 1])}${part}`);
    return { [DISPLAY]: () => ({ [mime]: text }) };
  };
}

function image(source: string | URL | Uint8Array): Displayable {
  const { mime, bytes } = shownImage(source);
  return { [DISPLAY]: () => ({ [mime]: bytes.toString('base64') }) };
}

interface DenoOptions {
  readonly raw?: boolean;
  readonly update?: boolean;
  readonly display_id?: string;
}

async function denoDisplay(value: unknown, options: DenoOptions): Promise<void> {
  const { raw = false, update = false, display_id } = options;
  const data = raw ? (value as MimeBundle) : await bundleOf(value);
  displayBundle({ data, ...(display_id === undefined ? {} : { transient: { display_id } }) }, { update });
}

/** Sends a message of any type to the frontends; bytes travel beside it. */
async function broadcast(
  type: string,
  content: Record<string, unknown>,
  extra: { metadata?: Record<string, unknown>; buffers?: readonly Uint8Array[] } = {},
): Promise<void> {
  const { metadata = {}, buffers = [] } = extra;
  const kind = /^comm_(open|msg|close)$/.exec(type)?.[1] as 'open' | 'msg' | 'close' | undefined;
  const encoded = buffers.map((bytes) => Buffer.from(bytes).toString('base64'));
  const cell = currentContext()?.cell ?? 0;
  if (kind) {
    const { comm_id: id, target_name: target = '', data = {} } = content;
    const body = { id: String(id), target: String(target), data: data as Record<string, unknown> };
    send({ type: 'comm', cell, kind, ...body, metadata, buffers: encoded });
  } else if (/^(status|execute_input|.*_re(quest|ply))$/.test(type)) {
    throw new TypeError(`Deno.jupyter.broadcast: ${type} is the kernel's own to send.`);
  } else send({ type: 'broadcast', cell, messageType: type, content, metadata, buffers: encoded });
}

/** `Deno` is a name of cells only: libraries that look for the global must not take this process for Deno. */
export function installDeno(): void {
  const jupyter = {
    $display: DISPLAY,
    display: (value: unknown, options: DenoOptions = {}): Promise<void> =>
      shownAlready(denoDisplay(value, options)),
    broadcast,
    format: async (value: unknown): Promise<MimeBundle> => bundleOf(value),
    html: template('text/html'),
    md: template('text/markdown'),
    svg: template('image/svg+xml'),
    image,
  };
  boxFor('Deno').v = { jupyter };
}
