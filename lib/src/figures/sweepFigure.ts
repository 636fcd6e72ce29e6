import type { SweepCell, SweepResult } from '../experiments/learningRateSweep.js';
import type { Figure, Trace } from './figure.js';
import { axis, baseLayout, bnStyle, colours, fontSize, logAxis, percent } from './theme.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const activationTitles = { sigmoid: 'sigmoid', relu: 'ReLU' } as const;

/** The finished runs of one curve, grouped by learning rate, in rising order. */
function byRate(cells: SweepCell[]): [number, SweepCell[]][] {
  const groups = new Map<number, SweepCell[]>();
  for (const cell of cells) groups.set(cell.learningRate, [...(groups.get(cell.learningRate) ?? []), cell]);
  return [...groups].sort(([a], [b]) => a - b);
}

/** One curve: its band from the worst to the best seed, its mean, and crosses where runs diverged. */
function curveTraces(cells: SweepCell[], batchNorm: boolean, panel: 0 | 1): Trace[] {
  const style = bnStyle(batchNorm);
  const axes = panel === 0 ? { xaxis: 'x', yaxis: 'y' } : { xaxis: 'x2', yaxis: 'y2' };
  const groups = byRate(cells);
  const x = groups.map(([rate]) => rate);
  const line = (pick: (accuracies: number[]) => number) =>
    groups.map(([, runs]) => 100 * pick(runs.map((run) => run.accuracy)));
  const edge = { type: 'scatter', mode: 'lines', x, showlegend: false, hoverinfo: 'skip', ...axes } as const;
  const dead = groups.filter(([, runs]) => runs.some((run) => run.diverged));
  const traces: Trace[] = [
    { ...edge, y: line((a) => Math.min(...a)), line: { color: style.color, width: 0 } },
    {
      ...edge,
      y: line((a) => Math.max(...a)),
      line: { color: style.color, width: 0 },
      fill: 'tonexty',
      fillcolor: style.band,
    },
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: style.name,
      legendgroup: style.name,
      showlegend: panel === 0,
      x,
      y: line(mean),
      line: { color: style.color, width: 4, dash: style.dash },
      marker: { color: style.color, size: 12, symbol: style.symbol },
      hovertemplate: 'lr %{x}: %{y:.1f} %',
      ...axes,
    },
  ];
  if (dead.length > 0) {
    traces.push({
      type: 'scatter',
      mode: 'markers',
      name: `diverged ${style.name}`,
      showlegend: false,
      x: dead.map(([rate]) => rate),
      // Below 0, where no accuracy can be, so a cross hides no point; a row for each curve.
      y: dead.map(() => (batchNorm ? -4 : -9)),
      marker: { color: style.color, size: 11, symbol: 'x' },
      hovertemplate: 'lr %{x}: diverged',
      ...axes,
    });
  }
  return traces;
}

/** The best mean accuracy of a curve, and the rates at which it stays within 5 points of it. */
function describe(cells: SweepCell[], name: string): string {
  const groups = byRate(cells).map(([rate, runs]) => ({
    rate,
    accuracy: mean(runs.map((run) => run.accuracy)),
  }));
  if (groups.length === 0) return `${name}: no run yet`;
  const best = groups.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const good = groups.filter((group) => group.accuracy >= best.accuracy - 0.05).map((group) => group.rate);
  return `${name}: best ${percent(best.accuracy)} at lr ${best.rate}, within 5 points of it from lr ${Math.min(...good)} to ${Math.max(...good)}`;
}

/**
 * Test accuracy against the learning rate, one panel for each activation, with and without BN.
 * It may be given a sweep that is still running, or was stopped: what is finished is drawn.
 *
 * @example
 * const small = { learningRates: [0.1, 1], seeds: [1], steps: 5, hidden: 8, testCount: 100 };
 * show(sweepFigure(await learningRateSweep(small, { workers: 0 })));
 */
export function sweepFigure(result: SweepResult): Figure {
  const { learningRates, activations, seeds, steps } = result.config;
  const [low, high] = [Math.min(...learningRates) / 1.6, Math.max(...learningRates) * 1.6];
  const data: Trace[] = [];
  const sentences: string[] = [];
  activations.slice(0, 2).forEach((activation, i) => {
    for (const batchNorm of [true, false]) {
      const cells = result.cells.filter((c) => c.activation === activation && c.batchNorm === batchNorm);
      data.push(...curveTraces(cells, batchNorm, i === 0 ? 0 : 1));
      sentences.push(describe(cells, `${activationTitles[activation]} ${bnStyle(batchNorm).name}`));
    }
  });
  const two = activations.length > 1;
  const yAxis = { range: [-13, 100] as [number, number], tickvals: [0, 20, 40, 60, 80, 100] };
  const runs = `${result.cells.length} of ${result.planned} runs`;
  const diverged = result.cells.filter((cell) => cell.diverged).length;
  const note = (text: string, ref: string, y: number, size: number) => ({
    text,
    x: 0.03,
    y,
    xref: `x${ref} domain`,
    yref: `y${ref} domain`,
    showarrow: false as const,
    xanchor: 'left' as const,
    yanchor: 'top' as const,
    font: { size, color: colours.ink },
    bgcolor: 'rgba(255,255,255,0.7)',
  });
  const chance = (ref: string) => ({
    type: 'line' as const,
    x0: 0,
    x1: 1,
    y0: 10,
    y1: 10,
    xref: `x${ref} domain`,
    yref: `y${ref}`,
    line: { color: colours.muted, width: 2, dash: 'dot' as const },
  });
  return {
    data,
    layout: baseLayout(`Accuracy after ${steps} steps, against the learning rate`, {
      height: 540,
      xaxis: logAxis('learning rate', low, high, { domain: two ? [0, 0.45] : [0, 1], anchor: 'y' }),
      yaxis: axis('test accuracy (%)', { anchor: 'x', ...yAxis }),
      ...(two
        ? {
            xaxis2: logAxis('learning rate', low, high, { domain: [0.55, 1], anchor: 'y2' }),
            yaxis2: axis('test accuracy (%)', { anchor: 'x2', ...yAxis }),
          }
        : {}),
      annotations: activations.slice(0, 2).flatMap((a, i) => {
        const ref = i === 0 ? '' : '2';
        return [
          note(activationTitles[a], ref, 0.97, fontSize.title),
          note('× diverged', ref, 0.1, fontSize.small),
        ];
      }),
      shapes: activations.slice(0, 2).map((_, i) => chance(i === 0 ? '' : '2')),
    }),
    alt:
      `Test accuracy against the learning rate on a log axis, ${activations.map((a) => activationTitles[a]).join(' and ')}, ` +
      `with BN (solid, circles) and without (dashed, squares); bands span ${seeds.length} seeds, the dotted line is ` +
      `chance (10 %), crosses at the foot mark rates at which a run diverged. ${sentences.join('. ')}.`,
    summary: `${runs}${result.stopped ? ', stopped early' : ''}. ${sentences.join('. ')}. Diverged runs: ${diverged}.`,
  };
}
