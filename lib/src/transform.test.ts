import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose, goldenCases, matrix } from '../../tests/lib/support.js';
import { dense } from './dense.js';
import { Random } from './random.js';
import { batchNorm, columnMoments } from './transform.js';

const normals = (random: Random, n: number, scale = 1, shift = 0): Float64Array =>
  new Float64Array(n).map(() => shift + scale * random.normal());

describe('the BN transform', () => {
  test.each(goldenCases('dense'))('gives what PyTorch gives: $name', (g) => {
    const result = batchNorm(g.x, g.m, g.d, { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    expectClose(result.mean, g.mean, 1e-12);
    expectClose(result.variance, g.variance, 1e-12);
    expectClose(result.y, g.y, 1e-9);
  });

  test.each(goldenCases('conv-nhwc'))('normalises feature maps over all locations: $name', (g) => {
    const result = batchNorm(g.x, g.n * g.h * g.w, g.c, { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    expectClose(result.mean, g.mean, 1e-12);
    expectClose(result.variance, g.variance, 1e-12);
    expectClose(result.y, g.y, 1e-10);
  });

  test('is the formula of Algorithm 1, written out for one feature', () => {
    const x = [1, 4, 7];
    const { y } = batchNorm(x, 3, 1, { gamma: [2], beta: [5], epsilon: 0.5 });
    const mean = 4;
    const variance = (9 + 0 + 9) / 3;
    expectClose(
      y,
      x.map((v) => (2 * (v - mean)) / Math.sqrt(variance + 0.5) + 5),
      1e-15,
    );
  });

  test('gives every feature mean 0 and variance 1', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const { xHat } = batchNorm(normals(new Random(seed), m * d, 3, 100), m, d, { epsilon: 0 });
        const { mean, variance } = columnMoments(xHat, m, d);
        expectClose(mean, new Float64Array(d), 1e-10);
        expectClose(variance, new Float64Array(d).fill(1), 1e-10);
      }),
    );
  });

  test('does not notice the scale of the weights before it: BN(a W u) = BN(W u) for a > 0', () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: 0.01, max: 100, noNaN: true }), ({ m, d, seed }, a) => {
        const random = new Random(seed);
        const u = normals(random, m * 3);
        const w = normals(random, 3 * d);
        const plain = batchNorm(dense(u, w, null, m, 3, d), m, d, { epsilon: 0 });
        const scaled = w.map((v) => a * v);
        const other = batchNorm(dense(u, scaled, null, m, 3, d), m, d, { epsilon: 0 });
        expectClose(other.y, plain.y, 1e-9);
      }),
    );
  });

  test('does not notice a bias before it', () => {
    const random = new Random(1);
    const u = normals(random, 5 * 3);
    const w = normals(random, 3 * 4);
    const plain = batchNorm(dense(u, w, null, 5, 3, 4), 5, 4);
    const biased = batchNorm(dense(u, w, [1, -2, 3, 40], 5, 3, 4), 5, 4);
    expectClose(biased.y, plain.y, 1e-12);
  });

  test('can be the identity: gamma = sqrt(variance + epsilon), beta = mean', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const x = normals(new Random(seed), m * d, 2, -7);
        const { mean, standardDeviation } = batchNorm(x, m, d);
        const { y } = batchNorm(x, m, d, { gamma: standardDeviation, beta: mean });
        expectClose(y, x, 1e-12);
      }),
    );
  });

  test('keeps float32 as float32, and its digits at a mean of 1e4', () => {
    const random = new Random(2);
    const small = normals(random, 40);
    const { y } = batchNorm(
      Float32Array.from(small, (v) => Math.fround(v + 1e4)),
      20,
      2,
    );
    expect(y).toBeInstanceOf(Float32Array);
    // what is left is the rounding of the input itself, 2^-11 of a unit at 1e4; one pass would give noise of size 1
    expectClose(y, batchNorm(small, 20, 2).y, 2e-3);
  });

  test('gives a constant feature its beta', () => {
    const { y } = batchNorm([5, 1, 5, 2], 2, 2, { beta: [3, 0] });
    expect([y[0], y[2]]).toEqual([3, 3]);
  });
});

describe('bad input to the BN transform', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a wrong length',
      () => batchNorm(new Float64Array(10), 3, 4),
      'x must have m*d = 12 elements (m = 3, d = 4), found 10',
    ],
    ['a batch of one', () => batchNorm([1, 2], 1, 2), 'm must be at least 2 in training with BN, found 1: '],
    ['no batch', () => batchNorm([], 0, 2), 'm must be a whole number of at least 1, found 0'],
    [
      'NaN',
      () => batchNorm([1, 2, 3, Number.NaN, 5, 6], 3, 2),
      'x must hold finite numbers, found NaN in row 1, column 1 (element 3)',
    ],
    ['an infinity', () => batchNorm([1, -Infinity], 2, 1), 'found -Infinity in row 1, column 0'],
    [
      'epsilon 0 with a constant feature',
      () => batchNorm([1, 7, 2, 7], 2, 2, { epsilon: 0 }),
      'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column 1',
    ],
    ['a negative epsilon', () => batchNorm([1, 2], 2, 1, { epsilon: -1 }), 'epsilon must be a finite number'],
    [
      'a short gamma',
      () => batchNorm([1, 2, 3, 4], 2, 2, { gamma: [1] }),
      'gamma must have d = 2 elements, found 1',
    ],
    [
      'an unknown option',
      () => batchNorm([1, 2], 2, 1, { eps: 1 } as object),
      'batchNorm has no option "eps"; it takes gamma, beta, epsilon',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
