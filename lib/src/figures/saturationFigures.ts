/** Figures of lecture 02: activation functions, and what depth does at initialisation. */
import type { ActivationName } from '../activations.js';
import type { ActivationCurvesResult } from '../experiments/activationCurves.js';
import type { DepthResult, DepthRun } from '../experiments/depth.js';
import type { Figure } from './figure.js';
import { geometricMean, type LooseTrace, type Panel, panelFigure, seedCurve } from './panels.js';
import { axis, bnStyle, fontSize, logAxis, neutralStyles } from './theme.js';

export const activationTitles: Record<ActivationName, string> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  relu: 'ReLU',
  leakyRelu: 'LeakyReLU',
  identity: 'identity',
};

const TOP = 3;

/**
 * g on the left, its derivative on the right.
 *
 * @example
 * show(activationFigure(activationCurves()));
 */
export function activationFigure({ curves }: ActivationCurvesResult): Figure {
  const traces = (pick: 'g' | 'derivative'): LooseTrace[] =>
    curves.map((curve, i) => ({
      type: 'scatter',
      mode: 'lines',
      name: activationTitles[curve.activation],
      legendgroup: curve.activation,
      showlegend: pick === 'g',
      x: curve.x,
      // Above the panel a curve would run into the legend.
      y: curve[pick].map((value) => (value > TOP ? null : value)),
      line: { color: neutralStyles[i].color, width: 4, dash: neutralStyles[i].dash },
      hovertemplate: `${activationTitles[curve.activation]}: %{y:.3g} at x = %{x:.2f}`,
    }));
  const saturating = curves.filter(({ limits }) => limits[0] === 0 && limits[1] === 0);
  const largest = curves.map(
    ({ activation, derivative }) =>
      `${activationTitles[activation]} at most ${Math.max(...derivative).toPrecision(3)}`,
  );
  const [first] = curves;
  const end = saturating.map(
    ({ activation, derivative }) =>
      `${activationTitles[activation]} ${(derivative.at(-1) ?? Number.NaN).toPrecision(2)}`,
  );
  const saturation =
    saturating.length === 0
      ? 'none of them saturates on both sides'
      : `at x = ${first.x.at(-1)} it has fallen to: ${end.join(', ')}`;
  return panelFigure(
    'The activation functions, and how their slope dies',
    [
      { heading: 'g(x)', x: axis('x'), y: axis('g(x)', { range: [-1.3, TOP] }), traces: traces('g') },
      {
        heading: 'g′(x)',
        x: axis('x'),
        y: axis('g′(x)', { range: [-0.05, 1.25] }),
        traces: traces('derivative'),
      },
    ],
    {
      alt: `Two panels over x from ${first.x[0]} to ${first.x.at(-1)}: the functions, and their derivatives. The derivative is ${largest.join(', ')}; ${saturation}.`,
      summary: `g′ is ${largest.join(', ')}; ${saturation}.`,
    },
  );
}

/** The rows of a depth study that belong to one curve. */
const runsOf = ({ runs }: DepthResult, activation: ActivationName, batchNorm: boolean): DepthRun[] =>
  runs.filter((run) => run.activation === activation && run.batchNorm === batchNorm);

function depthPanels(
  result: DepthResult,
  pick: 'gradient' | 'randomChange' | 'scaleChange',
  title: string,
  floor: number,
): Panel[] {
  const { activations, batchNorm, depth } = result.config;
  const all = result.runs.flatMap((run) => run[pick]).filter((value) => value > floor);
  const low = Math.min(1, ...all) / 2;
  const top = Math.max(1, ...all);
  // An eighth more, in powers of ten, for the heading.
  const high = top * 2 * (top / low) ** 0.125;
  return activations.map((activation, i) => ({
    heading: activationTitles[activation],
    x: axis('layer', { range: [0, depth + 1] }),
    y: logAxis(title, low, high, sparse(low, high)),
    levels: [1],
    traces: batchNorm.flatMap((bn) => {
      const runs = runsOf(result, activation, bn);
      const points = Array.from({ length: runs.length > 0 ? depth : 0 }, (_, layer) => ({
        x: layer + 1,
        values: runs.map((run) => Math.max(floor, run[pick][layer])),
      }));
      return seedCurve(points, bnStyle(bn), {
        showlegend: i === 0,
        markers: depth <= 20,
        centre: geometricMean,
      });
    }),
  }));
}

