// @ts-check
// `npm run lectures:full`: the lectures' experiments at full size, with their headline numbers over several seeds, written
// to data/lectures. Each is a process of its own, so that a machine with many cores is kept busy.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { loadLectures, measureLecture } from '../tests/notebooks/measuring.mjs';
import { experiments } from './support/experiments.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';
import { readJson } from './support/stamp.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  out: { value: 'FOLDER', help: 'where to write (default data/lectures)' },
  size: { value: 'SIZE', help: 'small, lecture or full (default full)' },
  minutes: { value: 'N', help: 'stop what is still running after so many; what has ended is kept' },
  processes: { value: 'N', help: 'how many run side by side (default: half of the cores)' },
  again: { help: 'compute also what is there already' },
  'no-build': { help: 'take the library as it was built' },
  run: { value: 'NAME', help: 'one of them, in this process' },
  help: { help: 'show this text' },
};

const SEEDS = [1, 2, 3, 4, 5];
const lectureFiles = readdirSync(inRoot('tests', 'notebooks', 'lectures')).map(
  (file) => path.parse(file).name,
);
const names = [...Object.keys(experiments), ...lectureFiles.map((name) => `numbers/${name}`)];

const usage = `Usage: npm run lectures:full [-- names] [options]

Runs every experiment of the lectures at full size, and the headline numbers of each lecture over ${SEEDS.length} seeds. Each
result is written as soon as it is there; what is there is not computed again, so Ctrl-C and a second run go on from
where it was. Hours on two cores. Names (default all):
${names.join(', ')}.`;

/** Six digits say all that a figure shows. @param {string} _ @param {unknown} value */
const rounded = (_, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

/** @param {string} out @param {string} name */
const fileOf = (out, name) => path.join(out, `${name}.json`);

/**
 * One of them, in this process.
 * @param {string} name @param {string} size @param {string} out
 */
async function runOne(name, size, out) {
  process.env.BATCHNORM_LAB_SIZE = size; // the library reads it when an experiment starts
  const lab = await import('batchnorm');
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  const lecture = name.startsWith('numbers/') ? path.basename(name) : undefined;
  const about = {
    command: `npm run lectures:full -- ${name} --size ${size}`,
    size,
    kernels: lab.kernelBuild(),
  };
  /** @type {object} */
  let found;
  if (lecture) {
    const [[, what]] = await loadLectures([lecture]);
    const measured = await measureLecture(what, SEEDS);
    const numbers = Object.fromEntries(
      Object.entries(measured).map(([number, { values }]) => [number, values]),
    );
    found = { ...about, seeds: SEEDS, numbers };
  } else {
    const [result] = await experiments[name](lab, { signal: controller.signal });
    found = { ...about, result };
  }
  if (controller.signal.aborted) return 130; // a part of it is not the result
  const file = fileOf(out, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(found, rounded)}\n`);
  renameSync(`${file}.new`, file);
  return 0;
}

/**
 * All of them, some at a time.
 * @param {string[]} chosen @param {string} size @param {string} out @param {number} processes @param {number} minutes
 */
async function runAll(chosen, size, out, processes, minutes) {
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(0)} s`;
  const waiting = [...chosen];
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const running = new Set();
  let ended = 0;
  let failed = 0;
  let stopping = false;
  const stop = () => {
    stopping = true;
    waiting.length = 0;
    for (const child of running) child.kill('SIGTERM');
    // What does not end by itself is a computation without a pause.
    setTimeout(() => {
      for (const child of running) child.kill('SIGKILL');
    }, 3000).unref();
  };
  process.once('SIGINT', stop);
  const timer = Number.isFinite(minutes) ? setTimeout(stop, minutes * 60_000) : undefined;
  const cores = availableParallelism();
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const began = Date.now();
      const child = spawn(
        process.execPath,
        [inRoot('scripts', 'lectures-full.mjs'), '--run', name, '--size', size, '--out', out, '--no-build'],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, BATCHNORM_LAB_WORKERS: String(Math.max(1, Math.ceil(cores / processes))) },
        },
      );
      running.add(child);
      let told = '';
      child.stderr.on('data', (chunk) => {
        told = (told + chunk).slice(-2000);
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      running.delete(child);
      const took = ((Date.now() - began) / 1000).toFixed(0);
      if (code === 0) say(`${++ended} of ${chosen.length}: ${name}, ${took} s (${seconds()} in all)`);
      else if (stopping) say(`stopped: ${name} after ${took} s`);
      else {
        failed++;
        say(`FAILED: ${name} (status ${code})\n${told}`);
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, worker));
  clearTimeout(timer);
  say(`${ended} of ${chosen.length} written to ${out} in ${seconds()}, ${failed} failed.`);
  return failed > 0 ? 1 : stopping ? 130 : 0;
}

await runMain(async () => {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run lectures:full',
    words: 'names',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const size = String(options.size ?? 'full');
  if (!['small', 'lecture', 'full'].includes(size))
    throw new UserError(`--size must be small, lecture or full, found "${size}".`);
  const number = (/** @type {string} */ name, /** @type {number} */ otherwise) => {
    const value = options[name] === undefined ? otherwise : Number(options[name]);
    if (!(value > 0)) throw new UserError(`--${name} must be a number above 0, found "${options[name]}".`);
    return value;
  };
  const out = path.resolve(typeof options.out === 'string' ? options.out : inRoot('data', 'lectures'));
  const asked = typeof options.run === 'string' ? [options.run] : words;
  for (const word of asked) {
    if (!names.includes(word)) throw new UserError(`There is no "${word}": they are ${names.join(', ')}.`);
  }
  if (!options['no-build']) await (await import('./build.mjs')).build();
  if (typeof options.run === 'string') return runOne(options.run, size, out);
  const chosen = (asked.length > 0 ? asked : names).filter(
    // A result of another size is not the one that is asked for.
    (name) => options.again || readJson(fileOf(out, name))?.size !== size,
  );
  const processes = Math.ceil(number('processes', Math.max(1, availableParallelism() / 2)));
  return runAll(chosen, size, out, processes, number('minutes', Number.POSITIVE_INFINITY));
});
