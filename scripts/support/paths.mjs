// @ts-check
// Where everything lives. All of it is inside the checkout: set-up and start write nothing outside it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {...string} parts @returns {string} an absolute path inside the checkout */
export const inRoot = (...parts) => path.join(root, ...parts);

export const isWindows = process.platform === 'win32';

/** The virtual environment that holds JupyterLab. */
export const venvDir = inRoot('.venv');
export const venvPython = isWindows
  ? path.join(venvDir, 'Scripts', 'python.exe')
  : path.join(venvDir, 'bin', 'python');

/** Set-up's own files: its lock, and the browser that comes as a package. */
export const stateDir = inRoot('.lab');

/** JupyterLab's private configuration, settings, runtime files and logs; the tests use a place of their own. */
export const labDir = path.resolve(process.env.BATCHNORM_LAB_HOME ?? stateDir);

export const requirementsFile = inRoot('scripts', 'requirements.txt');
export const notebooksDir = inRoot('notebooks');

/**
 * The command-line entry of npm, so that it can be run as `node FILE`: on Windows `npm` itself is a batch
 * file, which needs a shell. Undefined when it is in no usual place.
 * @returns {string | undefined}
 */
export function npmCli() {
  const beside = path.dirname(process.execPath);
  const places = [
    path.basename(process.env.npm_execpath ?? '').startsWith('npm-cli')
      ? process.env.npm_execpath
      : undefined,
    path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  return places.find((place) => place !== undefined && existsSync(place));
}
