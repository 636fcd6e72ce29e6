/** What the debugger, completion and inspection evaluate in the runner: the session's names and their values. */
import { BOX_FUNCTION, NAMES_FUNCTION, PEEK_FUNCTION, TEXT_FUNCTION } from '../shared/protocol.js';
import { boxFor } from './boxes.js';
import { peek } from './peek.js';
import { inspectText } from './values/text.js';

function names(wanted: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const name of wanted) {
    // An import that no longer loads, or a name before its declaration, throws when it is read.
    try {
      values[name] = boxFor(name).v;
    } catch (error) {
      values[name] = error;
    }
  }
  return values;
}

export function installInspection(): void {
  for (const [name, value] of [
    [BOX_FUNCTION, boxFor],
    [NAMES_FUNCTION, names],
    [TEXT_FUNCTION, inspectText],
    [PEEK_FUNCTION, peek],
  ] as const) {
    Object.defineProperty(globalThis, name, { value, enumerable: false });
  }
}
