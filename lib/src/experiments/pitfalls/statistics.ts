/** Bugs in how statistics are taken: the momentum's two conventions, the divisor, unequal workers. */
import { mergeMoments } from '../../moments.js';
import { MovingAverage } from '../../movingAverage.js';
import { populationStatistics } from '../../population.js';
import { Random } from '../../random.js';
import { columnMoments } from '../../transform.js';
import { brief, type Pitfall } from './pitfall.js';

const MOMENTUM = 0.99;

/** Keras' momentum is the weight of the old state; the bug takes it for PyTorch's, the weight of the new value. */
const averageOf = (buggy: boolean) =>
  new MovingAverage([0], buggy ? { newWeight: MOMENTUM } : { decay: MOMENTUM });

export const momentum: Pitfall = {
  room: 'statistics',
  bug: 'Momentum 0.99, meant as the weight of the old average (Keras), is given to code that takes it for the weight of the new minibatch (PyTorch).',
  symptom: 'The moving average jumps about with each minibatch: it is hardly an average at all.',
  test: 'After t equal values c the average must be c (1 − 0.99^t).',
  curves: (seed) => {
    const random = new Random(seed);
    const [right, buggy] = [averageOf(false), averageOf(true)];
    const points = Array.from({ length: 300 }, (_, step) => {
      // The mean of a minibatch of 16 from a feature with mean 3 and standard deviation 2.
      const mean = 3 + (2 / 4) * random.normal();
      right.update([mean]);
      buggy.update([mean]);
      return { at: step + 1, right: right.state[0], buggy: buggy.state[0] };
    });
    return { x: 'step', y: 'moving average of the mean (truth: 3)', points };
  },
  check: (buggy) => {
    const average = averageOf(buggy);
    for (let t = 0; t < 50; t++) average.update([2]);
    const expected = 2 * (1 - MOMENTUM ** 50);
    const found = average.state[0];
    return {
      passes: Math.abs(found - expected) < 1e-9,
      found: `after 50 values of 2 it is ${brief(found)}, expected ${brief(expected)}`,
    };
  },
};

/** The population variance from minibatches of m, with the factor m/(m - 1) or without. */
function estimatedVariance(buggy: boolean, m: number, seed: number): number {
  const random = new Random(seed);
  const minibatches = Array.from({ length: 4000 }, () => {
    const x = Float64Array.from({ length: m }, () => 5 + random.normal());
    return { m, ...columnMoments(x, m, 1) };
  });
  const biased = minibatches.reduce((sum, { variance }) => sum + variance[0], 0) / minibatches.length;
  return buggy ? biased : populationStatistics(minibatches).variance[0];
}

export const biasedVariance: Pitfall = {
  room: 'statistics',
  bug: 'The variances of the minibatches are averaged as they are, without the factor m/(m − 1) of Algorithm 2, line 10.',
  symptom:
    'At inference the variance is too small by 1/m: harmless for m = 256, a quarter too small for m = 4.',
  test: 'With minibatches of 4 from a known distribution, the estimate must come within 5 % of its variance.',
  curves: (seed) => ({
    x: 'minibatch size m',
    y: 'estimated variance (truth: 1)',
    logX: true,
    points: [2, 4, 8, 16, 32, 64].map((m) => ({
      at: m,
      right: estimatedVariance(false, m, seed),
      buggy: estimatedVariance(true, m, seed),
    })),
  }),
  check: (buggy, seed) => {
    const found = estimatedVariance(buggy, 4, seed);
    return { passes: Math.abs(found - 1) < 0.05, found: `it is ${brief(found)}, the truth is 1` };
  },
};

/** Two workers with `small` and 64 - `small` examples of different brightness; how far the joint mean is off. */
function jointMeanError(buggy: boolean, small: number, seed: number): number {
  const random = new Random(seed);
  const draw = (m: number, mean: number) => Float64Array.from({ length: m }, () => mean + random.normal());
  const shards = [draw(small, 2), draw(64 - small, 0)];
  const truth = columnMoments(Float64Array.from([...shards[0], ...shards[1]]), 64, 1).mean[0];
  const parts = shards.map((x) => ({ m: x.length, ...columnMoments(x, x.length, 1) }));
  const found = buggy ? (parts[0].mean[0] + parts[1].mean[0]) / 2 : mergeMoments(parts).mean[0];
  return Math.abs(found - truth);
}

export const unequalWorkers: Pitfall = {
  room: 'deployment',
  bug: 'Synchronised BN averages the means of its workers, although the last worker has fewer examples.',
  symptom:
    'Right as long as all workers have equally many; off at the end of each epoch, when one of them has a few left.',
  test: 'Workers with 60 and 4 examples must give the mean of all 64, to rounding.',
  curves: (seed) => ({
    x: 'examples of the smaller worker, of 64',
    y: 'error of the joint mean',
    points: [2, 4, 8, 16, 24, 32].map((small) => ({
      at: small,
      right: jointMeanError(false, small, seed),
      buggy: jointMeanError(true, small, seed),
    })),
  }),
  check: (buggy, seed) => {
    const found = jointMeanError(buggy, 4, seed);
    return { passes: found < 1e-12, found: `the joint mean is off by ${brief(found)}` };
  },
};
