/**
 * Names that could be imported. A Jupyter match replaces one piece of text before the cursor, so a match that adds an
 * import replaces the statement up to the cursor: the import goes before it, the name to its end. Where other matches
 * replace just the name, the match imports in place: `(await import('node:fs')).readFileSync`.
 */
import type { CompletionItem } from 'vscode-languageserver-protocol';
import type { Cursor } from './cursor.js';
import { type Export, localExports } from './localExports.js';
import { CompletionItemKind } from './lspNumbers.js';

export interface Offer {
  readonly text: string;
  readonly module: string;
}

/** Fewer letters would match half of all packages. */
const LEAST_TYPED = 3;
const MOST_OFFERS = 20;

/** What the server says of a name that must be imported. */
interface AutoImport {
  readonly importKind?: number;
  readonly moduleSpecifier?: string;
  /** The name of the namespace, when the cells already import the whole module. */
  readonly namespacePrefix?: string;
}

function autoImport(item: CompletionItem): AutoImport | undefined {
  return (item.data as { autoImport?: AutoImport } | undefined)?.autoImport;
}

/** Whether the name needs an import that the cell does not have. */
export function importable(item: CompletionItem): boolean {
  return autoImport(item) !== undefined;
}

function exportOf(item: CompletionItem): readonly Export[] {
  const found = autoImport(item);
  const module = found?.moduleSpecifier ?? (item.data as { source?: string } | undefined)?.source;
  // Of local files the server knows only some, by paths of the scratch folder: `localExports` knows them all.
  if (!found || module === undefined || /^[./]/.test(module) || found.namespacePrefix) return [];
  const form = (['named', 'default', 'namespace', 'default'] as const)[found.importKind ?? 0] ?? 'named';
  return [{ name: item.label, module, form, isType: item.kind === CompletionItemKind.Interface }];
}

/** Names of modules that the cells import as a whole, such as `fs.readFileSync`. */
export function throughNamespace(
  items: readonly CompletionItem[],
  typed: string,
): readonly { readonly name: string; readonly text: string; readonly kind: CompletionItem['kind'] }[] {
  if (typed.length < LEAST_TYPED) return [];
  return items.flatMap((item) => {
    const prefix = autoImport(item)?.namespacePrefix;
    if (!prefix || !item.label.startsWith(typed)) return [];
    return [{ name: item.label, text: `${prefix}.${item.label}`, kind: item.kind }];
  });
}

/** The statement that imports it. */
export function importLine({ name, module, form, isType }: Export): string {
  const clause = form === 'named' ? `{ ${name} }` : form === 'default' ? name : `* as ${name}`;
  return `import ${isType ? 'type ' : ''}${clause} from '${module}';`;
}

function inPlace({ name, module, form, isType }: Export): string {
  if (isType) return `import('${module}').${form === 'default' ? 'default' : name}`;
  const namespace = `(await import('${module}'))`;
  return form === 'namespace' ? namespace : `${namespace}.${form === 'default' ? 'default' : name}`;
}

export interface Place {
  readonly source: string;
  /** Where the name starts. */
  readonly start: number;
  readonly typed: string;
  readonly folder: string;
  readonly cursor: Cursor | undefined;
  /** Matches that need no import. */
  readonly known: ReadonlySet<string>;
  readonly items: readonly CompletionItem[];
}

/** @returns the matches and where the text that they replace starts; undefined when there are none */
export function offers(
  place: Place,
): { readonly start: number; readonly offers: readonly Offer[] } | undefined {
  const { source, start, typed, folder, cursor, known } = place;
  if (typed.length < LEAST_TYPED || !cursor) return undefined;
  const exported = [...localExports(folder), ...place.items.flatMap(exportOf)].filter(
    ({ name }) => name.startsWith(typed) && !known.has(name),
  );
  const found = withoutTwins(exported).slice(0, MOST_OFFERS);
  if (found.length === 0) return undefined;
  // Where the text has a longer word of the same start, JupyterLab itself offers that, for the name alone.
  const words = source.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
  const isAlone = known.size === 0 && !words.some((word) => word.startsWith(typed) && word !== typed);
  if (isAlone || cursor.statement === start) {
    const before = source.slice(cursor.statement, start);
    const end = source.includes('\r\n') ? '\r\n' : '\n';
    return {
      start: cursor.statement,
      offers: found.map((item) => ({
        text: `${importLine(item)}${end}${before}${item.name}`,
        module: item.module,
      })),
    };
  }
  const fitting = found.filter(({ isType }) => isType || cursor.mayAwait);
  return { start, offers: fitting.map((item) => ({ text: inPlace(item), module: item.module })) };
}

/** How to write a name that is not known yet: `fs.readFileSync`, or the statements that import it. */
export function importsOf(name: string, folder: string, items: readonly CompletionItem[]): readonly string[] {
  const through = throughNamespace(items, name).filter((item) => item.name === name);
  if (through.length > 0) return through.map(({ text }) => text);
  const exported = [...localExports(folder), ...items.flatMap(exportOf)].filter((item) => item.name === name);
  return withoutTwins(exported).map(importLine);
}

/** Node's own modules have two names each; the one with `node:` cannot be taken for a package. */
function withoutTwins(found: readonly Export[]): Export[] {
  const seen = new Set(found.map(({ module, name }) => `${module} ${name}`));
  const kept = found.filter(({ module, name }) => !seen.has(`node:${module} ${name}`));
  const rank = ({ module }: Export): number =>
    module.startsWith('.') ? 0 : module.startsWith('node:') ? 2 : 1;
  return kept.sort(
    (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.module.localeCompare(b.module),
  );
}
