/** The fold into a dense layer, in both layouts, with BN on either side. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose, matrix } from '../../tests/lib/support.js';
import { dense } from './dense.js';
import { type DenseToFold, foldForwardIntoDense, foldIntoDense } from './fold.js';
import { batchNormInference } from './inference.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());
const positives = (random: Random, n: number): Float64Array =>
  new Float64Array(n).map(() => 0.1 + random.uniform());

/** rows x columns to columns x rows. */
const transpose = (x: Float64Array, rows: number, columns: number): Float64Array =>
  x.map((_, index) => x[(index % rows) * columns + Math.floor(index / rows)]);

/** The library's own dense layer, for weights in either layout. */
function apply(layer: DenseToFold, x: Float64Array, m: number): Float64Array {
  const { weights, inputs, outputs, bias = null, layout } = layer;
  const w = Float64Array.from(weights);
  const straight = layout === 'pytorch' ? transpose(w, outputs, inputs) : w;
  return Float64Array.from(dense(x, straight, bias, m, inputs, outputs));
}

const layers = fc.record({
  shape: matrix,
  other: fc.integer({ min: 1, max: 5 }),
  layout: fc.constantFrom('tensorflow' as const, 'pytorch' as const),
  withBias: fc.boolean(),
});

describe('the fold into a dense layer', () => {
  test.each(['after', 'before'] as const)('computes what the two layers compute: BN %s it', (side) => {
    fc.assert(
      fc.property(layers, ({ shape: { m, d, seed }, other, layout, withBias }) => {
        const random = new Random(seed);
        const [inputs, outputs] = side === 'after' ? [other, d] : [d, other];
        const weights = normals(random, inputs * outputs);
        const bias = withBias ? normals(random, outputs) : null;
        const layer = { weights, bias, inputs, outputs, layout };
        const statistics = { mean: normals(random, d), variance: positives(random, d) };
        const options = { gamma: normals(random, d), beta: normals(random, d), epsilon: 0.001 };
        const x = normals(random, m * inputs);
        const normalise = (u: Float64Array): Float64Array =>
          Float64Array.from(batchNormInference(u, m, d, statistics, options));
        if (side === 'after') {
          const folded = foldIntoDense(layer, statistics, options);
          expectClose(apply(folded, x, m), normalise(apply(layer, x, m)), 1e-12);
        } else {
          const folded = foldForwardIntoDense(statistics, layer, options);
          expectClose(apply(folded, x, m), apply(layer, normalise(x), m), 1e-12);
        }
      }),
    );
  });

  test('between two BN layers, folds both', () => {
    const random = new Random(5);
    const layer = { weights: normals(random, 6), bias: normals(random, 3), inputs: 2, outputs: 3 };
    const before = { mean: normals(random, 2), variance: positives(random, 2) };
    const after = { mean: normals(random, 3), variance: positives(random, 3) };
    const x = normals(random, 8);
    const u = Float64Array.from(batchNormInference(x, 4, 2, before));
    const y = batchNormInference(apply(layer, u, 4), 4, 3, after);
    expectClose(apply(foldIntoDense(foldForwardIntoDense(before, layer), after), x, 4), y, 1e-12);
  });

  test('keeps float32 weights float32 on both sides, and sums in float64', () => {
    const layer = { weights: new Float32Array([1e8, 1, -1e8]), inputs: 3, outputs: 1 };
    const statistics = { mean: [-1, -1, -1], variance: [1, 1, 1] };
    const folded = foldForwardIntoDense(statistics, layer, { epsilon: 0 });
    expect(folded.weights).toBeInstanceOf(Float32Array);
    expect(folded.bias).toBeInstanceOf(Float32Array);
    expect(folded.bias[0]).toBe(1); // float32 sums give 0
  });

  const layer = { weights: [1, 2, 3, 4, 5, 6], inputs: 2, outputs: 3 };
  const two = { mean: [0, 0], variance: [1, 1] };
  const three = { mean: [0, 0, 0], variance: [1, 1, 1] };
  test.each<[string, () => unknown, string]>([
    [
      'statistics of the wrong side',
      () => foldForwardIntoDense(three, layer),
      'mean must have inputs = 2 elements, found 3',
    ],
    ['and of the other', () => foldIntoDense(layer, two), 'mean must have outputs = 3 elements, found 2'],
    [
      'NaN in the weights',
      () => foldIntoDense({ ...layer, weights: [1, 2, 3, 4, Number.NaN, 6] }, three),
      'weights must hold finite numbers, found NaN in row 1, column 1',
    ],
    [
      'NaN in the bias',
      () => foldForwardIntoDense(two, { ...layer, bias: [0, 0, Number.NaN] }),
      'bias must hold finite numbers, found NaN in row 0, column 2',
    ],
    [
      'NaN in gamma',
      () => foldIntoDense(layer, three, { gamma: [1, Number.NaN, 1] }),
      'gamma must hold finite numbers, found NaN in row 0, column 1',
    ],
    [
      'an infinite beta',
      () => foldIntoDense(layer, three, { beta: [1, Infinity, 1] }),
      'beta must hold finite numbers, found Infinity in row 0, column 1',
    ],
    [
      'an unknown layout',
      () => foldIntoDense({ ...layer, layout: 'keras' as 'pytorch' }, three),
      'layout must be one of "tensorflow", "pytorch", found "keras"',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
