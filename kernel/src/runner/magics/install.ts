/** Puts the functions that magics become calls of where cells find them. They are loaded when the first one is used. */
import { MAGICS_OBJECT } from '../../shared/protocol.js';
import type * as all from './index.js';

const NAMES = [
  'time',
  'timeStart',
  'timeEnd',
  'timeCell',
  'timeit',
  'who',
  'whos',
  'reset',
  'cd',
  'pwd',
  'env',
  'history',
  'load',
  'npm',
  'print',
  'profile',
  'shell',
  'lines',
  'script',
  'show',
  'writeFile',
  'capture',
  'help',
] as const satisfies readonly (keyof typeof all)[];

export function installMagics(): void {
  const value = Object.fromEntries(
    NAMES.map((name) => [
      name,
      async (...values: unknown[]): Promise<unknown> => {
        const magics = (await import('./index.js')) as Record<string, (...values: unknown[]) => unknown>;
        return magics[name]?.(...values);
      },
    ]),
  );
  Object.defineProperty(globalThis, MAGICS_OBJECT, { value, enumerable: false });
}
