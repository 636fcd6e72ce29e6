// @ts-check
// What the suite `tools` needs beside the checkout's own packages: the Jupyter programs under which our kernel is run, in
// an environment of their own, and JupyterHub's proxy.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { installInto } from './node.mjs';
import { inRoot, stateDir } from './paths.mjs';
import { environmentIn, prepareEnvironment } from './python.mjs';
import { readJson } from './stamp.mjs';

const environment = environmentIn(path.join(stateDir, 'tools'), inRoot('tests', 'tools', 'requirements.txt'));
const proxy = { name: 'configurable-http-proxy', version: '5.3.0', folder: path.join(stateDir, 'tools-npm') };

export async function prepareTools() {
  await withLock(async () => {
    await prepareEnvironment(environment, 'Python packages: the Jupyter programs of tests/tools');
    const manifest = path.join(proxy.folder, 'node_modules', proxy.name, 'package.json');
    if (existsSync(manifest) && readJson(manifest)?.version === proxy.version) return;
    await installInto(proxy.folder, [`${proxy.name}@${proxy.version}`], "JupyterHub's proxy");
  });
}
