/**
 * Puts the kernel, with the packages that it needs, where it stays. npx runs a package from a cache that npm empties, and a
 * global folder goes with its version of Node; a copy beside the kernelspec outlives both and needs no network.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isAlive } from '../shared/alive.js';
import { cannotWrite, findKernelspecs } from './kernelspec.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** What of this package is published: a checkout has more. */
const OWN_FILES = ['dist', 'logos', 'papermill', 'package.json', 'README.md', 'LICENSE'];
const COPIES = 'typescript-kernel';
const COPY = /^app-/;
const PARTIAL = /^partial-(\d+)$/;

/** @returns whether the package was installed by a package manager; else it is a checkout, which stays where it is */
export function isInstalled(packageFolder: string): boolean {
  return packageFolder.split(sep).includes('node_modules');
}

/**
 * @param packageFolder this kernel's package
 * @param forAll whether every user of the machine must be able to read the copy
 * @returns the package's folder in the copy; a copy that is there already is used
 */
export function copyPackage(packageFolder: string, dataFolder: string, forAll: boolean): string {
  const copies = join(dataFolder, COPIES);
  const { name, version } = manifest(packageFolder);
  const packages = withDependencies(packageFolder);
  const copy = join(copies, `app-${version}-${digest(packageFolder, packages)}`);
  const inside = join(copy, 'node_modules', name);
  if (existsSync(copy)) return inside;
  const partial = join(copies, `partial-${process.pid}`);
  try {
    mkdirSync(partial, { recursive: true });
    for (const [place, source] of packages) {
      const own = source === packageFolder;
      cpSync(source, join(partial, place), {
        recursive: true,
        dereference: true,
        filter: (path) => {
          const [first = ''] = relative(source, path).split(sep);
          return own ? first === '' || OWN_FILES.includes(first) : first !== 'node_modules';
        },
      });
    }
    if (forAll) openToAll(partial);
    // A copy by its final name is a whole one.
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another install may just have made the same.
    if (!existsSync(copy)) throw cannotWrite(copies, error);
  }
  return inside;
}

/** Removes copies that no kernelspec names, but for `kept`: a kernel may be running from it. */
export function removeUnusedCopies(dataFolder: string, kept?: string): void {
  const copies = join(dataFolder, COPIES);
  if (!existsSync(copies)) return;
  const used = [...findKernelspecs(dataFolder).map((spec) => spec.packageFolder), ...(kept ? [kept] : [])];
  for (const name of readdirSync(copies)) {
    const copy = join(copies, name);
    const maker = Number(PARTIAL.exec(name)?.[1] ?? 0);
    const unused = COPY.test(name) && !used.some((path) => path.startsWith(copy + sep));
    if (!unused && !(maker > 0 && !isAlive(maker))) continue;
    try {
      rmSync(copy, { recursive: true, force: true });
    } catch {
      // On Windows a running kernel holds its files; the next install tries again.
    }
  }
}

/** Every package of the copy: its place in there, and where it is now. */
function withDependencies(packageFolder: string): ReadonlyMap<string, string> {
  const placed = new Map<string, string>();
  const place = (source: string, name: string, above: string): void => {
    // Seen from the package that needs it, as Node looks: its own node_modules, then that of each folder above.
    for (let at = above; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules') - 1))) {
      const there = placed.get(join(at, 'node_modules', name));
      if (there === source) return;
      if (there === undefined && at !== '') continue;
      put(source, join(there === undefined ? '' : above, 'node_modules', name));
      return;
    }
  };
  const put = (source: string, at: string): void => {
    placed.set(at, source);
    const { name, dependencies = {}, optionalDependencies = {} } = manifest(source);
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = locate(needed, source);
      if (found !== undefined) place(found, needed, at);
      else if (!(needed in optionalDependencies)) {
        throw new Error(
          `The package ${needed}, which ${name} needs, is not installed: run \`npm install\` again.`,
        );
      }
    }
  };
  put(packageFolder, join('node_modules', manifest(packageFolder).name));
  return placed;
}

function locate(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
    if (dirname(at) === at) return undefined;
  }
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Tells apart builds of one version, and one build with other versions of the packages it needs. */
function digest(packageFolder: string, packages: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  const dist = join(packageFolder, 'dist');
  for (const name of readdirSync(dist).sort()) hash.update(name).update(readFileSync(join(dist, name)));
  for (const [place, source] of packages) hash.update(`${place} ${manifest(source).version}\n`);
  return hash.digest('hex').slice(0, 12);
}

function openToAll(folder: string): void {
  const add = (path: string, bits: number): void => chmodSync(path, statSync(path).mode | bits);
  add(folder, 0o555);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const runs = entry.isDirectory() || (statSync(path).mode & 0o100) !== 0;
    add(path, runs ? 0o555 : 0o444);
  }
}
