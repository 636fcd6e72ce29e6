/** A display that can be changed later. */
interface DisplayHandle {
  /** The display's id. */
  readonly id: string;
  /** Shows another value in the same place. */
  update(value: unknown): Promise<void>;
}

/** Asks the user for a line of text. Rejects where the frontend takes no input. */
declare function input(prompt?: string): Promise<string>;
declare namespace input {
  /** The same, without showing what is typed. */
  function password(prompt?: string): Promise<string>;
}

/** Asks the user and waits for the answer; an empty answer gives the default text. Throws where the frontend takes no input. */
declare function prompt(text?: string, defaultText?: string): string;
/** Asks a question that y or yes answers with true. Throws where the frontend takes no input. */
declare function confirm(text?: string): boolean;
/** Shows a text and waits until the user has pressed Enter. Throws where the frontend takes no input. */
declare function alert(text?: string): void;

/**
 * Shows a value under the cell: its MIME bundle when it has a method [Symbol.for('Jupyter.display')](), else its text.
 * With { raw: true } the value is a MIME bundle such as { 'text/html': '<b>x</b>' }.
 */
declare function display(value: unknown, options?: { id?: string; raw?: boolean }): Promise<DisplayHandle>;
declare namespace display {
  /** Shows HTML. */
  function html(content: string): void;
  /** Shows Markdown. */
  function markdown(content: string): void;
  /** Shows LaTeX. */
  function latex(content: string): void;
  /** Shows an SVG image. */
  function svg(content: string): void;
  /** Shows plain text. */
  function text(content: string): void;
  /** Shows JSON as a tree. */
  function json(content: unknown): void;
  /** Shows a picture: its bytes, or the path of a file. PNG, JPEG, GIF, WebP, BMP or SVG. */
  function image(source: string | URL | Uint8Array, options?: { alt?: string; width?: number; height?: number }): void;
  /** Shows a PNG picture by its bytes, or by their base64. */
  function png(content: Uint8Array | string): void;
  /** Shows a JPEG picture by its bytes, or by their base64. */
  function jpeg(content: Uint8Array | string): void;
  /** Shows a GIF picture by its bytes, or by their base64. */
  function gif(content: Uint8Array | string): void;
  /** Shows a WebP picture by its bytes, or by their base64. */
  function webp(content: Uint8Array | string): void;
  /** Shows a PDF document by its bytes, or by their base64. */
  function pdf(content: Uint8Array | string): void;
  /** Runs JavaScript in the page. */
  function javascript(content: string): void;
  /** Shows rows and columns: a list of records or of lists, a map, or an object of lists. */
  function table(value: object, options?: { columns?: readonly string[]; caption?: string }): void;
  /** Shows text or a value in the frontend's pager once the cell has ended. */
  function page(value: unknown): Promise<void>;
  /** Makes a cell with this text below, or with replace puts the text into this one, once the cell has ended. */
  function nextCell(text: string, replace?: boolean): void;
  /** Clears the cell's output; with wait = true, when the next output comes. */
  function clear(wait?: boolean): void;
}

/** What magics become calls of. */
declare const $typescriptKernelMagics: {
  time<T>(body: () => T): Promise<Awaited<T>>;
  timeStart(): Promise<void>;
  timeEnd(): Promise<void>;
  timeCell(): Promise<void>;
  timeit(body: () => unknown, options: { o: true; n?: number; r?: number; q?: boolean }): Promise<TimeitResult>;
  timeit(body: () => unknown, options: object): Promise<void>;
  who(): Promise<void>;
  whos(): Promise<void>;
  reset(unasked: boolean): Promise<void>;
  cd(...parts: unknown[]): Promise<void>;
  pwd(): Promise<string>;
  env(...parts: unknown[]): Promise<string | undefined>;
  history(numbered: boolean): Promise<void>;
  load(...parts: unknown[]): Promise<void>;
  npm(...parts: unknown[]): Promise<void>;
  print(text: string): Promise<void>;
  profile<T>(body: () => T): Promise<Awaited<T>>;
  shell(...parts: unknown[]): Promise<void>;
  lines(...parts: unknown[]): Promise<string[]>;
  script(body: string, ...parts: unknown[]): Promise<void>;
  show(mime: string, content: string): Promise<void>;
  writeFile(content: string, append: boolean, ...parts: unknown[]): Promise<void>;
  capture(): Promise<CapturedCell>;
  help(name: string, withSource: boolean): Promise<void>;
};

