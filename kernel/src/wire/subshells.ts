/** The kernel's shells: the main one, and those that a frontend makes beside it. */
import { randomUUID } from 'node:crypto';
import type { Message } from './message.js';
import { Shell, type ShellEvents } from './shell.js';

export class Subshells {
  readonly #events: ShellEvents;
  readonly #main: Shell;
  readonly #others = new Map<string, Shell>();

  constructor(events: ShellEvents) {
    this.#events = events;
    this.#main = new Shell(events);
  }

  /** @throws Error when the message is for a subshell that is not there */
  of({ header }: Message): Shell {
    const id = header.subshell_id;
    return id === undefined || id === null ? this.#main : this.#known(id);
  }

  create(): string {
    const id = randomUUID();
    this.#others.set(id, new Shell(this.#events));
    return id;
  }

  /** A cell that runs in it goes on to its end; those that wait are dropped. */
  delete(id: unknown): void {
    const shell = this.#known(id);
    this.#others.delete(String(id));
    shell.abortWaiting();
  }

  list(): string[] {
    return [...this.#others.keys()];
  }

  #known(id: unknown): Shell {
    const shell = this.#others.get(String(id));
    if (!shell) {
      const known = this.list().join(', ') || 'none';
      const error = new Error(`Unknown subshell_id ${JSON.stringify(id)}; there are: ${known}.`);
      throw Object.assign(error, { name: 'UnknownSubshellError' });
    }
    return shell;
  }
}
