/**
 * Looks at a value without running anything of the user's: no getters, no proxies, no methods. It may be called while
 * a cell runs, between any two of its instructions.
 */
import { types } from 'node:util';
import type { Peeked } from '../shared/protocol.js';
import { boxWithValue } from './boxes.js';
import { asKernel } from './builtins.js';

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { isArray } = Array;
const objectPrototype = Object.prototype;
const functionPrototype = Function.prototype;
const sourceOf = functionPrototype.toString;
const { getTime, toISOString } = Date.prototype;
const regexSource = getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get;
const mapSize = getOwnPropertyDescriptor(Map.prototype, 'size')?.get;
const setSize = getOwnPropertyDescriptor(Set.prototype, 'size')?.get;
const typedLength = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, 'length')?.get;

/** More than a frontend lists. */
const MOST_KEYS = 1000;
/** Characters of a summary. */
const LONGEST = 200;

type Found = { readonly value: unknown } | 'getter' | undefined;

/** Follows a name and property names. @returns undefined when that leads nowhere, or only through a getter */
export function peek(path: readonly string[]): Peeked | undefined {
  return asKernel(() => look(path));
}

function look(path: readonly string[]): Peeked | undefined {
  const [name, ...rest] = path;
  try {
    let found = name === undefined ? undefined : root(name);
    for (const key of rest) found = typeof found === 'object' ? property(found.value, key) : undefined;
    if (typeof found !== 'object') return undefined;
    return { kind: kindOf(found.value), summary: summaryOf(found.value, 1), keys: keysOf(found.value) };
  } catch {
    // A name before its declaration, an import that no longer loads.
    return undefined;
  }
}

/** Node gives these two by getters of its own. */
const nodeGlobals = (['process', 'Buffer'] as const).map((name) => ({
  name,
  value: globalThis[name] as unknown,
  get: getOwnPropertyDescriptor(globalThis, name)?.get,
}));

function root(name: string): Found {
  const box = boxWithValue(name);
  // A box's own getter is the kernel's.
  if (box) return { value: box.v };
  const own = nodeGlobals.find((item) => item.name === name && item.get);
  const isUnchanged = own && getOwnPropertyDescriptor(globalThis, name)?.get === own.get;
  return isUnchanged ? { value: own.value } : property(globalThis, name);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The prototypes behind a value of a primitive type. */
const PRIMITIVES: Readonly<Record<string, object>> = {
  string: String.prototype,
  number: Number.prototype,
  boolean: Boolean.prototype,
  bigint: BigInt.prototype,
  symbol: Symbol.prototype,
};

/** The objects on which a property is looked up. Ends before a proxy, whose traps are user code. */
function* chain(value: unknown): Generator<object> {
  let at: unknown = isObject(value) ? value : PRIMITIVES[typeof value];
  while (isObject(at) && !types.isProxy(at)) {
    yield at;
    at = getPrototypeOf(at);
  }
}

function property(value: unknown, key: string): Found {
  for (const holder of chain(value)) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return 'value' in descriptor ? { value: descriptor.value as unknown } : 'getter';
  }
  return undefined;
}

function keysOf(value: unknown): Peeked['keys'] {
  const keys = new Map<string, { readonly name: string; readonly kind: string; readonly summary: string }>();
  for (const holder of chain(value)) {
    // What every object has is no news.
    if (holder === objectPrototype || holder === functionPrototype) break;
    const isIndexed = isArray(holder) || types.isTypedArray(holder);
    for (const name of ownKeys(holder)) {
      if (keys.size >= MOST_KEYS) return [...keys.values()];
      if (typeof name !== 'string' || keys.has(name) || name === 'constructor') continue;
      if (name.startsWith('$typescriptKernel') || (isIndexed && /^\d+$/.test(name))) continue;
      if (typeof value === 'function' && /^(prototype|length|name|arguments|caller)$/.test(name)) continue;
      const descriptor = getOwnPropertyDescriptor(holder, name);
      const plain = descriptor !== undefined && 'value' in descriptor;
      const kind = plain ? kindOf(descriptor.value) : 'getter';
      keys.set(name, { name, kind, summary: plain ? summaryOf(descriptor.value, 0).slice(0, 80) : 'getter' });
    }
  }
  return [...keys.values()];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (types.isProxy(value)) return 'proxy';
  if (typeof value === 'function') return isClass(value) ? 'class' : 'function';
  if (typeof value !== 'object') return typeof value;
  if (isArray(value)) return 'array';
  return className(value) ?? 'object';
}

function isClass(value: unknown): boolean {
  return /^class\b/.test(sourceOf.call(value).slice(0, 6));
}

/** The name of the class that an object is made from; undefined for a plain object. */
function className(value: object): string | undefined {
  const prototype = getPrototypeOf(value);
  if (prototype === null || prototype === objectPrototype) return undefined;
  const made = property(prototype, 'constructor');
  const name = typeof made === 'object' ? property(made.value, 'name') : undefined;
  const text = typeof name === 'object' ? name.value : undefined;
  return typeof text === 'string' && text !== '' && text !== 'Object' ? text : undefined;
}

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** @param depth how many levels of properties to show */
function summaryOf(value: unknown, depth: number): string {
  if (types.isProxy(value)) return 'Proxy';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(short(value));
    case 'bigint':
      return `${value}n`;
    case 'function':
      return functionSummary(value);
    case 'object':
      return value === null ? 'null' : objectSummary(value, depth);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function functionSummary(value: object): string {
  const name = property(value, 'name');
  const text = typeof name === 'object' && typeof name.value === 'string' ? name.value : '';
  return `${isClass(value) ? 'class' : 'function'} ${text || '(anonymous)'}`;
}

function objectSummary(value: object, depth: number): string {
  if (types.isDate(value)) {
    return Number.isNaN(getTime.call(value)) ? 'Invalid Date' : toISOString.call(value);
  }
  if (types.isRegExp(value)) return short(`/${regexSource?.call(value)}/`);
  if (types.isMap(value)) return `Map(${mapSize?.call(value)})`;
  if (types.isSet(value)) return `Set(${setSize?.call(value)})`;
  if (types.isNativeError(value)) {
    const message = property(value, 'message');
    const text = typeof message === 'object' && typeof message.value === 'string' ? message.value : '';
    return short(`${className(value) ?? 'Error'}: ${text}`);
  }
  const isTyped = types.isTypedArray(value);
  if (isArray(value) || isTyped) {
    const length = isTyped ? Number(typedLength?.call(value)) : value.length;
    const head = `${className(value) ?? 'Array'}(${length})`;
    if (depth === 0 || length === 0) return head;
    const shown = Array.from({ length: Math.min(length, 10) }, (_, at) => {
      const item = property(value, String(at));
      return typeof item === 'object' ? summaryOf(item.value, 0) : 'empty';
    });
    return short(`${head} [ ${shown.join(', ')}${length > 10 ? ', …' : ''} ]`);
  }
  const head = className(value);
  if (depth === 0) return head ?? 'object';
  const entries = ownKeys(value)
    .slice(0, 20)
    .filter((key): key is string => typeof key === 'string')
    .map((key) => {
      const descriptor = getOwnPropertyDescriptor(value, key);
      const shown = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : JSON.stringify(key);
      return `${shown}: ${descriptor && 'value' in descriptor ? summaryOf(descriptor.value, 0) : '[getter]'}`;
    });
  const body = entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
  return short(head ? `${head} ${body}` : body);
}
