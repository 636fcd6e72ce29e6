/**
 * Testing by batches: instead of population statistics, each batch of test examples is normalised with statistics
 * of its own, as in training. Nothing has to be kept from training, and a test set from elsewhere is adapted to; but
 * what is said of an example depends on the examples it is tested with, and one example alone cannot be tested.
 */
import { batchNormParts, joinRows } from './batchParts.js';
import { checkCount, checkMatrix, checkOptions, type FloatArray, type Numbers } from './check.js';
import type { BatchNormResult, TransformOptions } from './transform.js';

/** What testing by batches computes. */
export interface TestBatchesResult {
  /** The output, m x d. */
  readonly y: FloatArray;
  /** The test batches in order, each as `batchNorm` returns it. */
  readonly batches: readonly BatchNormResult[];
}

/**
 * BN of a test set by batches of consecutive examples, the last of which may be shorter.
 *
 * @param x m x d
 * @param batchSize examples in each batch, at least 2
 * @returns float32 when x is a Float32Array
 * @throws RangeError as `batchNorm`, and when one example would be left for the last batch
 *
 * @example
 * const x = [1, 3, 5, 9, 100];
 * console.log(batchNormTestBatches(x, 5, 1, 3, { epsilon: 0 }).batches.map(({ mean }) => mean[0]).join()); // prints 3,54.5
 */
export function batchNormTestBatches(
  x: Numbers,
  m: number,
  d: number,
  batchSize: number,
  options: TransformOptions = {},
): TestBatchesResult {
  checkOptions('batchNormTestBatches', options, ['gamma', 'beta', 'epsilon']);
  checkMatrix('x', x, m, d);
  checkCount('batchSize', batchSize, 2);
  if (m % batchSize === 1) {
    throw new RangeError(
      `m must leave at least 2 examples for the last test batch, found m = ${m} and batchSize = ${batchSize}: the ` +
        'variance of one example is 0 and y would be beta whatever x is; choose another batchSize, or inference ' +
        'with population statistics',
    );
  }
  const sizes = Array.from({ length: Math.ceil(m / batchSize) }, (_, i) =>
    Math.min(batchSize, m - i * batchSize),
  );
  const batches = batchNormParts(x, m, d, sizes, options);
  const y = joinRows(
    x,
    batches.map((batch) => batch.y),
  );
  return { y, batches };
}
