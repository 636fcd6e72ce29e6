import { checkChoice, checkCount } from '../check.js';
import type { Random } from '../random.js';
import { drawKind, type ObjectKind, objectKinds } from './objectShapes.js';
import { type Colour, paint } from './raster.js';

/**
 * Small drawn pictures, "cat" or "not a cat", for the lecture on covariate shift.
 *
 * What a picture shows depends on its shapes alone, never on its colours, and every scene is drawn with the same
 * spread of brightness: so all palettes share one function from picture to label, and one grey-scale picture of
 * the world. Only the colours, the distribution of the inputs, differ.
 */

export const palettes = ['warm cats', 'cold cats', 'black and white'] as const;
/**
 * `warm cats`: cats are red, orange or brown, other things blue, green or violet. `cold cats`: the other way round.
 * `black and white`: the same scenes through a camera without colour.
 */
export type Palette = (typeof palettes)[number];

/** Drawn pictures with what they show. */
export interface ObjectImages {
  /** `count` rows of `size * size * 3` values from 0 to 1: red, green and blue of each pixel, row by row. */
  images: Float32Array;
  /** 1 for a cat, 0 for anything else. */
  labels: Uint8Array;
  /** What is drawn in each picture. */
  kinds: ObjectKind[];
  count: number;
  size: number;
}

/** Which pictures to draw. */
export interface ObjectOptions {
  palette: Palette;
  random: Random;
  /** Pixels across and down; 32 unless told. */
  size?: number;
}

/** Brightness as the eye weighs red, green and blue (ITU-R BT.601). */
const luma: Colour = [0.299, 0.587, 0.114];

/** Brightness of one colour, from 0 to 1. */
export function brightness(colour: Colour): number {
  return luma[0] * colour[0] + luma[1] * colour[1] + luma[2] * colour[2];
}

/**
 * The colour with this hue (0 red, 1/3 green, 2/3 blue), this saturation (0 to 1) and exactly this brightness:
 * the pure hue, darkened towards black or lightened towards white until its brightness is right.
 */
export function colourOf(hue: number, saturation: number, bright: number): Colour {
  const channel = (shift: number) => {
    const place = (((hue + shift) % 1) + 1) % 1;
    return Math.min(1, Math.max(0, Math.abs(6 * place - 3) - 1));
  };
  const pure: Colour = [channel(0), channel(2 / 3), channel(1 / 3)];
  const y = brightness(pure);
  const level = (c: number) => (bright <= y ? (c * bright) / y : c + ((1 - c) * (bright - y)) / (1 - y));
  const tone = (c: number) => bright + saturation * (level(c) - bright);
  return [tone(pure[0]), tone(pure[1]), tone(pure[2])];
}

/** A hue for a thing: warm (red to yellow) or cold (green to violet). */
function drawHue(random: Random, warm: boolean): number {
  return warm ? 0.97 + 0.17 * random.uniform() : 0.36 + 0.42 * random.uniform();
}

/**
 * Draws `count` pictures, half of them cats, in an order that the generator decides.
 *
 * @example
 * const train = drawObjects(2000, { palette: 'warm cats', random: new Random(1) });
 * @throws RangeError for an unknown palette, or a count or size that is not a whole number of at least 1 (size 8)
 */
export function drawObjects(count: number, { palette, random, size = 32 }: ObjectOptions): ObjectImages {
  checkCount('count', count);
  checkCount('size', size, 8);
  checkChoice('palette', palette, palettes);
  const images = new Float32Array(count * size * size * 3);
  const labels = new Uint8Array(count);
  const others = objectKinds.filter((kind) => kind !== 'cat');
  for (let i = 0; i < count; i++) labels[i] = i % 2;
  random.shuffle(labels);
  const kinds: ObjectKind[] = [];
  for (let i = 0; i < count; i++) {
    const isCat = labels[i] === 1;
    const kind = isCat ? 'cat' : others[random.integer(others.length)];
    kinds.push(kind);
    drawScene(images, i * size * size * 3, size, kind, palette, random);
  }
  return { images, labels, kinds, count, size };
}

/** Paints one thing on its background at `offset`. Every palette draws the same random numbers. */
function drawScene(
  images: Float32Array,
  offset: number,
  size: number,
  kind: ObjectKind,
  palette: Palette,
  random: Random,
): void {
  const isCat = kind === 'cat';
  const warm = palette === 'cold cats' ? !isCat : isCat;
  const saturation = palette === 'black and white' ? 0 : 1;
  const hue = drawHue(random, warm);
  const bright = 0.3 + 0.2 * random.uniform();
  const vivid = saturation * (0.75 + 0.25 * random.uniform());
  const paperHue = random.uniform();
  const paper = colourOf(paperHue, saturation * 0.6 * random.uniform(), 0.82 + 0.14 * random.uniform());
  const colours = {
    paper,
    body: colourOf(hue, vivid, bright),
    shade: colourOf(hue, vivid, 0.45 * bright),
    light: colourOf(hue, 0.6 * vivid, bright + 0.6 * (0.9 - bright)),
  };
  const place = {
    x: 0.12 * (random.uniform() - 0.5) * 2,
    y: 0.1 * (random.uniform() - 0.5) * 2,
    scale: 0.72 + 0.2 * random.uniform(),
    angle: 0.12 * (random.uniform() - 0.5) * 2,
    flip: random.integer(2) === 1,
  };
  for (let at = offset; at < offset + 3 * size * size; at += 3) images.set(paper, at);
  for (const { shape, part } of drawKind(kind, random)) {
    paint(images, offset, size, shape, colours[part], place);
  }
}

/**
 * The grey-scale transform: each pixel's red, green and blue all become its brightness.
 * A new array of the same length; pictures without colour come out as they went in.
 * @throws RangeError when the length is not a multiple of 3
 *
 * @example
 * const grey = toGreyScale(Float32Array.of(1, 0, 0)); // one red pixel
 * console.log(Array.from(grey, (v) => v.toFixed(3)).join()); // prints 0.299,0.299,0.299
 */
export function toGreyScale(images: Float32Array): Float32Array {
  if (images.length % 3 !== 0) {
    throw new RangeError(
      `images must hold red, green and blue for each pixel, so a multiple of 3 numbers, found ${images.length}`,
    );
  }
  const grey = new Float32Array(images.length);
  for (let at = 0; at < images.length; at += 3) {
    grey.fill(brightness([images[at], images[at + 1], images[at + 2]]), at, at + 3);
  }
  return grey;
}
