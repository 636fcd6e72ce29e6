/** The wire process: answers every request of the Jupyter protocol and never runs user code. */
import { plainText } from '../language/plain.js';
import { BackPressure } from './backPressure.js';
import { bindChannels, type Channels, echoHeartbeats, SendQueue } from './connection.js';
import type { ConnectionInfo } from './connectionFile.js';
import { History } from './history.js';
import { IopubQueue } from './iopubQueue.js';
import { Codec, type Message, PROTOCOL_VERSION } from './message.js';
import { IoPublisher } from './publisher.js';
import { Session, type SessionPrograms } from './session.js';
import type { Shell } from './shell.js';
import { StdinChannel } from './stdin.js';
import { Subshells } from './subshells.js';
import type { Usage } from './usage.js';

type Channel = 'shell' | 'control';
type Content = Record<string, unknown>;
type Handler = (message: Message) => Content | Promise<Content>;

/** How long cells that were sent together may take to arrive one after the other, ms. */
const ARRIVAL = 25;
/** How long a kernel that ends waits for its last output to go, ms. */
const FLUSH = 1000;

/** What is answered before all of the kernel is loaded. */
const AT_ONCE = new Set(['kernel_info_request', 'interrupt_request', 'shutdown_request']);

/** How a frame on the iopub socket says that a client has subscribed. */
const SUBSCRIBED = 1;

export interface KernelOptions {
  readonly connection: ConnectionInfo;
  readonly programs: SessionPrograms;
  /** Settles when cells can be read. */
  readonly loaded: Promise<void>;
  readonly version: string;
  /** Where the history of all sessions is kept; undefined keeps none. */
  readonly historyFile?: string | undefined;
}

