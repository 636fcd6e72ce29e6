/** Types of what the kernel adds to a cell's globals. Student code may declare the same names for itself. */
export const AMBIENT_TYPES = `
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
  /** Clears the cell's output; with wait = true, when the next output comes. */
  function clear(wait?: boolean): void;
}
`;
