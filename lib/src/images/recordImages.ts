/** A collection of encoded pictures as a source of minibatches: shuffled by a seed, decoded ahead, never held as a whole. */
import { checkChoice, checkCount } from '../check.js';
import type { ImageSource } from '../data/imageSource.js';
import { Random } from '../random.js';
import { type Decoder, loadDecoder } from './decode.js';
import { errorText } from './errorText.js';
import type { ReadingOptions, RecordStore } from './recordStore.js';

/** How a collection of pictures is read. */
export interface RecordImagesOptions extends ReadingOptions {
  /** Rows and columns of the pictures that come out. Left out: 64. */
  size?: number;
  /** 3: red, green and blue; 1: grey. Left out: 3. */
  channels?: 1 | 3;
  /** What it shows, for titles. Left out: the name of the folder. */
  name?: string;
  /** How many minibatches are read ahead of the one that was asked for. Left out: 2; 0 for none. */
  ahead?: number;
}

/** Records that were no whole pictures. */
export interface BrokenRecords {
  /** How many were met so far. */
  count: number;
  /** The first of them, ten at most: key and what was wrong. */
  first: { key: string; reason: string }[];
}

/** A collection that is open, as a source of minibatches. */
export interface RecordImages extends ImageSource {
  readonly channels: 1 | 3;
  readonly count: number;
  batch(seed: number | string, step: number, size: number): Promise<Uint8Array>;
  /** The records that were skipped. */
  readonly broken: BrokenRecords;
  /** Closes the files. A minibatch that is asked for afterwards is refused. */
  close(): Promise<void>;
}

export const recordImagesOptions = ['size', 'channels', 'name', 'ahead', 'onProgress', 'signal'];

/** How many broken records are told by name. */
const NAMED = 10;
/** So many broken records one after the other: this is not a collection of pictures. */
const GIVEN_UP = 1000;
/** Records that are looked at when a collection is opened. */
const TRIED = 8;

interface Minibatch {
  bytes: Promise<Uint8Array>;
  /** All of its pictures are read, and their decoding has begun. */
  begun: Promise<void>;
}

export class RecordSource implements RecordImages {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly count: number;
  private readonly ahead: number;
  private readonly reasons = new Map<number, string>();
  private readonly named: { key: string; reason: string }[] = [];
  /** Permutations of the records, by seed and epoch; two at most, for a minibatch that goes over the end of one. */
  private readonly orders = new Map<string, Uint32Array>();
  private readonly pending = new Map<string, Minibatch>();
  private closed = false;

  private constructor(
    private readonly store: RecordStore,
    private readonly decode: Decoder,
    private readonly where: string,
    name: string,
    options: RecordImagesOptions,
  ) {
    const { size = 64, channels = 3, ahead = 2 } = options;
    this.name = options.name ?? name;
    this.height = size;
    this.width = size;
    this.channels = channels;
    this.count = store.count;
    this.ahead = ahead;
  }

  static check(options: RecordImagesOptions): void {
    const { size = 64, channels = 3, ahead = 2 } = options;
    checkCount('size', size);
    checkChoice('channels', channels, [1, 3]);
    checkCount('ahead', ahead, 0);
  }

