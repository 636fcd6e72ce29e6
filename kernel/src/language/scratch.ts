/**
 * The folder in which cells stand as files for the type checker.
 *
 * It mirrors the notebook's own path, so that `rootDirs` makes `./x` and `../x` in a cell mean what they would mean
 * beside the notebook, and so that packages are found by the usual walk through the parents' node_modules.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, parse, relative } from 'node:path';
import { isAlive } from '../shared/alive.js';
import { SOURCE_CONDITION } from '../shared/resolve.js';
import { AMBIENT_TYPES } from './ambient.js';

const PREFIX = 'typescript-kernel-';

export class Scratch {
  /** Holds everything; removed when the kernel ends. */
  readonly root: string;
  /** Stands for the notebook's folder. */
  readonly folder: string;
  readonly #notebookFolder: string;
  readonly #unwritten = new Map<string, string>();

  constructor(notebookFolder: string) {
    removeAbandoned();
    this.#notebookFolder = notebookFolder;
    this.root = mkdtempSync(join(tmpdir(), PREFIX));
    writeFileSync(join(this.root, 'pid'), String(process.pid));
    const drive = parse(notebookFolder).root;
    this.folder = join(this.root, 'files', relative(drive, notebookFolder));
    mkdirSync(this.folder, { recursive: true });
    this.linkPackages();
    this.write('ambient.d.ts', AMBIENT_TYPES);
    this.write('cell.ts', '');
    this.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: this.#options(drive), files: ['cell.ts', 'ambient.d.ts'] }),
    );
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

  remove(): void {
    this.#unwritten.clear();
    rmSync(this.root, { recursive: true, force: true });
  }

  #options(drive: string): Record<string, unknown> {
    const require = createRequire(import.meta.url);
    const typeRoots: string[] = [];
    for (let at = this.folder; at.startsWith(this.root); at = dirname(at)) {
      const types = join(at, 'node_modules', '@types');
      if (existsSync(types)) typeRoots.push(types);
    }
    typeRoots.push(dirname(dirname(require.resolve('@types/node/package.json'))));
    return {
      target: 'esnext',
      lib: ['esnext'],
      module: 'preserve',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      customConditions: [SOURCE_CONDITION],
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      allowJs: true,
      checkJs: false,
      strict: true,
      noImplicitOverride: true,
      noFallthroughCasesInSwitch: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
      typeRoots,
      rootDirs: [drive, join(this.root, 'files')],
    };
  }
}

/** Takes away folders whose kernel was killed before it could. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const root = join(tmpdir(), name);
    try {
      const pid = Number(readFileSync(join(root, 'pid'), 'utf8'));
      if (pid > 0 && !isAlive(pid)) rmSync(root, { recursive: true, force: true });
    } catch {
      // Being made or removed by another kernel at this moment, or another user's.
    }
  }
}
