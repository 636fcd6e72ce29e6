// @ts-check
// Each lecture is two files: NN-title.ts, which is edited, reviewed and type-checked, and NN-title.ipynb, which
// JupyterLab opens. This makes one from the other, in jupytext's percent format, and checks that they agree. The cells of
// its exercises are derived from their solutions (support/exercises.mjs).
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkOf, readExercise } from './support/exercises.mjs';
import { notebooksDir } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

const usage = `Usage: npm run notebooks [-- WHAT]

  sync        put the exercises of solutions/*.ts into the lectures without their solutions, and make every .ipynb
              from its .ts (what happens without a word)
  from-ipynb  make every .ts from its .ipynb, after editing in JupyterLab; outputs are left out
  check       say where the two differ, where a notebook holds outputs or an exercise is not as its solution says;
              changes nothing`;

/** @typedef {{ type: 'code' | 'markdown' | 'raw', metadata: Record<string, unknown>, source: string }} Cell */

const header = `// -*- coding: utf-8 -*-
// ---
// jupyter:
//   jupytext:
//     formats: ipynb,ts:percent
//     text_representation:
//       extension: .ts
//       format_name: percent
//       format_version: '1.3'
//       jupytext_version: 1.19.6
//   kernelspec:
//     display_name: TypeScript
//     language: typescript
//     name: typescript
// ---
`;

/**
 * The `key="value" other={"a": 1}` after a cell's marker.
 * @param {string} text @param {string} where for the sentence
 * @returns {Record<string, unknown>}
 */
function parseMetadata(text, where) {
  /** @type {Record<string, unknown>} */
  const metadata = {};
  let rest = text.trim();
  while (rest !== '') {
    const name = /^([\w.-]+)=/.exec(rest)?.[1];
    if (name === undefined) throw new UserError(`${where}: expected key=value after %%, found "${rest}".`);
    rest = rest.slice(name.length + 1);
    // The value is JSON, so it ends at the first place where what stands there is JSON.
    let end = 1;
    for (; end <= rest.length; end++) {
      try {
        metadata[name] = JSON.parse(rest.slice(0, end));
        break;
      } catch {
        // not yet the whole value
      }
    }
    if (end > rest.length) throw new UserError(`${where}: the value of ${name} is not JSON: "${rest}".`);
    rest = rest.slice(end).trim();
  }
  return metadata;
}

/** JSON as Python writes it, with a space after each comma and colon. @param {unknown} value @returns {string} */
function pythonJson(value) {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${pythonJson(each)}`);
  return `{${pairs.join(', ')}}`;
}

/**
 * The cells of a percent-format file.
 * @param {string} text @param {string} file for the sentence
 * @returns {Cell[]}
 */
export function cellsOfScript(text, file) {
  const lines = text.replace(/\r\n/g, '\n').split('\n');
  const top = lines[0].startsWith('// -*-') ? 1 : 0;
  const start = lines[top] === '// ---' ? lines.indexOf('// ---', top + 1) + 1 : top;
  /** @type {{ type: Cell['type'], metadata: Record<string, unknown>, lines: string[] }[]} */
  const cells = [];
  lines.slice(start).forEach((line, i) => {
    const marker = /^\/\/ %%(?: \[(markdown|raw)\])?(?: (.*))?$/.exec(line);
    if (marker) {
      const type = /** @type {Cell['type']} */ (marker[1] ?? 'code');
      cells.push({ type, metadata: parseMetadata(marker[2] ?? '', `${file}:${start + i + 1}`), lines: [] });
    } else if (cells.length > 0) cells.at(-1)?.lines.push(line);
    else if (line.trim() !== '') {
      throw new UserError(
        `${file}:${start + i + 1}: expected a cell to start with "// %%", found "${line}".`,
      );
    }
  });
  return cells.map(({ type, metadata, lines: body }) => {
    const plain = type === 'code' ? body : body.map((line) => line.replace(/^\/\/ ?/, ''));
    return { type, metadata, source: plain.join('\n').replace(/\s+$/, '').replace(/^\n+/, '') };
  });
}

/** @param {Cell[]} cells @returns {string} */
export function scriptOfCells(cells) {
  const parts = cells.map(({ type, metadata, source }) => {
    const keys = Object.keys(metadata).sort();
    const words = keys.map((key) => ` ${key}=${pythonJson(metadata[key])}`).join('');
    const lines = source.split('\n');
    const body = type === 'code' ? lines : lines.map((line) => (line === '' ? '//' : `// ${line}`));
    return `// %%${type === 'code' ? '' : ` [${type}]`}${words}\n${body.join('\n')}\n`;
  });
  return `${header}\n${parts.join('\n')}`;
}

