/** Questions to the user: an input_request to the frontend that sent the cell, and its answer. */
import type { SendQueue } from './connection.js';
import type { Codec, Message } from './message.js';

export class StdinChannel {
  readonly #codec: Codec;
  readonly #queue: SendQueue;
  #answer: ((value: string) => void) | undefined;

  constructor(codec: Codec, queue: SendQueue) {
    this.#codec = codec;
    this.#queue = queue;
  }

  /**
   * @param request the execute_request of the cell that asks
   * @param answer called with what the user typed; a later question takes its place
   */
  ask(request: Message, prompt: string, password: boolean, answer: (value: string) => void): void {
    this.#answer = answer;
    this.#queue.push(
      this.#codec.encode('input_request', { prompt, password }, request.header, request.identities),
    );
  }

  receive(message: Message): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(String(message.content.value ?? ''));
  }
}
