/** The committed answers, and the table in kernel/README.md that is made from them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, peers } from './feature.js';
import { groups } from './features/index.js';
import { root } from './kernels.mjs';

export type Results = Record<string, Partial<Record<Peer, string>>>;

const file = join(root, 'tests/peers/results.json');
const START = '<!-- features: made by `npm run features` -->';
const END = '<!-- end of features -->';

const HEADS: Record<Peer, string> = {
  'batchnorm-lab': 'this kernel',
  tslab: 'tslab 1.0.22',
  deno: 'Deno 2.9.6',
  ijavascript: 'IJavascript 5.2.1',
  ipykernel: 'ipykernel 7.4.0',
};

export const readResults = (): Results => JSON.parse(readFileSync(file, 'utf8'));

/** Writes the answers in the order of the features; answers to questions that are gone are dropped. */
export function writeResults(results: Results): void {
  const titles = groups.flatMap(({ features }) => features.map(({ title }) => title));
  const ordered = Object.fromEntries(
    titles.map((title) => [
      title,
      Object.fromEntries(peers.map((peer) => [peer, results[title]?.[peer] ?? '?'])),
    ]),
  );
  writeFileSync(file, `${JSON.stringify(ordered, null, 2)}\n`);
}

export function table(results: Results): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const lines = [row(['', ...peers.map((peer) => HEADS[peer])]), row(['---', ...peers.map(() => '---')])];
  for (const { title, features } of groups) {
    lines.push(row([`**${title}**`, ...peers.map(() => '')]));
    for (const feature of features) {
      lines.push(row([feature.title, ...peers.map((peer) => results[feature.title]?.[peer] ?? '?')]));
    }
  }
  return lines.join('\n');
}

/** The text with the table between its marks made anew. */
export function putTable(text: string, results: Results): string {
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`kernel/README.md has no "${START}" … "${END}"`);
  return `${before}${START}\n\n${table(results)}\n\n${END}${after}`;
}
