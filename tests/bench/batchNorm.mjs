#!/usr/bin/env node
/**
 * Times BN by itself, forward and forward + backward, on one thread: `EngineBatchNorm` beside TensorFlow.js on
 * WebAssembly and, with --python, PyTorch (eager, its kernels without autograd, compiled), JAX and NumPy. Each peer's y and dx are compared with ours first; then all take turns, so that a busy moment of the
 * machine strikes them alike. A plain copy of x to y, timed in the same turns, shows what the memory gives.
 *
 *   npm run bench:batchnorm -- --python
 *
 * On a busy machine `--clock cpu` counts each process's own time on a processor, in place of the time on the wall.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EngineBatchNorm, kernelBuild, Random } from 'batchnorm';
import { median, Report, readOptions } from './report.mjs';

const OURS = 'batchnorm-lab';
const COPY = 'copy';
const TFJS = 'tfjs-wasm';
const EPSILON = 1e-5;
/** Largest difference from ours, in units of what is added up. */
const TOLERANCE = 1e-4;

/** The last two are the same images, channels last and channels first. */
const CASES = [
  { shape: [64, 96], layout: 'channelsLast' },
  { shape: [256, 1024], layout: 'channelsLast' },
  { shape: [65536, 64], layout: 'channelsLast' },
  { shape: [32, 28, 28, 64], layout: 'channelsLast' },
  { shape: [32, 64, 28, 28], layout: 'channelsFirst' },
];

const usage =
  'npm run bench:batchnorm -- [--runs N] [--seconds S] [--clock wall|cpu] [--python | --interpreter FILE] ' +
  '[--json FILE [--append]]';
