/** What may stand at the cursor: from types, from live values where types say little, and names to import. */
import { type CompletionItem, CompletionItemKind, CompletionItemTag } from 'vscode-languageserver-protocol';
import type { Peeked } from '../shared/protocol.js';
import { importable, type Offer, offers, throughNamespace } from './autoImports.js';
import { type Cursor, cursorAt, type Path } from './cursor.js';
import { openAt } from './lexer.js';
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

export interface Match {
  readonly text: string;
  readonly type: string;
  readonly signature: string;
}

/** Matches and what they replace; positions in code points. */
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Match[];
}

const MAX_COMPLETIONS = 1000;
/** So many signatures are fetched: more than a frontend shows at once. */
const MAX_SIGNATURES = 30;

/** The type whose text says which keys a value has. It stands behind the cell, for the checker only. */
const KEYS_TYPE = '$KernelKeys';

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
  const named = offset - word.length;
  const { items, live } = await ask(question, cursor);
  if (place === 'string') {
    const typed = /(['"])((?:\\.|(?!\1)[^\\\r\n])*)$/.exec(before)?.[2] ?? '';
    const keys = live.filter(({ text }) => text.startsWith(typed));
    if (items.length === 0 && keys.length > 0) {
      const quote = before[offset - typed.length - 1] as string;
      return reply(
        offset - typed.length,
        keys.map((key) => ({ ...key, text: quoted(key.text, quote) })),
      );
    }
    if (items.length === 0 && !cursor?.object && !completePackage(folder, before)) {
      const files = completeFile(folder, typed);
      return reply(offset - files.typed, files.items);
    }
  }
  // Some items replace more than the name, such as `o.a` by `o?.a`. Jupyter has one range for all, so the name's
  // own is taken wherever any item has it.
  const startOf = (item: CompletionItem): number =>
    item.textEdit && 'range' in item.textEdit ? offsetAt(source, item.textEdit.range.start) : named;
  const start =
    items.length === 0 || items.some((item) => startOf(item) === named)
      ? named
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
  const fromValues =
    place === 'string' ? [] : live.filter(({ text }) => NAME.test(text) && fits(text) && !texts.has(text));
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
  return reply(imports?.start ?? start, imports ? [...found, ...imports.offers.map(asMatch)] : found);
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

/** The cell, closed where it is open, so that an unfinished one does not swallow the names behind it. */
export function withProbe(
  source: string,
  epilogue: string,
  object: Path | undefined,
): { readonly text: string; readonly probe?: number } {
  const text = source + openAt(source).closers + epilogue;
  const [name, ...keys] = object ?? [];
  if (name === undefined || !NAME.test(name)) return { text };
  const type = keys.reduce((inner, key) => `NonNullable<${inner}>[${JSON.stringify(key)}]`, `typeof ${name}`);
  const head = `${text}\ntype `;
  const whole = `NonNullable<${type}>`;
  const rest = `[${whole}] extends [(...values: never) => unknown] ? 'named' : [keyof ${whole}] extends [never]`;
  return {
    text: `${head}${KEYS_TYPE} = string extends keyof ${whole} ? 'any' : ${rest} ? 'any' : 'named';`,
    probe: head.length,
  };
}

/** Whether values of the type may have keys that it does not name: any, unknown, index signatures, `{}`. */
export async function isVague(server: LanguageServer, text: string, probe: number): Promise<boolean> {
  const { line, character } = lineAt(text, probe);
  const hover = await server.hover(text, line, character);
  const shown =
    hover && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
  return !/= "named"/.test(shown);
}

function liveMatch({ name, kind }: Peeked['keys'][number]): Match {
  return { text: name, type: `live ${kind}`, signature: `${kind} (in memory now)` };
}

function asMatch({ text, module }: Offer): Match {
  return { text, type: 'import', signature: `from ${module}` };
}

/** Names of the language's own types that are no use in a cell, and those that the kernel adds. */
function isInternal(label: string, typed: string): boolean {
  return label.startsWith('$Kernel') || (/^_[A-Z]/.test(label) && !typed.startsWith('_'));
}

/** Where any expression or type may stand, this is among the matches. */
function isGlobal({ label, data }: CompletionItem): boolean {
  return label === 'Array' && !(data as { autoImport?: unknown } | undefined)?.autoImport;
}

async function withSignatures(server: LanguageServer, items: readonly CompletionItem[]): Promise<Match[]> {
  const full = await Promise.all(items.slice(0, MAX_SIGNATURES).map((item) => server.resolve(item)));
  return items.map((item, at) => {
    const detail = full[at]?.detail ?? item.labelDetails?.detail ?? '';
    // Names of earlier cells are imports to the checker, but not to the user.
    const signature = detail.replace(/^\(alias\) /gm, '');
    return {
      text: insertion(item),
      type: signature === detail ? kindName(item.kind) : declaredKind(signature),
      signature: isDeprecated(item) ? `deprecated ${signature}`.trim() : signature,
    };
  });
}

/** The kind of an imported name, by what its signature starts with. */
function declaredKind(signature: string): string {
  const word = /^\(?(\w+)/.exec(signature)?.[1] ?? '';
  if (word === 'method') return 'function';
  if (word === 'namespace') return 'module';
  if (word === 'type') return 'interface';
  return /^(?:function|class|interface|enum|module)$/.test(word) ? word : 'variable';
}

function isDeprecated({ tags, deprecated }: CompletionItem): boolean {
  return deprecated === true || (tags?.includes(CompletionItemTag.Deprecated) ?? false);
}

function quoted(key: string, quote: string): string {
  const inner = JSON.stringify(key).slice(1, -1);
  return quote === '"' ? inner : inner.replaceAll('\\"', '"').replaceAll("'", "\\'");
}

function insertion(item: CompletionItem): string {
  return item.textEdit?.newText ?? item.insertText ?? item.label;
}

const collator = new Intl.Collator('en');

/** Names spelt as typed first, then near ones before global ones, deprecated ones last, each by the alphabet. */
function byUse(typed: string): (a: CompletionItem, b: CompletionItem) => number {
  const rank = (item: CompletionItem): string =>
    `${isDeprecated(item) ? 1 : 0}${(item.filterText ?? insertion(item)).startsWith(typed) ? 0 : 1}${item.sortText ?? ''}`;
  return (a, b) => {
    const [left, right] = [rank(a), rank(b)];
    if (left !== right) return left < right ? -1 : 1;
    return collator.compare(a.label, b.label);
  };
}

/** JupyterLab picks its icon by these names. */
function kindName(kind: CompletionItem['kind']): string {
  switch (kind) {
    case CompletionItemKind.Method:
    case CompletionItemKind.Function:
    case CompletionItemKind.Constructor:
      return 'function';
    case CompletionItemKind.Class:
      return 'class';
    case CompletionItemKind.Interface:
    case CompletionItemKind.TypeParameter:
    case CompletionItemKind.Struct:
      return 'interface';
    case CompletionItemKind.Enum:
      return 'enum';
    case CompletionItemKind.EnumMember:
      return 'value';
    case CompletionItemKind.Module:
      return 'module';
    case CompletionItemKind.Keyword:
      return 'keyword';
    case CompletionItemKind.Field:
    case CompletionItemKind.Property:
      return 'property';
    case CompletionItemKind.Constant:
      return 'constant';
    case CompletionItemKind.File:
    case CompletionItemKind.Folder:
      return 'path';
    default:
      return 'variable';
  }
}
