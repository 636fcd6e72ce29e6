// @ts-check
// `npm run check`: format and lint, types, notebook pairs and the page of claims, side by side and in seconds. Changes nothing.
import { existsSync } from 'node:fs';
import { inRoot } from './support/paths.mjs';
import { run } from './support/process.mjs';
import { runMain, say, UserError } from './support/report.mjs';

const node = process.execPath;

/** @type {{ what: string, command: string[], mend: string }[]} */
const checks = [
  {
    what: 'format and lint (Biome)',
    command: [node, inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check'],
    mend: '`npx biome check --write` mends what can be mended',
  },
  {
    what: 'types (TypeScript)',
    command: [node, inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'],
    mend: 'correct the lines above',
  },
  {
    what: 'types of the scripts (TypeScript)',
    command: [node, inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'scripts/tsconfig.json'],
    mend: 'correct the lines above',
  },
  {
    what: 'types of the notebooks (TypeScript)',
    command: [
      node,
      inRoot('node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      'tests/notebooks/tsconfig.json',
    ],
    mend: 'correct the lines above',
  },
  {
    what: 'types of the browser tests (TypeScript)',
    command: [node, inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tests/lab/tsconfig.json'],
    mend: 'correct the lines above',
  },
  {
    what: 'types of the tests with other tools (TypeScript)',
    command: [node, inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tests/tools/tsconfig.json'],
    mend: 'correct the lines above',
  },
  {
    what: 'notebook pairs',
    command: [node, inRoot('scripts', 'notebooks.mjs'), 'check'],
    mend: '`npm run notebooks` makes the .ipynb files from the .ts files',
  },
  {
    what: 'page of claims',
    command: [node, inRoot('scripts', 'claims.mjs'), '--check'],
    mend: "`npm run claims` writes it from the lectures' claims and numbers",
  },
];

await runMain(async () => {
  if (!existsSync(inRoot('node_modules', 'typescript'))) {
    throw new UserError('The npm packages are not installed: run `npm run setup` first.');
  }
  const results = await Promise.all(
    checks.map(async ({ what, command: [program = '', ...args], mend }) => {
      const start = Date.now();
      const { code, output } = await run(program, args);
      return { what, mend, code, output, seconds: ((Date.now() - start) / 1000).toFixed(1) };
    }),
  );
  for (const { what, code, output, mend, seconds } of results) {
    if (code === 0) say(`ok      ${what} (${seconds} s)`);
    else say(`${output.trimEnd()}\nFAILED  ${what} (${seconds} s): ${mend}`);
  }
  return results.every(({ code }) => code === 0) ? 0 : 1;
});
