/**
 * The folder in which cells stand as files for the type checker.
 *
 * It mirrors the notebook's own path, so that `rootDirs` makes `./x` and `../x` in a cell mean what they would mean
 * beside the notebook, and so that packages are found by the usual walk through the parents' node_modules.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, parse, relative } from 'node:path';
import { isAlive } from '../shared/alive.js';
import type { Config } from '../shared/config.js';
import { stampOf } from '../shared/stamp.js';
import { AMBIENT_TYPES } from './ambient.js';
import { checkerOptions } from './options.js';
import { WEB_ASSEMBLY_TYPES } from './webAssembly.js';

/** What other kernels left is cleaned away once this one has started, ms. */
const LATER = 2000;
const PREFIX = 'typescript-kernel-';

export class Scratch {
  /** Holds everything; removed when the kernel ends. */
  readonly root: string;
  /** Stands for the notebook's folder. */
  readonly folder: string;
  readonly #notebookFolder: string;
  readonly #unwritten = new Map<string, string>();
  readonly #cleaning: NodeJS.Timeout;

  constructor(notebookFolder: string, config: Config) {
    this.#notebookFolder = notebookFolder;
    try {
      // Whose it is stands in its name, from the first moment to the last: it may be half made, or half removed.
      this.root = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    } catch (error) {
      throw new Error(
        `The kernel needs a folder for its work and can make none in ${tmpdir()} (${(error as Error).message}). Set the variable TMPDIR to a folder that you may write to.`,
      );
    }
    const drive = parse(notebookFolder).root;
    this.folder = join(this.root, 'files', relative(drive, notebookFolder));
    mkdirSync(this.folder, { recursive: true });
    this.linkPackages();
    this.write('ambient.d.ts', AMBIENT_TYPES);
    this.write('cell.ts', '');
    this.configure(config, false);
    this.#cleaning = setTimeout(removeAbandoned, LATER);
    this.#cleaning.unref();
  }

  /**
   * Writes the checker's settings.
   * @param jsx whether a cell with JSX is to be checked; most notebooks have none, and its types take time to load
   * @returns the file
   */
  configure(config: Config, jsx: boolean): string {
    const files = ['cell.ts', 'ambient.d.ts'];
    const { lib } = config.options;
    const inBrowser = Array.isArray(lib) && lib.some((name) => /^(dom|webworker)$/i.test(String(name)));
    if (!inBrowser) {
      this.write('webassembly.d.ts', WEB_ASSEMBLY_TYPES);
      files.push('webassembly.d.ts');
    }
    if (jsx) {
      this.write('cell.tsx', '');
      files.push('cell.tsx');
    }
    const compilerOptions = checkerOptions(config, this.root, this.folder, this.#notebookFolder);
    return this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Writes once what goes on now is done: a cell's answer need not wait for the disk. `settle()` writes at once. */
  writeLater(name: string, text: string): string {
    if (this.#unwritten.size === 0)
      setImmediate(() => {
        try {
          this.settle();
        } catch {
          // The next check tries again, and says what is wrong.
        }
      });
    this.#unwritten.set(name, text);
    return join(this.folder, name);
  }

  /** Writes what was left for later. */
  settle(): void {
    for (const [name, text] of this.#unwritten) {
      this.write(name, text);
      this.#unwritten.delete(name);
    }
  }

  /**
   * Links the node_modules and package.json of the notebook's folder and its parents; some may be new.
   * @returns true when a link was made
   */
  linkPackages(): boolean {
    let made = false;
    const files = join(this.root, 'files');
    let mirror = this.folder;
    for (let real = this.#notebookFolder; ; real = dirname(real), mirror = dirname(mirror)) {
      for (const name of ['node_modules', 'package.json']) {
        const target = join(real, name);
        const link = join(mirror, name);
        if (!existsSync(target) || existsSync(link)) continue;
        symlinkSync(target, link, name === 'node_modules' ? 'junction' : 'file');
        made = true;
      }
      if (mirror === files || dirname(real) === real) return made;
    }
  }

  /** A mark that changes when packages, or types for them, are installed or removed. */
  packagesStamp(): string {
    const marks: string[] = [];
    for (let at = this.#notebookFolder; ; at = dirname(at)) {
      const packages = join(at, 'node_modules');
      const stamp = stampOf(packages);
      if (stamp !== 'missing') {
        const inside = ['@types', '.package-lock.json', '.modules.yaml'];
        marks.push(packages, stamp, ...inside.map((name) => stampOf(join(packages, name))));
      }
      if (dirname(at) === at) return marks.join('\n');
    }
  }

  remove(): void {
    this.#unwritten.clear();
    clearTimeout(this.#cleaning);
    removeAbandoned();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Takes away folders whose kernel was killed before it could. */
function removeAbandoned(): void {
  let names: readonly string[] = [];
  try {
    names = readdirSync(tmpdir());
  } catch {
    // The temporary folder itself is gone.
  }
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? Number(/^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0] ?? 0) : 0;
    if (pid === 0 || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another kernel removes it at this moment, or it is another user's.
    }
  }
}
