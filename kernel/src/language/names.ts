/** The session's names with their types, as the checker sees them. */
import type { NameInfo } from '../shared/protocol.js';
import { lineAt } from './positions.js';
import type { LanguageServer } from './server.js';

/** @param text a cell with the declarations of all earlier names */
export async function typesOf(
  server: LanguageServer,
  text: string,
  names: readonly { readonly name: string; readonly isValue: boolean }[],
): Promise<NameInfo[]> {
  const values = names.filter(({ isValue }) => isValue);
  const probed = `${text}\n${values.map(({ name }) => `${name};`).join('\n')}`;
  const { line: first } = lineAt(text, text.length);
  const types = await Promise.all(
    values.map(async ({ name }, at) => {
      const hover = await server.hover(probed, first + 1 + at, 0);
      const contents = hover?.contents;
      const shown = typeof contents === 'object' && 'value' in contents ? contents.value : '';
      return [name, typeIn(name, shown)] as const;
    }),
  );
  const known = new Map(types);
  return names.map(({ name, isValue }) => ({
    name,
    isValue,
    type: isValue ? (known.get(name) ?? '') : 'type',
  }));
}

/** What stands behind the name in `const x: number`, `function f(a: number): string` or `(alias) class A`. */
function typeIn(name: string, markdown: string): string {
  const code = /```\w*\n([\s\S]*?)\n```/.exec(markdown)?.[1] ?? '';
  // An import shows as two lines, of which the last repeats the import.
  const declared = code.replace(/^\(alias\) /, '').replace(/\n(?:\(alias\) )?import [^\n]*$/, '');
  if (declared === '' || declared.startsWith('import ')) return 'module';
  const kind = /^(?:abstract )?(class|enum|namespace|module)\b/.exec(declared)?.[1];
  if (kind) return kind;
  const typed = declared.replace(/^(?:const|let|var) /, '');
  if (typed.startsWith(`${name}: `)) return typed.slice(name.length + 2);
  const signature = /^function [^(<]*([\s\S]*)$/.exec(declared)?.[1];
  return signature === undefined ? declared : signature.replace(/\): ([^:]*)$/, ') => $1');
}
