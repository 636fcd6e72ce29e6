/** Stack traces and error reports in the user's own lines: cells, local files, packages; never the kernel's. */

import { inspect } from 'node:util';
import { TraceMap } from '@jridgewell/trace-mapping';
import { follow } from '../shared/maps.js';
import type { CodeMaps, ErrorContent } from '../shared/protocol.js';
import { asKernel } from './builtins.js';

interface Script {
  readonly label: string;
  readonly source: string;
  readonly maps: CodeMaps;
  traced?: readonly TraceMap[];
}

const scripts = new Map<string, Script>();
/** The kernel's own programs, as V8 names them: by address, where a space is `%20`. */
const kernelFolder = new URL('.', import.meta.url).href;

/** Makes positions in `file` (a script's file name) show as positions in `source`, under the name `label`. */
export function registerScript(file: string, label: string, source: string, maps: CodeMaps): void {
  scripts.set(file, { label, source, maps });
}

export interface Position {
  readonly file: string;
  readonly label: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** Maps a position of running code back to what the user wrote; undefined when the code is not the user's. */
export function originalPosition(file: string, line: number, column: number): Position | undefined {
  const script = scripts.get(file);
  if (!script) return undefined;
  script.traced ??= script.maps.map((map) => new TraceMap(map));
  const at = follow(script.traced, { line, column: column - 1 });
  return at && { file, label: script.label, line: at.line, column: at.column + 1 };
}

/** `(0 , f$$.v)` and `f$$.v` are how a rewritten name shows in V8's messages. */
export function userText(text: string): string {
  if (!text.includes('$$')) return text;
  return text
    .replace(/\(0 ?, ([\p{ID_Start}$_][\p{ID_Continue}$]*?)\${2,}\.v\)/gu, '$1')
    .replace(/([\p{ID_Start}$_][\p{ID_Continue}$]*?)\${2,}\.v\b/gu, '$1');
}

/** Cleans the message of an engine's own error, so that user code which prints it sees the user's names. */
export function cleanMessage(error: unknown): void {
  if (!(error instanceof TypeError || error instanceof ReferenceError)) return;
  try {
    if (error.message.includes('$$')) error.message = userText(error.message);
  } catch {
    // A frozen error keeps its message.
  }
}

function isHidden(file: string): boolean {
  return file.startsWith('node:') || file.startsWith(kernelFolder);
}

interface Frame {
  readonly text: string;
  readonly position?: Position;
}

const framesOf = new WeakMap<Error, readonly Frame[]>();

function frame(site: NodeJS.CallSite): Frame | undefined {
  const file = site.getFileName() ?? site.getScriptNameOrSourceURL?.() ?? '';
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const text = site.toString();
  if (line === null || column === null) return text.includes('native') ? { text } : undefined;
  if (scripts.has(file)) {
    const position = originalPosition(file, line, column);
    if (!position) return undefined;
    const place = `${position.label}:${position.line}:${position.column}`;
    const name = userText(text.slice(0, text.lastIndexOf(' (')));
    const isTop = !text.endsWith(')') || /^(async )?(eval|<anonymous>|Object\.<anonymous>)$/.test(name);
    return { text: isTop ? place : `${name} (${place})`, position };
  }
  if (file === '' || isHidden(file)) return undefined;
  return { text: userText(text) };
}

/** Installs the stack format for everything that runs here. */
export function installStackTraces(): void {
  Error.stackTraceLimit = 30;
  const prepare = (error: Error, sites: NodeJS.CallSite[]): string => {
    const frames = sites.map(frame).filter((item) => item !== undefined);
    if (typeof error === 'object' && error !== null) framesOf.set(error, frames);
    return [userText(header(error)), ...frames.map((item) => `    at ${item.text}`)].join('\n');
  };
  Error.prepareStackTrace = (error, sites) => asKernel(() => prepare(error, sites));
}

function header(error: Error): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

const RED = '\x1b[31m';
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** The lines around a position, the position marked. */
export function codeFrame(source: string, line: number, column: number, width = 1): string[] {
  const lines = source.split('\n');
  const out: string[] = [];
  for (let at = Math.max(1, line - width); at <= Math.min(lines.length, line + width); at++) {
    const number = String(at).padStart(4);
    const text = lines[at - 1] ?? '';
    if (at !== line) {
      out.push(`${DIM}  ${number} | ${text}${RESET}`);
      continue;
    }
    out.push(`${RED}>${RESET} ${number} | ${text}`);
    // Tabs stay tabs, so that the caret stands under the character.
    const pad = text.slice(0, Math.max(0, column - 1)).replace(/[^\t]/g, ' ');
    out.push(`${DIM}       |${RESET} ${pad}${RED}^${RESET}`);
  }
  return out;
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

/** What the cell's `error` message says of anything that was thrown, however hostile. */
export function errorContent(thrown: unknown): ErrorContent {
  try {
    return describeThrown(thrown);
  } catch {
    const evalue = 'Something was thrown that cannot be looked at.';
    return { ename: 'Thrown', evalue, traceback: [`${RED}Thrown${RESET}: ${evalue}`] };
  }
}

function describeThrown(thrown: unknown): ErrorContent {
  if (!(thrown instanceof Error)) return thrownValue(thrown);
  const ename = textProperty(thrown, 'name') || 'Error';
  const evalue = userText(textProperty(thrown, 'message'));
  return { ename, evalue, traceback: report(thrown, ename, evalue, 0) };
}

function thrownValue(thrown: unknown): ErrorContent {
  let text: string;
  try {
    text = inspect(thrown);
  } catch {
    text = 'a value that cannot be shown';
  }
  return {
    ename: 'Thrown',
    evalue: text,
    traceback: [`${RED}${BOLD}Thrown${RESET}: ${text}`, `${DIM}Throw an Error to get the line.${RESET}`],
  };
}

function report(error: Error, ename: string, evalue: string, depth: number): string[] {
  // Reading the stack makes V8 prepare it, which fills `framesOf`.
  const stack = property(error, 'stack');
  const frames = framesOf.get(error);
  const lines = [`${RED}${BOLD}${ename}${RESET}: ${evalue}`];
  const first = frames?.find((item) => item.position)?.position;
  const script = first && scripts.get(first.file);
  if (first && script) lines.push(...codeFrame(script.source, first.line, first.column));
  if (frames) lines.push(...frames.map((item) => `    at ${item.text}`));
  else if (typeof stack === 'string') lines.push(...stack.split('\n').slice(1));
  const cause = property(error, 'cause');
  if (cause !== undefined && depth < 5) {
    const inner =
      cause instanceof Error ? errorLines(cause, depth + 1) : thrownValue(cause).traceback.slice(0, 1);
    lines.push(`${BOLD}Caused by${RESET}`, ...inner);
  }
  const errors = property(error, 'errors');
  if (Array.isArray(errors) && depth < 5) {
    errors.slice(0, 10).forEach((item, index) => {
      const inner =
        item instanceof Error ? errorLines(item, depth + 1) : thrownValue(item).traceback.slice(0, 1);
      lines.push(`${BOLD}Error ${index + 1} of ${errors.length}${RESET}`, ...inner);
    });
  }
  return lines;
}

function errorLines(error: Error, depth: number): string[] {
  const ename = textProperty(error, 'name') || 'Error';
  return report(error, ename, userText(textProperty(error, 'message')), depth);
}
