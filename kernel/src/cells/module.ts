/** Strips types from a local file and puts the stop check after its awaits. */
import { extname } from 'node:path';
import type { TransformFailure } from 'esbuild';
import MagicString from 'magic-string';
import { type CompiledModule, RUNTIME_MODULE } from '../shared/protocol.js';
import { type AstNode, children } from './ast.js';
import { addToLoop } from './compile.js';
import { parse } from './parse.js';
import { lower, type Stripped } from './strip.js';

type Loader = 'ts' | 'tsx' | 'js' | 'jsx';

const LOADERS: Record<string, Loader> = { '.tsx': 'tsx', '.jsx': 'jsx', '.js': 'js', '.mjs': 'js' };

const cache = new Map<string, { readonly text: string; readonly result: CompiledModule }>();

/** @throws Error one sentence with the file and line of the first syntax error */
export async function compileModule(path: string, text: string): Promise<CompiledModule> {
  const cached = cache.get(path);
  if (cached?.text === text) return cached.result;
  let stripped: Stripped;
  try {
    stripped = await lower(text, {
      loader: LOADERS[extname(path)] ?? 'ts',
      sourcefile: path,
      format: 'esm',
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
    });
  } catch (error) {
    throw new Error(describe(path, error as TransformFailure));
  }
  const checked = addStopChecks(stripped.code);
  const result = checked
    ? { code: checked.code, maps: [checked.map, stripped.map] }
    : { code: stripped.code, maps: [stripped.map] };
  cache.set(path, { text, result });
  return result;
}

function describe(path: string, failure: TransformFailure): string {
  const first = failure.errors?.[0];
  if (!first?.location) return `${path}: ${failure.message}`;
  const { line, column, lineText } = first.location;
  return `${path}:${line}:${column + 1}: ${first.text}\n  ${lineText}`;
}

/** `await x` becomes `resume(await x)`, which throws once the cell was stopped. Undefined when there is none. */
function addStopChecks(code: string): { readonly code: string; readonly map: string } | undefined {
  if (!code.includes('await')) return undefined;
  const { program } = parse('module.js', code, { lang: 'js', sourceType: 'module' });
  const edit = new MagicString(code);
  let found = false;
  const visit = (node: AstNode): void => {
    if (node.type === 'AwaitExpression') {
      found = true;
      edit.appendLeft(node.start, '$resume(').appendRight(node.end, ')');
    }
    if (node.type === 'ForOfStatement' && node.await === true) {
      found = true;
      addToLoop(edit, node.body as AstNode, '$resume();');
    }
    for (const child of children(node)) visit(child);
  };
  visit(program as unknown as AstNode);
  if (!found) return undefined;
  edit.prepend(`import { resume as $resume } from '${RUNTIME_MODULE}'; `);
  return { code: edit.toString(), map: edit.generateMap({ hires: 'boundary' }).toString() };
}
