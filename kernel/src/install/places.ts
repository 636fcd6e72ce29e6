/** Where Jupyter keeps kernelspecs and where it looks for them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** At most one of them is given; none means `.venv` of the folder where there is one, else the user. */
export interface Place {
  readonly prefix?: string | undefined;
  readonly user?: boolean | undefined;
  readonly system?: boolean | undefined;
  readonly sysPrefix?: boolean | undefined;
}

/** @returns Jupyter's data folder for that place */
export function dataFolder({ prefix, user, system, sysPrefix }: Place): string {
  const given = [prefix !== undefined, user, system, sysPrefix].filter(Boolean);
  if (given.length > 1)
    throw new Error('Give one of --user, --system, --sys-prefix and --prefix, not several.');
  if (prefix !== undefined) return join(resolve(prefix), 'share', 'jupyter');
  if (system) return systemDataFolder();
  if (sysPrefix) return join(pythonPrefix(), 'share', 'jupyter');
  const local = resolve('.venv');
  return user || !existsSync(local) ? userDataFolder() : join(local, 'share', 'jupyter');
}

/** Where Jupyter keeps a user's own data. */
export function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') {
    return join(process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter');
  }
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

/** Where Jupyter looks for everybody of this machine. */
function systemDataFolder(): string {
  if (process.platform !== 'win32') return '/usr/local/share/jupyter';
  return join(process.env.PROGRAMDATA ?? 'C:\\ProgramData', 'jupyter');
}

/** Every data folder that Jupyter may look into, as far as it can be told without asking Jupyter. */
export function searchFolders(): readonly string[] {
  const environments = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX, resolve('.venv')];
  const found = [
    ...(process.env.JUPYTER_PATH ?? '').split(delimiter),
    userDataFolder(),
    ...environments.flatMap((folder) => (folder ? [join(folder, 'share', 'jupyter')] : [])),
    systemDataFolder(),
    ...(process.platform === 'win32' ? [] : ['/usr/share/jupyter']),
  ];
  return [...new Set(found)].filter((folder) => folder !== '' && existsSync(folder));
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
