#!/usr/bin/env node
/**
 * How long each lecture takes when it is run live, at the size for a class: in all, until its first figure, and the longest
 * that one of its cells lets a class wait for a figure. There is no peer: what is asked is half a minute, and five seconds.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root, venvPython } from '../../scripts/support/paths.mjs';
import { median, Report, readOptions } from './report.mjs';

const usage = 'npm run bench:lectures -- [--only 05,11] [--cells] [--rounds N] [--json FILE [--append]]';
const options = readOptions(
  { only: { type: 'string' }, cells: { type: 'boolean' }, rounds: { type: 'string', default: '1' } },
  usage,
);
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds: expected a whole number from 1, found "${options.rounds}".`);
  process.exit(2);
}
const only = options.only?.split(',') ?? [''];
const notebooks = readdirSync(path.join(root, 'notebooks'))
  .filter((file) => file.endsWith('.ipynb') && only.some((number) => file.startsWith(number)))
  .sort();
if (notebooks.length === 0) {
  console.error(`--only: no lecture begins with "${options.only}".`);
  process.exit(2);
}

const script = path.join(root, 'tests/bench/lectures.py');
const report = new Report();
const columns = { total: 'all cells', first: 'first figure', wait: 'longest wait' };
for (const notebook of notebooks) {
  const runs = Array.from({ length: rounds }, () =>
    JSON.parse(
      execFileSync(venvPython, [script, path.join(root, 'notebooks', notebook)], {
        env: { ...process.env, BATCHNORM_LAB_SIZE: process.env.BATCHNORM_LAB_SIZE ?? 'lecture' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    ),
  );
  for (const [key, column] of Object.entries(columns)) {
    report.add(path.parse(notebook).name, column, 's', median(runs.map((run) => run[key])), rounds);
  }
  if (options.cells) {
    for (const [seconds, line] of runs[0].cells) if (seconds > 1) console.error(`  ${seconds} s  ${line}`);
  }
  console.error(`${notebook}: ${runs.map(({ total }) => `${total.toFixed(1)} s`).join(', ')}`);
}
report.print(Object.values(columns));
if (options.json) report.write(options.json, options.append);
