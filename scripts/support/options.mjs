// @ts-check
// Command-line options: parsed from a table, with one sentence for what is not in it.
import { UserError } from './report.mjs';

/**
 * @typedef {object} Option
 * @property {string} [value] the name of its value in the help text; none for a switch
 * @property {string} help
 */

/**
 * @param {string[]} argv
 * @param {Record<string, Option>} table options by name, without their dashes
 * @param {{ command: string, words?: string }} about `words` names the plain words that are allowed, if any
 * @returns {{ options: Record<string, string | true>, words: string[] }}
 */
export function parseOptions(argv, table, { command, words: wordName }) {
  /** @type {Record<string, string | true>} */
  const options = {};
  /** @type {string[]} */
  const words = [];
  for (let i = 0; i < argv.length; i++) {
    const text = /** @type {string} */ (argv[i]);
    if (!text.startsWith('-')) {
      if (wordName === undefined) {
        throw new UserError(
          `Unexpected "${text}": options go after two dashes, as in \`${command} -- --help\`.`,
        );
      }
      words.push(text);
      continue;
    }
    const [, name = '', attached] = /^--?([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const option = table[name];
    if (!option) {
      const near = nearest(name, Object.keys(table));
      const hint = near ? `did you mean --${near}?` : `\`${command} -- --help\` lists the options.`;
      throw new UserError(`Unknown option ${text}: ${hint}`);
    }
    if (option.value === undefined) {
      if (attached !== undefined)
        throw new UserError(`--${name} takes no value, and "${attached}" was given: leave it out.`);
      options[name] = true;
      continue;
    }
    const value = attached ?? argv[++i];
    if (value === undefined || (attached === undefined && value.startsWith('--'))) {
      throw new UserError(`--${name} needs a value: \`${command} -- --${name} ${option.value}\`.`);
    }
    options[name] = value;
  }
  return { options, words };
}

/** @param {string} usage @param {Record<string, Option>} table @returns {string} */
export function helpText(usage, table) {
  const rows = Object.entries(table).map(([name, { value, help }]) => ({
    left: `  --${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return [usage, '', ...rows.map(({ left, help }) => left.padEnd(width) + help)].join('\n');
}

/**
 * @param {string} word
 * @param {string[]} known
 * @returns {string | undefined} the known word that a slip of the fingers would turn into `word`
 */
export function nearest(word, known) {
  const scored = known
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(2, word.length / 3) ? best.name : undefined;
}

/** @param {string} a @param {string} b @returns {number} how many letters to insert, remove or replace */
function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = /** @type {number} */ (row[j - 1]) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(
        replaced,
        /** @type {number} */ (row[j]) + 1,
        /** @type {number} */ (next[j - 1]) + 1,
      );
    }
    row = next;
  }
  return /** @type {number} */ (row[b.length]);
}
