/**
 * A soak: random cells of many kinds for as long as is asked, in several kernels one after the other. It checks all the time
 * that every request gets its one reply and its busy and idle, that output is whole and in order, that names hold what they
 * must, that nothing outlives a kernel, and that memory, open files and the time of a small cell do not grow.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KernelClient } from '../kernel/client.js';
import type { KernelSpec } from '../kernel/launch.js';
import { alive, descendants } from '../kernel/processes.js';
import type { Run } from '../kernel/run.js';
import { type Random, seeded } from '../kernel/seeded.js';
import { KINDS, must, type Scene } from './kinds.js';
import { Model } from './model.js';
import { median, type Trend, Watch } from './watch.js';

export interface SoakOptions {
  readonly spec: KernelSpec;
  readonly minutes: number;
  readonly seed: number;
  /** Where the notebook's folder is made. */
  readonly parent: string;
  readonly say: (text: string) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly minutes: number;
  readonly cells: Record<string, number>;
  readonly kernels: number;
  /** Milliseconds of a small cell in the first and the last quarter, medians. */
  readonly firstLatency: number;
  readonly lastLatency: number;
  readonly trends: readonly Trend[];
  readonly violations: readonly string[];
}

/** So many kernels live one after the other, ended by all ways in turn, unless a violation ends one. */
const KERNELS = 5;
/** A soak that finds this much has found enough. */
const MOST_VIOLATIONS = 20;
const WAYS = ['restart', 'shutdown', 'SIGTERM', 'SIGKILL'] as const;

class Soak {
  readonly violations: string[] = [];
  readonly cells: Record<string, number> = {};
  readonly latencies: number[] = [];
  readonly watch = new Watch();
  kernels = 0;
  readonly #random: Random;
  readonly #folder: string;
  readonly #scratch = mkdtempSync(join(tmpdir(), 'soak-'));
  readonly #model = new Model();
  readonly #owed = new Map<Run, string>();
  #kernel: KernelClient | undefined;
  #step = 0;
  #endOfLife = 0;

  constructor(readonly options: SoakOptions) {
    this.#random = seeded(options.seed);
    this.#folder = mkdtempSync(join(options.parent, 'soak '));
  }

