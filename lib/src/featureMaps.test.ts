import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { batchNormBackward, batchNormBackwardGraph } from './backward.js';
import { batchNormMaps, batchNormMapsInference } from './featureMaps.js';
import { Random } from './random.js';
import { batchNorm, columnMoments } from './transform.js';

const normals = (random: Random, n: number, scale = 1, shift = 0): Float64Array =>
  new Float64Array(n).map(() => shift + scale * random.normal());

/** n, up to three spatial sizes, c: at least two values in each map. */
const shapes = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    spatial: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 3 }),
    c: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ n, spatial, c, seed }) => ({ shape: [n, ...spatial, c], seed }))
  .filter(({ shape }) => shape.slice(0, -1).some((size) => size > 1));

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Moves every image by one column, round and round: (n, h, w, c). */
function shifted(x: ArrayLike<number>, [n, h, w, c]: readonly number[]): Float64Array {
  const result = new Float64Array(n * h * w * c);
  for (let row = 0; row < n * h; row++) {
    for (let column = 0; column < w; column++) {
      for (let channel = 0; channel < c; channel++) {
        result[(row * w + ((column + 1) % w)) * c + channel] = x[(row * w + column) * c + channel];
      }
    }
  }
  return result;
}

describe('BN over feature maps', () => {
  test.each(familyCases('maps'))('gives what PyTorch gives: $name', (g) => {
    const x = g.xs[g.xs.length - 1];
    const forward = batchNormMaps(x, g.shape, { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    expectClose(forward.mean, g.mean, 1e-10);
    expectClose(forward.variance, g.variance, 1e-10);
    expectClose(forward.y, g.y, 1e-10);
    for (const backward of [batchNormBackward, batchNormBackwardGraph]) {
      const { dx, dGamma, dBeta } = backward(g.dy, forward);
      expectClose(dx, g.dx, 1e-10);
      expectClose(dGamma, g.dgamma, 1e-10);
      expectClose(dBeta, g.dbeta, 1e-10);
    }
    const y = batchNormMapsInference(x, g.shape, g.after[g.after.length - 1], {
      gamma: g.gamma,
      beta: g.beta,
      epsilon: g.eps,
    });
    expectClose(y, g.frozen.y, 1e-10);
  });

  test('gives each map mean 0 and variance 1, over all locations of all examples', () => {
    fc.assert(
      fc.property(shapes, ({ shape, seed }) => {
        const { xHat, m, d } = batchNormMaps(normals(new Random(seed), count(shape), 3, 100), shape, {
          epsilon: 0,
        });
        expect([m, d]).toEqual([count(shape.slice(0, -1)), shape[shape.length - 1]]);
        const { mean, variance } = columnMoments(xHat, m, d);
        expectClose(mean, new Float64Array(d), 1e-10);
        expectClose(variance, new Float64Array(d).fill(1), 1e-10);
      }),
    );
  });

  test('does not ask how the locations of a map are arranged', () => {
    fc.assert(
      fc.property(shapes, ({ shape, seed }) => {
        const x = normals(new Random(seed), count(shape));
        const c = shape[shape.length - 1];
        const asColumn = batchNormMaps(x, [1, count(shape) / c, c]);
        expect(batchNormMaps(x, shape).y).toEqual(asColumn.y);
      }),
    );
  });

  test('commutes with a shift of the images, which BN per activation does not', () => {
    const shape = [3, 2, 4, 2];
    const x = normals(new Random(1), count(shape));
    // another picture moves in: the shift is seen by the first image only
    const one = shape.with(0, 1);
    const moved = x.slice();
    moved.set(shifted(x.subarray(0, count(one)), one));
    const parameters = { gamma: [1.5, -2], beta: [0.5, 1] };
    const { y } = batchNormMaps(x, shape, parameters);
    const expected = y.slice();
    expected.set(shifted(y.subarray(0, count(one)), one));
    expectClose(batchNormMaps(moved, shape, parameters).y, expected, 1e-12);

    const perActivation = batchNorm(x, 3, 16).y;
    const wanted = perActivation.slice();
    wanted.set(shifted(perActivation.subarray(0, count(one)), one));
    const got = batchNorm(moved, 3, 16).y;
    expect(Math.max(...got.map((v, i) => Math.abs(v - wanted[i])))).toBeGreaterThan(0.1);
  });

  test('agrees with central differences, forms and left-out paths included', () => {
    fc.assert(
      fc.property(shapes, ({ shape, seed }) => {
        const random = new Random(seed);
        const x = normals(random, count(shape));
        const c = shape[shape.length - 1];
        const options = { gamma: normals(random, c), beta: normals(random, c), epsilon: 0.1 };
        const dy = normals(random, count(shape));
        const forward = batchNormMaps(x, shape, options);
        const expected = centralDifferences((v) => dot(dy, batchNormMaps(v, shape, options).y), x);
        expectClose(batchNormBackward(dy, forward).dx, expected, 1e-6);
        expectClose(batchNormBackwardGraph(dy, forward).dx, expected, 1e-6);
        const frozen = centralDifferences(
          (v) => dot(dy, batchNormMapsInference(v, shape, forward, options)),
          x,
        );
        const neither = { throughMean: false, throughVariance: false };
        expectClose(batchNormBackward(dy, forward, neither).dx, frozen, 1e-6);
        expectClose(batchNormBackwardGraph(dy, forward, neither).dx, frozen, 1e-6);
      }),
      { numRuns: 40 },
    );
  });

  test('gives a constant map exactly its beta, and the others nothing of it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (constant, w, beta) => {
          const x = Float64Array.from({ length: 2 * w }, (_, i) => (i % 2 === 0 ? constant : i));
          for (const input of [x, Float32Array.from(x)]) {
            const { y, xHat, variance } = batchNormMaps(input, [1, w, 2], {
              gamma: [-3, 1],
              beta: [beta, 0],
            });
            const stored = input instanceof Float32Array ? Math.fround(beta) : beta;
            expect(variance[0]).toBe(0);
            for (let i = 0; i < w; i++) {
              expect(xHat[2 * i] === 0).toBe(true); // -0 is a zero too
              expect(y[2 * i] === stored).toBe(true);
            }
          }
        },
      ),
    );
  });

  test('keeps its digits in float32 at a mean of 1e4 over many locations', () => {
    const random = new Random(5);
    const shape = [4, 32, 32, 2];
    const x = Float32Array.from({ length: count(shape) }, () => 1e4 + random.normal());
    const exact = batchNormMaps(Float64Array.from(x), shape);
    const { y, variance } = batchNormMaps(x, shape);
    expect(y).toBeInstanceOf(Float32Array);
    expectClose(variance, exact.variance, 1e-15);
    expectClose(y, exact.y, 1e-7);
    const dy = Float32Array.from(x, () => random.normal());
    const wanted = batchNormBackward(Float64Array.from(dy), exact);
    for (const backward of [batchNormBackward, batchNormBackwardGraph]) {
      const { dx, dGamma, dBeta } = backward(dy, batchNormMaps(x, shape));
      expectClose(dx, wanted.dx, 2e-7);
      expectClose(dGamma, wanted.dGamma, 1e-6);
      expectClose(dBeta, wanted.dBeta, 1e-7);
    }
  });
});

