/** One request and everything the kernel sends because of it. */
import type { Header, Json, Message } from './message.js';
import { plain } from './message.js';

interface Waiter {
  test: (message: Message) => boolean;
  resolve: (message: Message) => void;
}

export class Run {
  /** Messages on iopub whose parent is this request, in the order of arrival. They may still come after idle. */
  readonly iopub: Message[] = [];
  readonly sentAt = performance.now();
  replyMessage: Message | undefined;
  idleAt: number | undefined;
  stdout = '';
  stderr = '';
  #replies = 0;
  #waiters = new Set<Waiter>();
  #finish!: () => void;
  #fail!: (error: Error) => void;
  readonly #finished: Promise<void>;

  constructor(
    readonly header: Header,
    readonly content: Json,
    private readonly needsReply: boolean,
    private readonly timeout: number,
  ) {
    this.#finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // A run that nobody waits for must not end the test process when it fails.
    this.#finished.catch(() => undefined);
  }

  accept(message: Message): void {
    const { content, header } = message;
    if (message.channel === 'iopub') {
      this.iopub.push(message);
      if (header.msg_type === 'stream') {
        if (content.name === 'stdout') this.stdout += content.text;
        else this.stderr += content.text;
      }
      if (header.msg_type === 'status' && content.execution_state === 'idle')
        this.idleAt = message.receivedAt;
    } else if (header.msg_type !== 'input_request') {
      this.replyMessage = message;
      this.#replies++;
    }
    for (const waiter of this.#waiters) {
      if (!waiter.test(message)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
    }
    if (this.idleAt !== undefined && (this.replyMessage || !this.needsReply)) this.#finish();
  }

  fail(error: Error): void {
    this.#fail(error);
  }

  /** Resolves when the reply and idle are both here; what a lost message looks like is said in the error. */
  async done(): Promise<this> {
    await this.#bounded(this.#finished, 'its reply and idle');
    return this;
  }

  /** Resolves with the first message of this request, past or coming, that passes the test. */
  async until(test: (message: Message) => boolean, what = 'a message'): Promise<Message> {
    const past = [...this.iopub, ...(this.replyMessage ? [this.replyMessage] : [])].find(test);
    if (past) return past;
    const coming = new Promise<Message>((resolve) => this.#waiters.add({ test, resolve }));
    return this.#bounded(Promise.race([coming, this.#finished.then(() => coming)]), what);
  }

  /** Resolves when the stream has shown the text. */
  async printed(text: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<Message> {
    const shown = this.of('stream').at(-1);
    if (shown && this[stream].includes(text)) return shown;
    return this.until(() => this[stream].includes(text), `"${text}" on ${stream}`);
  }

  async #bounded<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`No ${what} within ${this.timeout} ms. ${this}`)),
        this.timeout,
      );
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  of(type: string): Message[] {
    return this.iopub.filter((message) => message.header.msg_type === type);
  }

  /** The reply's content; an error when there is none yet. */
  get reply(): Json {
    if (!this.replyMessage) throw new Error(`There is no reply. ${this}`);
    return this.replyMessage.content;
  }

  get status(): 'ok' | 'error' | 'aborted' {
    return this.reply.status;
  }

  /** The data of the execute_result, if the cell had one. */
  get result(): Json {
    return this.of('execute_result')[0]?.content.data;
  }

  /** The text/plain of the execute_result. */
  get text(): string | undefined {
    return this.result?.['text/plain'];
  }

  get displays(): Json[] {
    return this.of('display_data').map((message) => message.content);
  }

  /** The traceback that the notebook shows, without colours. */
  get traceback(): string {
    return this.of('error')
      .map((message) => plain(message.content.traceback))
      .join('\n');
  }

  /** What is wrong with the order and pairing of this request's messages. Asked when it is done. */
  faults(): string[] {
    const found: string[] = [];
    const states = this.of('status').map((message) => message.content.execution_state);
    // A kernel may repeat busy: after the idle of a control request, the running cell's busy tells frontends the truth.
    if (!/^busy(,busy)*,idle$/.test(states.join()))
      found.push(`expected status busy, idle, found ${states.join(', ') || 'none'}`);
    if (this.needsReply && this.#replies !== 1) found.push(`expected one reply, found ${this.#replies}`);
    if (this.iopub[0]?.header.msg_type !== 'status')
      found.push('the first message on iopub is not status busy');
    if (this.header.msg_type === 'execute_request' && this.status !== 'aborted' && !this.content.silent) {
      const second = this.iopub[1];
      if (second?.header.msg_type !== 'execute_input')
        found.push('the message after busy is not execute_input');
      else if (second.content.code !== this.content.code)
        found.push('execute_input has other code than the request');
      else if (second.content.execution_count !== this.reply.execution_count) {
        found.push(
          `execute_input counts ${second.content.execution_count}, the reply ${this.reply.execution_count}`,
        );
      }
      if (this.status === 'error' && this.of('error').length === 0)
        found.push('a failed cell sent no error message');
    }
    return found.map((fault) => `${this.header.msg_type}: ${fault}`);
  }

  toString(): string {
    const came = this.iopub.slice(0, 40).map(({ header, content }) => {
      const text = JSON.stringify(content);
      return `  ${header.msg_type} ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
    });
    const reply = this.replyMessage ? JSON.stringify(this.replyMessage.content).slice(0, 600) : 'none';
    const code = this.content?.code ? `\n${this.content.code}` : '';
    return `${this.header.msg_type}${code}\nreply: ${reply}\niopub: ${this.iopub.length} messages\n${came.join('\n')}`;
  }
}
