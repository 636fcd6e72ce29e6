// @ts-check
// `npm test`: sets up what is missing, runs every suite, and says at the end how many tests passed.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { setUp } from './setup.mjs';
import { findBrowser, noBrowser } from './support/browser.mjs';
import { helpText, nearest, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { run } from './support/process.mjs';
import { runMain, say, UserError } from './support/report.mjs';
import { readJson } from './support/stamp.mjs';

/** The suites, by their names in vitest.config.ts, in the order in which they run. */
const suites = ['lib', 'kernel', 'notebooks', 'lab'];

/** How many tests each suite has at least. A file of tests that silently vanished is a failure in CI. */
const expected = readJson(inRoot('tests', 'expected.json')) ?? {};

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  only: { value: 'TEXT', help: 'run only the tests whose name contains this' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm test -- [suites] [options]

Sets up what is missing and runs the tests. Suites: ${suites.join(', ')} (default all).`;

/** @typedef {{ passed: number, failed: number, skipped: string[] }} Count */

/**
 * @param {string} suite
 * @param {string | true | undefined} only
 * @returns {Promise<Count>}
 */
async function runSuite(suite, only) {
  if (suite === 'lab' && !(await findBrowser()))
    return { passed: 0, failed: 0, skipped: [`lab: ${noBrowser}`] };
  say(`\n== ${suite}`);
  const reportFile = inRoot('test-results', `${suite}.json`);
  rmSync(reportFile, { force: true });
  const { code } = await run(
    process.execPath,
    [
      inRoot('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      `--project=${suite}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...(only ? [`--testNamePattern=${only}`] : []),
    ],
    { show: true },
  );
  return count(suite, readJson(reportFile), code, Boolean(only));
}

/**
 * @param {string} suite @param {any} report Vitest's JSON report @param {number} code its exit status
 * @param {boolean} partial whether tests were chosen by name: the others count as neither run nor skipped
 * @returns {Count}
 */
function count(suite, report, code, partial) {
  /** @type {Count} */
  const total = { passed: 0, failed: 0, skipped: [] };
  for (const file of report?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === 'passed') total.passed++;
      else if (test.status === 'failed') total.failed++;
      else if (!partial) total.skipped.push(`${suite}: ${test.fullName}`);
    }
    // A file that cannot even be loaded has no tests to fail.
    if (
      file.status === 'failed' &&
      !file.assertionResults.some((/** @type {any} */ test) => test.status === 'failed')
    ) {
      total.failed++;
      say(`${file.name}: ${file.message}`);
    }
  }
  if (code !== 0 && total.failed === 0) {
    total.failed++;
    say(`${suite}: the test runner ended with status ${code} although no test failed (above: why).`);
  }
  return total;
}

async function main() {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm test',
    words: 'suites',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  for (const word of words) {
    if (suites.includes(word)) continue;
    const near = nearest(word, suites);
    throw new UserError(
      `There is no suite "${word}": ${near ? `did you mean ${near}?` : `they are ${suites.join(', ')}.`}`,
    );
  }
  const chosen = suites.filter((suite) => words.length === 0 || words.includes(suite));
  await setUp();
  if (!existsSync(inRoot('node_modules', 'vitest')))
    throw new UserError('Vitest is missing: run `npm install`.');
  mkdirSync(inRoot('test-results'), { recursive: true });

  const strict = Boolean(process.env.CI);
  let passed = 0;
  let failed = 0;
  for (const suite of chosen) {
    const total = await runSuite(suite, options.only);
    passed += total.passed;
    failed += total.failed;
    if (total.skipped.length > 0) say(`Skipped:\n${total.skipped.map((each) => `  ${each}`).join('\n')}`);
    if (!strict || options.only) continue;
    failed += total.skipped.length;
    const least = expected[suite] ?? 1;
    const ran = total.passed + total.failed;
    if (ran < least) {
      failed++;
      say(`${suite}: ${ran} tests ran, and tests/expected.json expects at least ${least}.`);
    }
  }
  say(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

await runMain(main);
