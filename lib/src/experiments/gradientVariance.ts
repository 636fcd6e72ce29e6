/**
 * The gradient of a minibatch estimates the gradient of the whole training set (Ioffe and Szegedy 2015, section 1):
 * how far off it is, against m, and what an example costs, against m.
 */
import { checkCount, checkOptions } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { loadMnist } from '../data/mnist.js';
import { firstExamples, gather, MinibatchOrder } from '../dataset.js';
import { createEngine } from '../engine.js';
import { softmaxCrossEntropy } from '../loss.js';
import { createNetwork, type Network } from '../network.js';
import { networkBackward, networkForward } from '../networkPass.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import { mayGoOn, type Running } from './running.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import { distance, norm } from './vectors.js';

/** What `gradientVariance` can be told. */
export interface GradientVarianceConfig {
  /** Left out: by size, powers of two. */
  batchSizes?: number[];
  /** Left out: without and with BN. */
  batchNorm?: boolean[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches drawn for each m. Left out: by size. */
  draws?: number;
  /** Training examples that make up the whole set. Left out: by size. */
  population?: number;
  /** Units of the one hidden layer (ReLU). Left out: by size. */
  hidden?: number;
}

/** The estimates at one m. */
export interface GradientVarianceCell {
  m: number;
  batchNorm: boolean;
  seed: number;
  /** E |g_B - E g_B|^2 over the drawn minibatches: the sum of the variances of all components (divisor draws - 1). */
  variance: number;
  /**
   * What drawing without replacement from N examples must give: (s^2 / m) (N - m) / (N - 1), with s^2 the variance
   * of one example's gradient. Null with BN, where an example by itself has no gradient.
   */
  expected: number | null;
  /** |mean of the drawn g_B - gradient of the whole set| / |gradient of the whole set|. */
  bias: number;
  /** What `bias` would be from the noise of so few draws alone: sqrt(variance / draws) / |gradient of the whole set|. */
  noise: number;
}

/** What `gradientVariance` gives back. */
export interface GradientVarianceResult {
  config: Required<GradientVarianceConfig>;
  cells: GradientVarianceCell[];
  planned: number;
  stopped: boolean;
}

/** How `gradientVariance` is run: progress, a signal, and results as they come. */
export interface GradientVarianceRunning extends Running {
  /** Called with all that is finished: give it to a live figure. */
  onResult?: (soFar: GradientVarianceResult) => void;
}

/**
 * Draws minibatches without replacement from the first examples of MNIST's training set, at initialisation, and
 * compares the variance of their gradients with s^2/m. Reference code, float64, on all cores.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const small = { batchSizes: [2, 4], seeds: [1], draws: 3, population: 20, hidden: 4 };
 * const { cells, planned } = await gradientVariance(small, { workers: 0 });
 * console.log(cells.length === planned); // prints true
 */
export async function gradientVariance(
  config: GradientVarianceConfig = {},
  running: GradientVarianceRunning = {},
): Promise<GradientVarianceResult> {
  checkOptions('gradientVariance', config, [
    ...['batchSizes', 'batchNorm', 'seeds', 'draws', 'population', 'hidden'],
  ]);
  const {
    batchSizes = bySize({
      small: [2, 4, 8, 16, 32],
      lecture: [2, 4, 8, 16, 32, 64, 128],
      full: [2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    batchNorm = [false, true],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    draws = bySize({ small: 60, lecture: 60, full: 400 }),
    population = bySize({ small: 500, lecture: 1000, full: 10_000 }),
    hidden = bySize({ small: 8, lecture: 16, full: 32 }),
  } = config;
  checkCount('draws', draws, 2);
  checkCount('population', population, 2);
  checkCount('hidden', hidden);
  for (const m of batchSizes) {
    checkCount('batchSizes', m, batchNorm.includes(true) ? 2 : 1);
    if (m > population) {
      throw new RangeError(`batchSizes must be at most the population's ${population} examples, found ${m}`);
    }
  }
  checkCount('the number of runs', batchSizes.length * batchNorm.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    // The largest take longest: first, so that no core waits for the last of them.
    [...batchSizes]
      .sort((a, b) => b - a)
      .flatMap((m) => batchNorm.map((bn) => ({ m, batchNorm: bn, seed, draws, population, hidden }))),
  );
  const all = { batchSizes, batchNorm, seeds, draws, population, hidden };
  const result: GradientVarianceResult = { config: all, cells: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.cells): void => {
    result.cells = finished;
  };
  return runPlan(gradientVarianceRun, plan, sharedMnist, result, running, put, (input) => `m = ${input.m}`);
}

interface VarianceInput extends Pick<GradientVarianceCell, 'm' | 'batchNorm' | 'seed'> {
  draws: number;
  population: number;
  hidden: number;
}

/** One m, with or without BN, for one seed. */
export const gradientVarianceRun: Task<VarianceInput, GradientVarianceCell, Mnist> = {
  name: 'gradientVariance',
  async run({ draws, population, hidden, ...cell }, { shared, signal }) {
    const { m, batchNorm, seed } = cell;
    const random = new Random(seed);
    const data = firstExamples(shared.train, population);
    const network = createNetwork(
      {
        sizes: [data.features, hidden, data.classes],
        activation: 'relu',
        batchNorm,
        initial: { kind: 'he' },
      },
      random.fork('weights'),
    );
    const gradientOn = (indices: ArrayLike<number>): Float64Array => {
      const batch = gather(data, indices);
      return gradient(network, Float64Array.from(batch.x), batch.labels, batch.m);
    };
    const everyone = Uint32Array.from({ length: population }, (_, i) => i);
    const whole = gradientOn(everyone);
    let expected: number | null = null;
    if (!batchNorm) {
      let square = 0;
      for (let i = 0; i < population; i++) {
        square += norm(gradientOn([i])) ** 2;
        if (i % 200 === 0 && !(await mayGoOn(signal))) break;
      }
      const one = square / population - norm(whole) ** 2;
      expected = ((one / m) * (population - m)) / (population - 1);
    }
    const sum = new Float64Array(whole.length);
    let squares = 0;
    for (let draw = 0; draw < draws; draw++) {
      // A fresh order for each draw: minibatches of one epoch would depend on each other.
      const order = new MinibatchOrder(population, m, random.fork(`draw ${m} ${draw}`));
      const g = gradientOn(order.draw());
      for (let i = 0; i < g.length; i++) sum[i] += g[i] - whole[i];
      squares += distance(g, whole) ** 2;
      if (draw % 10 === 0 && !(await mayGoOn(signal))) break;
    }
    const away = norm(sum) / draws;
    const variance = (squares - draws * away ** 2) / (draws - 1);
    const length = norm(whole);
    return { ...cell, variance, expected, bias: away / length, noise: Math.sqrt(variance / draws) / length };
  },
};

/** All parameters' gradients in one vector. */
function gradient(network: Network, x: Float64Array, labels: Uint8Array, m: number): Float64Array {
  const pass = networkForward(network, x, m, 'training');
  const k = network.layers[network.layers.length - 1].outputs;
  const layers = networkBackward(network, pass, softmaxCrossEntropy(pass.logits, labels, m, k).gradient);
  const parts = layers.flatMap(({ weights, bias, gamma, beta }) =>
    [weights, bias, gamma, beta].filter((part) => part !== null),
  );
  const vector = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    vector.set(part, at);
    at += part.length;
  }
  return vector;
}

/** What `timePerExample` can be told. */
export interface TimePerExampleConfig {
  /** Left out: 1 to 1024, powers of two (from 2 with BN). */
  batchSizes?: number[];
  /** Units in each of the three hidden layers. Left out: 100. */
  hidden?: number;
  /** Milliseconds to measure for each m. Left out: by size. */
  milliseconds?: number;
}

/** What one example costs in a minibatch of m. */
export interface TimePerExample {
  m: number;
  batchNorm: boolean;
  /** Time of one training step divided by m, in microseconds: the median over the steps that were measured. */
  microseconds: number;
}

/** What `timePerExample` gives back. */
export interface TimePerExampleResult {
  config: Required<TimePerExampleConfig>;
  times: TimePerExample[];
  stopped: boolean;
}

/**
 * Measures what one example costs in a training step of the SIMD engine (sigmoid, 784-100-100-100-10), against m, on
 * one core. Times are this machine's at this moment: unlike all else here they differ from run to run.
 *
 * @example
 * const { times } = await timePerExample({ batchSizes: [2, 4], hidden: 8, milliseconds: 1 });
 * console.log(times.every(({ microseconds }) => microseconds > 0)); // prints true
 */
export async function timePerExample(
  config: TimePerExampleConfig = {},
  running: Running = {},
): Promise<TimePerExampleResult> {
  checkOptions('timePerExample', config, ['batchSizes', 'hidden', 'milliseconds']);
  const {
    batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    hidden = 100,
    milliseconds = bySize({ small: 10, lecture: 150, full: 1000 }),
  } = config;
  for (const m of batchSizes) checkCount('batchSizes', m);
  checkCount('hidden', hidden);
  checkCount('milliseconds', milliseconds);
  const { train } = loadMnist();
  const plan = [false, true].flatMap((batchNorm) =>
    batchSizes.filter((m) => !batchNorm || m > 1).map((m) => ({ m, batchNorm })),
  );
  const times: TimePerExample[] = [];
  for (const { m, batchNorm } of plan) {
    if (!(await mayGoOn(running.signal))) break;
    const random = new Random(1);
    const definition = {
      sizes: [784, hidden, hidden, hidden, 10],
      activation: 'sigmoid' as const,
      batchNorm,
    };
    const engine = createEngine('simd', createNetwork(definition, random), 0.1);
    const order = new MinibatchOrder(train.count, m, random);
    // The first steps compile the code and lay out memory.
    for (let step = 0; step < 10; step++) engine.stepOn(train, order.draw(), 0.1);
    const steps: number[] = [];
    const start = performance.now();
    while (performance.now() - start < milliseconds || steps.length < 5) {
      const before = performance.now();
      engine.stepOn(train, order.draw(), 0.1);
      steps.push(performance.now() - before);
    }
    steps.sort((a, b) => a - b);
    times.push({ m, batchNorm, microseconds: (1000 * steps[Math.floor(steps.length / 2)]) / m });
    running.onProgress?.(times.length, plan.length, `m = ${m}`);
  }
  return { config: { batchSizes, hidden, milliseconds }, times, stopped: times.length < plan.length };
}
