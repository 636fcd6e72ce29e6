/**
 * Covariate shift that the eye can see: one function from picture to label, two distributions of pictures.
 * A classifier learns from pictures in one range of colours and is tested on others.
 */
import { checkChoice, checkCount, checkOptions } from '../check.js';
import { drawObjects, type ObjectImages, type Palette, palettes, toGreyScale } from '../data/objects.js';
import { type Dataset, dataset } from '../dataset.js';
import { createEngine } from '../engine.js';
import { evaluateWith, networkPopulationStatistics } from '../evaluate.js';
import { Random } from '../random.js';
import { type TrainingResult, trainNetwork } from '../train.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';

export interface ObjectClassifierConfig {
  /** One run for each; every run draws its own pictures and weights. Left out: by size. */
  seeds?: number[];
  /** Pictures to learn from, and to test on, for each palette. Left out: by size. */
  trainCount?: number;
  testCount?: number;
  /** Minibatches of 50. Left out: by size. */
  steps?: number;
  /** Left out: 0.05. */
  learningRate?: number;
}

/** What `objectShift` can be told. */
export interface ObjectShiftConfig extends ObjectClassifierConfig {
  /** The pictures to learn from. Left out: `warm cats`. */
  trainedOn?: Palette;
}

/** Accuracy of the classifiers on one kind of pictures, one number from 0 to 1 for each seed. */
export interface ObjectScore {
  trainedOn: Palette;
  testedOn: Palette;
  /** Both the training and the test pictures went through the grey-scale transform. */
  grey: boolean;
  accuracy: number[];
}

/** What `objectShift` gives back. */
export interface ObjectShiftResult {
  config: Required<ObjectShiftConfig>;
  scores: ObjectScore[];
  /** The signal ended it before every seed was done. */
  stopped: boolean;
}

const known = ['seeds', 'trainCount', 'testCount', 'steps', 'learningRate'];
const BATCH = 50;
/**
 * About the brightness of the paper, subtracted from every input: without it most inputs are large and positive,
 * and the first steps kill the ReLUs of a network without BN.
 */
export const PAPER = 0.8;

function complete(name: string, config: ObjectClassifierConfig, more: string[]) {
  checkOptions(name, config, [...known, ...more]);
  const {
    seeds = bySize({ small: [1], lecture: [1, 2], full: [1, 2, 3, 4, 5] }),
    trainCount = bySize({ small: 1000, lecture: 1000, full: 4000 }),
    testCount = bySize({ small: 400, lecture: 500, full: 2000 }),
    steps = bySize({ small: 250, lecture: 300, full: 1500 }),
    learningRate = 0.05,
  } = config;
  checkCount('the number of seeds', seeds.length);
  checkCount('trainCount', trainCount, BATCH);
  checkCount('testCount', testCount);
  return { seeds, trainCount, testCount, steps, learningRate };
}

/** Pictures as examples with two classes, 1 for a cat. */
export function asDataset(pictures: ObjectImages, grey: boolean): Dataset {
  const { size, labels } = pictures;
  const images = grey ? toGreyScale(pictures.images) : pictures.images;
  return dataset(
    images.map((value) => value - PAPER),
    labels,
    size * size * 3,
    2,
  );
}

function train(
  data: Dataset,
  batchNorm: boolean,
  seed: number,
  config: ReturnType<typeof complete>,
  signal?: AbortSignal,
) {
  return trainNetwork(
    { sizes: [data.features, 64, 32, 2], activation: 'relu', batchNorm, initial: { kind: 'he' } },
    {
      train: data,
      steps: config.steps,
      batchSize: BATCH,
      learningRate: config.learningRate,
      seed: `objects ${seed}`,
      statistics: 'population',
      populationBatches: Math.min(20, Math.floor(data.count / BATCH)),
      signal,
    },
  );
}

const accuracyOf = (result: TrainingResult, test: Dataset) =>
  evaluateWith(createEngine('simd', result.network, 1), test).accuracy;

/**
 * Trains classifiers on one palette and tests them on all three, with the pictures as they are and after the
 * grey-scale transform. A dense network 3072-64-32-2 with ReLU and no BN, SGD.
 *
 * @returns accuracies per seed; the same seeds give the same numbers
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const small = { seeds: [1], trainCount: 100, testCount: 50, steps: 20 };
 * const { scores } = await objectShift(small);
 * console.log(scores.length); // prints 6
 */
