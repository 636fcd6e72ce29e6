/** One shell's cells: they run one after the other, and an error drops those that wait. */
import type { Message } from './message.js';

export interface ShellEvents {
  /** Runs a cell to its end; when it fails, `shell.abortWaiting()` is called in the same breath as the reply. */
  run(message: Message, shell: Shell): Promise<void>;
  /** A cell that waited is not run. */
  abort(message: Message): void;
}

export class Shell {
  readonly #events: ShellEvents;
  #waiting: Message[] = [];
  #draining = false;

  constructor(events: ShellEvents) {
    this.#events = events;
  }

  push(message: Message): void {
    this.#waiting.push(message);
    if (!this.#draining) void this.#drain();
  }

  /** Drops the cells that wait; the one that runs goes on. */
  abortWaiting(): void {
    const aborted = this.#waiting;
    this.#waiting = [];
    for (const message of aborted) this.#events.abort(message);
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      await this.#events.run(message, this);
    }
    this.#draining = false;
  }
}
