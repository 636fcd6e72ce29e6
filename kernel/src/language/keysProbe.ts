/** Asks the checker whether a value's type says which keys the value has. */
import type { Path } from './cursor.js';
import { openAt } from './lexer.js';
import { lineAt } from './positions.js';
import type { LanguageServer } from './server.js';

/** The type whose text says which keys a value has. It stands behind the cell, for the checker only. */
export const KEYS_TYPE = '$KernelKeys';

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** The cell, closed where it is open, so that an unfinished one does not swallow the names behind it. */
export function withProbe(
  source: string,
  epilogue: string,
  object: Path | undefined,
): { readonly text: string; readonly probe?: number } {
  const text = source + openAt(source).closers + epilogue;
  const [name, ...keys] = object ?? [];
  if (name === undefined || !NAME.test(name)) return { text };
  const type = keys.reduce((inner, key) => `NonNullable<${inner}>[${JSON.stringify(key)}]`, `typeof ${name}`);
  const head = `${text}\ntype `;
  const whole = `NonNullable<${type}>`;
  const rest = `[${whole}] extends [(...values: never) => unknown] ? 'named' : [keyof ${whole}] extends [never]`;
  return {
    text: `${head}${KEYS_TYPE} = string extends keyof ${whole} ? 'any' : ${rest} ? 'any' : 'named';`,
    probe: head.length,
  };
}

/** Whether values of the type may have keys that it does not name: any, unknown, index signatures, `{}`. */
export async function isVague(server: LanguageServer, text: string, probe: number): Promise<boolean> {
  const { line, character } = lineAt(text, probe);
  const hover = await server.hover(text, line, character);
  const shown =
    hover && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
  return !/= "named"/.test(shown);
}