describe('bad input to BN over feature maps', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a wrong length',
      () => batchNormMaps([1, 2, 3], [1, 2, 2, 1]),
      'x must have n*h*w*c = 4 elements (shape [1, 2, 2, 1]), found 3',
    ],
    [
      'no channels',
      () => batchNormMaps([1, 2], [2]),
      'shape must list at least n and c, as [n, h, w, c], found [2]',
    ],
    [
      'half a row',
      () => batchNormMaps([1], [1, 0.5, 2, 1]),
      'h in shape must be a whole number of at least 1',
    ],
    [
      'no examples',
      () => batchNormMaps([], [0, 2, 2]),
      'n in shape must be a whole number of at least 1, found 0',
    ],
    [
      'one value in each map',
      () => batchNormMaps([1, 2, 3], [1, 1, 1, 3]),
      'shape must give each map at least 2 values in training with BN, found n*h*w = 1 (shape [1, 1, 1, 3]): ' +
        'the variance of one value is 0',
    ],
    [
      'a gamma for each activation',
      () => batchNormMaps([1, 2, 3, 4], [1, 2, 1, 2], { gamma: [1, 1, 1, 1] }),
      'gamma must have d = 2 elements, found 4',
    ],
    [
      'statistics of another number of maps',
      () => batchNormMapsInference([1, 2], [1, 1, 2], { mean: [0], variance: [1] }),
      'mean must have d = 2 elements, found 1',
    ],
    [
      'numbers whose squares overflow',
      () => batchNormMaps([1e200, -1e200], [1, 2, 1]),
      'x must hold numbers whose squares are finite, found a variance of Infinity in column 0',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
