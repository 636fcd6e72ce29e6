import type { BarTrace, Dash, HeatmapTrace, ImageTrace, MarkerSymbol, ScatterTrace } from './figure.js';
import type { Scale } from './svgScale.js';

/** Text made safe inside SVG; Plotly's `<br>` and `<b>` are taken out by the caller. */
export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** A number short enough for a path. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

const dashes: Record<Dash, string> = { solid: '', dash: '10 6', dot: '2 5', dashdot: '10 5 2 5' };
export const dashAttribute = (dash: Dash | undefined): string =>
  dash && dash !== 'solid' ? ` stroke-dasharray="${dashes[dash]}"` : '';

/** One marker centred on a pixel. */
export function marker(symbol: MarkerSymbol, x: number, y: number, size: number, color: string): string {
  const r = size / 2;
  const stroke = `stroke="${color}" stroke-width="${px(Math.max(2, size / 4))}" fill="none"`;
  switch (symbol) {
    case 'square':
      return `<rect x="${px(x - r)}" y="${px(y - r)}" width="${px(size)}" height="${px(size)}" fill="${color}"/>`;
    case 'diamond':
      return `<path d="M${px(x)} ${px(y - r)}L${px(x + r)} ${px(y)}L${px(x)} ${px(y + r)}L${px(x - r)} ${px(y)}Z" fill="${color}"/>`;
    case 'x':
      return `<path d="M${px(x - r)} ${px(y - r)}L${px(x + r)} ${px(y + r)}M${px(x - r)} ${px(y + r)}L${px(x + r)} ${px(y - r)}" ${stroke}/>`;
    case 'cross':
      return `<path d="M${px(x - r)} ${px(y)}L${px(x + r)} ${px(y)}M${px(x)} ${px(y - r)}L${px(x)} ${px(y + r)}" ${stroke}/>`;
    case 'triangle-up':
    case 'triangle-down': {
      const tip = symbol === 'triangle-up' ? -r : r;
      return `<path d="M${px(x)} ${px(y + tip)}L${px(x + r)} ${px(y - tip)}L${px(x - r)} ${px(y - tip)}Z" fill="${color}"/>`;
    }
    default:
      return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(r)}" fill="${color}"/>`;
  }
}

type Point = [number, number] | null;

function points(trace: ScatterTrace, x: Scale, y: Scale): Point[] {
  return trace.x.map((value, i) => {
    const height = trace.y[i];
    if (height === null || !Number.isFinite(height)) return null;
    const at: [number, number] = [x.pixel(value), y.pixel(height)];
    return at.every(Number.isFinite) ? at : null;
  });
}

/** A path through the points, broken where a value is missing. */
function path(through: Point[]): string {
  let d = '';
  let pen = 'M';
  for (const point of through) {
    if (!point) pen = 'M';
    else {
      d += `${pen}${px(point[0])} ${px(point[1])}`;
      pen = 'L';
    }
  }
  return d;
}

/** A curve with its markers; `before` is the trace that `tonexty` fills down to. */
export function drawScatter(
  trace: ScatterTrace,
  before: ScatterTrace | undefined,
  x: Scale,
  y: Scale,
): string {
  const at = points(trace, x, y);
  const color = trace.line?.color ?? trace.marker?.color ?? '#000';
  let out = '';
  if (trace.fill === 'tonexty' && before) {
    const there = at.filter((point) => point !== null);
    const back = points(before, x, y).filter((point) => point !== null);
    if (there.length > 1 && back.length > 1) {
      out += `<path d="${path([...there, ...back.reverse()])}Z" fill="${trace.fillcolor ?? color}" stroke="none"/>`;
    }
  }
  if (trace.mode.includes('lines') && (trace.line?.width ?? 2) > 0) {
    out += `<path d="${path(at)}" fill="none" stroke="${color}" stroke-width="${trace.line?.width ?? 2}" stroke-linejoin="round"${dashAttribute(trace.line?.dash)}/>`;
  }
  if (trace.mode.includes('markers')) {
    for (const point of at) {
      if (!point) continue;
      out += marker(
        trace.marker?.symbol ?? 'circle',
        point[0],
        point[1],
        trace.marker?.size ?? 8,
        trace.marker?.color ?? color,
      );
    }
  }
  return out;
}

