// @ts-check
// The files that all pages share: their script, their style with the fonts of the formulas inside, and Plotly.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { inRoot, root } from '../support/paths.mjs';
import { UserError } from '../support/report.mjs';

/** A file of ours in each folder that we have written: only such a folder is emptied. */
const mark = '.written-by-batchnorm-lab';

/**
 * An empty folder for what is to be written.
 * @param {string} folder @param {string} option for the sentence
 */
export function emptyFolder(folder, option) {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    const inside = path.relative(root, folder);
    if (!existsSync(path.join(folder, mark)) || inside === '')
      throw new UserError(
        `${folder} holds files that were not written by this command: name another folder with ${option}.`,
      );
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, mark), '');
}

/**
 * @param {string} folder where the assets go
 * @param {'site' | 'slides'} kind
 */
export async function writeAssets(folder, kind) {
  const source = inRoot('scripts', 'publish', 'browser');
  await build({
    entryPoints: [path.join(source, `${kind}.mjs`), path.join(source, `${kind}.css`)],
    outdir: folder,
    outExtension: { '.js': '.js' },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    // Inside of the style: browsers that take every file for a site of its own refuse fonts from beside it.
    loader: { '.woff2': 'dataurl', '.woff': 'empty', '.ttf': 'empty' },
    logLevel: 'error',
  });
  const { resolve } = createRequire(inRoot('lib', 'package.json'));
  copyFileSync(resolve('plotly.js-dist-min'), path.join(folder, 'plotly.min.js'));
}
