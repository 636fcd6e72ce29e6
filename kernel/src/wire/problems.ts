/** How the checker's findings look in a notebook. */
import type { TypeProblem } from '../language/session.js';
import { excerpt } from '../shared/excerpt.js';
import type { ErrorContent } from '../shared/protocol.js';

const RED = '\x1b[31m';
const CYAN = '\x1b[36m';
const YELLOW = '\x1b[33m';
const DIM = '\x1b[2m';
const BOLD = '\x1b[1m';
const RESET = '\x1b[0m';

/** More than this many are counted, not shown. */
const MOST = 20;

/** The error of a cell that was not run, with every finding in its line. */
export function problemsContent(
  label: string,
  source: string,
  problems: readonly TypeProblem[],
): ErrorContent {
  const syntax = problems.some(({ code }) => code < 2000);
  const ename = syntax ? 'SyntaxError' : 'TypeCheckError';
  const lines = source.split('\n');
  const traceback = [
    `${RED}${BOLD}${ename}${RESET}: ${count(problems.length)}; the cell was not run.`,
    ...problems
      .slice(0, MOST)
      .flatMap((problem) =>
        show(problem.file?.path ?? label, problem.file?.text.split('\n') ?? lines, problem),
      ),
  ];
  if (problems.length > MOST) traceback.push(`… and ${problems.length - MOST} more.`);
  const first = problems[0] as TypeProblem;
  const place = `${first.file?.path ?? label}:${first.line}:${first.column}`;
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return { ename, evalue: `${place} - error TS${first.code}: ${first.message}${rest}`, traceback };
}

/** The error of a cell with a magic that cannot be understood. */
export function magicContent(
  label: string,
  source: string,
  { message, offset }: { readonly message: string; readonly offset: number },
): ErrorContent {
  const before = source.slice(0, offset).split('\n');
  const place = `${label}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  const text = source.split('\n')[before.length - 1] ?? '';
  const traceback = [
    `${RED}${BOLD}MagicError${RESET}: ${message}`,
    `  ${CYAN}${place}${RESET}`,
    `  ${String(before.length).padStart(4)} | ${text}`,
  ];
  return { ename: 'MagicError', evalue: `${place} - ${message}`, traceback };
}

function count(problems: number): string {
  return problems === 1 ? '1 error' : `${problems} errors`;
}

function show(label: string, lines: readonly string[], problem: TypeProblem): string[] {
  const { line, column, endColumn, code, message } = problem;
  const { text, start } = excerpt(lines[line - 1] ?? '', column);
  const pad = text.slice(0, column - 1 - start).replace(/[^\t]/g, ' ');
  const marks = '~'.repeat(Math.max(1, Math.min(endColumn - column, start + text.length + 1 - column)));
  const number = String(line).padStart(4);
  const notes = problem.notes.flatMap((note) => [
    `       ${DIM}${note.message}${note.place === undefined ? '' : ` (${note.place})`}${RESET}`,
    ...(note.text === undefined ? [] : [`       ${DIM}| ${excerpt(note.text, 1).text}${RESET}`]),
  ]);
  return [
    '',
    `${CYAN}${label}${RESET}:${YELLOW}${line}${RESET}:${YELLOW}${column}${RESET} - ${RED}error${RESET} ${DIM}TS${code}:${RESET} ${message}`,
    `  ${number} | ${text}`,
    `       | ${pad}${RED}${marks}${RESET}`,
    ...notes,
    ...(problem.hint ?? []).map((text) => `       ${CYAN}write:${RESET} ${text}`),
  ];
}
