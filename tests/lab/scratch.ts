// Notebooks that a test makes for itself, in a folder that git does not see.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { results, root } from './lab.js';

export class Scratch {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(path.join(results, 'scratch-'));
  }

  /** Writes a notebook for the TypeScript kernel; returns its path in the checkout. */
  notebook(name: string, cells: string[]): string {
    const file = path.join(this.folder, 'notebooks', `${name}.ipynb`);
    mkdirSync(path.dirname(file), { recursive: true });
    const notebook = {
      cells: cells.map((source, i) => ({
        cell_type: 'code',
        id: `cell-${i}`,
        metadata: {},
        execution_count: null,
        outputs: [],
        source,
      })),
      metadata: {
        kernelspec: { name: 'typescript', display_name: 'TypeScript', language: 'typescript' },
        language_info: { name: 'typescript' },
      },
      nbformat: 4,
      nbformat_minor: 5,
    };
    writeFileSync(file, JSON.stringify(notebook));
    return path.relative(root, file).split(path.sep).join('/');
  }

  /**
   * Copies `lib/`, so that a test may change it: notebooks of this folder import the copy as `batchnorm`, as
   * those of the checkout import the original. Returns the copy's folder.
   */
  copyLibrary(): string {
    const lib = path.join(this.folder, 'lib');
    cpSync(path.join(root, 'lib'), lib, { recursive: true });
    mkdirSync(path.join(this.folder, 'node_modules'), { recursive: true });
    symlinkSync(lib, path.join(this.folder, 'node_modules', 'batchnorm'), 'junction');
    return lib;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
