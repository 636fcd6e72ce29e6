// @ts-check
// `npm run bench`: every benchmark, one after the other, into one table and, if asked, one file.
import path from 'node:path';
import { setUp } from './setup.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { run } from './support/process.mjs';
import { runMain, say } from './support/report.mjs';

const benchmarks = ['kernel', 'library', 'tfjs'];

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  json: { value: 'FILE', help: 'also write the rows there, one JSON object a line' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run bench -- [options]

Times the kernel, the training step and BN by itself beside their peers, in the same run. Close other programs first.
\`npm run bench:kernel\` and \`npm run bench:library\` run one of them and have options of their own;
\`npm run bench:batchnorm\` is the second half of the latter.`;

await runMain(async () => {
  const { options } = parseOptions(process.argv.slice(2), table, { command: 'npm run bench' });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  await setUp();
  let failed = 0;
  for (const [i, name] of benchmarks.entries()) {
    say(`\n== ${name}`);
    const json = options.json
      ? ['--json', path.resolve(String(options.json)), ...(i > 0 ? ['--append'] : [])]
      : [];
    const { code } = await run(process.execPath, [inRoot('tests', 'bench', `${name}.mjs`), ...json], {
      show: true,
    });
    if (code !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
});
