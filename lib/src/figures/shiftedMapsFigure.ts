import type { ShiftedMapsResult } from '../experiments/shiftedMaps.js';
import type { Annotation, Figure } from './figure.js';
import { encodePng } from './png.js';
import { baseLayout, fontSize, percent } from './theme.js';

const ZOOM = 5;
const GAP = 10;
/** Values beyond this many standard deviations are as black or white as it gets. */
const REACH = 3;

/**
 * Lecture 14: an image, the shifted image, and what each kind of BN makes of both, in grey: mid-grey is 0.
 *
 * @example
 * show(shiftedMapsFigure(shiftedMaps({ shift: 3, n: 20 })));
 */
export function shiftedMapsFigure(result: ShiftedMapsResult): Figure {
  const { shift } = result.config;
  const names = { none: 'without BN', perMap: 'BN per map', perActivation: 'BN per activation' };
  /** Ink is dark: 1 is black, 0 the paper, a little darker than the page so that its edge is seen. */
  const ink = (rows: number[][]) => rows.map((row) => row.map((value) => 232 * (1 - Math.min(1, value))));
  const signed = (rows: number[][]) =>
    rows.map((row) => row.map((value) => 127.5 * (1 + Math.max(-1, Math.min(1, value / REACH)))));
  const tiles: (number[][] | null)[][] = [
    [ink(result.image), ink(result.shiftedImage), null],
    ...result.maps.map((map) => [signed(map.there), signed(map.shifted), signed(map.difference)]),
  ];
  const size = result.image.length * ZOOM;
  const [width, height] = [3 * size + 2 * GAP, tiles.length * size + (tiles.length - 1) * GAP];
  const rgb = new Uint8Array(width * height * 3).fill(255);
  for (const [i, row] of tiles.entries()) {
    for (const [j, tile] of row.entries()) {
      if (tile) paintTile(rgb, width, j * (size + GAP), i * (size + GAP), size, tile);
    }
  }
  const errors = result.maps.map(
    ({ normalisation, error }) =>
      `${names[normalisation]} ${error < 1e-9 ? '0 but for rounding' : `${percent(error)} of the output`}`,
  );
  const sentence = `image shifted by ${shift} pixels; distance from the shifted output: ${errors.join(', ')}`;
  const label = (text: string, x: number, y: number, more: Partial<Annotation>): Annotation => ({
    ...{ text, x, y, xref: 'x domain', yref: 'y domain', showarrow: false },
    ...{ xanchor: 'center', yanchor: 'bottom', font: { size: fontSize.base } },
    ...more,
  });
  const centre = (index: number, whole: number) => (index * (size + GAP) + size / 2) / whole;
  const columns = ['x, and f(x)', `shifted by ${shift}`, 'moved back − f(x)'];
  const rows = ['image', ...result.maps.map(({ normalisation }) => names[normalisation])];
  return {
    data: [
      {
        ...{ type: 'image', meta: { width, height }, zsmooth: false, hoverinfo: 'skip' },
        source: `data:image/png;base64,${Buffer.from(encodePng(rgb, width, height)).toString('base64')}`,
      },
    ],
    layout: baseLayout('What a shift of the image does to one map', {
      height: 660,
      margin: { l: 176, r: 24, t: 100, b: 20 },
      showlegend: false,
      xaxis: { visible: false, constrain: 'domain' },
      yaxis: { visible: false, autorange: 'reversed', scaleanchor: 'x', constrain: 'domain' },
      annotations: [
        ...columns.map((text, j) => label(text, centre(j, width), 1.01, {})),
        ...rows.map((text, i) =>
          label(text, -0.02, 1 - centre(i, height), { xanchor: 'right', yanchor: 'middle' }),
        ),
      ],
    }),
    alt: `Three rows of small grey pictures. First row: a digit, and the digit shifted to the right. Second and third row: one feature map of each after BN per feature map and after BN per activation, and the difference once the shift is taken back, where even mid-grey means no difference. In numbers, ${sentence}.`,
    summary: `${sentence[0].toUpperCase()}${sentence.slice(1)}.`,
  };
}

/** Paints rows of grey values, 0 to 255, stretched to a square. */
function paintTile(
  rgb: Uint8Array,
  width: number,
  left: number,
  top: number,
  size: number,
  rows: number[][],
): void {
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const row = rows[Math.floor((y * rows.length) / size)];
      const value = Math.round(row[Math.floor((x * row.length) / size)]);
      rgb.fill(value, 3 * ((top + y) * width + left + x), 3 * ((top + y) * width + left + x) + 3);
    }
  }
}
