/** How many images a conv net trains on in a second: what decides which network a lecture can afford. */
import * as tf from '@tensorflow/tfjs';
import { checkCount, checkOptions } from '../check.js';
import { Random } from '../random.js';

/** How much `trainingThroughput` measures. */
export interface ThroughputOptions {
  /** Images in a minibatch. Left out: 64. */
  batchSize?: number;
  /** Steps that are timed, after one that is not. Left out: 5. */
  steps?: number;
  /** Seeds the images, the labels and the first weights. Left out: 1. */
  seed?: number;
  /** Ends the measurement; the steps that were done count. */
  signal?: AbortSignal;
}

/** What `trainingThroughput` measured. */
export interface Throughput {
  /** Images a second, of the median step. NaN when the signal came before the first timed step. */
  readonly imagesPerSecond: number;
  /** Seconds of each timed step. */
  readonly seconds: readonly number[];
  /** Losses of the steps, the untimed one first: to compare backends by what they compute. */
  readonly losses: readonly number[];
}

/**
 * Times training steps (forward, backward, SGD) of a model that gives logits, on random images and labels, on the
 * backend that is in use.
 *
 * @param model a model with one input of known shape and k logits as output; its weights are changed
 * @returns images a second, and the losses
 * @throws RangeError for a model of other inputs or outputs, and for options out of range
 *
 * @example
 * await tensorflow({ backend: 'wasm', say: () => {} });
 * const net = smallConvNet({ h: 8, w: 8, c: 1, classes: 4, seed: 1 });
 * const { imagesPerSecond, losses } = await trainingThroughput(net, { batchSize: 16, steps: 3 });
 * console.log(imagesPerSecond > 0, losses.length); // prints true 4
 */
export async function trainingThroughput(
  model: tf.LayersModel,
  options: ThroughputOptions = {},
): Promise<Throughput> {
  checkOptions('trainingThroughput', options, ['batchSize', 'steps', 'seed', 'signal']);
  const { batchSize = 64, steps = 5, seed = 1, signal } = options;
  checkCount('batchSize', batchSize, 2);
  checkCount('steps', steps);
  const shape = sizesAfterFirst('input', model.inputs);
  const [k] = sizesAfterFirst('output', model.outputs);
  const random = new Random(seed);
  const count = shape.reduce((product, size) => product * size, batchSize);
  const pixels = Float32Array.from({ length: count }, () => random.normal());
  const images = tf.tensor(pixels, [batchSize, ...shape]);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % k);
  const target = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), k), 'float32'));
  const optimizer = tf.train.sgd(0.01);

  const seconds: number[] = [];
  const losses: number[] = [];
  try {
    for (let step = 0; step <= steps && !signal?.aborted; step++) {
      const start = performance.now();
      const loss = optimizer.minimize(() => {
        const logits = model.apply(images, { training: true }) as tf.Tensor; // a tensor in gives a tensor out
        return tf.losses.softmaxCrossEntropy(target, logits) as tf.Scalar; // the mean over the minibatch
      }, true) as tf.Scalar; // `true` asks for the loss
      // Reading the loss waits for the step: the native library computes on while JavaScript goes on.
      losses.push(loss.dataSync()[0]);
      loss.dispose();
      if (step > 0) {
        seconds.push((performance.now() - start) / 1000); // the first step also compiles and packs
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    tf.dispose([images, target]);
    optimizer.dispose();
  }
  return { imagesPerSecond: batchSize / median(seconds), seconds, losses };
}

/** The shape of the one input or output, without the axis of the examples. */
function sizesAfterFirst(what: 'input' | 'output', tensors: tf.SymbolicTensor[]): number[] {
  const sizes = tensors[0].shape.slice(1);
  if (tensors.length !== 1 || sizes.length === 0 || sizes.some((size) => size === null)) {
    const found = tensors
      .map(({ shape }) => `[${shape.map((size) => size ?? 'null').join(', ')}]`)
      .join(', ');
    throw new RangeError(`the model must have one ${what} of known shape, found ${found}`);
  }
  return sizes as number[]; // none is null: looked at above
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
