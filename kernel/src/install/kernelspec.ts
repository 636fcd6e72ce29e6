/** The kernelspec: the file that tells Jupyter how to start this kernel. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PROTOCOL_VERSION } from '../wire/message.js';

export const SPEC_NAME = 'typescript';
const LOGOS = ['logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg'];

export interface SpecOptions {
  /** The kernelspec's folder name, by which notebooks ask for it. */
  readonly name: string;
  readonly displayName: string;
  readonly env: Record<string, string>;
  readonly node: string;
  /** The kernel's package: it has `dist/cli.js` and `logos`. */
  readonly packageFolder: string;
}

/** A kernelspec of this kernel that stands somewhere. */
export interface FoundSpec {
  readonly name: string;
  readonly folder: string;
  readonly displayName: string;
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
  readonly node: string;
  readonly packageFolder: string;
}

/** Jupyter takes letters, digits, dots, dashes and underscores; it asks for them in lower case. */
export function checkedName(name: string): string {
  if (/^[a-z0-9._-]+$/.test(name)) return name;
  throw new Error(
    `--name must be lower-case letters, digits, ".", "-" or "_", found "${name}". What people see is --display-name.`,
  );
}

/** @returns the folder that was written; the file is left alone when it says the same already */
export function writeKernelspec(dataFolder: string, options: SpecOptions): string {
  const folder = join(dataFolder, 'kernels', checkedName(options.name));
  const spec = {
    argv: [options.node, join(options.packageFolder, 'dist', 'cli.js'), 'kernel', '{connection_file}'],
    display_name: options.displayName,
    language: 'typescript',
    // Stop comes as a message, so it works the same on every system.
    interrupt_mode: 'message',
    ...(Object.keys(options.env).length > 0 ? { env: options.env } : {}),
    kernel_protocol_version: PROTOCOL_VERSION,
    metadata: { debugger: true },
  };
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  const file = join(folder, 'kernel.json');
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      // Written beside and renamed, so that Jupyter never reads half a file.
      writeFileSync(`${file}.${process.pid}`, text);
      renameSync(`${file}.${process.pid}`, file);
    }
    for (const name of LOGOS) {
      const logo = join(options.packageFolder, 'logos', name);
      if (existsSync(logo)) copyFileSync(logo, join(folder, name));
    }
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return folder;
}

export function cannotWrite(folder: string, error: unknown): Error {
  return new Error(
    `${folder} cannot be written: ${(error as Error).message}. Use --user, or --prefix with a folder that you may write.`,
  );
}

/** The kernelspecs of this kernel below a data folder. */
export function findKernelspecs(dataFolder: string): readonly FoundSpec[] {
  const kernels = join(dataFolder, 'kernels');
  if (!existsSync(kernels)) return [];
  return readdirSync(kernels).flatMap((name) => {
    const found = readKernelspec(join(kernels, name));
    return found ? [found] : [];
  });
}

/** @returns undefined when there is none, or when it starts another program */
export function readKernelspec(folder: string): FoundSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as {
      argv: string[];
      display_name: string;
      language: string;
      env?: Record<string, string>;
    };
    const [node = '', cli = '', command, file] = spec.argv;
    const ours = basename(cli) === 'cli.js' && command === 'kernel' && file === '{connection_file}';
    if (!ours || spec.language !== 'typescript') return undefined;
    return {
      name: basename(folder),
      folder,
      displayName: spec.display_name,
      argv: spec.argv,
      env: spec.env ?? {},
      node,
      packageFolder: dirname(dirname(cli)),
    };
  } catch {
    return undefined;
  }
}

/** @returns the folder that was removed */
export function removeKernelspec(dataFolder: string, name: string): string {
  const folder = join(dataFolder, 'kernels', checkedName(name));
  if (!existsSync(folder)) {
    const others = findKernelspecs(dataFolder).map((spec) => spec.name);
    const hint = others.length > 0 ? `; there is ${others.join(', ')}: name it with --name` : '';
    throw new Error(`There is no kernelspec in ${folder}${hint}.`);
  }
  if (!readKernelspec(folder)) {
    throw new Error(`The kernelspec in ${folder} starts another kernel than this one: it was left alone.`);
  }
  rmSync(folder, { recursive: true });
  return folder;
}
