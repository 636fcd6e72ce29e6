/** The tests' own Jupyter client, bundled so that plain node can run it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './peers.mjs';

async function load(entry) {
  const outfile = join(root, '.lab/bench', `${entry}.mjs`);
  await build({
    entryPoints: [join(root, 'tests/kernel', `${entry}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['zeromq', 'ajv'],
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

export const { KernelClient } = await load('client');
export const { descendants } = await load('processes');
