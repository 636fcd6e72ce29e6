// @ts-check
// Other versions of Node to test with. They come as the npm package `node` and lie in `.lab/`.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runNpm } from './npm.mjs';
import { isWindows, stateDir } from './paths.mjs';
import { run, saysNoNetwork, tail } from './process.mjs';
import { step, UserError } from './report.mjs';

/** The versions that the kernel is tested with: the oldest and the newest that it is said to run on. */
export const testedNodes = { oldest: 20, newest: 26 };

/**
 * Installs npm packages into a folder of their own.
 * @param {string} folder @param {string[]} packages @param {string} label
 */
export async function installInto(folder, packages, label) {
  const { code, output } = await step(label, () =>
    runNpm(['install', '--no-save', '--prefix', folder, ...packages]),
  );
  if (code === 0) return;
  if (saysNoNetwork(output)) {
    throw new UserError(
      `${label}: the npm registry cannot be reached, connect to the network and try again.`,
    );
  }
  throw new UserError(`${label}: ${packages.join(', ')} could not be installed (above: why).`, tail(output));
}

/**
 * @param {number} major such as 24
 * @returns {Promise<string>} the program, of the newest release with that number
 */
export async function nodeOf(major) {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const folder = path.join(stateDir, `node${major}`);
  const program = path.join(folder, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');
  const works = async () =>
    existsSync(program) && (await run(program, ['--version'])).output.startsWith(`v${major}.`);
  if (await works()) return program;
  await installInto(folder, [`node@${major}`], `Node ${major}`);
  if (await works()) return program;
  throw new UserError(
    `Node ${major} was installed into ${folder}, and does not run: delete that folder and try again.`,
  );
}
