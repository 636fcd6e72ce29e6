/**
 * Backprop through the BN transform (Ioffe and Szegedy 2015, section 3, the six equations after Algorithm 1):
 * once along the graph, node by node, and once in the compact form which the graph folds into.
 */
import { checkFinite, checkMatrix, checkOptions, type FloatArray, type Numbers, zerosLike } from './check.js';
import type { BatchNormResult } from './transform.js';

/** The gradients that the rest of the network needs. */
export interface BatchNormGradients {
  /** dl/dx, m x d */
  readonly dx: FloatArray;
  /** dl/dgamma, d numbers */
  readonly dGamma: FloatArray;
  /** dl/dbeta, d numbers */
  readonly dBeta: FloatArray;
}

/** The gradient at every node of the graph, in the order in which backprop reaches them. */
export interface BatchNormGraphGradients extends BatchNormGradients {
  /** dl/dxHat = dl/dy gamma, m x d */
  readonly dXHat: FloatArray;
  /** dl/d(1/s) = sum_i dl/dxHat (x - mean), where s = sqrt(variance + epsilon); d numbers */
  readonly dInverseDeviation: FloatArray;
  /** dl/ds = -dl/d(1/s) / s^2, d numbers */
  readonly dStandardDeviation: FloatArray;
  /** dl/dvariance = dl/ds / (2 s), d numbers */
  readonly dVariance: FloatArray;
  /** dl/d(x - mean): from xHat directly, and from the variance; m x d */
  readonly dCentred: FloatArray;
  /** dl/dmean = -sum_i dl/d(x - mean), d numbers */
  readonly dMean: FloatArray;
}

/** Which paths of the gradient to leave out; the true gradient leaves out none. */
export interface BatchNormBackwardOptions {
  /** false: leave out the gradient that flows through the mean. Wrong, and shown in the lectures. */
  throughMean?: boolean;
  /** false: leave out the gradient that flows through the variance. Wrong, and shown in the lectures. */
  throughVariance?: boolean;
}

/**
 * The gradients with a term left out, by name, for experiments that go through them all.
 *
 * @example
 * const forward = batchNorm([1, 2, 6], 3, 1, { epsilon: 0 });
 * for (const [name, paths] of Object.entries(leftOut)) {
 *   const { dx } = batchNormBackward([1, 0, 0], forward, paths);
 *   console.log(name, dx[0].toFixed(2)); // prints nothing 0.18, then mean 0.33, then variance 0.31, then both 0.46
 * }
 */
export const leftOut = {
  nothing: {},
  mean: { throughMean: false },
  variance: { throughVariance: false },
  both: { throughMean: false, throughVariance: false },
} as const satisfies Record<string, BatchNormBackwardOptions>;

/**
 * Backprop along the graph of Algorithm 1, one node at a time:
 *
 *   x --+--> mean --> centred --+--> square --> variance --> s --> 1/s --> xHat --> scaled --> y
 *       +------------/          +-------------------------------------/
 *
 * @param dy dl/dy, m x d
 * @param forward what `batchNorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const graph = batchNormBackwardGraph([1, 0, 0], batchNorm([1, 2, 6], 3, 1, { epsilon: 0 }));
 * console.log(graph.dVariance[0].toFixed(4), graph.dMean[0].toFixed(4)); // prints 0.0992 -0.4629
 */
