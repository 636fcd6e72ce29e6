/** One training run of the small conv net, on digits or on the drawn objects of the lecture on covariate shift. */
import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import { loadMnist, MNIST_SIDE } from '../data/mnist.js';
import { drawObjects, type Palette } from '../data/objects.js';
import { type Dataset, gather, MinibatchOrder } from '../dataset.js';
import { asDataset } from '../experiments/covariateShift.js';
import { mayGoOn, type Running } from '../experiments/running.js';
import { bySize } from '../experiments/size.js';
import type { Placement } from '../network.js';
import { Random } from '../random.js';
import { tensorflow } from './backend.js';
import { smallConvNet } from './convNet.js';
import { populationPass } from './populationPass.js';

export const convNetData = ['mnist', 'objects'] as const;
/** `mnist`: digits, 28 x 28. `objects`: drawn cats and other things in colour, 16 x 16 x 3, cat or not. */
export type ConvNetData = (typeof convNetData)[number];

/** What `trainConvNet` can be told. */
export interface ConvNetTrainingConfig {
  /** Left out: `mnist`. */
  data?: ConvNetData;
  /** Where BN stands. Left out: before the activation. */
  placement?: Placement;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Seeds the weights and the order of the images, and the drawn objects. Left out: 1. */
  seed?: number;
  /** Minibatches to train on. Left out: by size. */
  steps?: number;
  /** Images in a minibatch. Left out: 32. */
  batchSize?: number;
  /** Feature maps of each convolution. Left out: 8 and 16. */
  maps?: readonly number[];
  /** Whether the last maps are averaged over 3 x 3 locations before the dense layer. Left out: no. */
  pooled?: boolean;
}

/** What `trainConvNet` gives back. */
export interface ConvNetTraining {
  config: Required<ConvNetTrainingConfig>;
  /** The trained net, with exact population statistics in its BN layers. Whoever gets it disposes of it. */
  model: tf.Sequential;
  /** Loss of each step, in nats. */
  losses: number[];
  /** All losses and weights are finite numbers. */
  finite: boolean;
  /** Not finite, or the loss ended half again above ln k nats, which guessing among k classes costs. */
  diverged: boolean;
  /** The signal ended it early. */
  stopped: boolean;
}

const OBJECT_SIDE = 16;
/** Drawn objects to learn from. */
const OBJECTS = 1000;
/** Minibatches that the population statistics are taken over. */
const POPULATION_BATCHES = 10;

const sides = { mnist: [MNIST_SIDE, MNIST_SIDE, 1], objects: [OBJECT_SIDE, OBJECT_SIDE, 3] } as const;
const classCounts = { mnist: 10, objects: 2 } as const;

/** The images to learn from: 60,000 digits, or 1000 objects in warm and cold colours, where the cats are the warm ones. */
export function convNetTrainingData(data: ConvNetData, seed: number): Dataset {
  return data === 'mnist' ? loadMnist().train : objectImages('train', 'warm cats', OBJECTS, seed);
}

/** What was drawn last, by its description: drawing takes as long as training on it, and many nets see the same pictures. */
const drawn = new Map<string, Dataset>();
const KEPT = 8;

/** Drawn objects that depend on the seed, the palette and what they are for. Not to be changed: others get the same ones. */
export function objectImages(purpose: string, palette: Palette, count: number, seed: number): Dataset {
  const key = JSON.stringify([purpose, palette, count, seed]);
  const images =
    drawn.get(key) ??
    asDataset(
      drawObjects(count, {
        palette,
        random: new Random(seed).fork(`${purpose} ${palette}`),
        size: OBJECT_SIDE,
      }),
      false,
    );
  drawn.delete(key); // put at the end: what was used last is dropped last
  drawn.set(key, images);
  for (const oldest of [...drawn.keys()].slice(0, -KEPT)) drawn.delete(oldest);
  return images;
}

/** Images with these indices, as n x h x w x c. */
export function imageTensor(data: ConvNetData, set: Dataset, indices: ArrayLike<number>): tf.Tensor4D {
  const { m, x } = gather(set, indices);
  const [h, w, c] = sides[data];
  return tf.tensor4d(x, [m, h, w, c]);
}

/**
 * Trains the small conv net with SGD on the backend that is in use, and then takes the exact statistics of its BN layers
 * over ten minibatches. The same configuration gives the same numbers on WebAssembly and plain JavaScript.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { steps: 3, batchSize: 8, maps: [2, 2] };
 * const { model, losses } = await trainConvNet(config);
 * console.log(losses.length, model.layers.length); // prints 3 8
 * model.dispose();
 */
