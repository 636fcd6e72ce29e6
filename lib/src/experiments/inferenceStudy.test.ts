import { describe, expect, it } from 'vitest';
import { inferenceStudy } from './inferenceStudy.js';

const small = { seeds: [1, 2, 3], steps: [20, 100], testBatches: [2, 10, 50], hidden: 40, testCount: 500 };

describe('inferenceStudy', () => {
  it('finds moving averages behind early on, test batches of two poor, and the fold equal', async () => {
    const { looks, stopped } = await inferenceStudy(small);
    expect(stopped).toBe(false);
    expect(looks.map(({ seed, step }) => [seed, step])).toEqual(
      [1, 2, 3].flatMap((s) => [
        [s, 20],
        [s, 100],
      ]),
    );
    for (const { step, population, movingAverage, byBatches, ...differences } of looks) {
      const [fast, slow] = movingAverage;
      // After 20 steps the average with weight 0.01 still has 0.99^20 = 82 % of where it started.
      if (step === 20) expect(slow).toBeLessThan(population - 0.1);
      else expect(fast).toBeGreaterThan(population - 0.1);
      expect(population).toBeGreaterThan(0.6);
      expect(byBatches[0]).toBeLessThan(population - 0.1);
      expect(byBatches[2]).toBeGreaterThan(population - 0.1);
      expect(differences.foldDifference).toBeLessThan(1e-11);
      expect(differences.aloneDifference).toBe(0);
      expect(differences.companyDifference).toBeGreaterThan(0.05);
    }
  });

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { seeds: [4, 5], steps: [3], testBatches: [5], hidden: 8, testCount: 50 };
    const alone = JSON.stringify(await inferenceStudy(config, { workers: 0 }));
    expect(JSON.stringify(await inferenceStudy(config, { workers: 2 }))).toBe(alone);
    await expect(inferenceStudy({ ...config, testBatches: [1] })).rejects.toThrow(
      /testBatches must be .* at least 2/,
    );
    await expect(inferenceStudy({ ...config, testBatches: [64] })).rejects.toThrow(
      /testCount .* at least 64/,
    );
    await expect(inferenceStudy({ ...config, newWeights: [0] })).rejects.toThrow(/newWeight must be in/);
    expect(await inferenceStudy(config, { signal: AbortSignal.abort() })).toMatchObject({
      looks: [],
      stopped: true,
    });
  });
});
