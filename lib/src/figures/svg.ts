import { createHash } from 'node:crypto';
import type { Axis, BarTrace, Figure, ScatterTrace, Trace } from './figure.js';
import {
  dashAttribute,
  drawBars,
  drawHeatmap,
  drawImage,
  drawScatter,
  escapeXml,
  marker,
  px,
} from './svgMarks.js';
import { makeScale, type Scale } from './svgScale.js';

/**
 * Draws a figure without a browser, for readers and tools that know no Plotly: exported pages, GitHub's preview,
 * a terminal's file. It honours what `figure.ts` names and nothing more; it is a still picture of the same data.
 */

interface Panel {
  traces: Trace[];
  x: Scale;
  y: Scale;
}

/** Plotly names the axis of a trace `x2` and its place in the layout `xaxis2`. */
const axisKey = (letter: 'x' | 'y', name: string) => `${letter}axis${name.slice(1)}` as const;

const plain = (text: string) => text.replace(/<br ?\/?>/g, ' ').replace(/<[^>]+>/g, '');

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

function makePanels(figure: Figure, box: Box): Panel[] {
  const pairs = new Map<string, Trace[]>();
  for (const trace of figure.data) {
    const key = `${trace.xaxis ?? 'x'} ${trace.yaxis ?? 'y'}`;
    pairs.set(key, [...(pairs.get(key) ?? []), trace]);
  }
  return [...pairs].map(([key, traces]) => {
    const [xName, yName] = key.split(' ');
    const xAxis: Axis = figure.layout[axisKey('x', xName)] ?? {};
    const yAxis: Axis = figure.layout[axisKey('y', yName)] ?? {};
    const [x0, x1] = xAxis.domain ?? [0, 1];
    const [y0, y1] = yAxis.domain ?? [0, 1];
    let [left, right] = [box.left + x0 * box.width, box.left + x1 * box.width];
    let [bottom, top] = [box.top + (1 - y0) * box.height, box.top + (1 - y1) * box.height];
    const image = traces.find((trace) => trace.type === 'image');
    if (image) {
      // A picture keeps its proportions: take the largest box of its shape in the middle of the panel.
      const zoom = Math.min((right - left) / image.meta.width, (bottom - top) / image.meta.height);
      const spareX = right - left - zoom * image.meta.width;
      const spareY = bottom - top - zoom * image.meta.height;
      [left, right] = [left + spareX / 2, right - spareX / 2];
      [top, bottom] = [top + spareY / 2, bottom - spareY / 2];
    }
    const down = image !== undefined || yAxis.autorange === 'reversed';
    return {
      traces,
      x: makeScale(xAxis, traces, 'x', left, right),
      y: down ? makeScale(yAxis, traces, 'y', top, bottom) : makeScale(yAxis, traces, 'y', bottom, top),
    };
  });
}

function drawAxes({ x, y }: Panel, fontPx: number): string {
  const small = fontPx - 2;
  const [left, right] = [Math.min(x.from, x.to), Math.max(x.from, x.to)];
  const [top, bottom] = [Math.min(y.from, y.to), Math.max(y.from, y.to)];
  let out = '';
  if (x.axis.visible !== false) {
    for (const { at, label } of x.ticks) {
      if (x.axis.showgrid && x.band === 0)
        out += `<path d="M${px(at)} ${px(top)}V${px(bottom)}" stroke="#dcdcdc"/>`;
      if (x.axis.showticklabels !== false)
        out += `<text x="${px(at)}" y="${px(bottom + small + 8)}" text-anchor="middle" font-size="${small}">${escapeXml(plain(label))}</text>`;
    }
    out += `<path d="M${px(left)} ${px(bottom)}H${px(right)}" stroke="#5f5f5f" stroke-width="1.5"/>`;
    out += `<text x="${px((left + right) / 2)}" y="${px(bottom + small + fontPx + 20)}" text-anchor="middle">${escapeXml(plain(x.axis.title?.text ?? ''))}</text>`;
  }
  if (y.axis.visible !== false) {
    let widest = 0;
    for (const { at, label } of y.ticks) {
      if (y.axis.showgrid && y.band === 0)
        out += `<path d="M${px(left)} ${px(at)}H${px(right)}" stroke="#dcdcdc"/>`;
      if (y.axis.showticklabels !== false) {
        widest = Math.max(widest, label.length * small * 0.62);
        out += `<text x="${px(left - 8)}" y="${px(at + small * 0.35)}" text-anchor="end" font-size="${small}">${escapeXml(plain(label))}</text>`;
      }
    }
    out += `<path d="M${px(left)} ${px(top)}V${px(bottom)}" stroke="#5f5f5f" stroke-width="1.5"/>`;
    const at = `${px(left - widest - fontPx - 2)} ${px((top + bottom) / 2)}`;
    out += `<text transform="translate(${at}) rotate(-90)" text-anchor="middle">${escapeXml(plain(y.axis.title?.text ?? ''))}</text>`;
  }
  return out;
}

function drawTraces({ traces, x, y }: Panel, fontPx: number): string {
  const bars = traces.filter((trace): trace is BarTrace => trace.type === 'bar');
  let before: ScatterTrace | undefined;
  let out = '';
  for (const trace of traces) {
    if (trace.type === 'scatter') {
      out += drawScatter(trace, before, x, y);
      before = trace;
    } else if (trace.type === 'bar')
      out += drawBars(trace, bars.indexOf(trace), bars.length, x, y, fontPx - 2);
    else if (trace.type === 'heatmap') out += drawHeatmap(trace, x, y, fontPx);
    else out += drawImage(trace, x, y);
  }
  return out;
}

