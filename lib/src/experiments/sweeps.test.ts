import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchSizeSweep } from './batchSizeSweep.js';
import { initialisationSweep } from './initialisationSweep.js';
import { paperFigure, paperScan } from './paper.js';
import { placementSweep } from './placementSweep.js';

const seeds = [1, 2, 3];
const tiny = { seeds: [1], hidden: 8, testCount: 100 };

// The bands below are of the size `small`.
beforeAll(() => {
  vi.stubEnv('BATCHNORM_LAB_SIZE', 'small');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

/** For each seed, the accuracies of two kinds of runs. */
const pairs = <Cell extends { seed: number; accuracy: number }>(
  cells: Cell[],
  first: (cell: Cell) => boolean,
  second: (cell: Cell) => boolean,
): [number, number][] =>
  seeds.map((seed) => {
    const of = (wanted: (cell: Cell) => boolean) =>
      cells.find((cell) => cell.seed === seed && wanted(cell))?.accuracy ?? Number.NaN;
    return [of(first), of(second)];
  });

describe('initialisationSweep', () => {
  it('finds BN learning from tiny weights where nothing else does, and not proof against large ones', async () => {
    const { cells, planned, stopped } = await initialisationSweep({ seeds, activations: ['relu'] });
    expect([cells.length, planned, stopped]).toEqual([18, 18, false]);
    const at = (std: number) =>
      pairs(
        cells,
        (cell) => cell.batchNorm && cell.std === std,
        (cell) => !cell.batchNorm && cell.std === std,
      );
    for (const [withBN, without] of at(1e-4)) {
      expect(withBN).toBeGreaterThan(0.55);
      expect(without).toBeLessThan(0.2);
    }
    for (const [withBN] of at(5)) expect(withBN).toBeLessThan(0.6);
  });

  it('lets sigmoid with BN learn from tiny weights once epsilon is tiny too', async () => {
    const config = { seeds, stds: [1e-4], activations: ['sigmoid' as const], batchNorm: [true] };
    const usual = await initialisationSweep(config);
    const none = await initialisationSweep({ ...config, epsilon: 1e-12 });
    // Seeds 1 to 5: 0.12 to 0.15 and 0.43 to 0.63.
    for (const [i] of seeds.entries()) {
      expect(none.cells[i].accuracy).toBeGreaterThan(usual.cells[i].accuracy + 0.15);
    }
  });

  it('gives the last layer weights of its own spread, and the others the same as before', async () => {
    const config = { ...tiny, stds: [0.05], steps: 5 };
    const plain = await initialisationSweep(config, { workers: 0 });
    const same = await initialisationSweep({ ...config, lastStd: 0.05 }, { workers: 0 });
    expect(same.cells).toEqual(plain.cells);
    const large = await initialisationSweep({ ...config, lastStd: 5 }, { workers: 0 });
    expect(large.cells).toHaveLength(plain.cells.length);
    for (const [i, cell] of large.cells.entries()) {
      // Huge logits of networks that know nothing yet, where anything reaches the last layer.
      if (cell.batchNorm) expect(cell.finalLoss).toBeGreaterThan(2 * (plain.cells[i].finalLoss ?? 0));
      expect(cell.finalLoss).not.toBe(plain.cells[i].finalLoss);
    }
    await expect(initialisationSweep({ lastStd: 0 })).rejects.toThrow(/lastStd must be/);
    await expect(initialisationSweep({ epsilon: -1 })).rejects.toThrow(/epsilon must be/);
  });

  it('hands over what is finished in the order of the plan', async () => {
    const lengths: number[] = [];
    const config = { ...tiny, stds: [0.01, 0.1], steps: 5 };
    const whole = await initialisationSweep(config, { workers: 0 });
    const parallel = await initialisationSweep(config, {
      workers: 2,
      onResult: ({ cells }) => {
        lengths.push(cells.length);
        const places = cells.map((cell) =>
          whole.cells.findIndex((other) => JSON.stringify(other) === JSON.stringify(cell)),
        );
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      },
    });
    expect(JSON.stringify(parallel)).toBe(JSON.stringify(whole));
    expect(lengths).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses what it cannot run', async () => {
    await expect(initialisationSweep({ stds: [0] })).rejects.toThrow(/stds must be .* above 0/);
    await expect(initialisationSweep({ seeds: [] })).rejects.toThrow(/number of runs/);
    await expect(initialisationSweep({ std: [1] } as object)).rejects.toThrow(/no option "std"/);
  });
});

describe('placementSweep', () => {
  it('finds sigmoid better off with BN after it in so few steps, and without BN lost', async () => {
    const { cells } = await placementSweep({ seeds, activations: ['sigmoid'], learningRates: [0.1] });
    expect(cells).toHaveLength(9);
    const accuracies = (placement: string) =>
      pairs(
        cells,
        (cell) => cell.placement === placement,
        () => false,
      ).map(([accuracy]) => accuracy);
    for (const [i, after] of accuracies('after').entries()) {
      expect(after).toBeGreaterThan(accuracies('before')[i]);
      expect(accuracies('before')[i]).toBeGreaterThan(accuracies('none')[i] + 0.3);
    }
  });

  it('is the same twice and refuses what it cannot run', async () => {
    const config = { ...tiny, learningRates: [0.1], steps: 4 };
    expect(await placementSweep(config, { workers: 0 })).toEqual(
      await placementSweep(config, { workers: 0 }),
    );
    await expect(placementSweep({ placements: ['middle' as 'before'] })).rejects.toThrow(
      /placements must be one of/,
    );
    await expect(placementSweep({ learningRates: [-1] })).rejects.toThrow(/learningRates must be/);
  });
});

describe('batchSizeSweep', () => {
  it('finds BN failing at m = 2, where it works at 64', async () => {
    const { cells } = await batchSizeSweep({ seeds, batchSizes: [2, 16], batchNorm: [true] });
    for (const [two, sixteen] of pairs(
      cells,
      (cell) => cell.m === 2,
      (cell) => cell.m === 16,
    )) {
      expect(two).toBeLessThan(0.5);
      expect(sixteen).toBeGreaterThan(0.8);
    }
  });

  it('refuses what it cannot run', async () => {
    await expect(batchSizeSweep({ batchSizes: [1] })).rejects.toThrow(/batchSizes must be .* at least 2/);
    await expect(batchSizeSweep({ batchSizes: [64], examples: 20 })).rejects.toThrow(
      /examples .* at least 64/,
    );
  });
});

describe('paperFigure', () => {
  it('finds BN far ahead after 300 steps, and its unit’s input spread out from the start', async () => {
    const { runs, planned, stopped } = await paperFigure({ seeds, looks: 3, testCount: 500, timing: false });
    expect([runs.length, planned, stopped]).toEqual([6, 6, false]);
    const result = pairs(
      runs,
      (run) => run.batchNorm,
      (run) => !run.batchNorm,
    );
    for (const [withBN, without] of result) {
      expect(withBN).toBeGreaterThan(0.75);
      expect(without).toBeLessThan(0.3);
    }
    for (const { batchNorm, steps, accuracies, p15, p85, accuracy } of runs) {
      expect(steps).toEqual([0, 100, 200, 300]);
      expect([accuracies.length, p15.length]).toEqual([4, 4]);
      expect(accuracies[3]).toBe(accuracy);
      // Normal inputs would have 2.07 between the 15th and the 85th percentile.
      if (batchNorm) expect(p85[0] - p15[0]).toBeGreaterThan(1.5);
      else expect(p85[0] - p15[0]).toBeLessThan(0.3);
    }
  });

  it('shows its runs while they go on, gives the same bytes with workers, and measures a step by itself', async () => {
    const config = { seeds: [4], steps: 20, looks: 4, testCount: 100, timing: false };
    const seen: number[] = [];
    const alone = await paperFigure(config, { workers: 0, onResult: ({ runs }) => seen.push(runs.length) });
    expect(seen.at(-1)).toBe(2);
    expect(JSON.stringify(await paperFigure(config, { workers: 2 }))).toBe(JSON.stringify(alone));
    const timed = await paperFigure({ ...config, timing: true }, { workers: 0 });
    expect(timed.runs).toEqual(alone.runs);
    expect(timed.millisecondsPerStep?.withBN).toBeGreaterThan(0);
    expect(timed.millisecondsPerStep?.withoutBN).toBeGreaterThan(0);
    await expect(paperFigure({ steps: 3, looks: 4 })).rejects.toThrow(/steps must be .* at least 4/);
    expect(await paperFigure(config, { signal: AbortSignal.abort() })).toMatchObject({
      runs: [],
      stopped: true,
    });
  });
});

describe('paperScan', () => {
  it('finds BN ahead at the small spread and rate, and the gap gone at the large ones', async () => {
    const { cells } = await paperScan({
      seeds,
      stds: [0.05, 0.3],
      learningRates: [0.1, 3],
      steps: [120, 300],
    });
    expect(cells).toHaveLength(24);
    const at = (std: number, rate: number) => {
      const last = cells
        .filter((cell) => cell.std === std && cell.learningRate === rate)
        .map((cell) => ({ ...cell, accuracy: cell.accuracy[1] }));
      return pairs(
        last,
        (cell) => cell.batchNorm,
        (cell) => !cell.batchNorm,
      ).map(([withBN, without]) => withBN - without);
    };
    for (const gap of at(0.05, 0.1)) expect(gap).toBeGreaterThan(0.5);
    for (const gap of at(0.3, 3)) expect(Math.abs(gap)).toBeLessThan(0.15);
  });
});
