/** `%who`, `%whos`, `%reset` and `%history`. */
import { inspect } from 'node:util';
import type { NameInfo } from '../../shared/protocol.js';
import { ask } from '../ask.js';
import { boxFor, resetBoxes } from '../boxes.js';
import { installDeno } from '../peers.js';
import { forgetResults, inputs, installResults } from '../results.js';

const LONGEST_TYPE = 50;
const LONGEST_VALUE = 60;

/** Names with their types; a value has been given to each that is no type. */
async function names(): Promise<NameInfo[]> {
  const all = await ask<NameInfo[]>({ kind: 'names' });
  return all.filter(({ name, isValue }) => !isValue || boxFor(name).n > 0);
}

export async function who(): Promise<void> {
  const known = await names();
  process.stdout.write(
    known.length === 0 ? 'No names yet.\n' : `${known.map(({ name }) => name).join('  ')}\n`,
  );
}

export async function whos(): Promise<void> {
  const known = await names();
  if (known.length === 0) {
    process.stdout.write('No names yet.\n');
    return;
  }
  const rows = known.map(({ name, type, isValue }) => [
    name,
    cut(type, LONGEST_TYPE),
    isValue ? valueText(name) : '',
  ]);
  const table = [['Name', 'Type', 'Value'], ...rows];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  lines.splice(1, 0, '-'.repeat(Math.max(...lines.map(({ length }) => length))));
  process.stdout.write(`${lines.join('\n')}\n`);
}

function cut(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** A value in a line. */
export function summary(value: unknown, length: number): string {
  if (typeof value === 'function') return '';
  try {
    return cut(
      inspect(value, { depth: 1, maxArrayLength: 8, maxStringLength: 200, breakLength: 1e9 }),
      length,
    );
  } catch {
    return '[a value that cannot be shown]';
  }
}

function valueText(name: string): string {
  try {
    return summary(boxFor(name).v, LONGEST_VALUE);
  } catch (error) {
    return cut(String((error as Error).message), LONGEST_VALUE);
  }
}

export async function reset(unasked: boolean): Promise<void> {
  if (!unasked) {
    let agreed: boolean;
    try {
      agreed = /^y(es)?$/i.test(
        (await input('All names will be forgotten for good. Proceed? [y/N] ')).trim(),
      );
    } catch (error) {
      if ((error as Error).name !== 'StdinNotImplementedError') throw error;
      throw new Error('%reset asks first, and this frontend takes no input for the cell: write %reset -f.');
    }
    if (!agreed) {
      process.stdout.write('Nothing was forgotten.\n');
      return;
    }
  }
  await ask({ kind: 'reset' });
  resetBoxes();
  forgetResults();
  installResults();
  installDeno();
}

declare function input(prompt: string): Promise<string>;

export function history(numbered: boolean): void {
  for (const [number, source] of inputs()) {
    process.stdout.write(numbered ? `${number}: ${source}\n` : `${source}\n`);
  }
}
