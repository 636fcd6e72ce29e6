/**
 * Exact population statistics for a model of TensorFlow.js: Algorithm 2 of Ioffe and Szegedy 2015, lines 8 to 10,
 * for every `BatchNorm` in it at once.
 */
import * as tf from '@tensorflow/tfjs';
import { checkCount, checkOptions } from '../check.js';
import { type MinibatchStatistics, populationStatistics } from '../population.js';
import { BatchNorm } from './batchNormLayer.js';
import { layersOf } from './layersOf.js';

/** How the population pass is run. */
export interface PopulationPassOptions {
  /** Called after each minibatch with how many are done. */
  onProgress?: (done: number) => void;
  /** Ends the pass; the layers keep the statistics that they had. */
  signal?: AbortSignal;
}

/**
 * Puts exact population statistics in the place of the moving averages of every `BatchNorm` in a model:
 *
 *   mean = average of mean_B,   variance = m/(m - 1) * average of variance_B   over the minibatches B
 *
 * The minibatches run through the model as at inference (dropout is off), but for BN, which normalises each with its own
 * statistics: what a layer sees depends on the layers before it, and in training those used the minibatch's.
 *
 * @param model a `tf.Sequential` or `tf.LayersModel`, with models as layers too
 * @param minibatches inputs of the model, all with the same number of examples; `minibatchesOf` cuts them out of one
 *   tensor. Whoever makes a tensor disposes of it; a generator may do so when the next one is asked of it.
 * @returns how many minibatches there were, and whether the signal ended the pass before the last
 * @throws RangeError when the model has no `BatchNorm`, for no minibatch, and for minibatches of different sizes
 *
 * @example
 * const tf = await tensorflow({ backend: 'cpu', say: () => {} });
 * const layer = new BatchNorm({ inputShape: [1] });
 * const x = tf.tensor2d([[1], [3], [5], [7]]);
 * await populationPass(tf.sequential({ layers: [layer] }), minibatchesOf(x, 2));
 * const { mean, variance } = layer.statistics();
 * console.log(mean[0], variance[0]); // prints 4 2
 */
export async function populationPass(
  model: tf.LayersModel,
  minibatches: Iterable<tf.Tensor> | AsyncIterable<tf.Tensor>,
  options: PopulationPassOptions = {},
): Promise<{ minibatches: number; aborted: boolean }> {
  checkOptions('populationPass', options, ['onProgress', 'signal']);
  const layers = layersOf(model).filter((layer): layer is BatchNorm => layer instanceof BatchNorm);
  if (layers.length === 0) {
    throw new RangeError('the model must have at least one BatchNorm layer, found none');
  }
  const collected = new Map<BatchNorm, MinibatchStatistics[]>();
  let done = 0;
  let aborted = false;
  try {
    for (const layer of layers) {
      const list: MinibatchStatistics[] = [];
      collected.set(layer, list);
      layer.sink = (m, mean, variance) => list.push({ m, mean, variance });
    }
    for await (const minibatch of minibatches) {
      if (options.signal?.aborted) {
        aborted = true;
        break;
      }
      tf.tidy(() => {
        model.apply(minibatch, { training: false });
      });
      done++;
      options.onProgress?.(done);
      // A turn for the rest of the program: else a Stop in a notebook would not be heard.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    for (const layer of layers) {
      layer.sink = null;
    }
  }
  if (!aborted) {
    // All are computed before any is set: a fault in one layer must not leave the others changed.
    const results = layers.map((layer) => populationStatistics(collected.get(layer) ?? []));
    for (const [index, layer] of layers.entries()) {
      layer.setStatistics(results[index]);
    }
  }
  return { minibatches: done, aborted };
}

/**
 * Cuts a tensor of examples into minibatches, in order; a shorter last one is left out, as `populationPass` wants it.
 * Each is disposed of when the next one is asked for.
 * @throws RangeError when batchSize is no whole number from 2, or greater than the number of examples
 *
 * @example
 * const tf = await tensorflow();
 * const x = tf.zeros([5, 3]);
 * const shapes = [];
 * for (const minibatch of minibatchesOf(x, 2)) shapes.push(minibatch.shape.join('x'));
 * console.log(shapes.join()); // prints 2x3,2x3
 */
export function* minibatchesOf(x: tf.Tensor, batchSize: number): Generator<tf.Tensor, void> {
  checkCount('batchSize', batchSize, 2);
  const [count] = x.shape;
  if (batchSize > count) {
    throw new RangeError(`batchSize must be at most the number of examples, ${count}, found ${batchSize}`);
  }
  for (let start = 0; start + batchSize <= count; start += batchSize) {
    const minibatch = tf.slice(x, [start], [batchSize]);
    try {
      yield minibatch;
    } finally {
      minibatch.dispose();
    }
  }
}
