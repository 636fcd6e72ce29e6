/**
 * What the files beside the notebook and the packages of its workspace export. The checker offers to import from
 * packages that package.json names, and knows no other file before some cell imports it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from '../cells/parse.js';
import { resolve } from '../shared/resolve.js';
import { stampOf } from '../shared/stamp.js';

export interface Export {
  readonly name: string;
  readonly module: string;
  readonly form: 'named' | 'default' | 'namespace';
  /** It has no value, so it can be imported as a type only. */
  readonly isType: boolean;
}

/** Local files looked at. */
const MOST_FILES = 200;

export function localExports(folder: string): readonly Export[] {
  const beside = names(folder, (entry) => entry.isFile())
    .filter((name) => /\.[mc]?[jt]sx?$/.test(name) && !/\.d\.[mc]?ts$/.test(name))
    .slice(0, MOST_FILES)
    .map((name) => ({ path: join(folder, name), module: `./${name.replace(/\.tsx?$/, '.js')}` }));
  return [...beside, ...linkedPackages(folder)].flatMap(({ path, module }) => {
    const seen = new Map<string, Export>();
    for (const item of exportsOf(path, new Set())) seen.set(item.name, { ...item, module });
    return [...seen.values()];
  });
}

function names(folder: string, test: (entry: import('node:fs').Dirent) => boolean): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(test)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The packages that npm linked into node_modules: those of the workspace that the notebook belongs to. */
function linkedPackages(folder: string): readonly { readonly path: string; readonly module: string }[] {
  const found: { path: string; module: string }[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const modules = join(at, 'node_modules');
    const scopes = names(modules, (entry) => entry.isDirectory() && entry.name.startsWith('@'));
    const linked = ['', ...scopes].flatMap((scope) =>
      names(join(modules, scope), (entry) => entry.isSymbolicLink()).map((name) =>
        scope ? `${scope}/${name}` : name,
      ),
    );
    for (const module of linked) {
      try {
        const target = resolve(module, folder, 'the notebook');
        if (target.kind === 'local') found.push({ path: target.path, module });
      } catch {
        // It has nothing to import under its own name.
      }
    }
    if (dirname(at) === at) return found;
  }
}

type Found = Omit<Export, 'module'>;

const read = new Map<
  string,
  { readonly stamp: string; readonly own: readonly Found[]; readonly from: readonly string[] }
>();

/** What a file exports, also by `export * from`. */
function exportsOf(path: string, seen: Set<string>): readonly Found[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const stamp = stampOf(path);
  let file = read.get(path);
  if (file?.stamp !== stamp) {
    file = { stamp, ...readExports(path) };
    read.set(path, file);
  }
  const passedOn = file.from.flatMap((specifier) => {
    try {
      const target = resolve(specifier, dirname(path), path);
      return target.kind === 'local' ? exportsOf(target.path, seen) : [];
    } catch {
      return [];
    }
  });
  return [...passedOn.filter(({ form }) => form === 'named'), ...file.own];
}

function readExports(path: string): { readonly own: readonly Found[]; readonly from: readonly string[] } {
  const own: Found[] = [];
  const from: string[] = [];
  try {
    const { module, program } = parse(path, readFileSync(path, 'utf8'), {});
    const types = new Set(
      program.body.flatMap((statement) => {
        const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
        const isType =
          declared?.type === 'TSInterfaceDeclaration' || declared?.type === 'TSTypeAliasDeclaration';
        return isType ? [declared.id.name] : [];
      }),
    );
    for (const { exportName, localName, isType, moduleRequest } of module.staticExports.flatMap(
      ({ entries }) => entries,
    )) {
      const isDefault = exportName.kind === 'Default';
      const name = isDefault ? localName.name : exportName.name;
      if (name) own.push({ name, form: isDefault ? 'default' : 'named', isType: isType || types.has(name) });
      else if (exportName.kind === 'None' && moduleRequest) from.push(moduleRequest.value);
    }
  } catch {
    // No longer there, or not readable.
  }
  return { own, from };
}
