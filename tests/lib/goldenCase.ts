/** Reads the fields of a golden case. What is missing or of another kind is said by its name in one sentence. */
export class GoldenCase {
  private readonly fields: ReadonlyMap<string, unknown>;
  private readonly path: string;

  constructor(raw: unknown, path = '') {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      throw new TypeError(
        `${path === '' ? 'a case' : path} must be an object with named fields, found ${describe(raw)}`,
      );
    }
    this.fields = new Map(Object.entries(raw));
    this.path = path === '' ? '' : `${path}.`;
  }

  number(name: string): number {
    const value = this.get(name);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw this.wrong(name, 'a finite number', value);
    }
    return value;
  }

  /** A whole number of at least 1. */
  count(name: string): number {
    const value = this.number(name);
    if (!Number.isInteger(value) || value < 1) {
      throw this.wrong(name, 'a whole number of at least 1', value);
    }
    return value;
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (typeof value !== 'boolean') {
      throw this.wrong(name, 'true or false', value);
    }
    return value;
  }

  text(name: string): string {
    const value = this.get(name);
    if (typeof value !== 'string') {
      throw this.wrong(name, 'a text', value);
    }
    return value;
  }

  isNull(name: string): boolean {
    return this.get(name) === null;
  }

  /** A list of finite numbers, at least one; `length` of them if that is given. */
  list(name: string, length?: number): number[] {
    return this.numbers(name, this.get(name), length);
  }

  /** A list of lists of numbers. */
  lists(name: string, length: number): number[][] {
    return this.array(name).map((inner, i) => this.numbers(`${name}[${i}]`, inner, length));
  }

  /** Whether there is such a field at all. */
  has(name: string): boolean {
    return this.fields.has(name);
  }

  /** A list of objects, however many. */
  everyCase(name: string): GoldenCase[] {
    return this.cases(name, this.array(name).length);
  }

  /** A list of objects. */
  cases(name: string, length: number): GoldenCase[] {
    const list = this.array(name);
    if (list.length !== length) {
      throw this.wrong(name, `a list of ${length}`, list);
    }
    return list.map((inner, i) => new GoldenCase(inner, `${this.path}${name}[${i}]`));
  }

  /** An object inside this one. */
  inner(name: string): GoldenCase {
    return new GoldenCase(this.get(name), `${this.path}${name}`);
  }

  private array(name: string): unknown[] {
    const value = this.get(name);
    if (!Array.isArray(value) || value.length === 0) {
      throw this.wrong(name, 'a list with something in it', value);
    }
    return value;
  }

  private numbers(name: string, value: unknown, length?: number): number[] {
    const isNumbers = Array.isArray(value) && value.every((v) => typeof v === 'number' && Number.isFinite(v));
    if (!isNumbers || value.length === 0 || (length !== undefined && value.length !== length)) {
      throw this.wrong(name, `a list of ${length === undefined ? '' : `${length} `}finite numbers`, value);
    }
    return value;
  }

  private get(name: string): unknown {
    if (!this.fields.has(name)) {
      throw new TypeError(`${this.path}${name} is missing`);
    }
    return this.fields.get(name);
  }

  private wrong(name: string, expected: string, value: unknown): TypeError {
    return new TypeError(`${this.path}${name} must be ${expected}, found ${describe(value)}`);
  }
}

/** A value in a few words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) {
    const odd = value.find((v) => typeof v !== 'number');
    return `a list of ${value.length}${odd === undefined ? '' : ` with ${JSON.stringify(odd).slice(0, 30)} in it`}`;
  }
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40);
}
