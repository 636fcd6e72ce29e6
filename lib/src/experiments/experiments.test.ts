import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScatterTrace } from '../figures/figure.js';
import { shiftScanFigure } from '../figures/shiftScanFigure.js';
import { biasDrift } from './biasDrift.js';
import { objectShift, statisticsAdaptation } from './covariateShift.js';
import { internalShift } from './internalShift.js';
import { internalShiftScan } from './internalShiftScan.js';
import { learningRateSweep } from './learningRateSweep.js';
import { bySize, experimentSize } from './size.js';

const aborted = AbortSignal.abort();
const tiny = { seeds: [1], trainCount: 100, testCount: 50, steps: 20 };
const smallSweep = { learningRates: [0.1, 10], seeds: [1, 2], steps: 10, hidden: 8, testCount: 100 };

describe('the size of the experiments', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is lecture unless the environment says otherwise', () => {
    vi.stubEnv('BATCHNORM_LAB_SIZE', '');
    expect(experimentSize()).toBe('lecture');
    vi.stubEnv('BATCHNORM_LAB_SIZE', 'full');
    expect(experimentSize()).toBe('full');
    expect(bySize({ small: 1, lecture: 2, full: 3 })).toBe(3);
  });

  it('that is unknown is refused in a sentence', () => {
    vi.stubEnv('BATCHNORM_LAB_SIZE', 'huge');
    expect(() => experimentSize()).toThrow(
      /BATCHNORM_LAB_SIZE must be one of small, lecture, full, found "huge"/,
    );
  });
});

describe('biasDrift', () => {
  it('drifts by learning rate times target a step, at an unchanged loss', () => {
    for (const [learningRate, target, steps] of [
      [0.1, 3, 200],
      [0.2, 1, 500],
      [0.05, -2, 40],
    ]) {
      const { centring } = biasDrift({ seed: 9, learningRate, target, steps });
      expect(centring[0].parameter[steps]).toBeCloseTo(learningRate * target * steps, 8);
      expect(centring[0].loss[steps]).toBeCloseTo(centring[0].loss[0], 10);
      expect(centring[1].parameter[steps]).toBeCloseTo(0, 10);
    }
  });

  it('lets the weight run like the root of the steps, and holds it with the true gradient', () => {
    const { scaling } = biasDrift({ steps: 400 });
    const [naive, honest] = scaling;
    // w² grows by nearly the same amount in every hundred steps.
    const squares = [100, 200, 300, 400].map((s) => naive.parameter[s] ** 2 - naive.parameter[s - 100] ** 2);
    for (const growth of squares) expect(growth / squares[3]).toBeCloseTo(1, 1);
    expect(naive.loss[400]).toBeCloseTo(naive.loss[0], 10);
    expect(honest.parameter[400]).toBeCloseTo(1, 10);
  });

  it('gives the same numbers for the same seed and refuses what it cannot run', () => {
    expect(biasDrift({ seed: 4 })).toEqual(biasDrift({ seed: 4 }));
    expect(() => biasDrift({ m: 1 })).toThrow(/m must be a whole number of at least 2, found 1/);
    expect(() => biasDrift({ learningRate: 0 })).toThrow(/learningRate must be .* above 0, found 0/);
    // A notebook without types could misspell.
    expect(() => biasDrift({ step: 3 } as object)).toThrow(/no option "step"/);
  });
});

