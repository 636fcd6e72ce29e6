/** One example in different company, and the order in which examples come: lecture 15. */
import type { CompanionsResult } from '../experiments/companions.js';
import type { ShufflingResult } from '../experiments/shufflingSweep.js';
import type { Shuffling } from '../shuffling.js';
import type { BarTrace, Figure } from './figure.js';
import { mean, panelFigure } from './panels.js';
import { axis, baseLayout, bnStyle, colours, fontSize, neutralStyles, percent } from './theme.js';

const [LOW, HIGH, BINS] = [-3, 3, 24];
const WIDTH = (HIGH - LOW) / BINS;

/**
 * The statistics of many minibatches, and what they make of one example that stands in all of them.
 *
 * @example
 * show(companionsFigure(companions({ m: 8, draws: 50, population: 100 })));
 */
export function companionsFigure({ config, means, stds, outputs, atInference }: CompanionsResult): Figure {
  const { m, draws } = config;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of outputs) {
    // What lies further out is counted in the outermost bins.
    counts[Math.min(BINS - 1, Math.max(0, Math.floor((value - LOW) / WIDTH)))]++;
  }
  const density = counts.map((count) => count / (draws * WIDTH));
  const top = Math.max(1, ...density) * 1.2;
  const middle = mean(outputs);
  const spread = Math.sqrt(mean(outputs.map((value) => (value - middle) ** 2)));
  const text = `in ${draws} minibatches of ${m} the example's x̂ is ${middle.toFixed(2)} on average, with a standard deviation of ${spread.toFixed(2)}; at inference it is ${atInference.toFixed(2)}`;
  return panelFigure(
    `One example in ${draws} minibatches of ${m}`,
    [
      {
        heading: 'the minibatches’ statistics',
        x: axis('mean, off by (std)', { range: [-1.8, 1.8] }),
        y: axis('std over the population’s', { range: [0, 2.4] }),
        traces: [
          {
            type: 'scatter',
            mode: 'markers',
            name: 'a minibatch',
            x: means.map((value) => Math.max(-1.8, Math.min(1.8, value))),
            y: stds.map((value) => Math.min(2.4, value)),
            marker: { color: neutralStyles[0].color, size: 6, symbol: neutralStyles[0].symbol },
          },
          {
            type: 'scatter',
            mode: 'markers',
            name: 'the population, and what inference uses',
            x: [0],
            y: [1],
            marker: { color: colours.ink, size: 15, symbol: 'x' },
          },
        ],
      },
      {
        heading: 'the example’s x̂',
        x: axis('x̂ of the example', { range: [LOW - 0.1, HIGH + 0.1] }),
        y: axis('density', { range: [0, top] }),
        traces: [
          {
            type: 'scatter',
            mode: 'lines',
            name: 'in training',
            showlegend: false,
            x: counts.flatMap((_, i) => [LOW + i * WIDTH, LOW + (i + 1) * WIDTH]),
            y: density.flatMap((value) => [value, value]),
            line: { color: neutralStyles[0].color, width: 4, dash: 'solid' },
          },
          {
            type: 'scatter',
            mode: 'lines',
            name: 'at inference',
            showlegend: false,
            x: [atInference, atInference],
            y: [0, 0.8 * top],
            line: { color: colours.ink, width: 3, dash: 'dot' },
          },
        ],
      },
    ],
    {
      alt: `Left, a point for each minibatch: how far its mean is off, and its standard deviation over the population's, with a cross at 0 and 1. Right, the density of the example's normalised input over the minibatches, with a dotted line at its value at inference: ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
    { height: 460 },
  );
}

/** What a reader calls each order. */
export const orderNames: Readonly<Record<Shuffling, string>> = {
  eachEpoch: 'new each epoch',
  once: 'once for all',
  never: 'as stored',
  byClass: 'class by class',
  sameClass: 'one class a minibatch',
};

/**
 * Accuracy for each order in which the examples came, with and without BN.
 *
 * @example
 * const config = { orders: ['once' as const], seeds: [1], epochs: 1, batchSize: 10, trainCount: 40, hidden: 4 };
 * show(shufflingFigure(await shufflingSweep({ ...config, testCount: 20 }, { workers: 0 })));
 */
export function shufflingFigure(result: ShufflingResult): Figure {
  const { orders, batchNorm, seeds, batchSize, epochs, trainCount } = result.config;
  const of = (order: Shuffling, bn: boolean) =>
    result.cells
      .filter((cell) => cell.order === order && cell.batchNorm === bn)
      .map(({ accuracy }) => 100 * accuracy);
  const done = orders.filter((order) => batchNorm.some((bn) => of(order, bn).length > 0));
  const sentences = done.map(
    (order) =>
      `${orderNames[order]}: ${batchNorm
        .filter((bn) => of(order, bn).length > 0)
        .map((bn) => `${percent(mean(of(order, bn)) / 100)} ${bnStyle(bn).name}`)
        .join(', ')}`,
  );
  const text = sentences.join('; ') || 'no run yet, 0 done';
  return {
    data: batchNorm.map((bn): BarTrace => {
      const some = done.filter((order) => of(order, bn).length > 0);
      const levels = some.map((order) => mean(of(order, bn)));
      return {
        type: 'bar',
        name: bnStyle(bn).name,
        x: some.map((order) => orderNames[order]),
        y: levels,
        text: levels.map((level) => `${level.toFixed(1)} %`),
        textposition: 'auto',
        insidetextanchor: 'middle',
        textangle: 0,
        insidetextfont: { size: fontSize.base, color: bn ? '#ffffff' : colours.ink },
        outsidetextfont: { size: fontSize.base, color: colours.ink },
        cliponaxis: false,
        marker: { color: bnStyle(bn).color },
        error_y: {
          type: 'data',
          array: some.map((order) => (Math.max(...of(order, bn)) - Math.min(...of(order, bn))) / 2),
          ...{ thickness: 2, width: 6, color: colours.ink },
        },
      };
    }),
    layout: baseLayout('The order of the examples, with and without BN', {
      barmode: 'group',
      xaxis: axis('order of the examples', { type: 'category' }),
      yaxis: axis('test accuracy (%)', { range: [0, 104], tickvals: [0, 20, 40, 60, 80, 100] }),
      height: 500,
    }),
    alt: `Bars of test accuracy for each order of the examples, with BN (blue, left) and without (orange, right), after ${epochs} epochs of ${trainCount} images in minibatches of ${batchSize}; the error bars are half the range of ${seeds.length} seeds. ${text}.`,
    summary: `${result.cells.length} of ${result.planned} runs. ${text}.`,
  };
}
