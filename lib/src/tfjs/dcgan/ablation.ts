/** What BN's place does to a DCGAN: runs over variants and seeds, measured every so many steps. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkOptions } from '../../check.js';
import type { ImagesInMemory, Pictures } from '../../data/imageSource.js';
import type { Running } from '../../experiments/running.js';
import { Random } from '../../random.js';
import { committedFile } from './committedFile.js';
import type { DcganOptions } from './config.js';
import { type DcganMeasures, type DigitJudge, type MeasuredImages, measureImages } from './measures.js';
import { drawLatent, withBatchStatistics } from './state.js';
import { trainDcgan } from './train.js';

/** The variants that are compared, by name. */
export const dcganVariants = {
  paper: { batchNorm: 'paper' },
  mixed: { batchNorm: 'paper', mixed: true },
  everywhere: { batchNorm: 'everywhere' },
  none: { batchNorm: 'none' },
} as const satisfies Record<string, DcganOptions>;

/** The name of a variant. */
export type DcganVariant = keyof typeof dcganVariants;

/** What was seen of a run at one step. */
export interface DcganReading extends DcganMeasures {
  readonly step: number;
  /** Share of held-out real and of newly generated images that the discriminator tells apart. */
  readonly heldOutAccuracy: number;
  /** The same on real images that it was trained on. */
  readonly trainingAccuracy: number;
  /** How far the images of 64 fixed points z moved since the reading before, over the distance between two of them. */
  readonly motion: number;
  /** Means since the reading before. */
  readonly discriminatorLoss: number;
  readonly generatorLoss: number;
}

/** One run of one variant. */
export interface DcganRun {
  readonly variant: DcganVariant;
  readonly seed: number;
  readonly seconds: number;
  readonly readings: DcganReading[];
  /** What ended it early, if anything did: a loss that is no number. */
  readonly fault?: string;
  /** The first images of its last grid, bytes in base64. */
  readonly samples: { height: number; width: number; channels: 1 | 3; count: number; base64: string };
}

/** The runs that are there. */
export interface DcganAblation {
  readonly images: string;
  readonly options: DcganOptions;
  readonly readEvery: number;
  /** Accuracy of the judge of digits on test digits; what it says of real digits. */
  readonly judge?: { accuracy: number; score: number; confidence: number; classes: number };
  /** Where it was computed: backend, processor. */
  readonly machine: string;
  readonly runs: DcganRun[];
}

/** What a run is measured with. */
export interface AblationData {
  /** To train on. */
  images: ImagesInMemory;
  /** Real images that no network sees in training; at least 512. */
  heldOut: MeasuredImages;
  judge?: DigitJudge;
}

/** How many images each reading looks at. */
const COUNT = 256;

/**
 * Trains one variant with one seed, and measures it every `readEvery` steps.
 *
 * @param running `seconds` ends it early; `onReading` receives the run so far
 * @example
 * await tensorflow({ backend: 'wasm', say: () => {} });
 * const noise = Uint8Array.from({ length: 512 * 64 }, (_, i) => (37 * i) % 256);
 * const images = imagesInMemory('noise', { height: 8, width: 8, channels: 1 }, noise);
 * const heldOut = { count: 512, height: 8, width: 8, channels: 1, values: Float32Array.from(noise, (v) => v / 127.5 - 1) } as const;
 * const run = await dcganRun('paper', 1, { images, heldOut }, { maps: 2, batchSize: 8, steps: 2 }, { readEvery: 1 });
 * console.log(run.readings.length, run.readings[1].saturation < 1); // prints 2 true
 */
export async function dcganRun(
  variant: DcganVariant,
  seed: number,
  data: AblationData,
  options: DcganOptions,
  running: Omit<Running, 'workers'> & {
    readEvery?: number;
    seconds?: number;
    onReading?: (run: DcganRun) => void;
  } = {},
): Promise<DcganRun> {
  checkChoice('variant', variant, Object.keys(dcganVariants));
  checkOptions('dcganRun', running, ['onProgress', 'signal', 'readEvery', 'seconds', 'onReading']);
  const { readEvery = 100, onReading, onProgress, signal, seconds: limit } = running;
  const { images, heldOut, judge } = data;
  const readings: DcganReading[] = [];
  const start = performance.now();
  let last: Pictures | undefined;
  let fault: string | undefined;
  const soFar = (): DcganRun => ({
    variant,
    seed,
    seconds: (performance.now() - start) / 1000,
    readings: [...readings],
    ...(fault === undefined ? {} : { fault }),
    samples: stored(last),
  });
  try {
    const trained = await trainDcgan(
      { images, ...options, ...dcganVariants[variant], seed },
      {
        onProgress,
        signal,
        seconds: limit,
        samplesEvery: readEvery,
        onSamples: ({ step, samples, history, generator, discriminator, options: complete }) => {
          if (step > 0) {
            const random = new Random(seed).fork(`reading at ${step}`);
            const generated = generate(generator, random, complete.latent, complete.batchSize, heldOut);
            const judged = (real: Float32Array) =>
              toldApart(discriminator, real, generated, complete.batchSize, complete.mixed);
            const pixels = heldOut.values.length / heldOut.count;
            readings.push({
              step,
              ...measureImages(generated, heldOut, judge),
              heldOutAccuracy: judged(heldOut.values.subarray(0, COUNT * pixels)),
              trainingAccuracy: judged(
                Float32Array.from(images.batch(`reading ${seed}`, 0, COUNT), (byte) => byte / 127.5 - 1),
              ),
              motion: last ? motion(last, samples) : Number.NaN,
              discriminatorLoss: mean(history.discriminatorLoss.slice(-readEvery)),
              generatorLoss: mean(history.generatorLoss.slice(-readEvery)),
            });
          }
          last = samples;
          if (step > 0) {
            onReading?.(soFar());
          }
        },
      },
    );
    trained.dispose();
  } catch (error) {
    if (!(error instanceof RangeError && /loss of the/.test(error.message))) {
      throw error;
    }
    fault = error.message;
  }
  return soFar();
}

