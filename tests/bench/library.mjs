#!/usr/bin/env node
/**
 * Times the training step of the paper's MNIST network (784-100-100-100-10, sigmoid, BN, minibatches of 60) beside
 * TensorFlow.js, and with --python beside NumPy, PyTorch and JAX: the same data, the same initial weights, the same
 * minibatches, one thread each. Every program is a process of its own; they take turns of some steps, so that a busy
 * moment of the machine strikes all alike. The losses after 100 steps are compared first: programs that compute
 * different things have no times to compare. BN by itself follows (batchNorm.mjs).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as batchnorm from 'batchnorm';
import { Peer } from './library/process.mjs';
import { median, Report, readOptions } from './report.mjs';

const OURS = 'batchnorm-lab';
const SIZES = [784, 100, 100, 100, 10];
const BATCH = 60;
const LEARNING_RATE = 0.1;
const EPSILON = 1e-5;
const STEPS_A_RUN = 50;
const CHECKED_RUNS = 2;
const AIM = 10;
/** With BN and this rate, rounding in float32 alone moves the loss after 100 steps by less than this. */
const SAME = 1e-4;

const usage = 'npm run bench:library -- [--runs N] [--python] [--json FILE [--append]]';
const options = readOptions({ runs: { type: 'string', default: '25' }, python: { type: 'boolean' } }, usage);
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs: expected a whole number from 1, found "${options.runs}".`);
  process.exit(2);
}

const here = (name) => fileURLToPath(new URL(`library/${name}`, import.meta.url));
const { train } = batchnorm.loadMnist();
const random = new batchnorm.Random(1);
const network = batchnorm.createNetwork(
  {
    sizes: SIZES,
    activation: 'sigmoid',
    batchNorm: true,
    epsilon: EPSILON,
    initial: { kind: 'normal', std: 0.05 },
  },
  random.fork('weights'),
);
const order = new batchnorm.MinibatchOrder(train.count, BATCH, random.fork('shuffle'));
const drawRun = () => Array.from({ length: STEPS_A_RUN }, () => Array.from(order.draw()));

/** What every peer starts from, in files. */
function writeTask(folder) {
  writeFileSync(join(folder, 'pixels.bin'), train.x);
  writeFileSync(join(folder, 'labels.bin'), train.labels);
  for (const [i, layer] of network.layers.entries()) {
    writeFileSync(join(folder, `weights${i}.bin`), Float32Array.from(layer.weights));
  }
  const task = { sizes: SIZES, epsilon: EPSILON, learningRate: LEARNING_RATE };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
}

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Program and arguments of every peer that this machine has. */
async function commands(folder) {
  const javascript = (peer) => [process.execPath, here('peers.mjs'), peer, folder];
  const found = { [OURS]: javascript('ours'), 'tfjs-wasm': javascript('tfjs-wasm') };
  if (isInstalled('@tensorflow/tfjs-node')) {
    found['tfjs-node'] = javascript('tfjs-node');
  }
  if (options.python) {
    const { prepareBenchPython } = await import('../../scripts/support/benchPython.mjs');
    const python = await prepareBenchPython();
    for (const peer of ['numpy', 'pytorch', 'pytorch-compile', 'jax-jit', 'jax-scan']) {
      found[peer] = [python, here('peers.py'), peer, folder];
    }
  }
  return found;
}

/** The loss of the readable code in float64 after the checked steps, which all programs must reach. */
function referenceLoss(checked) {
  const reference = batchnorm.createEngine('reference', network, 0.1);
  let loss = Number.NaN;
  for (const indices of checked.flat()) {
    loss = reference.stepOn(train, indices, LEARNING_RATE);
  }
  return loss;
}

async function main(folder, peers) {
  writeTask(folder);
  for (const [name, command] of Object.entries(await commands(folder))) {
    const peer = new Peer(name, command);
    peers.push(peer);
    await peer.ready();
  }
  const checked = Array.from({ length: CHECKED_RUNS }, drawRun);
  const expected = referenceLoss(checked);
  console.log(
    `Loss after ${CHECKED_RUNS * STEPS_A_RUN} steps: ${expected.toFixed(7)} in float64 (reference code)`,
  );
  for (const peer of peers) {
    let loss = Number.NaN;
    for (const batches of checked) {
      ({ loss } = await peer.take(batches));
    }
    const difference = Math.abs(loss - expected);
    console.log(`  ${peer.name.padEnd(16)} ${loss.toFixed(7)} (difference ${difference.toExponential(1)})`);
    if (!(difference < SAME)) {
      throw new Error(`${peer.name} does not compute the same: its times would say nothing`);
    }
  }

  const empty = () => Object.fromEntries(peers.map(({ name }) => [name, []]));
  const samples = empty();
  const cpu = empty();
  for (let run = 0; run < runs; run++) {
    const batches = drawRun();
    for (const peer of peers) {
      const taken = await peer.take(batches);
      samples[peer.name].push((1000 * taken.seconds) / STEPS_A_RUN);
      cpu[peer.name].push((1000 * taken.cpu) / STEPS_A_RUN);
    }
  }

  const report = new Report();
  const what = `training step ${SIZES.join('-')}, sigmoid, BN, batch ${BATCH}`;
  const names = peers.map(({ name }) => name);
  for (const name of names) {
    report.add(`${what}: median`, name, 'ms', median(samples[name]), runs);
    report.add(`${what}: least`, name, 'ms', Math.min(...samples[name]), runs);
    // What a busy machine leaves least changed: waiting for a core is not counted.
    report.add(`${what}: processor time, median`, name, 'ms', median(cpu[name]), runs);
  }
  report.print(names);
  console.log(
    `Kernels: ${batchnorm.kernelBuild()}. Each number is over ${runs} runs of ${STEPS_A_RUN} steps.`,
  );
  const ratio = (name, pick, of = samples) => pick(of[name]) / pick(of[OURS]);
  const least = (values) => Math.min(...values);
  for (const name of names.slice(1)) {
    console.log(
      `${name} takes ${ratio(name, median).toFixed(2)} times as long by the medians, ` +
        `${ratio(name, least).toFixed(2)} times by the least of each, ` +
        `${ratio(name, median, cpu).toFixed(2)} times by the processor's time`,
    );
  }
  if (options.json) {
    report.write(options.json, options.append);
  }
  const behind = names.slice(1).filter((name) => ratio(name, median) < (name === 'tfjs-wasm' ? AIM : 1));
  if (behind.length > 0) {
    console.log(
      `Missed: at least ${AIM} times as fast as tfjs-wasm, and faster than all (${behind.join(', ')})`,
    );
    process.exitCode = 1;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'batchnorm-bench-'));
const peers = [];
try {
  await main(folder, peers);
} finally {
  for (const peer of peers) {
    peer.end();
  }
  rmSync(folder, { recursive: true, force: true });
}

const following = [fileURLToPath(new URL('batchNorm.mjs', import.meta.url))];
if (options.python) following.push('--python');
if (options.json) following.push('--json', options.json, '--append');
console.log('');
if (spawnSync(process.execPath, following, { stdio: 'inherit' }).status !== 0) {
  process.exitCode = 1;
}
