/** `%time`, `%timeit` and `%%time`, in IPython's words. */
import { runningCell } from './cell.js';

/** Loops are doubled until a run takes this long, ms. */
const LONG_ENOUGH = 200;
const RUNS = 7;

interface Started {
  readonly wall: number;
  readonly cpu: NodeJS.CpuUsage;
}

const start = (): Started => ({ cpu: process.cpuUsage(), wall: performance.now() });

function report({ wall, cpu }: Started): void {
  const passed = (performance.now() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const [inUser, inSystem, total] = [user, system, user + system].map((micro) => duration(micro / 1e6));
  process.stdout.write(
    `CPU times: user ${inUser}, sys: ${inSystem}, total: ${total}\nWall time: ${duration(passed)}\n`,
  );
}

export async function time<T>(body: () => T): Promise<Awaited<T>> {
  const started = start();
  const value = await body();
  report(started);
  return value;
}

const statements = new WeakMap<object, Started>();

/** Around a statement, whose names must stay the cell's. */
export function timeStart(): void {
  statements.set(runningCell(), start());
}

export function timeEnd(): void {
  const started = statements.get(runningCell());
  if (started) report(started);
}

/** The whole cell, up to where its value is shown. */
export function timeCell(): void {
  const started = start();
  runningCell().atEnd.push(() => report(started));
}

export interface TimeitOptions {
  /** Loops a run. */
  readonly n?: number;
  /** Runs. */
  readonly r?: number;
  /** Prints nothing. */
  readonly q?: boolean;
  /** Returns the times. */
  readonly o?: boolean;
}

/** Times are seconds a loop. */
export interface TimeitResult {
  readonly average: number;
  readonly stdev: number;
  readonly best: number;
  readonly worst: number;
  readonly timings: readonly number[];
  readonly loops: number;
  readonly runs: number;
}

/** Keeps the last value, so that the compiler cannot leave out what nobody looks at. */
const sink: { last?: unknown } = {};

async function run(body: () => unknown, loops: number, awaits: boolean): Promise<number> {
  let last: unknown;
  const began = performance.now();
  if (awaits) for (let loop = 0; loop < loops; loop++) last = await body();
  else for (let loop = 0; loop < loops; loop++) last = body();
  const passed = performance.now() - began;
  sink.last = last;
  return passed;
}

export async function timeit(body: () => unknown, options: TimeitOptions): Promise<TimeitResult | undefined> {
  const { n, r = RUNS, q, o } = options;
  if (n === 0 || r === 0) throw new RangeError('%timeit: expected at least one loop and one run, found 0.');
  const awaits = body() instanceof Promise;
  let loops = n ?? 1;
  for (let factor = 0; n === undefined; factor++) {
    loops = ([1, 2, 5][factor % 3] as number) * 10 ** Math.floor(factor / 3);
    if ((await run(body, loops, awaits)) >= LONG_ENOUGH) break;
  }
  const timings: number[] = [];
  for (let at = 0; at < r; at++) timings.push((await run(body, loops, awaits)) / loops / 1000);
  const average = timings.reduce((sum, value) => sum + value, 0) / r;
  const stdev = Math.sqrt(timings.reduce((sum, value) => sum + (value - average) ** 2, 0) / r);
  if (!q) {
    const many = (count: number, what: string): string =>
      `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
    process.stdout.write(
      `${duration(average)} ± ${duration(stdev)} per loop (mean ± std. dev. of ${many(r, 'run')}, ${many(loops, 'loop')} each)\n`,
    );
  }
  if (!o) return undefined;
  const [best, worst] = [Math.min(...timings), Math.max(...timings)];
  return { average, stdev, best, worst, timings, loops, runs: r };
}

/** Three digits and a unit that fits. */
export function duration(seconds: number): string {
  if (seconds >= 60) {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return `${hours > 0 ? `${hours} h ` : ''}${minutes} min ${Math.round(seconds % 60)} s`;
  }
  const units = ['s', 'ms', 'µs', 'ns'];
  const order = seconds > 0 ? Math.min(3, Math.max(0, -Math.floor(Math.log10(seconds) / 3))) : 3;
  return `${Number((seconds * 1000 ** order).toPrecision(3))} ${units[order]}`;
}