/**
 * The notebook of some cells, as the text of an .ipynb file. A cell's id comes from what it says, so inserting a
 * cell changes no other, and two runs give the same bytes.
 * @param {Cell[]} cells
 */
export function notebookOfCells(cells) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const written = cells.map(({ type, metadata, source }) => {
    const digest = createHash('sha256').update(`${type}\n${source}`).digest('hex').slice(0, 12);
    const again = seen.get(digest) ?? 0;
    seen.set(digest, again + 1);
    const id = again === 0 ? digest : `${digest}-${again}`;
    const lines = source === '' ? [] : source.split(/(?<=\n)/);
    return type === 'code'
      ? { cell_type: type, execution_count: null, id, metadata, outputs: [], source: lines }
      : { cell_type: type, id, metadata, source: lines };
  });
  const metadata = {
    jupytext: { formats: 'ipynb,ts:percent' },
    kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'typescript' },
    language_info: { file_extension: '.ts', name: 'typescript' },
    // Slides start at the top and scroll: a figure that appears makes its slide taller while it is shown.
    rise: { center: false, scroll: true },
  };
  return `${JSON.stringify({ cells: written, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/**
 * What is in an .ipynb file.
 * @param {string} text @param {string} file for the sentence
 * @returns {{ cells: Cell[], outputs: number[], kernel: string | undefined }} `outputs`: the numbers of the cells
 *   that hold outputs or a run's number, from 1
 */
export function readNotebook(text, file) {
  let notebook;
  try {
    notebook = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON (${error instanceof Error ? error.message : error}).`);
  }
  if (!Array.isArray(notebook.cells)) throw new UserError(`${file} has no cells: is it a notebook?`);
  /** @type {number[]} */
  const outputs = [];
  const cells = notebook.cells.map((/** @type {any} */ cell, /** @type {number} */ i) => {
    if (cell.outputs?.length > 0 || (cell.execution_count ?? null) !== null) outputs.push(i + 1);
    const source = Array.isArray(cell.source) ? cell.source.join('') : cell.source;
    // JupyterLab writes these while it runs a cell; they say nothing about the lecture.
    const { execution, trusted, ...metadata } = cell.metadata ?? {};
    return { type: cell.cell_type, metadata, source };
  });
  return { cells, outputs, kernel: notebook.metadata?.kernelspec?.name };
}

/** @param {unknown} value @returns {string} the same text for the same value, whatever the order of its keys */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join()}}`;
}

/**
 * Every way in which a pair disagrees, one sentence each.
 * @param {string} script @param {string} notebook @param {string} name
 */
export function differences(script, notebook, name) {
  const wanted = cellsOfScript(script, `${name}.ts`);
  const { cells, outputs, kernel } = readNotebook(notebook, `${name}.ipynb`);
  const found = outputs.map((cell) => `${name}.ipynb: cell ${cell} holds outputs or a run's number.`);
  if (kernel !== 'typescript') found.push(`${name}.ipynb: names the kernel ${kernel}, not typescript.`);
  if (cells.length !== wanted.length) {
    found.push(`${name}: ${wanted.length} cells in .ts, ${cells.length} in .ipynb.`);
  }
  for (let i = 0; i < Math.min(cells.length, wanted.length); i++) {
    const differs = /** @type {const} */ (['type', 'metadata', 'source']).filter(
      (key) => canonical(cells[i][key]) !== canonical(wanted[i][key]),
    );
    if (differs.length > 0) {
      found.push(
        `${name}: cell ${i + 1} differs in its ${differs.join(' and ')}: "${wanted[i].source.slice(0, 50)}".`,
      );
    }
  }
  return found;
}

/** The lectures' names, from both kinds of file. @returns {string[]} */
export function lectureNames() {
  const stems = readdirSync(notebooksDir)
    .filter((file) => /^\d\d-.*\.(ts|ipynb)$/.test(file))
    .map((file) => path.parse(file).name);
  return [...new Set(stems)].sort();
}

