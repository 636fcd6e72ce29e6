/**
 * The normalisations that a hidden layer can have, behind one pair of functions: forward with what backprop and
 * the moving averages need, and back again.
 */
import { type BatchNormGradients, compactGradients } from './backward.js';
import { checkChoice, checkOptions, type FloatArray, type Numbers } from './check.js';
import { batchNormInference } from './inference.js';
import type { BatchNormParameters } from './network.js';
import { type MinibatchStatistics, unbiasedFactor } from './population.js';
import { type BatchNormResult, normalise } from './transform.js';

/** Which normalisation: a name stands for the kind without further options. */
export type Normalisation = 'batch' | { readonly kind: 'batch' };

/** A normalisation with nothing left out. */
export interface CompleteNormalisation {
  readonly kind: 'batch';
}

/**
 * Checks a normalisation and fills in what was left out.
 * @throws RangeError or TypeError for an unknown kind or option
 */
export function completeNormalisation(normalisation: Normalisation): CompleteNormalisation {
  const given = typeof normalisation === 'string' ? { kind: normalisation } : normalisation;
  checkChoice('normalisation', given.kind, ['batch']);
  checkOptions(`the normalisation "${given.kind}"`, given, ['kind']);
  return { kind: given.kind };
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
 * @param parameters gamma, beta, and the moving averages as they are before this step
 */
export function normaliseLayer(
  _normalisation: CompleteNormalisation,
  x: FloatArray,
  rows: number,
  d: number,
  parameters: BatchNormParameters,
  epsilon: number,
): NormalisedLayer {
  const batch = normalise(x, rows, d, parameters.gamma, parameters.beta, epsilon);
  const { y } = batch;
  return {
    y,
    batch,
    statistics: [batch],
    pooledStatistics: batch,
    backward: (dy) => compactGradients(dy, batch),
  };
}

/** A normalisation at inference, rows x d. */
export function normaliseForInference(
  _normalisation: CompleteNormalisation,
  x: FloatArray,
  rows: number,
  d: number,
  parameters: BatchNormParameters,
  epsilon: number,
): FloatArray {
  const { gamma, beta } = parameters;
  return batchNormInference(x, rows, d, parameters, { gamma, beta, epsilon });
}

/** The moving averages of a layer take in what a normalisation has seen, in place. */
export function updateAverages(
  _normalisation: CompleteNormalisation,
  parameters: BatchNormParameters,
  normalised: NormalisedLayer,
  newWeight: number,
  _epsilon: number,
): void {
  for (const { m, mean, variance } of normalised.statistics) {
    average(parameters.mean, mean, 1, newWeight);
    average(parameters.variance, variance, unbiasedFactor(m), newWeight);
  }
}

/** state <- (1 - newWeight) state + newWeight factor value */
function average(state: Float64Array, value: Numbers, factor: number, newWeight: number): void {
  for (let j = 0; j < state.length; j++) {
    state[j] = (1 - newWeight) * state[j] + newWeight * factor * value[j];
  }
}
