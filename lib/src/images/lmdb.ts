/**
 * Reads databases of LMDB (Symas Lightning Memory-Mapped Database, data format 1), the form in which LSUN is published:
 * a folder with `data.mdb`, a B+ tree of pages. The npm package `lmdb` writes and reads another format, its own, and ends
 * the process (3.5.6: a segmentation fault) on a database of the original library; so the pages are read here, by position, and
 * every number in them is checked before it is used.
 *
 *   page    number u64, u16 unused, flags u16, lower u16, upper u16; then u16 offsets of its nodes
 *   node    lo u16, hi u16, flags u16, length of the key u16, key, data
 *   leaf    data of lo + 2^16 hi bytes, or the number of an overflow page that holds them (flag 1)
 *   branch  the number of the page below, lo + 2^16 hi + 2^32 flags; keys from its own on lie there
 *   meta    (pages 0 and 1) magic u32, version u32, address u64, size of the map u64, two trees of 48 bytes: that of free
 *           pages and the main one; last page u64, transaction u64: the later of the two is the one that counts
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorText } from './errorText.js';
import type { ReadingOptions, RecordStore } from './recordStore.js';

const MAGIC = 0xbeefc0de;
const HEADER = 16;
const [BRANCH, LEAF, OVERFLOW, META] = [1, 2, 4, 8];
const [BIG, SUBTREE, DUPLICATES] = [1, 2, 4];
/** Leaf pages that are kept: neighbours in a shuffled order share none, the same page is wanted again in a key's look-up. */
const KEPT_PAGES = 64;
/** Leaf pages that are read at the same time while they are counted. */
const AT_ONCE = 64;
/** No picture of LSUN comes near it: a larger length is damage, not data. */
const LARGEST_VALUE = 256 * 2 ** 20;

interface Meta {
  pageSize: number;
  depth: number;
  flags: number;
  entries: number;
  root: number;
  lastPage: number;
  transaction: bigint;
}

/** A leaf's node. */
interface Place {
  page: Buffer;
  offset: number;
}

/** The records of the main tree, in the order of their keys. Reads what is asked for, and keeps 8 bytes for each leaf page. */
export class LmdbRecords implements RecordStore {
  private readonly cache = new Map<number, Promise<Buffer>>();

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly meta: Meta,
    private readonly leaves: Uint32Array,
    /** How many records lie before each leaf, and at its end how many there are. */
    private readonly starts: Uint32Array,
  ) {}

  /**
   * Opens `data.mdb` and counts its records.
   * @throws Error, one sentence: no LMDB, another format, cut off, damaged, or not of this kind
   */
  static async open(path: string, options: ReadingOptions = {}): Promise<LmdbRecords> {
    const file = await open(path, constants.O_RDONLY);
    try {
      const meta = await readMeta(file, path);
      const { size } = await file.stat();
      const needed = (meta.lastPage + 1) * meta.pageSize;
      if (size < needed) {
        throw new Error(
          `${path} is cut off: it has ${size} bytes, and its own table tells of ${needed}; copy or unpack it again`,
        );
      }
      if (meta.entries === 0) throw new Error(`${path} is an LMDB database without a record`);
      const reader = new LmdbRecords(file, path, meta, new Uint32Array(0), new Uint32Array(1));
      const leaves = await reader.listLeaves(options);
      const starts = await reader.countRecords(leaves, options);
      return new LmdbRecords(file, path, meta, leaves, starts);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get count(): number {
    return this.starts[this.starts.length - 1];
  }

  async close(): Promise<void> {
    this.cache.clear();
    await this.file.close();
  }

  async key(index: number): Promise<string> {
    const { page, offset } = await this.place(index);
    const length = page.readUInt16LE(offset + 6);
    const key = page.subarray(offset + 8, Math.min(offset + 8 + length, page.length));
    return /^[\x20-\x7e]+$/.test(key.toString('latin1'))
      ? key.toString('latin1')
      : `0x${key.toString('hex')}`;
  }

  async read(index: number): Promise<Uint8Array> {
    const { page, offset } = await this.place(index);
    const length = page.readUInt16LE(offset) + 0x10000 * page.readUInt16LE(offset + 2);
    const flags = page.readUInt16LE(offset + 4);
    const data = offset + 8 + page.readUInt16LE(offset + 6);
    if (flags & (SUBTREE | DUPLICATES)) throw new Error('its value is a database, not a picture');
    if (!(flags & BIG)) {
      if (data + length > page.length) throw new Error(`its ${length} bytes reach beyond their page`);
      return Uint8Array.prototype.slice.call(page, data, data + length);
    }
    if (data + 8 > page.length) throw new Error('the number of its page reaches beyond its page');
    const { pageSize, lastPage } = this.meta;
    const number = Number(page.readBigUInt64LE(data));
    const pages = Math.ceil((HEADER + length) / pageSize);
    if (length > LARGEST_VALUE || number < 2 || number + pages - 1 > lastPage) {
      throw new Error(
        `its ${length} bytes at page ${number} lie beyond the database's last page, ${lastPage}`,
      );
    }
    const bytes = await readExactly(this.file, number * pageSize, HEADER + length);
    if (Number(bytes.readBigUInt64LE(0)) !== number || !(bytes.readUInt16LE(10) & OVERFLOW)) {
      throw new Error(`page ${number} does not hold its bytes: the database is damaged there`);
    }
    return bytes.subarray(HEADER);
  }

  /** Where a record's node is. */
  private async place(index: number): Promise<Place> {
    let [low, high] = [0, this.leaves.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    const page = await this.leaf(this.leaves[low]);
    const offset = page.readUInt16LE(HEADER + 2 * (index - this.starts[low]));
    if (offset < HEADER || offset + 8 > page.length) {
      throw new Error(`page ${this.leaves[low]} is damaged: a record would begin at byte ${offset} of it`);
    }
    return { page, offset };
  }

  private leaf(number: number): Promise<Buffer> {
    let page = this.cache.get(number);
    if (page === undefined) {
      page = this.page(number, LEAF);
      page.catch(() => this.cache.delete(number)); // whoever asked is told; the next one may have more luck
    } else {
      this.cache.delete(number);
    }
    this.cache.set(number, page);
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= KEPT_PAGES) break;
      this.cache.delete(oldest);
    }
    return page;
  }

  /** A page of the tree, looked at. */
  private async page(number: number, kind?: number): Promise<Buffer> {
    const { pageSize, lastPage } = this.meta;
    if (number < 2 || number > lastPage) {
      throw new Error(`${this.path} is damaged: it names page ${number}, and has pages 2 to ${lastPage}`);
    }
    const page = await readExactly(this.file, number * pageSize, pageSize);
    const [flags, lower] = [page.readUInt16LE(10), page.readUInt16LE(12)];
    const found = flags & (BRANCH | LEAF | OVERFLOW | META);
    const isRight = kind === undefined ? found === BRANCH || found === LEAF : found === kind;
    const isWhole =
      Number(page.readBigUInt64LE(0)) === number && lower > HEADER && lower <= pageSize && lower % 2 === 0;
    if (!isRight || !isWhole) {
      throw new Error(`${this.path} is damaged: page ${number} is no page of the tree that names it`);
    }
    return page;
  }

  /** The leaf pages in the order of their keys: the pages above them are few. */
  private async listLeaves({ signal }: ReadingOptions): Promise<Uint32Array> {
    const { root, depth } = this.meta;
    let level = [root];
    for (let above = depth - 1; above > 0; above--) {
      const below: number[] = [];
      for (const number of level) {
        signal?.throwIfAborted();
        const page = await this.page(number, BRANCH);
        for (let i = 0; i < nodesOf(page); i++) {
          const offset = page.readUInt16LE(HEADER + 2 * i);
          if (offset < HEADER || offset + 8 > page.length) {
            throw new Error(`${this.path} is damaged: page ${number} points to byte ${offset} of itself`);
          }
          const [lo, hi, top] = [0, 2, 4].map((at) => page.readUInt16LE(offset + at));
          below.push(lo + 0x10000 * hi + 2 ** 32 * top);
        }
      }
      level = below;
      if (level.length > this.meta.lastPage) throw new Error(`${this.path} is damaged: its tree has a loop`);
    }
    return Uint32Array.from(level);
  }

  /** Reads how many records each leaf has: the offsets at its head. */
  private async countRecords(leaves: Uint32Array, options: ReadingOptions): Promise<Uint32Array> {
    const starts = new Uint32Array(leaves.length + 1);
    for (let start = 0; start < leaves.length; start += AT_ONCE) {
      options.signal?.throwIfAborted();
      const some = leaves.subarray(start, start + AT_ONCE);
      const pages = await Promise.all(Array.from(some, (number) => this.page(number, LEAF)));
      for (const [i, page] of pages.entries()) starts[start + i + 1] = starts[start + i] + nodesOf(page);
      options.onProgress?.(Math.min(leaves.length, start + AT_ONCE), leaves.length, 'pages of the index');
    }
    const [counted, { entries }] = [starts[leaves.length], this.meta];
    if (counted !== entries) {
      throw new Error(
        `${this.path} is damaged: its table tells of ${entries} records, and its pages hold ${counted}`,
      );
    }
    return starts;
  }
}

