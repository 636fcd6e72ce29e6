#!/usr/bin/env node
/** `npm run soak`: random cells for as long as is asked, with a report and exit status 1 when anything went wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const usage = `Usage: npm run soak -- [--minutes 60] [--seed N] [--json FILE]

Runs random cells in the kernel that is built in kernel/dist and checks everything that comes back. The seed repeats a run's
choices (not its timing). Exit status 1 when anything was wrong.`;

let options;
try {
  options = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1e6) },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  }).values;
} catch (error) {
  console.error(`${error.message.split('\n')[0]}\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error(
    `--minutes must be a number above 0 and --seed a whole number, found ${options.minutes} and ${options.seed}.`,
  );
  process.exit(2);
}

const parent = join(root, '.lab/soak');
mkdirSync(parent, { recursive: true });
const outfile = join(parent, 'soak.mjs');
await build({
  entryPoints: [join(root, 'tests/soak/soak.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['zeromq', 'ajv'],
  logLevel: 'error',
});
const { soak, summary } = await import(pathToFileURL(outfile).href);
console.log(`Soaking for ${minutes} minutes with seed ${seed}.`);
const spec = {
  argv: [process.execPath, join(root, 'kernel/dist/cli.js'), 'kernel', '{connection_file}'],
  display_name: 'TypeScript',
  language: 'typescript',
  interrupt_mode: 'message',
};
const report = await soak({ spec, minutes, seed, parent, say: (text) => console.log(text) });
console.log(summary(report));
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
process.exit(report.violations.length === 0 ? 0 : 1);
