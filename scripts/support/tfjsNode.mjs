// @ts-check
// TensorFlow's native library for TensorFlow.js. It lies in `.lab/tfjs-node`, apart from the checkout's own packages, so
// that `npm ci` neither installs nor removes it, and a link in `node_modules` leads to it.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { inRoot, stateDir } from './paths.mjs';
import { digest, isStamped, readJson, writeJson } from './stamp.mjs';

export const home = path.join(stateDir, 'tfjs-node');
export const recipeDir = inRoot('scripts', 'tfjs-node');

/** The package itself, whose own install step is not run. */
export const packageDir = path.join(home, 'node_modules', '@tensorflow', 'tfjs-node');
/** The C library and its headers, where a new `npm ci` in `home` does not touch them. */
export const libraryDir = path.join(home, 'library');
/** The binding between the two; `napi-v8` is the name under which the package looks for it. */
export const binding = path.join(packageDir, 'lib', 'napi-v8', 'tfjs_binding.node');

const link = inRoot('node_modules', '@tensorflow', 'tfjs-node');
const stampFile = path.join(home, 'ready.json');

/** What a finished installation was made from. */
export const facts = () => ({
  packages: digest(path.join(recipeDir, 'package-lock.json')),
  wheel: digest(path.join(recipeDir, 'requirements.txt')),
  platform: process.platform,
  arch: process.arch,
});

/** Whether all of it is there, as the recipe now says. */
export const isTfjsNodeReady = () => isStamped(stampFile, facts()) && existsSync(binding);

/** Written last. */
export const stampTfjsNode = () => writeJson(stampFile, facts());

/** Whether something is there, finished or not. */
export const hasTfjsNode = () => existsSync(home);

/** @param {string} place @returns {string | undefined} where a link leads; undefined when it is none */
function leadsTo(place) {
  try {
    return path.resolve(realpathSync(path.dirname(place)), readlinkSync(place));
  } catch {
    return undefined;
  }
}

/**
 * Makes `node_modules` lead to the finished installation. `npm ci` wipes the link with everything else there, so every
 * set-up looks after it. A real package in its place, which someone installed by hand, is left alone.
 */
export function linkTfjsNode() {
  if (!isTfjsNodeReady() || leadsTo(link) === packageDir) return;
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there && !there.isSymbolicLink()) return;
  if (there) rmSync(link);
  mkdirSync(path.dirname(link), { recursive: true });
  symlinkSync(path.relative(path.dirname(link), packageDir), link, 'dir');
}

/** Takes everything away again. @returns {boolean} whether there was something */
export function removeTfjsNode() {
  if (leadsTo(link) === packageDir) rmSync(link);
  const was = hasTfjsNode();
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  return was;
}

/**
 * The package is from a time before Node 23, which took two old helpers out of `node:util`; and it brings TensorFlow.js
 * itself, of which there must be one copy: the checkout's.
 */
export function adaptPackage() {
  const scope = path.dirname(packageDir);
  for (const name of readdirSync(scope)) {
    if (name !== path.basename(packageDir)) rmSync(path.join(scope, name), { recursive: true, force: true });
  }
  const dist = path.join(packageDir, 'dist');
  for (const entry of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.js')) continue;
    const file = path.join(dist, entry);
    const text = readFileSync(file, 'utf8');
    const adapted = text
      .replaceAll('(0, util_1.isNullOrUndefined)(', '((value) => value === undefined || value === null)(')
      .replaceAll('(0, util_1.isArray)(', 'Array.isArray(');
    if (adapted !== text) writeFileSync(file, adapted);
  }
  const deps = path.join(packageDir, 'deps');
  rmSync(deps, { recursive: true, force: true });
  symlinkSync(path.relative(packageDir, libraryDir), deps, 'dir');
}

/** @returns {string} the version of TensorFlow.js that the package belongs to */
export const packageVersion = () => readJson(path.join(packageDir, 'package.json'))?.version ?? '';
