// @ts-check
// The lectures with their outputs, run by our kernel. What has been run is kept in `.lab/executed`, until the notebook or
// anything that its numbers come from changes: the site and the slides of one state are made of one run.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { jupyterEnvironment } from '../support/jupyter.mjs';
import { inRoot, notebooksDir, stateDir, venvPython } from '../support/paths.mjs';
import { run, tail } from '../support/process.mjs';
import { step, UserError } from '../support/report.mjs';
import { readJson, writeJson } from '../support/stamp.mjs';

/**
 * @typedef {object} Output
 * @property {string} output_type
 * @property {string} [name]
 * @property {string | string[]} [text]
 * @property {Record<string, any>} [data]
 * @property {Record<string, any>} [metadata]
 * @property {string} [ename]
 * @property {string} [evalue]
 */
/** @typedef {{ cell_type: string, source: string | string[], metadata: Record<string, any>, outputs?: Output[] }} ExecutedCell */
/** @typedef {{ cells: ExecutedCell[], metadata: Record<string, any> }} Executed */

/** @param {string | string[] | undefined} text @returns {string} */
export const whole = (text) => [text ?? ''].flat().join('');

/** @param {string} folder @returns {string[]} */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

/** What the outputs of every lecture come from, but for the lecture itself. */
function digestOfPrograms() {
  const hash = createHash('sha256');
  const folders = [
    inRoot('lib', 'src'),
    inRoot('lib', 'engine'),
    inRoot('kernel', 'src'),
    inRoot('data', 'dcgan'),
  ];
  for (const file of [...folders.flatMap(filesIn), inRoot('package-lock.json')])
    hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/** @param {Executed} notebook @returns {string[]} a line for each cell that failed */
function failures({ cells }) {
  return cells.flatMap(({ cell_type, source, metadata, outputs = [] }, i) => {
    if (cell_type !== 'code') return [];
    const error = outputs.find((output) => output.output_type === 'error');
    if (!error && metadata.reply === 'ok') return [];
    const what = error ? `${error.ename}: ${error.evalue}` : `the reply's status is ${metadata.reply}`;
    return [`cell ${i + 1} (${whole(source).split('\n')[0]}): ${what}`];
  });
}

/**
 * The size of the experiments that `--size` asks for.
 * @param {Record<string, string | true>} options
 */
export function sizeOf({ size = process.env.BATCHNORM_LAB_SIZE ?? 'lecture' }) {
  if (!['small', 'lecture', 'full'].includes(String(size)))
    throw new UserError(`--size needs small, lecture or full, and "${size}" was given.`);
  return String(size);
}

/**
 * Runs lectures from top to bottom, one after the other.
 * @param {string[]} names
 * @param {{ size: string, again: boolean }} options
 * @returns {Promise<Map<string, Executed>>} by name; a cell that fails is an error, not a page
 */
export async function executeLectures(names, { size, again }) {
  const programs = digestOfPrograms();
  /** @type {Map<string, Executed>} */
  const executed = new Map();
  for (const name of names) {
    const file = path.join(notebooksDir, `${name}.ipynb`);
    const kept = path.join(stateDir, 'executed', size, `${name}.json`);
    const digest = createHash('sha256').update(programs).update(readFileSync(file)).digest('hex');
    const before = again || !existsSync(kept) ? undefined : readJson(kept);
    if (before?.digest === digest) {
      executed.set(name, before.notebook);
      continue;
    }
    const notebook = await step(`${name}, at the size "${size}"`, () => execute(file, size));
    const failed = failures(notebook);
    if (failed.length > 0) throw new UserError(`${name} did not run through.`, failed.join('\n'));
    writeJson(kept, { digest, notebook });
    executed.set(name, notebook);
  }
  return executed;
}

/** @param {string} file @param {string} size @returns {Promise<Executed>} */
async function execute(file, size) {
  const env = { ...jupyterEnvironment(process.env), BATCHNORM_LAB_SIZE: size };
  const script = inRoot('tests', 'notebooks', 'execute.py');
  const { code, output } = await run(venvPython, [script, file, 'typescript', notebooksDir], { env });
  // Python's warnings, which come first, are not of the notebook.
  const start = output.indexOf('{"cells"');
  if (code !== 0 || start < 0) throw new UserError(`${path.basename(file)} could not be run.`, tail(output));
  return JSON.parse(output.slice(start, output.lastIndexOf('}') + 1));
}
