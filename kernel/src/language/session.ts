/**
 * What the type checker knows of a session. A cell is checked as the user wrote it, followed by an epilogue that
 * declares the earlier names it uses; so every position is the user's.
 */
import { type CompletionItem, CompletionItemKind, type Diagnostic, type MarkupContent } from 'vscode-languageserver-protocol';
import type { CellFacts, DeclarationKind } from '../cells/facts.js';
import { LocalFiles } from './localFiles.js';
import { fromCodePoints, lineAt, offsetAt, toCodePoints } from './positions.js';
import { Scratch } from './scratch.js';
import { LanguageServer } from './server.js';

/** One finding that stops a cell. Lines and columns are 1-based. */
export interface TypeProblem {
  readonly code: number;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly text: string; readonly type: string; readonly signature: string }[];
}

interface KnownName {
  readonly kind: DeclarationKind;
  /** The statement that declares the name in a later cell. */
  readonly text: string;
}

/** A package without type declarations counts as `any`: it still runs. */
const UNTYPED_PACKAGE = 7016;

const MAX_COMPLETIONS = 1000;

export class LanguageSession {
  readonly #scratch: Scratch;
  readonly #server: LanguageServer;
  readonly #files: LocalFiles;
  readonly #names = new Map<string, KnownName>();
  /** The server holds one document: questions take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#scratch = new Scratch(folder);
    this.#server = new LanguageServer(this.#scratch.folder);
    this.#files = new LocalFiles(folder);
  }

  /** Starts the checker and lets it load the standard types, so that the first cell need not wait for them. */
  async warmUp(): Promise<void> {
    await this.#next(() => this.#server.diagnostics('export {};'));
  }

