/** What each magic becomes: a call of the runner's function of the same name, with the user's code kept in its place. */
import { readFileSync } from 'node:fs';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { MAGICS_OBJECT as MAGICS } from '../shared/protocol.js';
import { interpolated, type Piece } from './interpolate.js';
import { aboutMagic, type CellMagic, type LineMagic, magicList } from './magicNames.js';
import { parse } from './parse.js';

/** A magic that cannot be understood; the message is one sentence. */
export class MagicProblem extends Error {
  override readonly name = 'MagicError';
  /** UTF-16 offset into the cell. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** One place where a magic stands. */
export interface Use {
  /** The whole cell. */
  readonly source: string;
  readonly name: string;
  /** What stands behind the name, without blanks around it; UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** True behind `=`. */
  readonly assigned: boolean;
  /** Whether a name means something in the session or the cell. */
  readonly known: (name: string) => boolean;
  /** The notebook's folder. */
  readonly folder: string;
  /** Notes an import whose file is to be run anew. */
  readonly runAnew: (specifier: string, args: readonly string[]) => void;
}

const text = ({ source, start, end }: Use): string => source.slice(start, end);
const kept = ({ start, end }: Use): Piece => [start, end];

function call(method: string, ...args: readonly Piece[]): Piece[] {
  return [`await ${MAGICS}.${method}(`, ...args, ')'];
}

function filled(use: Use): Piece[] {
  return interpolated(use.source, use.start, use.end, use.known);
}

function needed(use: Use, usage: string): void {
  if (use.start === use.end)
    throw new MagicProblem(`${usage}: what stands in capitals is missing.`, use.start);
}

const parses = (code: string): boolean =>
  parse('part.ts', code, { lang: 'ts', sourceType: 'module' }).errors.length === 0;

/** `() => (expression)`, async where it awaits. */
function thunk(code: string, before: string, after: string): readonly [string, string] {
  return parses(`${before}${code}${after}`) || !code.includes('await')
    ? [before, after]
    : [`async ${before}`, after];
}

/** Drops a `;` at the end, which would end the brackets too early. */
function withoutSemicolon(use: Use): Use {
  const end = use.start + text(use).replace(/[;\s]+$/, '').length;
  return { ...use, end };
}

/** Takes `-n 5 -o` and the like from the front of the argument. */
function options(
  use: Use,
  letters: string,
): { readonly found: Record<string, number | true>; readonly rest: Use } {
  const found: Record<string, number | true> = {};
  let { start } = use;
  for (;;) {
    const match = /^-(?:([nr])[ \t]*(\d+)|([a-z]))(?=\s|$)[ \t]*/.exec(use.source.slice(start, use.end));
    const [whole, counted, digits, plain] = match ?? [];
    const letter = counted ?? plain;
    if (whole === undefined || letter === undefined || !letters.includes(letter)) break;
    found[letter] = digits === undefined ? true : Number(digits);
    start += whole.length;
  }
  return { found, rest: { ...use, start } };
}

export const lineCalls: Record<LineMagic, (use: Use) => Piece[]> = {
  time(whole) {
    needed(whole, '%time CODE');
    const use = withoutSemicolon(whole);
    const code = text(use);
    const isStatement = !parses(`(async () => (${code}\n))`) && parses(code);
    if (isStatement) return [...call('timeStart'), '; ', kept(use), '\n; ', ...call('timeEnd')];
    const [before, after] = thunk(code, '() => (', '\n)');
    return call('time', before, kept(use), after);
  },
  timeit(whole) {
    const { found, rest } = options(whole, 'nroq');
    needed(rest, '%timeit EXPRESSION');
    const use = withoutSemicolon(rest);
    const [before, after] = thunk(text(use), '() => (', '\n)');
    const wanted = JSON.stringify(whole.assigned ? { ...found, o: true } : found);
    return call('timeit', before, kept(use), after, `, ${wanted}`);
  },
  prun(whole) {
    needed(whole, '%prun EXPRESSION');
    const use = withoutSemicolon(whole);
    const [before, after] = thunk(text(use), '() => (', '\n)');
    return call('profile', before, kept(use), after);
  },
  who: () => call('who'),
  whos: () => call('whos'),
  reset: (use) => call('reset', String(/(^|\s)-f\b/.test(text(use)))),
  cd: (use) => call('cd', ...filled(use)),
  pwd: () => call('pwd'),
  env: (use) => call('env', ...filled(use)),
  history: (use) => call('history', String(/(^|\s)-n\b/.test(text(use)))),
  load(use) {
    needed(use, '%load FILE');
    return call('load', ...filled(use));
  },
  npm(use) {
    needed(use, '%npm install PACKAGE');
    return call('npm', ...filled(use));
  },
  lsmagic: () => call('print', JSON.stringify(magicList())),
  run,
};

/** The file becomes an import of all that it exports; the runner is told to run it anew. */
function run(use: Use): Piece[] {
  needed(use, '%run FILE');
  const words = [...text(use).matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const [named = '', ...args] = words;
  const wanted = extname(named) === '' ? `${named}.ts` : named;
  const path = isAbsolute(wanted) ? wanted : join(use.folder, wanted);
  if (!/^\.[mc]?[jt]sx?$/.test(extname(path)))
    throw new MagicProblem(`%run runs TypeScript and JavaScript files, found ${wanted}.`, use.start);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new MagicProblem(`%run cannot read ${wanted}: ${(error as Error).message}.`, use.start);
  }
  const { module } = parse(path, content, {});
  const names = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, isType }) =>
      exportName.kind === 'Name' && exportName.name ? [`${isType ? 'type ' : ''}${exportName.name}`] : [],
    ),
  );
  const fromHere = relative(use.folder, path).split(sep).join('/');
  const specifier = fromHere.startsWith('.') || isAbsolute(fromHere) ? fromHere : `./${fromHere}`;
  use.runAnew(specifier, args);
  const clause = names.length > 0 ? `{ ${[...new Set(names)].join(', ')} } from ` : '';
  return [`import ${clause}${JSON.stringify(specifier)}`];
}

