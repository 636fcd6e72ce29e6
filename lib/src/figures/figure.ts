/**
 * What a figure is: plain data in the shape Plotly reads, with the two texts that every figure of ours carries.
 * Only the parts of Plotly that the lectures use are named here, so the static drawing (`svg.ts`) can honour all
 * of them; `gl`, maps and animations are left out on purpose.
 */

export type Dash = 'solid' | 'dash' | 'dot' | 'dashdot';
export type MarkerSymbol = 'circle' | 'square' | 'diamond' | 'cross' | 'x' | 'triangle-up' | 'triangle-down';

/** A curve, a set of points, or (with `fill`) a band around a curve. */
export interface ScatterTrace {
  type: 'scatter';
  x: number[];
  y: (number | null)[];
  mode: 'lines' | 'markers' | 'lines+markers';
  name?: string;
  line?: { color?: string; width?: number; dash?: Dash };
  marker?: {
    color?: string;
    size?: number;
    symbol?: MarkerSymbol;
    line?: { color?: string; width?: number };
  };
  /** `tonexty` fills down to the trace before this one. */
  fill?: 'none' | 'tonexty';
  fillcolor?: string;
  hoverinfo?: 'skip';
  hovertemplate?: string;
  legendgroup?: string;
  showlegend?: boolean;
  xaxis?: string;
  yaxis?: string;
}

/** Bars over named categories; several bar traces stand side by side. */
export interface BarTrace {
  type: 'bar';
  x: string[];
  y: number[];
  name?: string;
  marker?: { color?: string };
  error_y?: { type: 'data'; array: number[]; thickness?: number; width?: number; color?: string };
  /** A label on each bar: in its middle, or above a bar that is too short for it. */
  text?: string[];
  textposition?: 'auto';
  insidetextanchor?: 'middle';
  textangle?: number;
  insidetextfont?: { size: number; color: string };
  outsidetextfont?: { size: number; color: string };
  cliponaxis?: boolean;
  showlegend?: boolean;
  xaxis?: string;
  yaxis?: string;
}

/** A matrix of values as colours; `z[row][column]`. */
export interface HeatmapTrace {
  type: 'heatmap';
  x: string[];
  y: string[];
  z: number[][];
  zmin: number;
  zmax: number;
  colorscale: [number, string][];
  /** A label in each cell. */
  text?: string[][];
  texttemplate?: string;
  textfont?: { size: number };
  showscale?: boolean;
  colorbar?: { title?: { text: string } };
  xaxis?: string;
  yaxis?: string;
}

/** A picture, as a PNG data address; its pixels are the axes' units. */
export interface ImageTrace {
  type: 'image';
  source: string;
  /** Width and height in pixels: the static drawing needs them, Plotly reads them from the PNG. */
  meta: { width: number; height: number };
  zsmooth?: 'fast' | false;
  hoverinfo?: 'skip';
  xaxis?: string;
  yaxis?: string;
}

/** One thing that is drawn in a figure, in Plotly's words. */
export type Trace = ScatterTrace | BarTrace | HeatmapTrace | ImageTrace;

/** An axis, in Plotly's words. */
export interface Axis {
  title?: { text: string; standoff?: number; font?: { size?: number } };
  type?: 'linear' | 'log' | 'category';
  /** On a log axis the range is in powers of ten, as in Plotly. */
  range?: [number, number];
  tickvals?: number[];
  ticktext?: string[];
  tickformat?: string;
  ticksuffix?: string;
  /** The part of the figure's width or height that this axis takes, from 0 to 1. */
  domain?: [number, number];
  anchor?: string;
  matches?: string;
  visible?: boolean;
  showticklabels?: boolean;
  showgrid?: boolean;
  zeroline?: boolean;
  gridcolor?: string;
  linecolor?: string;
  showline?: boolean;
  ticks?: 'outside' | '';
  tickfont?: { size?: number };
  automargin?: boolean;
  constrain?: 'domain' | 'range';
  scaleanchor?: string;
  autorange?: boolean | 'reversed';
}

/** Text at a place of the paper (0 to 1 over the plotting area) or at values of an axis. */
export interface Annotation {
  text: string;
  x: number;
  y: number;
  xref: string;
  yref: string;
  showarrow: false;
  xanchor?: 'left' | 'center' | 'right';
  yanchor?: 'top' | 'middle' | 'bottom';
  font?: { size?: number; color?: string };
  bgcolor?: string;
}

/** A straight line over the plot, such as the level of chance. */
export interface LineShape {
  type: 'line';
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  xref: string;
  yref: string;
  line: { color: string; width: number; dash: Dash };
  layer?: 'above' | 'below';
}

/** What stands around a figure's data, in Plotly's words. */
export interface Layout {
  title: {
    text: string;
    x?: number;
    xanchor?: 'left';
    y?: number;
    yanchor?: 'top';
    font?: { size?: number };
  };
  font: { family: string; size: number; color: string };
  width?: number;
  height: number;
  margin: { l: number; r: number; t: number; b: number };
  paper_bgcolor: string;
  plot_bgcolor: string;
  showlegend?: boolean;
  legend?: Record<string, unknown>;
  barmode?: 'group';
  bargap?: number;
  bargroupgap?: number;
  annotations?: Annotation[];
  shapes?: LineShape[];
  hovermode?: 'closest' | 'x unified';
  [axis: `xaxis${string}` | `yaxis${string}`]: Axis | undefined;
}

/** A figure: what Plotly draws, and what it says to those who cannot see it. */
export interface Figure {
  data: Trace[];
  layout: Layout;
  /** What the figure looks like, for a reader who cannot see it. */
  alt: string;
  /** What the figure says, in one or two sentences with the numbers: shown where no figure can be. */
  summary: string;
}
