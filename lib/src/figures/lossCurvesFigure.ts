/** Training losses of a few runs over their steps: what the lectures' sliders show. */
import type { Placement } from '../network.js';
import type { Figure } from './figure.js';
import { type LooseTrace, mean, panelFigure } from './panels.js';
import { placementStyle } from './sweepFigures.js';
import { axis, bnStyle, percent } from './theme.js';

/** One training run to be drawn. */
export interface LossCurve {
  /** Whether it has BN, or where: this sets its look and its name. */
  batchNorm: boolean | Placement;
  /** The minibatch loss at each step, in nats; a run that diverged ends with one that is not finite. */
  losses: ArrayLike<number>;
  /** Test accuracy at the end, from 0 to 1; null: none was measured, since the run diverged. */
  accuracy: number | null;
}

/** Losses above this are drawn at it: guessing costs ln 10 = 2.30 nats. */
const CUT = 4;
/** Each point is the mean of so many minibatches. */
const SMOOTHED = 10;

/**
 * Losses over the steps, each point the mean of ten minibatches, with the test accuracies in the names.
 *
 * @example
 * const losses = [2.3, 1.9, 1.2, 0.8];
 * show(lossCurvesFigure('Loss', [{ batchNorm: true, losses, accuracy: 0.8 }]));
 * @throws RangeError when no run is given
 */
export function lossCurvesFigure(title: string, curves: readonly LossCurve[]): Figure {
  if (curves.length === 0) throw new RangeError('curves must hold at least one run, found none');
  const sentences: string[] = [];
  const traces = curves.map(({ batchNorm, losses, accuracy }): LooseTrace => {
    const style = typeof batchNorm === 'boolean' ? bnStyle(batchNorm) : placementStyle(batchNorm);
    const x: number[] = [];
    const y: number[] = [];
    for (let end = Math.min(SMOOTHED, losses.length); end <= losses.length; end++) {
      const level = mean(Array.from(losses).slice(Math.max(0, end - SMOOTHED), end));
      if (!Number.isFinite(level)) break;
      x.push(end);
      y.push(Math.min(CUT, level));
    }
    const finite = Array.from(losses).filter(Number.isFinite);
    const last = finite.length > 0 ? mean(finite.slice(-SMOOTHED)).toFixed(2) : 'none';
    const outcome = accuracy === null ? 'diverged' : percent(accuracy);
    sentences.push(`${style.name}: loss ${last} after ${losses.length} steps, test accuracy ${outcome}`);
    return {
      type: 'scatter',
      mode: 'lines',
      name: `${style.name}: ${outcome}`,
      x,
      y,
      line: { color: style.color, width: 4, dash: style.dash },
    };
  });
  const text = sentences.join('; ');
  return panelFigure(
    title,
    [
      {
        x: axis('step'),
        y: axis(`training loss (nats, cut at ${CUT})`, { range: [0, CUT * 1.05] }),
        traces,
        levels: [Math.log(10)],
        notes: [],
      },
    ],
    {
      alt: `Training loss over the steps, each point the mean of ${SMOOTHED} minibatches, cut at ${CUT} nats; the dotted line is what guessing costs, ln 10 = 2.30 nats. ${text}.`,
      summary: `${text}.`,
    },
    { height: 430 },
  );
}