const options = readOptions(
  {
    runs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '0.15' },
    python: { type: 'boolean' },
    interpreter: { type: 'string' },
    clock: { type: 'string', default: 'wall' },
  },
  usage,
);
const runs = Number(options.runs);
const seconds = Number(options.seconds);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs: expected a whole number from 1, found "${options.runs}".`);
  process.exit(2);
}
if (!(seconds > 0)) {
  console.error(`--seconds: expected a number above 0, found "${options.seconds}".`);
  process.exit(2);
}

/** The Python of the peers: a given one, or the one that is set up for benchmarks. */
const interpreter =
  options.interpreter ??
  (options.python && (await (await import('../../scripts/support/benchPython.mjs')).prepareBenchPython()));

if (!['wall', 'cpu'].includes(options.clock)) {
  console.error(`--clock: expected wall or cpu, found "${options.clock}".`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'batchnorm-bench-'));
const file = (name) => join(folder, `${name}.f32`);
const floats = (name) => {
  const { buffer, byteOffset, length } = readFileSync(file(name));
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
};

/** Milliseconds, of the clock on the wall or of this process's own time on a processor. */
function now() {
  if (options.clock === 'wall') {
    return performance.now();
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Seconds a call: the least and the median of samples of at least half a millisecond each. */
function sample(call) {
  call();
  let start = now();
  call();
  const once = now() - start;
  if (once >= 1000 * seconds) {
    return { least: once / 1000, median: once / 1000 };
  }
  const calls = Math.max(1, Math.floor(0.5 / Math.max(once, 1e-3)));
  const times = [];
  const end = now() + 1000 * seconds;
  while (now() < end || times.length < 3) {
    start = now();
    for (let i = 0; i < calls; i++) {
      call();
    }
    times.push((now() - start) / calls / 1000);
  }
  return { least: Math.min(...times), median: median(times) };
}

/** Ours, with the copy as a peer of its own. */
function ourPeers({ shape, layout }) {
  const random = new Random(1);
  const bn = new EngineBatchNorm(shape, { layout, epsilon: EPSILON });
  bn.gamma.set(bn.gamma.map((_, f) => 1 + f / 64));
  bn.beta.set(bn.beta.map((_, f) => f / 32));
  for (let at = 0; at < bn.x.length; at++) {
    bn.x[at] = 3 + random.normal();
    bn.dy[at] = random.normal();
  }
  const both = () => {
    bn.forward();
    bn.backward();
  };
  both();
  writeFileSync(file('x'), bn.x);
  writeFileSync(file('dy'), bn.dy);
  const expected = { y: bn.y.slice(), dx: bn.dx.slice() };
  const calls = { forward: () => bn.forward(), backward: () => bn.backward(), both };
  // dx is written anew: the copy may use y and leave dx as it is
  const copy = () => bn.y.set(bn.x);
  return {
    bn,
    expected,
    peers: new Map([
      [OURS, { time: (what) => sample(calls[what]) }],
      [COPY, { time: (what) => (what === 'forward' ? sample(copy) : null) }],
    ]),
  };
}

/** TensorFlow.js with its WebAssembly backend, on one thread; its notes about Node are kept off the table. */
async function loadTensorFlow() {
  const require = createRequire(import.meta.url);
  const warn = console.warn;
  console.warn = () => {};
  const tf = require('@tensorflow/tfjs');
  const { setThreadsCount, setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  const wasm = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(`${wasm}${sep}dist${sep}`);
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('the WebAssembly backend of TensorFlow.js did not start');
  }
  await tf.ready();
  console.warn = warn;
  return tf;
}

/** The same in TensorFlow.js; its gradients are its own. */
function tensorFlowPeer(tf, { shape, layout }, bn) {
  const axis = layout === 'channelsFirst' ? 1 : shape.length - 1;
  const over = shape.map((_, one) => one).filter((one) => one !== axis);
  const vector = shape.map((size, one) => (one === axis ? size : 1));
  const x = tf.tensor(bn.x.slice(), shape);
  const dy = tf.tensor(bn.dy.slice(), shape);
  const gamma = tf.tensor(bn.gamma.slice(), vector);
  const beta = tf.tensor(bn.beta.slice(), vector);
  const norm = (input, scale, shift) => {
    const { mean, variance } = tf.moments(input, over, true);
    const inverse = tf.rsqrt(tf.add(variance, EPSILON));
    return tf.add(tf.mul(tf.sub(input, mean), tf.mul(inverse, scale)), shift);
  };
  const gradients = tf.valueAndGrads((...leaves) => tf.sum(tf.mul(norm(...leaves), dy)));
  const calls = {
    forward: () => tf.tidy(() => void norm(x, gamma, beta)),
    both: () => tf.tidy(() => void gradients([x, gamma, beta])),
  };
  return {
    check: () =>
      tf.tidy(() => ({
        y: norm(x, gamma, beta).dataSync().slice(),
        dx: gradients([x, gamma, beta]).grads[0].dataSync().slice(),
      })),
    time: (what) => (calls[what] ? sample(calls[what]) : null),
    end: () => {
      for (const tensor of [x, dy, gamma, beta]) {
        tensor.dispose();
      }
    },
  };
}

/** A Python process that answers a line with a line. */
class PythonPeers {
  constructor(library) {
    const script = fileURLToPath(new URL('batchNormPeers.py', import.meta.url));
    this.library = library;
    this.child = spawn(interpreter, [script, library, options.clock], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.errors = '';
    this.child.stderr.on('data', (text) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('error', resolve);
      this.child.on('close', resolve);
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request) {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await Promise.race([this.lines.next(), this.ended.then(() => ({ done: true }))]);
    if (line.done) {
      const last = this.errors.trim().split('\n').at(-1);
      throw new Error(`${interpreter} could not run ${this.library}: ${last || 'it ended without a word'}`);
    }
    return JSON.parse(line.value);
  }

  async peers({ shape, layout }) {
    const axis = layout === 'channelsFirst' ? 1 : shape.length - 1;
    const load = { shape, axis, x: file('x'), dy: file('dy'), epsilon: EPSILON };
    const { peers } = await this.ask({ load });
    return peers.map((peer) => [
      peer,
      {
        check: async () => {
          await this.ask({ check: { peer, y: file('y'), dx: file('dx') } });
          return { y: floats('y'), dx: floats('dx') };
        },
        time: (what) => (what === 'backward' ? null : this.ask({ time: { peer, what, seconds } })),
      },
    ]);
  }

  end() {
    this.child.stdin.end();
  }
}

/** Raises unless the peer's y and dx are ours, within the rounding of float32. */
function compare(peer, found, expected) {
  for (const name of ['y', 'dx']) {
    const [own, theirs] = [expected[name], found[name]];
    const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const worst = own.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at])), 0);
    if (theirs.length !== own.length || !(worst / scale < TOLERANCE)) {
      throw new Error(
        `${name} of ${peer} differs from ours by ${worst}: their times say nothing of each other`,
      );
    }
  }
}

const tf = await loadTensorFlow();
const libraries = interpreter ? ['torch', 'jax', 'numpy'].map((name) => new PythonPeers(name)) : [];
if (!interpreter) {
  console.log('Without --python there are no columns of PyTorch, JAX and NumPy.');
}
const report = new Report();
const rooflines = [];
const names = [OURS];
let isFirst = true;

try {
  for (const one of CASES) {
    const { bn, expected, peers } = ourPeers(one);
    const theirs = tensorFlowPeer(tf, one, bn);
    peers.set(TFJS, theirs);
    for (const library of libraries) {
      for (const [name, peer] of await library.peers(one)) {
        peers.set(name, peer);
      }
    }
    for (const [name, peer] of peers) {
      if (peer.check) {
        compare(name, await peer.check(), expected);
      }
    }
    const samples = new Map();
    for (let run = 0; run < runs; run++) {
      for (const what of ['forward', 'backward', 'both']) {
        for (const [name, peer] of peers) {
          const times = await peer.time(what);
          if (times) {
            const key = `${name} ${what}`;
            samples.set(key, [...(samples.get(key) ?? []), times]);
          }
        }
      }
    }
    theirs.end();

    const figures = (name, what) => {
      const list = samples.get(`${name} ${what}`);
      return { least: Math.min(...list.map((s) => s.least)), median: median(list.map((s) => s.median)) };
    };
    const rate = (time) => bn.x.length / time / 1e6;
    const what = `${one.shape.join('x')} ${one.shape.length > 2 ? one.layout : 'dense'}`;
    for (const name of peers.keys()) {
      if (name === COPY) continue;
      if (!names.includes(name)) names.push(name);
      for (const [direction, label] of [
        ['forward', 'forward'],
        ['both', 'forward+backward'],
      ]) {
        const { least, median: middle } = figures(name, direction);
        report.add(`BN ${what} ${label}: best`, name, 'Melem/s', rate(least), runs);
        report.add(`BN ${what} ${label}: median`, name, 'Melem/s', rate(middle), runs);
      }
    }
    for (const direction of ['forward', 'both']) {
      const own = figures(OURS, direction);
      for (const name of peers.keys()) {
        if (name === COPY || name === OURS) continue;
        const other = figures(name, direction);
        if (other.median < own.median) isFirst = false;
      }
    }
    // What has to move at the least: x and y forward; x, dy and dx backward; 4 bytes each.
    const copy = figures(COPY, 'forward');
    for (const [direction, bytes] of [
      ['forward', 8],
      ['backward', 12],
    ]) {
      const own = figures(OURS, direction);
      const bandwidth = (time, each) => (bn.x.length * each) / time / 1e9;
      rooflines.push([
        `${what} ${direction}`,
        `${((bn.x.length * bytes) / 2 ** 20).toFixed(2)}`,
        bandwidth(own.median, bytes).toFixed(1),
        bandwidth(copy.median, 8).toFixed(1),
        `${Math.round((100 * bandwidth(own.median, bytes)) / bandwidth(copy.median, 8))} %`,
      ]);
    }
  }
} finally {
  for (const library of libraries) {
    library.end();
  }
  rmSync(folder, { recursive: true, force: true });
}

report.print(names);
console.log('\nBeside a plain copy of x to y in the same run (medians):');
const table = [['', 'MiB to move', 'GB/s', 'GB/s of the copy', 'share'], ...rooflines];
const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
for (const [first, ...cells] of table) {
  console.log([first.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join('  '));
}
console.log(
  `\nKernels: ${kernelBuild()}. ${OURS} is ${isFirst ? '' : 'not '}the fastest in each row, by the medians.`,
);
if (options.json) {
  report.write(options.json, options.append);
}
if (!isFirst) {
  process.exitCode = 1;
}
