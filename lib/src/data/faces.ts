/**
 * Drawn faces, without end: the avatars "Pixel Art" of DiceBear, whose design is under CC0 1.0 (the licence is in the
 * package `@dicebear/pixel-art`), put together from skin, hair, eyes, glasses, hats and clothes, and rendered to pixels by
 * `sharp`. All offline.
 */
import { checkCount, checkOptions } from '../check.js';
import { type ImageSource, type ImagesInMemory, imagesInMemory } from './imageSource.js';

/** How faces are drawn. */
export interface FaceOptions {
  /** Rows and columns of an image. Left out: 32, at which each square of the drawing is 2 x 2 pixels. */
  side?: number;
}

type Draw = (seed: string) => Promise<Uint8Array>;

/**
 * Faces as a source of images that never ends: each step of a training sees new ones.
 *
 * @throws Error when the packages that draw them are not installed
 *
 * @example
 * const faces = await faceSource();
 * const bytes = await faces.batch(1, 0, 2);
 * console.log(bytes.length === 2 * 32 * 32 * 3, faces.count); // prints true undefined
 */
export async function faceSource(options: FaceOptions = {}): Promise<ImageSource> {
  checkOptions('faceSource', options, ['side']);
  const { side = 32 } = options;
  checkCount('side', side, 16);
  const draw = await drawing(side);
  return {
    name: 'drawn faces',
    height: side,
    width: side,
    channels: 3,
    batch: async (seed, step, size) => {
      checkCount('step', step, 0);
      checkCount('size', size);
      return joined(draw, size, (i) => `${seed}/${step * size + i}`);
    },
  };
}

/**
 * The first `count` faces of a seed, in memory: to look at the same ones many times without drawing them again.
 *
 * @example
 * const faces = await facesInMemory(3, { seed: 1, side: 16 });
 * console.log(faces.count, faces.batch(1, 0, 3).length === 3 * 16 * 16 * 3); // prints 3 true
 */
export async function facesInMemory(
  count: number,
  options: FaceOptions & { seed?: number | string } = {},
): Promise<ImagesInMemory> {
  checkOptions('facesInMemory', options, ['side', 'seed']);
  const { seed = 1, side = 32 } = options;
  checkCount('count', count);
  checkCount('side', side, 16);
  const draw = await drawing(side);
  const bytes = await joined(draw, count, (i) => `${seed}/${i}`);
  return imagesInMemory('drawn faces', { height: side, width: side, channels: 3 }, bytes);
}

async function joined(draw: Draw, count: number, seedOf: (i: number) => string): Promise<Uint8Array> {
  const atOnce = 64; // the renderer has threads of its own
  const faces: Uint8Array[] = [];
  for (let start = 0; start < count; start += atOnce) {
    const length = Math.min(atOnce, count - start);
    faces.push(...(await Promise.all(Array.from({ length }, (_, i) => draw(seedOf(start + i))))));
  }
  return Buffer.concat(faces);
}

/** Backgrounds: light ones, so that every skin and every hair stands out. */
const backgrounds = ['b6e3f4', 'c0aede', 'ffdfbf', 'd1f4d9'];

async function drawing(side: number): Promise<Draw> {
  // Loaded when a face is asked for: whoever asks for none needs none of them.
  const [{ createAvatar }, pixelArt, { default: sharp }] = await packages();
  return async (seed) => {
    const svg = createAvatar(pixelArt, { seed, backgroundColor: backgrounds }).toString();
    const { data } = await sharp(Buffer.from(svg))
      .resize(side, side, { kernel: side % 16 === 0 ? 'nearest' : 'cubic' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data;
  };
}

async function packages() {
  try {
    return await Promise.all([import('@dicebear/core'), import('@dicebear/pixel-art'), import('sharp')]);
  } catch (cause) {
    throw new Error(
      'drawn faces need the packages @dicebear/core, @dicebear/pixel-art and sharp: ' +
        'run `npm install @dicebear/core@9 @dicebear/pixel-art@9 sharp`',
      { cause },
    );
  }
}
