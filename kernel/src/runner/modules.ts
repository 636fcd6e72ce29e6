/**
 * Local modules, loaded as real ES modules (live bindings, cycles, top-level await) that can be loaded anew when
 * they or what they import change on disk. Packages go to Node's own loader and stay.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import vm from 'node:vm';
import { ConfigReader } from '../shared/config.js';
import { type CellImport, type CompiledModule, RUNTIME_MODULE } from '../shared/protocol.js';
import { forgetResolutions, resolve, type Target, useConfig } from '../shared/resolve.js';
import { stampOf } from '../shared/stamp.js';
import { asUser } from './builtins.js';
import { forgetChanged, installCommonJs, loadedAs } from './commonjs.js';
import { resume } from './context.js';
import { decoratorHelpers } from './decorators.js';
import { type Namespace, namespaceOf, packageNamespace, synthetic, syntheticReady } from './interop.js';
import { prepareTests } from './nodeTest.js';
import { tslabModule } from './peers.js';
import { cleanMessage, registerScript } from './trace.js';

/** Strips types from a local file; made by the wire process, which owns the compiler. */
export type Transform = (path: string, code: string) => Promise<CompiledModule>;

interface LocalModule {
  readonly path: string;
  readonly module: vm.Module;
  readonly stamp: string;
  readonly imports: Map<string, Target>;
  /** What Node holds of a CommonJS file. */
  readonly loaded?: unknown;
}

const require = createRequire(import.meta.url);

/** A local module as cells hold it: the namespace is replaced when the file is loaded anew. */
export interface Holder {
  namespace: Namespace;
  readonly path?: string;
}

type Import = Pick<CellImport, 'specifier' | 'anew'>;

