/** Questions to the user: an input_request to the frontend that sent the cell, and its answer. */
import type { SendQueue } from './connection.js';
import type { Codec, Message } from './message.js';

interface Question {
  readonly id: number;
  /** The execute_request of the cell that asks. */
  readonly request: Message;
  readonly prompt: string;
  readonly password: boolean;
  readonly answer: (value: string) => void;
}

export class StdinChannel {
  readonly #codec: Codec;
  readonly #queue: SendQueue;
  /** What was asked, by the id of the input_request, in the order of asking. */
  readonly #asked = new Map<string, Question>();
  /** A cell asks one thing at a time: frontends show one prompt below it. */
  #waiting: Question[] = [];

  constructor(codec: Codec, queue: SendQueue) {
    this.#codec = codec;
    this.#queue = queue;
  }

  ask(question: Question): void {
    this.#waiting.push(question);
    this.#askNext();
  }

  /** Nobody waits for the answer any more. */
  withdraw(id: number): void {
    this.#waiting = this.#waiting.filter((question) => question.id !== id);
    for (const [key, question] of this.#asked) if (question.id === id) this.#asked.delete(key);
    this.#askNext();
  }

  /** @param cell the request of the cell that asked; without it, all cells */
  withdrawAll(cell?: Message): void {
    const stays = ({ request }: Question): boolean => cell !== undefined && request !== cell;
    this.#waiting = this.#waiting.filter(stays);
    for (const [key, question] of this.#asked) if (!stays(question)) this.#asked.delete(key);
  }

  receive({ parent, content }: Message): void {
    // Some clients name no parent: they answer in the order in which they were asked.
    const key = 'msg_id' in parent ? parent.msg_id : this.#asked.keys().next().value;
    const question = key === undefined ? undefined : this.#asked.get(key);
    if (key === undefined || !question) return;
    this.#asked.delete(key);
    question.answer(String(content.value ?? ''));
    this.#askNext();
  }

  #askNext(): void {
    const busy = new Set([...this.#asked.values()].map(({ request }) => request.header.msg_id));
    const waiting: Question[] = [];
    for (const question of this.#waiting) {
      const cell = question.request.header.msg_id;
      if (busy.has(cell)) waiting.push(question);
      else {
        busy.add(cell);
        this.#send(question);
      }
    }
    this.#waiting = waiting;
  }

  #send(question: Question): void {
    const { prompt, password, request } = question;
    const header = this.#codec.header('input_request');
    this.#asked.set(header.msg_id, question);
    this.#queue.push(this.#codec.encode(header, { prompt, password }, request.header, request.identities));
  }
}
