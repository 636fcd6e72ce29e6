import { covarianceMatrix } from '../covariance.js';
import type {
  InputCurve,
  InputPreparation,
  WhiteningInputsResult,
  WhiteningStage,
} from '../experiments/whiteningInputs.js';
import type { Annotation, Dash, Figure, ScatterTrace } from './figure.js';
import { axis, baseLayout, colours, fontSize, logAxis, percent } from './theme.js';

/** The three ways to prepare inputs, the same look in all figures. Blue and vermilion are with and without BN. */
export const inputLooks: Record<InputPreparation, { color: string; band: string; dash: Dash }> = {
  raw: { color: colours.ink, band: 'rgba(27,27,27,0.15)', dash: 'dash' },
  centred: { color: colours.orange, band: 'rgba(230,159,0,0.25)', dash: 'dashdot' },
  whitened: { color: colours.green, band: 'rgba(0,158,115,0.2)', dash: 'solid' },
};

const heading = (text: string, panel: string): Annotation => ({
  text,
  x: 0.5,
  y: 1.02,
  xref: `x${panel} domain`,
  yref: `y${panel} domain`,
  showarrow: false,
  xanchor: 'center',
  yanchor: 'bottom',
  font: { size: fontSize.base, color: colours.ink },
});

const quarters = [
  { panel: '', x: [0, 0.44], y: [0.57, 0.94] },
  { panel: '2', x: [0.56, 1], y: [0.57, 0.94] },
  { panel: '3', x: [0, 0.44], y: [0, 0.37] },
  { panel: '4', x: [0.56, 1], y: [0, 0.37] },
] as const;

const followed = [
  { color: colours.vermilion, symbol: 'square' },
  { color: colours.purple, symbol: 'diamond' },
  { color: colours.orange, symbol: 'triangle-up' },
] as const;

/** The examples that lie farthest out in three directions: to be followed from panel to panel. */
function landmarks({ x1, x2 }: { x1: number[]; x2: number[] }): number[] {
  const farthest = (a: number, b: number) =>
    x1.reduce((best, _, i) => (a * x1[i] + b * x2[i] > a * x1[best] + b * x2[best] ? i : best), 0);
  return [farthest(1, 1), farthest(-1, -1), farthest(-1, 1.3)];
}

/** The examples as points, those that are followed marked. */
function cloud(x1: number[], x2: number[], marked: number[], size: number): ScatterTrace[] {
  const base = { type: 'scatter', mode: 'markers', showlegend: false } as const;
  return [
    { ...base, x: x1, y: x2, marker: { color: colours.sky, size }, hoverinfo: 'skip' },
    ...marked.map((one, k) => ({
      ...base,
      x: [x1[one]],
      y: [x2[one]],
      marker: { ...followed[k], size: 16 },
      hovertemplate: '(%{x:.2f}, %{y:.2f})',
    })),
  ];
}

/** How far up an axis must go. A panel is about 1.5 times as wide as high: so a unit is as long to the right as it is up. */
function reach(stages: WhiteningStage[]): number {
  const far = stages.flatMap(({ x1, x2 }) => [...x1.map((v) => Math.abs(v) / 1.5), ...x2.map(Math.abs)]);
  return 1.08 * Math.max(...far);
}

/** Means, variances and covariance in words. */
function moments(mean: number[], covariance: number[]): string {
  const number = (value: number) => (Math.abs(value) < 5e-3 ? '0' : value.toFixed(2));
  return (
    `means ${mean.map(number).join(' and ')}, variances ${number(covariance[0])} and ${number(covariance[3])}, ` +
    `covariance ${number(covariance[1])}`
  );
}

/**
 * Four panels on one scale: the examples raw, after mean removal, after decorrelation, after equalisation; three
 * examples are marked, to be followed.
 *
 * @example
 * show(whiteningStagesFigure(whiteningInputs()));
 */
export function whiteningStagesFigure({ stages, config }: WhiteningInputsResult): Figure {
  const marked = landmarks(stages[0]);
  const data = stages.flatMap(({ x1, x2 }, i): ScatterTrace[] => {
    const { panel } = quarters[i];
    const axes = { xaxis: `x${panel}`, yaxis: `y${panel}` };
    return cloud(x1, x2, marked, 6).map((trace) => ({ ...trace, ...axes }));
  });
  const layout = baseLayout('Whitening two inputs, step by step', { height: 820, showlegend: false });
  const high = reach(stages);
  stages.forEach(({ name }, i) => {
    const { panel, x, y } = quarters[i];
    const what = i < 2 ? 'input' : 'component';
    layout[`xaxis${panel}`] = axis(`${what} 1`, {
      domain: [...x],
      anchor: `y${panel}`,
      range: [-1.5 * high, 1.5 * high],
    });
    layout[`yaxis${panel}`] = axis(`${what} 2`, {
      domain: [...y],
      anchor: `x${panel}`,
      range: [-high, high],
    });
    layout.annotations = [...(layout.annotations ?? []), heading(`${i + 1}. ${name}`, panel)];
  });
  const sentences = stages.map(({ name, mean, covariance }) => `${name}: ${moments(mean, covariance)}`);
  return {
    data,
    layout,
    alt:
      `Four panels on one scale with ${config.m} points each. Raw: a slanted cloud away from the origin. Mean ` +
      'removed: the same cloud around the origin. Decorrelated: turned until it lies along the first axis. ' +
      `Equalised: round. Three points are marked and can be followed. ${sentences.join('; ')}.`,
    summary: `${sentences.join('; ')}.`,
  };
}