/** Generated images, BN by the statistics of minibatches as in training. */
function generate(
  generator: tf.Sequential,
  random: Random,
  latent: number,
  batchSize: number,
  { height, width, channels }: MeasuredImages,
): MeasuredImages {
  const pixels = height * width * channels;
  const values = new Float32Array(COUNT * pixels);
  for (let start = 0; start < COUNT; start += batchSize) {
    const z = drawLatent(random, batchSize, latent);
    const made = tf.tidy(() => withBatchStatistics(generator, z).dataSync<'float32'>());
    z.dispose();
    values.set(made.subarray(0, Math.min(COUNT - start, batchSize) * pixels), start * pixels);
  }
  return { count: COUNT, height, width, channels, values };
}

/** Share of real and generated images on their side of 0; minibatches apart, or mixed, as in training. */
function toldApart(
  discriminator: tf.Sequential,
  real: Float32Array,
  generated: MeasuredImages,
  batchSize: number,
  mixed: boolean,
): number {
  const { height, width, channels, count, values } = generated;
  const pixels = height * width * channels;
  let right = 0;
  let all = 0;
  for (let start = 0; start + batchSize <= count; start += batchSize) {
    right += tf.tidy(() => {
      const [x, y] = [real, values].map((numbers) =>
        tf.tensor4d(numbers.slice(start * pixels, (start + batchSize) * pixels), [
          batchSize,
          height,
          width,
          channels,
        ]),
      );
      const [onReal, onFake] = mixed
        ? tf.split(withBatchStatistics(discriminator, tf.concat([x, y])), 2)
        : [withBatchStatistics(discriminator, x), withBatchStatistics(discriminator, y)];
      const told = tf.concat([tf.greater(onReal, 0), tf.less(onFake, 0)]);
      return tf.sum(tf.cast(told, 'float32')).dataSync()[0];
    });
    all += 2 * batchSize;
  }
  return right / all;
}

/** How far images moved, over the mean distance between two of them. */
function motion(before: Pictures, after: Pictures): number {
  const { count, bytes } = after;
  const pixels = bytes.length / count;
  const distance = (a: Uint8Array, i: number, b: Uint8Array, j: number) => {
    let sum = 0;
    for (let k = 0; k < pixels; k++) {
      sum += (a[i * pixels + k] - b[j * pixels + k]) ** 2;
    }
    return Math.sqrt(sum);
  };
  let [moved, apart] = [0, 0];
  for (let i = 0; i < count; i++) {
    moved += distance(before.bytes, i, bytes, i) / count;
    apart += distance(bytes, i, bytes, (i + 1) % count) / count;
  }
  return apart === 0 ? 0 : moved / apart;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function stored(images: Pictures | undefined): DcganRun['samples'] {
  if (!images) {
    return { height: 0, width: 0, channels: 1, count: 0, base64: '' };
  }
  const { height, width, channels, bytes } = images;
  const count = Math.min(12, images.count);
  const base64 = Buffer.from(bytes.subarray(0, count * height * width * channels)).toString('base64');
  return { height, width, channels, count, base64 };
}

/**
 * Reads the runs that come with the lectures, or a file that `npm run dcgan -- ablation` wrote.
 * @throws Error when there is none
 *
 * @example
 * const { runs } = readAblation();
 * console.log(runs.length > 0); // prints true
 */
export function readAblation(path?: string): DcganAblation {
  const remedy = '`npm run dcgan -- ablation` makes it, in minutes on many cores';
  const file = path ?? committedFile(join('data', 'lectures', 'dcgan-ablation.json'), remedy);
  if (!existsSync(file)) {
    throw new Error(`${file} was not found: ${remedy}`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as DcganAblation; // our own file
}

/**
 * The last step that every run has a reading of; 0 when there is none. Runs that ended by a fault do not count.
 *
 * @example
 * console.log(commonStep({ images: 'digits', options: {}, readEvery: 1, machine: '', runs: [exampleRun()] })); // prints 200
 */
export function commonStep({ runs }: DcganAblation): number {
  const going = runs.filter((run) => run.fault === undefined);
  return going.length === 0 ? 0 : Math.min(...going.map((run) => run.readings.at(-1)?.step ?? 0));
}

/**
 * One run with two readings of made-up numbers: to try a figure on.
 *
 * @example
 * console.log(exampleRun().readings.length); // prints 2
 */
export function exampleRun(variant: DcganVariant = 'paper', seed = 1): DcganRun {
  const shares = new Array<number>(10).fill(0.1);
  const readings = [100, 200].map(
    (step): DcganReading => ({
      step,
      saturation: 0.3 + step / 1000,
      diversity: 0.9,
      coverage: 0.8,
      frechet: 1,
      frechetOfReal: 0.1,
      digits: { confidence: 0.8, classes: 9, score: 3 + step / 100 + seed / 10, shares },
      heldOutAccuracy: 0.8,
      trainingAccuracy: 0.85,
      motion: 0.6,
      discriminatorLoss: 1,
      generatorLoss: 1.2,
    }),
  );
  const base64 = Buffer.from([0, 255, 255, 0]).toString('base64');
  return {
    variant,
    seed,
    seconds: 1,
    readings,
    samples: { height: 2, width: 2, channels: 1, count: 1, base64 },
  };
}
