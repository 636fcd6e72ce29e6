/**
 * Why batch normalization does not whiten (Ioffe and Szegedy 2015, sections 2 and 3): the time and the memory that
 * whitening and its Jacobians take, against the number of features.
 */
import { batchNormBackward } from '../backward.js';
import { checkCount, checkOptions, type FloatArray } from '../check.js';
import { Random } from '../random.js';
import { batchNorm } from '../transform.js';
import { whiten } from '../whitening.js';
import { whitenBackward, whiteningJacobians } from '../whiteningBackward.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';

/** What `whiteningCost` can be told. */
export interface WhiteningCostConfig {
  /** Numbers of features d, each below m. Left out: powers of 2, by size. */
  features?: number[];
  /** Examples in the minibatch. Left out: 256. */
  m?: number;
  /** Each time is the shortest of so many. Left out: by size. */
  repeats?: number;
  /** Left out: 1. */
  seed?: number;
}

/** One number for each of the four computations. */
export interface FourCosts {
  /** BN forward and backward, with one mean and one variance for each feature. */
  batchNorm: number;
  /** Whitening forward: covariance, eigendecomposition, inverse root. */
  whitening: number;
  /** Whitening backward, without a Jacobian. */
  backward: number;
  /** dNorm(x, X)/dx and dNorm(x, X)/dX at one x. */
  jacobians: number;
}

/** The costs at one number of features. */
export interface WhiteningCostPoint {
  d: number;
  /** Of one call: the fastest of the repeats, which other programs disturbed least. */
  milliseconds: FourCosts;
  /** Size of what the computation must keep: statistics, matrices or Jacobians, without the m x d arrays. */
  bytes: FourCosts & {
    /** dNorm/dX at all m examples, as section 2 of the paper writes backprop down: m times as much, not computed. */
    jacobiansOfLayer: number;
  };
}

/** What `whiteningCost` gives back. */
export interface WhiteningCostResult {
  config: Required<WhiteningCostConfig>;
  points: WhiteningCostPoint[];
  /** The power of d with which each time grows, by least squares over the larger half of the features. */
  growth: FourCosts;
  /** The signal ended it early. */
  stopped: boolean;
}

export const costNames = ['batchNorm', 'whitening', 'backward', 'jacobians'] as const;

/**
 * Times BN, whitening, its backward pass and its Jacobians on a minibatch of m normal examples, and counts the bytes
 * of what they return. In theory the times grow as d, d^2 to d^3, d^2 to d^3 and d^3; memory as d, d^2, d^2 and d^2.
 * Times are this machine's, and differ from run to run.
 *
 * @throws TypeError for an unknown option, RangeError for fewer than 2 or for too many features, or no repeat
 *
 * @example
 * const { points } = await whiteningCost({ features: [4, 8], m: 16, repeats: 1 });
 * console.log(points[0].bytes.jacobians, points[1].bytes.jacobians); // prints 2176 8704
 */
export async function whiteningCost(
  config: WhiteningCostConfig = {},
  running: Running = {},
): Promise<WhiteningCostResult> {
  const all = complete(config);
  const { features, m, repeats, seed } = all;
  const points: WhiteningCostPoint[] = [];
  for (const d of features) {
    const random = new Random(seed).fork(`d = ${d}`);
    const x = Float64Array.from({ length: m * d }, () => random.normal());
    const dy = Float64Array.from({ length: m * d }, () => random.normal());
    const times: FourCosts[] = [];
    let bytes = null;
    // The first run, which compiles and warms the caches, is not counted.
    for (let run = 0; run <= repeats; run++) {
      if (!(await mayGoOn(running.signal))) break;
      const measured = measure(x, dy, m, d);
      bytes = measured.bytes;
      if (run > 0) times.push(measured.milliseconds);
    }
    if (times.length < repeats || bytes === null) break;
    points.push({ d, milliseconds: each((name) => Math.min(...times.map((time) => time[name]))), bytes });
    running.onProgress?.(points.length, features.length, `d = ${d}`);
  }
  const growth = each((name) => slope(points, name));
  return { config: all, points, growth, stopped: points.length < features.length };
}

function complete(config: WhiteningCostConfig): Required<WhiteningCostConfig> {
  checkOptions('whiteningCost', config, ['features', 'm', 'repeats', 'seed']);
  const {
    features = bySize({ small: [4, 8, 16], lecture: [4, 8, 16, 32, 64], full: [4, 8, 16, 32, 64, 128] }),
    m = 256,
    repeats = bySize({ small: 1, lecture: 5, full: 15 }),
    seed = 1,
  } = config;
  checkCount('the number of features to try', features.length, 2);
  checkCount('repeats', repeats);
  for (const d of features) {
    checkCount('each of features', d);
    if (d >= m) {
      throw new RangeError(
        `each of features must be below m = ${m}, found ${d}: the covariance would have no inverse`,
      );
    }
  }
  return { features: [...features].sort((a, b) => a - b), m, repeats, seed };
}

function each(value: (name: keyof FourCosts) => number): FourCosts {
  const [batchNorm, whitening, backward, jacobians] = costNames.map(value);
  return { batchNorm, whitening, backward, jacobians };
}

function measure(x: Float64Array, dy: Float64Array, m: number, d: number): Omit<WhiteningCostPoint, 'd'> {
  const white = whiten(x, m, d);
  const norm = batchNorm(x, m, d);
  const gradients = whitenBackward(dy, white);
  const jacobians = whiteningJacobians(x.subarray(0, d), white);
  const matrices = [white.covariance, white.inverseRoot, white.eigen.vectors, white.eigen.values];
  const size = (...arrays: FloatArray[]) => arrays.reduce((sum, array) => sum + array.byteLength, 0);
  return {
    milliseconds: {
      batchNorm: timed(() => batchNormBackward(dy, batchNorm(x, m, d))),
      whitening: timed(() => whiten(x, m, d)),
      backward: timed(() => whitenBackward(dy, white)),
      jacobians: timed(() => whiteningJacobians(x.subarray(0, d), white)),
    },
    bytes: {
      batchNorm: size(norm.mean, norm.variance),
      whitening: size(norm.mean, ...matrices),
      backward: size(gradients.dMean, gradients.dInverseRoot, gradients.dCovariance),
      jacobians: size(jacobians.dPoint, jacobians.dSet),
      jacobiansOfLayer: m * size(jacobians.dSet),
    },
  };
}

/** Milliseconds for one call: the mean over as many as fill 2 ms, since the clock is coarse and short calls waver. */
function timed(call: () => unknown): number {
  const start = performance.now();
  for (let calls = 1; ; calls++) {
    call();
    const spent = performance.now() - start;
    if (spent >= 2) return spent / calls;
  }
}

/** The slope of log time over log d, by least squares over the larger half of the points (two at least). */
function slope(points: readonly WhiteningCostPoint[], name: keyof FourCosts): number {
  const half = points.slice(-Math.max(2, Math.ceil(points.length / 2)));
  const at = half.map(({ d, milliseconds }) => [Math.log(d), Math.log(milliseconds[name])]);
  const meanOf = (k: number) => at.reduce((sum, pair) => sum + pair[k], 0) / at.length;
  const [mx, my] = [meanOf(0), meanOf(1)];
  const covariance = at.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / at.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
