/** BN over parts of a batch, each with its own statistics: ghost batches in training, test batches in testing. */
import { checkFinite, checkMatrix, type FloatArray, type Numbers, zerosLike } from './check.js';
import { type BatchNormResult, batchNorm, type TransformOptions } from './transform.js';

/**
 * Normalises consecutive parts of a batch, each on its own.
 * @param x m x d
 * @param sizes examples in each part, at least 2 each, m together (the callers see to it)
 */
export function batchNormParts(
  x: Numbers,
  m: number,
  d: number,
  sizes: readonly number[],
  options: TransformOptions,
): BatchNormResult[] {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  let start = 0;
  return sizes.map((size) => {
    const part = x.slice(start * d, (start + size) * d);
    start += size;
    return batchNorm(part, size, d, options);
  });
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
