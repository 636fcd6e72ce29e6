/** Figures of lecture 09: the paper's section 4.1, and the scan of what it does not state. */
import type { PaperFigureResult, PaperScanCell, PaperScanResult } from '../experiments/paper.js';
import type { Figure, HeatmapTrace } from './figure.js';
import { bySeedPoints, type LooseTrace, mean, panelFigure, seedCurve } from './panels.js';
import { percentileFigure } from './percentileFigure.js';
import { axis, baseLayout, bnStyle, fontSize, percent } from './theme.js';

/**
 * Test accuracy against steps, and against seconds of training on one core.
 *
 * @example
 * const config = { seeds: [1], steps: 6, looks: 3, testCount: 20 };
 * show(paperAccuracyFigure(await paperFigure(config, { workers: 0 })));
 */
export function paperAccuracyFigure(result: PaperFigureResult): Figure {
  const { seeds, steps, learningRate, std } = result.config;
  const timing = result.millisecondsPerStep;
  const sentences: string[] = [];
  const all: number[] = [];
  const traces = (scale: (batchNorm: boolean) => number, showlegend: boolean): LooseTrace[] =>
    [true, false].flatMap((batchNorm) => {
      const looks = result.runs
        .filter((run) => run.batchNorm === batchNorm)
        .flatMap((run) => run.steps.map((step, i) => ({ step, accuracy: 100 * run.accuracies[i] })));
      const points = bySeedPoints(
        looks,
        ({ step }) => step * scale(batchNorm),
        ({ accuracy }) => accuracy,
      );
      all.push(...points.flatMap(({ values }) => values));
      if (showlegend && points.length > 0) {
        const at = (share: number) => {
          const point = points[Math.min(points.length - 1, Math.round(share * (points.length - 1)))];
          return `${percent(mean(point.values) / 100)} after ${point.x} steps`;
        };
        sentences.push(`${bnStyle(batchNorm).name} ${at(0.1)}, ${at(1)}`);
      }
      return seedCurve(points, bnStyle(batchNorm), { showlegend, markers: false, hover: '%{x}: %{y:.1f} %' });
    });
  const stepTraces = traces(() => 1, true);
  const secondTraces = timing && traces((bn) => (bn ? timing.withBN : timing.withoutBN) / 1000, false);
  const text = sentences.join('; ') || 'no look yet, 0 steps';
  const cost =
    timing === null
      ? ''
      : `; a step takes ${timing.withBN.toFixed(2)} ms with BN and ${timing.withoutBN.toFixed(2)} ms without`;
  const y = () => axis('test accuracy (%)', { range: [0, 104], tickvals: [0, 20, 40, 60, 80, 100] });
  return panelFigure(
    'The paper’s network on MNIST: accuracy while it trains',
    [
      { x: axis('step'), y: y(), traces: stepTraces, levels: [10] },
      ...(secondTraces
        ? [{ x: axis('seconds of training, one core'), y: y(), traces: secondTraces, levels: [10] }]
        : []),
    ],
    {
      alt: `Test accuracy of 784-100-100-100-10 (sigmoid, minibatches of 60, learning rate ${learningRate}, initial weights of standard deviation ${std}) over ${steps} steps${secondTraces ? ', and over seconds' : ''}, with BN (solid) and without (dashed); bands span ${seeds.length} seeds, the dotted line is chance. ${text}${cost}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}${cost}.`,
    },
  );
}

/**
 * The percentiles of one unit's input over training, of one of the seeds.
 * @param look how far the runs had come, from 0 to the config's `looks`. Left out: the whole.
 *
 * @example
 * const config = { seeds: [1], steps: 6, looks: 3, testCount: 20 };
 * show(paperPercentileFigure(await paperFigure(config, { workers: 0 })));
 */
export function paperPercentileFigure(
  result: PaperFigureResult,
  seed = result.config.seeds[0],
  look?: number,
): Figure {
  const { steps, looks, learningRate, std, unit } = result.config;
  const runs = result.runs.filter((run) => run.seed === seed && run.p50.length > 0);
  if (runs.length === 0) throw new RangeError(`seed must be that of a run that has begun, found ${seed}`);
  const { stopped } = result;
  return percentileFigure({ config: { seed, steps, looks, learningRate, std, unit }, runs, stopped }, look);
}

