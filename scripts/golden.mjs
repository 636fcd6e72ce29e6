// @ts-check
// `npm run golden -- FILE`: checks the library against golden values, case by case. The library is taken from its
// sources, so that a change can be checked before it is built.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  bound: {
    value: 'NUMBER',
    help: 'the largest error allowed, for all cases (default: 1e-10, and 1e-6 for cases in float32)',
  },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run golden -- FILE... [options]

Checks the library against golden values: JSON files like data/golden/batchnorm.json, {source, layout, cases}. Each
case is printed with its largest error, |found - expected| / max(1, |expected|), and, past the bound, the number that
has it. Where BN divides by a standard deviation below 1 the file's rounding of x grows in y: there an error is
divided by that factor, |gamma| / standard deviation, where it is the largest of the three.
The exit status is 1 when an error is past the bound, when a case is of a kind that is not known or lacks something,
and when a file cannot be read.`;

/**
 * Bundles the checks with the library's sources and loads the bundle.
 * @returns {Promise<typeof import('../tests/lib/goldenChecks.js')>}
 */
async function loadChecks() {
  const { build } = await import('esbuild').catch(() => {
    throw new UserError('The npm packages are not installed: run `npm run setup` first.');
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'batchnorm-golden-'));
  try {
    const outfile = path.join(folder, 'checks.mjs');
    await build({
      entryPoints: [inRoot('tests', 'lib', 'goldenChecks.ts')],
      bundle: true,
      outfile,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      // What the library looks up beside itself it finds from there.
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(inRoot('lib', 'src', 'index.ts')).href) },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {{ source: string, cases: unknown[] }}
 */
function readGolden(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : error;
    throw new UserError(
      why === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${String(why)}).`,
    );
  }
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file} is no whole JSON file (${why}): it may be cut off; fetch or make it again.`);
  }
  const cases = parsed?.cases;
  if (!Array.isArray(cases)) {
    throw new UserError(`${file} is no file of golden values: it has no list "cases".`);
  }
  if (cases.length === 0) throw new UserError(`${file} has no cases: nothing was checked.`);
  return { source: typeof parsed.source === 'string' ? parsed.source : 'it does not say from where', cases };
}

/** @param {string} text @returns {number} */
function parseBound(text) {
  const bound = Number(text);
  if (text.trim() === '' || !Number.isFinite(bound) || bound < 0) {
    throw new UserError(`--bound must be a number of at least 0, such as 1e-10, found "${text}".`);
  }
  return bound;
}

await runMain(async () => {
  const { options, words: files } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run golden',
    words: 'files',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  if (files.length === 0) {
    throw new UserError(
      'Which file? As in `npm run golden -- data/golden/batchnorm.json`; `npm run golden -- --help` says more.',
    );
  }
  const bound = options.bound === undefined ? undefined : parseBound(String(options.bound));
  const read = files.map((file) => ({ file, ...readGolden(path.resolve(file)) }));
  const { checkCase } = await loadChecks();
  let failed = 0;
  for (const { file, source, cases } of read) {
    say(`${file}: ${source}`);
    const outcomes = cases.map((one, index) => checkCase(one, index, bound));
    for (const { ok, kind, name, error, where, problem, bound: allowed } of outcomes) {
      if (problem !== null) say(`FAILED  ${kind}, ${name}: ${problem}`);
      else if (ok) say(`ok      ${kind}, ${name}: ${error.toExponential(1)}`);
      else say(`FAILED  ${kind}, ${name}: ${error.toExponential(1)}, above ${allowed}, in ${where}`);
    }
    const bad = outcomes.filter(({ ok }) => !ok).length;
    const largest = Math.max(...outcomes.map(({ error }) => error));
    say(
      bad === 0
        ? `${outcomes.length} cases, all within the bound; the largest error is ${largest.toExponential(1)}`
        : `${bad} of ${outcomes.length} cases FAILED`,
    );
    failed += bad;
  }
  return failed === 0 ? 0 : 1;
});
