/** How far a minibatch's statistics are from the population's, against m: the noise that BN adds to training. */
import { checkCount, checkOptions } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { firstExamples, gather } from '../dataset.js';
import { dense } from '../dense.js';
import { initialWeights } from '../initialise.js';
import { Random } from '../random.js';
import { columnMoments } from '../transform.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';

/** What `statisticsNoise` can be told. */
export interface StatisticsNoiseConfig {
  /** Left out: by size, powers of two. */
  batchSizes?: number[];
  /** Left out: 1, 2, 3. */
  seeds?: number[];
  /** Minibatches drawn for each m. Left out: by size. */
  draws?: number;
  /** Training examples that make up the population. Left out: by size. */
  population?: number;
  /** Units whose inputs are looked at. Left out: 16. */
  units?: number;
}

/** One m for one seed; averages over the units. */
export interface StatisticsNoiseCell {
  m: number;
  seed: number;
  /** Mean of (mean_B - mean)^2 / variance: 1/m, but for drawing without replacement. */
  mean: number;
  /** Mean of (variance_B m/(m - 1) - variance)^2 / variance^2. */
  variance: number;
  /** Mean of variance_B / variance: (m - 1)/m, which Algorithm 2 corrects with m/(m - 1). */
  biased: number;
}

/** What `statisticsNoise` gives back. */
export interface StatisticsNoiseResult {
  config: Required<StatisticsNoiseConfig>;
  cells: StatisticsNoiseCell[];
  planned: number;
  stopped: boolean;
}

/**
 * Draws minibatches of the inputs of some first-layer units (MNIST, Xavier's weights) and compares their statistics
 * with those of all examples. Reference code, float64.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { batchSizes: [2, 4], seeds: [1], draws: 5, population: 40, units: 3 };
 * const { stopped } = await statisticsNoise(config);
 * console.log(stopped); // prints false
 */
export async function statisticsNoise(
  config: StatisticsNoiseConfig = {},
  running: Running = {},
): Promise<StatisticsNoiseResult> {
  checkOptions('statisticsNoise', config, ['batchSizes', 'seeds', 'draws', 'population', 'units']);
  const {
    batchSizes = bySize({
      small: [2, 8, 32],
      lecture: [2, 4, 8, 16, 32, 64, 128, 256],
      full: [2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    seeds = [1, 2, 3],
    draws = bySize({ small: 200, lecture: 400, full: 2000 }),
    population = bySize({ small: 1000, lecture: 4000, full: 20_000 }),
    units = 16,
  } = config;
  checkCount('draws', draws);
  checkCount('population', population, 2);
  checkCount('units', units);
  for (const m of batchSizes) {
    checkCount('batchSizes', m, 2);
    if (m > population) {
      throw new RangeError(`batchSizes must be at most the population's ${population} examples, found ${m}`);
    }
  }
  checkCount('the number of runs', batchSizes.length * seeds.length);
  const data = firstExamples(loadMnist().train, population);
  const planned = batchSizes.length * seeds.length;
  const cells: StatisticsNoiseCell[] = [];
  for (const seed of seeds) {
    const random = new Random(seed);
    const weights = initialWeights({ kind: 'xavier' }, data.features, units, random.fork('weights'));
    const { x } = gather(
      data,
      Uint32Array.from({ length: population }, (_, i) => i),
    );
    const u = Float64Array.from(dense(x, weights, null, population, data.features, units));
    for (const m of batchSizes) {
      if (!(await mayGoOn(running.signal))) break;
      cells.push({ m, seed, ...noiseAt(u, population, units, m, draws, random.fork(`m ${m}`)) });
      running.onProgress?.(cells.length, planned, `m = ${m}`);
    }
  }
  return {
    config: { batchSizes, seeds, draws, population, units },
    cells,
    planned,
    stopped: cells.length < planned,
  };
}

function noiseAt(
  u: Float64Array,
  population: number,
  d: number,
  m: number,
  draws: number,
  random: Random,
): Omit<StatisticsNoiseCell, 'm' | 'seed'> {
  const whole = columnMoments(u, population, d);
  const order = Uint32Array.from({ length: population }, (_, i) => i);
  const sums = { mean: 0, variance: 0, biased: 0 };
  const batch = new Float64Array(m * d);
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < m; i++) {
      // The first m steps of a Fisher-Yates shuffle: m examples without replacement.
      const other = i + random.integer(population - i);
      [order[i], order[other]] = [order[other], order[i]];
      batch.set(u.subarray(order[i] * d, (order[i] + 1) * d), i * d);
    }
    const { mean, variance } = columnMoments(batch, m, d);
    for (let j = 0; j < d; j++) {
      const ratio = variance[j] / whole.variance[j];
      sums.mean += (mean[j] - whole.mean[j]) ** 2 / whole.variance[j];
      sums.variance += ((ratio * m) / (m - 1) - 1) ** 2;
      sums.biased += ratio;
    }
  }
  const count = draws * d;
  return { mean: sums.mean / count, variance: sums.variance / count, biased: sums.biased / count };
}
