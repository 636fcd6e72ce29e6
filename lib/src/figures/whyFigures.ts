/** Figures of lecture 16: noise after BN, the shift of gradients, and their growth with depth. */
import type { GradientGrowthResult } from '../experiments/gradientGrowth.js';
import type { GradientShiftResult, GradientShiftRun } from '../experiments/gradientShiftStudy.js';
import type { NoisyKind, NoisyResult } from '../experiments/noisyBatchNorm.js';
import type { Figure } from './figure.js';
import { bySeedPoints, geometricMean, type LooseTrace, mean, panelFigure, seedCurve } from './panels.js';
import { activationTitles } from './saturationFigures.js';
import {
  axis,
  bnStyle,
  colours,
  logAxis,
  neutralStyles,
  percent,
  powersOfTwo,
  type SeriesStyle,
  withBN,
} from './theme.js';

const noisyStyle = (kind: NoisyKind): SeriesStyle => {
  if (kind === 'noisyBatchNorm') return { ...neutralStyles[0], dash: 'dot', name: 'BN and noise' };
  return bnStyle(kind === 'batchNorm');
};

/**
 * Loss, and the shift of the last hidden layer's inputs, without BN, with BN, and with BN and noise.
 *
 * @example
 * const config = { seeds: [1], steps: 20, hidden: 3 };
 * show(noisyFigure(await noisyBatchNorm(config, { workers: 0 })));
 */
export function noisyFigure(result: NoisyResult): Figure {
  const { kinds, seeds, steps } = result.config;
  const readings = (kind: NoisyKind, pick: 'loss' | 'shift') =>
    result.runs
      .filter((run) => run.kind === kind)
      .flatMap((run) => run.steps.map((step, i) => ({ step, value: run[pick][i] })))
      .filter(({ value }) => value !== null && Number.isFinite(value));
  const traces = (pick: 'loss' | 'shift', showlegend: boolean): LooseTrace[] =>
    kinds.flatMap((kind) =>
      seedCurve(
        bySeedPoints(
          readings(kind, pick),
          ({ step }) => step,
          ({ value }) => value ?? Number.NaN,
        ),
        noisyStyle(kind),
        { showlegend, markers: false, centre: pick === 'shift' ? geometricMean : mean },
      ),
    );
  const sentences = kinds.flatMap((kind) => {
    const runs = result.runs.filter((run) => run.kind === kind && run.accuracy.length > 0);
    if (runs.length === 0) return [];
    const last = (values: readonly (number | null)[]) => values[values.length - 1] ?? Number.NaN;
    return [
      `${noisyStyle(kind).name} ${percent(mean(runs.map(({ accuracy }) => last(accuracy))))} of the minibatches right, ` +
        `shift ${mean(runs.map(({ shift }) => last(shift))).toPrecision(2)} standard deviations a step`,
    ];
  });
  const text = sentences.join('; ') || 'no run yet, 0 done';
  return panelFigure(
    'Noise after BN: distributions that shift, and training all the same',
    [
      {
        heading: 'training loss',
        x: axis('step'),
        y: axis('loss (nats)', { range: [0, 2.8] }),
        traces: traces('loss', true),
      },
      {
        heading: 'shift of the inputs from step to step',
        x: axis('step'),
        y: logAxis('shift (standard deviations)', 1e-4, 10),
        traces: traces('shift', false),
      },
    ],
    {
      alt: `Two panels over ${steps} steps, bands over ${seeds.length} seeds: the training loss, and on a log axis how much a unit's mean input moves from one step to the next, without BN (dashed), with BN (solid), with BN and noise (dotted). At the end: ${text}.`,
      summary: `After ${steps} steps: ${text}.`,
    },
  );
}

/**
 * Cosine and relative distance between a layer's gradient before and after the layers below it moved.
 *
 * @example
 * const config = { seeds: [1], steps: 4, looks: 2, hidden: 4 };
 * show(gradientShiftFigure(await gradientShiftStudy(config, { workers: 0 })));
 */