  /**
   * @param where how the collection is called in sentences
   * @throws Error when none of some records is a picture
   */
  static async create(
    store: RecordStore,
    where: string,
    name: string,
    options: RecordImagesOptions,
  ): Promise<RecordSource> {
    try {
      const source = new RecordSource(store, await loadDecoder(), where, name, options);
      await source.tryRecords();
      return source;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Looks at some records over the whole collection: that none is a picture should be told now, not after an hour. */
  private async tryRecords(): Promise<void> {
    const tried = Math.min(TRIED, this.count);
    let last = '';
    for (let i = 0; i < tried; i++) {
      const index = Math.floor((i * this.count) / tried);
      const bytes = await this.store.read(index).catch(() => null);
      try {
        if (bytes !== null) {
          await this.decode(bytes, this);
          return;
        }
      } catch (error) {
        last = `"${await this.store.key(index)}" begins with ${Buffer.from(bytes?.subarray(0, 8) ?? []).toString('hex')}, ${errorText(error)}`;
      }
    }
    throw new Error(
      `${this.where} holds no pictures: none of ${tried} records that were tried is a JPEG, PNG or WebP file (${last})`,
    );
  }

  get broken(): BrokenRecords {
    return { count: this.reasons.size, first: this.named.map((one) => ({ ...one })) };
  }

  async batch(seed: number | string, step: number, size: number): Promise<Uint8Array> {
    checkCount('step', step, 0);
    checkCount('size', size);
    if (this.closed) throw new Error(`${this.where} was closed`);
    const keyOf = (at: number) => JSON.stringify([seed, at, size]);
    const wanted = new Map<string, Minibatch>();
    for (let at = step; at <= step + this.ahead; at++) {
      const minibatch = this.pending.get(keyOf(at)) ?? this.make(seed, at, size);
      wanted.set(keyOf(at), minibatch);
      // What was asked for comes first. And training may now keep this thread busy until it asks for the next one: then decoding
      // goes on in threads of its own, but only of what has been read and handed over.
      await minibatch.begun;
    }
    this.pending.clear(); // what is no longer ahead is dropped: memory stays bounded
    for (const [key, value] of wanted) this.pending.set(key, value);
    const bytes = await wanted.get(keyOf(step))?.bytes;
    return (bytes as Uint8Array).slice(); // it is there: put above. Who changes it must not change what is asked for again.
  }

  private make(seed: number | string, step: number, size: number): Minibatch {
    const each = this.height * this.width * this.channels;
    const beginnings: Promise<void>[] = [];
    const decodeAll = async () => {
      const bytes = allocate(size * each, `a minibatch of ${size} pictures`);
      await Promise.all(
        Array.from({ length: size }, async (_, i) => {
          let begun = () => {};
          beginnings.push(
            new Promise((resolve) => {
              begun = resolve;
            }),
          );
          try {
            bytes.set(await this.picture(seed, step * size + i, begun), i * each);
          } finally {
            begun();
          }
        }),
      );
      return bytes;
    };
    const bytes = decodeAll();
    bytes.catch(() => undefined); // told to whoever asks for it
    return { bytes, begun: Promise.all(beginnings).then(() => undefined) };
  }

  /** The picture at a place of the endless order; a broken one's place is taken by the next one after it that is whole. */
  private async picture(seed: number | string, place: number, begun: () => void): Promise<Uint8Array> {
    for (let at = place; at < place + Math.min(this.count, GIVEN_UP); at++) {
      if (this.closed) throw new Error(`${this.where} was closed`);
      const index = this.order(seed, Math.floor(at / this.count))[at % this.count];
      if (this.reasons.has(index)) continue;
      try {
        const decoded = this.decode(await this.store.read(index), this);
        begun();
        return await decoded;
      } catch (error) {
        if (isLackOfMemory(error))
          throw new Error(`too little memory for a picture of ${this.where}: ${errorText(error)}`);
        // A disk or a system that fails is not the record's fault: skipping would lose it without a word.
        const { code } = error as NodeJS.ErrnoException; // what the file system throws has a code
        if (typeof code === 'string' && /^E[A-Z]+$/.test(code) && code !== 'ENOENT') {
          const key = await this.store.key(index);
          throw new Error(`${this.where}: "${key}" cannot be read (${errorText(error)})`, { cause: error });
        }
        await this.note(index, errorText(error));
      }
    }
    throw new Error(
      `${this.where}: ${Math.min(this.count, GIVEN_UP)} records in a row are no whole pictures; the last: ` +
        (this.named.map(({ key, reason }) => `"${key}" (${reason})`)[0] ?? 'none'),
    );
  }

  private async note(index: number, reason: string): Promise<void> {
    if (this.closed || this.reasons.has(index)) return;
    this.reasons.set(index, reason);
    if (this.reasons.size <= NAMED) {
      this.named.push({
        key: await Promise.resolve(this.store.key(index)).catch(() => `record ${index}`),
        reason,
      });
    }
  }

  /** All records in the order of one epoch: 4 bytes for each. */
  private order(seed: number | string, epoch: number): Uint32Array {
    const key = JSON.stringify([seed, epoch]);
    let order = this.orders.get(key);
    if (order === undefined) {
      order = new Uint32Array(allocate(4 * this.count, `the order of ${this.count} records`).buffer);
      for (let i = 0; i < order.length; i++) order[i] = i;
      new Random(`${seed} images`).fork(`epoch ${epoch}`).shuffle(order);
      this.orders.set(key, order);
      for (const oldest of [...this.orders.keys()].slice(0, -2)) this.orders.delete(oldest);
    }
    return order;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.allSettled(Array.from(this.pending.values(), ({ bytes }) => bytes));
    this.pending.clear();
    await this.store.close();
  }
}

function allocate(length: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw new Error(`too little memory for ${what} (${length} bytes): ${errorText(error)}`, { cause: error });
  }
}

function isLackOfMemory(error: unknown): boolean {
  return /out of memory|allocation failed|ENOMEM|cannot allocate/i.test(errorText(error));
}
