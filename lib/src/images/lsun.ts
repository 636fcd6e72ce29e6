/**
 * LSUN (Yu et al. 2015, arXiv 1506.03365): scenes and objects, of which the bedrooms are 3,033,042 pictures. They are not ours to
 * pass on and too large for it: you point at the folder that the published archive unpacks to.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { checkOptions } from '../check.js';
import { errorText } from './errorText.js';
import { LmdbRecords } from './lmdb.js';
import {
  type RecordImages,
  type RecordImagesOptions,
  RecordSource,
  recordImagesOptions,
} from './recordImages.js';

/**
 * Opens an LSUN category: a folder such as `bedroom_train_lmdb` with `data.mdb` and `lock.mdb`, in which each key is a
 * picture's id and each value its JPEG or WebP file. Pictures are cropped to their middle square, resized and given out in
 * minibatches; nothing is written, and of the database only what a minibatch needs is in memory, with 4 bytes for each
 * record, twice at most, for the order, and 8 for each page of the index.
 *
 * A record that is no whole picture is skipped and counted in `broken`; its place is taken by the next one in the order,
 * so that a minibatch depends on seed and step alone: a run that stopped after step t goes on with `batch(seed, t + 1, size)`.
 *
 * @param folder the folder with data.mdb in it
 * @throws Error, in one sentence: no such folder, no data.mdb, no LMDB database, one that is cut off or damaged, values
 *   that are no pictures, sharp missing; RangeError or TypeError for options that cannot work
 *
 * @example
 * const missing = await openLsun('/no/such/bedroom_train_lmdb').catch((error) => error.message);
 * console.log(missing.startsWith('there is no folder "/no/such/bedroom_train_lmdb"')); // prints true
 */
export async function openLsun(folder: string, options: RecordImagesOptions = {}): Promise<RecordImages> {
  checkOptions('openLsun', options, recordImagesOptions);
  RecordSource.check(options);
  const there = await listFolder(folder, 'LSUN is downloaded and unpacked by hand: see docs/tensorflow.md');
  if (!there.includes('data.mdb')) {
    const found = there.length === 0 ? 'nothing' : there.slice(0, 5).join(', ');
    throw new Error(
      `"${folder}" is no LSUN database: expected data.mdb in it, found ${found}; a category unpacks to a folder such as bedroom_train_lmdb`,
    );
  }
  const path = join(folder, 'data.mdb');
  const records = await LmdbRecords.open(path, options);
  const category = basename(resolve(folder)).replace(/_(train|val)_lmdb$/, '');
  return RecordSource.create(records, path, `LSUN ${category}`, options);
}

/** The names in a folder, or one sentence. */
export async function listFolder(folder: string, remedy: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what the file system throws
    if (code === 'ENOENT') throw new Error(`there is no folder "${folder}"; ${remedy}`, { cause: error });
    if (code === 'ENOTDIR') {
      const { size } = await stat(folder);
      throw new Error(`"${folder}" is a file (${size} bytes) where a folder was expected; ${remedy}`, {
        cause: error,
      });
    }
    throw new Error(`the folder "${folder}" cannot be read: ${errorText(error)}`, { cause: error });
  }
}
