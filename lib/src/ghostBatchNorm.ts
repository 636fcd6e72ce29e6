/**
 * Ghost batch normalisation: Algorithm 1 of Hoffer, Hubara and Soudry 2017 (arXiv 1705.08741, "Train longer,
 * generalize better"). A large batch is cut into ghost batches, each normalised with its own statistics; gamma and
 * beta are shared. The step is that of the large batch, the noise of the statistics that of the small one, and no
 * sums have to travel between devices that hold a ghost batch each.
 *
 * The running averages take the ghost batches in one after the other, so that after k of them
 *
 *   running = (1 - w)^k running + sum_i (1 - w)^(k - i) w value_i,   i = 1..k, w = newWeight
 *
 * whose weights add up to 1. (With the exponent i instead of k - i they would not: the averages would shrink.)
 */
import { type BatchNormBackwardOptions, type BatchNormGradients, compactGradients } from './backward.js';
import { batchNormParts, joinRows, normaliseParts } from './batchParts.js';
import {
  checkCount,
  checkFinite,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
} from './check.js';
import { type BatchNormResult, checkTrainingBatch, type TransformOptions } from './transform.js';

/** What ghost batch normalisation computes, with all that backprop needs. */
export interface GhostResult {
  readonly m: number;
  readonly d: number;
  /** The ghost batches in order, m / ghostSize of them; each as `batchNorm` returns it. */
  readonly ghosts: readonly BatchNormResult[];
  /** The output, m x d. */
  readonly y: FloatArray;
}

/**
 * Ghost batch normalisation, in training. For feature maps take m = n*p*q, d = c, and ghostSize a multiple of p*q.
 *
 * @param x m x d
 * @param ghostSize examples in each ghost batch, at least 2; m must be a multiple of it
 * @returns float32 arrays when x is a Float32Array
 * @throws RangeError as `batchNorm`, and when m is not a multiple of ghostSize
 *
 * @example
 * const forward = ghostBatchNorm([0, 2, 10, 30], 4, 1, 2, { epsilon: 0 });
 * console.log(forward.y.join()); // prints -1,1,-1,1
 * const running = new RunningStatistics(1, { newWeight: 0.5 });
 * for (const ghost of forward.ghosts) {
 *   running.update(ghost); // the means are 1 and 20
 * }
 * console.log(running.mean[0]); // prints 10.25
 */
export function ghostBatchNorm(
  x: Numbers,
  m: number,
  d: number,
  ghostSize: number,
  options: TransformOptions = {},
): GhostResult {
  checkOptions('ghostBatchNorm', options, ['gamma', 'beta', 'epsilon']);
  checkMatrix('x', x, m, d);
  checkTrainingBatch(m);
  return joined(x, m, d, batchNormParts(x, m, d, ghostSizes(m, ghostSize), options));
}

/** The algorithm itself, without a look at the input: NaN is let through, as in `normalise`. */
export function normaliseGhosts(
  x: Numbers,
  m: number,
  d: number,
  ghostSize: number,
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): GhostResult {
  return joined(x, m, d, normaliseParts(x, d, ghostSizes(m, ghostSize), gamma, beta, epsilon));
}

/** The size of each ghost batch. */
function ghostSizes(m: number, ghostSize: number): number[] {
  checkCount('ghostSize', ghostSize, 2);
  if (m % ghostSize !== 0) {
    throw new RangeError(
      `m must be a multiple of ghostSize = ${ghostSize}, found ${m}; leave out the last ${m % ghostSize} examples`,
    );
  }
  return Array.from({ length: m / ghostSize }, () => ghostSize);
}

function joined(x: Numbers, m: number, d: number, ghosts: readonly BatchNormResult[]): GhostResult {
  const y = joinRows(
    x,
    ghosts.map((ghost) => ghost.y),
  );
  return { m, d, ghosts, y };
}

/**
 * Backprop through ghost batch normalisation: each ghost batch goes back through its own statistics; the gradients
 * of gamma and beta are summed over all of them.
 * @param dy dl/dy, m x d
 * @param forward what `ghostBatchNorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong length or NaN in dy
 *
 * @example
 * const forward = ghostBatchNorm([1, 3, 0, 10], 4, 1, 2);
 * const { dBeta } = ghostBatchNormBackward([1, 2, 3, 4], forward);
 * console.log(dBeta[0]); // prints 10
 */
export function ghostBatchNormBackward(
  dy: Numbers,
  forward: GhostResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  checkOptions('ghostBatchNormBackward', options, ['throughMean', 'throughVariance']);
  checkMatrix('dy', dy, forward.m, forward.d);
  checkFinite('dy', dy, forward.d);
  return ghostGradients(dy, forward, options);
}

/** The gradients themselves, without a look at dy: a training loop that diverges brings infinities here. */
export function ghostGradients(
  dy: Numbers,
  forward: GhostResult,
  options: BatchNormBackwardOptions = {},
): BatchNormGradients {
  const { d, ghosts } = forward;
  let start = 0;
  const parts = ghosts.map((ghost) => {
    const part = dy.slice(start * d, (start + ghost.m) * d);
    start += ghost.m;
    return compactGradients(part, ghost, options);
  });
  const summed = (gradient: 'dGamma' | 'dBeta'): FloatArray =>
    parts[0][gradient].map((_, j) => parts.reduce((sum, part) => sum + part[gradient][j], 0));
  return {
    dx: joinRows(
      forward.y,
      parts.map((part) => part.dx),
    ),
    dGamma: summed('dGamma'),
    dBeta: summed('dBeta'),
  };
}
