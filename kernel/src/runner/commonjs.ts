/**
 * `require` of local files. Node's own machinery loads them; this adds what it lacks: TypeScript and JSX, ES modules,
 * `./x.js` for a file `x.ts`, and loading anew what changed on disk.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TransformFailure } from 'esbuild';
import { describeFailure, emitOptions, loaderOf } from '../cells/emit.js';
import type { Emit } from '../shared/config.js';
import { formatOf, inPackage, resolve } from '../shared/resolve.js';
import { stampOf } from '../shared/stamp.js';
import { registerScript } from './trace.js';

interface Loaded extends NodeModule {
  _compile(code: string, path: string): void;
}

type Extension = (module: Loaded, path: string) => void;

/** Node's own names for this are old and public in all but the documentation; other tools hold on to them as well. */
const internals = Module as unknown as {
  readonly _extensions: Record<string, Extension | undefined>;
  _resolveFilename(request: string, parent?: NodeModule, ...rest: unknown[]): string;
};

const kernelRequire = createRequire(import.meta.url);
const { cache } = kernelRequire;
/** Each local file that was loaded, as it was then. */
const stamps = new Map<string, string>();

export interface Environment {
  readonly emit: () => Emit;
  /** The namespace of a local ES module that is loaded already: there must not be two of it. */
  readonly loaded: (path: string) => object | undefined;
  /** True where Node maps the lines of errors, not the kernel. */
  readonly inlineMaps?: boolean;
}

/** Forgets local files that changed, and whatever requires them. */
export function forgetChanged(): void {
  const stale = new Set<string>();
  for (const [path, stamp] of stamps) if (stampOf(path) !== stamp) stale.add(path);
  if (stale.size === 0) return;
  for (let grew = true; grew; ) {
    grew = false;
    for (const path of stamps.keys()) {
      if (stale.has(path) || !cache[path]?.children.some(({ filename }) => stale.has(filename))) continue;
      stale.add(path);
      grew = true;
    }
  }
  for (const path of stale) {
    stamps.delete(path);
    delete cache[path];
  }
}

/** What Node holds of a local CommonJS file: another object once it was loaded anew. */
export function loadedAs(path: string): unknown {
  return cache[path];
}

export function installCommonJs({ emit, loaded, inlineMaps = false }: Environment): void {
  const { _extensions: extensions, _resolveFilename: resolveFilename } = internals;
  const compile: Extension = (module, path) => {
    const text = readFileSync(path, 'utf8');
    const { transformSync } = kernelRequire('esbuild') as typeof import('esbuild');
    const url = pathToFileURL(path).href;
    try {
      const { code, map } = transformSync(text, {
        ...emitOptions(emit()),
        loader: loaderOf(path),
        format: 'cjs',
        sourcefile: path,
        sourcemap: inlineMaps ? 'inline' : 'external',
        define: {
          'import.meta.url': JSON.stringify(url),
          'import.meta.dirname': JSON.stringify(dirname(path)),
          'import.meta.filename': JSON.stringify(path),
        },
      });
      if (!inlineMaps) registerScript(path, path, text, [map]);
      module._compile(code, path);
    } catch (error) {
      if (!(error instanceof Error) || !('errors' in error)) throw error;
      throw new SyntaxError(describeFailure(path, error as TransformFailure));
    }
  };
  const local =
    (original: Extension): Extension =>
    (module, path) => {
      if (inPackage(path)) return original(module, path);
      stamps.set(path, stampOf(path));
      const namespace = loaded(path);
      if (namespace) module.exports = namespace;
      else if (extname(path) !== '.json' && formatOf(path) === 'module') compile(module, path);
      else original(module, path);
    };
  for (const extension of ['.js', '.json']) extensions[extension] = local(extensions[extension] as Extension);
  for (const extension of ['.ts', '.tsx', '.mts', '.cts', '.jsx']) extensions[extension] = local(compile);

  internals._resolveFilename = function (request, parent, ...rest) {
    try {
      return resolveFilename.call(this, request, parent, ...rest);
    } catch (error) {
      const from = parent?.filename;
      if (!from || inPackage(from)) throw error;
      try {
        const target = resolve(request, dirname(from), from);
        if (target.kind !== 'builtin') return target.path;
      } catch {
        // Node's own words say it better.
      }
      throw error;
    }
  };
}
