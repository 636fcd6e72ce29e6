/** Node's module hooks for TypeScript: where a name leads, and a file's text as JavaScript. */
import { readFileSync } from 'node:fs';
import type { LoadHook, ResolveHook } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type TransformFailure, transform } from 'esbuild';
import { describeFailure, emitOptions, loaderOf } from '../cells/emit.js';
import { ConfigReader } from '../shared/config.js';
import { resolve as find, formatOf, inPackage, useConfig } from '../shared/resolve.js';

const config = new ConfigReader(process.cwd()).current();
useConfig(config);

export const resolve: ResolveHook = async (specifier, context, next) => {
  const { parentURL } = context;
  const parent = parentURL?.startsWith('file:') ? fileURLToPath(parentURL) : undefined;
  if (parent !== undefined && !inPackage(parent)) {
    try {
      const target = find(specifier, dirname(parent), parent);
      if (target.kind === 'local') return { url: pathToFileURL(target.path).href, shortCircuit: true };
    } catch {
      // Node's own words say it better.
    }
  }
  return next(specifier, context);
};

export const load: LoadHook = async (url, context, next) => {
  const path = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  const isScript = path !== undefined && /^\.([mc]?ts|tsx|jsx?)$/.test(extname(path));
  if (!isScript || (inPackage(path) && /jsx?$/.test(path)) || formatOf(path) !== 'module')
    return next(url, context);
  const text = readFileSync(path, 'utf8');
  try {
    const { code } = await transform(text, {
      ...emitOptions(config.emit),
      loader: loaderOf(path),
      format: 'esm',
      sourcefile: path,
      sourcemap: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  } catch (error) {
    if (!(error instanceof Error) || !('errors' in error)) throw error;
    throw new SyntaxError(describeFailure(path, error as TransformFailure));
  }
};
