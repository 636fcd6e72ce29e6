/**
 * The notebook's own tsconfig.json: the nearest one upwards from the notebook's folder, with what it extends.
 * Read anew when one of the files changes, so that an edit takes effect at the next cell.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { defaultJsx, type Jsx, jsxOf } from './jsx.js';
import { type PackagePaths, packagePaths } from './packagePaths.js';
import { stampOf } from './stamp.js';

export type CompilerOptions = Readonly<Record<string, unknown>>;

/** How code is turned into JavaScript. */
export interface Emit {
  readonly jsx: Jsx;
  /** TypeScript's decorators of old instead of the standard's. */
  readonly legacyDecorators: boolean;
  readonly decoratorMetadata: boolean;
  readonly defineFields: boolean;
}

export interface Config {
  /** The tsconfig.json, where there is one. */
  readonly path?: string;
  /** Its options that a cell is checked under; every path is absolute. */
  readonly options: CompilerOptions;
  /** From `paths` and `baseUrl`: patterns of module names and where they lead, absolute. */
  readonly paths: PackagePaths;
  /** From the notebook's package.json; Node finds these by itself. */
  readonly ownPaths: PackagePaths;
  readonly customConditions: readonly string[];
  readonly emit: Emit;
  /** Why the tsconfig.json could not be used, in one sentence. */
  readonly problem?: string;
}

/** Options that say what is right and where things are. How files are laid out and emitted is the kernel's affair. */
const HONOURED = new Set(
  `strict noImplicitAny strictNullChecks strictFunctionTypes strictBindCallApply strictPropertyInitialization
  strictBuiltinIteratorReturn noImplicitThis useUnknownInCatchVariables noUncheckedIndexedAccess
  exactOptionalPropertyTypes noImplicitReturns noImplicitOverride noFallthroughCasesInSwitch
  noPropertyAccessFromIndexSignature noUncheckedSideEffectImports erasableSyntaxOnly lib types typeRoots
  experimentalDecorators emitDecoratorMetadata allowArbitraryExtensions allowUmdGlobalAccess`.split(/\s+/),
);

/** The kernel's own strictness, where no tsconfig.json says another. */
const DEFAULTS = { strict: true, noImplicitOverride: true, noFallthroughCasesInSwitch: true };

