/**
 * Orthogonal weights (Saxe et al. 2014, arXiv 1312.6120): a layer of them keeps lengths, so that signals neither
 * grow nor fade with depth as long as the activations are linear.
 */
import { checkCount } from './check.js';
import type { Random } from './random.js';

/**
 * A matrix with orthonormal rows or columns, whichever are fewer, times `gain`: normal draws, put upright one
 * after the other (Gram and Schmidt, twice over, since once loses digits). Every direction is equally likely.
 * @returns W, inputs x outputs, row-major
 *
 * @example
 * const [a, b, c, d] = orthogonalWeights(2, 2, 1, new Random(1));
 * console.log(Math.abs(a * b + c * d) < 1e-12, (a * a + c * c).toFixed(6)); // prints true 1.000000
 */
export function orthogonalWeights(
  inputs: number,
  outputs: number,
  gain: number,
  random: Random,
): Float64Array {
  checkCount('inputs', inputs);
  checkCount('outputs', outputs);
  const count = Math.min(inputs, outputs);
  const length = Math.max(inputs, outputs);
  const vectors: Float64Array[] = [];
  for (let v = 0; v < count; v++) {
    const vector = new Float64Array(length).map(() => random.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors) {
        const along = inner(vector, earlier);
        for (let i = 0; i < length; i++) {
          vector[i] -= along * earlier[i];
        }
      }
      const norm = Math.sqrt(inner(vector, vector));
      for (let i = 0; i < length; i++) {
        vector[i] /= norm;
      }
    }
    vectors.push(vector);
  }
  const weights = new Float64Array(inputs * outputs);
  for (let v = 0; v < count; v++) {
    for (let i = 0; i < length; i++) {
      weights[inputs <= outputs ? v * outputs + i : i * outputs + v] = gain * vectors[v][i];
    }
  }
  return weights;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}
