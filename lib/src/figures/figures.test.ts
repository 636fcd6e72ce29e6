import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawObjects } from '../data/objects.js';
import { activationCurves } from '../experiments/activationCurves.js';
import { activationShapes } from '../experiments/activationShapes.js';
import { batchSizeSweep } from '../experiments/batchSizeSweep.js';
import { biasDrift } from '../experiments/biasDrift.js';
import { companions } from '../experiments/companions.js';
import { convolutionStudy } from '../experiments/convolutionStudy.js';
import { depthStudy } from '../experiments/depth.js';
import { ghostSweep } from '../experiments/ghostSweep.js';
import { gradientCheck } from '../experiments/gradientCheck.js';
import { gradientCloud } from '../experiments/gradientCloud.js';
import { gradientGrowth } from '../experiments/gradientGrowth.js';
import { gradientShiftStudy } from '../experiments/gradientShiftStudy.js';
import { gradientVariance } from '../experiments/gradientVariance.js';
import { inferenceStudy } from '../experiments/inferenceStudy.js';
import { initialisationSweep } from '../experiments/initialisationSweep.js';
import type { SweepResult } from '../experiments/learningRateSweep.js';
import { leftOutTraining } from '../experiments/leftOutTraining.js';
import { noisyBatchNorm } from '../experiments/noisyBatchNorm.js';
import { paperFigure, paperScan } from '../experiments/paper.js';
import { pitfalls } from '../experiments/pitfalls/pitfalls.js';
import { placementSweep } from '../experiments/placementSweep.js';
import { dropoutSweep, l2Sweep } from '../experiments/regularisation.js';
import { shufflingSweep } from '../experiments/shufflingSweep.js';
import { singularCovariance } from '../experiments/singularCovariance.js';
import { statisticsNoise } from '../experiments/statisticsNoise.js';
import { transformStudy } from '../experiments/transformStudy.js';
import { whitenedDigits } from '../experiments/whitenedDigits.js';
import { whiteningCost } from '../experiments/whiteningCost.js';
import { whiteningInputs } from '../experiments/whiteningInputs.js';
import { Random } from '../random.js';
import { activationShapesFigure } from './activationShapesFigure.js';
import { gradientCheckFigure, leftOutTrainingFigure } from './backpropFigures.js';
import { biasDriftFigure } from './biasDriftFigure.js';
import { companionsFigure, shufflingFigure } from './companionsFigure.js';
import { convolutionFigure } from './convolutionFigure.js';
import type { Axis, Figure, ScatterTrace } from './figure.js';
import { inferenceFigure } from './inferenceFigure.js';
import { lineFigure } from './lineFigure.js';
import { lossCurvesFigure } from './lossCurvesFigure.js';
import { gradientCloudFigure, gradientVarianceFigure, timePerExampleFigure } from './minibatchFigures.js';
import { objectSheet, objectShiftFigure } from './objectFigures.js';
import { paperAccuracyFigure, paperPercentileFigure, paperScanFigure } from './paperFigures.js';
import { percentileFigure } from './percentileFigure.js';
import { pitfallFigure } from './pitfallFigure.js';
import { encodePng } from './png.js';
import { dropoutFigure, ghostFigure, l2Figure, statisticsNoiseFigure } from './regularisationFigures.js';
import { activationFigure, changeDepthFigure, gradientDepthFigure } from './saturationFigures.js';
import { renderSvg } from './svg.js';
import { makeScale, niceTicks } from './svgScale.js';
import { sweepFigure } from './sweepFigure.js';
import { batchSizeFigure, initialisationFigure, placementFigure } from './sweepFigures.js';
import { axis, bnStyle, logAxis } from './theme.js';
import { scaleInvarianceFigure, sigmoidPartFigure, transformFigure } from './transformFigure.js';
import { whitenedDigitsFigure } from './whitenedDigitsFigure.js';
import { singularCovarianceFigure, whiteningCostFigure } from './whiteningCostFigures.js';
import {
  inputCurvesFigure,
  weightPathFigure,
  whiteningMotionFigure,
  whiteningStagesFigure,
} from './whiteningFigures.js';
import { gradientGrowthFigure, gradientShiftFigure, noisyFigure } from './whyFigures.js';

