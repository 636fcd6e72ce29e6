/** `%prun`: where the time of an expression goes, by function, in the user's lines. */
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { isHidden, originalPosition, userText } from '../trace.js';

/** Between two looks at the stack, µs. */
const INTERVAL = 100;
const MOST_ROWS = 20;

interface Row {
  readonly name: string;
  readonly place: string;
  /** Milliseconds in the function itself, and with all that it calls. */
  self: number;
  total: number;
}

/** Runs the body under V8's sampling profiler and prints a table. @returns the body's value */
export async function profile<T>(body: () => T): Promise<Awaited<T>> {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    session.post('Profiler.start');
    try {
      return await body();
    } finally {
      const found = await new Promise<Profiler.Profile>((done, fail) => {
        session.post('Profiler.stop', (error, result) => (error ? fail(error) : done(result.profile)));
      });
      process.stdout.write(tableOf(found));
    }
  } finally {
    session.disconnect();
  }
}

function tableOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const rows = new Map<string, Row>();
  const rowOf = ({ callFrame }: Profiler.ProfileNode): Row | undefined => {
    const { functionName, url, lineNumber, columnNumber } = callFrame;
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    if (functionName === '(garbage collector)') return add(functionName, '');
    // What belongs to no file is V8's; what is Node's or the kernel's counts for the function that called it.
    if (file === '' || isHidden(file)) return undefined;
    const at = originalPosition(file, lineNumber + 1, columnNumber + 1);
    return add(
      userText(functionName) || '(anonymous)',
      at ? `${at.label}:${at.line}` : `${file}:${lineNumber + 1}`,
    );
  };
  const add = (name: string, place: string): Row => {
    const key = `${name}\0${place}`;
    const row = rows.get(key) ?? { name, place, self: 0, total: 0 };
    rows.set(key, row);
    return row;
  };
  let all = 0;
  samples.forEach((id, index) => {
    const took = (timeDeltas[index] ?? 0) / 1000;
    const seen = new Set<Row>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      const row = node && rowOf(node);
      if (!row || seen.has(row)) continue;
      if (seen.size === 0) row.self += took;
      row.total += took;
      seen.add(row);
    }
    if (seen.size > 0) all += took;
  });
  const sorted = [...rows.values()].sort((a, b) => b.self - a.self);
  const number = (value: number): string => value.toFixed(1).padStart(9);
  const lines = sorted
    .slice(0, MOST_ROWS)
    .map(({ self, total, name, place }) => `${number(self)} ${number(total)}  ${name}  ${place}`.trimEnd());
  const more = sorted.length > MOST_ROWS ? [`… and ${sorted.length - MOST_ROWS} more functions`] : [];
  const head = `${all.toFixed(1)} ms in ${sorted.length} functions, looked at every ${INTERVAL / 1000} ms`;
  return `${[head, '  self ms  total ms  function', ...lines, ...more].join('\n')}\n`;
}
