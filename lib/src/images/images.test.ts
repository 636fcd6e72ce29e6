import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeLmdb } from '../../../tests/lib/writeLmdb.mjs';
import { Random } from '../random.js';
import { openImageFolder, openLsun } from './index.js';
import { LmdbRecords } from './lmdb.js';

const golden = fileURLToPath(new URL('../../../data/golden/lmdb/data.mdb', import.meta.url));
const idOf = (i: number) => createHash('sha1').update(String(i)).digest('hex');

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'images '));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A picture of one colour, which tells which it is: no two of a few hundred are alike, also after a JPEG. */
async function picture(
  i: number,
  format: 'jpeg' | 'webp' | 'png' = 'jpeg',
  width = 40,
  height = 30,
): Promise<Buffer> {
  const background = { r: 8 * (i % 32), g: 8 * (Math.floor(i / 32) % 32), b: 128 };
  const image = sharp({ create: { width, height, channels: 3, background } });
  return image.toFormat(format, { quality: 100 }).toBuffer();
}

/** Which picture the i-th of a minibatch is. */
function numberOf(bytes: Uint8Array, i: number, size: number): number {
  const at = i * size * size * 3;
  return Math.round(bytes[at] / 8) + 32 * Math.round(bytes[at + 1] / 8);
}

const numbersOf = (bytes: Uint8Array, count: number, size: number) =>
  Array.from({ length: count }, (_, i) => numberOf(bytes, i, size));

/** A database whose record i, in the order of the keys, is picture i, or what `instead` says. */
async function database(
  name: string,
  count: number,
  instead: (i: number, whole: Buffer) => Uint8Array | undefined = () => undefined,
): Promise<{ folder: string; keys: string[] }> {
  const keys = Array.from({ length: count }, (_, i) => idOf(i)).sort();
  const folder = join(root, name);
  const records: [string, Uint8Array][] = [];
  for (const [i, key] of keys.entries()) {
    const whole = await picture(i, i % 3 === 0 ? 'webp' : 'jpeg');
    // What stands after a JPEG's end is no part of it: so some records are too long for a leaf.
    const padded = i % 4 === 1 && i % 3 !== 0 ? Buffer.concat([whole, Buffer.alloc(9000)]) : whole;
    records.push([key, instead(i, whole) ?? padded]);
  }
  await writeLmdb(folder, records);
  return { folder, keys };
}

