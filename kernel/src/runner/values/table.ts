/** Records as a table: an HTML one beside the text that node gives. */
import { inspect, types } from 'node:util';
import { escapeHtml } from './html.js';
import { inspectLine } from './text.js';

/** Rows with named columns, of which only those that are shown have been read. */
export interface Table {
  readonly rows: readonly { readonly header: string; readonly cells: readonly unknown[] }[];
  readonly columns: readonly string[];
  /** The class of the records, when they share one. */
  readonly kind?: string | undefined;
  /** How many there are in all. */
  readonly rowCount: number;
  readonly columnCount: number;
}

/** In place of a cell that its record does not have. */
const MISSING = Symbol('missing');

const MOST_ROWS = 60;
const EDGE_ROWS = 10;
const MOST_COLUMNS = 20;
/** What one cell shows, characters. */
const LONGEST = 200;

type Entry = readonly [header: string, record: unknown];

/** The table of an array or a map of records; undefined when the value is none. */
export function tableOf(value: unknown): Table | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0 || !isRecord(value[0]) || inspect.custom in value) return undefined;
    const rows = shownRows(value.length);
    // A hole or a null among them is better seen in the text.
    if (!rows.every((index) => isRecord(value[index]))) return undefined;
    return uniform(
      tableOfRecords(
        value.length,
        rows.map((index) => [String(index), value[index]]),
      ),
    );
  }
  if (types.isMap(value) && value.size > 0 && value.size <= MOST_ROWS) {
    const entries = [...Map.prototype.entries.call(value)];
    if (!entries.every(([, record]) => isRecord(record))) return undefined;
    return uniform(
      tableOfRecords(
        value.size,
        entries.map(([key, record]) => [typeof key === 'string' ? key : inspectLine(key, LONGEST), record]),
      ),
    );
  }
  return undefined;
}

/** The table of anything that can be one, for whoever asks for it: also lists of lists and named columns. */
export function anyTableOf(value: unknown, columns?: readonly string[]): Table | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (types.isMap(value)) {
    const entries = [...value].slice(0, MOST_ROWS);
    const named = entries.map(([key, record]): Entry => [cellText(key), record]);
    return tableOfRecords(value.size, named, columns);
  }
  const list = types.isSet(value) ? [...value] : value;
  if (isList(list)) {
    const at = (index: number): Entry => [String(index), list[index]];
    return tableOfRecords(list.length, shownRows(list.length).map(at), columns);
  }
  const parts = Object.entries(value);
  const first = parts[0]?.[1];
  if (isList(first) && parts.every(([, part]) => isList(part) && part.length === first.length)) {
    const record = (index: number): Entry => [
      String(index),
      Object.fromEntries(parts.map(([name, part]) => [name, (part as ArrayLike<unknown>)[index]])),
    ];
    return tableOfRecords(first.length, shownRows(first.length).map(record), columns);
  }
  return tableOfRecords(parts.length, parts.slice(0, MOST_ROWS), columns);
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !types.isDataView(value));
}

/** An object that is nothing but its named values. */
function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || isList(value)) return false;
  if (inspect.custom in value || Symbol.toStringTag in value) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
}

function shownRows(count: number): number[] {
  if (count <= MOST_ROWS) return Array.from({ length: count }, (_, at) => at);
  return Array.from({ length: 2 * EDGE_ROWS }, (_, at) => (at < EDGE_ROWS ? at : count - 2 * EDGE_ROWS + at));
}

/** The column of a record that is a single value. */
const VALUE = 'value';

/** A record's own values by name. Getters are not run. */
function fieldsOf(record: unknown): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  if (isList(record)) {
    for (let at = 0; at < Math.min(record.length, MOST_COLUMNS); at++) fields.set(String(at), record[at]);
    // So that the count is right while no more is read than is shown.
    for (let at = MOST_COLUMNS; at < Math.min(record.length, 10_000); at++) fields.set(String(at), MISSING);
  } else if (isRecord(record)) {
    for (const key of Object.keys(record)) {
      const property = Object.getOwnPropertyDescriptor(record, key);
      fields.set(key, property?.get ? GETTER : property?.value);
    }
  } else fields.set(VALUE, record);
  return fields;
}

const GETTER = { [inspect.custom]: () => '[Getter]' };

