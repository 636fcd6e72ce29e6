// @ts-check
// Runs the lectures' experiments outside a notebook and writes their results: the data as JSON, the figures as SVG.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { experiments } from './support/experiments.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  size: { value: 'SIZE', help: 'small, lecture or full (default full: hours for all of them)' },
  out: { value: 'FOLDER', help: 'where to write (default test-results/experiments)' },
  help: { help: 'show this text' },
};
const names = Object.keys(experiments);

const usage = `Usage: npm run experiments -- [names] [options]

Runs experiments and writes NAME.json with the data and an SVG for each figure. Names (default all):
${names.join(', ')}.
Ctrl-C ends the running experiment and writes what it has; a second Ctrl-C ends at once.`;

async function main() {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run experiments',
    words: 'names',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  for (const word of words) {
    if (!names.includes(word)) throw new UserError(`There is no "${word}": they are ${names.join(', ')}.`);
  }
  const size = String(options.size ?? 'full');
  if (!['small', 'lecture', 'full'].includes(size)) {
    throw new UserError(`--size must be small, lecture or full, found "${size}".`);
  }
  // The library reads the size from here when an experiment starts.
  process.env.BATCHNORM_LAB_SIZE = size;
  await build();
  const lab = await import('batchnorm');
  const folder = path.resolve(
    typeof options.out === 'string' ? options.out : inRoot('test-results', 'experiments'),
  );
  mkdirSync(folder, { recursive: true });
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());

  for (const name of names) {
    if (controller.signal.aborted || (words.length > 0 && !words.includes(name))) continue;
    const line = lab.progress(name);
    const [result, figures] = await experiments[name](lab, {
      onProgress: line.report,
      signal: controller.signal,
    });
    line.finish(controller.signal.aborted ? 'stopped' : undefined);
    writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(result)}\n`);
    for (const [part, figure] of Object.entries(figures)) {
      const file = path.join(folder, `${part ? `${name}-${part}` : name}.svg`);
      writeFileSync(file, lab.renderSvg(figure));
      say(`${figure.summary}\n  -> ${file}`);
    }
  }
  return controller.signal.aborted ? 130 : 0;
}

await runMain(main);