const sweep = (cells: SweepResult['cells']): SweepResult => ({
  config: {
    learningRates: [0.01, 1, 10],
    activations: ['sigmoid', 'relu'],
    batchNorm: [true, false],
    seeds: [1, 2],
    steps: 50,
    hidden: 10,
    testCount: 100,
  },
  cells,
  planned: 24,
  stopped: false,
});
const cell = (learningRate: number, accuracy: number, batchNorm: boolean, seed = 1, diverged = false) => ({
  ...{ learningRate, accuracy, batchNorm, seed, diverged },
  activation: 'relu' as const,
  finalLoss: diverged ? null : 1,
});
const run = (batchNorm: boolean) => ({
  ...{ batchNorm, steps: [0, 10], p15: [-1, -2], p50: [0, 0.5], p85: [1, 2], drift: 0.5, accuracy: 0.9 },
});

const depth = await depthStudy({ depth: 3, width: 8, m: 8, seeds: [1, 2] });
const noDepth = await depthStudy({}, { signal: AbortSignal.abort() });

const variance = await gradientVariance(
  { batchSizes: [2, 4], seeds: [1, 2], draws: 3, population: 20, hidden: 4 },
  { workers: 0 },
);

const inputs = whiteningInputs({ m: 30, steps: 20, updates: 10, seeds: [1] });
const digits = await whitenedDigits({
  seeds: [1],
  learningRates: [1],
  steps: 10,
  trainCount: 200,
  testCount: 50,
});
const cost = await whiteningCost({ features: [2, 4], m: 8, repeats: 1 });
const study = transformStudy();
const leftOutResult = await leftOutTraining({ seeds: [1, 2], steps: 20, hidden: 2 }, { workers: 0 });

const tinyRuns = { seeds: [1, 2], steps: 4, hidden: 4, testCount: 20 };
const alone = { workers: 0 };
const initialisation = await initialisationSweep({ ...tinyRuns, stds: [0.1, 50] }, alone);
const placement = await placementSweep({ ...tinyRuns, learningRates: [0.1, 1e5] }, alone);
const batchSize = await batchSizeSweep(
  { seeds: [1, 2], hidden: 4, testCount: 20, batchSizes: [2, 4], examples: 8 },
  alone,
);
const paper = await paperFigure({ seeds: [1, 2], steps: 6, looks: 3, testCount: 20 }, alone);
const scan = await paperScan(
  { seeds: [1], stds: [0.1, 1], learningRates: [0.1, 1], steps: [2, 4], testCount: 20 },
  alone,
);

const inference = await inferenceStudy(
  { seeds: [1, 2], steps: [2, 4], testBatches: [2, 10], hidden: 4, testCount: 50 },
  alone,
);

const statistics = await statisticsNoise({
  batchSizes: [2, 4],
  seeds: [1, 2],
  draws: 5,
  population: 40,
  units: 3,
});
const ghost = await ghostSweep(
  { ghostSizes: [2, 4], m: 8, seeds: [1, 2], steps: 3, trainCount: 20, hidden: 4 },
  alone,
);
const few = { seeds: [1, 2], steps: 4, trainCount: 60, hidden: 4, testCount: 20 };
const dropout = await dropoutSweep({ ...few, rates: [0, 0.5] }, alone);
const l2 = await l2Sweep({ ...few, lambdas: [0, 0.1] }, alone);
const noisy = await noisyBatchNorm({ seeds: [1, 2], steps: 20, hidden: 3 }, alone);
const shiftOfGradients = await gradientShiftStudy({ seeds: [1, 2], steps: 4, looks: 2, hidden: 4 }, alone);
const growth = await gradientGrowth({ batchSizes: [8, 16], width: 8, depth: 4, seeds: [1, 2] }, alone);

