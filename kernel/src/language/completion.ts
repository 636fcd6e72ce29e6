/** What may stand at the cursor: from types, from live values where types say little, and names to import. */
import type { CompletionItem } from 'vscode-languageserver-protocol';
import type { Peeked } from '../shared/protocol.js';
import { importable, type Offer, offers, throughNamespace } from './autoImports.js';
import { type Cursor, cursorAt, type Path } from './cursor.js';
import { isVague, withProbe } from './keysProbe.js';
import { openAt } from './lexer.js';
import { byUse, insertion, isInternal, kindName, type Match, withSignatures } from './matches.js';
import { completeFile, completeImport, completePackage } from './paths.js';
import { lineAt, offsetAt, toCodePoints } from './positions.js';
import type { LanguageServer } from './server.js';

/** Looks at a value in the runner without running any code of the user's. */
export type Peek = (path: Path) => Promise<Peeked | undefined>;

/** A cell with the cursor in it; offsets in UTF-16 units. */
export interface Question {
  readonly source: string;
  readonly offset: number;
  /** What follows the cell for the checker: the names of earlier cells. */
  readonly epilogue: string;
  readonly folder: string;
  readonly server: LanguageServer;
  readonly peek: Peek;
}

/** Matches and what they replace; positions in code points. */
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Match[];
}

const MAX_COMPLETIONS = 1000;
/** What `@types/node` looks like to the checker: a module that does not exist. */
const TYPES_OF_NODE = 'node';

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

export async function complete(question: Question): Promise<Completions> {
  const { source, offset, folder } = question;
  const before = source.slice(0, offset);
  const reply = (start: number, items: readonly Match[]): Completions => ({
    start: toCodePoints(source, start),
    end: toCodePoints(source, offset),
    items: items.slice(0, MAX_COMPLETIONS),
  });
  const path = completeImport(folder, before);
  if (path) return reply(offset - path.typed, path.items);
  const { place } = openAt(before);
  if (place === 'regex') return reply(offset, []);
  const cursor = place === 'code' || place === 'string' ? cursorAt(source, offset) : undefined;
  const word = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(before)?.[0] ?? '';
  const wordStart = offset - word.length;
  const { items, live } = await ask(question, cursor);
  const inside = place === 'string' ? inString(question, before, cursor, live) : undefined;
  if (inside && items.length === 0) return reply(inside.start, inside.items);
  // Some items replace more than the name, such as `o.a` by `o?.a`. Jupyter has one range for all, so the name's
  // own is taken wherever any item has it.
  const startOf = (item: CompletionItem): number =>
    item.textEdit && 'range' in item.textEdit ? offsetAt(source, item.textEdit.range.start) : wordStart;
  const start =
    items.length === 0 || items.some((item) => startOf(item) === wordStart)
      ? wordStart
      : startOf(items[0] as CompletionItem);
  const typed = source.slice(start, offset);
  const lower = typed.toLowerCase();
  const fits = (text: string): boolean => text.toLowerCase().startsWith(lower);
  const shown = items
    .filter((item) => startOf(item) === start && fits(item.filterText ?? insertion(item)))
    .filter((item) => place !== 'string' || item.label !== TYPES_OF_NODE);
  const known = shown
    .filter((item) => !importable(item) && !isInternal(item.label, typed))
    .sort(byUse(typed));
  const fromTypes = await withSignatures(question.server, known.slice(0, MAX_COMPLETIONS));
  const texts = new Set(known.map(({ label }) => label));
  const keys = cursor?.object && inside?.start === start ? inside.items : [];
  const named = place === 'string' ? keys : live.filter(({ text }) => NAME.test(text) && fits(text));
  const fromValues = named.filter(({ text }) => !texts.has(text));
  const found = [...fromTypes, ...fromValues];
  const packages = place === 'string' ? completePackage(folder, before) : undefined;
  if (packages && (packages.typed === typed.length || found.length === 0))
    return reply(offset - packages.typed, [
      ...found,
      ...packages.items.filter((item) => !texts.has(item.text)),
    ]);
  if (place !== 'code' || !items.some(isGlobal)) return reply(start, found);
  for (const { name, text, kind } of throughNamespace(shown, typed)) {
    texts.add(name);
    found.push({ text, type: kindName(kind), signature: '' });
  }
  const imports = offers({ source, start, typed, folder, cursor, known: texts, items: shown });
  const all = [...found, ...(imports?.offers.map(asMatch) ?? [])];
  const from = imports?.start ?? start;
  return reply(from, apart(all, source.slice(from, offset)));
}

/** Keys of the value before the bracket, or files. */
function inString(
  { folder, offset }: Question,
  before: string,
  cursor: Cursor | undefined,
  live: readonly Match[],
): { readonly start: number; readonly items: readonly Match[] } | undefined {
  const typed = /(['"])((?:\\.|(?!\1)[^\\\r\n])*)$/.exec(before)?.[2] ?? '';
  const start = offset - typed.length;
  const keys = live.filter(({ text }) => text.startsWith(typed));
  if (keys.length > 0) {
    const quote = before[start - 1] as string;
    return { start, items: keys.map((key) => ({ ...key, text: quoted(key.text, quote) })) };
  }
  if (cursor?.object || completePackage(folder, before)) return undefined;
  const files = completeFile(folder, typed);
  return { start: offset - files.typed, items: files.items };
}

/**
 * At a second Tab JupyterLab puts in what all matches begin with, taking for granted that it begins with what has been
 * typed. Imports do not, so `const x = readF` would become `import { readFile`. A space before one of them leaves nothing
 * in common.
 */
function apart(matches: readonly Match[], typed: string): readonly Match[] {
  const lower = typed.toLowerCase();
  const other = matches.findLastIndex(({ text }) => !text.toLowerCase().startsWith(lower));
  if (other < 0 || matches.length < 2 || matches.some(({ text }) => text[0] !== matches[0]?.text[0]))
    return matches;
  return matches.map((match, at) => (at === other ? { ...match, text: ` ${match.text}` } : match));
}

/** Asks the checker and, where a type says little, the runner. */
async function ask(
  question: Question,
  cursor: Cursor | undefined,
): Promise<{ readonly items: readonly CompletionItem[]; readonly live: readonly Match[] }> {
  const { source, offset, epilogue, server, peek } = question;
  const object = cursor?.object;
  const { text, probe } = withProbe(source, epilogue, object);
  const { line, character } = lineAt(source, offset);
  const [items, vague, peeked] = await Promise.all([
    server.completion(text, line, character),
    probe === undefined ? false : object?.[0] === 'globalThis' || isVague(server, text, probe),
    object ? peek(object) : undefined,
  ]);
  return { items, live: vague ? (peeked?.keys ?? []).map(liveMatch) : [] };
}

function liveMatch({ name, kind }: Peeked['keys'][number]): Match {
  return { text: name, type: `live-${kind}`, signature: `${kind} (in memory now)` };
}

function asMatch({ text, module }: Offer): Match {
  return { text, type: 'import', signature: `from ${module}` };
}

/** Where any expression or type may stand, this is among the matches. */
function isGlobal({ label, data }: CompletionItem): boolean {
  return label === 'Array' && !(data as { autoImport?: unknown } | undefined)?.autoImport;
}

function quoted(key: string, quote: string): string {
  const inner = JSON.stringify(key).slice(1, -1);
  return quote === '"' ? inner : inner.replaceAll('\\"', '"').replaceAll("'", "\\'");
}
