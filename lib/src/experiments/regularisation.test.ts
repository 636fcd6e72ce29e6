import { describe, expect, it } from 'vitest';
import { companions } from './companions.js';
import { ghostSweep } from './ghostSweep.js';
import { dropoutSweep, l2Sweep } from './regularisation.js';
import { shufflingSweep } from './shufflingSweep.js';
import { statisticsNoise } from './statisticsNoise.js';

const seeds = [1, 2, 3];
const few = { seeds, steps: 100, trainCount: 500, hidden: 16, testCount: 1000 };

describe('statisticsNoise', () => {
  it('is 1/m for the mean, and the biased variance is short by (m - 1)/m', async () => {
    const { cells } = await statisticsNoise({ batchSizes: [2, 8, 32], seeds, draws: 200, population: 1000 });
    for (const { m, mean, variance, biased } of cells) {
      // Seeds 1 to 3 gave 0.94 to 1.03, and 0.95 to 1.02.
      expect(mean * m).toBeGreaterThan(0.85);
      expect(mean * m).toBeLessThan(1.15);
      expect((biased * m) / (m - 1)).toBeGreaterThan(0.9);
      expect((biased * m) / (m - 1)).toBeLessThan(1.1);
      expect(variance).toBeGreaterThan(mean);
    }
    await expect(statisticsNoise({ batchSizes: [1] })).rejects.toThrow(/batchSizes must be .* at least 2/);
    await expect(statisticsNoise({ batchSizes: [64], population: 50 })).rejects.toThrow(
      /at most the population's 50/,
    );
    expect(await statisticsNoise({ signal: 1 } as object).catch((error) => error.message)).toMatch(
      /no option/,
    );
    expect(await statisticsNoise({}, { signal: AbortSignal.abort() })).toMatchObject({
      cells: [],
      stopped: true,
    });
  });
});

describe('ghostSweep', () => {
  it('finds ghost batches of two useless, and a smaller training loss the larger they are', async () => {
    const { cells } = await ghostSweep({ ghostSizes: [2, 8, 64], m: 64, seeds, steps: 40, hidden: 16 });
    expect(cells).toHaveLength(9);
    for (const seed of seeds) {
      const of = (ghost: number) => cells.find((cell) => cell.seed === seed && cell.ghost === ghost);
      // Seeds 1 to 3: 0.15 to 0.27 at 2, 0.68 to 0.75 at 8, 0.76 to 0.78 at 64.
      expect(of(2)?.accuracy).toBeLessThan(0.45);
      expect(of(64)?.accuracy).toBeGreaterThan(0.65);
      expect(of(8)?.finalLoss).toBeGreaterThan((of(64)?.finalLoss ?? Number.NaN) + 0.1);
    }
  });

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { ghostSizes: [2, 4], m: 8, seeds: [4], steps: 3, trainCount: 20, hidden: 4 };
    const alone = JSON.stringify(await ghostSweep(config, { workers: 0 }));
    expect(JSON.stringify(await ghostSweep(config, { workers: 2 }))).toBe(alone);
    await expect(ghostSweep({ ...config, ghostSizes: [3] })).rejects.toThrow(
      /ghostSizes must divide m = 8, found 3/,
    );
    await expect(ghostSweep({ ...config, ghostSizes: [1] })).rejects.toThrow(
      /ghostSizes must be .* at least 2/,
    );
  });
});

describe('dropoutSweep', () => {
  it('finds half of the units too much to drop in so small a network, with BN and without', async () => {
    const { cells } = await dropoutSweep({ ...few, rates: [0, 0.5] });
    for (const seed of seeds) {
      for (const batchNorm of [true, false]) {
        const at = (rate: number) =>
          cells.find((cell) => cell.seed === seed && cell.batchNorm === batchNorm && cell.rate === rate)
            ?.accuracy ?? Number.NaN;
        expect(at(0)).toBeGreaterThan(at(0.5) + 0.05);
      }
    }
    await expect(dropoutSweep({ rates: [1] })).rejects.toThrow(/rates must be in \[0, 1\)/);
  });
});

describe('l2Sweep', () => {
  it('shrinks the weights and so raises the effective rate, by nearly half again and more', async () => {
    const { cells } = await l2Sweep({ ...few, lambdas: [0, 0.03] });
    for (const seed of seeds) {
      const at = (lambda: number) =>
        cells.find((cell) => cell.seed === seed && cell.batchNorm && cell.lambda === lambda);
      const [none, some] = [at(0), at(0.03)];
      expect(some?.weightNorm).toBeLessThan(0.85 * (none?.weightNorm ?? Number.NaN));
      expect(some?.effectiveRate).toBeGreaterThan(1.4 * (none?.effectiveRate ?? Number.NaN));
      // The function hardly changes: BN does not notice the weights' length.
      expect(Math.abs((some?.accuracy ?? 0) - (none?.accuracy ?? 1))).toBeLessThan(0.08);
    }
    await expect(l2Sweep({ lambdas: [-1] })).rejects.toThrow(/lambda of at least 0/);
  });
});

describe('shufflingSweep', () => {
  it('finds that the same companions in every epoch cost accuracy with BN, and one class a minibatch ruins it', async () => {
    const { cells } = await shufflingSweep({ seeds, epochs: 8, hidden: 16, testCount: 1000 });
    const of = (order: string, bn: boolean) =>
      cells.filter((cell) => cell.order === order && cell.batchNorm === bn).map(({ accuracy }) => accuracy);
    const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(cells).toHaveLength(24);
    expect(average(of('once', true))).toBeLessThan(average(of('eachEpoch', true)));
    for (const accuracy of of('sameClass', true)) expect(accuracy).toBeLessThan(0.4);
    for (const accuracy of of('sameClass', false)) expect(accuracy).toBeGreaterThan(0.5);
    for (const accuracy of of('eachEpoch', true)) expect(accuracy).toBeGreaterThan(0.7);
    await expect(shufflingSweep({ orders: ['sorted' as 'once'] })).rejects.toThrow(/orders must be one of/);
    await expect(shufflingSweep({ batchSize: 1 })).rejects.toThrow(/batchSize must be .* at least 2/);
  });
});

describe('companions', () => {
  it('is noisy like 1/m, around what inference gives, and the same for the same seed', () => {
    for (const seed of seeds) {
      const square = (m: number) => {
        const { means } = companions({ m, seed, draws: 400, population: 1000 });
        return means.reduce((sum, value) => sum + value * value, 0) / means.length;
      };
      // Of the m examples one is always the same: the others' share of the mean's variance is (m - 1)/m².
      for (const m of [8, 64]) {
        expect((square(m) * m * m) / (m - 1)).toBeGreaterThan(0.8);
        expect((square(m) * m * m) / (m - 1)).toBeLessThan(1.6);
      }
      const { outputs, atInference } = companions({ m: 256, seed, draws: 50, population: 1000 });
      for (const value of outputs) expect(Math.abs(value - atInference)).toBeLessThan(0.6);
    }
    const config = { m: 4, draws: 5, population: 20, example: 3 };
    expect(companions(config)).toEqual(companions(config));
    expect(() => companions({ m: 1 })).toThrow(/m must be .* at least 2/);
    expect(() => companions({ example: 30, population: 30 })).toThrow(/example must be below/);
  });
});
