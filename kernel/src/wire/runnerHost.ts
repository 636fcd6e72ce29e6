/** Starts the runner, talks to it, notices its death and starts another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { ended } from '../shared/ended.js';
import { encodeFrame, frameDecoder } from '../shared/frames.js';
import type { FromRunner, FromWatchdog, ToRunner, ToWatchdog } from '../shared/protocol.js';

export interface RunnerEvents {
  /** @param attached what came with it, where it says so */
  message(message: FromRunner, attached: Buffer | undefined): void;
  inspected(message: FromWatchdog): void;
  /** Text that came from the process itself: native code, child processes, V8's last words. */
  raw(name: 'stdout' | 'stderr', text: string): void;
  /** The process ended on its own; another is being started. `reason` is half a sentence. */
  died(reason: string): void;
}

/** Ends in a row without ever getting ready, after which starting again is no use. */
const MAX_FAILED_STARTS = 3;

export class RunnerHost {
  readonly #events: RunnerEvents;
  readonly #folder: string;
  readonly #distFolder: string;
  #child: ChildProcess | undefined;
  #ended = false;
  #failedStarts = 0;
  #lastWords = '';
  #held = false;
  /** What was asked to stop must be able to write to its end. */
  #stopping = false;

  /** @param first a runner that was spawned already, so that it gets ready while its host is loaded */
  constructor(folder: string, distFolder: string, events: RunnerEvents, first?: ChildProcess) {
    this.#folder = folder;
    this.#distFolder = distFolder;
    this.#events = events;
    this.#adopt(first ?? spawnRunner(folder, distFolder));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @returns false when there is no runner to take it */
  send(message: ToRunner): boolean {
    const input = pipe(this.#child, 4) as Duplex | undefined;
    if (message.type === 'execute') {
      this.#stopping = false;
      this.#flow(this.#child);
    }
    input?.write(encodeFrame(message));
    return input !== undefined;
  }

  postToWatchdog(message: ToWatchdog): void {
    (pipe(this.#child, 5) as Duplex | undefined)?.write(encodeFrame(message));
  }

  /**
   * Goes to the watchdog thread, which listens even when user code does not.
   * @param cell the newest cell that is to be stopped
   */
  interrupt(cell: number): void {
    this.#stopping = true;
    this.#flow(this.#child);
    this.postToWatchdog({ type: 'interrupt', cell });
  }

  /** Stops reading what the runner writes, until `release`: a runner that has filled its pipe waits. */
  hold(): void {
    this.#held = true;
    this.#flow(this.#child);
  }

  release(): void {
    this.#held = false;
    this.#flow(this.#child);
  }

  #flow(child: ChildProcess | undefined): void {
    const waits = this.#held && !this.#stopping;
    for (const fd of [1, 2, 3]) {
      const output = pipe(child, fd) as Readable | undefined;
      if (!output || output.isPaused() === waits) continue;
      if (waits) output.pause();
      else output.resume();
    }
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#ended = true;
    await ended(this.#child);
  }

  #adopt(child: ChildProcess): void {
    this.#child = child;
    this.#lastWords = '';
    let ready = false;
    (pipe(child, 3) as Readable).on(
      'data',
      frameDecoder<FromRunner>((message, attached) => {
        if (message.type === 'ready') {
          ready = true;
          this.#failedStarts = 0;
        }
        this.#events.message(message, attached);
      }),
    );
    (pipe(child, 5) as Duplex).on(
      'data',
      frameDecoder<FromWatchdog>((message) => this.#events.inspected(message)),
    );
    for (const [fd, name] of [
      [1, 'stdout'],
      [2, 'stderr'],
    ] as const) {
      const decoder = new StringDecoder('utf8');
      (pipe(child, fd) as Readable).on('data', (chunk: Buffer) => {
        const text = decoder.write(chunk);
        if (name === 'stderr') this.#lastWords = (this.#lastWords + text).slice(-20_000);
        if (text !== '') this.#events.raw(name, text);
      });
    }
    this.#flow(child);
    for (const fd of [4, 5]) (pipe(child, fd) as Duplex).on('error', () => {});
    child.once('error', (error) => this.#gone(child, ready, `could not be started: ${error.message}`));
    // 'close' comes after all that the process wrote has been read.
    child.once('close', (code, signal) => this.#gone(child, ready, reasonFor(code, signal, this.#lastWords)));
    // What happened before anybody listened: Node tells a failed start once and no more.
    if (child.pid === undefined) process.nextTick(() => this.#gone(child, ready, 'could not be started'));
  }

  #gone(child: ChildProcess, wasReady: boolean, reason: string): void {
    if (this.#ended || this.#child !== child) return;
    this.#child = undefined;
    if (!wasReady) this.#failedStarts++;
    if (this.#failedStarts < MAX_FAILED_STARTS) this.#adopt(spawnRunner(this.#folder, this.#distFolder));
    this.#events.died(reason);
  }
}

/** Starts a runner. Nothing that it writes is lost before a host listens. */
export function spawnRunner(folder: string, distFolder: string): ChildProcess {
  const flags = (process.env.LAB_KERNEL_RUNNER_FLAGS ?? '').split(' ').filter((flag) => flag !== '');
  const child = spawn(
    process.execPath,
    // Without the second flag Node 24 aborts when code in a timer is ended: see runner/unwind.ts.
    [
      '--experimental-vm-modules',
      '--no-force-async-hooks-checks',
      ...quiet(),
      ...flags,
      join(distFolder, 'runner.js'),
    ],
    { cwd: standing(folder), stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'], windowsHide: true },
  );
  child.on('error', () => {});
  return child;
}

/**
 * Warnings of what the runner itself does, and of a promise that a later cell handles, which in a notebook is no fault.
 * The user's own warnings must still show.
 */
function quiet(): string[] {
  const canSelect = process.allowedNodeEnvironmentFlags.has('--disable-warning');
  const silenced = ['ExperimentalWarning', 'DEP0111', 'PromiseRejectionHandledWarning'];
  return canSelect ? silenced.map((name) => `--disable-warning=${name}`) : ['--no-warnings'];
}

/** Ends a program that a cell has started, and what that has started. */
export function endGroup(pid: number): void {
  // As a group where it leads one, else alone.
  for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
      return;
    } catch {
      // It has ended by itself, or leads no group.
    }
  }
}

/** Node's types know five of a child's pipes; this one has six. */
function pipe(child: ChildProcess | undefined, fd: number): unknown {
  return (child?.stdio as readonly unknown[] | undefined)?.[fd];
}

/** The folder itself, or, if it was taken away, the nearest one above it that is there. */
function standing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : standing(dirname(folder));
}

function reasonFor(code: number | null, signal: string | null, lastWords: string): string {
  if (/heap out of memory|Allocation failed|OOMError/i.test(lastWords)) return 'ran out of memory';
  if (signal === 'SIGKILL') return 'was killed (SIGKILL); the system does that when memory runs out';
  if (signal) return `crashed (${signal})`;
  return `ended with exit code ${code}`;
}