/** Both features of the examples on the way from one stage to the next; `share` goes from 0 to 1. */
function between(stages: WhiteningStage[], index: number, share: number): { x1: number[]; x2: number[] } {
  const [from, to] = [stages[index], stages[index + 1]];
  const mix = (a: number[], b: number[]) => a.map((value, i) => value + share * (b[i] - value));
  if (to.name !== 'decorrelated') return { x1: mix(from.x1, to.x1), x2: mix(from.x2, to.x2) };
  // A rotation turns by its angle; the straight way would shrink the cloud. Its angle is where example 0 goes.
  const turn = Math.atan2(to.x2[0], to.x1[0]) - Math.atan2(from.x2[0], from.x1[0]);
  const angle = share * Math.atan2(Math.sin(turn), Math.cos(turn));
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return {
    x1: from.x1.map((x, i) => c * x - s * from.x2[i]),
    x2: from.x1.map((x, i) => s * x + c * from.x2[i]),
  };
}

/** The same stages with the second component turned over where the principal axes are a reflection. */
function turnedOnly(stages: WhiteningStage[]): WhiteningStage[] {
  const area = ({ x1, x2 }: WhiteningStage) => x1[0] * x2[1] - x1[1] * x2[0];
  const mirrored = area(stages[1]) * area(stages[2]) < 0;
  return stages.map((stage, i) =>
    mirrored && i > 1 ? { ...stage, x2: stage.x2.map((value) => -value) } : stage,
  );
}

/**
 * The examples on their way from raw to whitened: a moving picture, one position at a time.
 * @param position 0 raw, 1 mean removed, 2 decorrelated, 3 equalised, and what lies between: the mean removed by a part, the
 * cloud turned by a part of the angle, the axes scaled by a part. A principal axis points either way: where the library's
 * point the other way round, they are turned over, so that the second step is a rotation.
 * @throws RangeError for a position outside of 0 to 3
 *
 * @example
 * show(whiteningMotionFigure(whiteningInputs(), 1.5));
 */
export function whiteningMotionFigure({ stages, config }: WhiteningInputsResult, position: number): Figure {
  if (!(position >= 0 && position <= 3)) {
    throw new RangeError(`position must be from 0 (raw) to 3 (equalised), found ${position}`);
  }
  const ways = turnedOnly(stages);
  const index = Math.min(2, Math.floor(position));
  const { x1, x2 } = between(ways, index, position - index);
  const marked = landmarks(stages[0]);
  const high = reach(ways);
  const { mean, covariance } = covarianceMatrix(
    x1.flatMap((value, i) => [value, x2[i]]),
    config.m,
    2,
  );
  const doing = ['removing the mean', 'turning to the principal axes', 'making the variances equal'][index];
  const name = Number.isInteger(position) ? stages[position].name : doing;
  const sentence = `${name[0].toUpperCase()}${name.slice(1)}`;
  const numbers = moments([...mean], [...covariance]);
  return {
    data: cloud(x1, x2, marked, 7),
    layout: baseLayout(sentence, {
      showlegend: false,
      height: 560,
      xaxis: axis('first axis', { range: [-1.5 * high, 1.5 * high] }),
      yaxis: axis('second axis', { range: [-high, high] }),
    }),
    alt: `${config.m} points of two features, three of them marked; ${name}: ${numbers}.`,
    summary: `${sentence}: ${numbers}.`,
  };
}

/**
 * The way of a neuron's two weights from (0, 0) to the target with raw, centred and whitened inputs, one example at a
 * time: three panels on one scale, and the raw one once more, magnified.
 *
 * @example
 * show(weightPathFigure(whiteningInputs()));
 */
