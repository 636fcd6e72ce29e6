/** A trained generator in a file: BN folded away, weights in float16. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkCount } from '../../check.js';
import type { Pictures } from '../../data/imageSource.js';
import { Random } from '../../random.js';
import { BatchNorm } from '../batchNormLayer.js';
import { foldModel } from '../foldModel.js';
import { layersOf } from '../layersOf.js';
import { populationPass } from '../populationPass.js';
import { encodeSafetensors, readSafetensors, writeAtomically } from '../safetensors.js';
import { committedFile } from './committedFile.js';
import { type CompleteDcganOptions, completeDcgan } from './config.js';
import { createGenerator } from './networks.js';
import { drawLatent, toBytes } from './state.js';

/** A trained generator, ready to make images. */
export interface LoadedGenerator {
  readonly options: CompleteDcganOptions;
  /** What is known of it: steps, seconds, measures, the command that made it. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Length of z. */
  readonly latent: number;
  /** z to images in (-1, 1). */
  readonly model: tf.Sequential;
  /** Images from points z, rows of `latent` numbers. */
  images(z: ArrayLike<number>): Pictures;
  /** Frees the model. */
  dispose(): void;
}

/** The generators that come with the lectures, in `data/dcgan`. */
export const generatorNames = ['digits', 'faces'] as const;
/** The name of a generator that comes with the lectures. */
export type GeneratorName = (typeof generatorNames)[number];

/**
 * Folds a trained generator and writes it into a file. Its BN gets exact population statistics first, over 64
 * minibatches of z: the images no longer depend on which others are made beside them.
 *
 * @param about is kept in the file: JSON
 *
 * @example
 * await tensorflow({ backend: 'wasm', say: () => {} });
 * const images = imagesInMemory('white', { height: 8, width: 8, channels: 1 }, new Uint8Array(64 * 4).fill(255));
 * const trained = await trainDcgan({ images, maps: 2, latent: 3, batchSize: 4, steps: 1 });
 * const path = 'test-results/example.safetensors';
 * await saveGenerator(path, trained.generator, trained.options, { steps: trained.step });
 * console.log(loadGenerator({ path }).images([1, 0, -1]).count); // prints 1
 */
export async function saveGenerator(
  path: string,
  generator: tf.Sequential,
  options: CompleteDcganOptions,
  about: Readonly<Record<string, unknown>>,
): Promise<void> {
  const normalised = layersOf(generator).some((layer) => layer instanceof BatchNorm);
  if (normalised) {
    const random = new Random(options.seed).fork('population pass');
    await populationPass(generator, latentMinibatches(random, options, 64));
  }
  const folded = normalised ? foldModel(generator) : generator;
  const tensors = Object.fromEntries(
    folded
      .getWeights()
      .map((weight, i) => [`weight.${i}`, { shape: weight.shape, values: weight.dataSync<'float32'>() }]),
  );
  const metadata = { options: JSON.stringify(options), about: JSON.stringify(about) };
  writeAtomically(path, encodeSafetensors({ tensors, metadata }, true));
  if (folded !== generator) {
    folded.dispose();
  }
}

function* latentMinibatches(
  random: Random,
  { batchSize, latent }: CompleteDcganOptions,
  count: number,
): Generator<tf.Tensor> {
  for (let i = 0; i < count; i++) {
    const z = drawLatent(random, batchSize, latent);
    yield z;
    z.dispose();
  }
}

/**
 * Reads a generator: one of the two that come with the lectures, or a file that `saveGenerator` wrote.
 * @throws Error when there is no such file; RangeError when it is damaged
 *
 * @example
 * await tensorflow({ backend: 'wasm', say: () => {} });
 * const generator = loadGenerator('digits');
 * const { count, height, width } = generator.images(latentPoints(5, generator.latent, new Random(1)));
 * console.log(count, height, width); // prints 5 28 28
 * generator.dispose();
 */
export function loadGenerator(which: GeneratorName | { path: string }): LoadedGenerator {
  if (typeof which === 'string') {
    checkChoice('the generator', which, generatorNames);
  }
  const path =
    typeof which === 'string'
      ? committedFile(
          join('data', 'dcgan', `${which}.safetensors`),
          'train one with trainDcgan and saveGenerator',
        )
      : which.path;
  const { tensors, metadata } = readSafetensors(path);
  if (metadata.options === undefined) {
    throw new RangeError(`${path} holds no generator: saveGenerator writes one`);
  }
  const { height, width, channels, ...rest } = JSON.parse(metadata.options) as CompleteDcganOptions;
  const options = completeDcgan({ height, width, channels }, rest);
  // Folded, it is the generator without BN: the same layers, each with a bias.
  const model = createGenerator({ ...options, batchNorm: 'none' });
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map(({ shape }, i) => {
        const stored = tensors[`weight.${i}`];
        if (stored?.shape.join() !== shape.join()) {
          throw new RangeError(
            `${path}: weight ${i} must be ${shape.join(' x ')}, found ${stored?.shape.join(' x ') ?? 'none'}`,
          );
        }
        return tf.tensor(stored.values, shape);
      }),
    );
  });
  const images = (z: ArrayLike<number>): Pictures => {
    const count = z.length / options.latent;
    checkCount(`the numbers of z, over ${options.latent},`, count);
    const bytes = tf.tidy(() => {
      const points = tf.tensor2d(Float32Array.from(z), [count, options.latent]);
      return toBytes((model.predict(points) as tf.Tensor).dataSync());
    });
    return { count, height, width, channels, bytes };
  };
  return {
    options,
    about: JSON.parse(metadata.about ?? '{}'),
    latent: options.latent,
    model,
    images,
    dispose: () => model.dispose(),
  };
}

/**
 * Points z, `count` rows of `latent` numbers drawn evenly from [-1, 1].
 *
 * @example
 * console.log(latentPoints(2, 3, new Random(1)).length); // prints 6
 */
export function latentPoints(count: number, latent: number, random: Random): Float32Array {
  checkCount('count', count);
  checkCount('latent', latent);
  return Float32Array.from({ length: count * latent }, () => 2 * random.uniform() - 1);
}

/**
 * Points on the straight line from z to another, both ends included: what lies between two images.
 *
 * @example
 * console.log(interpolate([0, 0], [1, 2], 3).join()); // prints 0,0,0.5,1,1,2
 */
export function interpolate(from: ArrayLike<number>, to: ArrayLike<number>, count: number): Float32Array {
  checkCount('count', count, 2);
  if (from.length !== to.length) {
    throw new RangeError(`both points must have the same length, found ${from.length} and ${to.length}`);
  }
  const d = from.length;
  return Float32Array.from({ length: count * d }, (_, i) => {
    const share = Math.floor(i / d) / (count - 1);
    return (1 - share) * from[i % d] + share * to[i % d];
  });
}