function tableOfRecords(rowCount: number, entries: readonly Entry[], chosen?: readonly string[]): Table {
  const read = entries.map(([header, record]) => ({ header, fields: fieldsOf(record) }));
  const all = chosen ?? [...new Set(read.flatMap(({ fields }) => [...fields.keys()]))];
  const columns = all.slice(0, MOST_COLUMNS);
  const rows = read.map(({ header, fields }) => ({
    header,
    cells: columns.map((name) => (fields.has(name) ? fields.get(name) : MISSING)),
  }));
  const kinds = new Set(entries.map(([, record]) => className(record)));
  return {
    rows,
    columns,
    rowCount,
    columnCount: all.length,
    kind: kinds.size === 1 ? [...kinds][0] : undefined,
  };
}

/** The name of a record's own class. */
function className(record: unknown): string | undefined {
  if (!isRecord(record)) return undefined;
  const kind: unknown = Object.getPrototypeOf(record)?.constructor;
  return typeof kind === 'function' && kind !== Object ? String(kind.name) : undefined;
}

function isSingle(value: unknown): boolean {
  return typeof value !== 'object' || value === null || types.isDate(value);
}

/** A list of unlike things, or of things with much inside, is better read as text. */
function uniform(table: Table): Table | undefined {
  const cells = table.rows.flatMap((row) => row.cells);
  const filled = cells.filter((cell) => cell !== MISSING);
  const single = filled.filter(isSingle);
  const enough = filled.length * 2 >= cells.length && single.length * 3 >= filled.length * 2;
  const records = table.columns.length > 0 && !(table.columns.length === 1 && table.columns[0] === VALUE);
  return enough && records && table.columnCount <= 200 ? table : undefined;
}

function cellText(value: unknown): string {
  if (value === MISSING) return '';
  if (typeof value === 'string') return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return value.toISOString();
  return inspectLine(value, LONGEST);
}

const count = (number: number, one: string): string =>
  `${number.toLocaleString('en')} ${one}${number === 1 ? '' : 's'}`;

/** HTML with a caption that says how much there is, and headers that a screen reader can follow. */
export function tableHtml(table: Table, caption?: string): string {
  const { rows, columns, rowCount, columnCount, kind } = table;
  const isNumeric = columns.map((_, at) =>
    rows.every(({ cells }) => cells[at] === MISSING || /^(number|bigint)$/.test(typeof cells[at])),
  );
  const side = (at: number): string => (isNumeric[at] ? 'right' : 'left');
  const head = columns.map(
    (name, at) => `<th scope="col" style="text-align:${side(at)}">${escapeHtml(name)}</th>`,
  );
  const more = columnCount > columns.length;
  const body = rows.map(({ header, cells }) => {
    const data = cells.map(
      (cell, at) => `<td style="text-align:${side(at)}">${escapeHtml(cellText(cell))}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(header)}</th>${data.join('')}${more ? '<td>…</td>' : ''}</tr>`;
  });
  if (rows.length < rowCount) {
    const gap = `<tr><th scope="row">⋮</th><td colspan="${columns.length + (more ? 1 : 0)}">${count(rowCount - rows.length, 'more row')}</td></tr>`;
    // Long lists are read at both ends, long maps only at their start.
    body.splice(rows.length === 2 * EDGE_ROWS ? EDGE_ROWS : rows.length, 0, gap);
  }
  const left = more ? `, ${count(columnCount - columns.length, 'column')} not shown` : '';
  const size = `${kind ? `${escapeHtml(kind)}: ` : ''}${count(rowCount, 'row')} × ${count(columnCount, 'column')}${left}`;
  const title = caption === undefined ? size : `${escapeHtml(caption)} (${size})`;
  return [
    `<table><caption style="caption-side:bottom;text-align:left">${title}</caption>`,
    `<thead><tr><td></td>${head.join('')}${more ? '<th scope="col">…</th>' : ''}</tr></thead>`,
    `<tbody>${body.join('')}</tbody></table>`,
  ].join('');
}

/** The same in plain text. */
export function tableText(table: Table): string {
  const header = ['', ...table.columns];
  const lines = [
    header,
    ...table.rows.map((row) => [row.header, ...row.cells.map((cell) => cellText(cell).replace(/\s+/g, ' '))]),
  ];
  const widths = header.map((_, at) => Math.max(...lines.map((line) => (line[at] as string).length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number)))
      .join('  '),
  );
  const { rowCount, columnCount } = table;
  return [...text, `${count(rowCount, 'row')} × ${count(columnCount, 'column')}`].join('\n');
}