export function weightPathFigure({ paths, target, config }: WhiteningInputsResult): Figure {
  const data: ScatterTrace[] = [];
  const layout = baseLayout('A neuron’s two weights, one example at a time', { height: 820 });
  const around = (...values: number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low - 0.12 * (high - low), high + 0.12 * (high - low)];
  };
  const everywhere = {
    x: around(target[0], ...paths.flatMap(({ w1 }) => w1)),
    y: around(target[1], ...paths.flatMap(({ w2 }) => w2)),
  };
  const [raw, centred, whitened] = paths;
  [
    { path: raw, name: 'raw', ...everywhere },
    { path: raw, name: 'raw, magnified', x: around(...raw.w1), y: around(...raw.w2) },
    { path: centred, name: 'centred', ...everywhere },
    { path: whitened, name: 'whitened', ...everywhere },
  ].forEach(({ path, name, x, y }, i) => {
    const { panel, ...place } = quarters[i];
    const { color } = inputLooks[path.inputs];
    const axes = { type: 'scatter', xaxis: `x${panel}`, yaxis: `y${panel}`, showlegend: i === 0 } as const;
    const dot = { ...axes, mode: 'markers' } as const;
    data.push(
      {
        ...axes,
        mode: 'lines+markers',
        x: path.w1,
        y: path.w2,
        line: { color, width: 2 },
        marker: { color, size: 5, symbol: 'circle' },
        name: path.inputs,
        showlegend: false,
        hovertemplate: '(%{x:.2f}, %{y:.2f})',
      },
      { ...dot, x: [0], y: [0], name: 'start', marker: { color: colours.blue, size: 14, symbol: 'square' } },
      {
        ...dot,
        x: [target[0]],
        y: [target[1]],
        name: 'target',
        marker: { color: colours.vermilion, size: 17, symbol: 'x' },
      },
    );
    const domain = { x: [...place.x] as [number, number], y: [...place.y] as [number, number] };
    layout[`xaxis${panel}`] = axis('weight 1', { domain: domain.x, anchor: `y${panel}`, range: x });
    layout[`yaxis${panel}`] = axis('weight 2', { domain: domain.y, anchor: `x${panel}`, range: y });
    const text = i === 1 ? name : `${name}: ${(100 * path.together).toFixed(0)} % both the same way`;
    layout.annotations = [...(layout.annotations ?? []), heading(text, panel)];
  });
  const sentences = paths.map(({ inputs, together, updatesToTenth, w1, w2 }) => {
    const left = Math.hypot(w1[config.updates] - target[0], w2[config.updates] - target[1]);
    const share = percent(left / Math.hypot(...target));
    return (
      `${inputs} inputs: both weights move the same way in ${percent(together)} of the updates, and ` +
      `${updatesToTenth === null ? `after ${config.updates} updates ${share} of the way is left` : `a tenth of the way is left after ${updatesToTenth} updates`}`
    );
  });
  return {
    data,
    layout,
    alt:
      'Paths of two weights from the origin to the target at (1, -1), down to the right: three panels on one scale, ' +
      `and the raw one magnified, where the path is a zigzag of parallel strokes. ${sentences.join('; ')}.`,
    summary: `${sentences.join('; ')}.`,
  };
}

/**
 * Learning curves of a neuron with raw, centred and whitened inputs: loss above the best, on a log axis; the line is
 * the mean over the seeds, the band goes from the lowest to the highest.
 *
 * @example
 * show(inputCurvesFigure(whiteningInputs({ steps: 100 })));
 */
export function inputCurvesFigure({ curves, config }: WhiteningInputsResult): Figure {
  const [low, high] = [1e-6, 1];
  const x = Array.from({ length: config.steps + 1 }, (_, s) => s);
  // a log axis has no zero, and what is below it is rounding soon
  const shown = (value: number) => (value >= low ? value : null);
  const at = (curve: InputCurve, pick: (values: number[]) => number) =>
    x.map((s) => shown(pick(curve.excess.map((seed) => seed[s]))));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const data = curves.flatMap((curve): ScatterTrace[] => {
    const { color, dash, band } = inputLooks[curve.inputs];
    const base = { type: 'scatter', mode: 'lines', x } as const;
    const edge = { showlegend: false, line: { width: 0, color }, hoverinfo: 'skip' } as const;
    return [
      { ...base, ...edge, y: at(curve, (values) => Math.max(low, Math.min(...values))) },
      {
        ...base,
        ...edge,
        y: at(curve, (values) => Math.max(low, ...values)),
        fill: 'tonexty',
        fillcolor: band,
      },
      {
        ...base,
        y: at(curve, mean),
        name: `${curve.inputs}, lr ${curve.learningRate}`,
        line: { color, width: 4, dash },
        hovertemplate: 'step %{x}: %{y:.2e}',
      },
    ];
  });
  const sentences = curves.map(({ inputs, learningRate, stepsToThousandth, condition }) => {
    const steps = stepsToThousandth.map((s) => (s === null ? `above ${config.steps}` : String(s)));
    return (
      `${inputs} inputs: ${[...new Set(steps)].join(', ')} steps to 0.001 nats above the best loss, at learning rate ` +
      `${learningRate} (condition number ${condition.toFixed(0)})`
    );
  });
  return {
    data,
    layout: baseLayout('The same neuron, its inputs prepared in three ways', {
      xaxis: axis('step (all examples)', { range: [0, config.steps] }),
      yaxis: logAxis('loss above the best (nats)', low, high),
    }),
    alt:
      `Three falling curves of loss over ${config.steps} steps, on a log axis, each at the best of ` +
      `${config.learningRates.length} learning rates, mean and range of ${config.seeds.length} seeds. ` +
      `${sentences.join('; ')}.`,
    summary: `${sentences.join('; ')}.`,
  };
}
