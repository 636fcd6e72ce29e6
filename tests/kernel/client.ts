/**
 * A Jupyter client over real ZMQ that trusts nothing: it checks the signature, the schema, the parent and the
 * busy/idle pairing of every message, and `close()` fails when one of them was wrong.
 */
import { randomUUID } from 'node:crypto';
import { type KernelSpec, type Launched, type LaunchOptions, launch } from './launch.js';
import { type Channel, decode, encode, type Header, type Json, type Message, newHeader } from './message.js';
import { Run } from './run.js';
import { faults } from './schema.js';
import { type Outgoing, Sockets } from './sockets.js';

export interface ClientOptions extends LaunchOptions {
  /** Another way to start the kernel than Jupyter's. */
  launcher?: (spec: KernelSpec, options: LaunchOptions) => Promise<Launched>;
  /** False for peers whose faults are not ours to judge: messages are taken as they come. */
  strict?: boolean;
  /** How long a request may take, ms. */
  timeout?: number;
}

export interface ExecuteOptions {
  silent?: boolean;
  store_history?: boolean;
  user_expressions?: Record<string, string>;
  allow_stdin?: boolean;
  stop_on_error?: boolean;
  /** The subshell that runs it; the main shell when absent. */
  subshell?: string;
}

export class KernelClient {
  /** Every fault seen so far. */
  readonly faults: string[] = [];
  /** Messages that answer no request of this client: the status `starting`, for one. */
  readonly unasked: Message[] = [];
  /** Answers an input_request of the running cell. */
  onInput: ((prompt: string, password: boolean) => string) | undefined;
  readonly session: string = randomUUID();
  #runs = new Map<string, Run>();
  readonly #sockets: Sockets;
  #forgotten = new Set<string>();
  #listeners = new Set<(message: Message) => void>();
  #closed = false;

  private constructor(
    readonly kernel: Launched,
    readonly spec: KernelSpec,
    private readonly options: ClientOptions,
  ) {
    const receive = (channel: Channel, frames: Buffer[]) => {
      try {
        this.#accept(decode(kernel.connection.key, channel, frames));
      } catch (error) {
        this.faults.push(String(error));
      }
    };
    this.#sockets = new Sockets(kernel.connection, receive, (fault) => this.faults.push(fault));
  }

  /** Starts a kernel and resolves when it answers and its iopub is heard. */
  static async start(spec: KernelSpec, options: ClientOptions): Promise<KernelClient> {
    const kernel = await (options.launcher ?? launch)(spec, options);
    const client = new KernelClient(kernel, spec, options);
    void kernel.exited.then(async ({ code, signal }) => {
      // What it sent last may still be on its way.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const error = new Error(`The kernel ended (code ${code}, signal ${signal}). Its log:\n${kernel.log()}`);
      for (const run of client.#runs.values()) run.fail(error);
    });
    await client.#ready();
    return client;
  }

  /** iopub may connect after the first reply: ask until an idle is heard, as jupyter_client does. */
  async #ready(): Promise<void> {
    const deadline = performance.now() + 60_000;
    let heard = false;
    const ask = async (): Promise<void> => {
      const run = this.start('kernel_info_request', {}, { timeout: 60_000 });
      await Promise.race([
        run.done(),
        run
          .until((message) => message.channel === 'shell')
          .then(() => new Promise((resolve) => setTimeout(resolve, 50))),
      ]);
      heard = run.idleAt !== undefined;
      // What iopub lost before it was connected is not the kernel's fault.
      this.#runs.delete(run.header.msg_id);
      this.#forgotten.add(run.header.msg_id);
    };
    try {
      while (!heard && performance.now() < deadline) await ask();
      if (!heard) throw new Error(`No idle came on iopub within a minute. The log:\n${this.kernel.log()}`);
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** Resolves with the next message, of whatever request, that passes the test. */
  async next(test: (message: Message) => boolean, what: string): Promise<Message> {
    const timeout = this.options.timeout ?? 20_000;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No ${what} within ${timeout} ms`)), timeout);
      const listener = (message: Message) => {
        if (!test(message)) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(message);
      };
      this.#listeners.add(listener);
    });
  }

  #accept(message: Message): void {
    for (const listener of this.#listeners) listener(message);
    if (this.options.strict !== false) this.faults.push(...faults(message));
    const id = message.parent_header?.msg_id;
    const run = id === undefined ? undefined : this.#runs.get(id);
    if (!run) {
      if (id !== undefined && this.#forgotten.has(id)) return;
      if (id !== undefined)
        this.faults.push(`${message.header.msg_type}: its parent ${id} is no request of this client`);
      this.unasked.push(message);
      return;
    }
    for (const field of ['session', 'username', 'msg_type', 'version'] as const) {
      if (message.parent_header[field] === run.header[field]) continue;
      this.faults.push(
        `${message.header.msg_type}: its parent's ${field} is ${message.parent_header[field]}`,
      );
    }
    if (message.header.msg_type === 'input_request') this.#answer(message);
    run.accept(message);
  }

