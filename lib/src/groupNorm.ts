/**
 * Group normalisation (Wu and He 2018, arXiv 1803.08494): BN's formula with the statistics of one example alone.
 * The c channels are cut into groups of c/groups neighbours; each example and each group has a mean and a variance,
 * over all locations and the group's channels:
 *
 *   k           = locations c/groups                                    values in a group
 *   mean(n,g)   = (1/k) sum x,   variance(n,g) = (1/k) sum (x - mean(n,g))^2
 *   xHat        = (x - mean(n,g)) / sqrt(variance(n,g) + epsilon)
 *   y           = gamma(c) xHat + beta(c)
 *
 * No example sees another: the minibatch may be of one, and training and inference are the same. One group of all
 * channels is layer norm's statistics, a group for each channel instance norm's.
 */
import type { BatchNormBackwardOptions, BatchNormGradients, BatchNormGraphGradients } from './backward.js';
import {
  checkCount,
  checkEpsilon,
  checkFinite,
  checkMaps,
  checkOptions,
  checkVector,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { checkVariance, DEFAULT_EPSILON, type TransformOptions, vectorOr } from './transform.js';

/** What group, layer and instance norm compute, with all that backprop needs. */
export interface GroupNormResult {
  /** n, ...spatial sizes, c */
  readonly shape: readonly number[];
  readonly groups: number;
  readonly epsilon: number;
  /** c numbers */
  readonly gamma: FloatArray;
  /** c numbers */
  readonly beta: FloatArray;
  /** Mean of each example's groups, n x groups. */
  readonly mean: Float64Array;
  /** Biased variance of each example's groups, n x groups. */
  readonly variance: Float64Array;
  /** sqrt(variance + epsilon), n x groups. */
  readonly standardDeviation: Float64Array;
  /** The normalised input, with the shape of x. */
  readonly xHat: FloatArray;
  /** The output, with the shape of x. */
  readonly y: FloatArray;
}

/**
 * Group norm. A group whose values are all equal gives exactly beta.
 *
 * @param x n x ...spatial x c, channels last, row-major
 * @param shape [n, ...spatial sizes, c], any number of spatial axes, none too
 * @param groups how many groups the channels are cut into; c must be a multiple of it
 * @param options gamma and beta have c numbers each; either may be left out
 * @returns float32 arrays when x is a Float32Array
 * @throws RangeError for wrong lengths, a c that is no multiple of groups, groups of one value, NaN or infinite
 * input, or epsilon = 0 with a constant group
 *
 * @example
 * const { mean, y } = groupNorm([1, 3, 10, 30], [1, 4], 2, { epsilon: 0 });
 * console.log(mean.join(), y.join()); // prints 2,20 -1,1,-1,1
 */
export function groupNorm(
  x: Numbers,
  shape: readonly number[],
  groups: number,
  options: TransformOptions = {},
): GroupNormResult {
  checkOptions('groupNorm', options, ['gamma', 'beta', 'epsilon']);
  const { locations, c } = checkMaps('x', x, shape);
  checkFinite('x', x, c);
  checkCount('groups', groups);
  if (c % groups !== 0) {
    throw new RangeError(`c must be a multiple of groups = ${groups}, found c = ${c}`);
  }
  if (locations * (c / groups) === 1) {
    throw new RangeError(
      `each group must have at least 2 values, found 1 (shape [${shape.join(', ')}], groups = ${groups}): the ` +
        'variance of one value is 0 and y would be beta whatever x is; take fewer groups',
    );
  }
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const gamma = vectorOr(1, 'gamma', options.gamma, x, c);
  const beta = vectorOr(0, 'beta', options.beta, x, c);
  const result = normaliseGroups(x, shape, groups, gamma, beta, epsilon);
  checkVariance(result.variance);
  return result;
}

/**
 * The formula itself, without a look at the input: NaN is let through, as in `normalise`.
 * @throws RangeError for epsilon = 0 with a constant group
 */
export function normaliseGroups(
  x: Numbers,
  shape: readonly number[],
  groups: number,
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): GroupNormResult {
  const { mean, variance } = groupMoments(x, shape, groups);
  const standardDeviation = variance.map((v) => Math.sqrt(v + epsilon));
  const constant = standardDeviation.indexOf(0);
  if (constant >= 0) {
    throw new RangeError(
      'epsilon must be above 0 when a group is constant, found epsilon = 0 and variance 0 in example ' +
        `${Math.floor(constant / groups)}, group ${constant % groups}`,
    );
  }
  const xHat = zerosLike(x, x.length);
  const y = zerosLike(x, x.length);
  forEachValue(shape, groups, (i, channel, group) => {
    xHat[i] = (x[i] - mean[group]) / standardDeviation[group];
    y[i] = gamma[channel] * xHat[i] + beta[channel];
  });
  return { shape: [...shape], groups, epsilon, gamma, beta, mean, variance, standardDeviation, xHat, y };
}

/** Calls `visit` with each element of x, its channel, and its group among those of all examples. */
function forEachValue(
  shape: readonly number[],
  groups: number,
  visit: (i: number, channel: number, group: number) => void,
): void {
  const c = shape[shape.length - 1];
  const locations = shape.slice(1, -1).reduce((product, size) => product * size, 1);
  const groupOf = Uint32Array.from({ length: c }, (_, channel) => Math.floor((channel * groups) / c));
  let i = 0;
  for (let example = 0; example < shape[0]; example++) {
    for (let location = 0; location < locations; location++) {
      for (let channel = 0; channel < c; channel++) {
        visit(i++, channel, example * groups + groupOf[channel]);
      }
    }
  }
}

/**
 * Mean and biased variance of each example's groups, in two passes and from each group's first value, for the
 * reasons that `columnMoments` gives.
 */
function groupMoments(
  x: Numbers,
  shape: readonly number[],
  groups: number,
): { mean: Float64Array; variance: Float64Array } {
  const all = shape[0] * groups;
  const k = x.length / all;
  const perExample = x.length / shape[0];
  const inGroup = shape[shape.length - 1] / groups;
  const first = new Float64Array(all).map(
    (_, group) => x[Math.floor(group / groups) * perExample + (group % groups) * inGroup],
  );
  const sum = new Float64Array(all);
  forEachValue(shape, groups, (i, _, group) => {
    sum[group] += x[i] - first[group];
  });
  const mean = first.map((value, group) => value + sum[group] / k);
  const squares = new Float64Array(all);
  forEachValue(shape, groups, (i, _, group) => {
    squares[group] += (x[i] - mean[group]) ** 2;
  });
  return { mean, variance: squares.map((value) => value / k) };
}

/**
 * Backprop through group norm, in the compact form, with all means taken over a group's k values:
 *
 *   dl/dxHat  = dl/dy gamma(c)
 *   dl/dx     = (1/s) (dl/dxHat - mean(dl/dxHat) - xHat mean(dl/dxHat xHat)),   s = sqrt(variance + epsilon)
 *   dl/dgamma = sum dl/dy xHat,   dl/dbeta = sum dl/dy       over all examples and locations, for each channel
 *
 * gamma differs inside a group, so it stands under the means, where in BN it stands before them.
 *
 * @param dy dl/dy, with the shape of x
 * @param forward what `groupNorm`, `layerNorm` or `instanceNorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const forward = groupNorm([1, 2, 3, 10], [1, 4], 2);
 * const { dBeta } = groupNormBackward([1, 0, 0, 1], forward);
 * console.log(dBeta.join()); // prints 1,0,0,1
 */
export function groupNormBackward(
  dy: Numbers,
  forward: GroupNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  checkOptions('groupNormBackward', options, ['throughMean', 'throughVariance']);
  checkVector('dy', dy, forward.xHat.length, forward.shape.join('*'));
  checkFinite('dy', dy, forward.gamma.length);
  return groupGradients(dy, forward, options);
}

/**
 * Backprop through group norm along the graph, one node at a time, as `batchNormBackwardGraph` does for BN. What is
 * there for a feature is there for a group of an example here: n x groups numbers; dXHat and dCentred have the shape of x.
 *
 * @param dy dl/dy, with the shape of x
 * @param forward what `groupNorm`, `layerNorm` or `instanceNorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const forward = groupNorm([1, 3, 10, 30], [1, 4], 2, { epsilon: 0 });
 * const { dXHat, dMean } = groupNormBackwardGraph([1, 0, 0, 1], forward);
 * console.log(dXHat.join(), dMean.join()); // prints 1,0,0,1 -1,-0.1
 */
export function groupNormBackwardGraph(
  dy: Numbers,
  forward: GroupNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGraphGradients {
  checkOptions('groupNormBackwardGraph', options, ['throughMean', 'throughVariance']);
  const { shape, groups, gamma, standardDeviation, xHat } = forward;
  checkVector('dy', dy, xHat.length, shape.join('*'));
  checkFinite('dy', dy, gamma.length);
  const c = gamma.length;
  const all = shape[0] * groups;
  const k = xHat.length / all;

  // y = scaled + beta and scaled = gamma xHat; the sums are in float64, since a channel can have many locations
  const dGamma = new Float64Array(c);
  const dBeta = new Float64Array(c);
  const dXHat = zerosLike(xHat, xHat.length);
  forEachValue(shape, groups, (i, channel) => {
    dBeta[channel] += dy[i];
    dGamma[channel] += dy[i] * xHat[i];
    dXHat[i] = dy[i] * gamma[channel];
  });

  // xHat = centred * (1/s): the first of two ways back to `centred`
  const dInverseDeviation = new Float64Array(all);
  const dCentred = zerosLike(xHat, xHat.length);
  forEachValue(shape, groups, (i, _, group) => {
    dInverseDeviation[group] += dXHat[i] * xHat[i] * standardDeviation[group]; // centred = xHat s
    dCentred[i] = dXHat[i] / standardDeviation[group];
  });

  // 1/s, then s = sqrt(variance + epsilon)
  const dStandardDeviation = dInverseDeviation.map((g, group) => -g / standardDeviation[group] ** 2);
  const dVariance = dStandardDeviation.map((g, group) => g / (2 * standardDeviation[group]));

  // variance = (1/k) sum centred^2: the second way back to `centred`
  const throughVariance = options.throughVariance === false ? 0 : 2 / k;
  const dMean = new Float64Array(all);
  forEachValue(shape, groups, (i, _, group) => {
    dCentred[i] += throughVariance * dVariance[group] * xHat[i] * standardDeviation[group];
    dMean[group] -= dCentred[i];
  });

  // centred = x - mean, and mean = (1/k) sum x
  const throughMean = options.throughMean === false ? 0 : 1 / k;
  const dx = zerosLike(xHat, xHat.length);
  forEachValue(shape, groups, (i, _, group) => {
    dx[i] = dCentred[i] + throughMean * dMean[group];
  });
  const like = (values: Float64Array): FloatArray => zerosLike(xHat, values.length).map((_, i) => values[i]);
  return {
    dx,
    dGamma: like(dGamma),
    dBeta: like(dBeta),
    dXHat,
    dInverseDeviation: like(dInverseDeviation),
    dStandardDeviation: like(dStandardDeviation),
    dVariance: like(dVariance),
    dCentred,
    dMean: like(dMean),
  };
}

/** The gradients themselves, without a look at dy: a training loop that diverges brings infinities here. */
export function groupGradients(
  dy: Numbers,
  { shape, groups, gamma, standardDeviation, xHat }: GroupNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  const c = gamma.length;
  const all = shape[0] * groups;
  const k = xHat.length / all;
  const dGamma = new Float64Array(c);
  const dBeta = new Float64Array(c);
  const sum = new Float64Array(all);
  const sumAlongXHat = new Float64Array(all);
  forEachValue(shape, groups, (i, channel, group) => {
    const dXHat = dy[i] * gamma[channel];
    sum[group] += dXHat;
    sumAlongXHat[group] += dXHat * xHat[i];
    dGamma[channel] += dy[i] * xHat[i];
    dBeta[channel] += dy[i];
  });
  const meanShare = options.throughMean === false ? 0 : 1 / k;
  const varianceShare = options.throughVariance === false ? 0 : 1 / k;
  const dx = zerosLike(xHat, xHat.length);
  forEachValue(shape, groups, (i, channel, group) => {
    const through = meanShare * sum[group] + varianceShare * sumAlongXHat[group] * xHat[i];
    dx[i] = (dy[i] * gamma[channel] - through) / standardDeviation[group];
  });
  const like = (sums: Float64Array): FloatArray => zerosLike(xHat, c).map((_, j) => sums[j]);
  return { dx, dGamma: like(dGamma), dBeta: like(dBeta) };
}
