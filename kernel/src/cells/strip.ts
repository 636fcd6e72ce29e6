/** Takes the types out of cells and local files. */
import type * as Esbuild from 'esbuild';
import { oxcTransform } from '../shared/native.js';

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
export async function stripTypes(code: string): Promise<Stripped> {
  if (!NEEDS_ESBUILD.test(code)) {
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
  return lower(code, {
    loader: 'ts',
    sourcefile: 'cell.ts',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, useDefineForClassFields: true } },
  });
}

let esbuild: Promise<typeof Esbuild> | undefined;

/** Strips types with esbuild. Language features that Node 20 lacks are lowered; all else stays as it was written. */
export async function lower(
  code: string,
  options: Pick<Esbuild.TransformOptions, 'loader' | 'sourcefile' | 'tsconfigRaw' | 'format'>,
): Promise<Stripped> {
  esbuild ??= import('esbuild');
  const { transform, stop } = await esbuild;
  const all = {
    ...options,
    sourcemap: 'external' as const,
    target: ['node20', 'es2022'],
    supported: { 'top-level-await': true },
  };
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
