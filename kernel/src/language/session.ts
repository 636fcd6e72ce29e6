/**
 * What the type checker knows of a session. A cell is checked as the user wrote it, followed by an epilogue that
 * declares the earlier names it uses; so every position is the user's.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import type { CellFacts, DeclarationKind } from '../cells/facts.js';
import { type Config, ConfigReader, type Emit } from '../shared/config.js';
import type { NameInfo } from '../shared/protocol.js';
import { useConfig } from '../shared/resolve.js';
import type { Completions, Peek, Question } from './completion.js';
import { type FileChange, LocalFiles } from './localFiles.js';
import { type Note, notesOf } from './notes.js';
import { fromCodePoints } from './positions.js';
import { KERNEL_NAMES, RESULT_NAMES, Results, unknownResults, withResult } from './results.js';
import { Scratch } from './scratch.js';
import { LanguageServer } from './server.js';

/** One finding that stops a cell. Lines and columns are 1-based. */
export interface TypeProblem {
  /** The local file it is in, with that file's text; absent when it is in the cell. */
  readonly file?: { readonly path: string; readonly text: string };
  readonly code: number;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** What to write instead, one line each. */
  readonly hint?: readonly string[];
  readonly notes: readonly Note[];
}

interface KnownName {
  readonly kind: DeclarationKind;
  /** For an import: where it imports from. */
  readonly specifier?: string | undefined;
  /** The statement that declares the name in a later cell. */
  readonly text: string;
}

/** A package without type declarations counts as `any`: it still runs. */
const UNTYPED_PACKAGE = 7016;

export class LanguageSession {
  readonly #scratch: Scratch;
  readonly #server: LanguageServer;
  readonly #files: LocalFiles;
  readonly #folder: string;
  readonly #reader: ConfigReader;
  /** What the checker was told last. */
  #config: Config;
  #jsx = false;
  /** The installed packages that the checker has seen. */
  #packages: string;
  /** What was last said of the tsconfig. */
  #said: string | undefined;
  readonly #names = new Map<string, KnownName>();
  /** Imports of the cells that add to the global types. */
  #globals: string[] = [];
  #valueless: ReadonlySet<string> = new Set();
  /** What was checked, until its run has ended. */
  readonly #checked = new WeakMap<CellFacts, string>();
  /** Files of cells that were made known while they ran. */
  readonly #early = new Map<number, string>();
  #rewritten: FileChange[] = [];
  /** The imported files that were last found free of errors. */
  #cleanReach = '';
  readonly #results: Results;
  /** Declarations of results, by the cell that uses them. */
  readonly #resultsUsed = new WeakMap<CellFacts, readonly string[]>();
  /** The server holds one document: questions take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
    this.#reader = new ConfigReader(folder);
    this.#config = this.#reader.current();
    this.#scratch = new Scratch(folder, this.#config);
    this.#packages = this.#scratch.packagesStamp();
    this.#server = new LanguageServer(this.#scratch.folder);
    this.#files = new LocalFiles(folder);
    useConfig(this.#config);
    this.#results = new Results((file, text) => this.#scratch.write(file, text));
  }

  /** The kernel's private folder. */
  get scratchFolder(): string {
    return this.#scratch.root;
  }

  /** Starts the checker and lets it load the standard types, so that the first cell need not wait for them. */
  async warmUp(): Promise<void> {
    await this.#next(() => this.#server.diagnostics('export {};'));
  }

  /** How the notebook's tsconfig wants code to be emitted. */
  emit(): Emit {
    return this.#reader.current().emit;
  }

