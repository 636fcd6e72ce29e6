/** Asks a kernel what an editor asks; the mark ¦ in the code stands for the cursor. */
import { expect } from 'vitest';
import type { KernelClient } from './client.js';
import type { Json } from './message.js';

interface Marked {
  readonly code: string;
  /** In code points, as the protocol counts. */
  readonly cursor: number;
}

function marked(text: string): Marked {
  const at = text.indexOf('¦');
  if (at < 0) throw new Error(`There is no mark ¦ in ${text}`);
  return { code: text.slice(0, at) + text.slice(at + 1), cursor: [...text.slice(0, at)].length };
}

export interface Completion {
  readonly matches: readonly string[];
  /** What the matches replace. */
  readonly replaced: string;
  /** The cell after the frontend put in the only match, or the one named. */
  readonly applied: (match?: string) => string;
  /** What kind of thing each match is. */
  readonly types: Readonly<Record<string, string>>;
  readonly signatures: Readonly<Record<string, string>>;
}

export async function complete(kernel: KernelClient, text: string): Promise<Completion> {
  const { code, cursor } = marked(text);
  const { reply } = await kernel.request('complete_request', { code, cursor_pos: cursor });
  expect(reply.status).toBe('ok');
  const points = [...code];
  const matches: readonly string[] = reply.matches;
  const kinds: readonly Json[] = reply.metadata._jupyter_types_experimental;
  return {
    matches,
    replaced: points.slice(reply.cursor_start, reply.cursor_end).join(''),
    applied: (match) => {
      const chosen = match ?? matches[0];
      if (chosen === undefined || (match === undefined && matches.length > 1))
        throw new Error(`Not one match but ${matches.length}: ${matches.slice(0, 20).join(', ')}`);
      if (!matches.includes(chosen)) throw new Error(`No match ${chosen}`);
      return points.slice(0, reply.cursor_start).join('') + chosen + points.slice(reply.cursor_end).join('');
    },
    types: Object.fromEntries(kinds.map((item) => [item.text, item.type])),
    signatures: Object.fromEntries(kinds.map((item) => [item.text, item.signature])),
  };
}

export interface Inspection {
  readonly found: boolean;
  readonly markdown: string;
  readonly plain: string;
}

export async function inspect(kernel: KernelClient, text: string, detail = 0): Promise<Inspection> {
  const { code, cursor } = marked(text);
  const content = { code, cursor_pos: cursor, detail_level: detail };
  const { reply } = await kernel.request('inspect_request', content);
  expect(reply.status).toBe('ok');
  return {
    found: reply.found,
    markdown: reply.data['text/markdown'] ?? '',
    plain: reply.data['text/plain'] ?? '',
  };
}
