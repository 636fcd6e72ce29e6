/**
 * What every benchmark shares: options, statistics, the table, and the rows for `--json FILE`.
 * The file has one JSON object a line: {what, peer, unit, value, runs}.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Reads the options that all benchmarks know, and a benchmark's own; a wrong one ends the program in one sentence. */
export function readOptions(own, usage) {
  const options = {
    json: { type: 'string' },
    append: { type: 'boolean' },
    help: { type: 'boolean' },
    ...own,
  };
  let values;
  try {
    ({ values } = parseArgs({ options, strict: true, allowPositionals: false }));
  } catch (error) {
    console.error(`${error.message.split('\n')[0]}. Options: ${usage}`);
    process.exit(2);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return values;
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/** Collects rows, prints them as a table with one column a peer, and writes them as JSON lines. */
export class Report {
  #rows = [];

  add(what, peer, unit, value, runs) {
    this.#rows.push({ what, peer, unit, value: Number(value.toPrecision(4)), runs });
  }

  print(peers) {
    const whats = [...new Set(this.#rows.map((row) => row.what))];
    const lines = whats.map((what) => {
      const rows = this.#rows.filter((row) => row.what === what);
      const cells = peers.map((peer) => {
        const row = rows.find((candidate) => candidate.peer === peer);
        return row ? String(row.value) : '–';
      });
      return [`${what}, ${rows[0].unit}`, ...cells];
    });
    const table = [['', ...peers], ...lines];
    const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
    for (const line of table) {
      const [what, ...cells] = line;
      console.log(
        [what.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join('  '),
      );
    }
  }

  write(file, append) {
    const text = this.#rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    if (append) appendFileSync(file, text);
    else writeFileSync(file, text);
  }
}
