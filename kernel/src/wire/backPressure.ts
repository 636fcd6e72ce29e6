/** Holds the runner back while more output waits for the frontends than they take. */

/** From so many bytes on it is held, and from so many down it goes on. */
const HIGH = 8 << 20;
const LOW = 2 << 20;

export class BackPressure {
  readonly #hold: () => void;
  readonly #release: () => void;
  #bytes = 0;
  #held = false;

  constructor(hold: () => void, release: () => void) {
    this.#hold = hold;
    this.#release = release;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#held || this.#bytes < HIGH) return;
    this.#held = true;
    this.#hold();
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (!this.#held || this.#bytes > LOW) return;
    this.#held = false;
    this.#release();
  }
}