/** One of `count` bar traces standing side by side, this one at place `index`. */
export function drawBars(
  trace: BarTrace,
  index: number,
  count: number,
  x: Scale,
  y: Scale,
  fontPx: number,
): string {
  const width = (x.band * 0.78) / count;
  const zero = y.pixel(0);
  let out = '';
  trace.x.forEach((name, i) => {
    const left = x.pixel(name) - (width * count) / 2 + index * width;
    const top = y.pixel(trace.y[i]);
    out += `<rect x="${px(left + width * 0.03)}" y="${px(Math.min(top, zero))}" width="${px(width * 0.94)}" height="${px(Math.abs(zero - top))}" fill="${trace.marker?.color ?? '#777'}"/>`;
    const middle = left + width / 2;
    const error = trace.error_y?.array[i];
    const high = error ? y.pixel(trace.y[i] + error) : top;
    if (error) {
      const low = y.pixel(trace.y[i] - error);
      out += `<path d="M${px(middle)} ${px(low)}L${px(middle)} ${px(high)}M${px(middle - 6)} ${px(high)}h12M${px(middle - 6)} ${px(low)}h12" stroke="#1b1b1b" stroke-width="2" fill="none"/>`;
    }
    if (trace.text) {
      const fits = zero - top > 2 * fontPx;
      const font = fits ? trace.insidetextfont : trace.outsidetextfont;
      const baseline = fits ? (zero + top) / 2 + 0.35 * fontPx : Math.min(top, high) - 7;
      out += `<text x="${px(middle)}" y="${px(baseline)}" text-anchor="middle" font-size="${font?.size ?? fontPx}" fill="${font?.color ?? '#1b1b1b'}">${escapeXml(trace.text[i])}</text>`;
    }
  });
  return out;
}

/** The colour of a share between 0 and 1 on a colour scale of `rgb(r,g,b)` or `#rrggbb` stops. */
export function interpolate(scale: [number, string][], share: number): [number, number, number] {
  const rgb = (text: string): [number, number, number] => {
    const hex = /^#(..)(..)(..)$/.exec(text);
    const parts = hex
      ? hex.slice(1).map((part) => Number.parseInt(part, 16))
      : (text.match(/\d+/g) ?? []).map(Number);
    return [parts[0], parts[1], parts[2]];
  };
  const t = Math.min(1, Math.max(0, share));
  const upper = Math.max(
    1,
    scale.findIndex(([stop]) => stop >= t),
  );
  const [[t0, c0], [t1, c1]] = [scale[upper - 1], scale[upper]];
  const weight = t1 > t0 ? (t - t0) / (t1 - t0) : 0;
  const [a, b] = [rgb(c0), rgb(c1)];
  return [0, 1, 2].map((k) => Math.round(a[k] + weight * (b[k] - a[k]))) as [number, number, number];
}

/** The cells of a matrix with their labels, dark text on light cells and light on dark. */
export function drawHeatmap(trace: HeatmapTrace, x: Scale, y: Scale, fontPx: number): string {
  let out = '';
  trace.y.forEach((rowName, i) => {
    trace.x.forEach((columnName, j) => {
      const share = (trace.z[i][j] - trace.zmin) / (trace.zmax - trace.zmin);
      const [r, g, b] = interpolate(trace.colorscale, share);
      const [cx, cy] = [x.pixel(columnName), y.pixel(rowName)];
      out += `<rect x="${px(cx - x.band / 2)}" y="${px(cy - y.band / 2)}" width="${px(x.band)}" height="${px(y.band)}" fill="rgb(${r},${g},${b})" stroke="#fff" stroke-width="2"/>`;
      const text = trace.text?.[i][j];
      if (text) {
        const ink = 0.3 * r + 0.59 * g + 0.11 * b > 140 ? '#1b1b1b' : '#ffffff';
        out += `<text x="${px(cx)}" y="${px(cy + fontPx * 0.35)}" text-anchor="middle" fill="${ink}" font-size="${trace.textfont?.size ?? fontPx}">${escapeXml(text)}</text>`;
      }
    });
  });
  return out;
}

/** A picture stretched over its axes, its pixels kept sharp. */
export function drawImage(trace: ImageTrace, x: Scale, y: Scale): string {
  const [left, right] = [x.pixel(-0.5), x.pixel(trace.meta.width - 0.5)];
  const [top, bottom] = [y.pixel(-0.5), y.pixel(trace.meta.height - 0.5)];
  return `<image href="${trace.source}" x="${px(Math.min(left, right))}" y="${px(Math.min(top, bottom))}" width="${px(Math.abs(right - left))}" height="${px(Math.abs(bottom - top))}" preserveAspectRatio="none" style="image-rendering:pixelated"/>`;
}