  async run(): Promise<void> {
    const end = performance.now() + this.options.minutes * 60_000;
    let looked = 0;
    try {
      while (performance.now() < end && this.violations.length < MOST_VIOLATIONS) {
        this.#kernel ??= await this.#start();
        const kind = this.#pick();
        try {
          await this.#once(kind);
        } catch (error) {
          await this.#violated(kind, error as Error);
        }
        if (performance.now() - looked < 1000 || !this.#kernel) continue;
        looked = performance.now();
        this.watch.look(this.#kernel.kernel.process.pid as number);
      }
      await this.#end('shutdown').catch((error) => this.#violated('shutdown', error as Error));
    } finally {
      this.#kernel?.destroy();
      for (const made of [this.#folder, this.#scratch]) rmSync(made, { recursive: true, force: true });
    }
  }

  async #start(): Promise<KernelClient> {
    this.kernels++;
    const life = (2 * this.#random.next() * this.options.minutes * 60_000) / KERNELS;
    this.#endOfLife = performance.now() + life;
    this.#model.clear();
    this.#owed.clear();
    const env = { TMPDIR: this.#scratch, JUPYTER_DATA_DIR: join(this.#scratch, 'jupyter') };
    return KernelClient.start(this.options.spec, { cwd: this.#folder, env, timeout: 60_000 });
  }

  #pick(): string {
    // In every second kernel no part is killed, so that each lives long enough to show whether it grows.
    const calm = this.kernels % 2 === 0;
    const kinds = Object.entries(KINDS).filter(([kind]) => !calm || !kind.endsWith('Dies'));
    return this.#random.pick(kinds.flatMap(([kind, { weight }]) => Array<string>(weight).fill(kind)));
  }

  async #once(kind: string): Promise<void> {
    const kernel = this.#kernel as KernelClient;
    const scene: Scene = {
      kernel,
      random: this.#random,
      model: this.#model,
      folder: this.#folder,
      step: ++this.#step,
      owed: this.#owed,
    };
    await KINDS[kind].run(scene);
    this.cells[kind] = (this.cells[kind] ?? 0) + 1;
    const probe = await kernel.ok(`${this.#step}`);
    must(probe.text === String(this.#step), 'the value of a number', probe);
    this.latencies.push((probe.replyMessage?.receivedAt ?? 0) - probe.sentAt);
    await this.#collect();
    kernel.forgetFinished();
    kernel.check();
    if (performance.now() > this.#endOfLife) await this.#end(WAYS[this.kernels % WAYS.length]);
  }

  /** Late output has to have come by now. */
  async #collect(): Promise<void> {
    for (const [run, text] of this.#owed) {
      if (performance.now() - run.sentAt < 3000) continue;
      this.#owed.delete(run);
      must(
        run.stdout === text,
        `late output: expected ${JSON.stringify(text)}, found ${JSON.stringify(run.stdout)}`,
        run,
      );
    }
  }

  /** Ends the kernel; nothing of it may stay. */
  async #end(way: (typeof WAYS)[number]): Promise<void> {
    const kernel = this.#kernel;
    if (!kernel) return;
    this.#kernel = undefined;
    const pid = kernel.kernel.process.pid as number;
    const pids = [pid, ...descendants(pid)];
    try {
      if (way === 'restart' || way === 'shutdown') await kernel.shutdown(way === 'restart');
      else {
        kernel.kernel.process.kill(way);
        await kernel.exit();
      }
      const late = performance.now() + 10_000;
      while (alive(pids).length > 0 && performance.now() < late)
        await new Promise((again) => setTimeout(again, 20));
      must(alive(pids).length === 0, `processes that outlive their kernel, ended by ${way}: ${alive(pids)}`);
      const left = readdirSync(this.#scratch).filter((name) => name.startsWith('typescript-kernel-'));
      // SIGKILL leaves it to the next one.
      must(
        way === 'SIGKILL' || left.length === 0,
        `folders that outlive their kernel, ended by ${way}: ${left}`,
      );
      kernel.check();
    } finally {
      kernel.destroy();
    }
  }

  /** Notes what went wrong and goes on with a new kernel: after a fault the model knows nothing. */
  async #violated(kind: string, error: Error): Promise<void> {
    const text = `${kind} at step ${this.#step} of kernel ${this.kernels}: ${error.message}`;
    this.violations.push(text);
    this.options.say(`VIOLATION ${text}\nThe kernel's log: ${this.#kernel?.kernel.log() ?? 'none'}`);
    this.#kernel?.destroy();
    this.#kernel = undefined;
    // What was killed cannot clean up; the next kernel does.
    await new Promise((later) => setTimeout(later, 500));
  }
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const started = performance.now();
  const each = new Soak(options);
  await each.run();
  const quarter = Math.floor(each.latencies.length / 4);
  const [firstLatency, lastLatency] = [
    median(each.latencies.slice(0, quarter)),
    median(each.latencies.slice(-quarter)),
  ];
  // Twice as slow, and by more than a busy machine makes of it.
  const slower =
    lastLatency > 2 * firstLatency + 20
      ? [`a small cell took ${firstLatency.toFixed(1)} ms at first and ${lastLatency.toFixed(1)} ms at last`]
      : [];
  return {
    seed: options.seed,
    minutes: (performance.now() - started) / 60_000,
    cells: each.cells,
    kernels: each.kernels,
    firstLatency,
    lastLatency,
    trends: each.watch.trends(),
    violations: [...each.violations, ...each.watch.violations(), ...slower],
  };
}

/** The report as people read it. */
export function summary(report: SoakReport): string {
  const count = Object.values(report.cells).reduce((sum, cells) => sum + cells, 0);
  const kinds = Object.entries(report.cells).map(([kind, cells]) => `  ${kind.padEnd(12)} ${cells}`);
  const trends = report.trends.map(
    ({ part, minutes, firstMegabytes, lastMegabytes, megabytesPerMinute, firstFiles, lastFiles }) =>
      `  ${part.padEnd(8)} ${minutes.toFixed(1).padStart(6)} min  ${firstMegabytes.toFixed(0).padStart(5)} -> ${lastMegabytes.toFixed(0).padStart(5)} MB (${megabytesPerMinute.toFixed(2)} MB/min)  ${firstFiles} -> ${lastFiles} files`,
  );
  return [
    `${count} cells of these kinds in ${report.kernels} kernels, ${report.minutes.toFixed(1)} minutes, seed ${report.seed}:`,
    ...kinds,
    'Memory and open files of the processes that lived long enough, first and last quarter of each life:',
    ...trends,
    `A small cell: ${report.firstLatency.toFixed(1)} ms in the first quarter, ${report.lastLatency.toFixed(1)} ms in the last (medians).`,
    report.violations.length === 0
      ? 'No violation.'
      : `${report.violations.length} violations:\n${report.violations.map((each) => `- ${each.split('\n')[0]}`).join('\n')}`,
  ].join('\n');
}
