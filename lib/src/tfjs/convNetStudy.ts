/**
 * Lecture 14: what BN per feature map does for a conv net: accuracy against the learning rate with BN before the activation,
 * after it, and without BN, on digits and on drawn objects, which are also shown in colours never trained on.
 */
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { type Palette, palettes } from '../data/objects.js';
import { type Dataset, firstExamples } from '../dataset.js';
import { mayGoOn, type Running } from '../experiments/running.js';
import { bySize } from '../experiments/size.js';
import type { Placement } from '../network.js';
import { Random } from '../random.js';
import {
  accuracyOf,
  type ConvNetData,
  type ConvNetTraining,
  convNetData,
  imageTensor,
  measureStatistics,
  objectImages,
  trainConvNet,
} from './convNetTraining.js';
import { compareFolded, type FoldComparison } from './foldSpeed.js';

/** What `convNetStudy` can be told. */
export interface ConvNetConfig {
  /** Left out: digits and drawn objects. */
  data?: ConvNetData[];
  /** Left out: before, after, none. */
  placements?: Placement[];
  /** Left out: by size, 0.01 to 3. */
  learningRates?: number[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches to train each net on. Left out: by size. */
  steps?: number;
  /** Images in a minibatch. Left out: 32. */
  batchSize?: number;
  /** Feature maps of each convolution. Left out: 8 and 16. */
  maps?: number[];
  /** Whether the last maps are averaged over 3 x 3 locations before the dense layer. Left out: no. */
  pooled?: boolean;
  /** Test images of each kind. Left out: by size. */
  testCount?: number;
}

/** Accuracy on objects in one range of colours. */
export interface PaletteScore {
  palette: Palette;
  accuracy: number;
  /** After the BN layers' statistics have been measured again on images in these colours; null without BN, or where they are not finite. */
  adapted: number | null;
}

/** One trained net. */
export interface ConvNetRun {
  data: ConvNetData;
  placement: Placement;
  learningRate: number;
  seed: number;
  /** Loss of each step, in nats. */
  losses: number[];
  /** Test accuracy, from 0 to 1. A net whose loss or weights are not finite can only guess: it is given 1 / classes. */
  accuracy: number;
  diverged: boolean;
  /** Objects only: accuracy on each palette; the first is the one of training. */
  palettes: PaletteScore[];
  /** BN before the activation only: the folded net beside the net, on test images. */
  fold: FoldComparison | null;
}

/** What `convNetStudy` gives back. */
export interface ConvNetResult {
  config: Required<ConvNetConfig>;
  runs: ConvNetRun[];
  planned: number;
  /** The signal ended it early. */
  stopped: boolean;
}

/** How a `convNetStudy` is run. */
export interface ConvNetRunning extends Pick<Running, 'onProgress' | 'signal'> {
  /** Called after each net with all that is finished: give it to a live figure. */
  onResult?: (soFar: ConvNetResult) => void;
}

/**
 * Trains the small conv net for each data set, learning rate, placement of BN and seed, on the backend that is in use,
 * one after the other. Nets of one seed start from the same weights and see the same minibatches.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { learningRates: [0.1], seeds: [1], steps: 2, batchSize: 8, maps: [2], testCount: 20 };
 * const { runs, stopped } = await convNetStudy(config);
 * console.log(runs.length, stopped); // prints 6 false
 */
export async function convNetStudy(
  config: ConvNetConfig = {},
  running: ConvNetRunning = {},
): Promise<ConvNetResult> {
  checkOptions('convNetStudy', config, [
    ...['data', 'placements', 'learningRates', 'seeds', 'steps', 'batchSize', 'maps', 'pooled', 'testCount'],
  ]);
  const {
    data = [...convNetData],
    placements = ['before', 'after', 'none'],
    learningRates = bySize({
      small: [0.1],
      lecture: [0.01, 0.1, 1],
      full: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    }),
    seeds = bySize({ small: [1], lecture: [1], full: [1, 2, 3] }),
    steps = bySize({ small: 25, lecture: 50, full: 600 }),
    batchSize = 32,
    maps = [8, 16],
    pooled = false,
    testCount = bySize({ small: 300, lecture: 500, full: 2000 }),
  } = config;
  for (const kind of data) checkChoice('data', kind, convNetData);
  for (const placement of placements) checkChoice('placements', placement, ['before', 'after', 'none']);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount('testCount', testCount);
  const plan = seeds.flatMap((seed) =>
    data.flatMap((kind) =>
      learningRates.flatMap((learningRate) =>
        placements.map((placement) => ({ data: kind, placement, learningRate, seed })),
      ),
    ),
  );
  checkCount('the number of runs', plan.length);
  const result: ConvNetResult = {
    config: { data, placements, learningRates, seeds, steps, batchSize, maps, pooled, testCount },
    runs: [],
    planned: plan.length,
    stopped: false,
  };
  for (const [i, planned] of plan.entries()) {
    if (!(await mayGoOn(running.signal))) break;
    const note = `${planned.data}, BN ${planned.placement}, lr ${planned.learningRate}`;
    running.onProgress?.(i, plan.length, note);
    const training = await trainConvNet(
      { ...planned, steps, batchSize, maps, pooled },
      // A long net is a part of a unit that grows.
      {
        signal: running.signal,
        onProgress: (step) => running.onProgress?.(i + step / (steps + 1), plan.length, note),
      },
    );
    try {
      if (training.stopped) break; // a half-trained net's accuracy would look like a finding
      result.runs.push(await examine(training, testCount));
    } finally {
      training.model.dispose();
    }
    running.onResult?.(result);
    running.onProgress?.(i + 1, plan.length, note);
  }
  result.stopped = result.runs.length < plan.length;
  return result;
}

/** What one trained net can do. */
async function examine(training: ConvNetTraining, testCount: number): Promise<ConvNetRun> {
  const { model, losses, finite, diverged } = training;
  const { data, placement, learningRate, seed, batchSize } = training.config;
  const run = { data, placement, learningRate, seed, losses, diverged };
  if (!finite) {
    return { ...run, accuracy: data === 'mnist' ? 0.1 : 0.5, palettes: [], fold: null };
  }
  const test = data === 'mnist' ? firstExamples(loadMnist().test, testCount) : objectTest('warm cats');
  const accuracy = accuracyOf(model, data, test);
  const fold = placement === 'before' ? foldOf(test) : null;
  const scores: PaletteScore[] = [];
  for (const palette of data === 'objects' ? palettes : []) {
    const images = objectTest(palette);
    scores.push({ palette, accuracy: accuracyOf(model, data, images), adapted: null });
  }
  // The statistics change here: last, when all else has been measured.
  for (const score of placement === 'none' ? [] : scores) {
    const unlabelled = objectImages('unlabelled', score.palette, 10 * batchSize, seed);
    const random = new Random(seed).fork('adaptation');
    const measured = await measureStatistics(model, data, unlabelled, batchSize, random);
    if (measured) score.adapted = accuracyOf(model, data, objectTest(score.palette));
  }
  return { ...run, accuracy, palettes: scores, fold };

  function objectTest(palette: Palette): Dataset {
    return objectImages('test', palette, testCount, seed);
  }

  function foldOf(images: Dataset): FoldComparison {
    const all = Array.from({ length: Math.min(100, images.count) }, (_, i) => i);
    const tensor = imageTensor(data, images, all);
    try {
      return compareFolded(model, tensor);
    } finally {
      tensor.dispose();
    }
  }
}
