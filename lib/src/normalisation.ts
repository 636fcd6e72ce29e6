/**
 * The normalisations that a hidden layer can have, behind one pair of functions: forward with what backprop and
 * the moving averages need, and back again. A layer has `rows` rows of d features: one row for each example, or
 * one for each place of each example's image.
 *
 * | kind         | statistics over                                    | at inference                    |
 * | `'batch'`    | all rows                                           | the layer's moving averages     |
 * | `'ghost'`    | the rows of `size` examples at a time              | the layer's moving averages     |
 * | `'renorm'`   | all rows, corrected towards the moving averages    | the layer's moving averages     |
 * | `'layer'`    | all features (and places) of one example           | the same as in training         |
 * | `'group'`    | a group of the features of one example             | the same as in training         |
 * | `'instance'` | the places of one map of one example               | the same as in training         |
 *
 * gamma and beta are one number for each feature or map in all of them.
 */
import { type BatchNormGradients, compactGradients } from './backward.js';
import { batchRenorm, batchRenormBackward } from './batchRenorm.js';
import { checkChoice, checkCount, checkOptions, type FloatArray, type Numbers } from './check.js';
import { frozenGradients, normaliseFrozen } from './frozen.js';
import { ghostBatchNorm, ghostBatchNormBackward } from './ghostBatchNorm.js';
import { groupNorm, groupNormBackward } from './groupNorm.js';
import { batchNormAffine, batchNormInference } from './inference.js';
import type { BatchNormParameters } from './network.js';
import { type MinibatchStatistics, unbiasedFactor } from './population.js';
import { type BatchNormResult, normalise } from './transform.js';

/** Which normalisation: a name stands for a kind without further options. */
export type Normalisation =
  | 'batch'
  | 'layer'
  | 'instance'
  | { readonly kind: 'batch' | 'layer' | 'instance' }
  /** Ghost batch normalisation over `size` examples at a time; the minibatch must be a multiple of it. */
  | { readonly kind: 'ghost'; readonly size: number }
  /** Batch renormalisation with its limits: rMax at least 1, dMax at least 0. */
  | { readonly kind: 'renorm'; readonly rMax: number; readonly dMax: number }
  /** Group norm; the features must be a multiple of `groups`. */
  | { readonly kind: 'group'; readonly groups: number };

/** A normalisation with nothing left out. */
export type CompleteNormalisation = Exclude<Normalisation, string>;

/** The sizes of the layer that a normalisation is for. */
export interface NormalisedSize {
  /** Features, or maps. */
  readonly d: number;
  /** Places of each map; 1 in a dense layer. */
  readonly locations: number;
}

const OPTIONS: Readonly<Record<CompleteNormalisation['kind'], readonly string[]>> = {
  batch: [],
  ghost: ['size'],
  renorm: ['rMax', 'dMax'],
  layer: [],
  group: ['groups'],
  instance: [],
};

/**
 * Checks a normalisation and fills in what was left out.
 * @param size the layer that it is for; null: one where it does not stand, whose sizes do not matter
 * @throws RangeError or TypeError for an unknown kind or option, or one that the layer's size does not allow
 */
export function completeNormalisation(
  normalisation: Normalisation,
  size: NormalisedSize | null,
): CompleteNormalisation {
  const given = typeof normalisation === 'string' ? { kind: normalisation } : normalisation;
  checkChoice('normalisation', given.kind, Object.keys(OPTIONS));
  checkOptions(`the normalisation "${given.kind}"`, given, ['kind', ...OPTIONS[given.kind]]);
  if (given.kind === 'ghost') {
    checkCount('normalisation.size', given.size);
    if (size !== null && given.size * size.locations < 2) {
      throw new RangeError(
        'normalisation.size must give each ghost batch at least 2 values, found 1 example of 1 place',
      );
    }
  }
  if (given.kind === 'renorm' && !(given.rMax >= 1 && given.dMax >= 0)) {
    throw new RangeError(
      `normalisation must have an rMax of at least 1 and a dMax of at least 0, found ${given.rMax} and ${given.dMax}`,
    );
  }
  if (given.kind === 'group') {
    checkCount('normalisation.groups', given.groups);
  }
  if (size === null) {
    return given;
  }
  const { d, locations } = size;
  const groups = groupsOf(given, d);
  if (groups !== null) {
    if (d % groups !== 0 || (locations * d) / groups < 2) {
      throw new RangeError(
        `normalisation "${given.kind}" must cut ${d} features of ${locations} places into equal groups of at ` +
          `least 2 values, found ${groups} groups`,
      );
    }
  }
  return given;
}