/** The legend, in as many rows as it needs above the plot; returns the drawing and its height. */
function drawLegend(figure: Figure, box: Box, fontPx: number): string {
  if (figure.layout.showlegend === false) return '';
  const named = figure.data.filter(
    (trace) => (trace.type === 'scatter' || trace.type === 'bar') && trace.name && trace.showlegend !== false,
  );
  let left = box.left;
  const y = box.top - 22;
  let out = '';
  for (const trace of named) {
    if (trace.type !== 'scatter' && trace.type !== 'bar') continue;
    const color = trace.type === 'bar' ? trace.marker?.color : (trace.line?.color ?? trace.marker?.color);
    if (trace.type === 'bar')
      out += `<rect x="${px(left)}" y="${px(y - 9)}" width="26" height="18" fill="${color}"/>`;
    else {
      if (trace.mode.includes('lines'))
        out += `<path d="M${px(left)} ${px(y)}h34" stroke="${color}" stroke-width="${trace.line?.width ?? 2}"${dashAttribute(trace.line?.dash)}/>`;
      if (trace.mode.includes('markers'))
        out += marker(
          trace.marker?.symbol ?? 'circle',
          left + 17,
          y,
          trace.marker?.size ?? 8,
          trace.marker?.color ?? color ?? '',
        );
    }
    const name = plain(trace.name ?? '');
    out += `<text x="${px(left + 42)}" y="${px(y + fontPx * 0.35)}">${escapeXml(name)}</text>`;
    left += 42 + name.length * fontPx * 0.54 + 28;
  }
  return out;
}

/**
 * A figure as an SVG document, with its alt text inside (`role="img"`, `<title>`, `<desc>`).
 *
 * @example
 * const svg = renderSvg(biasDriftFigure(biasDrift({ steps: 10 })));
 * console.log(svg.startsWith('<svg')); // prints true
 */
export function renderSvg(figure: Figure): string {
  const { layout } = figure;
  const width = layout.width ?? 960;
  const fontPx = layout.font.size;
  const { l, r, t, b } = layout.margin;
  const box: Box = { left: l, top: t, width: width - l - r, height: layout.height - t - b };
  const panels = makePanels(figure, box);
  const title = plain(layout.title.text);
  let body = `<rect width="${width}" height="${layout.height}" fill="${layout.paper_bgcolor}"/>`;
  body += `<text x="12" y="36" font-size="${layout.title.font?.size ?? fontPx + 5}">${escapeXml(title)}</text>`;
  const place = (value: number, ref: string, letter: 'x' | 'y'): number => {
    if (ref === 'paper')
      return letter === 'x' ? box.left + value * box.width : box.top + (1 - value) * box.height;
    const axisName = ref.split(' ')[0];
    const panel = panels.find(({ traces }) =>
      traces.some((trace) => (trace[`${letter}axis`] ?? letter) === axisName),
    );
    const scale = panel?.[letter];
    if (!scale) return 0;
    if (!ref.endsWith(' domain')) return scale.pixel(value);
    // A domain runs from left to right and from the bottom up, even where the axis itself is reversed.
    const [low, high] = [Math.min(scale.from, scale.to), Math.max(scale.from, scale.to)];
    return letter === 'x' ? low + value * (high - low) : high - value * (high - low);
  };
  const shapes = (layer: 'above' | 'below') =>
    (layout.shapes ?? [])
      .filter((shape) => (shape.layer ?? 'above') === layer)
      .map(({ x0, x1, y0, y1, xref, yref, line }) => {
        const [from, to] = [place(x0, xref, 'x'), place(x1, xref, 'x')];
        const d = `M${px(from)} ${px(place(y0, yref, 'y'))}L${px(to)} ${px(place(y1, yref, 'y'))}`;
        return `<path d="${d}" stroke="${line.color}" stroke-width="${line.width}"${dashAttribute(line.dash)}/>`;
      })
      .join('');
  // Several drawings may stand in one page, where names must differ.
  const name = createHash('sha256').update(figure.alt).digest('hex').slice(0, 10);
  body += shapes('below');
  panels.forEach((panel, i) => {
    const [clipX, clipY] = [Math.min(panel.x.from, panel.x.to), Math.min(panel.y.from, panel.y.to)];
    const [clipW, clipH] = [Math.abs(panel.x.to - panel.x.from), Math.abs(panel.y.to - panel.y.from)];
    const id = `clip-${name}-${i}`;
    body += drawAxes(panel, fontPx);
    body += `<clipPath id="${id}"><rect x="${px(clipX - 6)}" y="${px(clipY - 26)}" width="${px(clipW + 12)}" height="${px(clipH + 32)}"/></clipPath>`;
    body += `<g clip-path="url(#${id})">${drawTraces(panel, fontPx)}</g>`;
  });
  body += shapes('above');
  for (const note of layout.annotations ?? []) {
    const anchor = { left: 'start', center: 'middle', right: 'end' }[note.xanchor ?? 'center'];
    const size = note.font?.size ?? fontPx;
    const drop = { top: 0.9, middle: 0.35, bottom: -0.25 }[note.yanchor ?? 'middle'] * size;
    body += `<text x="${px(place(note.x, note.xref, 'x'))}" y="${px(place(note.y, note.yref, 'y') + drop)}" text-anchor="${anchor}" font-size="${size}" fill="${note.font?.color ?? layout.font.color}">${escapeXml(plain(note.text))}</text>`;
  }
  body += drawLegend(figure, box, fontPx);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${layout.height}" width="${width}" height="${layout.height}" style="max-width:100%;height:auto" role="img" aria-label="${escapeXml(figure.alt)}" font-family="${escapeXml(layout.font.family)}" font-size="${fontPx}" fill="${layout.font.color}"><title>${escapeXml(title)}</title><desc>${escapeXml(figure.alt)}</desc>${body}</svg>`;
}
