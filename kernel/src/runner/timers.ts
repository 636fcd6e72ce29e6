/** Timers that know their cell, so that stopping the cell stops them. */
import { promisify } from 'node:util';
import { currentContext } from './context.js';

/** Replaces the global timers by ones that are noted with the cell that starts them. */
export function installTimers(): void {
  wrap('setTimeout', 'clearTimeout', true);
  wrap('setInterval', 'clearInterval', false);
  wrap('setImmediate', 'clearImmediate', true);
}

type Start = (callback: (...values: unknown[]) => void, ...rest: unknown[]) => unknown;

function wrap(
  start: 'setTimeout' | 'setInterval' | 'setImmediate',
  clear: 'clearTimeout' | 'clearInterval' | 'clearImmediate',
  once: boolean,
): void {
  const original = globalThis[start] as unknown as Start;
  const originalClear = globalThis[clear] as unknown as (handle: unknown) => void;
  const cancels = new WeakMap<object, () => void>();
  const replacement: Start = (callback, ...rest) => {
    const context = currentContext();
    // Node's own check of the arguments, and its message, stay in force.
    if (context === undefined || typeof callback !== 'function') return original(callback, ...rest);
    const handle = original(
      (...values: unknown[]) => {
        if (once) context.timers.delete(cancel);
        callback(...values);
      },
      ...rest,
    ) as object;
    const cancel = (): void => originalClear(handle);
    context.timers.add(cancel);
    cancels.set(handle, () => context.timers.delete(cancel));
    return handle;
  };
  const custom = (original as unknown as Record<symbol, unknown>)[promisify.custom];
  if (custom) Object.defineProperty(replacement, promisify.custom, { value: custom });
  Object.defineProperty(replacement, 'name', { value: start });
  const target = globalThis as unknown as Record<string, unknown>;
  target[start] = replacement;
  target[clear] = (handle: unknown): void => {
    if (typeof handle === 'object' && handle !== null) cancels.get(handle)?.();
    originalClear(handle);
  };
}
