/**
 * JSON-RPC over a child's pipes, as the Language Server Protocol frames it.
 *
 * Our own because it is in the path of every cell: a document change and the question about it leave in one write, and nothing
 * but this file has to be loaded at the start. With vscode-jsonrpc a small cell took 0.4 ms longer.
 */
import type { Readable, Writable } from 'node:stream';

type Answer = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

interface Incoming {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const HEADER_END = Buffer.from('\r\n\r\n');

/** A message to put in front of a request, in the same write. */
export interface Notice {
  readonly method: string;
  readonly params: object;
}

export class RpcConnection {
  readonly #output: Writable;
  readonly #waiting = new Map<number, Answer>();
  readonly #answer: (method: string, params: unknown) => unknown;
  #count = 0;
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = 0;
  #ended: Error | undefined;

  /** @param answer what to say to a request of the other side */
  constructor(input: Readable, output: Writable, answer: (method: string, params: unknown) => unknown) {
    this.#output = output;
    this.#answer = answer;
    input.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  notify(method: string, params: object): void {
    this.#output.write(frame({ method, params }));
  }

  /** Sends a request, right behind a notice if one is given. */
  request<T>(method: string, params: object, notice?: Notice): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#count++;
    const id = this.#count;
    const text = frame({ id, method, params });
    this.#output.write(notice ? frame({ ...notice }) + text : text);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
    });
  }

  /** The other side is gone: whoever waits gets the error, and so does whoever asks from now on. */
  end(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Joined only when a whole message is there: a long completion list comes in many chunks.
    if (this.#length < this.#wanted) return;
    let buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    this.#wanted = 0;
    for (;;) {
      const end = buffer.indexOf(HEADER_END);
      if (end < 0) break;
      const size = /^Content-Length: *(\d+)/im.exec(buffer.toString('latin1', 0, end))?.[1];
      if (size === undefined) {
        // Not this protocol: closing its input makes the other side end, and whoever waits is told then.
        this.#output.destroy();
        return;
      }
      const start = end + HEADER_END.length;
      const stop = start + Number(size);
      if (buffer.length < stop) {
        this.#wanted = stop;
        break;
      }
      const message = JSON.parse(buffer.toString('utf8', start, stop)) as Incoming;
      buffer = buffer.subarray(stop);
      this.#handle(message);
    }
    this.#chunks = buffer.length > 0 ? [buffer] : [];
    this.#length = buffer.length;
  }

  #handle({ id, method, params, result, error }: Incoming): void {
    if (method !== undefined) {
      if (id !== undefined) this.#output.write(frame({ id, result: this.#answer(method, params) ?? null }));
      return;
    }
    const waiting = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}

function frame(message: object): string {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
