/** Where images to train on come from: one interface for digits, drawn faces, folders of pictures and LSUN. */
import { checkCount } from '../check.js';
import { Random } from '../random.js';

/** Some pictures: bytes, one picture after the other, as `ImageSource.batch` gives them. */
export interface Pictures {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly bytes: Uint8Array;
}

/** Images of one size, given out in minibatches that depend on a seed and a step alone. */
export interface ImageSource {
  /** What it shows, for titles: `'digits'`, `'LSUN bedrooms'`. */
  readonly name: string;
  /** Rows of an image. */
  readonly height: number;
  /** Columns of an image. */
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** How many images there are; absent where they are drawn without end. */
  readonly count?: number;
  /**
   * The minibatch of one step: bytes (0 is black), `size` x height x width x channels, the images one after the
   * other, each row by row from the top left corner. The same arguments give the same bytes, whatever was asked
   * before: so a run that was stopped goes on with the minibatches it would have had.
   *
   * @param seed names the order of the images, together with the step
   * @param step counts the minibatches of a run, from 0
   * @param size how many images
   */
  batch(seed: number | string, step: number, size: number): Uint8Array | Promise<Uint8Array>;
}

/** A source whose images are all in memory: a minibatch is there at once. */
export interface ImagesInMemory extends ImageSource {
  readonly count: number;
  batch(seed: number | string, step: number, size: number): Uint8Array;
}

/**
 * A source from images that are all in memory: each pass over them is in an order of its own.
 *
 * @param bytes all images, one after the other
 * @throws RangeError for no image, or bytes that are no whole number of images
 *
 * @example
 * const images = imagesInMemory('greys', { height: 1, width: 1, channels: 1 }, Uint8Array.of(10, 20, 30));
 * console.log([...images.batch(1, 0, 3)].sort().join()); // prints 10,20,30
 */
export function imagesInMemory(
  name: string,
  shape: { height: number; width: number; channels: 1 | 3 },
  bytes: Uint8Array,
): ImagesInMemory {
  const { height, width, channels } = shape;
  for (const [axis, length] of Object.entries({ height, width, channels })) {
    checkCount(axis, length);
  }
  const pixels = height * width * channels;
  const count = bytes.length / pixels;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `bytes must hold whole images of ${height} x ${width} x ${channels} = ${pixels}, at least one, found ${bytes.length} bytes`,
    );
  }
  const orders = new Map<string, Uint32Array>();
  const orderOf = (seed: number | string, pass: number): Uint32Array => {
    const key = `${seed}/pass ${pass}`;
    let order = orders.get(key);
    if (order === undefined) {
      order = new Random(key).shuffle(Uint32Array.from({ length: count }, (_, i) => i));
      orders.clear(); // one is enough: steps go forward
      orders.set(key, order);
    }
    return order;
  };
  return {
    name,
    height,
    width,
    channels,
    count,
    batch(seed, step, size) {
      checkCount('step', step, 0);
      checkCount('size', size);
      const batch = new Uint8Array(size * pixels);
      for (let i = 0; i < size; i++) {
        const place = step * size + i;
        const image = orderOf(seed, Math.floor(place / count))[place % count];
        batch.set(bytes.subarray(image * pixels, (image + 1) * pixels), i * pixels);
      }
      return batch;
    },
  };
}
