/** A folder of pictures, with folders in it. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { checkOptions } from '../check.js';
import { listFolder } from './lsun.js';
import {
  type RecordImages,
  type RecordImagesOptions,
  RecordSource,
  recordImagesOptions,
} from './recordImages.js';
import type { ReadingOptions, RecordStore } from './recordStore.js';

const PICTURE = /\.(jpe?g|png|webp)$/i;

/** Files that are open at the same time: a system allows some thousand, and a minibatch may be larger. */
const OPEN_AT_ONCE = 64;

class FolderRecords implements RecordStore {
  private readers = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly folder: string,
    private readonly files: string[],
  ) {}

  get count(): number {
    return this.files.length;
  }

  key(index: number): string {
    return this.files[index];
  }

  async read(index: number): Promise<Uint8Array> {
    if (this.readers >= OPEN_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.readers++;
    try {
      return await readFile(join(this.folder, this.files[index]));
    } finally {
      // Its place goes to the one that waits longest; without any it is free.
      const next = this.waiting.shift();
      if (next) next();
      else this.readers--;
    }
  }

  async close(): Promise<void> {}
}

/**
 * Opens a folder of pictures (jpg, jpeg, png, webp, also in folders inside it) in the same way as `openLsun`: cropped to
 * their middle square, resized, shuffled by the seed. The files are taken in the order of their names, so that the same
 * files give the same minibatches on every machine. Links to folders are not followed.
 *
 * @throws Error, in one sentence: no such folder, no picture in it, none that can be decoded, sharp missing; RangeError or
 *   TypeError for options that cannot work
 *
 * @example
 * const missing = await openImageFolder('/no/such/faces').catch((error) => error.message);
 * console.log(missing.startsWith('there is no folder "/no/such/faces"')); // prints true
 */
export async function openImageFolder(
  folder: string,
  options: RecordImagesOptions = {},
): Promise<RecordImages> {
  checkOptions('openImageFolder', options, recordImagesOptions);
  RecordSource.check(options);
  await listFolder(folder, 'give the path of a folder of jpg, png or webp files');
  const files: string[] = [];
  const others: string[] = [];
  await collect(folder, '', files, others, options);
  if (files.length === 0) {
    const found = others.length === 0 ? 'no file at all' : others.slice(0, 3).join(', ');
    throw new Error(`"${folder}" has no picture: expected jpg, jpeg, png or webp files, found ${found}`);
  }
  files.sort((a, b) => (a < b ? -1 : 1)); // by code units: the same everywhere, unlike a locale's order
  return RecordSource.create(
    new FolderRecords(folder, files),
    `"${folder}"`,
    basename(resolve(folder)),
    options,
  );
}

async function collect(
  folder: string,
  inside: string,
  files: string[],
  others: string[],
  options: ReadingOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) await collect(folder, path, files, others, options);
    else if (PICTURE.test(entry.name)) files.push(path);
    else if (others.length < 3) others.push(path);
  }
  options.onProgress?.(files.length, undefined, 'files found');
}
