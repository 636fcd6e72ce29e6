// @ts-check
// `npm test`: sets up what is missing, runs every suite, and says at the end how many tests passed.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { setUp } from './setup.mjs';
import { findBrowser, noBrowser } from './support/browser.mjs';
import { nodeOf, testedNodes } from './support/node.mjs';
import { helpText, nearest, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { run } from './support/process.mjs';
import { runMain, say, UserError } from './support/report.mjs';
import { readJson } from './support/stamp.mjs';
import { prepareTools } from './support/tools.mjs';

/** The suites, by their names in vitest.config.ts, in the order in which they run. */
const suites = ['lib', 'kernel', 'peers', 'nodes', 'notebooks', 'tools', 'lab'];

/** The suite `nodes` is these of the kernel's tests once more, on the other end of the range of Nodes. */
const onOtherNode = ['await', 'interrupt', 'lifecycle', 'reload', 'streams', 'imports', 'debug', 'exposure'];

/** How many tests each suite has at least. A file of tests that silently vanished is a failure in CI. */
const expected = readJson(inRoot('tests', 'expected.json')) ?? {};

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  only: { value: 'TEXT', help: 'run only the tests whose name contains this' },
  node: { value: 'N', help: 'run them on this version of Node, such as 24; npm brings it' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm test -- [suites] [options]

Sets up what is missing and runs the tests. Suites: ${suites.join(', ')} (default all).`;

/** @typedef {{ passed: number, failures: string[], skipped: string[] }} Count */

/**
 * What has to be there before a suite can run.
 * @param {string} suite
 * @param {string} node the Node that was asked for
 * @returns {Promise<{ node: string, project: string, files: string[] }>}
 */
async function prepare(suite, node) {
  if (suite === 'lab' && !(await findBrowser())) throw new UserError(noBrowser);
  if (suite === 'tools') await prepareTools();
  if (suite !== 'nodes') return { node, project: suite, files: [] };
  const major = Number(process.versions.node.split('.')[0]);
  const other = major === testedNodes.newest ? testedNodes.oldest : testedNodes.newest;
  return {
    node: await nodeOf(other),
    project: 'kernel',
    files: onOtherNode.map((name) => `tests/kernel/${name}.test.ts`),
  };
}

/**
 * @param {string} suite
 * @param {string | true | undefined} only
 * @param {string} asked the Node to run it on
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Count>}
 */
async function runSuite(suite, only, asked, env) {
  let prepared;
  try {
    prepared = await prepare(suite, asked);
  } catch (error) {
    // What this machine lacks is told and left out; in CI whatever is left out is a failure.
    if (!(error instanceof UserError)) throw error;
    return { passed: 0, failures: [], skipped: [`${suite}: ${error.message}`] };
  }
  const { node, project, files } = prepared;
  say(`\n== ${suite}${node === process.execPath ? '' : ` (${node})`}`);
  const reportFile = inRoot('test-results', `${suite}.json`);
  rmSync(reportFile, { force: true });
  const { code } = await run(
    node,
    [
      inRoot('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      `--project=${project}`,
      ...files,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...(only ? [`--testNamePattern=${only}`] : []),
    ],
    { show: true, env },
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
  const total = { passed: 0, failures: [], skipped: [] };
  for (const file of report?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === 'passed') total.passed++;
      else if (test.status === 'failed')
        total.failures.push(`${suite}: ${test.fullName}\n${indented(test.failureMessages.join('\n'))}`);
      else if (!partial) total.skipped.push(`${suite}: ${test.fullName}`);
    }
    // A file that cannot even be loaded has no tests to fail.
    if (
      file.status === 'failed' &&
      !file.assertionResults.some((/** @type {any} */ test) => test.status === 'failed')
    ) {
      total.failures.push(`${suite}: ${file.name}\n${indented(file.message)}`);
    }
  }
  if (code !== 0 && total.failures.length === 0)
    total.failures.push(`${suite}: the test runner ended with status ${code} although no test failed.`);
  return total;
}

/** @param {string} message @returns {string} as much of it as tells what failed, under the test's name */
function indented(message) {
  const lines = message.split('\n').slice(0, 30);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n');
}

/** @param {string | true} asked @returns {number} */
function majorOf(asked) {
  const major = Number(asked);
  if (Number.isInteger(major) && major >= testedNodes.oldest) return major;
  throw new UserError(
    `--node needs a version of Node from ${testedNodes.oldest} on, such as 24, and "${asked}" was given.`,
  );
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
  const node = options.node === undefined ? process.execPath : await nodeOf(majorOf(options.node));

  const strict = Boolean(process.env.CI);
  let passed = 0;
  /** @type {string[]} */
  const failures = [];
  // The student of `lab` runs every lecture, at the size that the numbers are for: the suite `notebooks` need not do it again.
  const forTests = (process.env.BATCHNORM_LAB_SIZE || 'small') === 'small';
  const inLab = chosen.includes('lab') && forTests && !options.only && (await findBrowser());
  const env = inLab ? { ...process.env, LECTURES_IN_LAB: '1' } : process.env;
  for (const suite of chosen) {
    const total = await runSuite(suite, options.only, node, env);
    passed += total.passed;
    failures.push(...total.failures);
    if (total.skipped.length > 0) say(`Skipped:\n${total.skipped.map((each) => `  ${each}`).join('\n')}`);
    if (!strict || options.only) continue;
    failures.push(...total.skipped.map((each) => `${each}\n    was skipped`));
    const least = expected[suite] ?? 1;
    const ran = total.passed + total.failures.length;
    if (ran < least)
      failures.push(`${suite}: ${ran} tests ran, and tests/expected.json expects at least ${least}.`);
  }
  // Told again at the end, where they are found: the log of all suites is long.
  if (failures.length > 0) say(`\nFailed:\n${failures.map((each) => `  ${each}`).join('\n')}`);
  say(`\n${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}

await runMain(main);
