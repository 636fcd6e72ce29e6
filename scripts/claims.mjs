// @ts-check
// `npm run claims`: docs/claims.md, every claim that the lectures quote beside what was measured here. The claims, and what
// holds them in the tests, are in tests/notebooks/lectures; the numbers in tests/notebooks/bands.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadLectures } from '../tests/notebooks/measuring.mjs';
import { lectureOf } from './publish/lecture.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say } from './support/report.mjs';
import { readJson } from './support/stamp.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  check: { help: 'change nothing; exit 1 when docs/claims.md is not what it should be' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run claims -- [options]

Writes docs/claims.md from the claims of the lectures and the numbers that were measured for them.`;

/** More numbers than this are counted, not written out. */
const MOST = 6;

const words = { yes: 'yes', partly: '**partly**', no: '**no**' };

/** @param {number} value */
const shown = (value) =>
  Math.abs(value) < 1e-9 ? '0' : String(Number(value.toPrecision(3))).replace('-', '−');

/**
 * A number over its seeds: the median, and the range where there is one.
 * @param {string} name @param {number[]} values
 */
function measured(name, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, median, high] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]].map(shown);
  return `${name}: ${median}${low === high ? '' : ` (${low} to ${high})`}`;
}

/** A cell of a Markdown table. @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** @returns {Promise<string>} */
async function page() {
  const lectures = await loadLectures();
  const all = lectures.flatMap(([, { claims }]) => claims);
  const [yes, partly, no] = ['yes', 'partly', 'no'].map(
    (answer) => all.filter(({ agrees }) => agrees === answer).length,
  );
  const parts = lectures.map(([name, { claims }]) => {
    const { size, seeds, bands } = readJson(inRoot('tests', 'notebooks', 'bands', `${name}.json`));
    const rows = claims.map(({ claim, source, numbers, agrees, remark }) => {
      // What a page shows only, as a time, has no band.
      const known = numbers.filter((number) => number in bands);
      const list = known.slice(0, MOST).map((number) => measured(number, bands[number].values));
      if (known.length > MOST) list.push(`and ${known.length - MOST} more`);
      return `| ${cell(claim)} | ${cell(source)} | ${cell(list.join('<br>')) || '–'} | ${words[agrees]} | ${cell(remark ?? '')} |`;
    });
    const { number, title } = lectureOf(name);
    return `## [${number} · ${title}](../notebooks/${name}.ipynb)

Size \`${size}\`, ${seeds.length} seeds; the numbers: \`tests/notebooks/bands/${name}.json\`.

| claim | source | measured: median (lowest to highest) | agrees | what did happen |
|---|---|---|---|---|
${rows.join('\n')}`;
  });
  return `# Claims, and what we measured

Every claim that the lectures teach or quote, where it comes from, and whether it held when we tried it. **Agrees** is about
what we measured on our networks and data, small ones: a *no* here does not refute a paper, and a *yes* does not prove it.

Of ${all.length} claims ${yes} agree, ${partly} partly, ${no} do not. The numbers are those that the tests hold each lecture to, at the small
size of the tests (shares go from 0 to 1); what the last column adds is from longer runs, most of them in
[data/lectures](../data/README.md). \`npm run claims\` writes this page, \`node tests/notebooks/measure.mjs\` measures the numbers
anew, \`npm run lectures:full\` the long runs.

${parts.join('\n\n')}
`;
}

await runMain(async () => {
  const { options } = parseOptions(process.argv.slice(2), table, { command: 'npm run claims' });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const file = inRoot('docs', 'claims.md');
  const text = await page();
  if (options.check) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return 0;
    say('docs/claims.md is not what the claims and numbers of the lectures give: run `npm run claims`.');
    return 1;
  }
  writeFileSync(file, text);
  say(file);
  return 0;
});
