import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activation, activationNames } from './activations.js';
import { SATURATED_BELOW, saturatedShare, saturation } from './saturation.js';

describe('saturation by limits', () => {
  test.each(activationNames)('%s: the stated limits are where g and g’ go', (name) => {
    const g = activation(name, 7);
    const { left, right, largestSlope } = saturation(name, 7);
    for (const [limit, sign] of [
      [left, -1],
      [right, 1],
    ] as const) {
      // far out the limit is reached, and already halfway there the slope is no larger than near it
      expect(g.derivative(sign * 40)).toBeCloseTo(limit.slope, 12);
      if (Number.isFinite(limit.value)) {
        expect(g.apply(sign * 40)).toBeCloseTo(limit.value, 12);
      } else {
        expect(Math.sign(g.apply(sign * 1e6))).toBe(Math.sign(limit.value));
        expect(Math.abs(g.apply(sign * 1e6))).toBeGreaterThan(1e5);
      }
      expect(limit.saturates).toBe(limit.slope === 0);
      // hard: exactly 0 close by, where a soft one still has some slope
      expect(limit.hard).toBe(g.derivative(sign * 1) === 0);
    }
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (u) => {
        expect(g.derivative(u)).toBeLessThanOrEqual(largestSlope);
      }),
    );
  });

  test('sigmoid and tanh saturate; ReLU on one side, hard; LeakyReLU and the identity nowhere', () => {
    expect(activationNames.map((name) => [name, saturation(name).saturating])).toEqual([
      ['sigmoid', true],
      ['tanh', true],
      ['relu', false],
      ['leakyRelu', false],
      ['identity', false],
    ]);
    expect(saturation('relu').sentence).toBe(
      "relu saturates on the left only: g' -> 0 on the left and g' -> 1 on the right",
    );
    expect(saturation('leakyRelu', 4).sentence).toBe(
      "leakyRelu does not saturate: g' -> 0.25 on the left and g' -> 1 on the right",
    );
  });

  test('the definition by the limits of g agrees with the one by the limits of its slope', () => {
    for (const name of activationNames) {
      const { left, right, saturating } = saturation(name);
      expect(Number.isFinite(left.value) && Number.isFinite(right.value)).toBe(saturating);
    }
  });
});

describe('the share of saturated inputs', () => {
  test('turns where the slope falls to 5 % of its largest', () => {
    // sigmoid: g(1 - g) = 0.0125; tanh: 1 - g^2 = 0.05
    const sigmoidAt = Math.log((1 + Math.sqrt(0.95)) / (1 - Math.sqrt(0.95)));
    const tanhAt = Math.atanh(Math.sqrt(0.95));
    expect(SATURATED_BELOW).toBe(0.05);
    for (const [name, at] of [
      ['sigmoid', sigmoidAt],
      ['tanh', tanhAt],
    ] as const) {
      expect(saturatedShare([at - 1e-9, -at + 1e-9], name)).toBe(0);
      expect(saturatedShare([at + 1e-9, -at - 1e-9], name)).toBe(1);
    }
    expect(saturatedShare([-2, 0, 3, 4], 'relu')).toBe(0.5);
    expect(saturatedShare([-2, -1], 'leakyRelu', 100)).toBe(1);
    expect(saturatedShare([-2, -1], 'leakyRelu', 10)).toBe(0);
  });

  test('grows with the spread of the inputs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        (u, a) => {
          const wider = u.map((v) => a * v);
          expect(saturatedShare(wider, 'tanh')).toBeGreaterThanOrEqual(saturatedShare(u, 'tanh'));
        },
      ),
    );
  });

  test('bad input is refused', () => {
    expect(() => saturation('gelu' as 'relu')).toThrow('activation must be one of "sigmoid"');
    expect(() => saturation('leakyRelu', 1)).toThrow('leak must be a finite number above 1');
    expect(() => saturatedShare([], 'tanh')).toThrow('u must have at least 1 element, found 0');
    expect(() => saturatedShare([1], 'tanh', 100, 0)).toThrow('below must be in (0, 1]');
  });
});
