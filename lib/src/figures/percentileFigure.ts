import type { InternalShiftResult, InternalShiftRun } from '../experiments/internalShift.js';
import type { Figure, Trace } from './figure.js';
import { axis, baseLayout, bnStyle, colours, fontSize, percent } from './theme.js';

/** The run as it was at one of its looks. */
function upTo(run: InternalShiftRun, look: number): InternalShiftRun {
  const begun = (values: number[]) => values.slice(0, look + 1);
  return {
    ...run,
    ...{ steps: begun(run.steps), p15: begun(run.p15), p50: begun(run.p50), p85: begun(run.p85) },
    drift: Math.max(...begun(run.p50).map((value) => Math.abs(value - run.p50[0]))),
  };
}

function panelTraces(run: InternalShiftRun, panel: 0 | 1): Trace[] {
  const style = bnStyle(run.batchNorm);
  const axes = panel === 0 ? { xaxis: 'x', yaxis: 'y' } : { xaxis: 'x2', yaxis: 'y2' };
  const base = { type: 'scatter', mode: 'lines', x: run.steps, showlegend: false, ...axes } as const;
  const thin = { color: style.color, width: 2, dash: style.dash };
  return [
    { ...base, y: run.p15, line: thin, hovertemplate: 'step %{x}, 15th percentile: %{y:.2f}' },
    {
      ...base,
      y: run.p85,
      line: thin,
      fill: 'tonexty',
      fillcolor: style.band,
      hovertemplate: 'step %{x}, 85th percentile: %{y:.2f}',
    },
    {
      ...base,
      y: run.p50,
      name: style.name,
      showlegend: true,
      line: { color: style.color, width: 4, dash: style.dash },
      hovertemplate: 'step %{x}, median: %{y:.2f}',
    },
  ];
}

/**
 * The input of one hidden unit's activation over training, as its 15th, 50th and 85th percentiles
 * (the figure of Ioffe and Szegedy 2015, section 4.1), without BN on the left and with BN on the right.
 * @param look how far the runs had come, from 0; the axes are those of the whole. Left out: the whole.
 *
 * @example
 * show(percentileFigure(await internalShift({ steps: 20, looks: 4 })));
 */
export function percentileFigure(result: InternalShiftResult, look = Number.POSITIVE_INFINITY): Figure {
  const whole = [...result.runs].sort((a, b) => Number(a.batchNorm) - Number(b.batchNorm));
  const ordered = whole.map((run) => upTo(run, look));
  const ended = whole.every((run) => look >= run.steps.length - 1);
  const all = whole.flatMap((run) => [...run.p15, ...run.p85]);
  const room = 0.08 * (Math.max(...all) - Math.min(...all));
  // The label stands above the band, so there is more room at the top.
  const range: [number, number] = [Math.min(...all) - room, Math.max(...all) + 3 * room];
  const yTitle = 'input of the activation';
  const last = (run: InternalShiftRun) => run.p50.length - 1;
  const sentence = ordered
    .map(
      (run) =>
        `${bnStyle(run.batchNorm).name} the median moves by up to ${run.drift.toFixed(2)} and the middle 70 % end ` +
        `at ${run.p15[last(run)].toFixed(2)} to ${run.p85[last(run)].toFixed(2)}` +
        (ended ? `, test accuracy ${percent(run.accuracy)}` : ''),
    )
    .join('; ');
  const steps: [number, number] = [0, Math.max(...whole.flatMap((run) => run.steps))];
  const labels = ordered.map((run, i) => ({
    text: `${bnStyle(run.batchNorm).name}: ${
      ended ? `${percent(run.accuracy)} correct` : `step ${run.steps[last(run)]}`
    }`,
    x: 0.98,
    y: 0.97,
    xref: i === 0 ? 'x domain' : 'x2 domain',
    yref: i === 0 ? 'y domain' : 'y2 domain',
    showarrow: false as const,
    xanchor: 'right' as const,
    yanchor: 'top' as const,
    font: { size: fontSize.base, color: colours.ink },
    bgcolor: 'rgba(255,255,255,0.7)',
  }));
  return {
    data: ordered.flatMap((run, i) => panelTraces(run, i === 0 ? 0 : 1)),
    layout: baseLayout("One hidden unit's input while the layers below it learn", {
      xaxis: axis('step', { domain: [0, 0.45], anchor: 'y', range: steps }),
      yaxis: axis(yTitle, { anchor: 'x', range }),
      xaxis2: axis('step', { domain: [0.55, 1], anchor: 'y2', range: steps }),
      yaxis2: axis(yTitle, { anchor: 'x2', range }),
      annotations: labels,
    }),
    alt:
      `Two panels on the same scale, left without BN, right with BN: the median (thick line) and the 15th and 85th ` +
      `percentiles (the band) of one unit's input over ${result.config.steps} training steps. ${sentence}.`,
    summary: `${sentence[0].toUpperCase()}${sentence.slice(1)}.`,
  };
}