/**
 * Accuracy over initial spread and learning rate as two matrices, with BN and without.
 * @param look which of the config's `steps`; left out: the last
 *
 * @example
 * const config = { seeds: [1], stds: [0.1], learningRates: [0.1, 1], steps: [2, 4], testCount: 20 };
 * show(paperScanFigure(await paperScan(config, { workers: 0 })));
 */
export function paperScanFigure(result: PaperScanResult, look = result.config.steps.length - 1): Figure {
  const { stds, learningRates, seeds, steps } = result.config;
  if (!(look in steps)) {
    throw new RangeError(
      `look must be from 0 to ${steps.length - 1}, one of the config's steps, found ${look}`,
    );
  }
  const of = (batchNorm: boolean, std: number, learningRate: number): PaperScanCell[] =>
    result.cells.filter(
      (cell) => cell.batchNorm === batchNorm && cell.std === std && cell.learningRate === learningRate,
    );
  const level = (cells: PaperScanCell[]): number =>
    cells.length === 0 ? 0 : 100 * mean(cells.map(({ accuracy }) => accuracy[look]));
  const heatmap = (batchNorm: boolean): HeatmapTrace => ({
    type: 'heatmap',
    x: learningRates.map((rate) => `lr ${rate}`),
    y: stds.map((std) => `std ${std}`),
    z: stds.map((std) => learningRates.map((rate) => level(of(batchNorm, std, rate)))),
    text: stds.map((std) =>
      learningRates.map((rate) => {
        const cells = of(batchNorm, std, rate);
        return cells.length === 0 ? '' : level(cells).toFixed(1);
      }),
    ),
    texttemplate: '%{text}',
    textfont: { size: fontSize.small },
    zmin: 0,
    zmax: 100,
    // From white to the blue or vermilion that stands for the two.
    colorscale: [
      [0, '#ffffff'],
      [1, bnStyle(batchNorm).color],
    ],
    showscale: false,
    xaxis: batchNorm ? 'x2' : 'x',
    yaxis: batchNorm ? 'y2' : 'y',
  });
  const describe = (batchNorm: boolean): string => {
    const done = stds.flatMap((std) =>
      learningRates.map((rate) => ({ std, rate, cells: of(batchNorm, std, rate) })),
    );
    const levels = done
      .filter(({ cells }) => cells.length > 0)
      .map(({ cells, ...where }) => ({ ...where, level: level(cells) }));
    if (levels.length === 0) return `${bnStyle(batchNorm).name}: no run yet`;
    const best = levels.reduce((a, b) => (b.level > a.level ? b : a));
    const worst = levels.reduce((a, b) => (b.level < a.level ? b : a));
    return (
      `${bnStyle(batchNorm).name}: best ${percent(best.level / 100)} at std ${best.std}, lr ${best.rate}, ` +
      `worst ${percent(worst.level / 100)} at std ${worst.std}, lr ${worst.rate}`
    );
  };
  const text = `${describe(false)}; ${describe(true)}`;
  const title = (batchNorm: boolean) => ({
    text: bnStyle(batchNorm).name,
    ...{ x: 0.5, y: 1.02, xanchor: 'center' as const, yanchor: 'bottom' as const, showarrow: false as const },
    ...{ xref: batchNorm ? 'x2 domain' : 'x domain', yref: batchNorm ? 'y2 domain' : 'y domain' },
    font: { size: fontSize.title },
  });
  const category = { type: 'category' as const, showgrid: false };
  return {
    data: [heatmap(false), heatmap(true)],
    layout: baseLayout(`Test accuracy (%) after ${steps[look]} steps, over what the paper does not state`, {
      showlegend: false,
      height: 220 + 60 * stds.length,
      xaxis: axis('', { ...category, domain: [0, 0.44], anchor: 'y' }),
      yaxis: axis('', { ...category, anchor: 'x' }),
      xaxis2: axis('', { ...category, domain: [0.56, 1], anchor: 'y2' }),
      yaxis2: axis('', { ...category, anchor: 'x2' }),
      annotations: [title(false), title(true)],
    }),
    alt: `Two matrices of test accuracy after ${steps[look]} steps, without BN on the left and with BN on the right, initial spread by learning rate, means over ${seeds.length} seeds. ${text}.`,
    summary: `${result.cells.length} of ${result.planned} runs, after ${steps[look]} steps. ${text}.`,
  };
}
