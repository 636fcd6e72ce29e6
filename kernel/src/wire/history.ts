/** What was run, in this session and earlier ones. Kept in a file of the user's, one JSON line an entry. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

interface Entry {
  session: number;
  readonly line: number;
  readonly input: string;
  output?: string;
}

export type HistoryItem = readonly [number, number, string | readonly [string, string | null]];

/** The file keeps so many entries; when it has twice as many, the older half goes. */
const KEPT = 5000;
/** Longer outputs are remembered by their beginning. */
const LONGEST_OUTPUT = 10_000;

/** How long after a cell it is written down, ms. */
const SOON = 50;

export class History {
  readonly #file: string | undefined;
  /** Read when it is first needed: a long history takes time that neither the start nor the first cell has. */
  #earlier: readonly Entry[] | undefined;
  #session = 0;
  readonly #own: Entry[] = [];
  readonly #unwritten = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  /** @param file where to keep it; undefined keeps it in memory. A file that cannot be used is done without. */
  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** @returns a function that adds the cell's result */
  add(line: number, input: string): (output: string) => void {
    const entry: Entry = { session: this.#session, line, input };
    this.#own.push(entry);
    this.#writeSoon(entry);
    return (output) => {
      entry.output = output.slice(0, LONGEST_OUTPUT);
      this.#writeSoon(entry);
    };
  }

  /** Sessions are numbered on from those in the file. */
  #load(): readonly Entry[] {
    if (this.#earlier) return this.#earlier;
    const earlier = this.#file === undefined ? [] : readEntries(this.#file);
    this.#earlier = earlier;
    this.#session = earlier.reduce((newest, { session }) => Math.max(newest, session), 0) + 1;
    for (const entry of this.#own) entry.session = this.#session;
    return earlier;
  }

  #all(): readonly Entry[] {
    return [...this.#load(), ...this.#own];
  }

  /** The last `n` entries, of all sessions. */
  tail(n: number, output: boolean): HistoryItem[] {
    return this.#all()
      .slice(n > 0 ? -n : 0)
      .map((entry) => shown(entry, output));
  }

  /**
   * Lines `start` to `stop` (exclusive) of a session.
   * @param session 0 is this one, negative counts back from it
   */
  range(session: number, start: number, stop: number, output: boolean): HistoryItem[] {
    const all = this.#all();
    const wanted = session > 0 ? session : this.#session + session;
    return all
      .filter((entry) => entry.session === wanted && entry.line >= start && entry.line < stop)
      .map((entry) => shown(entry, output));
  }

  /**
   * The last `n` entries that match a pattern with `*` (any text) and `?` (any character).
   * @param unique leaves out repetitions, the last one stays
   */
  search(pattern: string, n: number, unique: boolean, output: boolean): HistoryItem[] {
    let found = this.#all().filter(({ input }) => matches(input, pattern));
    if (unique) found = [...new Map(found.map((entry) => [entry.input, entry])).values()];
    return found.slice(n > 0 ? -n : 0).map((entry) => shown(entry, output));
  }

  #writeSoon(entry: Entry): void {
    this.#unwritten.add(entry);
    this.#timer ??= setTimeout(() => this.write(), SOON);
  }

  /** Writes what is not written yet. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.size === 0) return;
    this.#load();
    const text = [...this.#unwritten].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    this.#unwritten.clear();
    if (this.#file === undefined) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // One write in append mode is whole, also when several kernels share the file.
      appendFileSync(this.#file, text, { mode: 0o600 });
    } catch {
      // A history that cannot be kept must not stop a cell.
    }
  }
}

/** Not by a regular expression: one of many stars would try every way to share the text out among them. */
function matches(text: string, pattern: string): boolean {
  const [chars, wanted] = [[...text], [...pattern]];
  let [at, next] = [0, 0];
  // Where to go on when what follows the last star does not fit: that star takes one character more.
  let [star, starAt] = [-1, 0];
  while (at < chars.length) {
    if (wanted[next] === '*') {
      star = next++;
      starAt = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === chars[at])) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}

function shown({ session, line, input, output }: Entry, withOutput: boolean): HistoryItem {
  return [session, line, withOutput ? [input, output ?? null] : input];
}

function readEntries(file: string): Entry[] {
  let text: string;
  try {
    // A device or a pipe might never end.
    if (!statSync(file).isFile()) return [];
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  // An entry is written again with its output; the later line counts.
  const entries = new Map<string, Entry>();
  const lines = text.split('\n');
  for (const line of lines) {
    try {
      const entry = JSON.parse(line) as Entry;
      if (Number.isInteger(entry.session) && typeof entry.input === 'string') {
        entries.set(`${entry.session}:${entry.line}`, entry);
      }
    } catch {
      // The last line of a kernel that was killed while it wrote.
    }
  }
  const kept = [...entries.values()].slice(-KEPT);
  if (lines.length > 2 * KEPT) rewrite(file, kept);
  return kept;
}

function rewrite(file: string, entries: readonly Entry[]): void {
  try {
    const next = `${file}.${process.pid}`;
    writeFileSync(next, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    renameSync(next, file);
  } catch {
    // It stays long until the next start.
  }
}
