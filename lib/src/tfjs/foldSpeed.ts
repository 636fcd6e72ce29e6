/** What folding BN into the convolutions costs and gains: the same answers, in less time. */
import * as tf from '@tensorflow/tfjs';
import { checkCount, checkOptions } from '../check.js';
import { mayGoOn } from '../experiments/running.js';
import { Random } from '../random.js';
import { foldModel } from './foldModel.js';
import { median } from './throughput.js';

/** A net and its fold on the same images. */
export interface FoldComparison {
  /** The largest difference of an output. */
  difference: number;
  /** The largest output in absolute value: what the difference is to be measured against. */
  largest: number;
  /** Images for which both have the same largest output, and how many there were. */
  sameAnswers: number;
  images: number;
}

/**
 * Folds a net and compares the two, output by output.
 *
 * @param images inputs of the model; they are not disposed of
 * @throws RangeError when the model cannot be folded, and for outputs that are no finite numbers
 *
 * @example
 * const tf = await tensorflow();
 * const model = smallConvNet({ h: 8, w: 8, c: 1, classes: 3, seed: 1 });
 * const { difference, sameAnswers } = compareFolded(model, tf.ones([2, 8, 8, 1]));
 * console.log(difference < 1e-5, sameAnswers); // prints true 2
 */
export function compareFolded(model: tf.Sequential, images: tf.Tensor): FoldComparison {
  const folded = foldModel(model);
  try {
    return compareOutputs(outputsOf(model, images), outputsOf(folded, images), images.shape[0]);
  } finally {
    folded.dispose();
  }
}

/** What `foldSpeed` can be told. */
export interface FoldSpeedOptions {
  /** Images in a batch. Left out: 64. */
  batchSize?: number;
  /** Times that each net is timed. Left out: 21. */
  repeats?: number;
  /** Seeds the images. Left out: 1. */
  seed?: number;
  /** Ends it early; what was timed counts. */
  signal?: AbortSignal;
}

/** What `foldSpeed` measured. */
export interface FoldSpeed extends FoldComparison {
  /** Milliseconds of each batch, in the order in which they were measured: folded and unfolded took turns. */
  unfoldedMs: number[];
  foldedMs: number[];
  /** Median of the unfolded over that of the folded: how many times as quick the fold is. NaN when nothing was timed. */
  ratio: number;
}

/**
 * Times a net and its fold on the same random images, by turns, so that what else the machine does hits both alike.
 *
 * @param model a model with one input of known shape, which `foldModel` can fold; it is not changed
 * @throws RangeError when it cannot be folded, and for options out of range
 *
 * @example
 * await tensorflow();
 * const model = smallConvNet({ h: 8, w: 8, c: 1, classes: 3, seed: 1 });
 * const { ratio, foldedMs } = await foldSpeed(model, { batchSize: 4, repeats: 3 });
 * console.log(ratio > 0, foldedMs.length); // prints true 3
 */
export async function foldSpeed(model: tf.Sequential, options: FoldSpeedOptions = {}): Promise<FoldSpeed> {
  checkOptions('foldSpeed', options, ['batchSize', 'repeats', 'seed', 'signal']);
  const { batchSize = 64, repeats = 21, seed = 1, signal } = options;
  checkCount('batchSize', batchSize);
  checkCount('repeats', repeats);
  const sizes = model.inputs[0].shape.slice(1);
  if (sizes.some((size) => size === null)) {
    throw new RangeError(`the model must have an input of known shape, found [${model.inputs[0].shape}]`);
  }
  const shape = [batchSize, ...(sizes as number[])]; // none is null: looked at above
  const random = new Random(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  const images = tf.tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  );
  const folded = foldModel(model);
  const times = { unfoldedMs: [] as number[], foldedMs: [] as number[] };
  try {
    // The first call of each compiles and packs: it is the one that is compared, not timed.
    const same = compareOutputs(outputsOf(model, images), outputsOf(folded, images), batchSize);
    for (let i = 0; i < repeats && (await mayGoOn(signal)); i++) {
      // Who goes first changes, in case the first call after a pause is the slower one.
      for (const which of i % 2 === 0
        ? (['unfoldedMs', 'foldedMs'] as const)
        : (['foldedMs', 'unfoldedMs'] as const)) {
        const start = performance.now();
        outputsOf(which === 'foldedMs' ? folded : model, images);
        times[which].push(performance.now() - start);
      }
    }
    return { ...same, ...times, ratio: median(times.unfoldedMs) / median(times.foldedMs) };
  } finally {
    images.dispose();
    folded.dispose();
  }
}

/** The outputs at inference, read back, which waits for them. */
function outputsOf(model: tf.LayersModel, images: tf.Tensor): ArrayLike<number> {
  return tf.tidy(() => (model.apply(images, { training: false }) as tf.Tensor).dataSync()); // one output
}

function compareOutputs(a: ArrayLike<number>, b: ArrayLike<number>, images: number): FoldComparison {
  const k = a.length / images;
  let difference = 0;
  let largest = 0;
  let sameAnswers = 0;
  for (let i = 0; i < images; i++) {
    let [first, second] = [i * k, i * k];
    for (let j = i * k; j < (i + 1) * k; j++) {
      if (!Number.isFinite(a[j]) || !Number.isFinite(b[j])) {
        throw new RangeError(
          `outputs must be finite numbers, found ${a[j]} and, folded, ${b[j]} for image ${i}`,
        );
      }
      difference = Math.max(difference, Math.abs(a[j] - b[j]));
      largest = Math.max(largest, Math.abs(a[j]));
      if (a[j] > a[first]) first = j;
      if (b[j] > b[second]) second = j;
    }
    if (first === second) sameAnswers++;
  }
  return { difference, largest, sameAnswers, images };
}