/** A lecture's .ts file. @param {string} name @returns {string} */
export const readLecture = (name) => read(name, 'ts');

/** @param {string} name @param {'ts' | 'ipynb'} kind */
function read(name, kind) {
  const file = path.join(notebooksDir, `${name}.${kind}`);
  if (!existsSync(file)) {
    const way = kind === 'ts' ? 'npm run notebooks -- from-ipynb' : 'npm run notebooks';
    throw new UserError(`notebooks/${name}.${kind} is missing, its pair is there: \`${way}\` makes it.`);
  }
  return readFileSync(file, 'utf8');
}

/**
 * The exercises of a lecture, solved.
 * @param {string} name @param {string} [folder] where the lectures are
 * @returns {import('./support/exercises.mjs').Exercise[]}
 */
export function solutionsOf(name, folder = notebooksDir) {
  const file = path.join(folder, 'solutions', `${name}.ts`);
  if (!existsSync(file)) return [];
  return cellsOfScript(readFileSync(file, 'utf8'), `solutions/${name}.ts`)
    .filter(({ type }) => type === 'code')
    .map(({ source }) => readExercise(source, `solutions/${name}.ts`));
}

/** @param {Cell} cell @returns {boolean} */
const isExercise = ({ type, metadata }) =>
  type === 'code' && Array.isArray(metadata.tags) && metadata.tags.includes('exercise');

/**
 * A lecture whose exercises are as their solutions say.
 * @param {string} script @param {string} name
 * @param {(exercise: import('./support/exercises.mjs').Exercise) => string} [variant] the stub unless told otherwise
 * @returns {{ cells: Cell[], problems: string[] }} what differed or is missing, one sentence each
 */
export function withExercises(script, name, variant = ({ stub }) => stub) {
  const cells = cellsOfScript(script, `${name}.ts`);
  const solutions = new Map(solutionsOf(name).map((exercise) => [exercise.check, exercise]));
  const problems = cells.filter(isExercise).flatMap((cell) => {
    const check = checkOf(cell.source);
    const exercise = solutions.get(check ?? '');
    solutions.delete(check ?? '');
    if (!exercise)
      return [`${name}.ts: the exercise ${check} has no solution in notebooks/solutions/${name}.ts.`];
    const differs = cell.source !== variant(exercise);
    cell.source = variant(exercise);
    return differs ? [`${name}.ts: the exercise ${check} is not as its solution says.`] : [];
  });
  for (const check of solutions.keys())
    problems.push(`solutions/${name}.ts: ${check} has no cell with the tag exercise in ${name}.ts.`);
  return { cells, problems };
}

/** @param {string} file @param {string} text */
function write(file, text) {
  const target = path.join(notebooksDir, file);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return;
  writeFileSync(target, text);
  say(`wrote notebooks/${file}`);
}

async function main() {
  const words = process.argv.slice(2).map((word) => word.replace(/^--/, ''));
  const [what = 'sync'] = words;
  if (what === 'help') say(usage);
  else if (what === 'sync') {
    for (const name of lectureNames()) {
      const { cells, problems } = withExercises(read(name, 'ts'), name);
      const missing = problems.find((sentence) => / has no /.test(sentence));
      if (missing) throw new UserError(missing);
      write(`${name}.ts`, scriptOfCells(cells));
      write(`${name}.ipynb`, notebookOfCells(cells));
    }
  } else if (what === 'from-ipynb') {
    for (const name of lectureNames()) {
      write(`${name}.ts`, scriptOfCells(readNotebook(read(name, 'ipynb'), `${name}.ipynb`).cells));
    }
  } else if (what === 'check') {
    const found = lectureNames().flatMap((name) => [
      ...withExercises(read(name, 'ts'), name).problems,
      ...differences(read(name, 'ts'), read(name, 'ipynb'), name),
    ]);
    for (const sentence of found) say(sentence);
    if (found.length > 0) return 1;
    say(`${lectureNames().length} notebooks agree with their .ts and hold no outputs.`);
  } else throw new UserError(`There is no "${what}".\n${usage}`);
  return 0;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) await runMain(main);
