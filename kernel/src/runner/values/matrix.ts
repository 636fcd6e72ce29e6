/** Numbers in rows and columns as an aligned grid that says its shape. */
import { inspect, types } from 'node:util';

type Numbers = ArrayLike<number | bigint>;

interface Grid {
  /** What stands before the bracket. */
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  at(row: number, column: number): number | bigint;
  /** Numbers are 32-bit floats: fewer digits say all there is. */
  readonly single?: boolean;
}

/** More rows or columns than this are shown by their first and last ones. */
const MOST_ROWS = 20;
const MOST_COLUMNS = 14;
const EDGE_ROWS = 6;
const EDGE_COLUMNS = 5;
/** Longer numbers are rounded, and said to be. */
const WIDEST = 10;
const DIGITS = 6;
/** A list of lists with more numbers than this is never one line. */
const SMALL = 64;
/** An object with more keys is not searched for matrices. */
const MOST_KEYS = 100;

/**
 * The text of a matrix; undefined for anything else, and for a small one that fits into a line.
 * @param inspectWhole node's form, for what is around the numbers
 */
export function matrixText(value: unknown, inspectWhole: (value: unknown) => string): string | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  if (Array.isArray(value)) {
    const grid = gridOfRows(value);
    if (!grid) return undefined;
    const fits = grid.rows * grid.columns <= SMALL && !inspectWhole(value).includes('\n');
    return fits ? undefined : draw(grid);
  }
  const texts = gridsWithin(value);
  if (texts.size === 0) return undefined;
  // The object stays an object with all that it has; only its numbers are laid out.
  const copy = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value)) as object;
  for (const [key, text] of texts)
    Object.defineProperty(copy, key, { value: { [inspect.custom]: () => text }, enumerable: true });
  return inspectWhole(copy);
}

/** The grids that an object holds, by the names of their properties. */
function gridsWithin(value: object): Map<string, string> {
  const texts = new Map<string, string>();
  if (inspect.custom in value || Object.prototype.toString.call(value) !== '[object Object]') return texts;
  const data = gridOfData(value);
  if (data) texts.set('data', draw(data));
  const keys = Object.keys(value);
  for (const key of keys.length <= MOST_KEYS ? keys : []) {
    const part: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
    const grid = Array.isArray(part) && !types.isProxy(part) ? gridOfRows(part) : undefined;
    if (grid && grid.rows * grid.columns > SMALL) texts.set(key, draw(grid));
  }
  return texts;
}

function isNumbers(value: unknown): value is Numbers {
  if (ArrayBuffer.isView(value)) return !types.isDataView(value) && !Buffer.isBuffer(value);
  return Array.isArray(value) && !types.isProxy(value);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** A list of rows of the same length. */
function gridOfRows(value: readonly unknown[]): Grid | undefined {
  const first = value[0];
  if (value.length < 2 || !isNumbers(first) || first.length < 2 || !isNumber(first[0])) return undefined;
  for (let at = 0; at < value.length; at++) {
    const row = value[at];
    if (!isNumbers(row) || row.length !== first.length) return undefined;
  }
  const columns = first.length;
  const rows = value as readonly Numbers[];
  const title = Array.isArray(first)
    ? `Array(${rows.length} × ${columns})`
    : `Array(${rows.length}) of ${first.constructor.name}(${columns})`;
  return checked({
    title,
    rows: rows.length,
    columns,
    at: (row, column) => (rows[row] as Numbers)[column] as number,
    single: first instanceof Float32Array,
  });
}

/** An object with flat `data` and its `shape`, or `rows` and `columns` (or `cols`). */
function gridOfData(value: object): Grid | undefined {
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;
  const data = own('data');
  if (!isNumbers(data) || data.length < 2 || !isNumber(data[0])) return undefined;
  const shape = own('shape') ?? [own('rows'), own('columns') ?? own('cols')];
  if (!Array.isArray(shape) || shape.length < 2 || shape.length > 8) return undefined;
  if (!shape.every((size) => Number.isInteger(size) && size > 0)) return undefined;
  if (shape.reduce((product, size) => product * size, 1) !== data.length) return undefined;
  const columns = shape.at(-1) as number;
  const slice = shape.length > 2 ? `, here [${shape.slice(0, -2).fill(0).join('][')}]` : '';
  return checked({
    title: `${data.constructor.name}(${data.length}) as ${shape.join(' × ')}${slice}`,
    rows: shape.at(-2) as number,
    columns,
    at: (row, column) => data[row * columns + column] as number,
    single: data instanceof Float32Array,
  });
}

/** Only what is shown is looked at, so the time does not depend on the size. */
function checked(grid: Grid): Grid | undefined {
  const rows = shown(grid.rows, MOST_ROWS, EDGE_ROWS);
  const columns = shown(grid.columns, MOST_COLUMNS, EDGE_COLUMNS);
  return rows.every((row) => columns.every((column) => isNumber(grid.at(row, column)))) ? grid : undefined;
}

/** The indices to show; a jump stands for what is left out. */
function shown(count: number, most: number, edge: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, at) => at);
  return Array.from({ length: 2 * edge }, (_, at) => (at < edge ? at : count - 2 * edge + at));
}

function draw(grid: Grid): string {
  const rows = shown(grid.rows, MOST_ROWS, EDGE_ROWS);
  const columns = shown(grid.columns, MOST_COLUMNS, EDGE_COLUMNS);
  let rounded = false;
  const texts = rows.map((row) =>
    columns.map((column) => {
      const number = grid.at(row, column);
      const exact = inspect(number);
      const full = grid.single && typeof number === 'number' ? single(number, exact) : exact;
      if (full.length <= WIDEST || typeof number === 'bigint') return full;
      const short = String(Number(number.toPrecision(DIGITS)));
      rounded ||= Number(short) !== number;
      return short;
    }),
  );
  const widths = columns.map((_, at) => Math.max(...texts.map((row) => (row[at] as string).length)));
  const line = (row: readonly string[]): string => {
    const cells = row.map((text, at) => text.padStart(widths[at] as number));
    if (columns.length < grid.columns) cells.splice(EDGE_COLUMNS, 0, '…');
    return `  [ ${cells.join(', ')} ],`;
  };
  const lines = texts.map(line);
  if (rows.length < grid.rows) lines.splice(EDGE_ROWS, 0, `  … ${grid.rows - rows.length} more rows …`);
  const note = rounded ? ` // rounded to ${DIGITS} digits` : '';
  return [`${grid.title} [${note}`, ...lines, ']'].join('\n');
}

/** The shortest text that gives the same 32-bit float. */
function single(number: number, exact: string): string {
  if (!Number.isFinite(number)) return exact;
  for (let digits = 1; digits < 9; digits++) {
    const short = String(Number(number.toPrecision(digits)));
    if (Math.fround(Number(short)) === number) return Object.is(number, -0) ? '-0' : short;
  }
  return exact;
}
