/** One image, shifted: what BN per feature map and BN per activation make of the same map. For the eye, in lecture 14. */
import { checkCount, checkOptions } from '../check.js';
import { type MapNormalisation, mapLayer } from './mapLayer.js';
import { distance, norm } from './vectors.js';

/** What `shiftedMaps` can be told. */
export interface ShiftedMapsConfig {
  /** Pixels to the right, 0 to 6. Left out: 4. */
  shift?: number;
  /** Draws the filter and the images. Left out: 1. */
  seed?: number;
  /** Images of the minibatch that gave the statistics. Left out: 60. */
  n?: number;
  /** Which of them is shown. Left out: the first, 0. */
  image?: number;
}

/** One map of one image, before and after the shift: each a list of rows. */
export interface ShiftedMap {
  normalisation: MapNormalisation;
  /** f(x) */
  there: number[][];
  /** f(shifted x) */
  shifted: number[][];
  /** f(shifted x), moved back, minus f(x); 0 in the columns at the right that have no partner. */
  difference: number[][];
  /** |difference| / |f(x)| over the columns that have one. */
  error: number;
}

/** What `shiftedMaps` gives back. */
export interface ShiftedMapsResult {
  config: Required<ShiftedMapsConfig>;
  /** The image and the shifted image. */
  image: number[][];
  shiftedImage: number[][];
  maps: ShiftedMap[];
}

const [MARGIN, KERNEL] = [6, 5];

/**
 * Sends one MNIST image and its shifted copy through a convolution with one random filter of 5 x 5, then through BN per
 * feature map and per activation with the statistics of n unshifted images.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const { maps } = shiftedMaps({ shift: 3, n: 20 });
 * console.log(maps.map(({ normalisation, error }) => `${normalisation} ${error < 1e-9}`).join()); // prints perMap true,perActivation false
 */
export function shiftedMaps(config: ShiftedMapsConfig = {}): ShiftedMapsResult {
  checkOptions('shiftedMaps', config, ['shift', 'seed', 'n', 'image']);
  const { shift = 4, seed = 1, n = 60, image = 0 } = config;
  checkCount('shift', shift, 0);
  checkCount('n', n, 2);
  checkCount('image', image, 0);
  if (shift > MARGIN) throw new RangeError(`shift must be at most ${MARGIN}, found ${shift}`);
  if (image >= n) throw new RangeError(`image must be below n = ${n}, found ${image}`);
  const { u, p, q, side, sheetsAt, layer, kinds } = mapLayer({
    seed,
    n,
    filters: 1,
    kernel: KERNEL,
    margin: MARGIN,
  });
  /** The rows of this image. */
  const rowsOf = (values: ArrayLike<number>, rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => values[(image * rows + row) * columns + column]),
    );
  const moved = layer(shift);
  const maps = (['perMap', 'perActivation'] as const).map((normalisation) => {
    const there = rowsOf(kinds[normalisation](u), p, q);
    const shifted = rowsOf(kinds[normalisation](moved), p, q);
    const partner = (row: number, column: number) =>
      column + shift < q ? shifted[row][column + shift] : there[row][column];
    const difference = there.map((values, row) =>
      values.map((value, column) => partner(row, column) - value),
    );
    const both = there.flatMap((values) => values.slice(0, q - shift));
    const back = shifted.flatMap((values) => values.slice(shift));
    return { normalisation, there, shifted, difference, error: distance(both, back) / norm(both) };
  });
  return {
    config: { shift, seed, n, image },
    image: rowsOf(sheetsAt(0), side, side),
    shiftedImage: rowsOf(sheetsAt(shift), side, side),
    maps,
  };
}
