// @ts-check
// What is known of a lecture from its first cell.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lectureNames } from '../notebooks.mjs';
import { nearest } from '../support/options.mjs';
import { notebooksDir } from '../support/paths.mjs';
import { UserError } from '../support/report.mjs';
import { whole } from './execute.mjs';

/**
 * @typedef {object} Lecture
 * @property {string} name such as 05-bias-drift
 * @property {string} number such as 05
 * @property {string} title without its number
 * @property {string} learn Markdown: what a reader will learn
 * @property {string} time
 * @property {string[]} needs the numbers of the lectures to read before
 */

/** @param {string} name @returns {Lecture} */
export function lectureOf(name) {
  const notebook = JSON.parse(readFileSync(path.join(notebooksDir, `${name}.ipynb`), 'utf8'));
  const first = whole(notebook.cells[0]?.source);
  const part = (/** @type {string} */ label) =>
    new RegExp(`\\*\\*${label}:?\\*\\*:?\\s*([\\s\\S]*?)(?:\\n\\s*\\n|$)`)
      .exec(first)?.[1]
      .replace(/\s+/g, ' ')
      .trim() ?? '';
  const number = name.slice(0, 2);
  const title = /^# (.*)$/m.exec(first)?.[1].replace(/^\d\d\s*·\s*/, '');
  if (title === undefined) throw new UserError(`notebooks/${name}.ipynb does not begin with a title.`);
  const needs = [...part('You need').matchAll(/\((\d\d)-[^)]*\.ipynb\)/g)].map((found) => found[1]);
  return { name, number, title, learn: part('You will learn'), time: part('Time'), needs };
}

/**
 * The lectures that somebody names, by number or name.
 * @param {string[]} words none: all
 * @returns {string[]} in their order
 */
export function chosenLectures(words) {
  const all = lectureNames();
  const chosen = words.map((word) => {
    const wanted = word.replace(/^.*[/\\]/, '').replace(/\.ipynb$/, '');
    const found = all.find((name) => name === wanted || name.startsWith(`${wanted.padStart(2, '0')}-`));
    if (found) return found;
    const near = nearest(wanted, all);
    throw new UserError(
      `There is no lecture "${word}": ${near ? `did you mean ${near}?` : `they are ${all.join(', ')}.`}`,
    );
  });
  return words.length === 0 ? all : all.filter((name) => chosen.includes(name));
}