/** True for the kinds that use moving averages at inference; the others look at one example alone. */
export function keepsAverages({ kind }: CompleteNormalisation): boolean {
  return kind === 'batch' || kind === 'ghost' || kind === 'renorm';
}

/** True for the kinds that subtract any constant added to a feature, so that a bias before them does nothing. */
export function cancelsBias(normalisation: CompleteNormalisation): boolean {
  return keepsAverages(normalisation) || normalisation.kind === 'instance';
}

/** The groups of the kinds that look at one example alone; null for the others. */
function groupsOf(normalisation: CompleteNormalisation, d: number): number | null {
  switch (normalisation.kind) {
    case 'layer':
      return 1;
    case 'group':
      return normalisation.groups;
    case 'instance':
      return d;
    default:
      return null;
  }
}

/** Mean and biased variance over m values, d numbers each. */
export interface PooledStatistics {
  readonly m: number;
  readonly mean: FloatArray;
  readonly variance: FloatArray;
}

/** What a normalisation computed in training. */
export interface NormalisedLayer {
  /** The output, rows x d. */
  readonly y: FloatArray;
  /** BN's intermediate results; null for other kinds. */
  readonly batch: BatchNormResult | null;
  /** The statistics that the moving averages take in, in this order. */
  readonly statistics: readonly MinibatchStatistics[];
  /** The same as one, for an average over minibatches; null for kinds that keep no statistics. */
  readonly pooledStatistics: PooledStatistics | null;
  /** dl/dy, rows x d, to the gradients. NaN is let through: it means that training has diverged. */
  backward(dy: FloatArray): BatchNormGradients;
}

/**
 * A normalisation in training. NaN is let through: the training loop reports it by the loss.
 * @param x rows x d
 * @param m examples
 * @param parameters gamma, beta, and the moving averages as they are before this step
 */
export function normaliseLayer(
  normalisation: CompleteNormalisation,
  x: FloatArray,
  m: number,
  rows: number,
  d: number,
  parameters: BatchNormParameters,
  epsilon: number,
): NormalisedLayer {
  const { gamma, beta } = parameters;
  if (normalisation.kind === 'batch') {
    const batch = normalise(x, rows, d, gamma, beta, epsilon);
    const { y } = batch;
    return {
      y,
      batch,
      statistics: [batch],
      pooledStatistics: batch,
      backward: (dy) => compactGradients(dy, batch),
    };
  }
  if (!x.every(isOrdinary)) {
    return diverged(x, rows, d, keepsAverages(normalisation));
  }
  const finite = (back: (dy: FloatArray) => BatchNormGradients) => (dy: FloatArray) =>
    dy.every(Number.isFinite) ? back(dy) : notNumbers(dy, d);
  const options = { gamma, beta, epsilon };
  if (normalisation.kind === 'ghost') {
    const result = ghostBatchNorm(x, rows, d, (normalisation.size * rows) / m, options);
    return {
      ...{ y: result.y, batch: null, statistics: result.ghosts, pooledStatistics: pooled(result.ghosts) },
      backward: finite((dy) => ghostBatchNormBackward(dy, result)),
    };
  }
  if (normalisation.kind === 'renorm') {
    const { rMax, dMax } = normalisation;
    const averages = {
      mean: parameters.mean,
      standardDeviation: parameters.variance.map((v) => Math.sqrt(v + epsilon)),
    };
    const result = batchRenorm(x, rows, d, averages, { ...options, rMax, dMax });
    const statistics = result.asBatchNorm;
    return {
      ...{ y: result.y, batch: null, statistics: [statistics], pooledStatistics: statistics },
      backward: finite((dy) => batchRenormBackward(dy, result)),
    };
  }
  const result = byExample(normalisation, x, m, rows, d, parameters, epsilon);
  return {
    ...{ y: result.y, batch: null, statistics: [], pooledStatistics: null },
    backward: finite((dy) => groupNormBackward(dy, result)),
  };
}

/**
 * A normalisation in training with frozen statistics: the layer's moving averages are constants, gamma and beta learn.
 * Kinds that look at one example alone have nothing to freeze. NaN in x is let through.
 * @throws RangeError for moving averages that are not finite, a negative variance, or epsilon = 0 with a variance of 0
 */