/** What %timeit -o gives; times are seconds a loop. */
interface TimeitResult {
  readonly average: number;
  readonly stdev: number;
  readonly best: number;
  readonly worst: number;
  readonly timings: readonly number[];
  readonly loops: number;
  readonly runs: number;
}

/** What a cell printed and showed under %%capture. */
interface CapturedCell {
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: readonly Record<string, unknown>[];
  /** Shows it all. */
  show(): void;
}

/** Widgets: controls in the notebook that work on values here. */
declare namespace widgets {
  /** A widget without a typed value: a box, or one of your own. */
  interface Widget {
    readonly id: string;
    get(key: string): unknown;
    /** Changes the state here and in the browser. */
    set(change: Record<string, unknown>): void;
    /** Calls the listener whenever the user changes the key. Returns a function that ends it. */
    onChange(key: string, listener: (value: unknown) => unknown): () => void;
    /** Calls the listener for each message that the widget sends. */
    onCustom(listener: (content: unknown, buffers: readonly Uint8Array[]) => unknown): () => void;
    sendCustom(content: unknown, buffers?: readonly Uint8Array[]): void;
    close(): void;
  }
  /** A widget with a value. */
  interface Control<T> {
    value: T;
    readonly model: Widget;
    /** Calls the listener whenever the user changes the value. Returns a function that ends it. */
    onChange(listener: (value: T) => unknown): () => void;
  }
  /** A number between min and max. With log, equal steps multiply and step counts in decades. With continuous = false, only when let go. */
  function slider(options: { label?: string; min: number; max: number; step?: number; value?: number; log?: boolean; format?: string; continuous?: boolean }): Control<number>;
  /** A choice among values, or among named values. */
  function dropdown<const T extends string | number | boolean>(options: { label?: string; options: readonly T[]; value?: NoInfer<T> }): Control<T>;
  function dropdown<T>(options: { label?: string; options: Readonly<Record<string, T>>; value?: NoInfer<T> }): Control<T>;
  /** A check box, or with button a button that stays down. */
  function toggle(options?: { label?: string; value?: boolean; button?: boolean }): Control<boolean>;
  /** A line of text, taken when Enter is pressed. */
  function text(options?: { label?: string; value?: string }): Control<string>;
  /** A button; its value counts the clicks. */
  function button(label: string, onClick?: () => unknown): Control<number>;
  /** Steps through whole numbers by itself. interval is in milliseconds. */
  function play(options: { min: number; max: number; step?: number; value?: number; interval?: number }): Control<number>;
  /** A bar from 0 to max (1 unless told otherwise). */
  function progressBar(options?: { label?: string; max?: number }): Control<number>;
  /** Any other control of ipywidgets, by its name there: control('ColorPicker', { value: '#ff0000' }). */
  function control<T>(name: string, state: { value?: T; [key: string]: unknown }): Control<T>;
  /** What stands in a box. */
  type Part = Widget | { readonly model: Widget };
  /** Puts widgets below each other, or in a row. */
  function box(children: readonly Part[], direction?: 'column' | 'row'): Widget;
  /** One widget at a time, each behind its title. */
  function tabs(parts: Readonly<Record<string, Part>>): Widget;
  function accordion(parts: Readonly<Record<string, Part>>): Widget;
  /** A place for output, which cells and callbacks may fill. */
  interface Output {
    readonly model: Widget;
    /** Runs code; what it prints and shows appears here. */
    capture<T>(body: () => T): Promise<Awaited<T>>;
    clear(): void;
  }
  function output(): Output;
  /** Keeps two numbers equal in the browser: play and a slider. */
  function link(source: Control<number>, target: Control<number>): Widget;
  /** A widget of your own: an ES module whose default export has render({ model, el }). */
  function anywidget(options: { esm: string; css?: string; state?: Record<string, unknown> }): Widget;
  /** A control, or a value that stands for one: [min, max] or [min, max, step], a list of strings, a boolean, a string. */
  type Choice = Control<any> | readonly [number, number] | readonly [number, number, number] | readonly string[] | boolean | string;
  type ValueOf<C> = C extends Control<infer T> ? T : C extends boolean ? boolean : C extends string ? string
    : C extends readonly string[] ? C[number] : C extends readonly number[] ? number : never;
  /**
   * Shows the controls and, below them, what compute prints, shows and returns, now and after each change.
   * The signal is aborted when a newer change waits.
   */
  function interact<const C extends Readonly<Record<string, Choice>>>(
    compute: (values: { -readonly [K in keyof C]: ValueOf<C[K]> }, signal: AbortSignal) => unknown,
    controls: C,
  ): Promise<void>;
}

