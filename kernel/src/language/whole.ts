/** Whether a text is a whole cell, for frontends where Enter runs it or starts a new line. */
import type { AstNode } from '../cells/ast.js';
import { readFacts } from '../cells/facts.js';
import { askedIn } from './asked.js';
import { parseWhole, repairs } from './cursor.js';
import { openAt } from './lexer.js';

export interface Wholeness {
  readonly status: 'complete' | 'incomplete' | 'invalid';
  /** What the next line starts with. */
  readonly indent?: string;
}

export function isWhole(code: string): Wholeness {
  if (askedIn(code)) return { status: 'complete' };
  const { problem } = readFacts(code);
  if (problem ? !problem.incomplete && (problem.unreadable || !canGoOn(code)) : !lacksBody(code))
    return { status: problem ? 'invalid' : 'complete' };
  return { status: 'incomplete', indent: indentBehind(code) };
}

/** Whether some text behind it makes it a program. */
function canGoOn(code: string): boolean {
  const { place } = openAt(code);
  // These end with their line.
  if (place === 'regex' || (place === 'string' && !/[^\\](?:\\\\)*\\$/.test(code))) return false;
  for (const more of ['', ' $more$'])
    for (const text of repairs(code + more)) if (parseWhole(text)) return true;
  return false;
}

/** `function f()` by itself is a signature whose body must follow. */
function lacksBody(code: string): boolean {
  const body = (parseWhole(code)?.program.body ?? []) as unknown as AstNode[];
  const last = body.at(-1);
  const declared = last?.type === 'ExportNamedDeclaration' ? (last.declaration as AstNode | null) : last;
  return declared?.type === 'TSDeclareFunction' && declared.declare !== true;
}

/** As the last line, and deeper when that opens a bracket. */
function indentBehind(code: string): string {
  if (openAt(code).place !== 'code') return '';
  const lines = code.split(/\r\n|\n|\r/);
  const at = lines.findLastIndex((line) => line.trim() !== '');
  const last = lines[at] ?? '';
  const depthBefore = openAt(lines.slice(0, at).join('\n')).depth;
  const deeper = openAt(code).depth > depthBefore || /=>\s*$/.test(last);
  return `${/^[ \t]*/.exec(last)?.[0] ?? ''}${deeper ? '  ' : ''}`;
}