export function normaliseFrozenLayer(
  normalisation: CompleteNormalisation,
  x: FloatArray,
  m: number,
  rows: number,
  d: number,
  parameters: BatchNormParameters,
  epsilon: number,
): NormalisedLayer {
  if (!keepsAverages(normalisation)) {
    return normaliseLayer(normalisation, x, m, rows, d, parameters, epsilon);
  }
  batchNormAffine(parameters, { epsilon }); // refuses statistics that cannot be
  const result = normaliseFrozen(x, rows, d, parameters, parameters.gamma, parameters.beta, epsilon);
  return {
    ...{ y: result.y, batch: null, statistics: [], pooledStatistics: null },
    backward: (dy) => frozenGradients(dy, result),
  };
}

/** The kinds that look at one example alone. */
function byExample(
  normalisation: CompleteNormalisation,
  x: FloatArray,
  m: number,
  rows: number,
  d: number,
  { gamma, beta }: BatchNormParameters,
  epsilon: number,
): ReturnType<typeof groupNorm> {
  const groups = groupsOf(normalisation, d) ?? 1; // the callers have sorted out the kinds without groups
  return groupNorm(x, [m, rows / m, d], groups, { gamma, beta, epsilon });
}

/** A normalisation at inference, rows x d. */
export function normaliseForInference(
  normalisation: CompleteNormalisation,
  x: FloatArray,
  m: number,
  rows: number,
  d: number,
  parameters: BatchNormParameters,
  epsilon: number,
): FloatArray {
  const { gamma, beta } = parameters;
  if (!x.every(isOrdinary)) {
    return x.map(() => Number.NaN); // a diverged run, which the loss is to show
  }
  return keepsAverages(normalisation)
    ? batchNormInference(x, rows, d, parameters, { gamma, beta, epsilon })
    : byExample(normalisation, x, m, rows, d, parameters, epsilon).y;
}

/**
 * The moving averages of a layer take in what a normalisation has seen, in place: the mean and the unbiased
 * variance, ghost batches one after the other; for renormalisation the standard deviation with epsilon in it, as
 * its paper has it (Ioffe 2017, Algorithm 1), which is kept as the variance that it is the root of.
 */
export function updateAverages(
  normalisation: CompleteNormalisation,
  parameters: BatchNormParameters,
  normalised: NormalisedLayer,
  newWeight: number,
  epsilon: number,
): void {
  for (const { m, mean, variance } of normalised.statistics) {
    average(parameters.mean, mean, 1, newWeight);
    if (normalisation.kind === 'renorm') {
      parameters.variance.forEach((v, j, all) => {
        const s = (1 - newWeight) * Math.sqrt(v + epsilon) + newWeight * Math.sqrt(variance[j] + epsilon);
        all[j] = Math.max(0, s * s - epsilon);
      });
    } else {
      average(parameters.variance, variance, unbiasedFactor(m), newWeight);
    }
  }
}

/** state <- (1 - newWeight) state + newWeight factor value */
function average(state: Float64Array, value: Numbers, factor: number, newWeight: number): void {
  for (let j = 0; j < state.length; j++) {
    state[j] = (1 - newWeight) * state[j] + newWeight * factor * value[j];
  }
}

/** The mean of ghost batches' statistics, which all have the same m. */
function pooled(ghosts: readonly PooledStatistics[]): PooledStatistics {
  const mean = (of: (ghost: PooledStatistics) => FloatArray): FloatArray =>
    of(ghosts[0]).map((_, j) => ghosts.reduce((sum, ghost) => sum + of(ghost)[j], 0) / ghosts.length);
  return { m: ghosts[0].m, mean: mean((ghost) => ghost.mean), variance: mean((ghost) => ghost.variance) };
}

/** False for NaN, infinities, and numbers whose squares would overflow. */
function isOrdinary(value: number): boolean {
  return Math.abs(value) < 1e150;
}

/** What comes of input that is not finite: NaN, so that the run is seen to have diverged. */
function diverged(x: FloatArray, rows: number, d: number, averages: boolean): NormalisedLayer {
  const nan = new Float64Array(d).fill(Number.NaN);
  const statistics = averages ? { m: Math.max(2, rows), mean: nan, variance: nan } : null;
  return {
    y: x.map(() => Number.NaN),
    batch: null,
    statistics: statistics === null ? [] : [statistics],
    pooledStatistics: statistics,
    backward: (dy) => notNumbers(dy, d),
  };
}

function notNumbers(dy: FloatArray, d: number): BatchNormGradients {
  const nan = new Float64Array(d).fill(Number.NaN);
  return { dx: dy.map(() => Number.NaN), dGamma: nan, dBeta: nan };
}
