import { checkCount } from '../check.js';
import type { BiasDriftResult, DriftRun } from '../experiments/biasDrift.js';
import type { Figure, ScatterTrace } from './figure.js';
import { axis, baseLayout, colours, fontSize } from './theme.js';

/** The true gradient is a wide line and lies below, so that where both runs agree the dashes show on it. */
const styles = {
  ignoreStatistics: {
    name: 'statistics taken for constants',
    color: colours.ink,
    dash: 'dash',
    width: 4,
  },
  throughStatistics: {
    name: 'gradient through the statistics',
    color: colours.orange,
    dash: 'solid',
    width: 9,
  },
} as const;

/** A rounded number without the sign that rounding leaves on a zero. */
const tidy = (value: number, digits: number) => value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1');

function curve(run: DriftRun, values: number[], panel: 1 | 2): ScatterTrace {
  const { name, color, dash, width } = styles[run.gradient];
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    legendgroup: run.gradient,
    showlegend: panel === 1,
    x: values.map((_, step) => step),
    y: values,
    line: { color, dash, width },
    xaxis: panel === 1 ? 'x' : 'x2',
    yaxis: panel === 1 ? 'y' : 'y2',
    hovertemplate: 'step %{x}: %{y:.4f}',
  };
}

/**
 * Two panels over the steps: the parameter, which moves, and the loss, which does not.
 * @param which the centred unit with its bias b, or the scaled unit with its weight w
 * @param until how many steps to draw, on the axes of the whole: one picture of a film. Left out: all.
 *
 * @example
 * const figure = biasDriftFigure(biasDrift({ steps: 50 }), 'scaling');
 * console.log(figure.data.length); // prints 4
 */
export function biasDriftFigure(
  result: BiasDriftResult,
  which: 'centring' | 'scaling' = 'centring',
  until = result.config.steps,
): Figure {
  checkCount('until', until);
  const [naive, honest] = result[which];
  const letter = which === 'centring' ? 'b' : 'w';
  const { steps: all } = result.config;
  const steps = Math.min(all, until);
  const end = naive.parameter[all];
  const x: [number, number] = [0, all];
  const lossTop = 1.35 * Math.max(...naive.loss, ...honest.loss);
  const [from, to] = [naive.parameter[0], naive.parameter[steps]];
  const [lossFrom, lossTo] = [naive.loss[0], naive.loss[steps]];
  const title =
    which === 'centring' ? 'The bias drifts, the loss stays' : 'The weight drifts, the loss stays';
  return {
    data: [honest, naive].flatMap((run) => [
      curve(run, run.parameter.slice(0, steps + 1), 1),
      curve(run, run.loss.slice(0, steps + 1), 2),
    ]),
    layout: baseLayout(title, {
      xaxis: axis('step', { domain: [0, 0.44], anchor: 'y', range: x }),
      yaxis: axis(which === 'centring' ? 'bias b' : 'weight w', {
        anchor: 'x',
        range: [Math.min(0, end), 1.12 * Math.max(from, end)],
      }),
      xaxis2: axis('step', { domain: [0.56, 1], anchor: 'y2', range: x }),
      yaxis2: axis('loss ℓ', { anchor: 'x2', range: [0, lossTop] }),
      annotations: [
        {
          text: `${letter} = ${to.toFixed(2)}`,
          // Its text ends at the curve's end; a short curve would push it out of the panel.
          x: Math.max(steps, 0.3 * all),
          y: to + 0.02 * end,
          xref: 'x',
          yref: 'y',
          showarrow: false,
          xanchor: 'right',
          yanchor: 'bottom',
          font: { size: fontSize.base, color: colours.ink },
        },
        {
          text: `both stay at ${lossTo.toFixed(3)}`,
          x: all / 2,
          y: lossTo + 0.03 * lossTop,
          xref: 'x2',
          yref: 'y2',
          showarrow: false,
          yanchor: 'bottom',
          font: { size: fontSize.base },
        },
      ],
    }),
    alt:
      `Two panels over ${steps} steps. Left: with the statistics taken for constants, ${letter} rises from ` +
      `${from.toFixed(2)} to ${to.toFixed(2)}; with the gradient through the statistics it stays at ` +
      `${tidy(honest.parameter[steps], 2)}. Right: both losses are flat lines, one upon the other.`,
    summary:
      `${letter} moves from ${from.toFixed(2)} to ${to.toFixed(2)} in ${steps} steps while the loss goes from ` +
      `${lossFrom.toFixed(4)} to ${lossTo.toFixed(4)}; with the gradient through the statistics ${letter} ends at ` +
      `${tidy(honest.parameter[steps], 4)}.`,
  };
}
