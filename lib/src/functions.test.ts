/** Activations, losses, the dense layer and initialisers, each against its formula and its derivative. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centralDifferences, dot, expectClose, matrix } from '../../tests/lib/support.js';
import { type ActivationName, activation, activationNames } from './activations.js';
import { dense, denseBackward } from './dense.js';
import { meanSquaredError, softmax, softmaxCrossEntropy } from './loss.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

describe('activations', () => {
  const formulas: Record<ActivationName, (u: number) => number> = {
    sigmoid: (u) => 1 / (1 + Math.exp(-u)),
    tanh: (u) => (Math.exp(u) - Math.exp(-u)) / (Math.exp(u) + Math.exp(-u)),
    relu: (u) => (u + Math.abs(u)) / 2,
    leakyRelu: (u) => (u >= 0 ? u : u / 5),
    identity: (u) => u,
  };

  test.each(activationNames)('%s is its formula, with its derivative', (name) => {
    const g = activation(name, 5);
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (u) => {
        expect(g.apply(u)).toBeCloseTo(formulas[name](u), 12);
        fc.pre(Math.abs(u) > 1e-3); // relu has a corner at 0
        expect(g.derivative(u)).toBeCloseTo(centralDifferences(([v]) => g.apply(v), [u])[0], 7);
      }),
    );
  });

  test('sigmoid saturates without overflow', () => {
    const g = activation('sigmoid');
    expect([g.apply(-800), g.apply(800), g.derivative(800)]).toEqual([0, 1, 0]);
  });

  test('relu passes NaN on, so that a diverged run is seen', () => {
    expect(activation('relu').apply(Number.NaN)).toBeNaN();
  });

  test('an unknown name, and a leak that is no divisor above 1, are refused', () => {
    expect(() => activation('gelu' as 'relu')).toThrow(
      'activation must be one of "sigmoid", "tanh", "relu", "leakyRelu", "identity", found "gelu"',
    );
    expect(() => activation('leakyRelu', 0.01)).toThrow('leak must be a finite number above 1');
  });
});

describe('losses', () => {
  test('softmax cross-entropy is -log p of the label, with its gradient', () => {
    fc.assert(
      fc.property(matrix, ({ m, d: k, seed }) => {
        const random = new Random(seed);
        const logits = normals(random, m * k);
        const labels = Array.from({ length: m }, () => random.integer(k));
        const { loss, gradient } = softmaxCrossEntropy(logits, labels, m, k);
        const p = softmax(logits, m, k);
        expect(loss).toBeCloseTo(-labels.reduce((sum, c, i) => sum + Math.log(p[i * k + c]), 0) / m, 12);
        expectClose(
          gradient,
          centralDifferences((v) => softmaxCrossEntropy(v, labels, m, k).loss, logits),
          1e-8,
        );
      }),
      { numRuns: 50 },
    );
  });

  test('softmax cross-entropy stays finite for logits of 1e4', () => {
    const { loss, gradient } = softmaxCrossEntropy([1e4, 0, -1e4], [2], 1, 3);
    expect(loss).toBe(2e4);
    expect(Array.from(gradient)).toEqual([1, 0, -1]);
  });

  test('mean squared error has its gradient', () => {
    const random = new Random(1);
    const y = normals(random, 6);
    const target = normals(random, 6);
    const { loss, gradient } = meanSquaredError(y, target, 2, 3);
    expect(loss).toBeCloseTo(
      dot(
        y.map((v, i) => v - target[i]),
        y.map((v, i) => v - target[i]),
      ) / 6,
      14,
    );
    expectClose(
      gradient,
      centralDifferences((v) => meanSquaredError(v, target, 2, 3).loss, y),
      1e-9,
    );
  });

  test('labels that are no classes are refused', () => {
    expect(() => softmaxCrossEntropy([1, 2], [2], 1, 2)).toThrow(
      'labels must be whole numbers from 0 to k - 1 = 1, found 2 at 0',
    );
    expect(() => softmaxCrossEntropy([1, 2], [0, 1], 1, 2)).toThrow(
      'labels must have m = 1 elements, found 2',
    );
  });
});

describe('the dense layer', () => {
  test('has the gradients that central differences give', () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 4 }), ({ m, d, seed }, outputs) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const w = normals(random, d * outputs);
        const b = normals(random, outputs);
        const du = normals(random, m * outputs);
        const { dx, dWeights, dBias } = denseBackward(du, x, w, m, d, outputs);
        const loss = (xs: Float64Array, ws: Float64Array, bs: Float64Array): number =>
          dot(du, dense(xs, ws, bs, m, d, outputs));
        expectClose(
          dx ?? [],
          centralDifferences((v) => loss(v, w, b), x),
          1e-8,
        );
        expectClose(
          dWeights,
          centralDifferences((v) => loss(x, v, b), w),
          1e-8,
        );
        expectClose(
          dBias,
          centralDifferences((v) => loss(x, w, v), b),
          1e-8,
        );
      }),
      { numRuns: 30 },
    );
  });

  test('refuses shapes that do not fit', () => {
    expect(() => dense([1, 2, 3], [1, 2], null, 1, 2, 1)).toThrow('x must have m*inputs = 2 elements');
    expect(() => dense([1, 2], [1], null, 1, 2, 1)).toThrow('weights must have inputs*outputs = 2 elements');
  });
});
