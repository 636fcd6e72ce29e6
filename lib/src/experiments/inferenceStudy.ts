/**
 * What BN uses when training is over (Ioffe and Szegedy 2015, section 3.1 and Algorithm 2): exact averages over
 * minibatches against moving averages early and late, testing by batches instead, and the fold, which changes nothing.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { type Dataset, firstExamples, gather, MinibatchOrder } from '../dataset.js';
import { createEngine, type LayerStatistics } from '../engine.js';
import { evaluateWith, networkPopulationStatistics } from '../evaluate.js';
import { foldNetwork } from '../foldNetwork.js';
import { newWeightOf, RunningStatistics } from '../movingAverage.js';
import { createNetwork, type Network } from '../network.js';
import { networkForward } from '../networkPass.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import { mayGoOn } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import type { SweepingRunning } from './trainingRun.js';
import { largestDifference } from './vectors.js';

/** What `inferenceStudy` can be told. */
export interface InferenceConfig {
  /** Left out: by size. */
  seeds?: number[];
  /** After which steps to compare. Left out: by size; 20, 100, 1000 and some between at lecture size. */
  steps?: number[];
  /** Weights of the new minibatch in the moving averages. Left out: 0.1 (PyTorch's default) and 0.01 (Keras'). */
  newWeights?: number[];
  /** Sizes of the test batches that are normalised with their own statistics. Left out: by size. */
  testBatches?: number[];
  /** Left out: 0.5. */
  learningRate?: number;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One network at one moment of its training. Accuracies are from 0 to 1. */
export interface InferenceLook {
  seed: number;
  step: number;
  /** With exact averages over 100 minibatches of the training data. */
  population: number;
  /** With a moving average, one for each of the config's `newWeights`. */
  movingAverage: number[];
  /** Test batches normalised with their own statistics, one for each of the config's `testBatches`. */
  byBatches: number[];
  /** Largest difference of a logit between the network and its fold, where every BN is gone. */
  foldDifference: number;
  /** Largest difference of a logit between an example alone and the same among 50. */
  aloneDifference: number;
  /** The same with statistics of the batch, among other 49: what is said of an example depends on its company. */
  companyDifference: number;
}

/** What `inferenceStudy` gives back. */
export interface InferenceResult {
  config: Required<InferenceConfig>;
  /** In the order of the seeds, and of the steps. */
  looks: InferenceLook[];
  /** Runs, one for each seed. */
  planned: number;
  stopped: boolean;
}

/**
 * Trains 784-h-h-h-10 (sigmoid, BN, minibatches of 60) on MNIST once for each seed, and tests the same weights with
 * different statistics at several moments. `onResult` gets the looks at runs that are under way, too.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: [2, 4], testBatches: [2, 10], hidden: 4, testCount: 50 };
 * const { stopped } = await inferenceStudy(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function inferenceStudy(
  config: InferenceConfig = {},
  running: SweepingRunning<InferenceResult> = {},
): Promise<InferenceResult> {
  checkOptions('inferenceStudy', config, [
    ...['seeds', 'steps', 'newWeights', 'testBatches', 'learningRate', 'hidden', 'testCount'],
  ]);
  const {
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({
      small: [20, 100],
      lecture: [5, 10, 20, 50, 100, 200, 500, 1000],
      full: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
    }),
    newWeights = [0.1, 0.01],
    testBatches = bySize({
      small: [2, 10, 50],
      lecture: [2, 3, 5, 10, 20, 50, 100],
      full: [2, 3, 5, 10, 20, 50, 100, 500],
    }),
    learningRate = 0.5,
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    testCount = bySize({ small: 500, lecture: 1000, full: 5000 }),
  } = config;
  checkCount('the number of runs', seeds.length * steps.length);
  for (const step of steps) checkCount('steps', step);
  for (const newWeight of newWeights) newWeightOf({ newWeight });
  checkCount('testCount', testCount, 50);
  for (const m of testBatches) {
    checkCount('testBatches', m, 2);
    checkCount(`testCount (of which m = ${m} makes a batch)`, testCount, m);
  }
  checkPositive('learningRate', learningRate);
  checkCount('hidden', hidden);
  const at = [...steps].sort((a, b) => a - b);
  const all = { seeds, steps: at, newWeights, testBatches, learningRate, hidden, testCount };
  const result: InferenceResult = { config: all, looks: [], planned: seeds.length, stopped: false };
  const plan = seeds.map((seed) => ({ ...all, seed }));
  const put = (runs: InferenceLook[][]): void => {
    result.looks = runs.flat();
  };
  return runPlan(inferenceRun, plan, sharedMnist, result, running, put, ({ seed }) => `seed ${seed}`);
}

type InferenceInput = Required<Omit<InferenceConfig, 'seeds'>> & { seed: number };

export const inferenceRun: Task<InferenceInput, InferenceLook[], Mnist> = {
  name: 'inferenceStudy',
  async run({ seed, steps, newWeights, testBatches, learningRate, hidden, testCount }, context) {
    const { train, test } = context.shared;
    const random = new Random(seed);
    const network = createNetwork(
      { sizes: [train.features, hidden, hidden, hidden, 10], activation: 'sigmoid', batchNorm: true },
      random.fork('weights'),
    );
    const engine = createEngine('simd', network, 1);
    const order = new MinibatchOrder(train.count, 60, random.fork('shuffle'));
    // A moving average for each weight and each BN layer: none of them has a say in training.
    const averages = newWeights.map((newWeight) =>
      [1, 2, 3].map(() => new RunningStatistics(hidden, { newWeight })),
    );
    const part = firstExamples(test, testCount);
    const looks: InferenceLook[] = [];
    const last = steps[steps.length - 1];
    for (let step = 1; step <= last; step++) {
      const indices = order.draw();
      const { x, m } = gather(train, indices);
      for (const [layer, { mean, variance }] of engine.minibatchStatistics(x, m).entries()) {
        for (const layers of averages) layers[layer].update({ m, mean, variance });
      }
      engine.stepOn(train, indices, learningRate);
      if (steps.includes(step)) {
        const accuracyWith = (statistics: readonly LayerStatistics[]): number => {
          engine.setStatistics(statistics);
          return evaluateWith(engine, part).accuracy;
        };
        const movingAverage = averages.map(accuracyWith);
        const exact = networkPopulationStatistics(engine, train, 60, 100, random.fork(`population ${step}`));
        const population = accuracyWith(exact);
        const trained = engine.network();
        looks.push({
          ...{ seed, step, population, movingAverage },
          byBatches: testBatches.map((size) => accuracyByBatches(trained, part, size)),
          ...differences(trained, part),
        });
        context.report(step, last, [...looks]);
      }
      if (step % 50 === 0 && !(await mayGoOn(context.signal))) break;
    }
    return looks;
  },
};

const range = (start: number, end: number): Uint32Array =>
  Uint32Array.from({ length: end - start }, (_, i) => start + i);

/** Accuracy when each batch of test examples is normalised with statistics of its own; a shorter last one is left out. */
function accuracyByBatches(network: Network, data: Dataset, size: number): number {
  let right = 0;
  const count = Math.floor(data.count / size);
  for (let batch = 0; batch < count; batch++) {
    const { x, labels, m } = gather(data, range(batch * size, (batch + 1) * size));
    const { logits } = networkForward(network, x, m, 'training');
    for (let i = 0; i < m; i++) {
      const row = logits.subarray(i * data.classes, (i + 1) * data.classes);
      right += row.indexOf(Math.max(...row)) === labels[i] ? 1 : 0;
    }
  }
  return right / (count * size);
}

/** Logits of the network against those of its fold, of one example alone, and of one example in other company. */
function differences(
  network: Network,
  data: Dataset,
): Pick<InferenceLook, 'foldDifference' | 'aloneDifference' | 'companyDifference'> {
  const logits = (of: Network, indices: Uint32Array, mode: 'training' | 'inference') => {
    const { x, m } = gather(data, indices);
    return networkForward(of, Float64Array.from(x), m, mode).logits;
  };
  const many = range(0, 50);
  const among = logits(network, many, 'inference');
  const first = (values: ArrayLike<number>) =>
    Float64Array.from({ length: data.classes }, (_, j) => values[j]);
  const other = range(0, 50).map((i) => (i === 0 ? 0 : data.count - i));
  return {
    foldDifference: largestDifference(logits(foldNetwork(network), many, 'inference'), among),
    aloneDifference: largestDifference(logits(network, range(0, 1), 'inference'), first(among)),
    companyDifference: largestDifference(
      first(logits(network, many, 'training')),
      first(logits(network, other, 'training')),
    ),
  };
}
