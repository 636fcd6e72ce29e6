/**
 * What BN makes of one and the same example in different company: its normalised input in training, with the
 * statistics of minibatches of m in which it stands beside m - 1 others that are drawn anew each time.
 */
import { checkCount, checkOptions } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { firstExamples, gather } from '../dataset.js';
import { dense } from '../dense.js';
import { initialWeights } from '../initialise.js';
import { Random } from '../random.js';
import { columnMoments, DEFAULT_EPSILON } from '../transform.js';
import { bySize } from './size.js';

/** What `companions` can be told. */
export interface CompanionsConfig {
  /** Examples in a minibatch, at least 2. Left out: 8. */
  m?: number;
  /** Minibatches. Left out: by size. */
  draws?: number;
  /** Left out: 1. */
  seed?: number;
  /** Which of the training images to follow. Left out: 0. */
  example?: number;
  /** Training images that the companions are drawn from. Left out: 2000. */
  population?: number;
}

/** What `companions` gives back. Lists have one number for each minibatch. */
export interface CompanionsResult {
  config: Required<CompanionsConfig>;
  /** (mean of the minibatch - mean) / standard deviation, the latter two of the population. */
  means: number[];
  /** Standard deviation of the minibatch over that of the population. */
  stds: number[];
  /** x̂ of the example with the statistics of this minibatch. */
  outputs: number[];
  /** x̂ of the example with the statistics of the population: what inference gives. */
  atInference: number;
}

/**
 * Follows one training image through the input of one first-layer unit (MNIST, Xavier's weights). Reference code.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const { outputs } = companions({ m: 4, draws: 10, population: 50 });
 * console.log(outputs.length, new Set(outputs).size); // prints 10 10
 */
export function companions(config: CompanionsConfig = {}): CompanionsResult {
  checkOptions('companions', config, ['m', 'draws', 'seed', 'example', 'population']);
  const {
    m = 8,
    draws = bySize({ small: 200, lecture: 400, full: 2000 }),
    seed = 1,
    example = 0,
    population = 2000,
  } = config;
  checkCount('m', m, 2);
  checkCount('draws', draws);
  checkCount('example', example, 0);
  checkCount('population', population, m + 1);
  if (example >= population) {
    throw new RangeError(`example must be below the population's ${population}, found ${example}`);
  }
  const random = new Random(seed);
  const data = firstExamples(loadMnist().train, population);
  const weights = initialWeights({ kind: 'xavier' }, data.features, 1, random.fork('weights'));
  const { x } = gather(
    data,
    Uint32Array.from({ length: population }, (_, i) => i),
  );
  const u = dense(x, weights, null, population, data.features, 1);
  const whole = columnMoments(u, population, 1);
  const [mean, std] = [whole.mean[0], Math.sqrt(whole.variance[0])];
  const others = Uint32Array.from({ length: population - 1 }, (_, i) => (i < example ? i : i + 1));
  const minibatch = new Float64Array(m);
  const result: CompanionsResult = {
    config: { m, draws, seed, example, population },
    ...{ means: [], stds: [], outputs: [] },
    atInference: (u[example] - mean) / Math.sqrt(whole.variance[0] + DEFAULT_EPSILON),
  };
  const order = random.fork('companions');
  for (let draw = 0; draw < draws; draw++) {
    minibatch[0] = u[example];
    for (let i = 0; i < m - 1; i++) {
      // The first steps of a Fisher-Yates shuffle: companions without replacement.
      const other = i + order.integer(others.length - i);
      [others[i], others[other]] = [others[other], others[i]];
      minibatch[i + 1] = u[others[i]];
    }
    const batch = columnMoments(minibatch, m, 1);
    result.means.push((batch.mean[0] - mean) / std);
    result.stds.push(Math.sqrt(batch.variance[0]) / std);
    result.outputs.push((u[example] - batch.mean[0]) / Math.sqrt(batch.variance[0] + DEFAULT_EPSILON));
  }
  return result;
}
