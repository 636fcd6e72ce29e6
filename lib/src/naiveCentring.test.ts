import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centralDifferences } from '../../tests/lib/support.js';
import { centringGradients, naiveCentring, naiveScaling, scalingGradients } from './naiveCentring.js';
import { Random } from './random.js';

const inputs = (seed: number, n = 50): Float64Array => {
  const random = new Random(seed);
  return new Float64Array(n).map(() => random.normal());
};

describe('centring with the naive update', () => {
  test.each([1, 2, 3])(
    'lets b grow by learningRate * target a step, at a constant loss (seed %i)',
    (seed) => {
      const run = naiveCentring({ x: inputs(seed), learningRate: 0.1, steps: 200 });
      expect(run.parameter[200]).toBeCloseTo(60, 9);
      for (const loss of run.loss) {
        expect(loss).toBeCloseTo(run.loss[0], 10);
      }
      expect(Math.max(...run.trueGradient.map(Math.abs))).toBeLessThan(1e-13);
    },
  );

  test('with the gradient through the mean, b stays where it was', () => {
    const run = naiveCentring({ x: inputs(1), gradient: 'throughStatistics', b: 0.5 });
    expect(Math.max(...run.parameter.map((b) => Math.abs(b - 0.5)))).toBeLessThan(1e-13);
  });

  test('follows the derivatives of the loss, with E[.] held and with E[.] moving', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: -3, max: 3, noNaN: true }), (seed, b) => {
        const x = inputs(seed, 9);
        const target = inputs(seed + 1, 9);
        const w = 1.7;
        const average = x.reduce((sum, v) => sum + w * v + b, 0) / 9;
        const held = centralDifferences(
          ([at]) => x.reduce((sum, v, i) => sum + (w * v + at - average - target[i]) ** 2, 0) / 18,
          [b],
        );
        const { ignoreStatistics, throughStatistics, loss } = centringGradients(x, target, w, b);
        expect(ignoreStatistics).toBeCloseTo(held[0], 6);
        const moving = centralDifferences(([at]) => centringGradients(x, target, w, at).loss, [b]);
        expect(throughStatistics).toBeCloseTo(moving[0], 6);
        expect(loss).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('scaling with the naive update', () => {
  test.each([1, 2, 3])('lets w grow at a constant loss (seed %i)', (seed) => {
    const run = naiveScaling({ x: inputs(seed) });
    expect(run.parameter[200]).toBeGreaterThan(5);
    for (let s = 1; s <= 200; s++) {
      expect(run.parameter[s]).toBeGreaterThan(run.parameter[s - 1]);
      expect(run.loss[s]).toBeCloseTo(run.loss[0], 10);
    }
    expect(Math.max(...run.trueGradient.map(Math.abs))).toBeLessThan(1e-13);
  });

  test('with the gradient through the scale, w stays where it was', () => {
    const run = naiveScaling({ x: inputs(1), gradient: 'throughStatistics' });
    expect(Math.max(...run.parameter.map((w) => Math.abs(w - 1)))).toBeLessThan(1e-12);
  });

  test('follows the derivatives of the loss, with the scale held and with it moving', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.2, max: 3, noNaN: true }), (seed, w) => {
        const x = inputs(seed, 9);
        const target = inputs(seed + 1, 9);
        const mean = x.reduce((a, b) => a + b) / 9;
        const s = w * Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 9);
        const held = centralDifferences(
          ([at]) => x.reduce((sum, v, i) => sum + ((at * v) / s - target[i]) ** 2, 0) / 18,
          [w],
          1e-4,
        );
        const gradients = scalingGradients(x, target, w);
        expect(gradients.ignoreStatistics).toBeCloseTo(held[0], 5);
        const moving = centralDifferences(([at]) => scalingGradients(x, target, at).loss, [w], 1e-4);
        expect(gradients.throughStatistics).toBeCloseTo(moving[0], 5);
      }),
    );
  });
});

describe('bad input', () => {
  test('is refused in one sentence', () => {
    expect(() => naiveCentring({ x: [1] })).toThrow('x must be a whole number of at least 2, found 1');
    expect(() => naiveCentring({ x: [1, Number.NaN] })).toThrow('x must hold finite numbers, found NaN');
    expect(() => naiveCentring({ x: [1, 2], target: [1] })).toThrow(
      'target must have m = 2 elements, found 1',
    );
    expect(() => naiveCentring({ x: [1, 2], gradient: 'naive' as 'throughStatistics' })).toThrow(
      'gradient must be one of "ignoreStatistics", "throughStatistics", found "naive"',
    );
    expect(() => naiveCentring({ x: [1, 2], lr: 1 } as object as { x: number[] })).toThrow(
      'has no option "lr"',
    );
    expect(() => naiveScaling({ x: [1, 2], w: 0 })).toThrow('w must not be 0');
    expect(() => naiveScaling({ x: [2, 2] })).toThrow('x must hold different numbers, found 2 2 times');
  });
});
