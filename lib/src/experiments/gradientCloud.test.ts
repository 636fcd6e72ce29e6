import { describe, expect, it } from 'vitest';
import { gradientCloud } from './gradientCloud.js';

describe('gradientCloud', () => {
  it.each([1, 4, 30, 200])(
    'is spread around the full gradient as drawing without replacement says, m = %i',
    (m) => {
      const { g1, g2, full, spread, expected } = gradientCloud({ m, draws: 3000, population: 300 });
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const sure = (4 * expected) / Math.sqrt(3000);
      expect(Math.hypot(mean(g1) - full[0], mean(g2) - full[1])).toBeLessThan(sure);
      expect(spread / expected).toBeCloseTo(1, 1);
    },
  );

  it('is the full gradient when the minibatch is everything', () => {
    const { g1, g2, full, spread, expected } = gradientCloud({ m: 50, draws: 5, population: 50 });
    expect(g1).toEqual(g1.map(() => expect.closeTo(full[0], 12)));
    expect(g2).toEqual(g2.map(() => expect.closeTo(full[1], 12)));
    expect(spread).toBeLessThan(1e-12);
    expect(expected).toBe(0);
  });

  it('gives the same for the same seed, and refuses what cannot be drawn', () => {
    expect(gradientCloud({ seed: 3, draws: 5 })).toEqual(gradientCloud({ seed: 3, draws: 5 }));
    expect(gradientCloud({ seed: 3, draws: 5 }).g1).not.toEqual(gradientCloud({ seed: 4, draws: 5 }).g1);
    expect(() => gradientCloud({ m: 2000 })).toThrow(/at most the population, 1000, found 2000/);
    expect(() => gradientCloud({ m: 0 })).toThrow(RangeError);
  });
});