  /** What is wrong with the notebook's tsconfig, once. */
  takeNotice(): string | undefined {
    const { problem } = this.#config;
    if (problem === this.#said) return undefined;
    this.#said = problem;
    return problem;
  }

  /** Names with a value, as later cells may use them. */
  valueNames(): ReadonlySet<string> {
    const values = [...this.#names].filter(
      ([, { kind }]) => kind !== 'type' && kind !== 'import-type' && kind !== 'ambient',
    );
    return new Set([...KERNEL_NAMES, ...values.map(([name]) => name)]);
  }

  /** Checks a cell. @returns the errors that must stop it, in text order */
  async check(source: string, facts: CellFacts): Promise<readonly TypeProblem[]> {
    return this.#next(async () => {
      await this.#lookAtDisk(facts.specifiers, facts.jsx);
      // A cell that does not parse could swallow the epilogue and so report names that are in fact known.
      let text = facts.problem ? source : source + this.#epilogue(facts, this.#used(facts));
      this.#checked.set(facts, text);
      let found = await this.#server.diagnostics(text);
      if (!facts.problem && this.#declareResults(source, facts, unknownResults(found.map(messageOf)))) {
        text = source + this.#epilogue(facts, this.#used(facts));
        this.#checked.set(facts, text);
        found = await this.#server.diagnostics(text);
      }
      const lines = source.split('\n');
      const problems = found
        .filter(stops)
        .filter((item) => !facts.problem || isSyntactic(item))
        .map((item) => this.#problem(item, lines));
      if (problems.length === 0) return this.#checkImports(facts);
      const { withHints } = await import('./hints.js');
      return withHints(problems, text, this.#folder, this.#server);
    });
  }

  #problem(item: Diagnostic, lines: readonly string[]): TypeProblem {
    return { ...problem(item, lines), notes: notesOf(item, lines, this.#scratch.folder, this.#folder) };
  }

  /** Notes the last results that a cell uses. @returns false when there are none */
  #declareResults(source: string, facts: CellFacts, names: readonly string[]): boolean {
    if (names.length === 0) return false;
    const lines = this.#results.declare(names, source);
    this.#resultsUsed.set(facts, lines);
    return lines.length > 0;
  }

  /** Checks the local files behind the imports that a cell writes or uses. */
  async #checkImports(facts: CellFacts): Promise<readonly TypeProblem[]> {
    const used = [...facts.identifiers].map((name) => this.#names.get(name)?.specifier);
    const specifiers = [...facts.specifiers, ...used.filter((specifier) => specifier !== undefined)];
    const { paths, stamp } = this.#files.reach([...new Set(specifiers)]);
    if (paths.length === 0 || this.#cleanReach === stamp) return [];
    const reports = await Promise.all(paths.map((path) => this.#server.fileDiagnostics(path)));
    const problems = reports.flatMap((report, at) => {
      const path = paths[at] as string;
      const errors = report.filter(stops);
      if (errors.length === 0) return [];
      const text = readFileSync(path, 'utf8');
      return errors.map((item) => ({ ...this.#problem(item, text.split('\n')), file: { path, text } }));
    });
    if (problems.length === 0) this.#cleanReach = stamp;
    return problems;
  }

  /**
   * Makes a cell's names known to later cells.
   * @param assigned the names that its run gave a value; a type needs none
   * @param valueless all names that were declared without a value and still have none
   * @param resultOf the number under which the value of its last expression is kept
   * @param stillRuns the cell may set more names, and is made known again then
   */
  accept(
    cell: number,
    source: string,
    facts: CellFacts,
    assigned: ReadonlySet<string>,
    valueless: readonly string[],
    resultOf: number | undefined,
    stillRuns = false,
  ): void {
    this.#valueless = new Set(valueless);
    const kept = [...facts.declarations.values()].filter(
      ({ name, kind }) =>
        kind === 'type' || kind === 'import-type' || kind === 'ambient' || assigned.has(name),
    );
    const file = `cell${cell}.${facts.jsx ? 'tsx' : 'ts'}`;
    // As it was checked: a cell beside it may have changed what its names mean.
    const checked = this.#checked.get(facts) ?? source;
    const body = resultOf === undefined ? checked : withResult(checked, facts);
    const isWritten = kept.length > 0 || facts.global;
    if (resultOf !== undefined) this.#results.note(resultOf, file, isWritten ? undefined : body);
    if (!isWritten) return;
    const whole = `import './${file}';`;
    if (facts.global && !this.#globals.includes(whole)) this.#globals.push(whole);
    const exports = kept
      .filter(({ exported, kind }) => !exported && kind !== 'import' && kind !== 'import-type')
      .map(({ name, kind }) => `${kind === 'type' ? 'type ' : ''}${name}`);
    const text = `${body}\nexport { ${exports.join(', ')} };`;
    if (this.#early.get(cell) !== text) {
      const path = this.#scratch.writeLater(file, text);
      if (this.#early.has(cell)) this.#rewritten.push({ path, type: 2 });
    }
    if (stillRuns) this.#early.set(cell, text);
    else this.#early.delete(cell);
    for (const { name, kind, importText, specifier, doc } of kept) {
      const text = declare(name, kind, `./${file}`, importText);
      this.#names.set(name, {
        kind,
        specifier,
        text: doc && text.startsWith('declare') ? `${doc}\n${text}` : text,
      });
    }
  }

  /** Ends a check that takes too long; whoever waits for it gets an error. */
  cancel(): void {
    this.#server.restart();
  }

  /** Forgets every name: the runner was replaced and holds none. */
  reset(): void {
    this.#names.clear();
    this.#early.clear();
    this.#results.clear();
    this.#globals = [];
  }

  /** @param peek looks at values where types say little */
  async complete(source: string, facts: CellFacts, cursor: number, peek: Peek): Promise<Completions> {
    return this.#next(async () => {
      await this.#lookAtDisk([], facts.jsx);
      const { complete } = await import('./completion.js');
      return complete(this.#question(source, facts, cursor, peek));
    });
  }

  /**
   * @param detail 0 for the type and the documentation; 1 for the declaration and the value too
   * @returns Markdown on what stands at the cursor, or undefined when nothing is known
   */
  async inspect(
    source: string,
    facts: CellFacts,
    cursor: number,
    detail: number,
    peek: Peek,
  ): Promise<string | undefined> {
    return this.#next(async () => {
      await this.#lookAtDisk([], facts.jsx);
      const { inspect } = await import('./inspection.js');
      return inspect({ ...this.#question(source, facts, cursor, peek), detail, scratch: this.#scratch.root });
    });
  }

  /** The session's names and those of a cell that runs, with their types. */
  async names(source: string, facts: CellFacts): Promise<NameInfo[]> {
    return this.#next(async () => {
      const { typesOf } = await import('./names.js');
      const kinds = new Map([...this.#names, ...facts.declarations].map(([name, { kind }]) => [name, kind]));
      const names = [...kinds]
        .filter(([, kind]) => kind !== 'ambient')
        .map(([name, kind]) => ({ name, isValue: kind !== 'type' && kind !== 'import-type' }));
      return typesOf(this.#server, source + this.#epilogue(facts), names);
    });
  }

  #question(source: string, facts: CellFacts, cursor: number, peek: Peek): Question {
    const results = RESULT_NAMES.filter(
      (name) => facts.identifiers.has(name) && !facts.declarations.has(name) && !this.#names.has(name),
    );
    this.#declareResults(source, facts, results);
    return {
      source,
      offset: fromCodePoints(source, cursor),
      epilogue: this.#epilogue(facts),
      folder: this.#folder,
      server: this.#server,
      peek,
    };
  }

  async close(): Promise<void> {
    await this.#server.stop();
    this.#scratch.remove();
  }

  /** The names that a cell uses, also those that JSX stands for. */
  #used(facts: CellFacts): ReadonlySet<string> {
    const { jsx } = this.#config.emit;
    if (!facts.jsx || jsx.runtime === 'automatic') return facts.identifiers;
    const hidden = [jsx.factory, jsx.fragment].map((name) => name.split('.')[0] as string);
    return new Set([...facts.identifiers, ...hidden]);
  }

  /** Declares earlier names: all, or those among `used`. */
  #epilogue(facts: CellFacts, used?: ReadonlySet<string>): string {
    const lines: string[] = [...this.#globals];
    const names = used ? [...used] : [...this.#names.keys()];
    for (const name of names) {
      const known = this.#names.get(name);
      if (!known || facts.declarations.has(name) || facts.own.has(name)) continue;
      // `let rate: number;` holds undefined until some cell assigns it, and the next cell must know.
      lines.push(this.#valueless.has(name) ? known.text.replace(/;$/, ' | undefined;') : known.text);
    }
    lines.push(...(this.#resultsUsed.get(facts) ?? []));
    // A comment counts as a declaration's own only when it starts a line.
    return `\n;\n${lines.join('\n')}`;
  }

  async #lookAtDisk(specifiers: readonly string[], jsx: boolean): Promise<void> {
    await this.#configure(jsx);
    const { files, newPackage } = this.#files.changes(specifiers);
    const linked = specifiers.length > 0 && this.#scratch.linkPackages();
    // Where a package was looked for in vain is remembered deep inside the server; a new one looks again.
    const packages = specifiers.some((name) => !name.startsWith('.') && !isBuiltin(name))
      ? this.#scratch.packagesStamp()
      : this.#packages;
    const changed = packages !== this.#packages;
    this.#packages = packages;
    if (newPackage || linked || changed) this.#server.restart();
    else await this.#server.filesChanged([...files, ...this.#rewritten]);
    this.#rewritten = [];
  }

  /** Tells the checker of an edited tsconfig, and of the first cell with JSX. */
  async #configure(jsx: boolean): Promise<void> {
    const config = this.#reader.current();
    this.#server.useJsx(jsx);
    if (config === this.#config && (this.#jsx || !jsx)) return;
    this.#config = config;
    this.#jsx ||= jsx;
    this.#cleanReach = '';
    useConfig(config);
    await this.#server.filesChanged([{ path: this.#scratch.configure(config, this.#jsx), type: 2 }]);
  }

  #next<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(() => {
      this.#scratch.settle();
      return ask();
    });
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

/** Errors stop a cell; hints and warnings do not. */
function stops(item: Diagnostic): boolean {
  return item.severity === 1 && item.code !== UNTYPED_PACKAGE;
}

/** TypeScript numbers its syntax errors 1000 to 1999. */
function isSyntactic(item: Diagnostic): boolean {
  return typeof item.code === 'number' && item.code < 2000;
}

function messageOf({ message }: Diagnostic): string {
  return typeof message === 'string' ? message : message.value;
}

function problem(item: Diagnostic, lines: readonly string[]): Omit<TypeProblem, 'notes'> {
  const line = Math.min(item.range.start.line, lines.length - 1);
  const length = lines[line]?.length ?? 0;
  const inside = item.range.start.line === line;
  const start = inside ? Math.min(item.range.start.character, length) : length;
  const end = inside && item.range.end.line === line ? Math.min(item.range.end.character, length) : length;
  return {
    code: Number(item.code),
    message: messageOf(item),
    line: line + 1,
    column: start + 1,
    endColumn: Math.max(end, start + 1) + 1,
  };
}
