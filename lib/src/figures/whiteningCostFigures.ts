import type { SingularCovarianceResult } from '../experiments/singularCovariance.js';
import { costNames, type FourCosts, type WhiteningCostResult } from '../experiments/whiteningCost.js';
import type { Dash, Figure, MarkerSymbol, ScatterTrace } from './figure.js';
import { axis, baseLayout, colours, fontSize, logAxis, withBN } from './theme.js';

const looks: Record<keyof FourCosts, { name: string; color: string; dash: Dash; symbol: MarkerSymbol }> = {
  batchNorm: { name: 'BN', color: withBN.color, dash: withBN.dash, symbol: withBN.symbol },
  whitening: { name: 'whitening', color: colours.green, dash: 'dash', symbol: 'diamond' },
  backward: { name: 'its backward pass', color: colours.orange, dash: 'dot', symbol: 'triangle-up' },
  jacobians: { name: 'Jacobians at one x', color: colours.purple, dash: 'dashdot', symbol: 'square' },
};

const size = (bytes: number): string => {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
};

/** A log axis over whole powers of ten around the values. */
function around(title: string, values: number[], more = {}) {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(1.01 * Math.max(...values)));
  return logAxis(title, low, high, more);
}

/**
 * Two panels with log axes: the time, and the memory, that BN, whitening and its Jacobians take, against d. It may be
 * given a result that was stopped: what is finished is drawn.
 *
 * @example
 * show(whiteningCostFigure(await whiteningCost({ features: [2, 4, 8], m: 16, repeats: 1 })));
 */
export function whiteningCostFigure({ points, growth, config, stopped }: WhiteningCostResult): Figure {
  const d = points.map((point) => point.d);
  const data = (['milliseconds', 'bytes'] as const).flatMap((what, panel) =>
    costNames.map((name): ScatterTrace => {
      const { color, dash, symbol } = looks[name];
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: looks[name].name,
        legendgroup: name,
        showlegend: panel === 0,
        x: d,
        y: points.map((point) => point[what][name]),
        line: { color, dash, width: 4 },
        marker: { color, symbol, size: 11 },
        xaxis: panel === 0 ? 'x' : 'x2',
        yaxis: panel === 0 ? 'y' : 'y2',
        hovertemplate: `d = %{x}: %{y:.3g} ${what}`,
      };
    }),
  );
  const values = (what: 'milliseconds' | 'bytes') =>
    points.length === 0 ? [1, 10] : points.flatMap((point) => costNames.map((name) => point[what][name]));
  const ticks = { tickvals: d, ticktext: d.map(String) };
  const range: [number, number] = [Math.log10((d[0] ?? 1) / 1.3), Math.log10((d.at(-1) ?? 10) * 1.3)];
  const last = points.at(-1);
  const times = last
    ? costNames
        .map((name) => `${looks[name].name} ${Number(last.milliseconds[name].toPrecision(2))} ms`)
        .join(', ')
    : '';
  const powers =
    points.length > 1
      ? costNames.map((name) => `${looks[name].name} d^${growth[name].toFixed(1)}`).join(', ')
      : '';
  const summary = last
    ? `At d = ${last.d} and m = ${config.m}: ${times}. Jacobians take ${size(last.bytes.jacobians)} at one x, ` +
      `${size(last.bytes.jacobiansOfLayer)} for all m; BN keeps ${size(last.bytes.batchNorm)}. ` +
      `${powers ? `Measured growth of the times: ${powers}.` : ''}${stopped ? ' Stopped early.' : ''}`
    : 'No number of features was tried to the end: 0 points.';
  return {
    data,
    layout: baseLayout('What full whitening costs', {
      height: 540,
      xaxis: axis('features d', { type: 'log', domain: [0, 0.43], anchor: 'y', range, ...ticks }),
      yaxis: around('time (ms)', values('milliseconds'), { anchor: 'x' }),
      xaxis2: axis('features d', { type: 'log', domain: [0.57, 1], anchor: 'y2', range, ...ticks }),
      yaxis2: around('memory (bytes)', values('bytes'), { anchor: 'x2' }),
    }),
    alt:
      `Two panels with log axes against the number of features: time on the left, memory on the right, for BN, ` +
      `whitening, its backward pass, and the Jacobians at one x. ${summary}`,
    summary,
  };
}

