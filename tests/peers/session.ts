/** One running kernel of a peer, asked without judging its protocol: what does not come in time is a plain "no". */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ExecuteOptions, KernelClient } from '../kernel/client.js';
import type { KernelSpec } from '../kernel/launch.js';
import { type Json, type Message, plain } from '../kernel/message.js';
import type { Run } from '../kernel/run.js';
import { type Language, languageOf, type Peer } from './feature.js';
import { kernels, root } from './kernels.mjs';

/** The peer cannot do what a probe needs; the message says what came instead. */
export class Unable extends Error {}

const CELL = 10_000;
/** For requests that some peers never answer. */
const REPLY = 3000;
/** tslab loses some idle messages: a cell whose reply is here is not waited for any longer than this. */
const IDLE = 1000;

/** How many times longer than usual everything is waited for. */
let patience = 1;

export function waitLonger(times: number): void {
  patience = times;
}

/** @returns the same span for a machine on which everything takes its time */
export const stretched = (ms: number): number => ms * patience;

/** Resolves with the promise's value, or undefined when it takes too long. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, stretched(ms), undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Files that every notebook folder has: Deno finds packages in node_modules only when it is told to look there. */
const FOLDER: Record<string, string> = {
  'deno.json': '{ "nodeModulesDir": "manual" }',
};

const specs = new Map<Peer, KernelSpec>();

function specOf(peer: Peer): KernelSpec {
  const known = specs.get(peer) ?? kernels[peer]();
  specs.set(peer, known);
  return known;
}

export class Session {
  readonly language: Language;
  /** False when the kernel has died or hangs, so that the next probe needs a new one. */
  usable = true;

  private constructor(
    readonly peer: Peer,
    readonly client: KernelClient,
    readonly folder: string,
  ) {
    this.language = languageOf[peer];
    void client.kernel.exited.then(() => {
      this.usable = false;
    });
  }

  static async start(
    peer: Peer,
    options: { files?: Record<string, string>; env?: Record<string, string> } = {},
  ): Promise<Session> {
    // Inside the checkout, where tslab finds the types of Node.
    mkdirSync(join(root, '.lab/peers-notebooks'), { recursive: true });
    const folder = mkdtempSync(join(root, '.lab/peers-notebooks/notebook '));
    write(folder, { ...FOLDER, ...options.files });
    const start = () =>
      KernelClient.start(specOf(peer), { cwd: folder, env: options.env, strict: false, timeout: 60_000 });
    // tslab now and then answers nothing from the beginning.
    const first = start();
    const client = (await within(first, 15_000)) ?? (await start());
    void first.then((late) => late !== client && late.destroy()).catch(() => undefined);
    return new Session(peer, client, folder);
  }

  /** Another kernel of the same peer, ended when the action is. */
  async another<T>(
    options: { files?: Record<string, string>; env?: Record<string, string> },
    action: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await Session.start(this.peer, options);
    try {
      return await action(session);
    } finally {
      session.destroy();
    }
  }

  write(files: Record<string, string>): void {
    write(this.folder, files);
  }

  /** Runs a cell to its end, however it ends. One that tslab skips because of an earlier error is sent again. */
  async run(code: string, options: ExecuteOptions = {}, timeout = CELL): Promise<Run> {
    const deadline = performance.now() + stretched(3000);
    for (;;) {
      const run = this.client.startCell(code, options);
      await this.ended(run, timeout);
      if (!/^abort/.test(run.status) || performance.now() > deadline) return run;
      await within(this.client.kernel.exited, 50);
    }
  }

  /** Waits for a run's reply, and for its idle as long as one may still come. */
  async ended(run: Run, timeout = CELL): Promise<Run> {
    const replied = run.until((message) => /shell|control/.test(message.channel), 'reply').then(() => true);
    const died = this.client.kernel.exited.then(() => false);
    const outcome = await within(Promise.race([replied, died]), timeout);
    if (!outcome) {
      this.usable = false;
      throw new Unable(`no reply${outcome === false ? ': the kernel has died' : ''}. ${run}`);
    }
    // A session that has begun to lose messages would lose more.
    if (!(await within(run.done(), IDLE))) this.usable = false;
    // Deno's results may come after its idle.
    if (this.peer === 'deno' && run.of('execute_result').length === 0)
      await within(
        run.until(({ header }) => header.msg_type === 'execute_result'),
        20,
      );
    return run;
  }

