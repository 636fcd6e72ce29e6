/** How esbuild is asked to turn TypeScript into JavaScript. */
import { extname } from 'node:path';
import type { TransformFailure, TransformOptions } from 'esbuild';
import type { Emit } from '../shared/config.js';

/** Language features that Node 20 lacks are lowered; everything else is left as the user wrote it. */
const TARGET = ['node20', 'es2022'];

type Loader = 'ts' | 'tsx' | 'js' | 'jsx';

const LOADERS: Record<string, Loader> = {
  '.tsx': 'tsx',
  '.jsx': 'jsx',
  '.js': 'jsx',
  '.mjs': 'js',
  '.cjs': 'js',
};

/** The language of a local file. */
export function loaderOf(path: string): Loader {
  return LOADERS[extname(path)] ?? 'ts';
}

/** @param more further compiler options */
export function emitOptions(
  emit: Emit,
  more: { readonly verbatimModuleSyntax?: boolean } = {},
): TransformOptions {
  const { jsx, legacyDecorators, defineFields } = emit;
  return {
    target: TARGET,
    supported: { 'top-level-await': true },
    ...(jsx.runtime === 'automatic'
      ? { jsx: 'automatic', jsxImportSource: jsx.importSource }
      : { jsx: 'transform', jsxFactory: jsx.factory, jsxFragment: jsx.fragment }),
    tsconfigRaw: {
      compilerOptions: {
        ...more,
        useDefineForClassFields: defineFields,
        experimentalDecorators: legacyDecorators,
      },
    },
  };
}

/** The first syntax error of a local file, with its place. */
export function describeFailure(path: string, failure: TransformFailure): string {
  const first = failure.errors?.[0];
  if (!first?.location) return `${path}: ${failure.message}`;
  const { line, column, lineText } = first.location;
  return `${path}:${line}:${column + 1}: ${first.text}\n  ${lineText}`;
}