const conv = await convolutionStudy({ seeds: [1, 2], n: 2, filters: 1, kernel: 3, shifts: [1, 2] });

const orders = await shufflingSweep(
  {
    orders: ['once', 'sameClass'],
    seeds: [1, 2],
    epochs: 1,
    batchSize: 2,
    trainCount: 60,
    hidden: 4,
    testCount: 20,
  },
  alone,
);

const all: Record<string, Figure> = {
  companions: companionsFigure(companions({ m: 4, draws: 20, population: 50 })),
  shuffling: shufflingFigure(orders),
  'no shuffling': shufflingFigure({ ...orders, cells: [] }),
  convolution: convolutionFigure(conv),
  'no convolution': convolutionFigure({ ...conv, equivariance: [], moments: [] }),
  'statistics noise': statisticsNoiseFigure(statistics),
  ghost: ghostFigure(ghost),
  'no ghost': ghostFigure({ ...ghost, cells: [] }),
  dropout: dropoutFigure(dropout),
  'no dropout': dropoutFigure({ ...dropout, cells: [] }),
  l2: l2Figure(l2),
  'no l2': l2Figure({ ...l2, cells: [] }),
  noisy: noisyFigure(noisy),
  'no noise': noisyFigure({ ...noisy, runs: [] }),
  'gradient shift': gradientShiftFigure(shiftOfGradients),
  'no gradient shift': gradientShiftFigure({ ...shiftOfGradients, runs: [] }),
  'gradient growth': gradientGrowthFigure(growth),
  'no gradient growth': gradientGrowthFigure({ ...growth, cells: [] }),
  inference: inferenceFigure(inference),
  'no inference': inferenceFigure({ ...inference, looks: [] }),
  initialisation: initialisationFigure(initialisation),
  'no initialisation': initialisationFigure({ ...initialisation, cells: [] }),
  placement: placementFigure(placement),
  'batch size': batchSizeFigure(batchSize),
  'activation shapes': activationShapesFigure(await activationShapes({ steps: 3, hidden: 5, examples: 40 })),
  'loss curves': lossCurvesFigure('Loss', [
    { batchNorm: true, losses: Array.from({ length: 30 }, (_, i) => 9 / (i + 1)), accuracy: 0.9 },
    { batchNorm: 'after', losses: [2.3, 2.2], accuracy: 0.2 },
    { batchNorm: false, losses: [2.3, 90, Number.NaN], accuracy: null },
    { batchNorm: 'none', losses: [Number.NaN], accuracy: null },
  ]),
  'paper accuracy': paperAccuracyFigure(paper),
  'no paper accuracy': paperAccuracyFigure({ ...paper, runs: [], millisecondsPerStep: null }),
  'paper percentiles': paperPercentileFigure(paper),
  'paper percentiles on the way': paperPercentileFigure(paper, 1, 1),
  'paper scan': paperScanFigure(scan),
  'no paper scan': paperScanFigure({ ...scan, cells: [] }, 0),
  'features before and after': transformFigure(study),
  'scale invariance': scaleInvarianceFigure(study),
  'part of the sigmoid': sigmoidPartFigure(study),
  'gradient check': gradientCheckFigure(gradientCheck()),
  'left out': leftOutTrainingFigure(leftOutResult),
  'nothing left out yet': leftOutTrainingFigure({ ...leftOutResult, runs: [] }),
  ...Object.fromEntries(
    pitfalls().exhibits.map((exhibit) => [`pitfall: ${exhibit.name}`, pitfallFigure(exhibit)]),
  ),
  'gradient cloud': gradientCloudFigure(gradientCloud({ draws: 20 })),
  'gradient variance': gradientVarianceFigure(variance),
  'no gradient variance': gradientVarianceFigure({ ...variance, cells: [] }),
  'time per example': timePerExampleFigure({
    config: { batchSizes: [1, 2, 4], hidden: 8, milliseconds: 1 },
    times: [false, true].flatMap((batchNorm) => [2, 4].map((m) => ({ m, batchNorm, microseconds: 20 / m }))),
    stopped: false,
  }),
  activations: activationFigure(activationCurves()),
  'gradient by depth': gradientDepthFigure(depth),
  'no gradient by depth': gradientDepthFigure(noDepth),
  'change by depth': changeDepthFigure(depth),
  'scale by depth': changeDepthFigure(depth, 'scale'),
  'whitened digits': whitenedDigitsFigure(digits),
  'no whitened digits': whitenedDigitsFigure({ ...digits, runs: [], stopped: true }),
  'whitening stages': whiteningStagesFigure(inputs),
  'whitening on the way': whiteningMotionFigure(inputs, 1.5),
  'weight paths': weightPathFigure(inputs),
  'input curves': inputCurvesFigure(inputs),
  'whitening cost': whiteningCostFigure(cost),
  'no whitening cost': whiteningCostFigure({ ...cost, points: [], stopped: true }),
  'singular covariance': singularCovarianceFigure(singularCovariance({ m: 6 })),
  drift: biasDriftFigure(biasDrift({ steps: 30 })),
  'drift on the way': biasDriftFigure(biasDrift({ steps: 30 }), 'centring', 7),
  scaling: biasDriftFigure(biasDrift({ steps: 30 }), 'scaling'),
  sweep: sweepFigure(
    sweep([cell(0.01, 0.8, true), cell(1, 0.9, true), cell(1, 0.7, true, 2), cell(10, 0.1, false, 1, true)]),
  ),
  'empty sweep': sweepFigure(sweep([])),
  percentiles: percentileFigure({
    config: { seed: 1, steps: 10, looks: 2, learningRate: 0.1, std: 0.05, unit: 0 },
    runs: [run(false), run(true)],
    stopped: false,
  }),
  sheet: objectSheet({ 'a <set>': drawObjects(4, { palette: 'warm cats', random: new Random(1) }) }, 4),
  shift: objectShiftFigure({
    config: {
      trainedOn: 'warm cats',
      seeds: [1, 2],
      trainCount: 50,
      testCount: 1,
      steps: 1,
      learningRate: 0.1,
    },
    scores: [false, true].flatMap((grey) =>
      (['warm cats', 'cold cats'] as const).map((testedOn) => ({
        ...{ trainedOn: 'warm cats' as const, testedOn, grey, accuracy: [0.5, 0.7] },
      })),
    ),
    stopped: false,
  }),
  line: lineFigure([{ name: 'one', x: [1, 10, 100], y: [3, 2, 5] }], {
    title: 'T',
    x: 'x',
    y: 'y',
    logX: true,
  }),
};