export async function trainConvNet(
  config: ConvNetTrainingConfig = {},
  running: Running = {},
): Promise<ConvNetTraining> {
  const known = ['data', 'placement', 'learningRate', 'seed', 'steps', 'batchSize', 'maps', 'pooled'];
  checkOptions('trainConvNet', config, known);
  const {
    data = 'mnist',
    placement = 'before',
    learningRate = 0.1,
    seed = 1,
    steps = bySize({ small: 30, lecture: 50, full: 1000 }),
    batchSize = 32,
    maps = [8, 16],
    pooled = false,
  } = config;
  checkChoice('data', data, convNetData);
  checkPositive('learningRate', learningRate);
  checkCount('steps', steps);
  checkCount('batchSize', batchSize, 2);
  await tensorflow();
  const train = convNetTrainingData(data, seed);
  const random = new Random(seed);
  const order = new MinibatchOrder(train.count, batchSize, random.fork('order'));
  const k = classCounts[data];
  const [h, w, c] = sides[data];
  const model = smallConvNet({ h, w, c, classes: k, seed, maps, placement, pooled });
  const optimizer = tf.train.sgd(learningRate);
  const losses: number[] = [];
  let stopped = false;
  try {
    for (let step = 1; step <= steps; step++) {
      stopped = !(await mayGoOn(running.signal));
      if (stopped) break;
      const indices = order.draw();
      const loss = tf.tidy(() => {
        const images = imageTensor(data, train, indices);
        const labels = tf.tensor1d(
          Int32Array.from(indices, (index) => train.labels[index]),
          'int32',
        );
        const target = tf.cast(tf.oneHot(labels, k), 'float32');
        const mean = optimizer.minimize(() => {
          const logits = model.apply(images, { training: true }) as tf.Tensor; // a tensor in gives a tensor out
          return tf.losses.softmaxCrossEntropy(target, logits) as tf.Scalar; // the mean over the minibatch
        }, true) as tf.Scalar; // `true` asks for the loss
        return mean.dataSync()[0];
      });
      losses.push(loss);
      running.onProgress?.(step, steps, `loss ${loss.toFixed(3)}`);
      if (!Number.isFinite(loss)) break;
    }
    // The last step may have broken the weights after its loss was taken.
    let finite = losses.every(Number.isFinite) && hasFiniteWeights(model);
    if (placement !== 'none' && finite && losses.length > 0) {
      finite = await measureStatistics(model, data, train, batchSize, random.fork('statistics'));
    }
    const last = losses.slice(-10);
    const finalLoss = last.reduce((sum, loss) => sum + loss, 0) / last.length;
    const diverged = !finite || finalLoss > 1.5 * Math.log(k);
    return {
      config: { data, placement, learningRate, seed, steps, batchSize, maps, pooled },
      ...{ model, losses, finite, diverged, stopped },
    };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer.dispose();
  }
}

function hasFiniteWeights(model: tf.LayersModel): boolean {
  return model.trainableWeights.every((weight) => weight.read().dataSync().every(Number.isFinite));
}

/**
 * Puts the exact statistics over ten minibatches of these images into a net's BN layers.
 * @returns false when they are no finite numbers, as where finite weights are so large that what they give is not; the
 *   layers then keep what they had
 */
export async function measureStatistics(
  model: tf.Sequential,
  data: ConvNetData,
  images: Dataset,
  batchSize: number,
  random: Random,
): Promise<boolean> {
  const order = new MinibatchOrder(images.count, batchSize, random);
  function* minibatches() {
    for (let i = 0; i < POPULATION_BATCHES; i++) {
      const minibatch = imageTensor(data, images, order.draw());
      try {
        yield minibatch;
      } finally {
        minibatch.dispose();
      }
    }
  }
  try {
    await populationPass(model, minibatches());
    return true;
  } catch (error) {
    if (error instanceof RangeError && /must hold finite numbers/.test(error.message)) return false;
    throw error;
  }
}

/** A model's share of right answers on all images of a set, from 0 to 1, at inference; NaN logits are never right. */
export function accuracyOf(model: tf.LayersModel, data: ConvNetData, set: Dataset): number {
  const CHUNK = 250;
  const k = classCounts[data];
  let right = 0;
  for (let start = 0; start < set.count; start += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, set.count - start) }, (_, i) => start + i);
    const logits = tf.tidy(() => {
      const y = model.apply(imageTensor(data, set, indices), { training: false }) as tf.Tensor; // one output
      return y.dataSync();
    });
    for (const [i, index] of indices.entries()) {
      const row = Array.from(logits.subarray(i * k, (i + 1) * k));
      const largest = Math.max(...row);
      if (row[set.labels[index]] === largest) right++;
    }
  }
  return right / set.count;
}
