/** Spellings of other kernels, so that notebooks written for them run: tslab's module, Deno's `Deno.jupyter`. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { MimeBundle } from '../shared/protocol.js';
import { boxFor } from './boxes.js';
import { bundleOf, DISPLAY, displayBundle } from './display.js';

/** tslab takes bytes as they are; the protocol wants them as base64. */
function encoded(content: unknown): unknown {
  return content instanceof Uint8Array ? Buffer.from(content).toString('base64') : content;
}

const TSLAB_KINDS = {
  javascript: 'text/javascript',
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  pdf: 'application/pdf',
  text: 'text/plain',
};

function tslabDisplay(id?: string): Record<string, (...values: unknown[]) => void> {
  let shown = false;
  const raw = (mime: unknown, content: unknown): void => {
    const data = { [String(mime)]: encoded(content) };
    displayBundle({ data, ...(id ? { transient: { display_id: id } } : {}) }, { update: shown });
    // A display made by newDisplay() is one place: what comes later replaces what was there.
    shown = id !== undefined;
  };
  const kinds = Object.entries(TSLAB_KINDS).map(
    ([name, mime]) => [name, (content: unknown) => raw(mime, content)] as const,
  );
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

function image(source: string | Uint8Array): Displayable {
  const bytes = typeof source === 'string' ? readFileSync(source) : Buffer.from(source);
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isPng && !isJpeg)
    throw new TypeError(
      'Deno.jupyter.image: expected a PNG or JPEG file or its bytes, found another format.',
    );
  return { [DISPLAY]: () => ({ [isPng ? 'image/png' : 'image/jpeg']: bytes.toString('base64') }) };
}

/** `Deno` is a name of cells only: libraries that look for the global must not take this process for Deno. */
export function installDeno(): void {
  const jupyter = {
    $display: DISPLAY,
    display: async (value: unknown, options: { raw?: boolean } = {}): Promise<void> => {
      displayBundle({ data: options.raw ? (value as MimeBundle) : await bundleOf(value) });
    },
    format: async (value: unknown): Promise<MimeBundle> => bundleOf(value),
    html: template('text/html'),
    md: template('text/markdown'),
    svg: template('image/svg+xml'),
    image,
  };
  boxFor('Deno').v = { jupyter };
}
