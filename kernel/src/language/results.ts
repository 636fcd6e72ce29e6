/** The types of the last results: `_`, `__`, `___`, `Out[n]` and `In[n]`, declared only for a cell that uses them. */
import type { CellFacts } from '../cells/facts.js';
import { GIVEN_NAMES } from '../shared/protocol.js';

/** Under this name a cell's file exports the value of its last expression. */
const EXPORT = '$typescriptKernelResult';

export const RESULT_NAMES = ['_', '__', '___', 'Out', 'In'] as const;

/** Names that cells know from the start. */
export const KERNEL_NAMES: readonly string[] = [...GIVEN_NAMES, ...RESULT_NAMES];

const UNKNOWN_NAME =
  /^(?:Cannot find name|No value exists in scope for the shorthand property) '(_{1,3}|Out|In)'/;

/** Those of the names that the checker says it does not know. */
export function unknownResults(messages: readonly string[]): string[] {
  const names = messages.map((message) => UNKNOWN_NAME.exec(message)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** A cell's text, the value of its last expression exported. */
export function withResult(source: string, { result }: CellFacts): string {
  if (!result) return source;
  const { start, end } = result;
  return `${source.slice(0, start)}export const ${EXPORT} = (${source.slice(start, end)})${source.slice(end)}`;
}

interface Noted {
  readonly number: number;
  readonly file: string;
  /** What the file is to hold; undefined once it is written. */
  text: string | undefined;
}

export class Results {
  readonly #write: (file: string, text: string) => void;
  #noted: Noted[] = [];

  constructor(write: (file: string, text: string) => void) {
    this.#write = write;
  }

  /** @param text what to write to the file when it is first needed; undefined where it is there */
  note(number: number, file: string, text: string | undefined): void {
    this.#noted.push({ number, file, text });
  }

  clear(): void {
    this.#noted = [];
  }

  /** The statements that declare the names for a cell; none for a result that there is not. */
  declare(names: readonly string[], source: string): string[] {
    return names.flatMap((name) => {
      if (name === 'In') return ['declare const In: { readonly [cell: number]: string };'];
      if (name === 'Out') return [this.#out(source)];
      const noted = this.#noted.at(-name.length);
      return noted ? [`declare const ${name}: ${this.#type(noted)};`] : [];
    });
  }

  #out(source: string): string {
    const numbers = new Set(
      [...source.matchAll(/\bOut\s*\[\s*(\d+)\s*\]/g)].map(([, number]) => Number(number)),
    );
    const typed = [...numbers].flatMap((number) => {
      const noted = this.#noted.findLast((one) => one.number === number);
      return noted ? [`readonly ${number}: ${this.#type(noted)};`] : [];
    });
    return `declare const Out: { ${typed.join(' ')} readonly [cell: number]: unknown };`;
  }

  #type(noted: Noted): string {
    if (noted.text !== undefined) this.#write(noted.file, noted.text);
    noted.text = undefined;
    return `typeof import('./${noted.file}').${EXPORT}`;
  }
}