  /** Names with a value, as later cells may use them. */
  valueNames(): ReadonlySet<string> {
    const values = [...this.#names].filter(([, { kind }]) => kind !== 'type' && kind !== 'import-type' && kind !== 'ambient');
    return new Set(values.map(([name]) => name));
  }

  /** Checks a cell. @returns the errors that must stop it, in text order */
  async check(source: string, facts: CellFacts): Promise<readonly TypeProblem[]> {
    return this.#next(async () => {
      await this.#lookAtDisk(facts.specifiers);
      // A cell that does not parse could swallow the epilogue and so report names that are in fact known.
      const text = facts.problem ? source : source + this.#epilogue(facts, facts.identifiers);
      const found = await this.#server.diagnostics(text);
      const lines = source.split('\n');
      return found
        .filter((item) => item.severity === 1 && item.code !== UNTYPED_PACKAGE)
        .filter((item) => !facts.problem || isSyntactic(item))
        .map((item) => problem(item, lines));
    });
  }

  /**
   * Makes a cell's names known to later cells.
   * @param assigned the names that its run gave a value; a type needs none
   */
  accept(cell: number, source: string, facts: CellFacts, assigned: ReadonlySet<string>): void {
    const kept = [...facts.declarations.values()].filter(
      ({ name, kind }) => kind === 'type' || kind === 'import-type' || kind === 'ambient' || assigned.has(name),
    );
    if (kept.length === 0) return;
    const exports = kept
      .filter(({ exported, kind }) => !exported && kind !== 'import' && kind !== 'import-type')
      .map(({ name, kind }) => `${kind === 'type' ? 'type ' : ''}${name}`);
    const epilogue = this.#epilogue(facts, facts.identifiers);
    const file = `cell${cell}.ts`;
    this.#scratch.write(file, `${source}${epilogue}\nexport { ${exports.join(', ')} };`);
    for (const { name, kind, importText } of kept) {
      this.#names.set(name, { kind, text: declare(name, kind, `./${file}`, importText) });
    }
  }

  /** Forgets every name: the runner was replaced and holds none. */
  reset(): void {
    this.#names.clear();
  }

  async complete(source: string, facts: CellFacts, cursor: number): Promise<Completions> {
    const offset = fromCodePoints(source, cursor);
    return this.#next(async () => {
      await this.#lookAtDisk([]);
      const { line, character } = lineAt(source, offset);
      const items = await this.#server.completion(source + this.#epilogue(facts), line, character);
      const prefix = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(source.slice(0, offset))?.[0] ?? '';
      const edited = items.find((item) => item.textEdit && 'range' in item.textEdit)?.textEdit;
      const start =
        edited && 'range' in edited ? Math.min(offset, offsetAt(source, edited.range.start)) : offset - prefix.length;
      const typed = source.slice(start, offset).toLowerCase();
      const fits = items
        .filter((item) => insertion(item).toLowerCase().startsWith(typed))
        .sort((a, b) => order(a).localeCompare(order(b)))
        .slice(0, MAX_COMPLETIONS);
      return {
        start: toCodePoints(source, start),
        end: toCodePoints(source, offset),
        items: fits.map((item) => ({
          text: insertion(item),
          type: kindName(item.kind),
          signature: item.labelDetails?.detail ?? item.detail ?? '',
        })),
      };
    });
  }

  /** @returns Markdown on what stands at the cursor, or undefined when nothing is known */
  async inspect(source: string, facts: CellFacts, cursor: number): Promise<string | undefined> {
    const offset = fromCodePoints(source, cursor);
    return this.#next(async () => {
      await this.#lookAtDisk([]);
      const text = source + this.#epilogue(facts);
      // Just behind a name or a call's bracket, the name before it is meant.
      for (const at of [offset, offset - 1]) {
        if (at < 0) continue;
        const { line, character } = lineAt(source, at);
        const hover = await this.#server.hover(text, line, character);
        // The client asked for marked-up text, so it is not one of the older forms.
        if (hover) return (hover.contents as MarkupContent).value;
      }
      const { line, character } = lineAt(source, offset);
      const help = await this.#server.signature(text, line, character);
      const signature = help?.signatures[help.activeSignature ?? 0];
      if (!signature) return undefined;
      const { documentation } = signature;
      const notes = typeof documentation === 'object' ? documentation.value : documentation;
      return `\`\`\`typescript\n${signature.label}\n\`\`\`${notes ? `\n\n${notes}` : ''}`;
    });
  }

  close(): void {
    this.#server.stop();
    this.#scratch.remove();
  }

  /** Declares earlier names: all, or those among `used`. */
  #epilogue(facts: CellFacts, used?: ReadonlySet<string>): string {
    const lines: string[] = [];
    const names = used ? [...used] : [...this.#names.keys()];
    for (const name of names) {
      const known = this.#names.get(name);
      if (known && !facts.declarations.has(name)) lines.push(known.text);
    }
    return `\n;${lines.join(' ')}`;
  }

  async #lookAtDisk(specifiers: readonly string[]): Promise<void> {
    const { files, newPackage } = this.#files.changes(specifiers);
    const linked = specifiers.length > 0 && this.#scratch.linkPackages();
    // Where a package was looked for in vain is remembered deep inside the server; a new one looks again.
    if (newPackage || linked) this.#server.restart();
    else await this.#server.filesChanged(files);
  }

  #next<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(ask);
    this.#turn = answer.catch(() => {});
    return answer;
  }
}

function declare(name: string, kind: DeclarationKind, file: string, importText: string | undefined): string {
  switch (kind) {
    case 'let':
    case 'var':
      return `declare let ${name}: typeof import('${file}').${name};`;
    case 'const':
      return `declare const ${name}: typeof import('${file}').${name};`;
    case 'import':
    case 'import-type':
      return importText as string;
    case 'type':
      return `import type { ${name} } from '${file}';`;
    default:
      return `import { ${name} } from '${file}';`;
  }
}

/** TypeScript numbers its syntax errors 1000 to 1999. */
function isSyntactic(item: Diagnostic): boolean {
  return typeof item.code === 'number' && item.code < 2000;
}

function problem(item: Diagnostic, lines: readonly string[]): TypeProblem {
  const line = Math.min(item.range.start.line, lines.length - 1);
  const length = lines[line]?.length ?? 0;
  const inside = item.range.start.line === line;
  const start = inside ? Math.min(item.range.start.character, length) : length;
  const end = inside && item.range.end.line === line ? Math.min(item.range.end.character, length) : length;
  return {
    code: Number(item.code),
    message: typeof item.message === 'string' ? item.message : item.message.value,
    line: line + 1,
    column: start + 1,
    endColumn: Math.max(end, start + 1) + 1,
  };
}

function insertion(item: CompletionItem): string {
  const text = item.textEdit?.newText ?? item.insertText ?? item.label;
  return text.replace(/^\?\./, '');
}

function order(item: CompletionItem): string {
  return `${item.sortText ?? ''}\0${item.label}`;
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