/** Deno's spelling of rich output. */
declare namespace Deno {
  namespace jupyter {
    type MediaBundle = Record<string, unknown>;
    interface Displayable { [key: symbol]: () => MediaBundle | Promise<MediaBundle>; }
    const $display: unique symbol;
    function display(value: unknown, options?: { raw?: boolean; update?: boolean; display_id?: string }): Promise<void>;
    function format(value: unknown): Promise<MediaBundle>;
    function html(strings: TemplateStringsArray, ...values: unknown[]): Displayable;
    function md(strings: TemplateStringsArray, ...values: unknown[]): Displayable;
    function svg(strings: TemplateStringsArray, ...values: unknown[]): Displayable;
    /** A picture, by path or bytes. */
    function image(source: string | URL | Uint8Array): Displayable;
    /** Sends a message of any type to the frontends. */
    function broadcast(
      msgType: string,
      content: Record<string, unknown>,
      extra?: { metadata?: Record<string, unknown>; buffers?: Uint8Array[] },
    ): Promise<void>;
  }
}

/** ijavascript's spelling of output. Each takes its content or a promise of it, and ends the cell unless keepAlive is true. */
declare const $$: {
  text(content: unknown, keepAlive?: boolean): void;
  html(content: unknown, keepAlive?: boolean): void;
  svg(content: unknown, keepAlive?: boolean): void;
  png(content: unknown, keepAlive?: boolean): void;
  jpeg(content: unknown, keepAlive?: boolean): void;
  json(content: unknown, keepAlive?: boolean): void;
  mime(bundle: unknown, keepAlive?: boolean): void;
  /** Shows a value. */
  sendResult(value: unknown, keepAlive?: boolean): void;
  /** Fails the cell. */
  sendError(error: unknown): void;
  /** Keeps the cell busy until a result is sent. */
  async(value?: boolean): boolean;
  done(result?: unknown): void;
  /** A display; with an id, one place whose content can be replaced. */
  display(id?: string): Record<'text' | 'html' | 'svg' | 'png' | 'jpeg' | 'json' | 'mime', (content: any) => void> & { close(): void };
  clear(options?: { wait?: boolean }): void;
  input(options?: { prompt?: string; password?: boolean }, callback?: (error: Error | null, answer: string) => void): Promise<string>;
  readonly config: { awaitExecution: boolean };
};

declare module 'tslab' {
  /** tslab's spelling of rich output. */
  export interface Display {
    javascript(s: string): void;
    html(s: string): void;
    markdown(s: string): void;
    latex(s: string): void;
    svg(s: string): void;
    png(b: Uint8Array): void;
    jpeg(b: Uint8Array): void;
    gif(b: Uint8Array): void;
    pdf(b: Uint8Array): void;
    text(s: string): void;
    raw(contentType: string, b: unknown): void;
  }
  export const display: Display;
  export function newDisplay(): Display;
  export const versions: { readonly tslab: string; readonly typescript: string; readonly node: string };
}
