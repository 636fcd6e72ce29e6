/** The iopub side: every message gets its cell as parent, and output in small pieces is put together. */
import type { IopubQueue } from './iopubQueue.js';
import type { Codec, Header } from './message.js';

type StreamName = 'stdout' | 'stderr';

/** Text is sent at once when none was sent lately, and else collected for so long, ms. */
const PERIOD = 15;
/** Or until there is so much of it, characters. */
const ENOUGH = 1 << 16;

export class IoPublisher {
  readonly #codec: Codec;
  readonly #queue: IopubQueue;
  #parts: string[] = [];
  #length = 0;
  #name: StreamName = 'stdout';
  #parent: Header | Record<string, never> = {};
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(codec: Codec, queue: IopubQueue) {
    this.#codec = codec;
    this.#queue = queue;
  }

  publish(
    type: string,
    content: object | Buffer,
    parent: Header | Record<string, never>,
    metadata: object = {},
    buffers: readonly Buffer[] = [],
  ): void {
    this.flush();
    this.#send(type, content, parent, metadata, buffers);
  }

  status(state: 'busy' | 'idle' | 'starting', parent: Header | Record<string, never>): void {
    this.publish('status', { execution_state: state }, parent);
  }

  stream(name: StreamName, text: string, parent: Header | Record<string, never>): void {
    const fits = this.#length + text.length <= ENOUGH;
    if (!fits || name !== this.#name || parent !== this.#parent) this.flush();
    this.#name = name;
    this.#parent = parent;
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length >= ENOUGH || Date.now() - this.#sent >= PERIOD) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), PERIOD);
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#parts.length === 0) return;
    const text = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    this.#sent = Date.now();
    this.#send('stream', { name: this.#name, text }, this.#parent, {}, []);
  }

  #send(
    type: string,
    content: object | Buffer,
    parent: Header | Record<string, never>,
    metadata: object,
    buffers: readonly Buffer[],
  ): void {
    this.#queue.push(this.#codec.encode(type, content, parent, [Buffer.from(type)], metadata, buffers));
  }
}
