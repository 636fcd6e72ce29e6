/**
 * The training step of tests/bench/library.mjs in JavaScript: ours, and TensorFlow.js on WebAssembly and on its native
 * library. What goes in and comes out is told in peers.py.
 *
 *   node peers.mjs PEER FOLDER
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { createInterface } from 'node:readline';

const [peer, folder] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const bytes = (name) => new Uint8Array(readFileSync(join(folder, name)));
const { sizes, epsilon, learningRate } = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));
const hidden = sizes.length - 2;
const weights = sizes.slice(1).map((_, i) => new Float32Array(bytes(`weights${i}.bin`).buffer));

async function ours() {
  const { createEngine, createNetwork, dataset, Random } = await import('batchnorm');
  const classes = sizes[hidden + 1];
  const train = dataset(bytes('pixels.bin'), bytes('labels.bin'), sizes[0], classes, 1 / 255);
  const definition = { sizes, activation: 'sigmoid', batchNorm: true, epsilon };
  const network = createNetwork(definition, new Random(0));
  for (const [i, layer] of network.layers.entries()) {
    layer.weights.set(weights[i]);
  }
  const engine = createEngine('simd', network, 0.1);
  return (indices) => engine.stepOn(train, indices, learningRate);
}

/** TensorFlow.js with one of its backends; its notes about Node are kept off the table. */
async function tensorFlow(backend) {
  console.warn = () => {};
  const tf = backend === 'wasm' ? require('@tensorflow/tfjs') : require('@tensorflow/tfjs-node');
  if (backend === 'wasm') {
    const { setWasmPaths, setThreadsCount } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(
      `${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}${sep}`,
    );
    setThreadsCount(1);
    if (!(await tf.setBackend('wasm'))) {
      throw new Error('the WebAssembly backend of TensorFlow.js did not start');
    }
  }
  await tf.ready();
  const pixels = bytes('pixels.bin');
  const labels = bytes('labels.bin');
  const d = sizes[0];
  const variable = (values, shape) => tf.variable(tf.tensor(values, shape));
  const layers = weights.map((w, i) => ({
    weights: variable(w, [sizes[i], sizes[i + 1]]),
    gamma: tf.variable(tf.ones([sizes[i + 1]])),
    beta: tf.variable(tf.zeros([sizes[i + 1]])),
  }));
  const optimizer = tf.train.sgd(learningRate);
  return (indices) =>
    tf.tidy(() => {
      const m = indices.length;
      const x = new Float32Array(m * d);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < d; j++) {
          x[i * d + j] = pixels[indices[i] * d + j] / 255;
        }
      }
      const own = Int32Array.from(indices, (index) => labels[index]);
      const target = tf.oneHot(tf.tensor1d(own, 'int32'), sizes[hidden + 1]).toFloat();
      const input = tf.tensor2d(x, [m, d]);
      const loss = optimizer.minimize(() => {
        let z = input;
        for (const layer of layers.slice(0, hidden)) {
          const u = tf.matMul(z, layer.weights);
          const { mean, variance } = tf.moments(u, 0);
          z = tf.sigmoid(tf.batchNorm(u, mean, variance, layer.beta, layer.gamma, epsilon));
        }
        const last = layers[hidden];
        return tf.losses.softmaxCrossEntropy(target, tf.add(tf.matMul(z, last.weights), last.beta));
      }, true);
      return loss.dataSync()[0];
    });
}

const peers = { ours, 'tfjs-wasm': () => tensorFlow('wasm'), 'tfjs-node': () => tensorFlow('node') };
const step = await peers[peer]();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const batches = JSON.parse(line).map((indices) => Uint32Array.from(indices));
  const start = performance.now();
  const before = process.cpuUsage();
  let loss = Number.NaN;
  for (const indices of batches) {
    loss = step(indices);
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, loss }));
}
