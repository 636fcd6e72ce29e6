/** Shell lines, `%npm` and `%%bash`: programs whose output streams into the cell, and which Stop ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { send } from '../output.js';
import { runningCell } from './cell.js';
import { joined } from './files.js';

/** How long a program may take to end by itself after Stop, ms. */
const GRACE = 500;

const isWindows = process.platform === 'win32';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stopped: boolean;
  readonly output: string;
}

interface Options {
  /** What the program reads. */
  readonly input?: string;
  /** Keeps what it prints to stdout instead of showing it. */
  readonly keeps?: boolean;
}

function start(command: string, { input }: Options): ChildProcess {
  // npm and npx are found beside Node, also where the kernel was started without its folder in the path.
  const PATH = [process.env.PATH, dirname(process.execPath)].filter(Boolean).join(delimiter);
  return spawn(command, {
    shell: true,
    cwd: process.cwd(),
    env: { ...process.env, PATH },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that Stop reaches what the shell has started.
    detached: !isWindows,
    windowsHide: true,
  });
}

function kill({ pid }: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    if (isWindows) spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true });
    else process.kill(-pid, signal);
  } catch {
    // It has just ended.
  }
}

async function run(command: string, options: Options = {}): Promise<Ended> {
  const { signal: stop } = runningCell().controller;
  const child = start(command, options);
  if (child.pid !== undefined) send({ type: 'program', pid: child.pid, runs: true });
  let output = '';
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    const take = (text: string): void => {
      if (text === '') return;
      if (options.keeps && name === 'stdout') output += text;
      else process[name].write(text);
    };
    child[name]?.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
    child[name]?.on('end', () => take(decoder.end()));
  }
  // A program that does not read all of its input is no fault.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  let escalation: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill(child, 'SIGINT');
    escalation = setTimeout(() => kill(child, 'SIGKILL'), GRACE);
  };
  stop.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stopped: stop.aborted, output }));
    });
  } finally {
    clearTimeout(escalation);
    stop.removeEventListener('abort', end);
    if (child.pid !== undefined) send({ type: 'program', pid: child.pid, runs: false });
  }
}

/** Half a sentence on how a program failed; undefined when it did not, or when the user stopped it. */
function failure({ code, signal, stopped }: Ended): string | undefined {
  if (stopped || (code === 0 && signal === null)) return undefined;
  return signal ? `was ended by ${signal}` : `ended with exit status ${code}`;
}

function say(ended: Ended): void {
  const failed = failure(ended);
  if (failed) process.stderr.write(`The command ${failed}.\n`);
}

export async function shell(...parts: unknown[]): Promise<void> {
  say(await run(joined(parts)));
}

export async function lines(...parts: unknown[]): Promise<string[]> {
  const ended = await run(joined(parts), { keeps: true });
  say(ended);
  const text = ended.output.replace(/\r?\n$/, '');
  return text === '' ? [] : text.split(/\r?\n/);
}

/** An error ends the cell: what comes next would work on half-done things. */
function demand(ended: Ended, what: string): void {
  const failed = failure(ended);
  if (failed) throw Object.assign(new Error(`${what} ${failed}.`), { name: 'CommandFailed', stack: '' });
}

export async function script(body: string, ...parts: unknown[]): Promise<void> {
  const program = joined(parts).trim();
  demand(await run(program, { input: body }), program);
}

export async function npm(...parts: unknown[]): Promise<void> {
  const command = `npm ${joined(parts)}`;
  demand(await run(command), command);
}
