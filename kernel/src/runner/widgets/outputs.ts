/** Outputs in the notebook's format, put together as a notebook does it, and the widget that shows them. */
import type { MimeBundle } from '../../shared/protocol.js';
import { type CapturedOutput, runInside } from '../context.js';
import { WidgetModel } from './model.js';
import { layout } from './parts.js';

type Output = Exclude<CapturedOutput, { output_type: 'clear' }>;

/** Kept from the start: the user's own timers belong to cells. */
const startTimer = globalThis.setTimeout;

/** Where the displays are that can be changed by their id. */
const displays = new Map<string, OutputArea>();

/** Shows something else in the place of a display that an output area took. @returns false when none has it */
export function updateCaptured(id: string, data: MimeBundle, metadata: Record<string, unknown>): boolean {
  return displays.get(id)?.replace(id, { output_type: 'display_data', data, metadata }) ?? false;
}

/** While much comes, the page hears of it so often, ms. */
const PERIOD = 50;

export class OutputArea {
  readonly model = new WidgetModel({
    _model_module: '@jupyter-widgets/output',
    _model_module_version: '1.0.0',
    _model_name: 'OutputModel',
    _view_module: '@jupyter-widgets/output',
    _view_module_version: '1.0.0',
    _view_name: 'OutputView',
    layout: layout(),
    msg_id: '',
    outputs: [],
  });
  #outputs: Output[] = [];
  /** Which of them have an id. */
  readonly #ids = new Map<string, Output>();
  /** The next output takes the place of all that is there. */
  #clearFirst = false;
  /** No state is sent before, `performance.now()`. */
  #next = 0;
  #waiting = false;
  /** The page has yet to hear of something. */
  #behind = false;

  /** Runs code; what it prints and shows appears here. @returns what it returns */
  async capture<T>(body: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await this.take(body);
    } finally {
      if (this.#behind) this.show();
    }
  }

  /** The same, for a caller that has more to add before the page hears of it. */
  take<T>(body: () => T | PromiseLike<T>): Promise<T> {
    return runInside((output) => this.add(output), body);
  }

  /** What comes next takes the place of what is there, but not before `patience` ms have gone, or `show()` is called. */
  begin(patience: number): void {
    this.#forget();
    this.#next = performance.now() + patience;
  }

  add(output: CapturedOutput): void {
    if (output.output_type === 'clear') {
      if (output.wait) this.#clearFirst = true;
      else this.clear();
      return;
    }
    if (this.#clearFirst) this.#forget();
    const last = this.#outputs.at(-1);
    if (last?.output_type === 'stream' && output.output_type === 'stream' && last.name === output.name) {
      this.#outputs[this.#outputs.length - 1] = { ...last, text: last.text + output.text };
    } else if (output.output_type === 'display_data') {
      const { transient, ...shown } = output;
      this.#outputs.push(shown);
      const id = transient?.display_id;
      if (id !== undefined) {
        this.#ids.set(id, shown);
        displays.set(id, this);
      }
    } else this.#outputs.push(output);
    this.#showSoon();
  }

  replace(id: string, output: Output): boolean {
    const old = this.#ids.get(id);
    if (!old) return false;
    this.#outputs[this.#outputs.indexOf(old)] = output;
    this.#ids.set(id, output);
    this.#showSoon();
    return true;
  }

  clear(): void {
    this.#forget();
    this.show();
  }

  /** Brings the page up to date. */
  show(): void {
    this.#next = performance.now() + PERIOD;
    this.#behind = false;
    this.model.set({ outputs: this.#outputs });
  }

  /** At once where little has come lately, so that a busy loop shows what it prints. */
  #showSoon(): void {
    const wait = this.#next - performance.now();
    if (wait <= 0) {
      this.show();
      return;
    }
    this.#behind = true;
    if (this.#waiting) return;
    this.#waiting = true;
    startTimer(() => {
      this.#waiting = false;
      if (this.#behind) this.#showSoon();
    }, wait);
  }

  #forget(): void {
    for (const id of this.#ids.keys()) displays.delete(id);
    this.#ids.clear();
    this.#outputs = [];
    this.#clearFirst = false;
    this.#behind = false;
  }

  [Symbol.for('Jupyter.display')](): MimeBundle {
    return this.model.bundle();
  }
}