  #answer(question: Message): void {
    if (!this.onInput) return;
    const value = this.onInput(question.content.prompt, question.content.password);
    const header = newHeader('input_reply', this.session);
    this.sendFrames(
      'stdin',
      encode(this.kernel.connection.key, header, { status: 'ok', value }, question.header),
    );
  }

  /** Sends frames as they are, signed or not. */
  sendFrames(channel: Outgoing, frames: Buffer[]): void {
    this.#sockets.send(channel, frames);
  }

  /** Sends a request and returns at once; `done()` on the run waits for its end. */
  start(
    type: string,
    content: Json = {},
    options: {
      channel?: 'shell' | 'control';
      reply?: boolean;
      timeout?: number;
      buffers?: Buffer[];
      subshell?: string;
    } = {},
  ): Run {
    const header: Header = newHeader(type, this.session, options.subshell);
    const run = new Run(
      header,
      content,
      options.reply ?? true,
      options.timeout ?? this.options.timeout ?? 20_000,
    );
    this.#runs.set(header.msg_id, run);
    const frames = encode(this.kernel.connection.key, header, content, {}, options.buffers);
    this.sendFrames(options.channel ?? 'shell', frames);
    return run;
  }

  /** Starts a cell and returns while it runs. */
  startCell(code: string, { subshell, ...options }: ExecuteOptions = {}, timeout?: number): Run {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: this.onInput !== undefined,
      stop_on_error: true,
      ...options,
    };
    return this.start('execute_request', content, { timeout, subshell });
  }

  /** Waits for a run's end and checks all that was sent until then. */
  async finish(run: Run): Promise<Run> {
    await run.done();
    if (this.options.strict !== false) this.faults.push(...run.faults());
    this.check();
    return run;
  }

  /** Runs a cell to its end. */
  async execute(code: string, options: ExecuteOptions = {}, timeout?: number): Promise<Run> {
    return this.finish(this.startCell(code, options, timeout));
  }

  /** Runs a cell that has to succeed; the error says what came when it does not. */
  async ok(code: string): Promise<Run> {
    const run = await this.execute(code);
    if (run.status !== 'ok') throw new Error(`This cell should have succeeded. ${run}\n${run.traceback}`);
    return run;
  }

  /** Runs a cell that has to fail. */
  async fails(code: string): Promise<Run> {
    const run = await this.execute(code);
    if (run.status !== 'error') throw new Error(`This cell should have failed. ${run}`);
    return run;
  }

  /** The text/plain of a cell that has to succeed and has a value. */
  async value(code: string): Promise<string | undefined> {
    return (await this.ok(code)).text;
  }

  /** A message of a comm, to the kernel; resolves when the kernel has handled it. */
  async comm(kind: 'open' | 'msg' | 'close', content: Json, buffers: Buffer[] = []): Promise<Run> {
    return this.finish(this.start(`comm_${kind}`, content, { reply: false, buffers }));
  }

  /** Any other request, to its end. */
  async request(type: string, content: Json = {}, channel: 'shell' | 'control' = 'shell'): Promise<Run> {
    return this.finish(this.start(type, content, { channel }));
  }

  /** Interrupts the way the kernelspec asks for; resolves when the kernel has acknowledged it. */
  async interrupt(): Promise<void> {
    if (this.spec.interrupt_mode === 'message') await this.request('interrupt_request', {}, 'control');
    else process.kill(-(this.kernel.process.pid as number), 'SIGINT');
  }

  /** One beat: the kernel has to send back the bytes it got. */
  async heartbeat(): Promise<string> {
    return this.#sockets.beat('beat');
  }

  /** Asks the kernel to end, and resolves with its reply when the process is gone. */
  async shutdown(
    restart = false,
  ): Promise<{ reply: Json; code: number | null; signal: NodeJS.Signals | null }> {
    const run = this.start('shutdown_request', { restart }, { channel: 'control' });
    await run.until((message) => message.channel === 'control', 'shutdown_reply');
    return { reply: run.reply, ...(await this.exit()) };
  }

  /** Resolves when the process is gone; an error when it stays. */
  async exit(within = 30_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`The kernel's process is still there after ${within} ms`)),
        within,
      );
    });
    try {
      return await Promise.race([this.kernel.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of what a finished request was answered with. What still comes for it is checked and then dropped. */
  forget(run: Run): void {
    this.#runs.delete(run.header.msg_id);
    this.#forgotten.add(run.header.msg_id);
  }

  /** The same for all requests that were answered some time ago. */
  forgetFinished(): void {
    const old = performance.now() - 5000;
    for (const run of this.#runs.values()) if (run.idleAt !== undefined && run.idleAt < old) this.forget(run);
  }

  /** Throws when a message was wrong. */
  check(): void {
    if (this.options.strict === false || this.faults.length === 0) return;
    const shown = this.faults.splice(0).slice(0, 10).join('\n');
    throw new Error(`The kernel broke the protocol:\n${shown}`);
  }

  /** Shuts the kernel down, frees everything, and throws when a message was wrong. */
  async close(): Promise<void> {
    try {
      if (!this.#closed && this.kernel.process.exitCode === null && this.kernel.process.signalCode === null) {
        await this.shutdown();
      }
    } finally {
      this.destroy();
    }
    this.check();
  }

  destroy(): void {
    this.#closed = true;
    this.#sockets.close();
    this.kernel.destroy();
  }
}
