/** The text form of any value: node's own, with work and length bounded by what is shown. */
import { inspect, types } from 'node:util';
import { matrixText } from './matrix.js';

/** How much of a value is looked at. */
interface Form {
  readonly depth: number;
  readonly maxArrayLength: number;
  readonly maxStringLength: number;
}

/** The fullest first; the last one holds for anything. */
const FORMS: readonly Form[] = [
  { depth: 2, maxArrayLength: 100, maxStringLength: 100_000 },
  { depth: 2, maxArrayLength: 20, maxStringLength: 1000 },
  { depth: 1, maxArrayLength: 100, maxStringLength: 1000 },
  { depth: 1, maxArrayLength: 20, maxStringLength: 200 },
  { depth: 0, maxArrayLength: 100, maxStringLength: 200 },
];

/** A form is taken when it shows no more than so many values. */
const MOST_VALUES = 10_000;
/** So many characters weigh as much as one value. */
const CHARACTERS = 20;
/** An object with more keys than this is shown with its first ones. */
const MOST_KEYS = 500;
const KEYS_SHOWN = 100;
/** What a custom inspection may return before it is cut, characters. */
const LONGEST = 500_000;

// Kept from the start: a cell may replace these.
const { entries: mapEntries } = Map.prototype;
const { values: setValues } = Set.prototype;
const { keys: keysOf, getOwnPropertyDescriptor: descriptorOf } = Object;

/** Node's text form of anything, also of values that throw when they are looked at. */
export function inspectText(value: unknown): string {
  try {
    return shortened(matrixText(value, inspectWhole) ?? inspectWhole(value));
  } catch (error) {
    return inspectParts(value) ?? cannotBeShown(error);
  }
}

/** A value in one line, for a cell of a table or a sentence. */
export function inspectLine(value: unknown, longest: number): string {
  let text: string;
  try {
    text = inspect(value, {
      depth: 1,
      maxArrayLength: 6,
      maxStringLength: longest,
      breakLength: Infinity,
      compact: true,
    });
  } catch (error) {
    text = cannotBeShown(error);
  }
  const line = text.replace(/\s*\n\s*/g, ' ');
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** A text without its middle when it is too long. */
export function shortened(text: string, longest = LONGEST): string {
  if (text.length <= longest) return text;
  const half = Math.floor(longest / 2);
  const left = (text.length - 2 * half).toLocaleString('en');
  return `${text.slice(0, half)}\n… ${left} more characters …\n${text.slice(-half)}`;
}

function cannotBeShown(error: unknown): string {
  let reason = 'unknown';
  try {
    reason = String((error as Error).message);
  } catch {
    // Its message throws as well.
  }
  return `[a value that cannot be shown: ${shortened(reason, 200)}]`;
}

function inspectWhole(value: unknown): string {
  const form = FORMS.find((item) => weight(value, item, item.depth, 0) <= MOST_VALUES);
  if (form) return inspect(value, { ...form, breakLength: 100 });
  const shallow = { ...(FORMS.at(-1) as Form), breakLength: 100 };
  const keys = isOrdinary(value) ? keysOf(value) : [];
  if (keys.length <= MOST_KEYS) return inspect(value, shallow);
  // The same kind of object with its first keys: node abridges arrays and maps, not objects.
  const first = Object.create(Object.getPrototypeOf(value)) as object;
  for (const key of keys.slice(0, KEYS_SHOWN)) {
    Object.defineProperty(first, key, descriptorOf(value as object, key) as PropertyDescriptor);
  }
  return inspect(first, shallow).replace(/,?\s*\}$/, `,\n  ... ${keys.length - KEYS_SHOWN} more keys\n}`);
}

/** How many values the form shows; stops counting when there are too many. Runs no code of the value's own. */
function weight(value: unknown, form: Form, depth: number, before: number): number {
  let total = before + 1;
  if (typeof value === 'string') return total + Math.min(value.length, form.maxStringLength) / CHARACTERS;
  // A proxy's traps must not run; node shows its target.
  if (typeof value !== 'object' || value === null || depth < 0 || types.isProxy(value)) return total;
  const add = (item: unknown): boolean => {
    total = weight(item, form, depth - 1, total);
    return total <= MOST_VALUES;
  };
  const own = (key: string): boolean => add(descriptorOf(value, key)?.value);
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return total + form.maxArrayLength;
  if (types.isMap(value)) {
    let left = form.maxArrayLength;
    for (const [key, item] of mapEntries.call(value)) if (left-- <= 0 || !add(key) || !add(item)) break;
    return total;
  }
  if (types.isSet(value)) {
    let left = form.maxArrayLength;
    for (const item of setValues.call(value)) if (left-- <= 0 || !add(item)) break;
    return total;
  }
  if (Array.isArray(value)) {
    for (let at = 0; at < Math.min(value.length, form.maxArrayLength); at++) if (!own(String(at))) break;
    return total;
  }
  for (const key of keysOf(value)) if (!own(key)) break;
  return total;
}

/** An object of no special kind: its keys are all there is to it. */
function isOrdinary(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  return Object.prototype.toString.call(value) === '[object Object]' && !(inspect.custom in value);
}

/** A list or an object of which some part cannot be shown: the other parts are. */
function inspectParts(value: unknown): string | undefined {
  try {
    if (types.isProxy(value)) return undefined;
    const readable = (item: unknown): unknown => {
      const text = partText(item);
      return text === undefined ? item : { [inspect.custom]: () => text };
    };
    if (Array.isArray(value)) return inspect(value.slice(0, KEYS_SHOWN).map(readable));
    if (!isOrdinary(value)) return undefined;
    const copy = Object.create(Object.getPrototypeOf(value)) as object;
    for (const key of keysOf(value).slice(0, KEYS_SHOWN)) {
      const descriptor = descriptorOf(value, key) as PropertyDescriptor;
      if ('value' in descriptor) descriptor.value = readable(descriptor.value);
      Object.defineProperty(copy, key, descriptor);
    }
    return inspect(copy);
  } catch {
    return undefined;
  }
}

/** What stands for a part that cannot be shown; undefined when it can. */
function partText(item: unknown): string | undefined {
  try {
    inspect(item, { depth: 1, maxArrayLength: 20, maxStringLength: 1000 });
    return undefined;
  } catch (error) {
    return cannotBeShown(error);
  }
}
