/**
 * BN over a batch that is spread over several devices, with the statistics of the whole batch ("SyncBN"). Each shard
 * is looked at by its own device, and only 2 d numbers and a count travel, once forward and once backward:
 *
 *   forward   each shard: m_k, mean_k, variance_k;      together: Chan's merge, weighted by the counts
 *             each shard: BN with the merged statistics frozen
 *   backward  each shard: dl/dmean, dl/dvariance of its own examples;      together: their sums
 *             each shard: dl/dx = gamma/s dl/dy + (1/M) dl/dmean + (2/M) dl/dvariance (x - mean),   M = sum m_k
 *
 * Output and gradients are those of the whole batch on one device. Shards may have different sizes, one example too;
 * averages that forget the counts, or the spread between the shards' means, are the classical bugs.
 */
import type { BatchNormBackwardOptions } from './backward.js';
import {
  checkCount,
  checkFinite,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { batchNormFrozen, batchNormFrozenBackward, type FrozenResult } from './frozen.js';
import { type Moments, mergeMoments } from './moments.js';
import { checkTrainingBatch, columnMoments, type TransformOptions } from './transform.js';

/** The examples that one device holds. */
export interface Shard {
  /** m x d */
  readonly x: Numbers;
  readonly m: number;
}

/** What synchronised BN computes, with all that backprop needs. */
export interface SynchronisedResult extends Moments {
  /** Examples of all shards together. */
  readonly m: number;
  readonly d: number;
  /** What each shard computed with the merged statistics; `y` is its output, m_k x d. */
  readonly shards: readonly FrozenResult[];
}

/** The gradients of synchronised BN. */
export interface SynchronisedGradients {
  /** dl/dx of each shard, m_k x d */
  readonly dx: readonly FloatArray[];
  /** dl/dgamma over all shards, d numbers */
  readonly dGamma: FloatArray;
  /** dl/dbeta over all shards, d numbers */
  readonly dBeta: FloatArray;
}

/**
 * Synchronised BN over shards, in training. `RunningStatistics.update` takes the result in, with the factor
 * M/(M - 1) of the whole batch. For feature maps take m_k = n_k*p*q and d = c.
 *
 * @param shards at least one; each with at least one example, two together
 * @throws RangeError as `batchNorm`, for each shard and for all together
 *
 * @example
 * const shards = [{ x: [0, 2, 4], m: 3 }, { x: [10], m: 1 }];
 * const { mean, variance, shards: done } = synchronisedBatchNorm(shards, 1, { epsilon: 2 });
 * console.log(mean[0], variance[0], done[1].y[0]); // prints 4 14 1.5
 */
export function synchronisedBatchNorm(
  shards: readonly Shard[],
  d: number,
  options: TransformOptions = {},
): SynchronisedResult {
  checkOptions('synchronisedBatchNorm', options, ['gamma', 'beta', 'epsilon']);
  checkCount('the number of shards', shards.length);
  for (const { x, m } of shards) {
    checkMatrix('x', x, m, d);
    checkFinite('x', x, d);
  }
  const merged = mergeMoments(shards.map(({ x, m }) => ({ m, ...columnMoments(x, m, d) })));
  checkTrainingBatch(merged.m);
  return { ...merged, d, shards: shards.map(({ x, m }) => batchNormFrozen(x, m, d, merged, options)) };
}

/**
 * Backprop through synchronised BN.
 * @param dys dl/dy of each shard, m_k x d
 * @param forward what `synchronisedBatchNorm` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @throws RangeError for a wrong number of shards, a wrong length, or NaN
 *
 * @example
 * const shards = [{ x: [0, 2, 4], m: 3 }, { x: [10], m: 1 }];
 * const forward = synchronisedBatchNorm(shards, 1);
 * const { dx, dBeta } = synchronisedBatchNormBackward([[1, 0, 0], [1]], forward);
 * const sum = [...dx[0], ...dx[1]].reduce((a, b) => a + b, 0);
 * console.log(dBeta[0], Math.abs(sum) < 1e-12); // prints 2 true
 */
export function synchronisedBatchNormBackward(
  dys: readonly Numbers[],
  forward: SynchronisedResult,
  options: BatchNormBackwardOptions = {},
): SynchronisedGradients {
  checkOptions('synchronisedBatchNormBackward', options, ['throughMean', 'throughVariance']);
  const { m, d, shards } = forward;
  if (dys.length !== shards.length) {
    throw new RangeError(
      `dys must have one element for each of ${shards.length} shards, found ${dys.length}`,
    );
  }
  const own = shards.map((shard, k) => batchNormFrozenBackward(dys[k], shard));
  const summed = (gradient: 'dMean' | 'dVariance' | 'dGamma' | 'dBeta'): Float64Array =>
    new Float64Array(d).map((_, j) => own.reduce((sum, each) => sum + each[gradient][j], 0));
  const dMean = options.throughMean === false ? new Float64Array(d) : summed('dMean');
  const dVariance = options.throughVariance === false ? new Float64Array(d) : summed('dVariance');
  const dx = shards.map(({ gamma, standardDeviation: s, xHat }, k) =>
    zerosLike(xHat, xHat.length).map((_, ij) => {
      const j = ij % d;
      const centred = xHat[ij] * s[j];
      return (dys[k][ij] * gamma[j]) / s[j] + dMean[j] / m + (2 * dVariance[j] * centred) / m;
    }),
  );
  const likeGamma = (sums: Float64Array): FloatArray => zerosLike(shards[0].gamma, d).map((_, j) => sums[j]);
  return { dx, dGamma: likeGamma(summed('dGamma')), dBeta: likeGamma(summed('dBeta')) };
}
