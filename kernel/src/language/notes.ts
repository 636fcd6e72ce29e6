/** What the checker adds to a finding: where the thing it speaks of is declared. */
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from 'vscode-languageserver-protocol';

export interface Note {
  readonly message: string;
  /** Where that is, in words; absent when it is nowhere the user can look. */
  readonly place?: string;
  /** The line of source there. */
  readonly text?: string;
}

/** More are rarely of help. */
const MOST = 3;
/** A line that stands in a cell's file but not in the cell. */
const OURS = /^(declare (let|const|var|function|class)|export \{|import (type )?\{?.*'\.\/cell\d*\.ts')/;

/**
 * @param lines of the cell that is checked
 * @param scratch the folder in which cells stand as files
 * @param folder the notebook's
 */
export function notesOf(item: Diagnostic, lines: readonly string[], scratch: string, folder: string): Note[] {
  return (item.relatedInformation ?? []).slice(0, MOST).map(({ location, message }) => {
    try {
      return { message, ...placeOf(location.uri, location.range.start.line, lines, scratch, folder) };
    } catch {
      // A file that went away meanwhile, or one that only the checker knows.
      return { message };
    }
  });
}

function placeOf(
  uri: string,
  line: number,
  lines: readonly string[],
  scratch: string,
  folder: string,
): Omit<Note, 'message'> {
  const path = fileURLToPath(uri);
  const cell = path.startsWith(scratch) ? /^cell(\d*)\.ts$/.exec(basename(path)) : null;
  const text = cell?.[1] === '' ? lines[line] : readFileSync(path, 'utf8').split('\n')[line];
  if (text === undefined || (path.startsWith(scratch) && !cell) || (cell && OURS.test(text))) return {};
  if (cell) return { place: cell[1] === '' ? `line ${line + 1}` : 'an earlier cell', text };
  const inside = path.includes('node_modules')
    ? path.replace(/^.*node_modules./, '')
    : relative(folder, path);
  return { place: `${inside}:${line + 1}`, text };
}
