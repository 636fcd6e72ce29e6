// @ts-check
// A stamp is a small JSON file, written last, that says what a finished step was made from. A step that was
// stopped half-way has no stamp, so the next run does it again.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @param {string} file @returns {string} a digest of the file's bytes, '' when there is no such file */
export function digest(file) {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 24);
  } catch {
    return '';
  }
}

/** @param {string} file @returns {any} the parsed file, undefined when it is missing or not JSON */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that a reader never sees half a file. @param {string} file @param {unknown} value */
export function writeJson(file, value) {
  mkdirSync(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(beside, file);
}

/** @param {string} file @param {Record<string, unknown>} facts @returns {boolean} */
export const isStamped = (file, facts) => JSON.stringify(readJson(file)) === JSON.stringify(facts);
