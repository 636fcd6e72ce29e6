/** One kernel for a test file, in a notebook folder of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type ClientOptions, KernelClient } from './client.js';
import { type KernelSpec, readSpec } from './launch.js';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const cli = join(root, 'kernel/dist/cli.js');

let installed: { spec: KernelSpec; prefix: string } | undefined;

/** The kernelspec as the installer writes it. The variable KERNEL_SPEC points the same tests at another kernel. */
export function kernelSpec(): KernelSpec {
  const other = process.env.KERNEL_SPEC;
  if (other) return readSpec(other);
  if (!installed) {
    if (!existsSync(cli))
      throw new Error('kernel/dist/cli.js is missing. Build the kernel first: npm run build');
    const prefix = mkdtempSync(join(tmpdir(), 'kernel prefix '));
    process.once('exit', () => rmSync(prefix, { recursive: true, force: true }));
    execFileSync(process.execPath, [cli, 'install', '--prefix', prefix], { encoding: 'utf8' });
    installed = { spec: readSpec(join(prefix, 'share/jupyter/kernels/typescript/kernel.json')), prefix };
  }
  return installed.spec;
}

/** A folder for JUPYTER_PATH that holds the kernelspec. */
export function kernelSpecFolder(): string {
  kernelSpec();
  if (!installed) throw new Error('KERNEL_SPEC names a single file; this needs an installed kernelspec');
  return join(installed.prefix, 'share/jupyter');
}

/**
 * A notebook folder inside the checkout, as the lectures have it: packages resolve from it.
 * Outside, nothing is to be found but what the kernel brings.
 */
export function makeFolder(where: 'inside' | 'outside' = 'inside'): string {
  const parent = where === 'inside' ? join(root, '.lab/tests') : tmpdir();
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'notebook '));
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A kernel's history belongs to its user: the tests' one goes into a folder of theirs. */
export const dataFolder = mkdtempSync(join(tmpdir(), 'jupyter-data-'));
process.once('exit', () => rmSync(dataFolder, { recursive: true, force: true }));

export async function startKernel(options: Partial<ClientOptions> & { cwd: string }): Promise<KernelClient> {
  return KernelClient.start(kernelSpec(), {
    ...options,
    env: { JUPYTER_DATA_DIR: dataFolder, ...options.env },
  });
}

export interface Fixture {
  readonly kernel: KernelClient;
  readonly folder: string;
  /** Writes files of the notebook folder, paths relative to it. */
  write(files: Record<string, string>): void;
}

/**
 * A kernel that the tests of a file share. After each test everything it sent has to have been valid.
 * A test that fails may leave a kernel that answers nothing, so the next one gets a new kernel.
 */
export function useKernel(
  options: { where?: 'inside' | 'outside'; env?: Record<string, string>; firstCell?: string } = {},
): Fixture {
  const folder = makeFolder(options.where);
  let kernel: KernelClient | undefined;
  const current = () => {
    if (!kernel) throw new Error('The kernel has not been started');
    return kernel;
  };
  const start = async () => {
    kernel = await startKernel({ cwd: folder, env: options.env });
    if (options.firstCell) await kernel.ok(options.firstCell);
  };
  beforeAll(start, 60_000);
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return current().check();
    current().destroy();
    await start();
  }, 60_000);
  afterAll(async () => {
    try {
      await kernel?.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
  return {
    get kernel() {
      return current();
    },
    folder,
    write: (files) => writeFiles(folder, files),
  };
}
