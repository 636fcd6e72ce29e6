// @ts-check
// Exercises: `notebooks/solutions/NN-title.ts` holds each exercise of a lecture solved, in the percent format. What a
// student sees is derived from it, so the two cannot part. In a solved cell,
//
//   // BEGIN SOLUTION
//   return gradient.map((g) => g - mean);      the solution
//   // ELSE
//   // return gradient;                        what the student finds instead, behind comment marks
//   // WRONG naive update                      a usual wrong answer, and words that the check must say of it
//   // return gradient;
//   // END SOLUTION
//
// A cell may have several such regions; a wrong answer replaces its own region only, the others are as solved.

import { UserError } from './report.mjs';

/** @typedef {{ says: string, source: string }} WrongAnswer */
/** @typedef {{ check: string, solved: string, stub: string, wrong: WrongAnswer[] }} Exercise */

/** The check that a cell ends with, such as checkThroughTheMean. @param {string} source @returns {string | undefined} */
export function checkOf(source) {
  return [...source.matchAll(/^(?:await )?(check[A-Z]\w*)\(/gm)].at(-1)?.[1];
}

const uncommented = (/** @type {string} */ line) => line.replace(/^(\s*)\/\/ ?/, '$1');

/**
 * @param {string} source of a solved cell
 * @param {string} where for the sentence
 * @returns {Exercise}
 */
export function readExercise(source, where) {
  const check = checkOf(source);
  if (!check)
    throw new UserError(`${where}: expected an exercise to end with a call such as checkMean(mean).`);
  /** @type {(string | { solved: string[], stub: string[], wrong: { says: string, lines: string[] }[] })[]} */
  const parts = [];
  /** @type {Exclude<(typeof parts)[number], string> | undefined} */
  let region;
  /** @type {string[] | undefined} where a line of the region goes; undefined: it is code */
  let into;
  for (const line of source.split('\n')) {
    const mark = /^\s*\/\/ (BEGIN SOLUTION|ELSE|WRONG|END SOLUTION)(?: (.*))?$/.exec(line);
    if (!region) {
      if (!mark) parts.push(line);
      else if (mark[1] === 'BEGIN SOLUTION') {
        region = { solved: [], stub: [], wrong: [] };
        parts.push(region);
        into = undefined;
      } else throw new UserError(`${where}: "${mark[1]}" stands outside of a solution.`);
    } else if (!mark) {
      if (into) into.push(uncommented(line));
      else region.solved.push(line);
    } else if (mark[1] === 'ELSE') into = region.stub;
    else if (mark[1] === 'WRONG') {
      if (!mark[2]) throw new UserError(`${where}: WRONG needs words that the check says of that answer.`);
      into = [];
      region.wrong.push({ says: mark[2], lines: into });
    } else if (mark[1] === 'END SOLUTION') region = undefined;
    else throw new UserError(`${where}: a solution begins inside of another.`);
  }
  if (region) throw new UserError(`${where}: END SOLUTION is missing.`);
  if (parts.every((part) => typeof part === 'string'))
    throw new UserError(`${where}: expected a solution between BEGIN SOLUTION and END SOLUTION.`);
  /** @param {(part: NonNullable<typeof region>) => string[]} choose */
  const text = (choose) =>
    parts.flatMap((part) => (typeof part === 'string' ? [part] : choose(part))).join('\n');
  const wrong = parts.flatMap((part) =>
    typeof part === 'string'
      ? []
      : part.wrong.map(({ says, lines }) => ({
          says,
          source: text((other) => (other === part ? lines : other.solved)),
        })),
  );
  return { check, solved: text((part) => part.solved), stub: text((part) => part.stub), wrong };
}
