// @ts-check
// `npm run docs`: writes the API reference to docs/api, from the docstrings in the sources. Needs no network and no build.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readApi } from './support/api.mjs';
import { pagesOfLibrary } from './support/apiPages.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say } from './support/report.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = { help: { help: 'show this text' } };
const usage = `Usage: npm run docs

Writes the API reference to docs/api, as Markdown pages made from the docstrings in lib/src.`;

await runMain(async () => {
  const { options } = parseOptions(process.argv.slice(2), table, { command: 'npm run docs' });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const folder = inRoot('docs', 'api');
  const pages = pagesOfLibrary(inRoot('.'), readApi);
  mkdirSync(folder, { recursive: true });
  // what an earlier run wrote and this one does not
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.md') && !pages.has(name)) rmSync(path.join(folder, name));
  }
  for (const [name, text] of pages) writeFileSync(path.join(folder, name), text);
  const bytes = [...pages.keys()].reduce(
    (sum, name) => sum + readFileSync(path.join(folder, name)).length,
    0,
  );
  say(`${pages.size} pages, ${Math.round(bytes / 1024)} KiB, in docs/api: begin with docs/api/README.md`);
  return 0;
});