/** Ticks at every few powers of ten, where a tick at each would be a ladder. */
function sparse(low: number, high: number) {
  const [from, to] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const every = Math.max(1, Math.ceil((to - from) / 6));
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((p) => p % every === 0);
  return {
    tickvals: powers.map((power) => Number(`1e${power}`)),
    ticktext: powers.map((power) => (power === 0 ? '1' : `1e${power}`)),
    tickfont: { size: fontSize.small },
  };
}

const inWords = (value: number): string =>
  value >= 0.01 && value < 1000 ? String(Number(value.toPrecision(3))) : value.toExponential(1);

/**
 * The gradient's norm by layer, one panel for each activation.
 *
 * @example
 * show(gradientDepthFigure(await depthStudy({ depth: 3, width: 8, m: 8, seeds: [1] })));
 */
export function gradientDepthFigure(result: DepthResult): Figure {
  const { activations, batchNorm, depth, seeds } = result.config;
  const sentences = activations.flatMap((activation) =>
    batchNorm.flatMap((bn) => {
      const runs = runsOf(result, activation, bn);
      if (runs.length === 0) return [];
      const first = geometricMean(runs.map((run) => run.gradient[0]));
      return [`${activationTitles[activation]} ${bnStyle(bn).name} ${inWords(first)}`];
    }),
  );
  const text = `the first layer's gradient as a multiple of layer ${depth}'s: ${sentences.join(', ') || 'no run yet'}`;
  return panelFigure(
    'The gradient at each layer of a deep network, before training',
    depthPanels(result, 'gradient', 'gradient’s norm, last = 1', 1e-300),
    {
      alt: `The norm of the gradient of each of ${depth} layers' weights on a log axis, relative to the last, one panel for each activation, with BN (solid, circles) and without (dashed, squares); bands span ${seeds.length} seeds. In numbers, ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
  );
}

/**
 * How much each layer's output changes, relative to a small change of all weights.
 * @param which a random direction, or all weights multiplied by the same number just above 1
 *
 * @example
 * show(changeDepthFigure(await depthStudy({ depth: 3, width: 8, m: 8, seeds: [1] })));
 */
export function changeDepthFigure(result: DepthResult, which: 'random' | 'scale' = 'random'): Figure {
  const { activations, batchNorm, depth, seeds } = result.config;
  const pick = which === 'random' ? 'randomChange' : 'scaleChange';
  const sentences = activations.flatMap((activation) =>
    batchNorm.flatMap((bn) => {
      const runs = runsOf(result, activation, bn);
      if (runs.length === 0) return [];
      const [first, last] = [0, depth - 1].map((layer) => mean_(runs, pick, layer));
      return [`${activationTitles[activation]} ${bnStyle(bn).name} ${inWords(first)} → ${inWords(last)}`];
    }),
  );
  const kind = which === 'random' ? 'moved in random directions' : 'multiplied by the same number';
  const text = `relative change of the output over that of the weights, from layer 1 to layer ${depth}: ${sentences.join(', ') || 'no run yet'}`;
  return panelFigure(
    `A small change of all weights (${kind}), by depth`,
    depthPanels(result, pick, 'output’s change / weights’', 1e-6),
    {
      alt: `Relative change of each of ${depth} layers' outputs, divided by the relative change of the weights, which were ${kind}, on a log axis, one panel for each activation, with BN (solid, circles) and without (dashed, squares); bands span ${seeds.length} seeds; the dotted line is 1. In numbers, ${text}.`,
      summary: `Weights ${kind}: ${text}.`,
    },
  );
}

const mean_ = (runs: DepthRun[], pick: 'randomChange' | 'scaleChange', layer: number): number =>
  geometricMean(runs.map((run) => Math.max(1e-6, run[pick][layer])));