export class ModuleStore {
  readonly #transform: Transform;
  readonly #folder: string;
  readonly #config: ConfigReader;
  readonly #locals = new Map<string, LocalModule>();
  readonly #externals = new Map<string, Promise<vm.Module>>();
  readonly #holders = new Map<string, Holder>();
  readonly #runtime: vm.Module;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: string, transform: Transform) {
    this.#folder = folder;
    this.#transform = transform;
    this.#config = new ConfigReader(folder);
    installCommonJs({
      emit: () => this.#config.current().emit,
      loaded: (path) => {
        const module = this.#locals.get(path)?.module;
        return module?.status === 'evaluated' ? module.namespace : undefined;
      },
    });
    this.#runtime = synthetic(RUNTIME_MODULE, {
      resume,
      caught: cleanMessage,
      babelHelpers: decoratorHelpers,
    });
  }

  /** Imports what a cell names. Local files are returned as holders that follow later edits. */
  async importFromCell({ specifier, anew }: Import, label: string): Promise<Holder> {
    if (specifier === 'tslab') return { namespace: tslabModule() };
    this.#lookAgain();
    const target = resolve(specifier, this.#folder, label);
    if (target.kind !== 'local') return { namespace: await this.#external(target) };
    const namespace = anew ? await this.#run(target, anew) : await this.#load(target);
    const holder = this.#holders.get(target.path) ?? { namespace, path: target.path };
    holder.namespace = namespace;
    this.#holders.set(target.path, holder);
    return holder;
  }

  /** `import()` in a cell or a local file. */
  async importDynamic(
    specifier: string,
    folder = this.#folder,
    importer = 'the notebook',
  ): Promise<Namespace> {
    if (specifier.startsWith('data:')) return (await import(specifier)) as Namespace;
    this.#lookAgain();
    const target = resolve(specifier, folder, importer);
    return target.kind === 'local' ? this.#load(target) : this.#external(target);
  }

  /** `import.meta.resolve` of a cell or a local file. */
  resolve(specifier: string, url: string): string {
    if (/^([./]|[a-z][a-z0-9+.-]*:)/i.test(specifier)) return new URL(specifier, url).href;
    this.#lookAgain();
    const from = fileURLToPath(url);
    const target = resolve(specifier, dirname(from), from);
    if (target.kind !== 'builtin') return pathToFileURL(target.path).href;
    return target.id.startsWith('node:') ? target.id : `node:${target.id}`;
  }

  /** Files, packages and the tsconfig may have changed. */
  #lookAgain(): void {
    useConfig(this.#config.current());
    forgetResolutions();
  }

  /** Runs a file anew, as a program that is given arguments. */
  async #run(target: LocalTarget, args: readonly string[]): Promise<Namespace> {
    this.#locals.delete(target.path);
    const { argv } = process;
    process.argv = [process.execPath, target.path, ...args];
    try {
      return await this.#load(target);
    } finally {
      process.argv = argv;
    }
  }

  /** Forgets loads that were stopped half-way: nobody will finish them, and a later import must not wait for them. */
  abandon(): void {
    this.#queue = Promise.resolve();
    for (const local of this.#locals.values()) {
      if (local.module.status !== 'evaluated') this.#locals.delete(local.path);
    }
  }

  /**
   * Loads anew what changed on disk and whatever imports it.
   * @returns the files that could not be loaded, with the reason; their old versions stay in use
   */
  async refresh(): Promise<{ readonly path: string; readonly error: unknown }[]> {
    forgetChanged();
    const stale = this.#stale();
    if (stale.size === 0) return [];
    const old = new Map([...stale].map((path) => [path, this.#locals.get(path)]));
    for (const path of stale) this.#locals.delete(path);
    forgetResolutions();
    const failed: { path: string; error: unknown }[] = [];
    for (const path of stale) {
      const holder = this.#holders.get(path);
      if (!holder) continue;
      try {
        holder.namespace = await this.#load(resolve(path, this.#folder, 'the notebook') as LocalTarget);
      } catch (error) {
        failed.push({ path, error });
      }
    }
    // A broken file stays known by its old version, so that mending it is noticed.
    for (const [path, module] of old) {
      if (module && failed.length > 0 && !this.#locals.has(path)) {
        this.#locals.set(path, { ...module, stamp: 'broken' });
      }
    }
    return failed;
  }

  #stale(): Set<string> {
    const stale = new Set<string>();
    for (const local of this.#locals.values()) {
      const loaded = local.loaded === undefined || local.loaded === loadedAs(local.path);
      if (loaded && stampOf(local.path) === local.stamp) continue;
      stale.add(local.path);
    }
    for (let grew = stale.size > 0; grew; ) {
      grew = false;
      for (const local of this.#locals.values()) {
        if (stale.has(local.path)) continue;
        for (const target of local.imports.values()) {
          if (target.kind !== 'local' || !stale.has(target.path)) continue;
          stale.add(local.path);
          grew = true;
          break;
        }
      }
    }
    return stale;
  }

  async #load(target: LocalTarget): Promise<Namespace> {
    // Instantiating is done by one import at a time; evaluating is not, since a module may import() meanwhile.
    const instantiate = this.#queue.then(async () => {
      for (const path of this.#stale()) this.#locals.delete(path);
      const before = new Set(this.#locals.keys());
      try {
        const local = await this.#instantiate(target);
        if (local.module.status === 'unlinked') {
          await local.module.link((specifier, referencing) =>
            this.#linked(specifier, referencing.identifier),
          );
        }
        return local;
      } catch (error) {
        for (const path of this.#locals.keys()) if (!before.has(path)) this.#locals.delete(path);
        throw error;
      }
    });
    this.#queue = instantiate.catch(() => {});
    const { module } = await instantiate;
    try {
      await asUser(() => module.evaluate());
    } catch (error) {
      for (const local of this.#locals.values()) {
        if (local.module.status === 'errored') this.#locals.delete(local.path);
      }
      throw error;
    }
    return module.namespace as Namespace;
  }

  async #instantiate(target: LocalTarget): Promise<LocalModule> {
    const known = this.#locals.get(target.path);
    if (known) return known;
    const { path } = target;
    const stamp = stampOf(path);
    if (target.format !== 'module') {
      const module = plainModule(target);
      const loaded = target.format === 'commonjs' ? loadedAs(path) : undefined;
      const local = { path, stamp, imports: new Map(), module, loaded };
      this.#locals.set(path, local);
      return local;
    }
    const text = readFileSync(path, 'utf8');
    const { code, maps } = await this.#transform(path, text);
    registerScript(path, path, text, maps);
    const module = new vm.SourceTextModule(code, {
      identifier: path,
      initializeImportMeta: (meta) => {
        const url = pathToFileURL(path).href;
        const resolve = (specifier: string): string => this.resolve(String(specifier), url);
        Object.assign(meta, { url, filename: path, dirname: dirname(path), resolve });
      },
      importModuleDynamically: (async (specifier: string) => {
        const namespace = await this.importDynamic(specifier, dirname(path), path);
        return types.isModuleNamespaceObject(namespace) ? namespace : syntheticReady(specifier, namespace);
      }) as never,
    });
    const imports = new Map<string, Target>();
    const local: LocalModule = { path, stamp, imports, module };
    this.#locals.set(path, local);
    const specifiers = (module as unknown as { dependencySpecifiers: readonly string[] })
      .dependencySpecifiers;
    await Promise.all(
      specifiers.map(async (specifier) => {
        if (specifier === RUNTIME_MODULE) return;
        const wanted = resolve(specifier, dirname(path), path);
        imports.set(specifier, wanted);
        if (wanted.kind === 'local') await this.#instantiate(wanted);
      }),
    );
    return local;
  }

  async #linked(specifier: string, importer: string): Promise<vm.Module> {
    if (specifier === RUNTIME_MODULE) return this.#runtime;
    const target = this.#locals.get(importer)?.imports.get(specifier);
    if (!target) throw new Error(`Cannot find module '${specifier}' imported from ${importer}.`);
    if (target.kind === 'local') return (this.#locals.get(target.path) as LocalModule).module;
    const key = target.kind === 'builtin' ? target.id : target.path;
    let external = this.#externals.get(key);
    if (!external) {
      external = this.#external(target).then((namespace) => synthetic(key, namespace));
      this.#externals.set(key, external);
      external.catch(() => this.#externals.delete(key));
    }
    return external;
  }

  async #external(target: Exclude<Target, LocalTarget>): Promise<Namespace> {
    if (target.kind === 'builtin') {
      if (target.id === 'node:test') await prepareTests();
      return (await import(target.id)) as Namespace;
    }
    if (target.path.endsWith('.json')) return jsonNamespace(target.path);
    const url = pathToFileURL(target.path).href;
    return packageNamespace(target.path, (await import(url)) as Namespace);
  }
}

type LocalTarget = Extract<Target, { kind: 'local' }>;

function jsonNamespace(path: string): Namespace {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SyntaxError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  const named = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { ...named, default: value };
}

/** A local file that is no ES module. */
function plainModule({ path, format }: LocalTarget): vm.Module {
  return synthetic(path, format === 'json' ? jsonNamespace(path) : namespaceOf(require(path)));
}
