import { describe, expect, it } from 'vitest';
import { gradientGrowth } from './gradientGrowth.js';
import { gradientShiftStudy } from './gradientShiftStudy.js';
import { noisyBatchNorm } from './noisyBatchNorm.js';

const seeds = [1, 2, 3];

describe('gradientGrowth', () => {
  it('is near π/(π - 1) for ReLU in large minibatches and near (m - 2)/(m - 3) for a linear network', async () => {
    const { cells } = await gradientGrowth({ batchSizes: [8, 64], width: 96, depth: 12, seeds });
    for (const { activation, m, growth, theory, gradient } of cells) {
      expect(gradient).toHaveLength(12);
      expect(gradient[11]).toBe(1);
      // Seeds 1 to 4: ReLU 1.45 to 1.50 at 64; linear 1.14 to 1.19 at 8 (1.2) and 0.97 to 0.98 at 64 (1.016). The
      // theory is the limit of many units.
      if (activation === 'relu' && m === 64) expect(Math.abs(growth - theory)).toBeLessThan(0.1);
      if (activation === 'identity') expect(Math.abs(growth - theory)).toBeLessThan(0.1);
      if (activation === 'relu' && m === 8) expect(growth).toBeGreaterThan(1.5);
    }
  });

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { batchSizes: [4], width: 8, depth: 4, seeds: [1] };
    const alone = JSON.stringify(await gradientGrowth(config, { workers: 0 }));
    expect(JSON.stringify(await gradientGrowth(config, { workers: 2 }))).toBe(alone);
    await expect(gradientGrowth({ batchSizes: [3] })).rejects.toThrow(/batchSizes must be .* at least 4/);
  });
});

describe('noisyBatchNorm', () => {
  it('trains with noise after BN as well as without it, though its inputs shift a hundred times as much', async () => {
    const { runs } = await noisyBatchNorm({ seeds, steps: 100, hidden: 16 });
    for (const seed of seeds) {
      const last = (kind: string) => {
        const run = runs.find((each) => each.seed === seed && each.kind === kind);
        return { loss: run?.loss.at(-1) ?? Number.NaN, shift: run?.shift.at(-1) ?? Number.NaN };
      };
      // Seeds 1 to 3: loss 2.30 without BN, 1.64 to 1.67 with BN, 1.60 to 1.63 with noise.
      expect(last('none').loss).toBeGreaterThan(2.2);
      expect(last('noisyBatchNorm').loss).toBeLessThan(1.9);
      expect(Math.abs(last('noisyBatchNorm').loss - last('batchNorm').loss)).toBeLessThan(0.2);
      expect(last('noisyBatchNorm').shift).toBeGreaterThan(20 * last('batchNorm').shift);
    }
  });

  it.each([0, 2])(
    'shows runs that are under way, and returns only finished ones (%i workers)',
    async (workers) => {
      const looks: number[][] = [];
      const config = { kinds: ['batchNorm' as const], seeds: [1, 2], steps: 40, hidden: 3 };
      const { runs } = await noisyBatchNorm(config, {
        workers,
        onResult: (soFar) => looks.push(soFar.runs.map((run) => run.steps.length)),
      });
      expect(looks[0]).toEqual([1]);
      expect(looks.length).toBeGreaterThan(20);
      expect(runs.map((run) => run.steps.length)).toEqual([20, 20]);
    },
  );

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { seeds: [4], steps: 20, hidden: 3 };
    const alone = JSON.stringify(await noisyBatchNorm(config, { workers: 0 }));
    expect(JSON.stringify(await noisyBatchNorm(config, { workers: 2 }))).toBe(alone);
    await expect(noisyBatchNorm({ steps: 5 })).rejects.toThrow(/steps must be .* at least 20/);
    await expect(noisyBatchNorm({ noiseScale: 0.5 })).rejects.toThrow(/noiseScale must be at least 1/);
    await expect(noisyBatchNorm({ kinds: ['loud' as 'none'] })).rejects.toThrow(/kinds must be one of/);
  });
});

describe('gradientShiftStudy', () => {
  it('finds less shift of gradients with BN at a rate that is large for the network without', async () => {
    const { runs } = await gradientShiftStudy({ seeds, steps: 60, looks: 6, hidden: 32 });
    for (const seed of seeds) {
      const mean = (batchNorm: boolean) => {
        const values = runs.find((run) => run.seed === seed && run.batchNorm === batchNorm)?.cosine[1] ?? [];
        expect(values).toHaveLength(6);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      // Seeds 1 to 3: 0.86 to 0.88 with BN, 0.27 to 0.42 without.
      expect(mean(true)).toBeGreaterThan(mean(false) + 0.2);
    }
    const config = { seeds: [4], steps: 4, looks: 2, hidden: 4 };
    expect(await gradientShiftStudy(config, { workers: 0 })).toEqual(
      await gradientShiftStudy(config, { workers: 1 }),
    );
    await expect(gradientShiftStudy({ steps: 1, looks: 2 })).rejects.toThrow(/steps must be .* at least 2/);
  });
});
