import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyMask, dropoutMask } from './dropout.js';
import { Random } from './random.js';

describe('dropout', () => {
  test('drops its share and keeps the expectation', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 19 }), (seed, twentieths) => {
        const rate = twentieths / 20;
        const n = 4000;
        const mask = dropoutMask(n, rate, new Random(seed));
        const zeros = mask.filter((v) => v === 0).length;
        // six standard deviations of a share of n draws
        expect(Math.abs(zeros / n - rate)).toBeLessThanOrEqual(6 * Math.sqrt((rate * (1 - rate)) / n));
        expect(mask.every((v) => v === 0 || v === 1 / (1 - rate))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('of rate 0 changes nothing, and draws the same from the same seed', () => {
    expect(dropoutMask(5, 0, new Random(1)).every((v) => v === 1)).toBe(true);
    expect(dropoutMask(50, 0.3, new Random(1))).toEqual(dropoutMask(50, 0.3, new Random(1)));
    expect(dropoutMask(50, 0.3, new Random(1))).not.toEqual(dropoutMask(50, 0.3, new Random(2)));
  });

  test('makes the variance larger than inference has it: E[x^2] / (1 - rate) - E[x]^2', () => {
    const random = new Random(3);
    const n = 200_000;
    const x = new Float64Array(n).map(() => 1 + random.normal());
    const y = Float64Array.from(applyMask(x, dropoutMask(n, 0.5, random)));
    const mean = y.reduce((a, b) => a + b) / n;
    const variance = y.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(2 / 0.5 - 1, 1);
  });

  test('keeps float32 as float32', () => {
    expect(applyMask(Float32Array.of(1, 2), [0, 2])).toEqual(Float32Array.of(0, 4));
  });

  test('bad input is refused', () => {
    expect(() => dropoutMask(3, 1, new Random(1))).toThrow('rate must be in [0, 1)');
    expect(() => dropoutMask(3, Number.NaN, new Random(1))).toThrow('rate must be in [0, 1)');
    expect(() => applyMask([1, 2], [1])).toThrow('mask must have 2 elements, one for each of x, found 1');
  });
});
