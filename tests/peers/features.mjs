#!/usr/bin/env node
// `npm run features`: asks every kernel about every feature and writes the table in kernel/README.md anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { kernels, Missing, root } from './kernels.mjs';

const usage = `npm run features -- [--peers tslab,deno] [--only TEXT] [--show] [--verbose]
  --peers    asks only these; the other columns stay as they are
  --only     asks only about features whose title or group contains the text
  --show     prints the answers and writes nothing
  --verbose  says of each "no" what came instead`;

let options;
try {
  options = parseArgs({
    options: {
      peers: { type: 'string' },
      only: { type: 'string' },
      show: { type: 'boolean' },
      verbose: { type: 'boolean' },
    },
  }).values;
} catch (error) {
  console.error(`${error.message}\n${usage}`);
  process.exit(2);
}

const outfile = join(root, '.lab/features/all.mjs');
await build({
  stdin: {
    contents:
      "export { Asker } from './ask.js';\nexport { groups } from './features/index.js';\nexport { peers } from './feature.js';\nexport * from './table.js';",
    resolveDir: join(root, 'tests/peers'),
    loader: 'ts',
  },
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['zeromq', 'ajv', '*/kernels.mjs'],
  logLevel: 'error',
  plugins: [
    {
      name: 'kernels',
      setup({ onResolve }) {
        const path = pathToFileURL(join(root, 'tests/peers/kernels.mjs')).href;
        onResolve({ filter: /kernels\.mjs$/ }, () => ({ path, external: true }));
      },
    },
  ],
});
const { Asker, groups, peers, readResults, writeResults, putTable } = await import(
  pathToFileURL(outfile).href
);

const wanted = options.peers?.split(',') ?? peers;
const unknown = wanted.filter((name) => !peers.includes(name));
if (unknown.length > 0) {
  console.error(`--peers: expected some of ${peers.join(', ')}, found ${unknown.join(', ')}.`);
  process.exit(2);
}

const results = readResults();

async function askAll(peer) {
  const asker = new Asker(peer);
  const started = performance.now();
  try {
    kernels[peer]();
    for (const group of groups) {
      for (const feature of group.features) {
        if (options.only && !`${group.title} ${feature.title}`.includes(options.only)) continue;
        const from = performance.now();
        const { word, because } = await asker
          .ask(group, feature)
          .catch((error) => ({ word: `BROKEN PROBE ${error.stack}` }));
        const ms = Math.round(performance.now() - from);
        results[feature.title] = { ...results[feature.title], [peer]: word };
        const why = options.verbose && because ? `\n    ${because.replaceAll('\n', '\n    ')}` : '';
        console.log(`${peer.padEnd(14)} ${word.padEnd(8)} ${feature.title} (${ms} ms)${why}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.error(`${peer}: its column stays as it is: ${error.message}.`);
  } finally {
    asker.close();
  }
  console.log(`${peer}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

// Three at a time: most answers of a peer are waited for, but the machine may be small.
const queue = [...wanted];
await Promise.all(
  [1, 2, 3].map(async () => {
    for (let peer = queue.shift(); peer; peer = queue.shift()) await askAll(peer);
  }),
);
if (!options.show) {
  writeResults(results);
  const readme = join(root, 'kernel/README.md');
  writeFileSync(readme, putTable(readFileSync(readme, 'utf8'), results));
  console.log('Written: tests/peers/results.json and the table in kernel/README.md.');
}
process.exit(0);
