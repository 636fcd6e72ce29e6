/** CommonJS as an ES module sees it: the way the type checker and bundlers say, which is more than Node finds by itself. */
import { createRequire } from 'node:module';
import vm from 'node:vm';

export type Namespace = Record<string, unknown>;

const { cache } = createRequire(import.meta.url);

/**
 * What a CommonJS module's exports are under `import`. All of its properties are names, and the default of a module
 * that was compiled from an ES module is its `default`.
 * @param native what Node makes of it, used as it is where nothing is missing
 */
export function namespaceOf(exports: unknown, native?: Namespace): Namespace {
  const holds = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  const values = (holds ? exports : {}) as Namespace;
  const isCompiled = values.__esModule === true && 'default' in values;
  const fallback = isCompiled ? values.default : exports;
  const names = Object.keys(values).filter((name) => name !== 'default' && name !== '__esModule');
  if (native && native.default === fallback && names.every((name) => name in native)) return native;
  const namespace = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } }) as Namespace;
  // Getters, since a library may load what a name stands for only when it is asked for.
  for (const name of names)
    Object.defineProperty(namespace, name, { get: () => values[name], enumerable: true });
  const get = (): unknown => (isCompiled ? values.default : exports);
  return Object.defineProperty(namespace, 'default', { get, enumerable: true });
}

/** What a package gives, once Node has imported it. */
export function packageNamespace(path: string, native: Namespace): Namespace {
  if ('module.exports' in native) return namespaceOf(native['module.exports'], native);
  const loaded = cache[path];
  // Node keeps every CommonJS module here, also one that came through `import`.
  return loaded && native.default === loaded.exports ? namespaceOf(loaded.exports, native) : native;
}

/** A module made of values. */
export function synthetic(identifier: string, namespace: Namespace): vm.Module {
  const names = Object.keys(namespace);
  return new vm.SyntheticModule(
    names,
    function setExports(this: vm.SyntheticModule) {
      for (const name of names) {
        let value: unknown;
        try {
          value = namespace[name];
        } catch {
          // A name that throws when it is read is of no use to anybody.
        }
        this.setExport(name, value);
      }
    },
    { identifier },
  );
}

/** The same, ready for `import()`. */
export async function syntheticReady(identifier: string, namespace: Namespace): Promise<vm.Module> {
  const module = synthetic(identifier, namespace);
  await module.link(() => {
    throw new Error('a module made of values imports nothing');
  });
  await module.evaluate();
  return module;
}
