/** Bugs of arithmetic: epsilon outside the root, cancellation, a constant channel. */
import { Random } from '../../random.js';
import { batchNorm, columnMoments } from '../../transform.js';
import { brief, type Pitfall } from './pitfall.js';

const EPSILON = 1e-5;

/** The standard deviation that comes out of BN when `std` goes in. */
function normalisedStd(buggy: boolean, std: number, seed: number): number {
  const random = new Random(seed);
  const x = Float64Array.from({ length: 200 }, () => std * random.normal());
  const { mean, variance } = columnMoments(x, x.length, 1);
  const y = buggy
    ? x.map((value) => (value - mean[0]) / (Math.sqrt(variance[0]) + EPSILON))
    : batchNorm(x, x.length, 1, { epsilon: EPSILON }).y;
  return Math.sqrt(columnMoments(y, x.length, 1).variance[0]);
}

export const epsilonOutside: Pitfall = {
  room: 'arithmetic',
  bug: 'ε is added to the standard deviation, outside of the root, instead of to the variance.',
  symptom:
    'For ordinary features no difference can be seen. A feature that hardly varies is blown up to full size, noise and all.',
  test: 'A feature with standard deviation 0.001 must come out with √(v / (v + ε)).',
  curves: (seed) => ({
    x: 'standard deviation that goes in',
    y: 'standard deviation that comes out',
    logX: true,
    points: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1].map((std) => ({
      at: std,
      right: normalisedStd(false, std, seed),
      buggy: normalisedStd(true, std, seed),
    })),
  }),
  check: (buggy, seed) => {
    const random = new Random(seed);
    const x = Float64Array.from({ length: 200 }, () => 0.001 * random.normal());
    const v = columnMoments(x, x.length, 1).variance[0];
    const expected = Math.sqrt(v / (v + EPSILON));
    const found = normalisedStd(buggy, 0.001, seed);
    return {
      passes: Math.abs(found - expected) < 1e-6,
      found: `it comes out with ${brief(found)}, expected ${brief(expected)}`,
    };
  },
};

/** E[x²] - E[x]² with float32 sums, as a kernel in one pass computes it: it cancels where the mean is large. */
export function onePassVariance(x: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of x) {
    sum = Math.fround(sum + value);
    squares = Math.fround(squares + Math.fround(value * value));
  }
  const m = x.length;
  return Math.fround(Math.fround(squares / m) - Math.fround(Math.fround(sum / m) ** 2));
}

/** The variance of 256 float32 numbers around `mean`, whose deviations have variance 1 exactly. */
function float32Variance(buggy: boolean, mean: number, seed: number): number {
  const random = new Random(seed);
  const z = Float64Array.from({ length: 256 }, () => random.normal());
  const own = columnMoments(z, 256, 1);
  const x = Float32Array.from(z, (value) => mean + (value - own.mean[0]) / Math.sqrt(own.variance[0]));
  if (!buggy) return columnMoments(x, 256, 1).variance[0];
  return onePassVariance(x);
}

export const cancellation: Pitfall = {
  room: 'arithmetic',
  bug: 'The variance is computed as E[x²] − E[x]² in float32.',
  symptom:
    'With a mean of 10,000 the two are both about 10⁸, and their difference is rounding: it can even be negative.',
  test: 'The variance must not change when 10,000 is added to every value.',
  curves: (seed) => ({
    x: 'mean of the feature',
    y: 'variance (truth: 1)',
    logX: true,
    points: [1, 10, 100, 1000, 3000, 10_000].map((mean) => ({
      at: mean,
      right: float32Variance(false, mean, seed),
      buggy: float32Variance(true, mean, seed),
    })),
  }),
  check: (buggy, seed) => {
    const [before, after] = [0, 10_000].map((mean) => float32Variance(buggy, mean, seed));
    return {
      passes: Math.abs(after - before) < 0.01,
      found: `it is ${brief(before)} before and ${brief(after)} after`,
    };
  },
};

/** BN of a channel that is 3 for every example but for differences of `noise`. */
function nearlyConstant(buggy: boolean, noise: number): number[] {
  const x = Float64Array.from({ length: 8 }, (_, i) => 3 + noise * (i % 2 === 0 ? 1 : -1));
  const epsilon = buggy ? 0 : EPSILON;
  const { mean, variance } = columnMoments(x, 8, 1);
  return Array.from(x, (value) => (value - mean[0]) / Math.sqrt(variance[0] + epsilon));
}

export const constantChannel: Pitfall = {
  room: 'arithmetic',
  bug: 'BN without ε meets a channel that is the same for all examples: a dead ReLU, a border pixel.',
  symptom:
    'It is 0/0: NaN, which one step later is in every weight. And before that, the smallest difference becomes ±1.',
  test: 'A constant channel must come out as 0, all of it.',
  curves: () => ({
    x: 'differences in the channel',
    y: 'size after BN',
    logX: true,
    points: [1e-8, 1e-6, 1e-4, 1e-2, 1].map((noise) => ({
      at: noise,
      right: Math.abs(nearlyConstant(false, noise)[0]),
      buggy: Math.abs(nearlyConstant(true, noise)[0]),
    })),
  }),
  check: (buggy) => {
    const y = nearlyConstant(buggy, 0);
    return {
      passes: y.every((value) => value === 0),
      found: `it comes out as ${[...new Set(y)].join(', ')}`,
    };
  },
};
