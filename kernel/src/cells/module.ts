/** Strips types from a local file and puts the stop check after its awaits. */
import type { TransformFailure } from 'esbuild';
import MagicString from 'magic-string';
import type { Emit } from '../shared/config.js';
import { type CompiledModule, RUNTIME_MODULE } from '../shared/protocol.js';
import { type AstNode, children } from './ast.js';
import { addToLoop } from './compile.js';
import { describeFailure, emitOptions, loaderOf } from './emit.js';
import { HELPERS, withMetadata } from './metadata.js';
import { parse } from './parse.js';
import { lower, type Stripped } from './strip.js';

const cache = new Map<
  string,
  { readonly text: string; readonly emit: Emit; readonly result: CompiledModule }
>();

/** @throws Error one sentence with the file and line of the first syntax error */
export async function compileModule(path: string, text: string, emit: Emit): Promise<CompiledModule> {
  const cached = cache.get(path);
  if (cached?.text === text && cached.emit === emit) return cached.result;
  let stripped: Stripped;
  try {
    const loader = loaderOf(path);
    const typed = loader === 'ts' || loader === 'tsx' ? withMetadata(path, text, loader, emit) : undefined;
    stripped =
      typed ??
      (await lower(text, {
        ...emitOptions(emit),
        loader,
        sourcefile: path,
        format: 'esm',
      }));
  } catch (error) {
    throw new Error(describeFailure(path, error as TransformFailure));
  }
  const checked = addStopChecks(stripped.code);
  const result = checked
    ? { code: checked.code, maps: [checked.map, stripped.map] }
    : { code: stripped.code, maps: [stripped.map] };
  cache.set(path, { text, emit, result });
  return result;
}

/** `await x` becomes `resume(await x)`, which throws once the cell was stopped. Undefined when there is none. */
function addStopChecks(code: string): { readonly code: string; readonly map: string } | undefined {
  const decorated = code.includes(`${HELPERS}.`);
  if (!decorated && !code.includes('await')) return undefined;
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
  if (!found && !decorated) return undefined;
  edit.prepend(`import { resume as $resume, ${HELPERS} } from '${RUNTIME_MODULE}'; `);
  return { code: edit.toString(), map: edit.generateMap({ hires: 'boundary' }).toString() };
}
