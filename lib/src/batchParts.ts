/** BN over parts of a batch, each with its own statistics: ghost batches in training, test batches in testing. */
import { checkEpsilon, checkFinite, checkMatrix, type FloatArray, type Numbers, zerosLike } from './check.js';
import {
  type BatchNormResult,
  checkVariance,
  DEFAULT_EPSILON,
  normalise,
  type TransformOptions,
  vectorOr,
} from './transform.js';

/**
 * Normalises consecutive parts of a batch, each on its own. NaN is let through, as in `normalise`.
 * @param x m x d
 * @param sizes examples in each part, at least 2 each, m together (the callers see to it)
 */
export function normaliseParts(
  x: Numbers,
  d: number,
  sizes: readonly number[],
  gamma: FloatArray,
  beta: FloatArray,
  epsilon: number,
): BatchNormResult[] {
  let start = 0;
  return sizes.map((size) => {
    const part = x.slice(start * d, (start + size) * d);
    start += size;
    return normalise(part, size, d, gamma, beta, epsilon);
  });
}

/** The same with all checks of `batchNorm`, x looked at as a whole. */
export function batchNormParts(
  x: Numbers,
  m: number,
  d: number,
  sizes: readonly number[],
  options: TransformOptions,
): BatchNormResult[] {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  const epsilon = options.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const gamma = vectorOr(1, 'gamma', options.gamma, x, d);
  const beta = vectorOr(0, 'beta', options.beta, x, d);
  const parts = normaliseParts(x, d, sizes, gamma, beta, epsilon);
  for (const part of parts) {
    checkVariance(part.variance);
  }
  return parts;
}

/** The parts' rows, one part after the other; float32 when `like` is a Float32Array. */
export function joinRows(like: Numbers, parts: readonly FloatArray[]): FloatArray {
  const joined = zerosLike(
    like,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}