/** `!command`, and `!!command` or one behind `=`, whose output is wanted as lines. */
export function shellCall(use: Use, wantsLines: boolean): Piece[] {
  return call(wantsLines ? 'lines' : 'shell', ...filled(use));
}

/** `name?` and `name??`. */
export function helpCall(use: Use, withSource: boolean): Piece[] {
  const name = text(use);
  if (name.startsWith('%')) return call('print', JSON.stringify(aboutMagic(name.slice(1))));
  return call('help', JSON.stringify(name), `, ${withSource}`);
}

const shown = (mime: string) => (_use: Use, body: string) =>
  call('show', JSON.stringify(mime), `, ${JSON.stringify(body)}`);

/** Cell magics whose cell is no TypeScript: the whole of it becomes a call. */
export const textCells: Partial<Record<CellMagic, (use: Use, body: string) => Piece[]>> = {
  bash: (use, body) => call('script', JSON.stringify(body), ', "bash "', ', ', ...filled(use)),
  sh: (use, body) => call('script', JSON.stringify(body), ', "sh "', ', ', ...filled(use)),
  script(use, body) {
    needed(use, '%%script PROGRAM');
    return call('script', JSON.stringify(body), ', ', ...filled(use));
  },
  html: shown('text/html'),
  markdown: shown('text/markdown'),
  latex: shown('text/latex'),
  svg: shown('image/svg+xml'),
  javascript: shown('application/javascript'),
  js: shown('application/javascript'),
  writefile(use, body) {
    const { found, rest } = options(use, 'a');
    needed(rest, '%%writefile FILE');
    return call('writeFile', JSON.stringify(body), `, ${found.a === true}, `, ...filled(rest));
  },
};

/** Cell magics whose cell is TypeScript: what stands before it, and after it. */
export const codeCells: Partial<Record<CellMagic, (use: Use, body: string) => readonly [Piece[], string]>> = {
  time: () => [[...call('timeCell'), ';'], ''],
  capture(use) {
    const name = text(use);
    if (name === '') return [[...call('capture'), ';'], ''];
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      throw new MagicProblem(
        `%%capture NAME: expected a name for what is captured, found ${name}.`,
        use.start,
      );
    return [['const ', kept(use), ' = ', ...call('capture'), ';'], ''];
  },
  timeit(use, body) {
    const { found, rest } = options(use, 'nroq');
    const setup: Piece[] = rest.start < rest.end ? [kept(rest), '; '] : [];
    const [before, after] = thunk(body, '() => {', '\n}');
    return [[...setup, `await ${MAGICS}.timeit(${before}`], `${after}, ${JSON.stringify(found)});`];
  },
};