describe('LmdbRecords', () => {
  test('reads what the original library wrote: keys in order, values, also those on pages of their own', async () => {
    const records = await LmdbRecords.open(golden);
    const expected = Array.from({ length: 120 }, (_, i) => i)
      .filter((i) => i % 7 !== 0)
      .map((i) => ({ key: idOf(i), i, length: i % 25 === 0 ? 5000 : 3 * i + 1 }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(records.count).toBe(expected.length);
    for (const [index, { key, i, length }] of expected.entries()) {
      expect(await records.key(index)).toBe(key);
      const value = await records.read(index);
      expect(value).toHaveLength(length);
      expect(value.every((byte) => byte === i)).toBe(true);
    }
    await records.close();
  });

  test('reads what the tests write, in three levels', async () => {
    const keys = Array.from({ length: 6000 }, (_, i) => idOf(i)).sort();
    const folder = join(root, 'levels');
    const values = (i: number) => Buffer.alloc((i % 40) + 60, i % 251);
    await writeLmdb(
      folder,
      keys.map((key, i): [string, Uint8Array] => [key, values(i)]),
    );
    const progress: number[] = [];
    const records = await LmdbRecords.open(join(folder, 'data.mdb'), {
      onProgress: (done) => progress.push(done),
    });
    expect(records.count).toBe(6000);
    expect(progress.length).toBeGreaterThan(1);
    for (const i of [0, 1, 17, 999, 3000, 5998, 5999]) {
      expect(await records.key(i)).toBe(keys[i]);
      expect(Buffer.from(await records.read(i)).equals(values(i))).toBe(true);
    }
    await records.close();
  });

  test('no damaged byte of the tree gives a crash, a hang or a record that is not there', async () => {
    const bytes = readFileSync(golden);
    const random = new Random(1);
    const file = join(root, 'damaged.mdb');
    let refused = 0;
    for (let attempt = 0; attempt < 300; attempt++) {
      const changed = Buffer.from(bytes);
      for (let k = 0; k < 4; k++) changed[random.integer(changed.length)] = random.integer(256);
      writeFileSync(file, changed);
      const records = await LmdbRecords.open(file).catch((error) => {
        expect(error).toBeInstanceOf(Error);
        expect(error.message).not.toMatch(/\n|out of range/);
        return null;
      });
      if (records === null) {
        refused++;
        continue;
      }
      for (let i = 0; i < records.count; i++) {
        await records.key(i).catch((error) => expect(error.message).not.toMatch(/\n|out of range/));
        const value = await records.read(i).catch((error) => {
          expect(error.message).not.toMatch(/\n|out of range/);
        });
        if (value) expect(value.length).toBeLessThanOrEqual(bytes.length);
      }
      await records.close();
    }
    expect(refused).toBeGreaterThan(0);
  }, 60_000);
});

describe('openLsun', () => {
  let bedrooms: Awaited<ReturnType<typeof database>>;
  /** Records that are cut off, empty, or no picture at all. */
  const broken = new Set([5, 40, 41, 42, 199, 299]);
  const brokenValue = (i: number, whole: Buffer) =>
    i % 2 === 0 ? whole.subarray(0, Math.floor(whole.length / 2)) : Buffer.from('no picture');
  const count = 300;

  beforeAll(async () => {
    bedrooms = await database('bedroom_train_lmdb', count, (i, whole) =>
      broken.has(i) ? brokenValue(i, whole) : undefined,
    );
  });

  test('is an image source of the size that was asked for, with a name', async () => {
    const source = await openLsun(bedrooms.folder, { size: 16 });
    expect([source.name, source.height, source.width, source.channels, source.count]).toEqual([
      ...['LSUN bedroom', 16, 16, 3, count],
    ]);
    expect(await source.batch(1, 0, 5)).toHaveLength(5 * 16 * 16 * 3);
    await source.close();
    const grey = await openLsun(bedrooms.folder, { size: 8, channels: 1, name: 'rooms' });
    expect([grey.name, (await grey.batch(1, 0, 5)).length]).toEqual(['rooms', 5 * 8 * 8]);
    await grey.close();
  });

  test('shows every whole record once in an epoch, in an order of the seed and the epoch', async () => {
    const whole = Array.from({ length: count }, (_, i) => i).filter((i) => !broken.has(i));
    const epochs: number[][] = [];
    for (const [seed, epoch] of [
      [1, 0],
      [1, 1],
      [2, 0],
    ]) {
      const source = await openLsun(bedrooms.folder, { size: 4 });
      const seen: number[] = [];
      for (let step = epoch * 10; step < epoch * 10 + 10; step++) {
        seen.push(...numbersOf(await source.batch(seed, step, 30), 30, 4));
      }
      // A broken one's place is taken by the next one: all whole ones are there, and as many again as are broken.
      expect(seen).toHaveLength(count);
      expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(whole);
      epochs.push(seen);
      await source.close();
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[0]).not.toEqual(epochs[2]);
    expect(epochs[0]).not.toEqual([...epochs[0]].sort((a, b) => a - b));
  });

  test('goes on after a stop with the minibatches it would have had', async () => {
    const steps = 14; // 24 * 14 goes over the end of an epoch
    const first = await openLsun(bedrooms.folder, { size: 4 });
    const uninterrupted: Uint8Array[] = [];
    for (let step = 0; step < steps; step++) uninterrupted.push(await first.batch('run', step, 24));
    await first.close();
    const second = await openLsun(bedrooms.folder, { size: 4 });
    for (let step = 9; step < steps; step++)
      expect(await second.batch('run', step, 24)).toEqual(uninterrupted[step]);
    expect(await second.batch('run', 2, 24)).toEqual(uninterrupted[2]); // and whatever was asked before
    await second.close();
    const notAhead = await openLsun(bedrooms.folder, { size: 4, ahead: 0 });
    expect(await notAhead.batch('run', 12, 24)).toEqual(uninterrupted[12]);
    await notAhead.close();
  });

  test('skips, counts and names broken records', async () => {
    const source = await openLsun(bedrooms.folder, { size: 4, ahead: 0 });
    for (let step = 0; step < 10; step++) await source.batch(3, step, 30);
    expect(source.broken.count).toBe(broken.size);
    expect(source.broken.first.map(({ key }) => key).sort()).toEqual(
      [...broken].map((i) => bedrooms.keys[i]).sort(),
    );
    for (const { reason } of source.broken.first) expect(reason).toMatch(/^[^\n]{5,}$/);
    await source.close();
  });

  test('gives a copy, so that whoever changes a minibatch changes nobody else’s', async () => {
    const source = await openLsun(bedrooms.folder, { size: 4 });
    const one = await source.batch(1, 0, 2);
    const before = one.slice();
    one.fill(0);
    expect(await source.batch(1, 0, 2)).toEqual(before);
    await source.close();
    await expect(source.batch(1, 0, 2)).rejects.toThrow(/was closed/);
  });

  test('says in one sentence what is wrong', async () => {
    const fails = async (folder: string) => {
      const error = await openLsun(folder).then(
        () => new Error('it was opened'),
        (problem: Error) => problem,
      );
      expect(error.message).not.toContain('\n');
      return error.message;
    };
    expect(await fails(join(root, 'nothing'))).toMatch(/^there is no folder ".*nothing"; LSUN is downloaded/);
    expect(await fails(join(bedrooms.folder, 'data.mdb'))).toMatch(
      /is a file \(\d+ bytes\) where a folder was expected/,
    );
    const empty = join(root, 'empty');
    mkdirSync(empty);
    expect(await fails(empty)).toMatch(/is no LSUN database: expected data\.mdb in it, found nothing/);
    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'data.mdb'), Buffer.alloc(9000, 'SQLite format 3'));
    expect(await fails(other)).toMatch(
      /data\.mdb is no LMDB database: expected 0xbeefc0de at byte 16, found 0x/,
    );
    writeFileSync(join(other, 'data.mdb'), 'short');
    expect(await fails(other)).toMatch(/data\.mdb is no LMDB database: it ends after 5 bytes/);
    const cut = join(root, 'cut');
    cpSync(bedrooms.folder, cut, { recursive: true });
    const { size } = statSync(join(cut, 'data.mdb'));
    truncateSync(join(cut, 'data.mdb'), size - 5000);
    expect(await fails(cut)).toMatch(
      new RegExp(`data\\.mdb is cut off: it has ${size - 5000} bytes, and its own table tells of ${size}`),
    );
    const numbers = join(root, 'numbers');
    await writeLmdb(numbers, [['a', Buffer.from('12345678')]]);
    expect(await fails(numbers)).toMatch(
      /holds no pictures: none of 1 records that were tried is a JPEG, PNG or WebP file \("a" begins with 3132333435363738/,
    );
    const format2 = join(root, 'format 2');
    cpSync(bedrooms.folder, format2, { recursive: true });
    const bytes = readFileSync(join(format2, 'data.mdb'));
    bytes.writeUInt32LE(2, 20);
    writeFileSync(join(format2, 'data.mdb'), bytes);
    expect(await fails(format2)).toMatch(/in data format 2: LSUN's has format 1/);
    await writeLmdb(join(root, 'none'), []);
    expect(await fails(join(root, 'none'))).toMatch(/database without a record/);
  });

  test('a minibatch too large for the memory is one sentence', async () => {
    const source = await openLsun(bedrooms.folder, { size: 4096, ahead: 0 });
    await expect(source.batch(1, 0, 2 ** 30)).rejects.toThrow(
      /^too little memory for a minibatch of \d+ pictures/,
    );
    await source.close();
  });

  test('a collection that becomes unreadable ends in an error, not in an endless search', async () => {
    const { folder } = await database('soon gone', 20, (i) =>
      i === 5 ? undefined : Buffer.from(`no picture ${i}`),
    );
    // Opening looks at records 0, 2, 5, 7, ...
    const source = await openLsun(folder, { size: 4, ahead: 0 });
    expect(numbersOf(await source.batch(1, 0, 4), 4, 4)).toEqual([5, 5, 5, 5]);
    await source.close();
    const again = await openLsun(folder, { size: 4, ahead: 0 });
    truncateSync(join(folder, 'data.mdb'), 2 * 4096);
    await expect(again.batch(1, 0, 4)).rejects.toThrow(
      /20 records in a row are no whole pictures; the last: "/,
    );
    await again.close();
  });

  test('a signal ends the opening, and misuse is told', async () => {
    await expect(openLsun(bedrooms.folder, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(openLsun(bedrooms.folder, { size: 0 })).rejects.toThrow(
      'size must be a whole number of at least 1',
    );
    await expect(openLsun(bedrooms.folder, { channels: 2 as 1 })).rejects.toThrow(
      'channels must be one of 1, 3',
    );
    await expect(openLsun(bedrooms.folder, { sise: 1 } as object)).rejects.toThrow(
      'openLsun has no option "sise"',
    );
    const source = await openLsun(bedrooms.folder, { size: 4 });
    await expect(source.batch(1, -1, 2)).rejects.toThrow(
      'step must be a whole number of at least 0, found -1',
    );
    await source.close();
  });
});

describe('openImageFolder', () => {
  const size = 8;
  let folder = '';
  beforeAll(async () => {
    folder = join(root, 'my faces');
    mkdirSync(join(folder, 'more/inside'), { recursive: true });
    for (const [i, name] of ['a.jpg', 'b.JPEG', 'more/c.png', 'more/inside/d.webp', 'more/e.jpg'].entries()) {
      const format = name.endsWith('png') ? 'png' : name.endsWith('webp') ? 'webp' : 'jpeg';
      writeFileSync(join(folder, name), await picture(i, format));
    }
    writeFileSync(join(folder, 'more/notes.txt'), 'no picture');
    writeFileSync(join(folder, 'more/broken.png'), (await picture(9, 'png')).subarray(0, 60));
  });

  test('has the pictures of all folders inside it, and works like LSUN', async () => {
    const source = await openImageFolder(folder, { size });
    expect([source.name, source.count]).toEqual(['my faces', 6]);
    const seen = numbersOf(await source.batch(1, 0, 6), 6, size);
    expect([...new Set(seen)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(source.broken).toMatchObject({ count: 1, first: [{ key: 'more/broken.png' }] });
    await source.close();
  });

  test('a minibatch larger than the files a system lets be open works', async () => {
    const source = await openImageFolder(folder, { size, ahead: 0 });
    expect(await source.batch(1, 0, 3000)).toHaveLength(3000 * size * size * 3);
    expect(source.broken.count).toBe(1);
    await source.close();
  });

  test('a file that was taken away counts as broken; one that may not be read ends the run, and nothing is skipped', async () => {
    const gone = join(root, 'gone');
    cpSync(folder, gone, { recursive: true });
    const source = await openImageFolder(gone, { size, ahead: 0 });
    rmSync(join(gone, 'b.JPEG'));
    await source.batch(1, 0, 6);
    expect(source.broken.first.map(({ key }) => key).sort()).toEqual(['b.JPEG', 'more/broken.png']);
    // A folder in the place of a file: the system refuses, whoever asks.
    rmSync(join(gone, 'a.jpg'));
    mkdirSync(join(gone, 'a.jpg'));
    await expect(source.batch(1, 1, 6)).rejects.toThrow(/: "a\.jpg" cannot be read \(EISDIR/);
    await source.close();
  });

  test('crops to the middle square, turns by EXIF, takes paper for what is see-through, and grey for grey', async () => {
    const shapes = join(root, 'shapes');
    mkdirSync(shapes);
    // red | blue | red, three squares: the middle one is blue
    const square = (background: string) =>
      sharp({ create: { width: 20, height: 20, channels: 3, background } })
        .png()
        .toBuffer();
    const [red, blue] = [await square('#ff0000'), await square('#0000ff')];
    const row = await sharp({ create: { width: 60, height: 20, channels: 3, background: '#ff0000' } })
      .composite([
        { input: red, left: 0, top: 0 },
        { input: blue, left: 20, top: 0 },
      ])
      .png()
      .toBuffer();
    const only = async (bytes: Buffer, channels: 1 | 3 = 3) => {
      writeFileSync(join(shapes, 'one.png'), bytes);
      const source = await openImageFolder(shapes, { size: 4, channels });
      const pixels = await source.batch(1, 0, 1);
      await source.close();
      const middle = (4 * 2 + 2) * channels;
      return Array.from(pixels.subarray(middle, middle + channels));
    };
    expect(await only(row)).toEqual([0, 0, 255]);
    expect(await only(await sharp(row).rotate(90).png().toBuffer())).toEqual([0, 0, 255]);
    const clear = sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    });
    expect(await only(await clear.png().toBuffer())).toEqual([255, 255, 255]);
    const grey = await sharp(Buffer.alloc(16, 77), { raw: { width: 4, height: 4, channels: 1 } })
      .png()
      .toBuffer();
    expect(await only(grey)).toEqual([77, 77, 77]);
    expect(await only(grey, 1)).toEqual([77]);
    const half = sharp({ create: { width: 8, height: 4, channels: 3, background: '#102030' } });
    const turned = await half.jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect((await only(turned)).length).toBe(3);
  });

  test('says in one sentence what is wrong', async () => {
    await expect(openImageFolder(join(root, 'no'))).rejects.toThrow(
      /^there is no folder ".*no"; give the path/,
    );
    const empty = join(root, 'no pictures');
    mkdirSync(empty);
    await expect(openImageFolder(empty)).rejects.toThrow(
      /has no picture: expected jpg, .*, found no file at all$/,
    );
    writeFileSync(join(empty, 'letter.txt'), 'dear');
    await expect(openImageFolder(empty)).rejects.toThrow(/found letter\.txt$/);
    writeFileSync(join(empty, 'false.jpg'), 'dear reader');
    await expect(openImageFolder(empty)).rejects.toThrow(
      /holds no pictures: none of 1 records .*"false\.jpg" begins with/,
    );
  });
});
