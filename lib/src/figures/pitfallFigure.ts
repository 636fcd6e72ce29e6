import type { PitfallResult } from '../experiments/pitfalls/pitfalls.js';
import type { Figure } from './figure.js';
import { lineFigure } from './lineFigure.js';

/**
 * What right and buggy code give, over a range of what makes the difference.
 * @param which one of the two alone, or both
 *
 * @example
 * show(pitfallFigure(pitfalls({ names: ['cancellation'] }).exhibits[0]));
 */
export function pitfallFigure(
  { name, bug, curves }: PitfallResult,
  which: 'both' | 'right' | 'buggy' = 'both',
): Figure {
  const x = curves.points.map(({ at }) => at);
  const of = (version: 'right' | 'buggy') => ({
    name: version === 'right' ? 'as it should be' : 'with the bug',
    x,
    y: curves.points.map((point) => point[version]),
  });
  const series = (['right', 'buggy'] as const).filter((one) => which === 'both' || which === one).map(of);
  const figure = lineFigure(series, {
    title: name.replace(/^[a-z]/, (letter) => letter.toUpperCase()),
    x: curves.x,
    y: curves.y,
    logX: curves.logX,
  });
  const first = curves.points[0];
  const last = curves.points[curves.points.length - 1];
  const tell = (point: typeof first) =>
    `at ${Number(point.at.toPrecision(4))}: ${Number(point.right.toPrecision(4))} as it should be, ` +
    `${Number(point.buggy.toPrecision(4))} with the bug`;
  const text = `${curves.y} against ${curves.x}, ${tell(first)}; ${tell(last)}`;
  return { ...figure, alt: `${bug} ${text}.`, summary: `${name}: ${text}.` };
}
