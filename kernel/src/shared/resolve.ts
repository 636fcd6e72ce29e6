/** Where an import leads: a built-in module, a package, or a local file that is reloaded when it changes. */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResolverFactory } from 'oxc-resolver';
import type { Config } from './config.js';
import { oxcResolver } from './native.js';

export type Target =
  | { readonly kind: 'builtin'; readonly id: string }
  | { readonly kind: 'package'; readonly path: string }
  | { readonly kind: 'local'; readonly path: string; readonly format: 'module' | 'commonjs' | 'json' };

/** A package that is linked from a workspace may name its TypeScript source under this export condition. */
export const SOURCE_CONDITION = 'typescript-source';

const NODE_CONDITIONS = ['node', 'import', 'module-sync', 'default'];
const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json', '.node'];

const SOURCE_OPTIONS = {
  extensions: EXTENSIONS,
  extensionAlias: {
    '.js': ['.ts', '.tsx', '.js', '.jsx'],
    '.jsx': ['.tsx', '.jsx'],
    '.mjs': ['.mts', '.mjs'],
    '.cjs': ['.cts', '.cjs'],
  },
  mainFields: ['main'],
};

interface Resolvers {
  readonly source: ResolverFactory;
  readonly standard: ResolverFactory;
}

let made: Resolvers | undefined;

function resolvers(): Resolvers {
  made ??= makeResolvers();
  return made;
}

function makeResolvers(): Resolvers {
  const { ResolverFactory } = oxcResolver();
  const source = new ResolverFactory({
    ...SOURCE_OPTIONS,
    conditionNames: [SOURCE_CONDITION, ...(mapping?.customConditions ?? []), ...NODE_CONDITIONS],
  });
  const standard = source.cloneWithOptions({
    conditionNames: NODE_CONDITIONS,
    extensions: ['.js', '.mjs', '.cjs', '.json', '.node'],
    extensionAlias: {},
    mainFields: ['main'],
  });
  return { source, standard };
}

let mapping: Config | undefined;

/** Makes module names mean what the notebook's tsconfig says: `paths`, `baseUrl` and `customConditions`. */
export function useConfig(config: Config): void {
  if (config === mapping) return;
  mapping = config;
  made = undefined;
}

/** Where `paths` lead: the exact name before patterns, the longest pattern first. */
function mapped(specifier: string): string[] {
  const paths = mapping?.paths ?? {};
  const exact = paths[specifier];
  if (exact) return [...exact];
  const found: { readonly length: number; readonly targets: string[] }[] = [];
  for (const [pattern, targets] of Object.entries(paths)) {
    const [before, after, more] = pattern.split('*');
    if (before === undefined || after === undefined || more !== undefined) continue;
    if (specifier.length < before.length + after.length) continue;
    if (!specifier.startsWith(before) || !specifier.endsWith(after)) continue;
    const star = specifier.slice(before.length, specifier.length - after.length);
    found.push({ length: before.length, targets: targets.map((target) => target.replace('*', () => star)) });
  }
  found.sort((a, b) => b.length - a.length);
  return found[0]?.targets ?? [];
}

/** Files and packages may have come or gone since the last look. */
export function forgetResolutions(): void {
  made?.source.clearCache();
  made?.standard.clearCache();
}

/** How a specifier begins that is a path. */
const PATH = /^(\.|\/|[a-zA-Z]:[\\/])/;
const TYPESCRIPT = /\.[mc]?tsx?$/;
/** `npm:chalk@5/path`, as Deno writes it. */
const NPM_SPECIFIER = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?(\/.*)?$/;

export const inPackage = (path: string): boolean => path.includes(`${sep}node_modules${sep}`);

/**
 * @param specifier what stands after `from`
 * @param folder the importing file's folder
 * @throws Error one sentence that names the specifier and the importer
 */
export function resolve(specifier: string, folder: string, importer: string): Target {
  if (isBuiltin(specifier)) return { kind: 'builtin', id: specifier };
  const wanted = specifier.startsWith('file:')
    ? fileURLToPath(specifier)
    : specifier.replace(NPM_SPECIFIER, '$1$2');
  const { source, standard } = resolvers();
  let found: { readonly path?: string | undefined } = {};
  if (!PATH.test(wanted)) {
    for (const target of mapped(wanted)) {
      const file = source.sync(folder, target);
      // A mapping to declarations says only what types the module has.
      if (!file.path || /\.d\.[mc]?ts$/.test(file.path)) continue;
      found = file;
      break;
    }
  }
  if (!found.path) found = source.sync(folder, wanted);
  if (found.path && inPackage(found.path)) {
    const plain = standard.sync(folder, wanted);
    if (plain.path) found = plain;
  }
  if (!found.path) {
    const hint = PATH.test(wanted)
      ? 'check the path: it is relative to the importing file'
      : `install it with \`npm install ${packageName(wanted)}\``;
    const error = new Error(`Cannot find module '${specifier}' imported from ${importer}: ${hint}.`);
    throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
  }
  const path = found.path;
  // Node runs no TypeScript, so a package that ships nothing else is run like a local file.
  const isPackage = inPackage(path) && !TYPESCRIPT.test(path);
  if (isPackage || extname(path) === '.node') return { kind: 'package', path };
  return { kind: 'local', path, format: formatOf(path) };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const ESM_SYNTAX = /^\s*(import\b(?!\s*\()|export\b)/m;

/** What kind of module a local file is. */
export function formatOf(path: string): 'module' | 'commonjs' | 'json' {
  const extension = extname(path);
  if (extension === '.json') return 'json';
  if (extension === '.cjs') return 'commonjs';
  if (extension !== '.js' || packageType(dirname(path)) === 'module') return 'module';
  // A loose .js file says by its syntax what it is, as in Node 22 and later.
  return ESM_SYNTAX.test(readFileSync(path, 'utf8')) ? 'module' : 'commonjs';
}

function packageType(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type;
    if (dirname(at) === at) return undefined;
  }
}
