// @ts-check
// Installs the npm packages that package-lock.json names.
import path from 'node:path';
import { inRoot, isWindows, npmCli } from './paths.mjs';
import { run, saysNoNetwork, tail } from './process.mjs';
import { step, UserError } from './report.mjs';
import { digest, isStamped, readJson, writeJson } from './stamp.mjs';

const lockFile = inRoot('package-lock.json');
const stampFile = inRoot('node_modules', '.batchnorm-lab.json');

/** Some packages hold native code, so a checkout that moves to another kind of machine installs again. */
const facts = () => ({ lock: digest(lockFile), platform: process.platform, arch: process.arch });

/**
 * npm writes its own record of what it installed when it has finished. Someone who ran `npm install` by hand
 * is not made to wait again: every package that this machine needs is there, at the version of the lock file.
 */
function npmFinished() {
  const wanted = readJson(lockFile)?.packages;
  const have = readJson(inRoot('node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !have) return false;
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || entry.optional || !place.includes('node_modules/')) continue;
    if (have[place]?.version !== entry.version) return false;
  }
  const natives = readJson(stampFile);
  return natives === undefined || (natives.platform === process.platform && natives.arch === process.arch);
}

/** @returns {boolean} whether the installed packages are those of the lock file */
export function isNpmReady() {
  if (isStamped(stampFile, facts())) return true;
  if (!npmFinished()) return false;
  writeJson(stampFile, facts());
  return true;
}

/**
 * Runs npm quietly enough for a step, and loudly enough to say why it failed, also under `npm --silent`.
 * @param {string[]} args @param {{ cwd?: string }} [options]
 */
export function runNpm(args, options) {
  const cli = npmCli();
  const all = [
    ...args,
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=notice',
    '--fetch-retry-mintimeout=1000',
  ];
  return cli
    ? run(process.execPath, [cli, ...all], options)
    : run(isWindows ? 'npm.cmd' : 'npm', all, options);
}

async function install() {
  const { code, output } = await runNpm(['ci']);
  if (code === 0) return;
  if (code === 127)
    throw new UserError(
      'npm was not found beside Node: install Node 20 or newer from nodejs.org, which brings it.',
    );
  if (saysNoNetwork(output)) {
    throw new UserError(
      'The npm registry cannot be reached: connect to the network (or set your mirror with `npm config set registry ADDRESS`) and run the same command again.',
    );
  }
  if (/can only install packages when your package.json and package-lock.json/.test(output)) {
    throw new UserError(
      'package.json and package-lock.json disagree: run `npm install`, then the same command again.',
    );
  }
  throw new UserError('The npm packages could not be installed (above: why).', tail(output));
}

/** Makes `node_modules` hold what the lock file says. */
export async function prepareNpm() {
  if (isNpmReady()) return;
  await step('npm packages', install);
  writeJson(path.resolve(stampFile), facts());
}