/** Reads the notebook's config; `current()` is cheap while nothing changes. */
export class ConfigReader {
  readonly #folder: string;
  #stamps: readonly (readonly [path: string, stamp: string])[] = [];
  #config: Config | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The config as it is on disk now; the same object while nothing changed. */
  current(): Config {
    if (this.#config && this.#stamps.every(([path, stamp]) => stampOf(path) === stamp)) return this.#config;
    const looked: string[] = [];
    this.#config = read(this.#folder, looked);
    this.#stamps = looked.map((path) => [path, stampOf(path)]);
    return this.#config;
  }
}

/** @param looked gets every file whose change could change the result */
function read(folder: string, looked: string[]): Config {
  let path: string | undefined;
  for (let at = folder; path === undefined; at = dirname(at)) {
    const candidate = join(at, 'tsconfig.json');
    looked.push(candidate);
    if (existsSync(candidate)) path = candidate;
    if (dirname(at) === at) break;
  }
  let options: CompilerOptions = {};
  let problem: string | undefined;
  if (path !== undefined) {
    try {
      options = readOptions(path, dirname(path), looked, []);
    } catch (error) {
      problem = `The notebook's tsconfig.json is not used, the kernel's own settings are: ${(error as Error).message}`;
      options = {};
    }
  }
  const used = path !== undefined && problem === undefined;
  const checked = Object.entries(options).filter(([name]) => HONOURED.has(name));
  const jsx = jsxOf(options) ?? defaultJsx(folder, looked);
  return {
    ...(path === undefined ? {} : { path }),
    ...(problem === undefined ? {} : { problem }),
    options: { ...(used ? {} : DEFAULTS), ...Object.fromEntries(checked) },
    paths: pathsOf(options),
    ownPaths: packagePaths(folder, looked),
    customConditions: strings(options.customConditions),
    emit: {
      jsx,
      legacyDecorators: options.experimentalDecorators === true,
      decoratorMetadata: options.experimentalDecorators === true && options.emitDecoratorMetadata === true,
      defineFields: definesFields(options),
    },
  };
}

/** `paths` has become absolute while it was read; `baseUrl` stands for a pattern of its own. */
function pathsOf(options: CompilerOptions): PackagePaths {
  const found: Record<string, readonly string[]> = {};
  for (const [pattern, targets] of Object.entries((options.paths ?? {}) as Record<string, unknown>)) {
    found[pattern] = strings(targets);
  }
  if (typeof options.baseUrl === 'string' && !found['*']) found['*'] = [join(options.baseUrl, '*')];
  return found;
}

/** As the language says: fields are defined, not assigned, from ES2022 on. */
function definesFields(options: CompilerOptions): boolean {
  if (typeof options.useDefineForClassFields === 'boolean') return options.useDefineForClassFields;
  return !/^es(3|5|6|20(1\d|20|21))$/i.test(String(options.target ?? 'esnext'));
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function readOptions(
  path: string,
  configDir: string,
  looked: string[],
  through: readonly string[],
): CompilerOptions {
  if (through.includes(path)) throw new Error(`it extends itself through ${path}.`);
  if (!looked.includes(path)) looked.push(path);
  const content = parseJsonc(path);
  const inherited = (Array.isArray(content.extends) ? content.extends : [content.extends])
    .filter((base) => typeof base === 'string')
    .map((base) => readOptions(findBase(base, path), configDir, looked, [...through, path]));
  const own = content.compilerOptions ?? {};
  if (typeof own !== 'object') throw new Error(`compilerOptions in ${path} must be an object.`);
  return Object.assign({}, ...inherited, absolute(own as CompilerOptions, dirname(path), configDir));
}

/** Options that are paths, seen from the file that they stand in. */
function absolute(options: CompilerOptions, folder: string, configDir: string): CompilerOptions {
  const at = (value: string, base: string): string =>
    resolve(base, value.replace(/^\$\{configDir\}/, configDir));
  const changed: Record<string, unknown> = { ...options };
  if (typeof options.baseUrl === 'string') changed.baseUrl = at(options.baseUrl, folder);
  if (Array.isArray(options.typeRoots))
    changed.typeRoots = strings(options.typeRoots).map((root) => at(root, folder));
  if (typeof options.paths === 'object' && options.paths !== null) {
    const base = typeof changed.baseUrl === 'string' ? changed.baseUrl : folder;
    changed.paths = Object.fromEntries(
      Object.entries(options.paths).map(([pattern, targets]) => [
        pattern,
        strings(targets).map((target) => at(target, base)),
      ]),
    );
  }
  return changed;
}

function findBase(base: string, from: string): string {
  const candidates: string[] = [];
  if (/^\.{1,2}([\\/]|$)/.test(base) || isAbsolute(base)) {
    const path = resolve(dirname(from), base);
    candidates.push(path, `${path}.json`, join(path, 'tsconfig.json'));
  } else {
    const require = createRequire(from);
    for (const name of [base, `${base}.json`, `${base}/tsconfig.json`]) {
      try {
        candidates.push(require.resolve(name));
      } catch {
        // Perhaps under the next spelling.
      }
    }
  }
  const found = candidates.find((path) => path.endsWith('.json') && existsSync(path));
  if (!found) throw new Error(`${from} extends '${base}', which was not found.`);
  return found;
}

/** JSON with comments and trailing commas, as tsconfig files have it. */
function parseJsonc(path: string): { extends?: unknown; compilerOptions?: unknown } {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const bare = text
    .replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) => (found[0] === '"' ? found : ' '))
    .replace(/"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g, (found) => (found[0] === '"' ? found : ''));
  if (bare.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch (error) {
    throw new Error(`${path} is not valid JSON (${(error as Error).message}).`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${path} must hold an object.`);
  return value;
}
