import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constantRate, exponentialDecay, stepDecay } from './schedule.js';

const rates = fc.double({ min: 1e-4, max: 10, noNaN: true });
const factors = fc.double({ min: 0.01, max: 1, noNaN: true });

describe('learning-rate schedules', () => {
  test('start at the rate and never rise', () => {
    fc.assert(
      fc.property(rates, factors, fc.integer({ min: 1, max: 50 }), (rate, factor, n) => {
        for (const schedule of [
          constantRate(rate),
          stepDecay({ rate, factor, every: n }),
          exponentialDecay({ rate, factor, over: n }),
        ]) {
          expect(schedule(1)).toBe(rate);
          for (let step = 1; step < 120; step++) {
            expect(schedule(step + 1)).toBeLessThanOrEqual(schedule(step));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('falling every n steps is falling after n, 2n, 3n, ...', () => {
    const every = stepDecay({ rate: 2, factor: 0.5, every: 4 });
    const listed = stepDecay({ rate: 2, factor: 0.5, every: [4, 8, 12] });
    const steps = Array.from({ length: 16 }, (_, i) => i + 1);
    expect(steps.map(every)).toEqual(steps.map(listed));
    expect(steps.map(every)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]);
  });

  test('a decay 6 times as fast reaches in t steps what the other reaches in 6 t', () => {
    const slow = exponentialDecay({ rate: 0.045, factor: 0.94, over: 600 });
    const fast = exponentialDecay({ rate: 0.045, factor: 0.94, over: 100 });
    for (const t of [0, 1, 50, 333]) {
      expect(fast(1 + t)).toBeCloseTo(slow(1 + 6 * t), 14);
    }
  });

  test.each<[string, () => unknown, string]>([
    ['a rate of 0', () => constantRate(0), 'rate must be a finite number above 0, found 0'],
    [
      'a factor above 1',
      () => stepDecay({ rate: 1, factor: 2, every: 3 }),
      'factor must be in (0, 1], found 2',
    ],
    [
      'a fraction of a step',
      () => stepDecay({ rate: 1, factor: 0.5, every: 0.5 }),
      'every must be a whole number',
    ],
    [
      'steps that do not rise',
      () => stepDecay({ rate: 1, factor: 0.5, every: [5, 5] }),
      'every must rise, found 5 before 5',
    ],
    [
      'no length',
      () => exponentialDecay({ rate: 1, factor: 0.5, over: 0 }),
      'over must be a finite number above 0, found 0',
    ],
  ])('%s is refused', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
