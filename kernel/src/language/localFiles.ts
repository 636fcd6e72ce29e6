/** Follows the local files that cells import, so that the type checker hears of edits on disk before it checks. */
import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { NestedTooDeeply, parse } from '../cells/parse.js';
import { inlineSpecifiers } from '../cells/specifiers.js';
import { forgetResolutions, inPackage, resolve } from '../shared/resolve.js';
import { stampOf } from '../shared/stamp.js';

interface KnownFile {
  readonly stamp: string;
  readonly specifiers: readonly string[];
  /** The local files that these lead to. */
  imports: readonly string[];
}

export interface FileChange {
  readonly path: string;
  readonly type: 1 | 2 | 3;
}

export class LocalFiles {
  readonly #folder: string;
  readonly #files = new Map<string, KnownFile>();
  /** Imports from cells, and those that led nowhere so far with the folder they stand in. */
  readonly #roots = new Set<string>();
  readonly #missing = new Map<string, { readonly specifier: string; readonly folder: string }>();
  /** Where the imports of cells lead. */
  readonly #entries = new Map<string, string>();
  #seen = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Looks at every local file that the session's cells reach.
   * @param specifiers what the next cell imports
   * @returns what changed since the last look, and whether a package appeared that was missing
   */
  changes(specifiers: readonly string[]): {
    readonly files: readonly FileChange[];
    readonly newPackage: boolean;
  } {
    for (const specifier of specifiers) this.#roots.add(specifier);
    if (this.#roots.size === 0) return { files: [], newPackage: false };
    if (specifiers.length > 0 || this.#missing.size > 0) forgetResolutions();
    const files: FileChange[] = [];
    let newPackage = false;
    for (const [key, { specifier, folder }] of this.#missing) {
      try {
        const target = resolve(specifier, folder, folder);
        if (target.kind === 'local') files.push({ path: target.path, type: 1 });
        else newPackage = true;
        this.#missing.delete(key);
      } catch {
        // Still missing.
      }
    }
    this.#seen = new Set();
    for (const specifier of this.#roots) {
      const path = this.#visit(specifier, this.#folder, files);
      if (path !== undefined) this.#entries.set(specifier, path);
      else this.#entries.delete(specifier);
    }
    return { files, newPackage };
  }

  /** The TypeScript files that these imports of a cell lead to, with a mark that changes when any of them does. */
  reach(specifiers: readonly string[]): { readonly paths: readonly string[]; readonly stamp: string } {
    const found = new Set<string>();
    const add = (path: string): void => {
      if (found.has(path)) return;
      found.add(path);
      for (const inner of this.#files.get(path)?.imports ?? []) add(inner);
    };
    for (const specifier of specifiers) {
      const path = this.#entries.get(specifier);
      if (path !== undefined) add(path);
    }
    const paths = [...found]
      .filter((path) => /\.[mc]?tsx?$/.test(path) && !/\.d\.[mc]?ts$/.test(path) && !inPackage(path))
      .sort();
    return { paths, stamp: paths.map((path) => `${path}@${this.#files.get(path)?.stamp}`).join('\n') };
  }

  #visit(specifier: string, folder: string, changes: FileChange[]): string | undefined {
    let path: string;
    try {
      const target = resolve(specifier, folder, folder);
      if (target.kind !== 'local') return undefined;
      path = target.path;
    } catch {
      this.#missing.set(`${folder}\0${specifier}`, { specifier, folder });
      return undefined;
    }
    if (this.#seen.has(path)) return path;
    this.#seen.add(path);
    const known = this.#files.get(path);
    const stamp = stampOf(path);
    if (stamp === 'missing') {
      // It was there when it was last looked for, and may come back.
      if (this.#files.delete(path)) changes.push({ path, type: 3 });
      this.#missing.set(`${folder}\0${specifier}`, { specifier, folder });
      return undefined;
    }
    let file = known;
    if (!file || file.stamp !== stamp) {
      if (known) changes.push({ path, type: 2 });
      file = { stamp, specifiers: specifiersOf(path), imports: [] };
      this.#files.set(path, file);
    }
    const imports = file.specifiers.map((inner) => this.#visit(inner, dirname(path), changes));
    file.imports = imports.filter((inner) => inner !== undefined);
    return path;
  }
}

function specifiersOf(path: string): string[] {
  if (!/^\.[mc]?[jt]sx?$/.test(extname(path))) return [];
  const text = readFileSync(path, 'utf8');
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(path, text, {});
  } catch (error) {
    // The checker and the loader say what they cannot read.
    if (error instanceof NestedTooDeeply) return [];
    throw error;
  }
  const { module, comments } = parsed;
  const exported = module.staticExports.flatMap((item) =>
    item.entries.map((entry) => entry.moduleRequest?.value),
  );
  const found = [...module.staticImports.map((item) => item.moduleRequest.value), ...exported];
  const named = found.filter((value) => value !== undefined);
  return [...new Set([...named, ...inlineSpecifiers(text, comments, 'import and require')])];
}