  async ok(code: string, options?: ExecuteOptions, timeout?: number): Promise<Run> {
    const run = await this.run(code, options, timeout);
    if (run.status !== 'ok') throw new Unable(`the cell failed. ${run}`);
    return run;
  }

  /** What a cell that has to succeed shows as its value, in plain text. */
  async shown(code: string): Promise<string> {
    return shown(await this.ok(code));
  }

  /** Runs the cell of several that suits the kernel's language. */
  async okIn(cells: { typescript: string; javascript?: string; python: string }): Promise<Run> {
    return this.ok(cells[this.language] ?? cells.typescript);
  }

  async request(
    type: string,
    content: Json = {},
    channel: 'shell' | 'control' = 'shell',
    timeout = REPLY,
  ): Promise<Json> {
    const run = this.client.start(type, content, { channel });
    const reply = await within(
      run.until((message) => /shell|control/.test(message.channel), 'reply'),
      timeout,
    );
    if (!reply) throw new Unable(`no reply to ${type}`);
    return reply.content;
  }

  /** True when something that answers the run, past or coming, passes the test in time. */
  async comes(run: Run, test: (message: Message) => boolean, ms = REPLY): Promise<boolean> {
    const coming = run.until(test).catch(() => undefined);
    return (await within(coming, ms)) !== undefined;
  }

  /** Stops a running cell the way the kernel wants it; true when it ended in time. */
  async stop(run: Run, ms = 5000): Promise<boolean> {
    const stopped = within(this.client.interrupt(), ms);
    const ended = await within(
      Promise.race([
        run.until((message) => /shell|control/.test(message.channel)).then(() => true),
        this.client.kernel.exited.then(() => false),
      ]),
      ms,
    );
    await stopped;
    if (!ended) this.usable = false;
    return ended === true;
  }

  /** Asks the kernel to end; true when it says so and its process is gone in time. */
  async shutdown(ms = 3000): Promise<boolean> {
    this.usable = false;
    const ended = this.client.shutdown().then(
      () => true,
      () => false,
    );
    return (await within(ended, ms)) ?? false;
  }

  /** Hears, while the action goes on, what is said to the notebook, under whatever cell. */
  async listen<T>(action: (heard: Heard) => Promise<T>): Promise<T> {
    const heard = new Heard();
    let over = false;
    const listening = this.client.next((message) => {
      if (message.channel === 'iopub') heard.add(message);
      return over;
    }, 'message after the last');
    listening.catch(() => undefined);
    try {
      return await action(heard);
    } finally {
      over = true;
    }
  }

  destroy(): void {
    this.client.destroy();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** What a kernel has said to everyone who listens. */
export class Heard {
  #text = '';
  #waiters = new Set<() => void>();

  add({ header, content }: Message): void {
    if (header.msg_type === 'execute_input') return;
    this.#text += plain(
      [content.text, content.evalue, ...(content.traceback ?? []), JSON.stringify(content.data)].join('\n'),
    );
    for (const waiter of this.#waiters) waiter();
  }

  /** True when the pattern has been heard, or is in time. */
  async has(pattern: RegExp, ms = REPLY): Promise<boolean> {
    if (pattern.test(this.#text)) return true;
    const coming = new Promise<true>((resolve) => {
      this.#waiters.add(() => {
        if (pattern.test(this.#text)) resolve(true);
      });
    });
    return (await within(coming, ms)) ?? false;
  }
}

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** The value of a cell in plain text: tslab writes it to stdout. */
export function shown(run: Run): string {
  const bundle = run.result ?? run.displays[0]?.data ?? {};
  return plain(bundle['text/plain'] ?? run.stdout).trim();
}

/** Everything that a cell says of its failure. */
export function said(run: Run): string {
  const { evalue = '', traceback = [] } = run.replyMessage?.content ?? {};
  return plain([run.traceback, run.stderr, evalue, ...traceback].join('\n'));
}

/** The bundles that a cell has shown, its value among them. */
export function bundles(run: Run): Record<string, Json>[] {
  return run.iopub
    .filter(({ header }) => /^(execute_result|display_data|update_display_data)$/.test(header.msg_type))
    .map(({ content }) => content.data ?? {});
}
