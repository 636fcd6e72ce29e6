/** Figures of lecture 08: gradients against central differences, and what a term left out does. */
import type { GradientCheckResult, LeftOut } from '../experiments/gradientCheck.js';
import type { LeftOutTrainingResult } from '../experiments/leftOutTraining.js';
import type { Figure } from './figure.js';
import { bySeedPoints, geometricMean, type LooseTrace, mean, panelFigure, seedCurve } from './panels.js';
import { axis, logAxis, neutralStyles, percent, type SeriesStyle, withBN } from './theme.js';

/**
 * The error of central differences against the step h, for the gradients of x, gamma and beta.
 *
 * @example
 * show(gradientCheckFigure(gradientCheck()));
 */
export function gradientCheckFigure({ cells, config }: GradientCheckResult): Figure {
  const { steps, seeds } = config;
  const [low, high] = [Math.min(...steps) / 2, Math.max(...steps) * 2];
  const names = { x: '∂ℓ/∂x', gamma: '∂ℓ/∂γ', beta: '∂ℓ/∂β' } as const;
  const floor = 1e-17;
  const best: string[] = [];
  const panels = (['graph', 'compact'] as const).map((form) => ({
    heading: form === 'graph' ? 'along the graph' : 'the compact form',
    x: logAxis('step h', low, high, {
      tickvals: [1, 1e-3, 1e-6, 1e-9, 1e-12],
      ticktext: ['1', '1e-3', '1e-6', '1e-9', '1e-12'],
    }),
    y: logAxis('relative error', 1e-17, 1e3, {
      tickvals: [1e-16, 1e-12, 1e-8, 1e-4, 1],
      ticktext: ['1e-16', '1e-12', '1e-8', '1e-4', '1'],
    }),
    traces: (['x', 'gamma', 'beta'] as const).flatMap((which, i): LooseTrace[] => {
      const points = bySeedPoints(
        cells.filter((cell) => cell.form === form),
        ({ step }) => step,
        (cell) => Math.max(floor, cell[which]),
      );
      const least = points.reduce((a, b) => (geometricMean(b.values) < geometricMean(a.values) ? b : a));
      best.push(
        `${form} ${names[which]} ${geometricMean(least.values).toExponential(0)} at h = ${least.x.toExponential(0)}`,
      );
      return seedCurve(
        points,
        { ...neutralStyles[i], name: names[which] },
        {
          showlegend: form === 'graph',
          centre: geometricMean,
        },
      );
    }),
  }));
  const text = `least relative error of the central differences: ${best.join(', ')}`;
  return panelFigure('Backprop through BN against central differences', panels, {
    alt: `Two panels on log axes, the graph's gradients and the compact form's: relative error against the step h, falling like h² down to about 1e-5 and rising again by rounding; bands span ${seeds.length} seeds. The ${text}.`,
    summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
  });
}

const leftOutNames: Record<LeftOut, string> = {
  nothing: 'true gradient',
  mean: 'no mean term',
  variance: 'no variance term',
  both: 'neither',
};

/** The true gradient has BN's look; the others have looks of their own. */
const leftOutStyle = (term: LeftOut): SeriesStyle => {
  const style = term === 'nothing' ? withBN : neutralStyles[['mean', 'variance', 'both'].indexOf(term)];
  return { ...style, name: leftOutNames[term] };
};

/**
 * Loss, the first layer's weights and its bias over training, with terms of the gradient left out.
 *
 * @example
 * const config = { seeds: [1], steps: 20, hidden: 2 };
 * show(leftOutTrainingFigure(await leftOutTraining(config, { workers: 0 })));
 */
export function leftOutTrainingFigure(result: LeftOutTrainingResult): Figure {
  const { leftOut, seeds, steps } = result.config;
  const of = (term: LeftOut) => result.runs.filter((run) => run.leftOut === term);
  const traces = (pick: 'loss' | 'weights' | 'bias', showlegend: boolean): LooseTrace[] =>
    leftOut.flatMap((term) => {
      const readings = of(term).flatMap((run) =>
        run.steps.map((step, i) => ({ step, value: run[pick][i] })).filter(({ value }) => value !== null),
      );
      const points = bySeedPoints(
        readings,
        ({ step }) => step,
        ({ value }) => value ?? Number.NaN,
      );
      return seedCurve(points, leftOutStyle(term), { showlegend, markers: false });
    });
  const sentences = leftOut.flatMap((term) => {
    const runs = of(term);
    if (runs.length === 0) return [];
    const last = (pick: 'weights' | 'bias') =>
      mean(runs.map((run) => run[pick].at(-1) ?? Number.NaN)).toFixed(2);
    const [inference, batch] = [runs.map((run) => run.accuracy), runs.map((run) => run.batchAccuracy)].map(
      (values) => percent(mean(values)),
    );
    return [
      `${leftOutNames[term]}: accuracy ${inference} with moving averages, ${batch} with the test set's own statistics, |W| ${last('weights')} times, |b| ${last('bias')}`,
    ];
  });
  const text = sentences.join('; ') || 'no run yet, 0 done';
  return panelFigure(
    'Training with a term of BN’s gradient left out',
    [
      {
        heading: 'loss',
        x: axis('step'),
        y: axis('loss (nats)', { range: [0, 3] }),
        traces: traces('loss', true),
      },
      {
        heading: '|W| over the start’s',
        x: axis('step'),
        y: axis('|W|, start = 1'),
        traces: traces('weights', false),
      },
      { heading: '|b|, which BN cancels', x: axis('step'), y: axis('|b|'), traces: traces('bias', false) },
    ],
    {
      alt: `Three panels over ${steps} steps, bands over ${seeds.length} seeds: the loss, the norm of the first layer's weights, and of its bias. After training, ${text}.`,
      summary: `After ${steps} steps, ${text}.`,
    },
  );
}