/**
 * The smallest and the largest eigenvalue that a minibatch of m examples shows when the truth is 1 for all, against
 * d; crosses mark where whitening without epsilon is refused.
 *
 * @example
 * show(singularCovarianceFigure(singularCovariance({ m: 12 })));
 */
export function singularCovarianceFigure({ points, config }: SingularCovarianceResult): Figure {
  const { m, seeds } = config;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // an eigenvalue of 1e-17 is a 0 that was rounded
  const tidy = (value: number) => (Math.abs(value) < 1e-12 ? '0' : String(Number(value.toPrecision(2))));
  const refused = points.filter(({ refusal }) => refusal !== null).map(({ d }) => d);
  const last = Math.max(m, ...points.map(({ d }) => d));
  const smooth = Array.from({ length: 101 }, (_, k) => (k * last) / 100);
  const law = (sign: 1 | -1, name?: string): ScatterTrace => ({
    type: 'scatter',
    mode: 'lines',
    x: smooth,
    y: smooth.map((d) => (sign < 0 && d > m ? 0 : (1 + sign * Math.sqrt(d / m)) ** 2)),
    name,
    showlegend: name !== undefined,
    line: { color: colours.muted, width: 2, dash: 'dash' },
    hoverinfo: 'skip',
  });
  const measured = (which: 'largest' | 'smallest', color: string, symbol: MarkerSymbol): ScatterTrace => ({
    type: 'scatter',
    mode: 'lines+markers',
    x: points.map(({ d }) => d),
    y: points.map((point) => mean(point[which])),
    name: which,
    line: { color, width: 3 },
    marker: { color, size: 11, symbol },
    hovertemplate: 'd = %{x}: %{y:.3f}',
  });
  const sentences = points
    .filter(({ d }) => d <= m)
    .map(({ d, smallest, largest }) => `d = ${d}: ${tidy(mean(smallest))} to ${tidy(mean(largest))}`);
  const end = refused.length > 0 ? `Refused without epsilon: d = ${refused.join(', ')}` : 'None is refused';
  return {
    data: [
      law(1, 'Marchenko and Pastur 1967'),
      law(-1),
      measured('largest', colours.blue, 'triangle-up'),
      measured('smallest', colours.green, 'circle'),
      {
        type: 'scatter',
        mode: 'markers',
        x: refused,
        y: refused.map(() => 0),
        name: 'whitening refused',
        marker: { color: colours.vermilion, size: 18, symbol: 'x' },
      },
    ],
    layout: baseLayout(`The covariance that ${m} examples show; in truth it is I`, {
      xaxis: axis('features d', { range: [0, 1.04 * last] }),
      yaxis: axis('largest and smallest eigenvalue', {
        range: [-0.4, 1.12 * Math.max((1 + Math.sqrt(last / m)) ** 2, 1)],
      }),
      shapes: [
        {
          ...{ type: 'line', x0: m, x1: m, y0: 0, y1: 1, xref: 'x', yref: 'y domain', layer: 'below' },
          line: { color: colours.muted, width: 2, dash: 'dot' },
        },
      ],
      annotations: [
        {
          ...{
            text: `d = m = ${m}`,
            x: m - 0.01 * last,
            y: 0.98,
            xref: 'x',
            yref: 'y domain',
            showarrow: false,
          },
          ...{ xanchor: 'right', yanchor: 'top', font: { size: fontSize.base, color: colours.muted } },
        },
      ],
    }),
    alt:
      `Two curves against the number of features, mean of ${seeds.length} seeds: the largest eigenvalue rises, the ` +
      `smallest falls to 0 at d = m = ${m}, the dotted line. ${sentences.join('; ')}. ${end}.`,
    summary: `Eigenvalues of the covariance of ${m} examples: ${sentences.join('; ')}. ${end}.`,
  };
}
