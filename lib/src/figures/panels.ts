/** Figures of several panels side by side, and the curves that most of them hold. */
import type { Annotation, Axis, Figure, Layout, LineShape, ScatterTrace, Trace } from './figure.js';
import { baseLayout, colours, fontSize, type SeriesStyle } from './theme.js';

/** A trace before it is given to a panel. */
export type LooseTrace = Omit<ScatterTrace, 'xaxis' | 'yaxis'>;

/** A text inside a panel; x and y from 0 to 1 over the panel. */
export interface PanelNote {
  text: string;
  x: number;
  y: number;
  size?: number;
  color?: string;
  xanchor?: Annotation['xanchor'];
}

export interface Panel {
  /** What this panel shows, at its top left. */
  heading?: string;
  /** From `axis` or `logAxis`. */
  x: Axis;
  y: Axis;
  traces: LooseTrace[];
  notes?: PanelNote[];
  /** Dotted lines over the whole width, such as the level of guessing. */
  levels?: number[];
}

/** How the panels are laid out: columns, and the share of the width or height between two of them. */
const layouts = [
  { columns: 1, gapX: 0, gapY: 0 },
  { columns: 2, gapX: 0.12, gapY: 0 },
  { columns: 3, gapX: 0.12, gapY: 0 },
  { columns: 2, gapX: 0.12, gapY: 0.26 },
];

/**
 * One to four panels: one, two or three in a row, four in two rows.
 * @param texts the figure's alt text and its sentence with the numbers
 */
export function panelFigure(
  title: string,
  panels: Panel[],
  texts: Pick<Figure, 'alt' | 'summary'>,
  more: Partial<Layout> = {},
): Figure {
  const { columns, gapX, gapY } = layouts[panels.length - 1];
  const rows = Math.ceil(panels.length / columns);
  const data: Trace[] = [];
  const annotations: Annotation[] = [];
  const shapes: LineShape[] = [];
  const axes: Partial<Layout> = {};
  for (const [i, panel] of panels.entries()) {
    const ref = i === 0 ? '' : String(i + 1);
    const span = (index: number, count: number, gap: number): [number, number] => {
      const size = (1 - (count - 1) * gap) / count;
      return [index * (size + gap), index * (size + gap) + size];
    };
    axes[`xaxis${ref}`] = { ...panel.x, domain: span(i % columns, columns, gapX), anchor: `y${ref}` };
    const row = rows - 1 - Math.floor(i / columns); // the first row is the upper one
    axes[`yaxis${ref}`] = { ...panel.y, domain: span(row, rows, gapY), anchor: `x${ref}` };
    data.push(...panel.traces.map((trace) => ({ ...trace, xaxis: `x${ref}`, yaxis: `y${ref}` })));
    const heading: PanelNote[] = panel.heading ? [{ text: panel.heading, x: 0.03, y: 0.98 }] : [];
    for (const { text, x, y, size, color, xanchor = 'left' } of [...heading, ...(panel.notes ?? [])]) {
      annotations.push({
        ...{ text, x, y, xanchor, yanchor: 'top', showarrow: false },
        ...{ xref: `x${ref} domain`, yref: `y${ref} domain` },
        font: { size: size ?? fontSize.base, color: color ?? colours.ink },
        bgcolor: 'rgba(255,255,255,0.7)',
      });
    }
    for (const level of panel.levels ?? []) {
      shapes.push({
        ...{ type: 'line', x0: 0, x1: 1, y0: level, y1: level, xref: `x${ref} domain`, yref: `y${ref}` },
        line: { color: colours.muted, width: 2, dash: 'dot' },
      });
    }
  }
  return {
    data,
    layout: baseLayout(title, {
      height: rows === 1 ? 500 : 880,
      ...axes,
      ...(annotations.length > 0 ? { annotations } : {}),
      ...(shapes.length > 0 ? { shapes } : {}),
      ...more,
    }),
    ...texts,
  };
}

/** One point of a curve: the values of all seeds at this x. */
export interface SeedPoint {
  x: number;
  values: number[];
}

/** The mean, which every sentence about several seeds uses. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean over the seeds as a line with markers, and a band from the least to the largest. */
export function seedCurve(
  points: SeedPoint[],
  style: SeriesStyle,
  options: { showlegend: boolean; markers?: boolean; hover?: string; centre?: typeof mean },
): LooseTrace[] {
  const { showlegend, markers = points.length <= 30, hover = '%{x}: %{y:.3g}', centre = mean } = options;
  const sorted = [...points].filter(({ values }) => values.length > 0).sort((a, b) => a.x - b.x);
  const x = sorted.map((point) => point.x);
  const edge = { type: 'scatter', mode: 'lines', x, showlegend: false, hoverinfo: 'skip' } as const;
  const none = { color: style.color, width: 0 };
  const band: LooseTrace[] = sorted.some(({ values }) => values.length > 1)
    ? [
        { ...edge, y: sorted.map(({ values }) => Math.min(...values)), line: none },
        {
          ...edge,
          y: sorted.map(({ values }) => Math.max(...values)),
          line: none,
          fill: 'tonexty',
          fillcolor: style.band,
        },
      ]
    : [];
  return [
    ...band,
    {
      type: 'scatter',
      mode: markers ? 'lines+markers' : 'lines',
      name: style.name,
      legendgroup: style.name,
      showlegend,
      x,
      y: sorted.map(({ values }) => centre(values)),
      line: { color: style.color, width: 4, dash: style.dash },
      marker: { color: style.color, size: 11, symbol: style.symbol },
      hovertemplate: `${style.name}, ${hover}`,
    },
  ];
}

/** Gathers the values of all seeds at each x. */
export function bySeedPoints<Item>(
  items: Item[],
  x: (item: Item) => number,
  value: (item: Item) => number,
): SeedPoint[] {
  const groups = new Map<number, number[]>();
  for (const item of items) groups.set(x(item), [...(groups.get(x(item)) ?? []), value(item)]);
  return [...groups].map(([at, values]) => ({ x: at, values })).sort((a, b) => a.x - b.x);
}

/** The mean in powers of ten: for values that span decades. */
export const geometricMean = (values: readonly number[]): number =>
  Math.exp(mean(values.map((value) => Math.log(value))));
