/** Takes the types out of cells and local files. */
import type * as Esbuild from 'esbuild';
import type { Emit } from '../shared/config.js';
import { oxcTransform } from '../shared/native.js';
import { emitOptions } from './emit.js';
import { withMetadata } from './metadata.js';

export interface Stripped {
  readonly code: string;
  readonly map: string;
}

/**
 * What oxc leaves as it is although Node 20 does not know it, or writes in a form that the rewriting of names does not expect.
 * Such a word in a string or a comment costs the cell a millisecond and nothing else.
 */
const NEEDS_ESBUILD =
  /@|\b(?:accessor|using|enum|namespace|module)\b|\b(?:import|export)\s+(?:import\b|[\w$]*\s*=)/;

/**
 * Strips a cell. oxc takes some 10 µs, in this process; esbuild, which is a process of its own, about a millisecond.
 * @param code a cell free of syntax errors
 */
export async function stripTypes(code: string, jsx: boolean, emit: Emit): Promise<Stripped> {
  if (!jsx && emit.defineFields && !NEEDS_ESBUILD.test(code)) {
    const {
      code: stripped,
      map,
      errors,
    } = oxcTransform().transformSync('cell.ts', code, {
      lang: 'ts',
      sourceType: 'module',
      sourcemap: true,
      target: 'node20',
      typescript: { onlyRemoveTypeImports: true },
    });
    if (errors.length === 0 && map) return { code: stripped, map: JSON.stringify(map) };
  }
  const decorated = withMetadata('cell.ts', code, jsx ? 'tsx' : 'ts', emit);
  if (decorated) return decorated;
  return lower(code, {
    ...emitOptions(jsx ? withPragma(code, emit) : emit, { verbatimModuleSyntax: true }),
    loader: jsx ? 'tsx' : 'ts',
    sourcefile: 'cell.ts',
  });
}

/** A comment such as `@jsx h` names the function that makes elements, whatever the tsconfig says. */
function withPragma(code: string, emit: Emit): Emit {
  const named = (pragma: string): string | undefined =>
    new RegExp(`/\\*[^/]*@${pragma}\\s+([\\w$.]+)`).exec(code)?.[1];
  const factory = named('jsx');
  if (factory === undefined) return emit;
  return { ...emit, jsx: { runtime: 'classic', factory, fragment: named('jsxFrag') ?? 'Fragment' } };
}

let esbuild: Promise<typeof Esbuild> | undefined;

/** Strips types with esbuild. */
export async function lower(code: string, options: Esbuild.TransformOptions): Promise<Stripped> {
  esbuild ??= import('esbuild');
  const { transform, stop } = await esbuild;
  const all = { ...options, sourcemap: 'external' as const };
  try {
    return await transform(code, all);
  } catch (error) {
    // A failure of the code's has a list of errors. Without one the process has died; the next one does it.
    if (error instanceof Error && 'errors' in error) throw error;
    await stop();
    return transform(code, all);
  }
}

/** Ends the process that `lower` may have started. */
export async function stopCompiler(): Promise<void> {
  await (await esbuild)?.stop();
}
