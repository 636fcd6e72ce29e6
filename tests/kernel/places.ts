/** How tracebacks name places: by cell and line, and by file and line. */
import type { Run } from './run.js';

/** True when the text names this line of the cell (and column, where given): `[3]:2:7`. */
export function namesCell(text: string, count: number, line: number, column?: number): boolean {
  const place = column === undefined ? `${line}(?!\\d)` : `${line}:${column}(?!\\d)`;
  return new RegExp(`\\[${count}\\]:${place}`).test(text);
}

/** True when the text names this line of the run's own cell. */
export function namesLine(run: Run, line: number, column?: number): boolean {
  return namesCell(run.traceback, run.reply.execution_count, line, column);
}

/** True when the text names this line of a file (the file by the end of its path). */
export function namesFile(text: string, file: string, line: number): boolean {
  return new RegExp(`${file.replaceAll('.', '\\.')}(:|[^\\n]{0,3}line )${line}(?!\\d)`).test(text);
}

/** Texts that only the kernel's own code has: a student must not meet them. */
export const INTERNAL =
  /\$\$|__scope|__cell|kernel[\\/](src|dist)|node:internal|scope\.|\bbox(es)?\b|\.ts\.js/;