export async function objectShift(
  config: ObjectShiftConfig = {},
  running: Running = {},
): Promise<ObjectShiftResult> {
  const { trainedOn = 'warm cats' } = config;
  checkChoice('trainedOn', trainedOn, palettes);
  const all = complete('objectShift', config, ['trainedOn']);
  const scores: ObjectScore[] = [];
  for (const testedOn of palettes) {
    for (const grey of [false, true]) scores.push({ trainedOn, testedOn, grey, accuracy: [] });
  }
  let stopped = false;
  const total = 2 * all.seeds.length;
  for (const [s, seed] of all.seeds.entries()) {
    const random = new Random(seed);
    const pictures = drawObjects(all.trainCount, { palette: trainedOn, random: random.fork('train') });
    const tests = palettes.map((palette) =>
      drawObjects(all.testCount, { palette, random: random.fork(`test ${palette}`) }),
    );
    for (const grey of [false, true]) {
      stopped ||= !(await mayGoOn(running.signal));
      if (stopped) break;
      const result = await train(asDataset(pictures, grey), false, seed, all, running.signal);
      // A half-trained classifier's accuracy would look like a finding.
      stopped ||= result.aborted;
      if (stopped) break;
      for (const [i, testedOn] of palettes.entries()) {
        const score = scores.find((each) => each.testedOn === testedOn && each.grey === grey);
        score?.accuracy.push(accuracyOf(result, asDataset(tests[i], grey)));
      }
      running.onProgress?.(2 * s + (grey ? 2 : 1), total, `seed ${seed}${grey ? ', grey' : ''}`);
    }
    if (stopped) break;
  }
  return {
    config: { trainedOn, ...all },
    scores: scores.filter((score) => score.accuracy.length > 0),
    stopped,
  };
}

/** What `statisticsAdaptation` can be told. */
export interface AdaptationConfig extends ObjectClassifierConfig {
  /** The labelled pictures to learn from. Left out: `warm cats`. */
  source?: Palette;
  /** The new pictures, used without their labels. Left out: `black and white`. */
  target?: Palette;
}

/** What `statisticsAdaptation` gives back: accuracies, from 0 to 1, one for each seed. */
export interface AdaptationResult {
  config: Required<AdaptationConfig>;
  /** Accuracy on pictures like those of training, one number for each seed. */
  home: number[];
  /** Accuracy on the new pictures with the statistics of the old. */
  before: number[];
  /** Accuracy on the new pictures after their own statistics have been measured. */
  after: number[];
  stopped: boolean;
}

/**
 * Domain adaptation by the statistics alone (AdaBN: Li et al. 2016, arXiv 1603.04779): a network with BN is
 * trained on the source; then the means and variances of its BN layers are measured again on pictures of the
 * target, without labels and without changing a weight.
 *
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const small = { seeds: [1], trainCount: 100, testCount: 50, steps: 20 };
 * const { home, before, after } = await statisticsAdaptation(small);
 * console.log(home.length, before.length, after.length); // prints 1 1 1
 */
export async function statisticsAdaptation(
  config: AdaptationConfig = {},
  running: Running = {},
): Promise<AdaptationResult> {
  const { source = 'warm cats', target = 'black and white' } = config;
  checkChoice('source', source, palettes);
  checkChoice('target', target, palettes);
  const all = complete('statisticsAdaptation', config, ['source', 'target']);
  const [home, before, after]: number[][] = [[], [], []];
  let stopped = false;
  for (const [s, seed] of all.seeds.entries()) {
    stopped ||= !(await mayGoOn(running.signal));
    if (stopped) break;
    const random = new Random(seed);
    const draw = (palette: Palette, count: number, label: string) =>
      asDataset(drawObjects(count, { palette, random: random.fork(`${label} ${palette}`) }), false);
    const result = await train(draw(source, all.trainCount, 'train'), true, seed, all, running.signal);
    stopped ||= result.aborted;
    if (stopped) break;
    const engine = createEngine('simd', result.network, 1);
    const test = draw(target, all.testCount, 'test');
    home.push(evaluateWith(engine, draw(source, all.testCount, 'test')).accuracy);
    before.push(evaluateWith(engine, test).accuracy);
    const unlabelled = draw(target, all.trainCount, 'unlabelled');
    const batches = Math.floor(all.trainCount / BATCH);
    engine.setStatistics(
      networkPopulationStatistics(engine, unlabelled, BATCH, batches, random.fork('adaptation')),
    );
    after.push(evaluateWith(engine, test).accuracy);
    running.onProgress?.(s + 1, all.seeds.length, `seed ${seed}`);
  }
  return { config: { source, target, ...all }, home, before, after, stopped };
}
