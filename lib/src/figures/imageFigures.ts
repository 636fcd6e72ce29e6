/** Pictures in rows: samples of a generator, real images, what lies between two points. */
import type { Pictures } from '../data/imageSource.js';
import type { Figure, ImageTrace } from './figure.js';
import { encodePng } from './png.js';
import { baseLayout, fontSize } from './theme.js';

/**
 * Pictures side by side, in rows, each pixel enlarged.
 *
 * @param rows a name for each row, and its pictures; the name may be empty
 * @throws RangeError when there is none, or they differ in size
 *
 * @example
 * const bytes = Uint8Array.of(0, 255, 255, 0);
 * show(pictureRows('Two pixels', { one: { count: 2, height: 1, width: 2, channels: 1, bytes } }));
 */
export function pictureRows(title: string, rows: Readonly<Record<string, Pictures>>, alt = ''): Figure {
  const sets = Object.entries(rows);
  if (sets.length === 0) {
    throw new RangeError('rows must hold at least one row of pictures, found none');
  }
  const [, { height: h, width: w }] = sets[0];
  for (const [name, set] of sets) {
    const count = set.count * set.height * set.width * set.channels;
    if (set.count < 1 || set.bytes.length !== count) {
      throw new RangeError(
        `"${name}" must have ${count} bytes, at least one picture, found ${set.bytes.length}`,
      );
    }
    if (set.height !== h || set.width !== w) {
      throw new RangeError(`all pictures must have one size: ${h} x ${w} and ${set.height} x ${set.width}`);
    }
  }
  const across = Math.max(...sets.map(([, set]) => set.count));
  const zoom = Math.max(1, Math.min(6, Math.floor(1100 / (across * (w + 1)))));
  const gap = 3;
  const [tileWidth, tileHeight] = [w * zoom + gap, h * zoom + gap];
  const [width, height] = [across * tileWidth - gap, sets.length * tileHeight - gap];
  const rgb = new Uint8Array(width * height * 3).fill(255);
  for (const [row, [, set]] of sets.entries()) {
    for (let i = 0; i < set.count; i++) {
      paint(set, i, (x, y, colour) => {
        for (let b = 0; b < zoom; b++) {
          for (let a = 0; a < zoom; a++) {
            rgb.set(colour, 3 * ((row * tileHeight + y * zoom + b) * width + i * tileWidth + x * zoom + a));
          }
        }
      });
    }
  }
  const image: ImageTrace = {
    type: 'image',
    source: `data:image/png;base64,${Buffer.from(encodePng(rgb, width, height)).toString('base64')}`,
    meta: { width, height },
    zsmooth: false,
    hoverinfo: 'skip',
  };
  const named = sets.filter(([name]) => name.trim() !== '');
  const longest = Math.max(0, ...named.map(([name]) => name.length));
  const left = named.length > 0 ? 24 + 10 * longest : 16;
  const names = named.length > 0 ? ` Rows from the top: ${named.map(([name]) => name).join('; ')}.` : '';
  const count = sets.reduce((sum, [, set]) => sum + set.count, 0);
  return {
    data: [image],
    layout: baseLayout(title, {
      height: Math.round((height / width) * (900 - left)) + 80,
      margin: { l: left, r: 16, t: 58, b: 16 },
      showlegend: false,
      xaxis: { visible: false, constrain: 'domain' },
      yaxis: { visible: false, autorange: 'reversed', scaleanchor: 'x', constrain: 'domain' },
      annotations: sets.map(([text], i) => ({
        text: text.trim(),
        x: -0.01,
        y: 1 - (i + 0.5) / sets.length,
        xref: 'x domain',
        yref: 'y domain',
        showarrow: false,
        xanchor: 'right',
        yanchor: 'middle',
        font: { size: fontSize.base },
      })),
    }),
    alt: `${title}. ${alt || `${count} small pictures of ${h} x ${w} pixels in ${sets.length} rows.`}${names}`,
    summary: `${title}: ${count} pictures of ${h} x ${w} pixels.${names}`,
  };
}

/**
 * A set of pictures as a grid.
 *
 * @param across how many in a row; left out: 16
 *
 * @example
 * show(pictureGrid('Greys', { count: 3, height: 1, width: 1, channels: 1, bytes: Uint8Array.of(0, 128, 255) }, 3));
 */
export function pictureGrid(title: string, pictures: Pictures, across = 16, alt = ''): Figure {
  const { count, height, width, channels, bytes } = pictures;
  const pixels = height * width * channels;
  const rows: Record<string, Pictures> = {};
  for (let start = 0; start < count; start += across) {
    const size = Math.min(across, count - start);
    const part = bytes.subarray(start * pixels, (start + size) * pixels);
    // Names that are nothing but blanks: a row of a grid has none.
    rows[' '.repeat(1 + start / across)] = { ...pictures, count: size, bytes: part };
  }
  return pictureRows(title, rows, alt);
}

/** Calls `dot` with each pixel of picture i. */
function paint(
  { height, width, channels, bytes }: Pictures,
  i: number,
  dot: (x: number, y: number, colour: Uint8Array) => void,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = ((i * height + y) * width + x) * channels;
      const colour = channels === 3 ? bytes.subarray(at, at + 3) : new Uint8Array(3).fill(bytes[at]);
      dot(x, y, colour);
    }
  }
}
