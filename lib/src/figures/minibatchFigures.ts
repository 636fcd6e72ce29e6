/** Figures of lecture 03: how far a minibatch's gradient is off, and what an example costs. */
import type { GradientCloudResult } from '../experiments/gradientCloud.js';
import type { GradientVarianceResult, TimePerExampleResult } from '../experiments/gradientVariance.js';
import type { Figure } from './figure.js';
import { bySeedPoints, geometricMean, type LooseTrace, panelFigure, seedCurve } from './panels.js';
import { axis, baseLayout, bnStyle, colours, logAxis, powersOfTwo } from './theme.js';

/** The slope of a straight line through the points in a log-log plot. */
function slope(points: { x: number; values: number[] }[]): number {
  const xs = points.map(({ x }) => Math.log(x));
  const ys = points.map(({ values }) => Math.log(geometricMean(values)));
  const [mx, my] = [xs, ys].map((v) => v.reduce((sum, value) => sum + value, 0) / v.length);
  const up = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i] - my), 0);
  return up / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

/**
 * Variance of the gradient estimate against m, measured, beside what s^2/m says. A partial result is drawn too.
 *
 * @example
 * const small = { batchSizes: [2, 4], seeds: [1], draws: 3, population: 20, hidden: 4 };
 * show(gradientVarianceFigure(await gradientVariance(small, { workers: 0 })));
 */
export function gradientVarianceFigure(result: GradientVarianceResult): Figure {
  const { batchSizes, seeds } = result.config;
  const [low, high] = [Math.min(...batchSizes) / 1.3, Math.max(...batchSizes) * 1.3];
  const traces: LooseTrace[] = [];
  const sentences: string[] = [];
  for (const batchNorm of [true, false]) {
    const cells = result.cells.filter((cell) => cell.batchNorm === batchNorm);
    const points = bySeedPoints(
      cells,
      ({ m }) => m,
      ({ variance }) => variance,
    );
    traces.push(...seedCurve(points, bnStyle(batchNorm), { showlegend: true, centre: geometricMean }));
    if (points.length > 1) {
      sentences.push(`${bnStyle(batchNorm).name} it goes like m to the power ${slope(points).toFixed(2)}`);
    }
  }
  const theory = result.cells.filter((cell) => cell.expected !== null);
  if (theory.length > 0) {
    const points = bySeedPoints(
      theory,
      ({ m }) => m,
      ({ expected }) => expected ?? Number.NaN,
    );
    traces.push({
      type: 'scatter',
      mode: 'lines',
      name: 's²/m, from single examples',
      x: points.map(({ x }) => x),
      y: points.map(({ values }) => geometricMean(values)),
      line: { color: colours.ink, width: 2, dash: 'dot' },
      hovertemplate: 'm = %{x}: %{y:.3g}',
    });
    const off = Math.max(...theory.map(({ variance, expected }) => Math.abs(variance / (expected ?? 1) - 1)));
    sentences.push(`without BN it is within ${(100 * off).toFixed(0)} % of s²/m`);
  }
  const values = traces.flatMap(({ y }) => y).filter((v): v is number => v !== null && v > 0);
  const [bottom, top] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0.01, 1];
  const text = sentences.join('; ') || 'no run yet';
  return panelFigure(
    'A minibatch’s gradient is an estimate: its variance against m',
    [
      {
        x: logAxis('minibatch size m', low, high, powersOfTwo(batchSizes)),
        y: logAxis('variance of the gradient', bottom / 1.5, top * 1.5),
        traces,
      },
    ],
    {
      alt: `Variance of the minibatch gradient against m, both on log axes, with BN (solid, circles), without (dashed, squares), and the dotted line s²/m; bands span ${seeds.length} seeds: ${text}.`,
      summary: `${result.cells.length} of ${result.planned} runs. Variance of the gradient: ${text}.`,
    },
  );
}

