/** What a notebook shows of an error: its lines, where it stands in the source, what caused it, what it carries. */
import { inspect, types } from 'node:util';
import { excerpt } from '../shared/excerpt.js';
import type { ErrorContent } from '../shared/protocol.js';
import { framesOfText, traceOf, userText } from './trace.js';
import { inspectText, shortened } from './values/text.js';

const RED = '\x1b[31m';
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** Errors that one report tells, with all causes and parts. */
const MOST_ERRORS = 12;
/** Parts of one error that are told. */
const MOST_PARTS = 5;
/** A name, a message; characters. */
const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 20_000;

/** What a cell's `error` message says of anything that was thrown, however hostile. */
export function errorContent(thrown: unknown): ErrorContent {
  try {
    if (!isError(thrown)) return thrownValue(thrown);
    const ename = nameOf(thrown);
    const evalue = messageOf(thrown);
    return { ename, evalue, traceback: report(thrown, new Set()) };
  } catch {
    const evalue = 'Something was thrown that cannot be looked at.';
    return { ename: 'Thrown', evalue, traceback: [`${RED}Thrown${RESET}: ${evalue}`] };
  }
}

/** Also errors of another realm, of `node:vm` for one. */
function isError(thrown: unknown): thrown is object {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function property(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function textProperty(value: object, key: string): string {
  try {
    return String(property(value, key) ?? '');
  } catch {
    return '';
  }
}

function hasOwn(value: object, key: string): boolean {
  try {
    return Object.hasOwn(value, key);
  } catch {
    return false;
  }
}

/** The error's name; where its class did not set one, the name of the class. */
function nameOf(error: object): string {
  const name = textProperty(error, 'name') || 'Error';
  const kind = property(error, 'constructor');
  const className = typeof kind === 'function' ? textProperty(kind, 'name') : '';
  const inherited = /^(Aggregate|Type|Range|Reference|Syntax|URI|Eval)?Error$/.test(name);
  // Node's own errors are of a class that it hides; libraries that were minified have classes named `e`.
  const named = /^[A-Z]\w{2,}$/.test(className) && className !== 'NodeError' && className !== 'Object';
  const own = inherited && named && !hasOwn(error, 'name') ? className : name;
  return own.length > LONGEST_NAME ? `${own.slice(0, LONGEST_NAME)}…` : own;
}

function messageOf(error: object): string {
  return shortened(userText(textProperty(error, 'message')), LONGEST_MESSAGE);
}

function thrownValue(thrown: unknown): ErrorContent {
  const text = shortened(
    typeof thrown === 'object' ? inspectText(thrown) : inspect(thrown, { maxStringLength: LONGEST_MESSAGE }),
    LONGEST_MESSAGE,
  );
  return {
    ename: 'Thrown',
    evalue: text,
    traceback: [`${RED}${BOLD}Thrown${RESET}: ${text}`, `${DIM}Throw an Error to get the line.${RESET}`],
  };
}

/** Reading one of these runs no getter of the user's twice, and they are told in their own way. */
const TOLD = new Set(['name', 'message', 'stack', 'cause', 'errors', 'error', 'suppressed']);

const ASSERTION = ['generatedMessage', 'actual', 'expected', 'operator', 'diff'];

function report(error: object, told: Set<object>): string[] {
  told.add(error);
  const lines = [
    `${RED}${BOLD}${nameOf(error)}${RESET}: ${messageOf(error)}`,
    ...placeLines(error),
    ...extraLines(error),
  ];
  const part = (title: string, item: unknown): void => {
    lines.push(`${BOLD}${title}${RESET}`, ...partLines(item, told));
  };
  const suppressed = property(error, 'suppressed');
  if (suppressed !== undefined) {
    part('Thrown while cleaning up', property(error, 'error'));
    part('After this was thrown', suppressed);
  }
  const cause = property(error, 'cause');
  if (cause !== undefined) part('Caused by', cause);
  const errors = property(error, 'errors');
  if (Array.isArray(errors) && !types.isProxy(errors)) {
    for (let at = 0; at < Math.min(errors.length, MOST_PARTS); at++)
      part(`Error ${at + 1} of ${errors.length}`, property(errors, String(at)));
    if (errors.length > MOST_PARTS)
      lines.push(`${DIM}… and ${errors.length - MOST_PARTS} more errors${RESET}`);
  }
  return lines;
}

function partLines(item: unknown, told: Set<object>): string[] {
  if (!isError(item)) return thrownValue(item).traceback.slice(0, 1);
  if (told.has(item)) return [`${nameOf(item)}: ${messageOf(item)} ${DIM}(told above)${RESET}`];
  if (told.size >= MOST_ERRORS)
    return [`${nameOf(item)}: ${messageOf(item)} ${DIM}(and what is behind it, not shown)${RESET}`];
  return report(item, told);
}

/** The source around the place, and the calls that led there. */
function placeLines(error: object): string[] {
  // Reading the stack makes V8 prepare it, which is when its frames become known.
  const stack = property(error, 'stack');
  const trace = traceOf(error);
  if (!trace) return typeof stack === 'string' ? folded(framesOfText(stack)) : [];
  const first = trace.frames.find((item) => item.position)?.position;
  const frame = first && trace.source !== undefined ? codeFrame(trace.source, first.line, first.column) : [];
  return [...frame, ...folded(trace.frames.map((item) => `    at ${item.text}`))];
}

/** A recursion is told once, with its count. */
function folded(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    let end = at + 1;
    while (lines[end] === line) end++;
    out.push(line);
    // Node keeps only so many calls.
    const cut = end === lines.length && end >= Error.stackTraceLimit ? 'at least ' : '';
    if (end - at > 2) out.push(`${DIM}    … the same ${cut}${end - at - 1} more times${RESET}`);
    else if (end - at === 2) out.push(line);
    at = end;
  }
  return out;
}

/** What the error carries beside its message: `code`, `path`, a field of its class. Getters are not run. */
function extraLines(error: object): string[] {
  const fields: Record<string, unknown> = {};
  for (const key of types.isProxy(error) ? [] : Object.keys(error)) {
    const value = Object.getOwnPropertyDescriptor(error, key)?.value;
    if (!TOLD.has(key) && value !== undefined && typeof value !== 'function') fields[key] = value;
  }
  // The message of a failed assertion has all of these.
  if ('generatedMessage' in fields) for (const key of ASSERTION) delete fields[key];
  if (Object.keys(fields).length === 0) return [];
  return shortened(inspectText(fields), 2000)
    .split('\n')
    .map((line) => `${DIM}    ${line}${RESET}`);
}

/** The lines around a position, the position marked. */
function codeFrame(source: string, line: number, column: number): string[] {
  const lines = source.trimEnd().split('\n');
  const out: string[] = [];
  for (let at = Math.max(1, line - 1); at <= Math.min(lines.length, line + 1); at++) {
    const number = String(at).padStart(4);
    const { text, start } = excerpt(lines[at - 1] ?? '', column);
    if (at !== line) {
      out.push(`${DIM}  ${number} | ${text}${RESET}`);
      continue;
    }
    out.push(`${RED}>${RESET} ${number} | ${text}`);
    // Tabs stay tabs, so that the caret stands under the character.
    const pad = text.slice(0, Math.max(0, column - 1 - start)).replace(/[^\t]/g, ' ');
    out.push(`${DIM}       |${RESET} ${pad}${RED}^${RESET}`);
  }
  return out;
}
