// Bundles the kernel's processes into dist/. Does nothing when dist/ is newer than every source.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');

const sources = readdirSync(join(here, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const newest = Math.max(
  ...[...sources, join(here, 'package.json'), fileURLToPath(import.meta.url)].map(
    (file) => statSync(file).mtimeMs,
  ),
);
const outputs = [
  'cli.js',
  'kernel.js',
  'runner.js',
  'watchdog.js',
  'typescript.js',
  'typescript-hooks.js',
  'box-names.js',
].map((name) => join(dist, name));
if (
  outputs.every((file) => existsSync(file) && statSync(file).mtimeMs > newest) &&
  !process.argv.includes('--force')
)
  process.exit(0);

// Written beside dist/ and then put in its place, so that a kernel that starts meanwhile finds it whole.
const next = join(here, `dist.${process.pid}`);
// A build that fails leaves nothing behind.
process.once('exit', () => rmSync(next, { recursive: true, force: true }));
const shared = {
  absWorkingDir: here,
  outdir: next,
  bundle: true,
  platform: 'node',
  // CommonJS loads 20 ms faster than ES modules do.
  format: 'cjs',
  target: 'node20',
  // Native packages stay where npm put them; everything else is bundled, which is what makes the start quick.
  external: ['zeromq', 'oxc-parser', 'oxc-resolver', 'oxc-transform', 'esbuild'],
  define: { 'import.meta.url': '$url' },
  banner: { js: "const $url = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
  metafile: true,
};
const bundle = await build({
  ...shared,
  entryPoints: {
    cli: 'src/cli.ts',
    kernel: 'src/wire/start.ts',
    runner: 'src/runner/main.ts',
    watchdog: 'src/runner/watchdog.ts',
    typescript: 'src/loader/main.ts',
    'typescript-hooks': 'src/loader/hooks.ts',
    'box-names': 'src/cells/boxNames.ts',
  },
});
// The package around it is one of ES modules.
writeFileSync(join(next, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(next, 'THIRD-PARTY-LICENSES.txt'), licences(bundle));
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);

/** The licences of the packages whose code is in the bundles: they ask to be passed on with it. */
function licences({ metafile }) {
  const inputs = Object.keys(metafile.inputs);
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(here, folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(here, folder, file), 'utf8').trim() : '';
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