/**
 * Time of one example in a training step, against m.
 *
 * @example
 * show(timePerExampleFigure(await timePerExample({ batchSizes: [2, 4], hidden: 8, milliseconds: 1 })));
 */
export function timePerExampleFigure(result: TimePerExampleResult): Figure {
  const { batchSizes } = result.config;
  const [low, high] = [Math.min(...batchSizes) / 1.3, Math.max(...batchSizes) * 1.3];
  const sentences: string[] = [];
  const traces = [true, false].flatMap((batchNorm) => {
    const times = result.times.filter((time) => time.batchNorm === batchNorm);
    if (times.length > 0) {
      const [first, last] = [times[0], times[times.length - 1]];
      sentences.push(
        `${bnStyle(batchNorm).name} ${first.microseconds.toFixed(1)} µs at m = ${first.m} and ` +
          `${last.microseconds.toFixed(1)} µs at m = ${last.m}`,
      );
    }
    const points = times.map(({ m, microseconds }) => ({ x: m, values: [microseconds] }));
    return seedCurve(points, bnStyle(batchNorm), { showlegend: true });
  });
  const all = result.times.map(({ microseconds }) => microseconds);
  const [bottom, top] = all.length > 0 ? [Math.min(...all), Math.max(...all)] : [1, 100];
  const text = sentences.join('; ') || 'no run yet, 0 measured';
  return panelFigure(
    'What one example costs in a training step',
    [
      {
        x: logAxis('minibatch size m', low, high, powersOfTwo(batchSizes)),
        y: logAxis('time per example (µs)', bottom / 1.6, top * 1.6, {
          tickvals: [1, 2, 5, 10, 20, 50, 100, 200, 500],
          ticktext: ['1', '2', '5', '10', '20', '50', '100', '200', '500'],
        }),
        traces,
      },
    ],
    {
      alt: `Microseconds of training time per example against m, on log axes, with BN (solid, circles) and without (dashed, squares): ${text}.`,
      summary: `Time per example: ${text}.`,
    },
  );
}

/**
 * The gradients of many minibatches of a problem with two weights, as points around the gradient of the whole set.
 *
 * @param result the axes are the same whatever m is, so that clouds can be compared
 * @example
 * show(gradientCloudFigure(gradientCloud({ m: 16 })));
 */
export function gradientCloudFigure({ g1, g2, full, spread, expected, config }: GradientCloudResult): Figure {
  const { m, population } = config;
  const far = 1;
  const text =
    `${g1.length} minibatches of ${m} from ${population} examples: their gradients lie ${spread.toFixed(3)} from the ` +
    `full one (root of the mean square), theory says ${expected.toFixed(3)}`;
  const cloud = { type: 'scatter', mode: 'markers' } as const;
  return {
    data: [
      {
        ...cloud,
        x: g1,
        y: g2,
        name: `minibatches of ${m}`,
        marker: { color: colours.sky, size: 7, symbol: 'circle' },
        hovertemplate: '(%{x:.3f}, %{y:.3f})',
      },
      {
        ...cloud,
        x: [full[0]],
        y: [full[1]],
        name: 'all examples',
        marker: { color: colours.ink, size: 16, symbol: 'x' },
        hovertemplate: '(%{x:.3f}, %{y:.3f})',
      },
      {
        ...cloud,
        x: [0],
        y: [0],
        name: 'no gradient',
        marker: { color: colours.purple, size: 12, symbol: 'square' },
        hoverinfo: 'skip',
      },
    ],
    layout: baseLayout(`Gradients of minibatches of ${m}`, {
      height: 560,
      xaxis: axis('gradient for weight 1', { range: [-1.5 * far, 1.5 * far] }),
      yaxis: axis('gradient for weight 2', { range: [-far, far] }),
    }),
    alt: `A cloud of points around a cross, the gradient of all examples. ${text}.`,
    summary: `${text}.`,
  };
}
