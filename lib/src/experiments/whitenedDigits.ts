/**
 * Raw, centred and whitened inputs on handwritten digits: what of the textbook's gain (`whiteningInputs`) is left on
 * real data, for a network with a hidden layer.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { type Dataset, dataset, firstExamples, gather } from '../dataset.js';
import { pool, poolShape } from '../pooling.js';
import { trainNetwork } from '../train.js';
import { meanRemoval, pcaWhitening, type WhiteningStep } from '../whiteningSteps.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';
import type { InputPreparation } from './whiteningInputs.js';

/** What `whitenedDigits` can be told. */
export interface WhitenedDigitsConfig {
  /** Left out: by size, up to 1, 2, 3. */
  seeds?: number[];
  /** Learning rates to choose from, for each preparation its best. Left out: 0.1 to 10, two to a power of ten. */
  learningRates?: number[];
  /** Minibatches of 60 for each run. Left out: by size. */
  steps?: number;
  /** How many training images, above 196. Left out: by size. */
  trainCount?: number;
  /** How many test images. Left out: by size. */
  testCount?: number;
  /** Added to the eigenvalues, in the units of a pixel (0 to 1) squared: corners are always white. Left out: 0.01. */
  epsilon?: number;
}

/** One training run. */
export interface DigitRun {
  inputs: InputPreparation;
  learningRate: number;
  seed: number;
  /** Test accuracy, from 0 to 1, at each of the result's `looks`. A run that diverged only guesses from there: 0.1. */
  accuracy: number[];
}

/** What `whitenedDigits` gives back. */
export interface WhitenedDigitsResult {
  config: Required<WhitenedDigitsConfig>;
  /** The steps at which accuracy was measured. */
  looks: number[];
  runs: DigitRun[];
  /** How many runs there are in all. */
  planned: number;
  /** The signal ended it early. */
  stopped: boolean;
}

/** MNIST's images shrunk to 14 x 14: each pixel is the mean of four. */
const SIDE = 14;

/**
 * Trains a network 196-50-10 (sigmoid, no BN, Xavier's weights, SGD, minibatches of 60) on MNIST's digits shrunk to
 * 14 x 14, with the inputs raw (0 to 1), centred, and PCA-whitened, at each learning rate. Mean and covariance are those
 * of the training images. All runs of one seed start from the same weights and see the same minibatches.
 *
 * @returns all finished runs; after an abort, those finished until then
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const small = { seeds: [1], learningRates: [1], steps: 20, trainCount: 300, testCount: 100 };
 * const { runs } = await whitenedDigits(small);
 * console.log(runs.map(({ inputs }) => inputs).join()); // prints raw,centred,whitened
 */
export async function whitenedDigits(
  config: WhitenedDigitsConfig = {},
  running: Running = {},
): Promise<WhitenedDigitsResult> {
  const all = complete(config);
  const { seeds, learningRates, steps, trainCount, testCount, epsilon } = all;
  const looks = [...new Set([0.05, 0.1, 0.2, 0.4, 0.7, 1].map((share) => Math.ceil(share * steps)))];
  const mnist = loadMnist();
  const train = shrink(firstExamples(mnist.train, trainCount));
  const test = shrink(firstExamples(mnist.test, testCount));
  const d = SIDE * SIDE;
  const fits: [InputPreparation, () => WhiteningStep | null][] = [
    ['raw', () => null],
    ['centred', () => meanRemoval(train.x, train.count, d)],
    ['whitened', () => pcaWhitening(train.x, train.count, d, { epsilon })],
  ];
  const planned = fits.length * seeds.length * learningRates.length;
  const result: WhitenedDigitsResult = { config: all, looks, runs: [], planned, stopped: false };
  for (const [inputs, fit] of fits) {
    if (!(await mayGoOn(running.signal))) break;
    const step = fit();
    const prepared = { train: prepare(train, step), test: prepare(test, step) };
    for (const seed of seeds) {
      for (const learningRate of learningRates) {
        if (!(await mayGoOn(running.signal))) break;
        const run = await trainNetwork(
          { sizes: [d, 50, 10], activation: 'sigmoid' },
          { ...prepared, steps, learningRate, seed, evaluateAt: looks, signal: running.signal },
        );
        // A run cut short would be drawn as if it had had all its steps.
        if (run.aborted) break;
        const accuracy = looks.map((_, k) => run.evaluations[k]?.accuracy ?? 0.1);
        result.runs.push({ inputs, learningRate, seed, accuracy });
        running.onProgress?.(result.runs.length, planned, `${inputs}, lr ${learningRate}`);
      }
    }
  }
  result.stopped = result.runs.length < planned;
  return result;
}

function complete(config: WhitenedDigitsConfig): Required<WhitenedDigitsConfig> {
  checkOptions('whitenedDigits', config, [
    ...['seeds', 'learningRates', 'steps', 'trainCount', 'testCount', 'epsilon'],
  ]);
  const {
    seeds = bySize({ small: [1], lecture: [1, 2], full: [1, 2, 3] }),
    learningRates = bySize({ small: [0.3, 3], lecture: [0.1, 0.3, 1, 3, 10], full: [0.1, 0.3, 1, 3, 10] }),
    steps = bySize({ small: 60, lecture: 300, full: 3000 }),
    trainCount = bySize({ small: 1000, lecture: 5000, full: 60_000 }),
    testCount = bySize({ small: 500, lecture: 2000, full: 10_000 }),
    epsilon = 0.01,
  } = config;
  checkCount('the number of seeds', seeds.length);
  checkCount('the number of learning rates', learningRates.length);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount('steps', steps);
  checkCount('trainCount', trainCount, SIDE * SIDE + 1);
  checkCount('testCount', testCount);
  checkPositive('epsilon', epsilon);
  return { seeds, learningRates, steps, trainCount, testCount, epsilon };
}

/** Images as numbers, count x 196. */
interface Digits {
  x: Float32Array;
  labels: Uint8Array;
  count: number;
}

/** The images at half their size, as numbers from 0 to 1. */
function shrink(data: Dataset): Digits {
  const { count, labels } = data;
  const { x } = gather(
    data,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  const shape = poolShape({ kind: 'average', height: 2 * SIDE, width: 2 * SIDE, channels: 1, size: 2 });
  return { x: Float32Array.from(pool(x, count, shape).y), labels, count };
}

function prepare({ x, labels, count }: Digits, step: WhiteningStep | null): Dataset {
  return dataset(Float32Array.from(step?.forward(x, count) ?? x), labels, SIDE * SIDE, 10);
}