describe.each(Object.entries(all))('the figure %s', (_, figure) => {
  const axes = Object.entries(figure.layout).filter(([key]) => /^[xy]axis/.test(key)) as [string, Axis][]; // by its name

  it('has an alt text and a sentence with numbers', () => {
    expect(figure.alt.length).toBeGreaterThan(40);
    expect(figure.summary).toMatch(/\d|no run/);
    expect(`${figure.alt} ${figure.summary}`).not.toMatch(/NaN|undefined|Infinity|-0\.0+\b/);
  });

  it('names its axes, in type that is read from the back row', () => {
    for (const [key, each] of axes) {
      if (each.visible === false || each.type === 'category') continue;
      expect(each.title?.text, key).not.toBe('');
      expect(each.tickfont?.size).toBeGreaterThanOrEqual(16);
    }
    expect(figure.layout.font.size).toBeGreaterThanOrEqual(18);
  });

  it('is drawn without a browser, well formed and without a stray number', () => {
    const svg = renderSvg(figure);
    expect(renderSvg(figure)).toBe(svg);
    expect(svg.replace(/data:[^"]*/g, '')).not.toMatch(/NaN|undefined|Infinity/);
    // Every element that opens closes, in order.
    const open: string[] = [];
    for (const [, close, name, rest] of svg.matchAll(/<(\/?)([a-zA-Z]+)([^>]*)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('with and without BN', () => {
  it('have the same two looks in every figure: colour, dash and marker all differ', () => {
    const [a, b] = [bnStyle(true), bnStyle(false)];
    for (const key of ['color', 'dash', 'symbol', 'name'] as const) expect(a[key]).not.toBe(b[key]);
    for (const figure of [all.sweep, all.percentiles, all['gradient by depth']]) {
      const lines = figure.data.filter((trace): trace is ScatterTrace => trace.type === 'scatter');
      for (const style of [a, b]) {
        const named = lines.filter((trace) => trace.name === style.name);
        expect(named.length).toBeGreaterThan(0);
        for (const trace of named) expect(trace.line).toMatchObject({ color: style.color, dash: style.dash });
      }
    }
  });
});

describe('sweepFigure', () => {
  it('draws the mean, a band from worst to best seed, and a cross where a run diverged', () => {
    const traces = all.sweep.data.filter((trace): trace is ScatterTrace => trace.type === 'scatter');
    const mean = traces.find((trace) => trace.name === 'with BN' && trace.xaxis === 'x2');
    expect(mean?.x).toEqual([0.01, 1]);
    expect(mean?.y).toEqual([80, 80].map((v) => expect.closeTo(v)));
    const band = traces.find((trace) => trace.fill === 'tonexty' && trace.xaxis === 'x2');
    expect(band?.y).toEqual([80, 90].map((v) => expect.closeTo(v)));
    const cross = traces.filter((trace) => trace.name?.startsWith('diverged'));
    expect(cross.map((trace) => [trace.name, trace.x])).toEqual([['diverged without BN', [10]]]);
    expect(all.sweep.summary).toContain('4 of 24 runs');
    expect(all.sweep.summary).toContain('Diverged runs: 1.');
  });
});

describe('lossCurvesFigure', () => {
  it('draws means of ten minibatches, cut where they are too high, and says what diverged', () => {
    const [long, , diverged] = all['loss curves'].data as ScatterTrace[]; // it has no others
    expect(long).toMatchObject({ name: 'with BN: 90.0 %', x: expect.arrayContaining([10, 30]) });
    expect(long.x).toHaveLength(21);
    expect(long.y.at(-1)).toBeCloseTo(
      (9 / 10) * [21, 22, 23, 24, 25, 26, 27, 28, 29, 30].reduce((s, i) => s + 1 / i, 0),
    );
    const [first, ...others] = diverged.y;
    expect(diverged.name).toBe('without BN: diverged');
    expect([first, others]).toEqual([undefined, []]);
    const high = lossCurvesFigure('T', [{ batchNorm: true, losses: [90, 90], accuracy: 0.1 }]);
    expect((high.data[0] as ScatterTrace).y).toEqual([4]);
    expect(() => lossCurvesFigure('T', [])).toThrow(/at least one run/);
  });
});

describe('scales', () => {
  it('have round ticks', () => {
    expect(niceTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(niceTicks(-0.3, 0.31, 6).map((v) => Number(v.toFixed(6)))).toEqual([-0.2, 0, 0.2]);
    expect(niceTicks(3, 3, 5)).toEqual([3]);
  });

  it('place values linearly, by powers of ten, or by category', () => {
    const line = makeScale(axis('x', { range: [0, 10] }), [], 'x', 100, 200);
    expect([line.pixel(0), line.pixel(5), line.pixel(10)]).toEqual([100, 150, 200]);
    const log = makeScale(logAxis('rate', 0.01, 100), [], 'x', 0, 400);
    expect([0.01, 1, 100].map(log.pixel)).toEqual([0, 200, 400]);
    expect(log.ticks.map(({ label }) => label)).toEqual(['0.01', '0.1', '1', '10', '100']);
    const bars = makeScale({}, [{ type: 'bar', x: ['a', 'b'], y: [1, 2] }], 'x', 0, 100);
    expect([bars.pixel('a'), bars.pixel('b'), bars.band]).toEqual([25, 75, 50]);
  });
});

describe('encodePng', () => {
  it('writes a PNG whose pixels come back', () => {
    const rgb = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
    const png = Buffer.from(encodePng(rgb, 2, 2));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
    const length = png.readUInt32BE(33);
    const rows = inflateSync(png.subarray(41, 41 + length));
    expect([...rows]).toEqual([0, ...rgb.subarray(0, 6), 0, ...rgb.subarray(6)]);
    // The check of the empty IEND chunk is known: AE 42 60 82.
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
    expect(() => encodePng(rgb, 3, 2)).toThrow(/expected 3 x 2 x 3 = 18 bytes, found 12/);
  });
});

describe('objectSheet', () => {
  it('puts each label beside its own row, the first on top', () => {
    const sets = Object.fromEntries(
      ['first', 'second', 'third'].map((name) => [
        name,
        drawObjects(2, { palette: 'warm cats', random: new Random(1) }),
      ]),
    );
    const svg = renderSvg(objectSheet(sets, 2));
    const heights = Object.keys(sets).map((name) =>
      Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}<`).exec(svg)?.[1]),
    );
    const [, top, height] = (
      /<image [^>]* y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/.exec(svg) ?? []
    ).map(Number);
    heights.forEach((y, row) => {
      expect(y).toBeGreaterThan(top + (row * height) / 3);
      expect(y).toBeLessThan(top + ((row + 1) * height) / 3);
    });
  });
});

describe('whiteningMotionFigure', () => {
  const points = (position: number) => {
    const [cloud] = whiteningMotionFigure(inputs, position).data as ScatterTrace[];
    return { x: cloud.x as number[], y: cloud.y as number[] };
  };
  const lengths = ({ x, y }: { x: number[]; y: number[] }) => x.map((value, i) => Math.hypot(value, y[i]));

  it('stops at the stages, but for the side that an axis points to', () => {
    inputs.stages.forEach(({ x1, x2 }, i) => {
      const { x, y } = points(i);
      expect(x).toEqual(x1.map((value) => expect.closeTo(value, 9)));
      expect(y.map(Math.abs)).toEqual(x2.map((value) => expect.closeTo(Math.abs(value), 9)));
    });
  });

  it('turns the cloud without changing a length', () => {
    const before = lengths(points(1));
    for (const position of [1.25, 1.5, 1.9])
      expect(lengths(points(position))).toEqual(before.map((length) => expect.closeTo(length, 9)));
  });

  it('refuses a position outside of the three steps', () => {
    expect(() => whiteningMotionFigure(inputs, 3.1)).toThrow(/from 0 \(raw\) to 3 \(equalised\), found 3.1/);
  });
});

describe('what cannot be drawn', () => {
  it('is refused in a sentence', () => {
    const few = drawObjects(2, { palette: 'warm cats', random: new Random(1) });
    expect(() => objectSheet({}, 2)).toThrow(/at least one set/);
    expect(() => objectSheet({ few }, 3)).toThrow(
      /sets\["few"\]: expected at least 3 x 1 = 3 pictures, found 2/,
    );
    const options = { title: 'T', x: 'x', y: 'y' };
    expect(() => lineFigure([], options)).toThrow(/at least one curve/);
    expect(() => lineFigure([{ name: 'c', x: [1], y: [] }], options)).toThrow(/"c".*found 1 x and 0 y/);
    expect(() => logAxis('λ', 0, 1)).toThrow(/from a number above 0 .* found 0 to 1/);
    const zero = [{ name: 'c', x: [0, 1], y: [1, 1] }];
    expect(() => lineFigure(zero, { ...options, logX: true })).toThrow(/above 0, found 0/);
  });
});
