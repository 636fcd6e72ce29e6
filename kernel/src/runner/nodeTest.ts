/** `node:test` in cells: its report belongs to the cell that is running, not to the one that used it first. */
import { outsideCells } from './context.js';

let used = false;
const { setImmediate: soon } = globalThis;

/** Called before the first cell gets the module. Node makes its reporter at the first use, in whatever context that is. */
export async function prepareTests(): Promise<void> {
  if (used) return;
  used = true;
  const { before } = await import('node:test');
  outsideCells(() => before(() => {}));
}

/** The report of a finished test comes a little later; it is to come before the cell ends. */
export async function testsReported(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((done) => soon(done));
}

export function usesTests(): boolean {
  return used;
}
