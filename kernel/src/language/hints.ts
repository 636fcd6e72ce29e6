/** Says of names that a cell does not know how they could be imported. */
import { importsOf } from './autoImports.js';
import type { LanguageServer } from './server.js';
import type { TypeProblem } from './session.js';

/** "Cannot find name", also with a name that is meant perhaps. */
const UNKNOWN_NAME = new Set([2304, 2552]);
/** The first look into all packages takes long, and an error must not wait for it. */
const PATIENCE = 500;
const MOST_NAMES = 3;
const MOST_LINES = 3;

/** @param text what the checker found the problems in */
export async function withHints(
  problems: readonly TypeProblem[],
  text: string,
  folder: string,
  server: LanguageServer,
): Promise<readonly TypeProblem[]> {
  const lines = text.split('\n');
  const hints = new Map<string, Promise<readonly string[]>>();
  const nameOf = ({ line, column, endColumn }: TypeProblem): string =>
    lines[line - 1]?.slice(column - 1, endColumn - 1) ?? '';
  for (const problem of problems) {
    const name = nameOf(problem);
    if (!UNKNOWN_NAME.has(problem.code) || hints.has(name) || hints.size >= MOST_NAMES) continue;
    const found = server
      .completion(text, problem.line - 1, problem.endColumn - 1)
      .then((items) => importsOf(name, folder, items).slice(0, MOST_LINES));
    hints.set(name, inTime(found));
  }
  return Promise.all(
    problems.map(async (problem) => {
      const hint = UNKNOWN_NAME.has(problem.code) ? await hints.get(nameOf(problem)) : undefined;
      return hint && hint.length > 0 ? { ...problem, hint } : problem;
    }),
  );
}

async function inTime(found: Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), PATIENCE);
  });
  try {
    return await Promise.race([found.catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}
