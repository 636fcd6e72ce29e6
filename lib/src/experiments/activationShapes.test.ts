import { describe, expect, it } from 'vitest';
import { activationShapes, shapeBins } from './activationShapes.js';

describe('activationShapes', () => {
  it('finds u more Gaussian than z for ReLU; for sigmoid z is as symmetric, and flatter', async () => {
    for (const seed of [1, 2, 3]) {
      const { readings } = await activationShapes({ seed, steps: 60, hidden: 30, examples: 400 });
      expect(readings).toHaveLength(12);
      for (const { density, std, zeros, place, activation } of readings) {
        const sum = density.reduce((a, b) => a + b, 0) * (shapeBins[1] - shapeBins[0]);
        expect(sum).toBeLessThanOrEqual(1 + 1e-9);
        expect(sum).toBeGreaterThan(0.95);
        expect(std).toBeGreaterThan(0);
        if (place === 'u' || activation === 'sigmoid') expect(zeros).toBe(0);
        else expect(zeros).toBeGreaterThan(0.3);
      }
      const of = (activation: string, place: string) =>
        readings.find((each) => each.activation === activation && each.place === place && each.layer === 3);
      const [u, z] = [of('relu', 'u'), of('relu', 'z')];
      expect(z?.skewness).toBeGreaterThan((u?.skewness ?? Number.NaN) + 0.7);
      expect(of('sigmoid', 'z')?.kurtosis).toBeLessThan(of('sigmoid', 'u')?.kurtosis ?? Number.NaN);
      expect(of('sigmoid', 'z')?.mean).toBeCloseTo(0.5, 1);
    }
  });

  it('ends early when it is told to, and refuses what it cannot run', async () => {
    const { readings, stopped } = await activationShapes({ steps: 5 }, { signal: AbortSignal.abort() });
    expect([readings.length, stopped]).toEqual([0, true]);
    await expect(activationShapes({ examples: 1 })).rejects.toThrow(/examples must be .* at least 2/);
    await expect(activationShapes({ activations: ['tanh' as 'relu'] })).rejects.toThrow(
      /activations must be/,
    );
  });
});
