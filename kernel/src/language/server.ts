/** A client of TypeScript's native language server. It is started again when it dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  CompletionItem,
  CompletionList,
  Diagnostic,
  Hover,
  LocationLink,
  SignatureHelp,
} from 'vscode-languageserver-protocol';
import { ended } from '../shared/ended.js';
import { type Notice, RpcConnection } from './rpc.js';

/** Names that packages export are offered although the cell does not import them. */
const PREFERENCES = {
  suggest: { autoImports: true },
  preferences: { quoteStyle: 'single', includePackageJsonAutoImports: 'on' },
};

/** How often a question is asked of servers that die over it. */
const ATTEMPTS = 3;

/** The checker could not be started or died; the message says what to do. */
export class CompilerMissing extends Error {
  override readonly name = 'CompilerMissing';
}

/** The compiler's own program for this machine, or what the environment names instead. */
export function compilerPath(): string {
  const named = process.env.LAB_KERNEL_TSC;
  if (named) return named;
  const require = createRequire(import.meta.url);
  const typescript = dirname(require.resolve('typescript/package.json'));
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  const found = createRequire(join(typescript, 'package.json')).resolve(`${platform}/package.json`);
  return join(dirname(found), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc');
}

export class LanguageServer {
  readonly #folder: string;
  /** The document that stands for the cell: `cell.ts`, or `cell.tsx` for one with JSX. */
  #name = 'cell.ts';
  #started: Promise<RpcConnection> | undefined;
  #process: ChildProcess | undefined;
  /** How often it was ended on purpose. */
  #restarts = 0;
  /** What the server has now, by document. */
  readonly #documents = new Map<string, { readonly version: number; readonly text: string }>();
  #ended = false;

  /** @param folder the scratch folder; its `cell.ts` and `cell.tsx` are the documents that are opened */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says whether the cell that is asked about next has JSX in it. */
  useJsx(jsx: boolean): void {
    this.#name = jsx ? 'cell.tsx' : 'cell.ts';
  }

  /** Starts the server, if it does not run. */
  start(): Promise<RpcConnection> {
    this.#started ??= this.#spawn();
    return this.#started;
  }

  /** @returns the checker's findings for `text` as the cell, positions in UTF-16 */
  async diagnostics(text: string): Promise<readonly Diagnostic[]> {
    const report = await this.#ask<{ items: readonly Diagnostic[] }>(text, 'textDocument/diagnostic', {});
    return report.items;
  }

  /** @returns the checker's findings for a file that a cell imports, as it is on disk */
  async fileDiagnostics(path: string): Promise<readonly Diagnostic[]> {
    const textDocument = { uri: pathToFileURL(path).href };
    const report = await this.#again(async () =>
      (await this.start()).request<{ items: readonly Diagnostic[] }>('textDocument/diagnostic', {
        textDocument,
      }),
    );
    return report.items;
  }

  async completion(text: string, line: number, character: number): Promise<readonly CompletionItem[]> {
    const found = await this.#ask<CompletionList | readonly CompletionItem[] | null>(
      text,
      'textDocument/completion',
      {
        position: { line, character },
      },
    );
    if (found === null) return [];
    return 'items' in found ? withDefaults(found) : found;
  }

  /** @returns the item with its signature and documentation */
  async resolve(item: CompletionItem): Promise<CompletionItem> {
    return (await this.start()).request('completionItem/resolve', item);
  }

  /** @returns where the name at the position is declared */
  async definition(text: string, line: number, character: number): Promise<readonly LocationLink[]> {
    return (await this.#ask(text, 'textDocument/definition', { position: { line, character } })) ?? [];
  }

  async hover(text: string, line: number, character: number): Promise<Hover | null> {
    return this.#ask(text, 'textDocument/hover', { position: { line, character } });
  }

  async signature(text: string, line: number, character: number): Promise<SignatureHelp | null> {
    return this.#ask(text, 'textDocument/signatureHelp', { position: { line, character } });
  }

  /** Tells the server which files on disk are new (1), changed (2) or gone (3). */
  async filesChanged(changes: readonly { readonly path: string; readonly type: 1 | 2 | 3 }[]): Promise<void> {
    if (changes.length === 0 || !this.#started) return;
    const connection = await this.#started;
    connection.notify('workspace/didChangeWatchedFiles', {
      changes: changes.map(({ path, type }) => ({ uri: pathToFileURL(path).href, type })),
    });
  }

  /** Ends the server, and with it the question it is at; the next one starts another. */
  restart(): void {
    this.#restarts++;
    this.#process?.kill('SIGKILL');
    this.#forget();
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#ended = true;
    await ended(this.#process);
  }

  #forget(): void {
    this.#started = undefined;
    this.#process = undefined;
    this.#documents.clear();
  }

  async #ask<T>(text: string, method: string, params: object): Promise<T> {
    return this.#again(() => this.#askOnce(text, method, params));
  }

  /** Asks again when the server died over the question, but not when it was ended on purpose. */
  async #again<T>(ask: () => Promise<T>): Promise<T> {
    const restarts = this.#restarts;
    for (let left = ATTEMPTS - 1; ; left--) {
      try {
        return await ask();
      } catch (error) {
        const died = !this.#started && !this.#ended && this.#restarts === restarts;
        if (error instanceof CompilerMissing || !died || left === 0) throw error;
      }
    }
  }

  async #askOnce<T>(text: string, method: string, params: object): Promise<T> {
    const connection = await this.start();
    const uri = pathToFileURL(join(this.#folder, this.#name)).href;
    const known = this.#documents.get(uri);
    if (text === known?.text) return connection.request(method, { textDocument: { uri }, ...params });
    const version = (known?.version ?? 0) + 1;
    this.#documents.set(uri, { version, text });
    const languageId = this.#name.endsWith('x') ? 'typescriptreact' : 'typescript';
    const notice: Notice = known
      ? {
          method: 'textDocument/didChange',
          params: { textDocument: { uri, version }, contentChanges: [{ text }] },
        }
      : {
          method: 'textDocument/didOpen',
          params: { textDocument: { uri, languageId, version, text } },
        };
    return connection.request(method, { textDocument: { uri }, ...params }, notice);
  }

  async #spawn(): Promise<RpcConnection> {
    let path: string;
    try {
      path = compilerPath();
    } catch {
      this.#started = undefined;
      throw new CompilerMissing(
        'The TypeScript compiler is not installed: expected the npm package typescript 7. Run `npm install` and restart the kernel.',
      );
    }
    const child = spawn(path, ['--lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: this.#folder,
      // Its garbage collector would run six times while it loads the standard types, for 5 MB less in the end.
      env: { GOGC: '400', ...process.env },
    });
    this.#process = child;
    const connection = new RpcConnection(child.stdout, child.stdin, (method, params) =>
      method === 'workspace/configuration'
        ? configuration(params as { items: { section?: string }[] })
        : null,
    );
    const gone = new Promise<never>((_, reject) => {
      child.once('error', (error) => {
        reject(
          new CompilerMissing(
            `The TypeScript compiler could not be started (${error.message}). Cells are not run unchecked. Run \`npm install\` and run the cell again.`,
          ),
        );
      });
      child.once('exit', (code, signal) => reject(new Error(`the compiler ended (${signal ?? code})`)));
    });
    gone.catch((error: Error) => {
      if (this.#process === child) this.#forget();
      // Whoever waits for an answer of this one gets an error.
      connection.end(error);
    });
    child.stdin.on('error', () => {});
    const initialized = connection.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(this.#folder).href,
      capabilities: {
        textDocument: {
          diagnostic: { relatedInformation: true },
          completion: {
            completionItem: {
              documentationFormat: ['markdown'],
              labelDetailsSupport: true,
              deprecatedSupport: true,
              tagSupport: { valueSet: [1] },
              resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
            },
            completionList: { itemDefaults: ['commitCharacters', 'editRange', 'data'] },
          },
          hover: { contentFormat: ['markdown', 'plaintext'] },
          signatureHelp: {
            signatureInformation: {
              documentationFormat: ['markdown', 'plaintext'],
              activeParameterSupport: true,
              parameterInformation: { labelOffsetSupport: false },
            },
          },
          definition: { linkSupport: true },
        },
        // Watched files are how the server learns of edits; without this it would keep what it first read.
        workspace: {
          configuration: true,
          didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
        },
      },
    });
    await Promise.race([initialized, gone]);
    connection.notify('initialized', {});
    return connection;
  }
}

function configuration({ items }: { readonly items: readonly { readonly section?: string }[] }): unknown {
  return items.map(({ section }) => (section === 'js/ts' || section === 'typescript' ? PREFERENCES : null));
}

/** Applies the list's defaults to its items, which is the client's part. */
function withDefaults(list: CompletionList): readonly CompletionItem[] {
  const range = list.itemDefaults?.editRange;
  if (!range || 'insert' in range) return list.items;
  return list.items.map((item) =>
    item.textEdit
      ? item
      : { ...item, textEdit: { range, newText: item.textEditText ?? item.insertText ?? item.label } },
  );
}
