/** Accuracy against one setting that was swept, a panel for each activation: the figure of several lectures. */
import type { Axis, Figure } from './figure.js';
import { bySeedPoints, type LooseTrace, mean, type PanelNote, panelFigure, seedCurve } from './panels.js';
import { axis, fontSize, logAxis, percent, type SeriesStyle } from './theme.js';

/** What a run of any sweep has. */
export interface SweptRun {
  accuracy: number;
  diverged: boolean;
}

export interface AccuracyCurve<Run extends SweptRun> {
  style: SeriesStyle;
  runs: Run[];
}

export interface AccuracyPanel<Run extends SweptRun> {
  /** What this panel shows; also the start of its sentences. Empty: there is one panel only. */
  heading: string;
  curves: AccuracyCurve<Run>[];
  /** What guessing gets, in per cent. Left out: 10. */
  chance?: number;
}

export interface AccuracySweepOptions<Run extends SweptRun> {
  title: string;
  /** The setting: its axis, its values, its short name in sentences, and where a run has it. */
  x: { title: string; values: readonly number[]; name: string; of: (run: Run) => number; ticks?: Axis };
  panels: AccuracyPanel<Run>[];
  finished: number;
  planned: number;
  stopped: boolean;
  seeds: number;
  /** Said first in the alt text. */
  what: string;
}

/** Means over the seeds with bands from the worst to the best, crosses at the foot where a run diverged. */
export function accuracySweepFigure<Run extends SweptRun>(options: AccuracySweepOptions<Run>): Figure {
  const { x, panels, seeds } = options;
  const [low, high] = [Math.min(...x.values) / 1.5, Math.max(...x.values) * 1.5];
  const sentences: string[] = [];
  let diverged = 0;
  const anyDead = panels.some(({ curves }) => curves.some(({ runs }) => runs.some((run) => run.diverged)));
  const rows = Math.max(...panels.map(({ curves }) => curves.length));
  const drawn = panels.map(({ heading, curves, chance = 10 }, i) => {
    const traces: LooseTrace[] = [];
    const notes: PanelNote[] = [];
    for (const [row, { style, runs }] of curves.entries()) {
      const points = bySeedPoints(runs, x.of, ({ accuracy }) => 100 * accuracy);
      traces.push(...seedCurve(points, style, { showlegend: i === 0, hover: `${x.name} %{x}: %{y:.1f} %` }));
      const dead = runs.filter((run) => run.diverged);
      diverged += dead.length;
      if (dead.length > 0) {
        traces.push({
          type: 'scatter',
          mode: 'markers',
          name: `diverged ${style.name}`,
          showlegend: false,
          x: [...new Set(dead.map(x.of))],
          // Below 0, where no accuracy can be, so a cross hides no point; a row for each curve.
          y: [...new Set(dead.map(x.of))].map(() => -4 - 5 * row),
          marker: { color: style.color, size: 11, symbol: 'x' },
          hovertemplate: `${x.name} %{x}: diverged`,
        });
      }
      sentences.push(sentence(`${heading ? `${heading} ` : ''}${style.name}`, points, x.name));
    }
    if (traces.some(({ name }) => name?.startsWith('diverged'))) {
      notes.push({ text: '× diverged', x: 0.03, y: 0.2, size: fontSize.small });
    }
    return {
      heading,
      x: logAxis(x.title, low, high, x.ticks),
      y: axis('test accuracy (%)', {
        range: [anyDead ? -5 - 5 * rows : 0, 108],
        tickvals: [0, 20, 40, 60, 80, 100],
      }),
      traces,
      notes,
      levels: [chance],
    };
  });
  const runs = `${options.finished} of ${options.planned} runs${options.stopped ? ', stopped early' : ''}`;
  const chances = [...new Set(panels.map(({ chance = 10 }) => `${chance} %`))].join(' or ');
  const text = sentences.join('. ');
  return panelFigure(
    options.title,
    drawn,
    {
      alt: `${options.what} against ${x.title} on a log axis; bands span ${seeds} seeds, the dotted line is chance (${chances}), crosses at the foot mark where a run diverged. ${text}.`,
      summary: `${runs}. ${text}. Diverged runs: ${diverged}.`,
    },
    { height: 540 },
  );
}

/** The ends of a curve and its best. */
function sentence(name: string, points: { x: number; values: number[] }[], setting: string): string {
  if (points.length === 0) return `${name}: no run yet`;
  const levels = points.map(({ x, values }) => ({ x, level: mean(values) }));
  const best = levels.reduce((a, b) => (b.level > a.level ? b : a));
  const at = ({ x, level }: { x: number; level: number }) => `${percent(level / 100)} at ${setting} ${x}`;
  return `${name}: ${at(levels[0])}, best ${at(best)}, ${at(levels[levels.length - 1])}`;
}
