/** A client of V8's inspector in the runner. The watchdog thread passes messages on, also while user code is paused. */
import type { FromWatchdog, ToWatchdog } from '../../shared/protocol.js';

export type Params = Record<string, unknown>;

export class Inspector {
  readonly #post: (message: ToWatchdog) => void;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Params) => void; reject: (error: Error) => void }
  >();
  #count = 0;
  /** Called for each event of the inspector's protocol. */
  onEvent: (method: string, params: Params) => void = () => {};

  constructor(post: (message: ToWatchdog) => void) {
    this.#post = post;
  }

  /** @throws Error the inspector's own words */
  ask<T = Params>(method: string, params: object = {}): Promise<T> {
    this.#count++;
    const id = this.#count;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: Params) => void, reject });
      this.#post({ type: 'inspect', id, method, params });
    });
  }

  receive(message: FromWatchdog): void {
    if (message.type === 'event') {
      this.onEvent(message.method, message.params);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error !== undefined) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.result ?? {});
  }

  /** The runner is gone: nothing will be answered. */
  reset(): void {
    for (const { reject } of this.#waiting.values())
      reject(new Error('the process that runs cells has ended'));
    this.#waiting.clear();
  }
}
