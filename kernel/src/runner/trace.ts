/** Stack traces in the user's own lines: cells, local files, packages; never the kernel's. */
import { fileURLToPath } from 'node:url';
import { TraceMap } from '@jridgewell/trace-mapping';
import { follow } from '../shared/maps.js';
import type { CodeMaps } from '../shared/protocol.js';
import { asKernel } from './builtins.js';

interface Script {
  readonly label: string;
  readonly source: string;
  readonly maps: CodeMaps;
  traced?: readonly TraceMap[];
}

const scripts = new Map<string, Script>();
/** Where the kernel's own programs are, with the separator behind it. */
const kernelFolder = fileURLToPath(new URL('.', import.meta.url));

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

/** Whether a file is Node's or the kernel's. */
export function isHidden(file: string): boolean {
  return file.startsWith('node:') || file.startsWith(kernelFolder);
}

export interface Frame {
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
    // A function without a name is named by V8 after what it is handed to, in the kernel's own words.
    const isTop =
      !text.endsWith(')') || /^(async )?(eval|<anonymous>|Object\.<anonymous>)$|\bcell\$\$/.test(name);
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

/** Where an error came from; undefined for one whose stack was not made here, or was replaced. */
export function traceOf(
  error: object,
): { readonly frames: readonly Frame[]; readonly source?: string } | undefined {
  const frames = framesOf.get(error as Error);
  if (!frames) return undefined;
  const first = frames.find((item) => item.position)?.position;
  const script = first && scripts.get(first.file);
  return script ? { frames, source: script.source } : { frames };
}

/** The lines of a stack that came as text, from a worker thread for one. */
export function framesOfText(stack: string): string[] {
  return stack
    .split('\n')
    .filter(
      (line) =>
        /^\s+at /.test(line) &&
        !/\(?node:|\[nodejs\.internal|-wrapper:/.test(line) &&
        !line.includes(kernelFolder),
    );
}
