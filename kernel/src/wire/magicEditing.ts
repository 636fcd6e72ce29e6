/** Completion and inspection in a cell with magics: asked about its TypeScript, answered for what was written. */
import type { CellFacts } from '../cells/facts.js';
import { CELL_MAGICS, LINE_MAGICS } from '../cells/magicNames.js';
import { type CellSource, toOriginal, toText } from '../cells/source.js';
import type { Completions } from '../language/completion.js';
import { fromCodePoints, toCodePoints } from '../language/positions.js';

type Ask<T> = (text: string, facts: CellFacts, cursor: number) => Promise<T>;

export async function complete(
  cell: CellSource,
  cursor: number,
  ask: Ask<Completions>,
): Promise<Completions> {
  const offset = fromCodePoints(cell.code, cursor);
  const magics = completeMagic(cell.code.slice(0, offset));
  if (magics) return { ...magics, start: cursor - magics.typed, end: cursor };
  if (cell.edits.length === 0) return ask(cell.code, cell.facts, cursor);
  const at = toText(cell, offset);
  if (at === undefined) return { start: cursor, end: cursor, items: [] };
  const found = await ask(cell.text, cell.facts, toCodePoints(cell.text, at));
  const back = (points: number): number =>
    toCodePoints(cell.code, toOriginal(cell, fromCodePoints(cell.text, points)));
  return { ...found, start: back(found.start), end: cursor };
}

function completeMagic(
  before: string,
): { readonly typed: number; readonly items: Completions['items'] } | undefined {
  const [, sign, name = ''] = /(?:^|\n)[ \t]*(%%?)([A-Za-z]*)$/.exec(before) ?? [];
  if (sign === undefined) return undefined;
  const isFirstLine = before.trim() === sign + name;
  const known = [
    ...(isFirstLine
      ? Object.entries(CELL_MAGICS).map(([key, [, about]]) => [`%%${key}`, about] as const)
      : []),
    ...(sign === '%'
      ? Object.entries(LINE_MAGICS).map(([key, [, about]]) => [`%${key}`, about] as const)
      : []),
  ];
  const items = known
    .filter(([text]) => text.startsWith(sign + name) || (sign === '%' && text.startsWith(`%%${name}`)))
    .map(([text, about]) => ({ text, type: 'magic', signature: about }));
  return { typed: sign.length + name.length, items };
}

export async function inspect(
  cell: CellSource,
  cursor: number,
  ask: Ask<string | undefined>,
): Promise<string | undefined> {
  const at = toText(cell, fromCodePoints(cell.code, cursor));
  return at === undefined ? undefined : ask(cell.text, cell.facts, toCodePoints(cell.text, at));
}
