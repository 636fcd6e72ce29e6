/** The checker's findings in a cell whose TypeScript is not quite what was written. */
import { type CellSource, toOriginal } from '../cells/source.js';
import { lineAt, offsetAt } from '../language/positions.js';
import type { TypeProblem } from '../language/session.js';
import { MAGICS_OBJECT } from '../shared/protocol.js';

/** The findings where the user wrote what they are about. */
export function placed(cell: CellSource, problems: readonly TypeProblem[]): readonly TypeProblem[] {
  return problems.map((problem) => {
    if (problem.file) return problem;
    const at = (column: number) => {
      const offset = offsetAt(cell.text, { line: problem.line - 1, character: column - 1 });
      return lineAt(cell.code, toOriginal(cell, offset));
    };
    const start = at(problem.column);
    const end = at(problem.endColumn);
    const column = start.character + 1;
    const length = cell.code.split('\n')[start.line]?.length ?? 0;
    const endColumn = end.line === start.line ? end.character + 1 : length + 1;
    // A line that was rewritten is none that the user knows.
    const notes = problem.notes.filter(({ text }) => !text?.includes(MAGICS_OBJECT));
    return { ...problem, notes, line: start.line + 1, column, endColumn: Math.max(endColumn, column + 1) };
  });
}

/**
 * Lines, from 0, that begin with `!` or `%` and a name that the checker does not know.
 * @param problems placed where the user wrote
 * @returns undefined when there is none
 */
export function unknownLines(
  cell: CellSource,
  problems: readonly TypeProblem[],
): ReadonlySet<number> | undefined {
  const lines = cell.code.split('\n');
  const found = problems.filter(({ file, message, line, column }) => {
    const before = lines[line - 1]?.slice(0, column - 1) ?? '';
    return !file && message.startsWith('Cannot find name ') && /(?:^|=)[ \t]*(?:!!?|%)$/.test(before);
  });
  return found.length > 0 ? new Set(found.map(({ line }) => line - 1)) : undefined;
}