export function gradientShiftFigure(result: GradientShiftResult): Figure {
  const { seeds, steps, learningRate, activation, batchNorm } = result.config;
  const layer = 1; // the third hidden layer: two layers are below it, one above
  const traces = (pick: 'cosine' | 'difference', showlegend: boolean): LooseTrace[] =>
    batchNorm.flatMap((bn) => {
      const readings = result.runs
        .filter((run) => run.batchNorm === bn)
        .flatMap((run) => run.steps.map((step, i) => ({ step, value: run[pick][layer][i] })));
      const points = bySeedPoints(
        readings.filter(({ value }) => Number.isFinite(value)),
        ({ step }) => step,
        ({ value }) => value,
      );
      return seedCurve(points, bnStyle(bn), { showlegend, markers: false });
    });
  const average = (runs: GradientShiftRun[], pick: 'cosine' | 'difference') =>
    mean(runs.flatMap((run) => run[pick][layer] ?? []).filter(Number.isFinite)).toFixed(2);
  const sentences = batchNorm.flatMap((bn) => {
    const runs = result.runs.filter((run) => run.batchNorm === bn && run.steps.length > 0);
    return runs.length === 0
      ? []
      : [
          `${bnStyle(bn).name} cosine ${average(runs, 'cosine')}, distance ${average(runs, 'difference')} of the gradient`,
        ];
  });
  const text = sentences.join('; ') || 'no run yet, 0 done';
  const distances = result.runs.flatMap((run) => run.difference[layer] ?? []).filter(Number.isFinite);
  return panelFigure(
    'Internal covariate shift as a shift of gradients (third hidden layer)',
    [
      {
        heading: 'cosine of the angle: 1 is no shift',
        x: axis('step'),
        y: axis('cosine of G and G′', { range: [-1.05, 1.4], tickvals: [-1, -0.5, 0, 0.5, 1] }),
        traces: traces('cosine', true),
        levels: [0],
      },
      {
        heading: '|G − G′| / |G|: 0 is no shift',
        x: axis('step'),
        y: axis('relative distance', { range: [0, 1.25 * Math.max(0.1, ...distances)] }),
        traces: traces('difference', false),
      },
    ],
    {
      alt: `Two panels over ${steps} steps at learning rate ${learningRate} (${activationTitles[activation]}), with BN (solid) and without (dashed), bands over ${seeds.length} seeds: the cosine of the angle, and the relative distance, between the third hidden layer's gradient before and after the layers below it made their step. Means over training: ${text}.`,
      summary: `Means over ${steps} steps at learning rate ${learningRate}: ${text}.`,
    },
  );
}

/**
 * Growth of the squared gradient for each layer down, against m, beside what theory says.
 *
 * @example
 * const config = { batchSizes: [8, 16], width: 8, depth: 4, seeds: [1] };
 * show(gradientGrowthFigure(await gradientGrowth(config, { workers: 0 })));
 */
export function gradientGrowthFigure(result: GradientGrowthResult): Figure {
  const { activations, batchSizes, seeds, width, depth } = result.config;
  const [low, high] = [Math.min(...batchSizes) / 1.3, Math.max(...batchSizes) * 1.3];
  const sentences: string[] = [];
  const panels = activations.map((activation) => {
    const cells = result.cells.filter((cell) => cell.activation === activation);
    const points = bySeedPoints(
      cells,
      ({ m }) => m,
      ({ growth }) => growth,
    );
    const theory = bySeedPoints(
      cells,
      ({ m }) => m,
      (cell) => cell.theory,
    );
    const name = activation === 'identity' ? 'linear' : activationTitles[activation];
    for (const point of points.length > 2 ? [points[0], points[points.length - 1]] : points) {
      const says = theory.find(({ x }) => x === point.x)?.values[0] ?? Number.NaN;
      sentences.push(`${name} at m = ${point.x} ${mean(point.values).toFixed(3)}, theory ${says.toFixed(3)}`);
    }
    return {
      heading: activation === 'identity' ? 'linear: (m − 2)/(m − 3)' : 'ReLU: π/(π − 1) for large m',
      x: logAxis('minibatch size m', low, high, powersOfTwo(batchSizes)),
      y: axis('growth a layer', {
        range: [0.8, 1.15 * Math.max(2, ...points.flatMap(({ values }) => values))] as [number, number],
      }),
      traces: [
        ...seedCurve(
          points,
          { ...withBN, name: 'measured, with BN' },
          { showlegend: activation === activations[0] },
        ),
        {
          type: 'scatter' as const,
          mode: 'lines' as const,
          name: 'theory',
          legendgroup: 'theory',
          showlegend: activation === activations[0],
          x: theory.map(({ x }) => x),
          y: theory.map(({ values }) => values[0]),
          line: { color: colours.ink, width: 2, dash: 'dot' as const },
        },
      ],
      levels: [1],
    };
  });
  const text = sentences.join('; ') || 'no run yet, 0 done';
  return panelFigure('With BN the squared gradient grows with every layer on its way down', panels, {
    alt: `Growth of the gradient's squared norm for each layer down, at initialisation, against m on a log axis, ${depth} layers of ${width} units; bands span ${seeds.length} seeds, the dotted line is the theory of Yang and others. ${text}.`,
    summary: `Growth of |gradient|² a layer: ${text}.`,
  });
}
