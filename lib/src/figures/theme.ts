import type { Axis, Dash, Layout, MarkerSymbol } from './figure.js';

/**
 * The one visual language of the lectures.
 * Colours are from Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), which people with the usual kinds of
 * colour blindness can tell apart; dash and marker say the same thing again, for a print in grey.
 */
export const colours = {
  blue: '#0072B2',
  vermilion: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
  orange: '#E69F00',
  sky: '#56B4E9',
  ink: '#1b1b1b',
  grid: '#dcdcdc',
  muted: '#5f5f5f',
} as const;

export interface SeriesStyle {
  name: string;
  color: string;
  /** The same colour, see-through, for bands. */
  band: string;
  dash: Dash;
  symbol: MarkerSymbol;
}

/** With and without batch normalization: always these two, in every figure of every lecture. */
export const withBN: SeriesStyle = {
  name: 'with BN',
  color: colours.blue,
  band: 'rgba(0,114,178,0.18)',
  dash: 'solid',
  symbol: 'circle',
};
export const withoutBN: SeriesStyle = {
  name: 'without BN',
  color: colours.vermilion,
  band: 'rgba(213,94,0,0.18)',
  dash: 'dash',
  symbol: 'square',
};

/**
 * The style of a run, from whether it used batch normalization.
 *
 * @example
 * console.log(bnStyle(true).name, bnStyle(false).dash); // prints with BN dash
 */
export function bnStyle(batchNorm: boolean): SeriesStyle {
  return batchNorm ? withBN : withoutBN;
}

/** What is compared, but not with BN against without BN, has these looks, in this order: never the two of BN. */
export const neutralStyles: readonly Omit<SeriesStyle, 'name'>[] = [
  { color: colours.green, band: 'rgba(0,158,115,0.18)', dash: 'solid', symbol: 'diamond' },
  { color: colours.purple, band: 'rgba(204,121,167,0.22)', dash: 'dash', symbol: 'triangle-up' },
  { color: colours.orange, band: 'rgba(230,159,0,0.2)', dash: 'dashdot', symbol: 'triangle-down' },
  { color: colours.ink, band: 'rgba(27,27,27,0.12)', dash: 'dot', symbol: 'x' },
  { color: colours.sky, band: 'rgba(86,180,233,0.22)', dash: 'dash', symbol: 'cross' },
];

/** Sizes in pixels, chosen so that a projected figure is read from the back row. */
export const fontSize = { base: 18, title: 23, small: 16 } as const;

/** An axis with a name, a grid and ticks; anything in `more` wins. */
export function axis(title: string, more: Axis = {}): Axis {
  return {
    title: { text: title, standoff: 12, font: { size: fontSize.base } },
    showgrid: true,
    gridcolor: colours.grid,
    zeroline: false,
    showline: true,
    linecolor: colours.muted,
    ticks: 'outside',
    tickfont: { size: fontSize.small },
    automargin: true,
    ...more,
  };
}

/** A log axis over the given powers of ten, with a tick at each power. */
export function logAxis(title: string, low: number, high: number, more: Axis = {}): Axis {
  if (!(low > 0 && high < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a log axis must go from a number above 0 to a finite one, found ${low} to ${high}`);
  }
  const tickvals: number[] = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.floor(Math.log10(high)); power++) {
    tickvals.push(Number(`1e${power}`));
  }
  return axis(title, {
    type: 'log',
    range: [Math.log10(low), Math.log10(high)],
    tickvals,
    ticktext: tickvals.map((value) =>
      value >= 1e-3 && value <= 1e4 ? String(value) : `1e${Math.log10(value)}`,
    ),
    ...more,
  });
}

/** For a log axis of minibatch sizes: a tick at each of at most ten of them. */
export function powersOfTwo(sizes: readonly number[]): Pick<Axis, 'tickvals' | 'ticktext'> {
  const sorted = [...new Set(sizes)].sort((a, b) => a - b);
  const every = Math.ceil(sorted.length / 10);
  const tickvals = sorted.filter((_, i) => i % every === 0);
  return { tickvals, ticktext: tickvals.map(String) };
}

/** The frame that every figure shares: white paper, large type, the title at the left, the legend under it. */
export function baseLayout(title: string, more: Partial<Layout> = {}): Layout {
  return {
    title: { text: title, x: 0.01, xanchor: 'left', y: 0.97, yanchor: 'top', font: { size: fontSize.title } },
    font: {
      family: 'Inter, "Segoe UI", "Helvetica Neue", Arial, sans-serif',
      size: fontSize.base,
      color: colours.ink,
    },
    height: 500,
    margin: { l: 86, r: 24, t: 104, b: 76 },
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    showlegend: true,
    legend: {
      orientation: 'h',
      traceorder: 'normal',
      x: 0,
      xanchor: 'left',
      y: 1.02,
      yanchor: 'bottom',
      font: { size: fontSize.base },
    },
    hovermode: 'closest',
    ...more,
  };
}

/**
 * A share from 0 to 1 as per cent with one decimal, for sentences: 0.8736 is `87.4 %`.
 *
 * @example
 * console.log(percent(0.8736)); // prints 87.4 %
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