const nodesOf = (page: Buffer) => (page.readUInt16LE(12) - HEADER) / 2;

async function readMeta(file: FileHandle, path: string): Promise<Meta> {
  const first = await readExactly(file, 0, 152).catch((error) => {
    throw new Error(`${path} is no LMDB database: ${errorText(error)}`);
  });
  const one = parseMeta(first, path);
  const second = await readExactly(file, one.pageSize, 152).catch((error) => {
    throw new Error(`${path} is cut off within its first two pages: ${errorText(error)}`);
  });
  const two = parseMeta(second, path);
  const meta = two.transaction > one.transaction ? two : one;
  if (meta.flags !== 0) {
    throw new Error(
      `${path} holds several values for a key, or keys that are numbers: LSUN's has one picture for each id`,
    );
  }
  return { ...meta, pageSize: one.pageSize };
}

function parseMeta(page: Buffer, path: string): Meta {
  const [magic, version] = [page.readUInt32LE(16), page.readUInt32LE(20)];
  if (magic !== MAGIC) {
    const found = page.subarray(0, 8).toString('hex');
    throw new Error(
      `${path} is no LMDB database: expected 0xbeefc0de at byte 16, found ${hex(magic)} (it begins with ${found})`,
    );
  }
  if ((version & 0xffff) !== 1) {
    throw new Error(
      `${path} is an LMDB database in data format ${version}: LSUN's has format 1, and only that is read`,
    );
  }
  const pageSize = page.readUInt32LE(40);
  if (pageSize < 256 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    throw new Error(`${path} is damaged: its pages would have ${pageSize} bytes`);
  }
  const number = (offset: number) => Number(page.readBigUInt64LE(offset));
  return {
    pageSize,
    flags: page.readUInt16LE(92),
    depth: page.readUInt16LE(94),
    entries: number(120),
    root: number(128),
    lastPage: number(136),
    transaction: page.readBigUInt64LE(144),
  };
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;

/** So many bytes from a place on, or an error: a file may have been cut off since it was opened. */
async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0)
      throw new Error(`it ends after ${position + done} bytes, ${position + length} were expected`);
    done += bytesRead;
  }
  return bytes;
}
