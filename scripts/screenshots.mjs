// @ts-check
// `npm run screenshots`: runs the lectures in JupyterLab and takes a picture of each.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setUp } from './setup.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot, notebooksDir } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  out: { value: 'FOLDER', help: 'where the pictures go (default test-results/screenshots)' },
  'for-readme': { help: 'one window of JupyterLab around the first plot, to docs/images/' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run screenshots -- [notebooks] [options]

Runs the notebooks (default all) in a headless browser and takes a picture of each. Names may be shortened: 05.`;

/** The harness of the browser tests is TypeScript: bundled, because Node 20 cannot run that by itself. */
async function loadHarness() {
  const { build } = await import('esbuild');
  // Two folders below the root, as its sources are: they find the checkout from where they stand.
  const outfile = inRoot('test-results', 'harness', 'screenshots.mjs');
  await build({
    entryPoints: [inRoot('tests', 'lab', 'screenshots.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

await runMain(async () => {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run screenshots',
    words: 'notebooks',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const all = readdirSync(notebooksDir).filter((name) => name.endsWith('.ipynb'));
  for (const word of words) {
    if (!all.some((name) => name.startsWith(word))) {
      throw new UserError(`No notebook begins with "${word}": there are ${all.join(', ')}.`);
    }
  }
  const chosen = all.filter((name) => words.length === 0 || words.some((word) => name.startsWith(word)));
  await setUp({ libraryMayFail: true });
  const forReadme = options['for-readme'] === true;
  const folder = options.out
    ? path.resolve(String(options.out))
    : inRoot(...(forReadme ? ['docs', 'images'] : ['test-results', 'screenshots']));
  const { takePictures } = await loadHarness();
  const pictures = chosen.map((notebook) => ({
    notebook,
    file: path.join(folder, `${path.basename(notebook, '.ipynb')}.png`),
    window: forReadme,
  }));
  const failed = await takePictures(pictures, say);
  if (failed.length > 0) throw new UserError(`These notebooks showed an error: ${failed.join(', ')}.`);
  return 0;
});