export class Kernel {
  readonly #channels: Channels;
  readonly #codec: Codec;
  readonly #replies: Record<Channel, SendQueue>;
  readonly #iopub: IopubQueue;
  readonly #stdin: StdinChannel;
  readonly #publisher: IoPublisher;
  readonly #session: Session;
  readonly #version: string;
  readonly #loaded: Promise<void>;
  readonly #ports: Content;
  #usage: Usage | undefined;
  readonly #history: History;
  #executionCount = 0;
  readonly #shells: Subshells;
  /** The cells that run: one a shell. */
  readonly #executing = new Set<Message>();
  #closing = false;
  #closed!: () => void;
  /** Resolves when the kernel was shut down. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#closed = resolve;
  });

  static async start(options: KernelOptions): Promise<Kernel> {
    return new Kernel(await bindChannels(options.connection), options);
  }

  private constructor(
    channels: Channels,
    { connection, programs, loaded, version, historyFile }: KernelOptions,
  ) {
    this.#channels = channels;
    this.#version = version;
    this.#loaded = loaded;
    const { shell_port, iopub_port, stdin_port, control_port, hb_port } = connection;
    this.#ports = { shell_port, iopub_port, stdin_port, control_port, hb_port };
    this.#codec = new Codec(connection.key);
    this.#replies = { shell: new SendQueue(channels.shell), control: new SendQueue(channels.control) };
    this.#iopub = new IopubQueue(channels.iopub);
    this.#stdin = new StdinChannel(this.#codec, new SendQueue(channels.stdin));
    this.#publisher = new IoPublisher(this.#codec, this.#iopub);
    this.#history = new History(historyFile);
    this.#session = new Session(programs, this.#publisher, this.#stdin);
    this.#iopub.backlog = new BackPressure(
      () => this.#session.hold(),
      () => this.#session.release(),
    );
    this.#shells = new Subshells({
      run: (message, shell) => this.#execute(message, shell),
      abort: (message) => this.#abort(message),
    });
    this.#publisher.status('starting', {});
    void echoHeartbeats(channels.heartbeat).catch(() => {});
    void this.#listen('shell').catch(() => {});
    void this.#listen('control').catch(() => {});
    void this.#listenForInput().catch(() => {});
    void this.#welcome().catch(() => {});
  }

  /** A client that has heard its welcome will miss nothing that is published after it. */
  async #welcome(): Promise<void> {
    for await (const [frame] of this.#channels.iopub) {
      if (frame?.[0] !== SUBSCRIBED) continue;
      const subscription = frame.toString('utf8', 1);
      const topic = Buffer.from(subscription || 'iopub_welcome');
      this.#iopub.push(this.#codec.encode('iopub_welcome', { subscription }, {}, [topic]));
    }
  }

  async #listenForInput(): Promise<void> {
    for await (const frames of this.#channels.stdin) {
      const message = this.#codec.decode(frames as Buffer[]);
      if (message?.header.msg_type === 'input_reply') this.#stdin.receive(message);
    }
  }

  async #listen(channel: Channel): Promise<void> {
    for await (const frames of this.#channels[channel]) {
      const message = this.#codec.decode(frames as Buffer[]);
      if (!message) continue;
      if (!AT_ONCE.has(message.header.msg_type)) await this.#loaded;
      this.#receive(channel, message);
    }
  }

  #receive(channel: Channel, message: Message): void {
    if (channel === 'shell') {
      let shell: Shell;
      try {
        shell = this.#shells.of(message);
      } catch (error) {
        this.#refuse(message, error as Error);
        return;
      }
      if (message.header.msg_type === 'execute_request') {
        shell.push(message);
        return;
      }
    }
    void this.#answer(channel, message);
  }

  readonly #handlers: Record<string, Handler> = {
    kernel_info_request: () => this.#kernelInfo(),
    complete_request: (message) => this.#complete(message),
    inspect_request: (message) => this.#inspect(message),
    is_complete_request: async ({ content }) => ({
      ...(await this.#session.isComplete(String(content.code ?? ''))),
    }),
    usage_request: async () => {
      this.#usage ??= new (await import('./usage.js')).Usage();
      return { status: 'ok', ...(await this.#usage.report()) };
    },
    history_request: ({ content }) => this.#historyReply(content),
    comm_info_request: ({ content }) => {
      const target = content.target_name;
      return { status: 'ok', comms: this.#session.comms(typeof target === 'string' ? target : undefined) };
    },
    connect_request: () => ({ status: 'ok', ...this.#ports }),
    debug_request: ({ content }) => this.#session.debug(content),
    interrupt_request: () => {
      this.#session.interrupt();
      return { status: 'ok' };
    },
    create_subshell_request: () => ({ status: 'ok', subshell_id: this.#shells.create() }),
    delete_subshell_request: ({ content }) => {
      this.#shells.delete(content.subshell_id);
      return { status: 'ok' };
    },
    list_subshell_request: () => ({ status: 'ok', subshell_id: this.#shells.list() }),
    shutdown_request: ({ content }) => ({ status: 'ok', restart: content.restart === true }),
  };

  /** Answers any request but execute, at once, also while a cell runs. */
  async #answer(channel: Channel, message: Message): Promise<void> {
    const type = message.header.msg_type;
    const handler = Object.hasOwn(this.#handlers, type) ? this.#handlers[type] : undefined;
    // Comm messages have no reply.
    this.#publisher.status('busy', message.header);
    if (!handler) {
      const comm = /^comm_(open|msg|close)$/.exec(type)?.[1];
      try {
        if (comm) await this.#session.handleComm(comm as 'open' | 'msg' | 'close', message);
      } catch (error) {
        // It has no reply that could say so.
        process.stderr.write(
          `typescript-kernel: a ${type} could not be handled: ${(error as Error).message}\n`,
        );
      }
      this.#idle(message);
      return;
    }
    let content: Content;
    try {
      content = await handler(message);
    } catch (error) {
      const { name, message: evalue } = error instanceof Error ? error : new Error(String(error));
      content = { status: 'error', ename: name, evalue, traceback: [] };
    }
    this.#reply(channel, message, content);
    if (channel === 'shell') this.#idle(message);
    else this.#publisher.status('idle', message.header);
    if (type === 'shutdown_request') await this.close();
  }

  /** Frontends show the last state they heard: it must not look idle while a cell runs. */
  #idle(message: Message): void {
    this.#publisher.status('idle', message.header);
    const [running] = this.#executing;
    if (running) this.#publisher.status('busy', running.header);
  }

  #reply(channel: Channel, message: Message, content: Content, metadata: object = {}): void {
    const type = message.header.msg_type.replace(/_request$/, '_reply');
    this.#replies[channel].push(
      this.#codec.encode(type, content, message.header, message.identities, metadata),
    );
  }

  #abort(message: Message): void {
    this.#publisher.status('busy', message.header);
    // Without a count: a frontend would write the failed cell's beside it.
    this.#reply('shell', message, { status: 'aborted' });
    this.#idle(message);
  }

  async #execute(message: Message, shell: Shell): Promise<void> {
    const { header, content } = message;
    const { code } = content;
    if (typeof code !== 'string') {
      // An error of the frontend's; it gets an answer all the same.
      const found = `execute_request: code must be a string, found ${typeof code}.`;
      this.#refuse(message, Object.assign(new Error(found), { name: 'BadRequest' }));
      if (content.stop_on_error !== false) shell.abortWaiting();
      return;
    }
    const silent = content.silent === true;
    const started = new Date().toISOString();
    const isStored = !silent && content.store_history !== false;
    if (isStored) this.#executionCount++;
    const executionCount = this.#executionCount;
    const ending = this.#session.execute({
      code,
      message,
      silent,
      executionCount,
      allowStdin: content.allow_stdin === true,
      keeps: isStored,
    });
    ending.catch(() => {});
    // The checker has its question before the frontend is told that the cell runs; nothing of the cell comes earlier.
    await new Promise(setImmediate);
    this.#executing.add(message);
    this.#publisher.status('busy', header);
    if (!silent) this.#publisher.publish('execute_input', { code, execution_count: executionCount }, header);
    const remember = isStored ? this.#history.add(executionCount, code) : undefined;
    const { error, output, payload } = await ending;
    if (output !== undefined) remember?.(output);
    // Whatever comes before the error is told was sent without knowing of it, so it belongs to the queue to drop.
    if (error) await new Promise((resolve) => setTimeout(resolve, ARRIVAL));
    if (error && !silent) this.#publisher.publish('error', error, header);
    const reply = error
      ? { status: 'error', execution_count: executionCount, ...error }
      : {
          status: 'ok',
          execution_count: executionCount,
          user_expressions: await this.#evaluate(message),
          payload,
        };
    this.#reply('shell', message, reply, { started, status: reply.status });
    this.#executing.delete(message);
    this.#idle(message);
    // Cells that were sent before the error was known are not run; those sent after it are.
    // A silent request is the frontend's own business, so its error is none of the user's cells'.
    if (error && !silent && content.stop_on_error !== false) shell.abortWaiting();
  }

  /** The values of the expressions that a frontend asks for beside the cell. */
  async #evaluate(message: Message): Promise<Content> {
    const wanted = message.content.user_expressions;
    if (typeof wanted !== 'object' || wanted === null) return {};
    const values: Content = {};
    for (const [name, code] of Object.entries(wanted)) {
      values[name] = await this.#session.evaluate(String(code), message, this.#executionCount);
    }
    return values;
  }

  /** Answers a request that cannot be handled at all. */
  #refuse(message: Message, { name, message: evalue }: Error): void {
    const type = message.header.msg_type;
    const error = { ename: name, evalue, traceback: [evalue] };
    const count = type === 'execute_request' ? { execution_count: this.#executionCount } : {};
    this.#publisher.status('busy', message.header);
    if (type.endsWith('_request')) this.#reply('shell', message, { status: 'error', ...count, ...error });
    this.#idle(message);
  }

  #kernelInfo(): Content {
    return {
      status: 'ok',
      protocol_version: PROTOCOL_VERSION,
      implementation: 'typescript-kernel',
      implementation_version: this.#version,
      // No codemirror_mode: JupyterLab then picks TypeScript's highlighting by the MIME type.
      language_info: {
        name: 'typescript',
        version: '7.0',
        mimetype: 'text/typescript',
        file_extension: '.ts',
      },
      banner: `TypeScript kernel ${this.#version} on Node ${process.version}: cells are type-checked before they run`,
      // Until 5.5 the debugger had a field of its own, by which older frontends know it.
      debugger: true,
      supported_features: ['debugger', 'kernel subshells'],
      help_links: [{ text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/handbook/' }],
    };
  }

  async #complete({ content }: Message): Promise<Content> {
    const code = String(content.code ?? '');
    const cursor = Number(content.cursor_pos ?? code.length);
    const { start, end, items } = await this.#session.complete(code, cursor);
    return {
      status: 'ok',
      matches: items.map((item) => item.text),
      cursor_start: start,
      cursor_end: end,
      metadata: {
        _jupyter_types_experimental: items.map(({ text, type, signature }) => ({
          text,
          type,
          signature,
          start,
          end,
        })),
      },
    };
  }

  async #inspect({ content }: Message): Promise<Content> {
    const code = String(content.code ?? '');
    const cursor = Number(content.cursor_pos ?? code.length);
    const text = await this.#session.inspect(code, cursor, Number(content.detail_level ?? 0));
    const data = text === undefined ? {} : { 'text/markdown': text, 'text/plain': plainText(text) };
    return { status: 'ok', found: text !== undefined, data, metadata: {} };
  }

  #historyReply(content: Content): Content {
    const output = content.output === true;
    const n = Number(content.n ?? 0);
    if (content.hist_access_type === 'range') {
      const [session, start] = [Number(content.session ?? 0), Number(content.start ?? 0)];
      const stop = Number(content.stop ?? Number.POSITIVE_INFINITY);
      return { status: 'ok', history: this.#history.range(session, start, stop, output) };
    }
    if (content.hist_access_type === 'search') {
      const pattern = String(content.pattern ?? '*');
      return { status: 'ok', history: this.#history.search(pattern, n, content.unique === true, output) };
    }
    return { status: 'ok', history: this.#history.tail(n, output) };
  }

  /** Stops what runs. */
  interrupt(): void {
    this.#session.interrupt();
  }

  /** Ends the runner and the compiler, removes the scratch folder and closes the sockets. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#history.write();
    // Nobody waits for a frontend that takes no output.
    const late = new Promise<void>((resolve) => setTimeout(resolve, FLUSH).unref());
    await Promise.all([
      this.#session.close(),
      Promise.race([this.#iopub.flushed(), late]),
      this.#replies.shell.flushed(),
      this.#replies.control.flushed(),
    ]);
    for (const socket of Object.values(this.#channels)) socket.close();
    this.#closed();
  }
}