export function batchNormBackwardGraph(
  dy: Numbers,
  forward: BatchNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGraphGradients {
  checkOptions('batchNormBackwardGraph', options, ['throughMean', 'throughVariance']);
  const { m, d, gamma, xHat, centred, standardDeviation } = forward;
  checkMatrix('dy', dy, m, d);
  checkFinite('dy', dy, d);

  // y = scaled + beta and scaled = gamma xHat
  const dBeta = columnSum(dy, m, d);
  const dGamma = columnSum(
    zerosLike(xHat, m * d).map((_, ij) => dy[ij] * xHat[ij]),
    m,
    d,
  );
  const dXHat = zerosLike(xHat, m * d).map((_, ij) => dy[ij] * gamma[ij % d]);

  // xHat = centred * (1/s): the first of two ways back to `centred`
  const dInverseDeviation = columnSum(
    zerosLike(xHat, m * d).map((_, ij) => dXHat[ij] * centred[ij]),
    m,
    d,
  );
  const dCentred = zerosLike(xHat, m * d).map((_, ij) => dXHat[ij] / standardDeviation[ij % d]);

  // 1/s, then s = sqrt(variance + epsilon)
  const dStandardDeviation = dInverseDeviation.map((g, j) => -g / standardDeviation[j] ** 2);
  const dVariance = dStandardDeviation.map((g, j) => g / (2 * standardDeviation[j]));

  // variance = (1/m) sum centred^2: the second way back to `centred`
  if (options.throughVariance !== false) {
    for (let ij = 0; ij < m * d; ij++) {
      dCentred[ij] += (dVariance[ij % d] * 2 * centred[ij]) / m;
    }
  }

  // centred = x - mean, and mean = (1/m) sum x
  const dMean = columnSum(dCentred, m, d).map((sum) => -sum);
  const dx = dCentred.slice();
  if (options.throughMean !== false) {
    for (let ij = 0; ij < m * d; ij++) {
      dx[ij] += dMean[ij % d] / m;
    }
  }
  return { dx, dGamma, dBeta, dXHat, dInverseDeviation, dStandardDeviation, dVariance, dCentred, dMean };
}

/**
 * The compact form: with all means taken over the minibatch,
 *
 *   dl/dx = (gamma / s) (dy - mean(dy) - xHat mean(dy xHat)),   s = sqrt(variance + epsilon)
 *
 * The two subtracted terms are the mean's and the variance's share: the gradient that is left has mean 0
 * and no component along xHat.
 *
 * @param dy dl/dy, m x d
 * @param forward what `batchNorm` returned
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const forward = batchNorm([1, 2, 6], 3, 1, { epsilon: 0 });
 * const { dx, dGamma, dBeta } = batchNormBackward([1, 0, 0], forward);
 * console.log(dx.map((g) => Math.round(1000 * g) / 1000).join()); // prints 0.176,-0.22,0.044
 * console.log(dGamma[0].toFixed(3), dBeta[0]); // prints -0.926 1
 */
export function batchNormBackward(
  dy: Numbers,
  forward: BatchNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  checkOptions('batchNormBackward', options, ['throughMean', 'throughVariance']);
  checkMatrix('dy', dy, forward.m, forward.d);
  checkFinite('dy', dy, forward.d);
  return compactGradients(dy, forward, options);
}

/** The compact form itself, without a look at dy: a training loop that diverges brings infinities here. */
export function compactGradients(
  dy: Numbers,
  forward: BatchNormResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  const { m, d, gamma, xHat, standardDeviation } = forward;
  const dx = zerosLike(xHat, m * d);
  const dGamma = zerosLike(xHat, d);
  const dBeta = zerosLike(xHat, d);
  for (let j = 0; j < d; j++) {
    let sum = 0;
    let sumAlongXHat = 0;
    for (let i = 0; i < m; i++) {
      sum += dy[i * d + j];
      sumAlongXHat += dy[i * d + j] * xHat[i * d + j];
    }
    dBeta[j] = sum;
    dGamma[j] = sumAlongXHat;
    const meanShare = options.throughMean === false ? 0 : sum / m;
    const varianceShare = options.throughVariance === false ? 0 : sumAlongXHat / m;
    for (let i = 0; i < m; i++) {
      const ij = i * d + j;
      dx[ij] = (gamma[j] / standardDeviation[j]) * (dy[ij] - meanShare - xHat[ij] * varianceShare);
    }
  }
  return { dx, dGamma, dBeta };
}

/** Sum of each column of an m x d matrix, d numbers; added up in float64, since m can be a million locations. */
function columnSum(x: Numbers, m: number, d: number): FloatArray {
  const sum = new Float64Array(d);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < d; j++) {
      sum[j] += x[i * d + j];
    }
  }
  const result = zerosLike(x, d);
  result.set(sum);
  return result;
}
