/** Figures of lecture 07: what the BN transform does and what it does not notice. */
import type { TransformStudyResult } from '../experiments/transformStudy.js';
import type { Figure } from './figure.js';
import { type LooseTrace, panelFigure } from './panels.js';
import { axis, colours, logAxis, neutralStyles, withBN, withoutBN } from './theme.js';

/**
 * Mean and standard deviation of each feature, before the transform and after it.
 *
 * @example
 * show(transformFigure(transformStudy()));
 */
export function transformFigure(result: TransformStudyResult): Figure {
  const { before, after } = result;
  const points = (pick: 'mean' | 'std', showlegend: boolean): LooseTrace[] =>
    (
      [
        [before, withoutBN, 'before BN'],
        [after, withBN, 'after BN'],
      ] as const
    ).map(([moments, style, name]) => ({
      type: 'scatter',
      mode: 'markers',
      name,
      legendgroup: name,
      showlegend,
      x: moments[pick].map((_, j) => j + 1),
      y: moments[pick],
      marker: { color: style.color, size: 14, symbol: style.symbol },
      hovertemplate: `feature %{x}, ${name}: %{y:.3g}`,
    }));
  const range = (values: number[]) =>
    `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const features = axis('feature', { range: [0.3, before.mean.length + 0.7] });
  const text =
    `before, the features have means from ${range(before.mean)} and standard deviations from ${range(before.std)}; ` +
    `after, every mean is 0 to ${worst(after.mean, 0)} and every standard deviation 1 to ${worst(after.std, 1)}`;
  return panelFigure(
    'Each feature gets mean 0 and standard deviation 1',
    [
      { heading: 'mean', x: features, y: axis('mean'), traces: points('mean', true), levels: [0] },
      {
        heading: 'standard deviation',
        x: features,
        y: axis('standard deviation', { range: [0, 1.2 * Math.max(...before.std)] }),
        traces: points('std', false),
        levels: [1],
      },
    ],
    {
      alt: `Two panels over ${before.mean.length} features: ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
  );
}

/** The largest distance from a value, in powers of ten. */
const worst = (values: number[], from: number): string => {
  const off = Math.max(...values.map((value) => Math.abs(value - from)));
  return off === 0 ? 'the last bit' : `within ${off.toExponential(0)}`;
};

/**
 * BN((aW)u) against a: the output does not change, the gradient of the weights is 1/a.
 *
 * @example
 * show(scaleInvarianceFigure(transformStudy()));
 */
export function scaleInvarianceFigure({ scales, config }: TransformStudyResult): Figure {
  const x = scales.map(({ a }) => a);
  const [low, high] = [Math.min(...x) / 1.5, Math.max(...x) * 1.5];
  const [measured, change] = neutralStyles;
  const sentence = scales
    .filter(({ a }) => [0.1, 1, 10].some((wanted) => Math.abs(a - wanted) < 1e-9))
    .map(
      ({ a, gradientRatio, outputChange }) =>
        `a = ${a}: gradient times ${gradientRatio.toPrecision(3)}, output changed by at most ${outputChange === 0 ? 0 : outputChange.toExponential(0)}`,
    )
    .join('; ');
  return panelFigure(
    'BN does not notice the scale of the weights, and its gradient is 1/a',
    [
      {
        heading: 'gradient of aW over that of W',
        x: logAxis('a', low, high),
        y: logAxis('ratio', 1 / high, 10 / low),
        traces: [
          {
            type: 'scatter',
            mode: 'lines',
            name: '1/a',
            x,
            y: x.map((a) => 1 / a),
            line: { color: colours.ink, width: 2, dash: 'dot' },
          },
          {
            type: 'scatter',
            mode: 'markers',
            name: 'measured',
            x,
            y: scales.map(({ gradientRatio }) => gradientRatio),
            marker: { color: measured.color, size: 12, symbol: measured.symbol },
            hovertemplate: 'a = %{x}: %{y:.4g}',
          },
        ],
      },
      {
        heading: 'largest change of the output',
        x: logAxis('a', low, high),
        y: logAxis('|BN(aWu) − BN(Wu)|', 1e-9, 1e3, {
          tickvals: [1e-8, 1e-6, 1e-4, 1e-2, 1],
          ticktext: ['1e-8', '1e-6', '1e-4', '0.01', '1'],
        }),
        traces: [
          {
            type: 'scatter',
            mode: 'lines+markers',
            name: `with ε = ${config.epsilon}`,
            x,
            // At a = 1 nothing changes at all, which a log axis cannot show.
            y: scales.map(({ outputChange }) => (outputChange > 0 ? outputChange : null)),
            line: { color: change.color, width: 3, dash: change.dash },
            marker: { color: change.color, size: 11, symbol: change.symbol },
            hovertemplate: 'a = %{x}: %{y:.2g}',
          },
        ],
      },
    ],
    {
      alt: `Two panels against a on log axes. Left, the gradient of aW over that of W lies on the line 1/a, but for the smallest a, where ε is no longer small beside the variance. Right, the largest change of BN's output. ${sentence}.`,
      summary: `${sentence}.`,
    },
  );
}

/**
 * How much of the sigmoid a normalised input sees, against gamma.
 *
 * @example
 * show(sigmoidPartFigure(transformStudy()));
 */
export function sigmoidPartFigure({ sigmoid }: TransformStudyResult): Figure {
  const x = sigmoid.map(({ gamma }) => gamma);
  const [low, high] = [Math.min(...x) / 1.3, Math.max(...x) * 1.3];
  const ticks = { tickvals: x, ticktext: x.map(String) };
  const [share, slope] = neutralStyles;
  const one = sigmoid.find(({ gamma }) => gamma === 1) ?? sigmoid[0];
  const last = sigmoid[sigmoid.length - 1];
  const text =
    `at γ = ${one.gamma} a straight line explains ${(100 * one.linearShare).toFixed(1)} % of the output's variance, ` +
    `at γ = ${last.gamma} ${(100 * last.linearShare).toFixed(1)} %; the mean slope falls from ` +
    `${sigmoid[0].slope.toFixed(3)} to ${last.slope.toFixed(3)}`;
  const trace = (y: number[], style: (typeof neutralStyles)[number]): LooseTrace => ({
    type: 'scatter',
    mode: 'lines+markers',
    x,
    y,
    line: { color: style.color, width: 4, dash: style.dash },
    marker: { color: style.color, size: 12, symbol: style.symbol },
    showlegend: false,
    hovertemplate: 'γ = %{x}: %{y:.3g}',
  });
  return panelFigure(
    'Normalised alone, a sigmoid’s input stays in its straight part: γ undoes that',
    [
      {
        heading: 'explained by a straight line',
        x: logAxis('γ', low, high, ticks),
        y: axis('share of variance (%)', { range: [60, 105] }),
        traces: [
          trace(
            sigmoid.map(({ linearShare }) => 100 * linearShare),
            share,
          ),
        ],
      },
      {
        heading: 'mean of g′',
        x: logAxis('γ', low, high, ticks),
        y: axis('mean slope g′', { range: [0, 0.3] }),
        traces: [
          trace(
            sigmoid.map((part) => part.slope),
            slope,
          ),
        ],
        levels: [0.25],
      },
    ],
    {
      alt: `Two panels against γ on a log axis, for normal inputs with standard deviation γ: how much of the sigmoid's output a straight line explains, and the mean of its slope. ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
    { showlegend: false },
  );
}
