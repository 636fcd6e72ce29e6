/** Writes the kernelspec that tells Jupyter how to start this kernel. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

/** Jupyter asks for lowercase folder names. */
export const SPEC_NAME = 'typescript';

export interface InstallOptions {
  readonly prefix?: string | undefined;
  readonly user?: boolean | undefined;
  readonly sysPrefix?: boolean | undefined;
}

/** @returns the folder that was written; the file is left alone when it says the same already */
export function installKernelspec(options: InstallOptions, cli: string, logos: string): string {
  const folder = join(dataFolder(options), 'kernels', SPEC_NAME);
  const spec = {
    argv: [process.execPath, cli, 'kernel', '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
    // Stop comes as a message, so it works the same on every system.
    interrupt_mode: 'message',
    metadata: { debugger: true },
  };
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  const file = join(folder, 'kernel.json');
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
    for (const name of ['logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg']) {
      if (existsSync(join(logos, name))) copyFileSync(join(logos, name), join(folder, name));
    }
  } catch (error) {
    throw new Error(
      `The kernelspec cannot be written to ${folder}: ${(error as Error).message}. Give a folder that you may write with --prefix.`,
    );
  }
  return folder;
}

function dataFolder({ prefix, user, sysPrefix }: InstallOptions): string {
  if (prefix !== undefined) return join(resolve(prefix), 'share', 'jupyter');
  if (user) return userDataFolder();
  if (sysPrefix) return join(pythonPrefix(), 'share', 'jupyter');
  return join(nearestEnvironment(), 'share', 'jupyter');
}

/** The `.venv` of the folder the command is run in: nothing outside the checkout is touched unless asked for. */
function nearestEnvironment(): string {
  const local = resolve('.venv');
  if (existsSync(local)) return local;
  throw new Error(
    `No virtual environment at ${local}: run this in a checkout after its set-up, or say where with --user, --sys-prefix or --prefix FOLDER.`,
  );
}

/** Where Jupyter keeps a user's own data. */
export function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (platform() === 'win32') return join(process.env.APPDATA ?? homedir(), 'jupyter');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ['python3', 'python']) {
    try {
      return execFileSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next name.
    }
  }
  throw new Error(
    'No python3 or python was found for --sys-prefix: activate its environment, or use --prefix FOLDER.',
  );
}
