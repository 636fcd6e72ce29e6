import { describe, expect, it } from 'vitest';
import { convolutionStudy } from './convolutionStudy.js';

describe('convolutionStudy', () => {
  it('finds shift-equivariance kept by BN per feature map and broken by BN per activation', async () => {
    const { equivariance, moments, locationMean } = await convolutionStudy({
      seeds: [1, 2, 3],
      n: 10,
      shifts: [1, 4],
    });
    expect(equivariance).toHaveLength(18);
    for (const { normalisation, error } of equivariance) {
      if (normalisation === 'none') expect(error).toBe(0);
      if (normalisation === 'perMap') expect(error).toBeLessThan(1e-12);
      if (normalisation === 'perActivation') expect(error).toBeGreaterThan(0.3);
    }
    for (const { normalisation, mapMean, mapStd, statistics, valuesEach } of moments) {
      if (normalisation !== 'perMap') continue;
      expect(mapMean).toBeLessThan(1e-12);
      expect(mapStd).toBeLessThan(1e-3);
      // m' = n p q, with p = q = 28 + 2 4 - 4
      expect([statistics, valuesEach]).toEqual([4, 10 * 32 * 32]);
    }
    expect([locationMean.length, locationMean[0].length]).toEqual([32, 32]);
  });

  it('gives the same numbers twice, ends early when stopped, and refuses what it cannot run', async () => {
    const config = { seeds: [4], n: 3, filters: 2, kernel: 3, shifts: [2] };
    expect(await convolutionStudy(config)).toEqual(await convolutionStudy(config));
    expect(await convolutionStudy(config, { signal: AbortSignal.abort() })).toMatchObject({
      ...{ equivariance: [], stopped: true },
    });
    await expect(convolutionStudy({ n: 1 })).rejects.toThrow(/n must be .* at least 2/);
    await expect(convolutionStudy({ shifts: [0] })).rejects.toThrow(/shifts must be .* at least 1/);
    await expect(convolutionStudy({ kernel: 99 })).rejects.toThrow(/kernel must fit/);
  });
});
