#!/usr/bin/env node
/**
 * Times the training step of the paper's MNIST network (784-100-100-100-10, sigmoid, BN, minibatches of 60)
 * beside TensorFlow.js on its WebAssembly backend: the same data, the same initial weights, steps taken in turn,
 * so that a busy moment of the machine strikes both alike. The losses after 100 steps are compared first: two
 * programs that compute different things have no times to compare.
 */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as batchnorm from 'batchnorm';
import { median, Report, readOptions } from './report.mjs';

const OURS = 'batchnorm-lab';
const TFJS = 'tfjs-wasm';
const SIZES = [784, 100, 100, 100, 10];
const BATCH = 60;
const LEARNING_RATE = 0.1;
const EPSILON = 1e-5;
const CHECKED_STEPS = 100;
const STEPS_A_RUN = 50;
const AIM = 10;

const usage = 'npm run bench:library -- [--runs N] [--json FILE [--append]]';
const options = readOptions({ runs: { type: 'string', default: '7' } }, usage);
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs: expected a whole number from 1, found "${options.runs}".`);
  process.exit(2);
}

/** TensorFlow.js with its WebAssembly backend; its notes about Node are kept off the table. */
async function loadTensorFlow() {
  const require = createRequire(import.meta.url);
  const warn = console.warn;
  console.warn = () => {};
  const tf = require('@tensorflow/tfjs');
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(`${folder}${sep}dist${sep}`);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('the WebAssembly backend of TensorFlow.js did not start');
  }
  await tf.ready();
  console.warn = warn;
  return tf;
}

/** The same network in TensorFlow.js: returns a function that takes one step and gives back the loss. */
function tensorFlowStep(tf, network) {
  const hidden = network.layers.slice(0, -1).map(({ weights, inputs, outputs }) => ({
    weights: tf.variable(tf.tensor2d(Float32Array.from(weights), [inputs, outputs])),
    gamma: tf.variable(tf.ones([outputs])),
    beta: tf.variable(tf.zeros([outputs])),
  }));
  const last = network.layers.at(-1);
  const weights = tf.variable(tf.tensor2d(Float32Array.from(last.weights), [last.inputs, last.outputs]));
  const bias = tf.variable(tf.zeros([last.outputs]));
  const optimizer = tf.train.sgd(LEARNING_RATE);
  return ({ x, labels, m }) =>
    tf.tidy(() => {
      const input = tf.tensor2d(x, [m, SIZES[0]]);
      const target = tf.oneHot(tf.tensor1d(labels, 'int32'), last.outputs).toFloat();
      const loss = optimizer.minimize(() => {
        let z = input;
        for (const layer of hidden) {
          const u = tf.matMul(z, layer.weights);
          const { mean, variance } = tf.moments(u, 0);
          z = tf.sigmoid(tf.batchNorm(u, mean, variance, layer.beta, layer.gamma, EPSILON));
        }
        return tf.losses.softmaxCrossEntropy(target, tf.add(tf.matMul(z, weights), bias));
      }, true);
      return loss.dataSync()[0];
    });
}

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
const tf = await loadTensorFlow();
const engine = batchnorm.createEngine('simd', network, 0.1);
const reference = batchnorm.createEngine('reference', network, 0.1);
const theirs = tensorFlowStep(tf, network);
const order = new batchnorm.MinibatchOrder(train.count, BATCH, random.fork('shuffle'));

const peers = {
  // Each draws its minibatch from the same indices; making numbers of the pixels is part of a step.
  [OURS]: (indices) => engine.stepOn(train, indices, LEARNING_RATE),
  [TFJS]: (indices) => theirs(batchnorm.gather(train, indices)),
};

const losses = {};
for (let step = 0; step < CHECKED_STEPS; step++) {
  const indices = order.draw();
  for (const [name, take] of Object.entries(peers)) {
    losses[name] = take(indices);
  }
  if (step < 10) {
    losses.reference = reference.stepOn(train, indices, LEARNING_RATE);
    const error = Math.abs(losses[OURS] - losses.reference);
    if (!(error < 1e-5)) {
      throw new Error(`step ${step + 1}: the SIMD engine's loss differs from the reference's by ${error}`);
    }
  }
}
const difference = Math.abs(losses[OURS] - losses[TFJS]);
console.log(
  `Loss after ${CHECKED_STEPS} steps: ${losses[OURS].toFixed(6)} here, ${losses[TFJS].toFixed(6)} in TensorFlow.js ` +
    `(difference ${difference.toExponential(1)})`,
);
if (!(difference < 1e-3)) {
  throw new Error('the two programs do not compute the same: their times say nothing');
}

const samples = { [OURS]: [], [TFJS]: [] };
for (let run = 0; run < runs; run++) {
  const batches = Array.from({ length: STEPS_A_RUN }, () => order.draw().slice());
  for (const [name, take] of Object.entries(peers)) {
    const times = batches.map((indices) => {
      const start = performance.now();
      take(indices);
      return performance.now() - start;
    });
    samples[name].push({ least: Math.min(...times), median: median(times) });
  }
}

const report = new Report();
const what = `training step ${SIZES.join('-')}, sigmoid, BN, batch ${BATCH}`;
for (const name of [OURS, TFJS]) {
  report.add(`${what}: median`, name, 'ms', median(samples[name].map((sample) => sample.median)), runs);
  report.add(`${what}: least`, name, 'ms', Math.min(...samples[name].map((sample) => sample.least)), runs);
}
report.print([OURS, TFJS]);
const ratio = (pick) => pick(samples[TFJS]) / pick(samples[OURS]);
const byMedian = ratio((list) => median(list.map((sample) => sample.median)));
const byLeast = ratio((list) => Math.min(...list.map((sample) => sample.least)));
console.log(
  `TensorFlow.js takes ${byMedian.toFixed(1)} times as long by the medians, ${byLeast.toFixed(1)} times by the ` +
    `least of each (aim: at least ${AIM} times)`,
);
if (options.json) {
  report.write(options.json, options.append);
}
if (byMedian < AIM) {
  process.exitCode = 1;
}
