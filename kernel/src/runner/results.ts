/**
 * The last results: `_`, `__` and `___`, `Out[n]` and `In[n]`. They are read through getters, so that they cost a cell that
 * does not use them one entry in a list.
 */
import { boxFor } from './boxes.js';

/** So many results are held, and no more: a list of all would hold every large array that was ever looked at. */
const KEPT = 30;
/** What takes next to no memory is kept for good. */
const SMALL_TEXT = 1000;

const sources = new Map<number, string>();
const results = new Map<number, unknown>();
/** The cells with a result that is held, the newest last. */
let held: number[] = [];
/** The last three values, the newest first. */
let last: readonly unknown[] = [];
const dropped = new Set<number>();

const isSmall = (value: unknown): boolean =>
  value === null ||
  !/^(object|function|string)$/.test(typeof value) ||
  (typeof value === 'string' && value.length < SMALL_TEXT);

export function noteInput(number: number, source: string): void {
  sources.set(number, source);
}

export function noteResult(number: number, value: unknown): void {
  last = [value, last[0], last[1]];
  results.set(number, value);
  if (isSmall(value)) return;
  held.push(number);
  if (held.length <= KEPT) return;
  const oldest = held.shift() as number;
  results.delete(oldest);
  dropped.add(oldest);
}

export function forgetResults(): void {
  results.clear();
  held = [];
  last = [];
}

/** The cells that were run, by their numbers. */
export function inputs(): Iterable<readonly [number, string]> {
  return sources;
}

/** Reads as an object, so that it can be looked at as one; asking for what is not there says why. */
function table(
  name: string,
  read: () => ReadonlyMap<number, unknown>,
  missing: (number: string) => string,
): object {
  return new Proxy(Object.create(null) as object, {
    get(_, key) {
      if (typeof key === 'symbol' || !/^-?\d+$/.test(key)) return undefined;
      const all = read();
      if (!all.has(Number(key))) throw new RangeError(`${name}[${key}]: ${missing(key)}`);
      return all.get(Number(key));
    },
    has: (_, key) => read().has(Number(String(key))),
    ownKeys: () => [...read().keys()].map(String),
    getOwnPropertyDescriptor(_, key) {
      const number = Number(String(key));
      if (!read().has(number)) return undefined;
      return { value: read().get(number), enumerable: true, configurable: true };
    },
  });
}

const out = table(
  'Out',
  () => results,
  (key) =>
    dropped.has(Number(key))
      ? `the result is no longer kept; only the last ${KEPT} are. Give one that you need later a name.`
      : `cell [${key}] has no result.`,
);
const input = table(
  'In',
  () => sources,
  (key) => `there is no cell [${key}].`,
);

/** A cell that declares one of these names itself makes it its own for good. */
export function installResults(): void {
  const readers: Record<string, () => unknown> = {
    _: () => last[0],
    __: () => last[1],
    ___: () => last[2],
    Out: () => out,
    In: () => input,
  };
  for (const [name, get] of Object.entries(readers)) {
    const box = boxFor(name);
    if (box.n > 0) continue;
    Object.defineProperty(box, 'v', {
      get,
      set(value: unknown) {
        Object.defineProperty(box, 'v', { value, writable: true, enumerable: true, configurable: true });
      },
      enumerable: true,
      configurable: true,
    });
  }
}
