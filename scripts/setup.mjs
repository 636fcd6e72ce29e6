// @ts-check
// Everything that `npm start` and `npm test` need, made once and inside the checkout: npm packages, a virtual
// environment with JupyterLab, the built library and kernel, and the kernel's entry for Jupyter. Every step
// that is already done is skipped, so a second run takes about a second; a stopped run is taken up again.
import { accessSync, constants } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { prepareKernelspec } from './support/kernelspec.mjs';
import { withLock } from './support/lock.mjs';
import { isNpmReady, prepareNpm } from './support/npm.mjs';
import { root, stateDir } from './support/paths.mjs';
import { planPython, preparePython } from './support/python.mjs';
import { runMain, say, UserError } from './support/report.mjs';
import { linkTfjsNode } from './support/tfjsNode.mjs';

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    throw new UserError(
      `Node 20 or newer is needed, this is ${process.versions.node}: install one from nodejs.org.`,
    );
  }
}

/** Containers often run as a user without a home: the package managers then keep their caches in the checkout. */
function keepCachesInReach() {
  try {
    accessSync(os.homedir(), constants.W_OK);
  } catch {
    process.env.npm_config_cache ??= path.join(stateDir, 'cache', 'npm');
    process.env.UV_CACHE_DIR ??= path.join(stateDir, 'cache', 'uv');
    process.env.PIP_CACHE_DIR ??= path.join(stateDir, 'cache', 'pip');
  }
}

/**
 * Makes the checkout ready to start and test.
 * @param {{ libraryMayFail?: boolean }} [options] see `build`
 */
export async function setUp(options) {
  checkNode();
  keepCachesInReach();
  const plan = await planPython();
  if (plan || !isNpmReady()) say(`Setting up in ${root}:`);
  await withLock(async () => {
    await prepareNpm();
    linkTfjsNode();
    if (plan) await preparePython(plan);
    await build(options);
    await prepareKernelspec();
  });
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) {
  await runMain(async () => {
    await setUp();
    say('Ready. `npm start` opens JupyterLab, `npm test` runs the tests.');
    return 0;
  });
}
