import type { Dash, Figure } from './figure.js';
import { axis, baseLayout, logAxis, neutralStyles } from './theme.js';

/** One named curve for `lineFigure`. */
export interface Series {
  name: string;
  x: number[];
  y: number[];
  /** Left out: a colour, dash and marker that differ from the other curves', never those of with and without BN. */
  color?: string;
  dash?: Dash;
}

export interface LineFigureOptions {
  title: string;
  /** Axis names, with their units. */
  x: string;
  y: string;
  /** A log axis for x: for rates that span decades. */
  logX?: boolean;
}

/**
 * Curves of your own in the lectures' style; points are marked where there are few.
 *
 * @example
 * const x = [0, 1, 2, 3];
 * show(lineFigure([{ name: 'squares', x, y: x.map((v) => v * v) }], { title: 'Squares', x: 'x', y: 'x²' }));
 * @throws RangeError when no curve is given, or x and y of one have different lengths
 */
export function lineFigure(series: Series[], { title, x, y, logX = false }: LineFigureOptions): Figure {
  if (series.length === 0) throw new RangeError('series must hold at least one curve, found none');
  for (const curve of series) {
    if (curve.x.length !== curve.y.length) {
      throw new RangeError(
        `the curve "${curve.name}" must have one y for each x, found ${curve.x.length} x and ${curve.y.length} y`,
      );
    }
  }
  const xs = series.flatMap((curve) => curve.x);
  const smallest = xs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const largest = xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (logX && !(smallest > 0))
    throw new RangeError(`on a log axis every x must be above 0, found ${smallest}`);
  // On less than two powers of ten Plotly would write one number: then the points themselves are named.
  const few = logX && largest / smallest < 100 && new Set(xs).size <= 12 ? [...new Set(xs)] : undefined;
  const ticks = few && { tickvals: few, ticktext: few.map((value) => String(Number(value.toPrecision(3)))) };
  const ends = series.map(
    ({ name, y: values }) =>
      `${name} goes from ${values[0]?.toPrecision(3)} to ${values.at(-1)?.toPrecision(3)}`,
  );
  return {
    data: series.map((curve, i) => {
      const look = neutralStyles[i % neutralStyles.length];
      const color = curve.color ?? look.color;
      return {
        type: 'scatter',
        mode: curve.x.length <= 30 ? 'lines+markers' : 'lines',
        name: curve.name,
        x: curve.x,
        y: curve.y,
        line: { color, width: 4, dash: curve.dash ?? look.dash },
        marker: { color, size: 10, symbol: look.symbol },
      };
    }),
    layout: baseLayout(title, {
      showlegend: series.length > 1,
      xaxis: logX ? logAxis(x, smallest / 1.3, largest * 1.3, ticks) : axis(x),
      yaxis: axis(y),
    }),
    alt: `${title}: ${y} against ${x}. ${ends.join('; ')}.`,
    summary: `${title}: ${ends.join('; ')}.`,
  };
}
