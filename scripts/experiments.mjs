// @ts-check
// Runs the lectures' experiments outside a notebook and writes their results: the data as JSON, the figures as SVG.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

const names = ['covariate-shift', 'adaptation', 'internal-shift', 'bias-drift', 'learning-rates'];

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  size: { value: 'SIZE', help: 'small, lecture or full (default full: some 20 minutes for learning-rates)' },
  out: { value: 'FOLDER', help: 'where to write (default test-results/experiments)' },
  help: { help: 'show this text' },
};
const usage = `Usage: npm run experiments -- [names] [options]

Runs experiments and writes NAME.json and NAME.svg. Names: ${names.join(', ')} (default all).
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

  /** @type {Record<string, (running: import('batchnorm').Running) => Promise<[unknown, import('batchnorm').Figure]>>} */
  const experiments = {
    'covariate-shift': async (running) => {
      const result = await lab.objectShift({}, running);
      return [result, lab.objectShiftFigure(result)];
    },
    adaptation: async (running) => {
      const result = await lab.statisticsAdaptation({}, running);
      return [result, lab.adaptationFigure(result)];
    },
    'internal-shift': async (running) => {
      const result = await lab.internalShift({}, running);
      return [result, lab.percentileFigure(result)];
    },
    'bias-drift': async () => {
      const result = lab.biasDrift();
      return [result, lab.biasDriftFigure(result)];
    },
    'learning-rates': async (running) => {
      const result = await lab.learningRateSweep({}, running);
      return [result, lab.sweepFigure(result)];
    },
  };
  for (const name of names) {
    if (controller.signal.aborted || (words.length > 0 && !words.includes(name))) continue;
    const line = lab.progress(name);
    const [result, figure] = await experiments[name]({ onProgress: line.report, signal: controller.signal });
    line.finish(controller.signal.aborted ? 'stopped' : undefined);
    const file = path.join(folder, name);
    writeFileSync(`${file}.json`, `${JSON.stringify(result)}\n`);
    writeFileSync(`${file}.svg`, lab.renderSvg(figure));
    say(`${figure.summary}\n  -> ${file}.json, ${file}.svg`);
  }
  return controller.signal.aborted ? 130 : 0;
}

await runMain(main);
