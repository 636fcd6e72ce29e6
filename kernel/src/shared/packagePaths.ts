/**
 * What the notebook's own package.json says of module names: `imports` (`#util`) and, for the package's own name,
 * `exports`. The checker sees cells in another folder, so it is told where these lead.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Patterns of module names, with at most one `*`, and where they lead. */
export type PackagePaths = Readonly<Record<string, readonly string[]>>;

const CONDITIONS = ['types', 'typescript-source', 'node', 'import', 'module-sync', 'default'];

/** @param looked gets every file whose change could change the result */
export function packagePaths(folder: string, looked: string[]): PackagePaths {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = join(at, 'package.json');
    looked.push(manifest);
    if (existsSync(manifest)) return readManifest(manifest);
    if (dirname(at) === at) return {};
  }
}

function readManifest(manifest: string): PackagePaths {
  let content: { name?: unknown; imports?: unknown; exports?: unknown };
  try {
    content = JSON.parse(readFileSync(manifest, 'utf8')) as typeof content;
  } catch {
    // npm will say what is wrong with it.
    return {};
  }
  const root = dirname(manifest);
  const found: Record<string, readonly string[]> = {};
  const add = (name: string, target: unknown): void => {
    const path = choose(target);
    if (path?.startsWith('./')) found[name] = [join(root, path)];
  };
  if (isRecord(content.imports))
    for (const [name, target] of Object.entries(content.imports)) if (name.startsWith('#')) add(name, target);
  const { name, exports } = content;
  if (typeof name === 'string' && exports !== undefined && exports !== null) {
    const isMap = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
    for (const [key, target] of isMap ? Object.entries(exports) : [['.', exports] as const])
      add(`${name}${key.slice(1)}`, target);
  }
  return found;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function choose(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map(choose).find((path) => path !== undefined);
  if (!isRecord(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!CONDITIONS.includes(condition)) continue;
    const path = choose(inner);
    if (path !== undefined) return path;
  }
  return undefined;
}