describe('objectShift and statisticsAdaptation', () => {
  it('give the same numbers twice, for every test palette in colour and in grey', async () => {
    const progress = vi.fn();
    const first = await objectShift(tiny, { onProgress: progress });
    expect(first.scores.map(({ testedOn, grey }) => `${testedOn} ${grey}`)).toHaveLength(6);
    expect(await objectShift(tiny)).toEqual(first);
    expect(progress.mock.calls.map(([done, total]) => [done, total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const adapted = await statisticsAdaptation(tiny);
    expect(adapted.home).toHaveLength(1);
    expect(await statisticsAdaptation(tiny)).toEqual(adapted);
  });

  it('return what they have when they are stopped', async () => {
    expect(await objectShift(tiny, { signal: aborted })).toMatchObject({ scores: [], stopped: true });
    expect(await statisticsAdaptation(tiny, { signal: aborted })).toMatchObject({ home: [], stopped: true });
    const controller = new AbortController();
    const stopping = { onProgress: () => controller.abort(), signal: controller.signal };
    const half = await objectShift(tiny, stopping);
    expect(half.stopped).toBe(true);
    expect(half.scores.map(({ grey }) => grey)).toEqual([false, false, false]);
  });

  it('refuse what they cannot run', async () => {
    await expect(objectShift({ ...tiny, trainCount: 10 })).rejects.toThrow(
      /trainCount must be .* at least 50/,
    );
    await expect(objectShift({ ...tiny, seeds: [] })).rejects.toThrow(/number of seeds/);
    const unknown = { source: 'red cats' } as object;
    await expect(statisticsAdaptation(unknown)).rejects.toThrow(/source must be one of/);
  });
});

describe('internalShift', () => {
  it('looks at both runs at the same steps and gives the same numbers twice', async () => {
    const config = { steps: 20, looks: 4 };
    const first = await internalShift(config);
    expect(first.runs.map(({ batchNorm }) => batchNorm)).toEqual([false, true]);
    for (const run of first.runs) {
      expect(run.steps).toEqual([0, 5, 10, 15, 20]);
      run.p50.forEach((median, i) => {
        expect(median).toBeGreaterThanOrEqual(run.p15[i]);
        expect(median).toBeLessThanOrEqual(run.p85[i]);
      });
    }
    expect(await internalShift(config)).toEqual(first);
    expect(await internalShift(config, { workers: 0 })).toEqual(first);
  });

  it('counts the steps of both runs, and stopped half-way shows what it has read', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const stopped = await internalShift(
      { steps: 2_000_000, looks: 100_000 },
      {
        signal: controller.signal,
        onProgress: (done, total) => {
          seen.push(done);
          expect(total).toBe(4_000_000);
          if (done > 100) controller.abort();
        },
      },
    );
    expect(stopped.stopped).toBe(true);
    expect(seen.at(-1)).toBeGreaterThan(100);
    expect(stopped.runs.length).toBeGreaterThan(0);
    // One of them has come far; the other may have just begun.
    expect(Math.max(...stopped.runs.map((run) => run.steps.length))).toBeGreaterThan(1);
    for (const run of stopped.runs) {
      expect(run.steps.length).toBeGreaterThan(0);
      expect(run.p50.length).toBe(run.steps.length);
      expect(run.accuracy).toBeNaN();
    }
  });

  it('ends early when stopped and refuses fewer steps than looks', async () => {
    expect(await internalShift({ steps: 20, looks: 4 }, { signal: aborted })).toMatchObject({
      runs: [],
      stopped: true,
    });
    await expect(internalShift({ steps: 3, looks: 4 })).rejects.toThrow(/steps must be .* at least 4/);
  });
});

describe('internalShiftScan', () => {
  const config = { stds: [0.05, 0.3], learningRates: [0.1], seeds: [1, 2], steps: 20, looks: 4 };

  it('runs the plan in its order, and each cell is what internalShift gives', async () => {
    const scan = await internalShiftScan(config);
    expect(scan).toMatchObject({ config, planned: 8, stopped: false });
    expect(scan.cells.map(({ seed, std, batchNorm }) => [seed, std, batchNorm])).toEqual(
      [1, 2].flatMap((seed) => [0.05, 0.3].flatMap((std) => [false, true].map((bn) => [seed, std, bn]))),
    );
    const { runs } = await internalShift({ seed: 2, std: 0.3, steps: 20, looks: 4 });
    for (const run of runs) {
      const cell = scan.cells.find((c) => c.seed === 2 && c.std === 0.3 && c.batchNorm === run.batchNorm);
      expect(cell?.drift).toBe(run.drift);
      expect(cell?.spread).toBe(run.p85[4] - run.p15[4]);
    }
    expect(await internalShiftScan(config, { workers: 0 })).toEqual(scan);
  });

  it('marks a run that diverged, and draws curves without it', async () => {
    const wild = { ...config, seeds: [1], learningRates: [0.1, 1e30] };
    const scan = await internalShiftScan(wild);
    expect(scan.cells.filter((cell) => cell.accuracy === null).every((c) => c.learningRate === 1e30)).toBe(
      true,
    );
    expect(scan.cells.some((cell) => cell.accuracy === null)).toBe(true);
    const figure = shiftScanFigure(scan, 'accuracy', false);
    const curves = figure.data.filter((trace): trace is ScatterTrace => trace.type === 'scatter');
    expect(curves.map((curve) => curve.name)).toEqual(['std 0.05', 'std 0.3']);
    const shown = scan.cells.filter((cell) => !cell.batchNorm && cell.accuracy !== null);
    expect(curves.flatMap((curve) => [...curve.y])).toEqual(
      shown.map((cell) => 100 * (cell.accuracy ?? Number.NaN)),
    );
  });

  it('ends when stopped, and refuses what cannot work', async () => {
    expect(await internalShiftScan(config, { signal: aborted })).toMatchObject({ cells: [], stopped: true });
    await expect(internalShiftScan({ stds: [0] })).rejects.toThrow(/stds must be/);
    await expect(internalShiftScan({ seeds: [] })).rejects.toThrow(/number of runs/);
    await expect(internalShiftScan({ lr: [1] } as object)).rejects.toThrow(/no option "lr"/);
    const nothing = { ...(await internalShiftScan({ ...config, seeds: [1], stds: [0.05] })), cells: [] };
    expect(() => shiftScanFigure(nothing, 'drift', true)).toThrow(/at least one curve/);
  });
});

describe('learningRateSweep', () => {
  it('runs every combination, the same bytes each time, and reports as it goes', async () => {
    const seen: number[] = [];
    const first = await learningRateSweep(smallSweep, { onResult: ({ cells }) => seen.push(cells.length) });
    expect(first.cells).toHaveLength(16);
    expect(first).toMatchObject({ planned: 16, stopped: false });
    expect(seen).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(JSON.stringify(await learningRateSweep(smallSweep))).toBe(JSON.stringify(first));
  });

  it('keeps what is finished when it is stopped', async () => {
    const controller = new AbortController();
    const onResult = ({ cells }: { cells: unknown[] }) => {
      if (cells.length === 3) controller.abort();
    };
    const part = await learningRateSweep(smallSweep, { onResult, signal: controller.signal });
    const whole = await learningRateSweep(smallSweep);
    expect(part).toMatchObject({ planned: 16, stopped: true });
    // With workers, the three that were done first need not be the first three of the plan.
    expect(part.cells).toHaveLength(3);
    for (const cell of part.cells) expect(whole.cells).toContainEqual(cell);
  });

  it('flags a run that ends worse than guessing', async () => {
    const config = {
      ...smallSweep,
      activations: ['relu' as const],
      batchNorm: [false],
      learningRates: [0.1, 1e6],
    };
    const { cells } = await learningRateSweep(config);
    expect(cells.map(({ learningRate, diverged }) => [learningRate, diverged])).toEqual([
      [0.1, false],
      [1e6, true],
      [0.1, false],
      [1e6, true],
    ]);
  });

  it('refuses what it cannot run', async () => {
    await expect(learningRateSweep({ learningRates: [-1] })).rejects.toThrow(
      /learningRates must be .* above 0/,
    );
    await expect(learningRateSweep({ seeds: [] })).rejects.toThrow(/number of runs/);
  });
});
