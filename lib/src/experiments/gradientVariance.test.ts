import { describe, expect, it } from 'vitest';
import { gradientVariance, timePerExample } from './gradientVariance.js';

const small = { batchSizes: [2, 8], seeds: [1, 2, 3], draws: 60, population: 150, hidden: 8 };

describe('gradientVariance', () => {
  it('is s²/m without BN, and more with BN, where it falls faster than 1/m at small m', async () => {
    const { cells, stopped } = await gradientVariance(small);
    expect(stopped).toBe(false);
    expect(cells).toHaveLength(12);
    const at = (m: number, batchNorm: boolean) => cells.filter((c) => c.m === m && c.batchNorm === batchNorm);
    for (const m of small.batchSizes) {
      for (const { variance, expected } of at(m, false)) {
        // Seeds 1 to 6 at three populations gave 0.93 to 1.14.
        expect(variance / (expected ?? Number.NaN)).toBeGreaterThan(0.75);
        expect(variance / (expected ?? Number.NaN)).toBeLessThan(1.3);
      }
      // The mean of the estimates is the gradient of the whole set, but for the noise of so few draws.
      for (const { bias, noise } of at(m, false)) expect(bias).toBeLessThan(2 * noise);
      for (const [i, cell] of at(m, true).entries()) {
        expect(cell.expected).toBe(null);
        expect(cell.variance).toBeGreaterThan(at(m, false)[i].variance);
      }
    }
    const fall = (batchNorm: boolean, seed: number) =>
      at(2, batchNorm)[seed].variance / at(8, batchNorm)[seed].variance;
    for (const seed of [0, 1, 2]) {
      expect(fall(false, seed)).toBeGreaterThan(3);
      expect(fall(false, seed)).toBeLessThan(5.5);
      // 1/m would give 4.
      expect(fall(true, seed)).toBeGreaterThan(12);
    }
  });

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { ...small, seeds: [5], batchSizes: [2, 4], draws: 5, population: 50 };
    const alone = JSON.stringify(await gradientVariance(config, { workers: 0 }));
    expect(JSON.stringify(await gradientVariance(config, { workers: 3 }))).toBe(alone);
    await expect(gradientVariance({ ...config, batchSizes: [64] })).rejects.toThrow(
      /batchSizes must be at most the population's 50 examples, found 64/,
    );
    await expect(gradientVariance({ ...config, batchSizes: [1] })).rejects.toThrow(
      /batchSizes must be .* at least 2/,
    );
    await expect(gradientVariance({ draws: 1 })).rejects.toThrow(/draws must be .* at least 2/);
    expect(await gradientVariance(config, { signal: AbortSignal.abort() })).toMatchObject({ stopped: true });
  });
});

describe('timePerExample', () => {
  it('measures a time for each m, from 2 with BN, and a single example costs more than one of many', async () => {
    const { times } = await timePerExample({ batchSizes: [1, 64], milliseconds: 30 });
    expect(times.map(({ m, batchNorm }) => [m, batchNorm])).toEqual([
      [1, false],
      [64, false],
      [64, true],
    ]);
    expect(times[0].microseconds).toBeGreaterThan(1.2 * times[1].microseconds);
    await expect(timePerExample({ milliseconds: 0 })).rejects.toThrow(/milliseconds must be/);
  });
});
