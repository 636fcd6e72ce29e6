/** `eval(text)` in a cell: the text sees the names of cells, as it sees the variables around it. */
import { createRequire } from 'node:module';
import { GIVEN_NAMES } from '../shared/protocol.js';
import { boxWithValue } from './boxes.js';
import { asKernel } from './builtins.js';

const require = createRequire(import.meta.url);

/**
 * @param text what `eval` was given
 * @param local names that mean something nearer at that place
 */
export function visibleNames(text: unknown, local: readonly string[]): unknown {
  if (typeof text !== 'string') return text;
  return asKernel(() => {
    // A bundle of its own, since few cells use eval and a parser takes time to load.
    const { boxNames } = require('./box-names.js') as typeof import('../cells/boxNames.js');
    try {
      return boxNames(text, (name) => !local.includes(name) && isBoxed(name));
    } catch {
      // `eval` says in its own words what is wrong with it.
      return text;
    }
  });
}

function isBoxed(name: string): boolean {
  return boxWithValue(name) !== undefined || (GIVEN_NAMES as readonly string[]).includes(name);
}
