/** An expression of the debug console, with cell names read from the session's boxes. */
import { boxNames } from '../../cells/boxNames.js';
import { lower } from '../../cells/strip.js';

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
  return boxNames(code, (name) => names.has(name) && !hidden.has(name));
}
