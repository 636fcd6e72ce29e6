/**
 * User code may overwrite `Array.prototype.map` or `JSON.stringify`, on purpose or not. The kernel's own code runs in the
 * same realm, so it puts the built-ins that it needs back while it works and then gives the user's ones back.
 * What nobody overwrote costs one comparison; what the user added (not replaced) is never touched.
 */

interface Original {
  readonly holder: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  readonly value: unknown;
  readonly descriptor: PropertyDescriptor;
}

interface Replaced {
  readonly original: Original;
  /** What the user put in its place; undefined where they deleted it. */
  readonly descriptor: PropertyDescriptor | undefined;
}

// Kept under names of their own: these very functions may be the ones that are overwritten.
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { deleteProperty, ownKeys } = Reflect;
const NativePromise = Promise;

const GLOBALS =
  'Array ArrayBuffer Boolean Buffer Date Error JSON Map Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URL Uint8Array WeakMap WeakSet process AbortController AbortSignal clearTimeout setTimeout setImmediate clearImmediate queueMicrotask structuredClone';

function iterators(): object[] {
  const made = [[].values(), new Map().keys(), new Set().keys(), ''[Symbol.iterator](), ''.matchAll(/a/g)];
  const generator = getPrototypeOf(function* () {}.prototype) as object;
  return [...made.map((iterator) => getPrototypeOf(iterator) as object), generator];
}

function originals(): Original[] {
  const found: Original[] = [];
  const add = (holder: object, key: PropertyKey): void => {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor?.configurable !== true) return;
    const target = holder as Record<PropertyKey, unknown>;
    if ('value' in descriptor) found.push({ holder: target, key, value: descriptor.value, descriptor });
    else if (holder === globalThis) {
      // Node gives `process` and `Buffer` by an accessor, whose setter would change what it gives.
      const { enumerable } = descriptor;
      const value = target[key];
      const plain = { value, writable: true, enumerable, configurable: true };
      found.push({ holder: target, key, value, descriptor: plain });
    }
  };
  for (const name of GLOBALS.split(' ')) add(globalThis, name);
  const classes = [Array, Buffer, Map, Number, Object, Promise, RegExp, Set, String, WeakMap, WeakSet];
  const typed = getPrototypeOf(Uint8Array) as typeof Uint8Array;
  const holders: object[] = [
    ...classes.flatMap((one) => [one, one.prototype as object]),
    ...[Error, Function, Symbol, typed, Uint8Array, AbortController].map((one) => one.prototype as object),
    ...iterators(),
    JSON,
    Reflect,
  ];
  for (const holder of holders) for (const key of ownKeys(holder)) add(holder, key);
  return found;
}

const table = originals();
const count = table.length;
const replaced: Replaced[] = [];
/** How many pieces of the kernel's own work are going on. */
let working = 0;

/** From here on the built-ins are as they were at the start. */
function takeBack(): void {
  for (let at = 0; at < count; at++) {
    const original = table[at] as Original;
    const { holder, key, value } = original;
    if (holder[key] === value) continue;
    try {
      const descriptor = getOwnPropertyDescriptor(holder, key);
      defineProperty(holder, key, original.descriptor);
      // Not with push(), which may be what was overwritten.
      replaced[replaced.length] = { original, descriptor };
    } catch {
      // Frozen in its new form: it cannot be helped.
    }
  }
}

/** From here on the built-ins are as user code has made them. */
function giveBack(): void {
  for (let at = 0; at < replaced.length; at++) {
    const { original, descriptor } = replaced[at] as Replaced;
    const { holder, key } = original;
    if (descriptor) defineProperty(holder, key, descriptor);
    else deleteProperty(holder, key);
  }
  replaced.length = 0;
}

/** Work of the kernel that goes on over awaits, in turns with user code. */
export class KernelWork {
  #goesOn = false;
  #closed = false;

  /** The kernel works from here on. */
  begin(): void {
    if (this.#goesOn || this.#closed) return;
    this.#goesOn = true;
    if (working++ === 0) takeBack();
  }

  /** User code runs from here on. */
  pause(): void {
    if (!this.#goesOn) return;
    this.#goesOn = false;
    if (--working === 0) giveBack();
  }

  /** The same for good: what was abandoned half-way may still call `begin` later. */
  close(): void {
    this.pause();
    this.#closed = true;
  }
}

/** Runs the kernel's own synchronous code, whoever called it. */
export function asKernel<T>(body: () => T): T {
  if (working++ === 0) takeBack();
  try {
    return body();
  } finally {
    if (--working === 0) giveBack();
  }
}

/** Runs the user's synchronous code within the kernel's. */
export function asUser<T>(body: () => T): T {
  const before = working;
  working = 0;
  giveBack();
  try {
    return body();
  } finally {
    working += before;
    if (before > 0) takeBack();
  }
}

/** `Promise.race` of two, without `then` or an iterator, which user code may have overwritten. */
export function firstOf<T>(one: Promise<T>, other: Promise<T>): Promise<T> {
  return new NativePromise<T>((done, fail) => {
    const settle = async (promise: Promise<T>): Promise<void> => {
      try {
        done(await promise);
      } catch (error) {
        fail(error);
      }
    };
    void settle(one);
    void settle(other);
  });
}
