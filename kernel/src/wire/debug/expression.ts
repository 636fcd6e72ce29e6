/** An expression of the debug console, with cell names read from the session's boxes. */

import { analyze } from 'eslint-scope';
import MagicString from 'magic-string';
import { parse } from '../../cells/parse.js';
import { lower } from '../../cells/strip.js';
import { BOX_FUNCTION } from '../../shared/protocol.js';

/**
 * @param names the session's names
 * @param hidden names that mean something nearer at the place where the program stands
 * @throws Error when it is no expression
 */
export async function debugExpression(
  text: string,
  names: ReadonlySet<string>,
  hidden: ReadonlySet<string>,
): Promise<string> {
  const { code } = await lower(text, { loader: 'ts', tsconfigRaw: {} });
  const { program, errors } = parse('debug.js', code, { lang: 'js', sourceType: 'script', range: true });
  if (errors[0]) throw new Error(errors[0].message);
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], { ecmaVersion: 2022 });
  const edit = new MagicString(code);
  for (const reference of scopes.globalScope?.through ?? []) {
    const { name, start, end } = reference.identifier as unknown as {
      name: string;
      start: number;
      end: number;
    };
    if (names.has(name) && !hidden.has(name))
      edit.overwrite(start, end, `globalThis.${BOX_FUNCTION}(${JSON.stringify(name)}).v`);
  }
  return edit.toString();
}
