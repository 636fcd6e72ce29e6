/**
 * What waits to be published. ZMQ keeps so many messages for each frontend; when one of them takes none, nothing is
 * sent until it does, and the runner is held back meanwhile. So no output is lost and none piles up.
 */
import type { XPublisher } from 'zeromq';

/** Messages that ZMQ keeps for a frontend that does not take them yet. */
export const HIGH_WATER_MARK = 1000;
/** A frontend that has taken nothing for so long is stopped or dead, and must not hold up the others, ms. */
const PATIENCE = 30_000;
/** ZMQ does not tell when there is room again, ms. */
const AGAIN = 2;

export interface Backlog {
  add(bytes: number): void;
  remove(bytes: number): void;
}

export class IopubQueue {
  readonly #socket: XPublisher;
  /** Hears how many bytes wait. */
  backlog: Backlog | undefined;
  #waiting: Buffer[][] = [];
  #sending: Promise<void> | undefined;
  #watching = false;

  constructor(socket: XPublisher) {
    this.#socket = socket;
  }

  push(frames: Buffer[]): void {
    this.#waiting.push(frames);
    this.backlog?.add(sizeOf(frames));
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything pushed so far is with the socket. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    // Taking whole batches keeps a long queue linear; shift() on each would not.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (let at = 0; at < batch.length; at++) {
        const frames = batch[at] as Buffer[];
        await this.#send(frames);
        // A batch may be large, and what was sent need not be kept for the rest of it.
        batch[at] = [];
        this.backlog?.remove(sizeOf(frames));
      }
    }
    this.#sending = undefined;
  }

  async #send(frames: Buffer[]): Promise<void> {
    for (let since: number | undefined; ; ) {
      try {
        await this.#socket.send(frames);
        return;
      } catch (error) {
        // The socket is closed: nobody is left to tell.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      }
      since ??= performance.now();
      if (performance.now() - since > PATIENCE) this.#leaveBehind();
      await new Promise((again) => setTimeout(again, AGAIN));
    }
  }

  /** From now on a frontend that takes nothing loses what it has no room for. */
  #leaveBehind(): void {
    process.stderr.write(
      `typescript-kernel: a frontend has taken no output for ${PATIENCE / 1000} s; it is no longer waited for.\n`,
    );
    this.#socket.noDrop = false;
    if (!this.#watching) void this.#watch().catch(() => {});
  }

  /** When a frontend has gone, it may have been that one. */
  async #watch(): Promise<void> {
    this.#watching = true;
    for await (const event of this.#socket.events)
      if (event.type === 'disconnect') this.#socket.noDrop = true;
  }
}

function sizeOf(frames: readonly Buffer[]): number {
  let size = 0;
  for (const frame of frames) size += frame.length;
  return size;
}
