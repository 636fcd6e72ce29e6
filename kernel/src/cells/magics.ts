/**
 * Magics, shell lines and `name?` in a cell, rewritten to TypeScript. A cell that parses and whose names are known is
 * TypeScript and never comes here.
 *
 * A line is taken for a magic only where a statement can stand: each candidate is replaced by a name that occurs nowhere,
 * and the syntax tree says which of these names are statements. What stands in a template or in an expression stays.
 */
import { type AstNode, boundNames, children, isNode, nodeList } from './ast.js';
import { type Edit, EditedText } from './edits.js';
import type { Piece } from './interpolate.js';
import {
  codeCells,
  helpCall,
  lineCalls,
  MagicProblem,
  shellCall,
  textCells,
  type Use,
} from './magicCalls.js';
import { isCellMagic, isLineMagic, unknownMagic } from './magicNames.js';
import { parse } from './parse.js';

export interface ExpandedCell {
  readonly edited: EditedText;
  /** Imports whose files are to be run anew, with their arguments. */
  readonly anew: ReadonlyMap<string, readonly string[]>;
  /** A magic that cannot be understood. */
  readonly problem?: MagicProblem;
}

export interface Surroundings {
  /** The notebook's folder. */
  readonly folder: string;
  /** Whether the session has a value of this name. */
  readonly known: (name: string) => boolean;
  /** Lines, from 0, that the type checker found to begin with an unknown name: `!ls -la` is valid TypeScript. */
  readonly unknown?: ReadonlySet<number>;
}

interface Candidate {
  readonly kind: '%' | '!' | '!!' | '?' | '??';
  readonly name: string;
  /** What is replaced; UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** The argument, trimmed. */
  readonly from: number;
  readonly to: number;
  readonly assigned: boolean;
  readonly line: number;
}

const CELL_MAGIC = /^\s*%%([A-Za-z]\w*)([^\n]*)(?:\n|$)/;
const LINE_MAGIC = /^([ \t]*)%([A-Za-z]\w*)(.*)$/s;
const SHELL = /^([ \t]*)(!!?)(?![=!])(.*)$/s;
const ASSIGNED =
  /^([ \t]*(?:(?:export[ \t]+)?(?:const|let|var)[ \t]+)?[^=!<>'"`;(){}]+=[ \t]*)(!!?|%)(?![=!])(.*)$/s;
const HELP = /^([ \t]*)(\?{0,2})([\p{ID_Start}$_%][\p{ID_Continue}$.]*)(\?{0,2})[ \t]*;?[ \t]*$/u;

/** Whether a look is worth while: a cell that does not parse has a line that may be a magic. */
export function mayHaveMagics(source: string): boolean {
  return /^[ \t]*[%!?]|\?[ \t]*;?[ \t]*$|=[ \t]*[!%]/m.test(source);
}

/** @returns undefined when the cell has no magic */
export function expandMagics(source: string, around: Surroundings): ExpandedCell | undefined {
  const anew = new Map<string, readonly string[]>();
  const edits: Edit[] = [];
  let problem: MagicProblem | undefined;
  const attempt = (body: () => void): void => {
    try {
      body();
    } catch (error) {
      if (!(error instanceof MagicProblem)) throw error;
      problem ??= error;
    }
  };
  const first = CELL_MAGIC.exec(source);
  const bodyStart = first?.[0].length ?? 0;
  const { accepted, declared } = isText(first?.[1])
    ? NOTHING
    : accept(source, bodyStart, candidates(source, bodyStart), around.unknown);
  if (!first && accepted.length === 0) return undefined;
  const known = (name: string): boolean => around.known(name) || declared.has(name);
  const use = (name: string, start: number, end: number, assigned: boolean): Use => ({
    ...trimmed(source, start, end),
    source,
    name,
    assigned,
    known,
    folder: around.folder,
    runAnew: (specifier, args) => anew.set(specifier, args),
  });
  if (first) {
    const [whole, name = '', rest = ''] = first;
    const lineEnd = whole.endsWith('\n') ? whole.length - 1 : whole.length;
    const nameStart = whole.indexOf('%%');
    attempt(() => {
      if (!isCellMagic(name)) throw new MagicProblem(unknownMagic(name, '%%'), nameStart);
      const here = use(name, lineEnd - rest.length, lineEnd, false);
      const body = source.slice(bodyStart);
      const asText = textCells[name]?.(here, body);
      if (asText) {
        // Only what is interpolated keeps its place.
        edits.push(...editsOf(nameStart, source.length, [...asText, ';']));
        return;
      }
      const asCode = codeCells[name]?.(here, body);
      if (!asCode) return;
      edits.push(...editsOf(nameStart, lineEnd, asCode[0]));
      if (asCode[1] !== '') edits.push({ start: source.length, end: source.length, text: asCode[1] });
    });
  }
  for (const one of accepted) {
    attempt(() => {
      const here = use(one.name, one.from, one.to, one.assigned);
      edits.push(...editsOf(one.start, one.end, [...callOf(one, here), ';']));
    });
  }
  return { edited: new EditedText(source, edits), anew, ...(problem ? { problem } : {}) };
}

interface Accepted {
  readonly accepted: readonly Candidate[];
  /** The names that the cell binds. */
  readonly declared: ReadonlySet<string>;
}

const NOTHING: Accepted = { accepted: [], declared: new Set() };

function isText(name: string | undefined): boolean {
  return name !== undefined && (!isCellMagic(name) || name in textCells);
}

function callOf(one: Candidate, use: Use): Piece[] {
  if (one.kind === '!' || one.kind === '!!') return shellCall(use, one.assigned || one.kind === '!!');
  if (one.kind === '?' || one.kind === '??') return helpCall(use, one.kind === '??');
  if (!isLineMagic(one.name)) throw new MagicProblem(unknownMagic(one.name, '%'), one.start);
  return lineCalls[one.name](use);
}

function trimmed(
  source: string,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  const text = source.slice(start, end);
  const from = start + (text.length - text.trimStart().length);
  return { start: from, end: Math.max(from, start + text.trimEnd().length) };
}

/** The edits that put the pieces in the place of a range; the kept ones in between stay. */
function editsOf(start: number, end: number, pieces: readonly Piece[]): Edit[] {
  const edits: Edit[] = [];
  let at = start;
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      edits.push({ start: at, end: piece[0], text });
      at = piece[1];
      text = '';
    }
  }
  edits.push({ start: at, end, text });
  return edits;
}

/** Lines that look like a magic. A `\` at the end of one takes the next line in. */
function candidates(source: string, from: number): Candidate[] {
  const found: Candidate[] = [];
  const lines = source.split('\n');
  let start = 0;
  for (let at = 0; at < lines.length; at++) {
    const line = at;
    let text = lines[at] as string;
    if (start >= from) {
      while (text.endsWith('\\') && /^[ \t]*[%!]|=[ \t]*[!%]/.test(text) && at + 1 < lines.length)
        text += `\n${lines[++at]}`;
      const one = candidate(text, start);
      if (one) found.push({ ...one, line });
    }
    start += text.length + 1;
  }
  return found;
}

function candidate(text: string, start: number): Omit<Candidate, 'line'> | undefined {
  const end = start + text.length;
  const assigned = ASSIGNED.exec(text);
  if (assigned) {
    const [, before = '', sign = '', rest = ''] = assigned;
    const place = { start: start + before.length, end, to: end, assigned: true };
    if (sign !== '%') return { ...place, kind: '!', name: '', from: end - rest.length };
    const name = /^[A-Za-z]\w*/.exec(rest)?.[0];
    return name ? { ...place, kind: '%', name, from: end - rest.length + name.length } : undefined;
  }
  const help = HELP.exec(text);
  if (help) {
    const [, indent = '', before = '', name = '', after = ''] = help;
    if ((before === '') !== (after === '')) {
      const from = start + indent.length + before.length;
      const kind = (before + after) as '?' | '??';
      return { kind, name, start: start + indent.length, end, from, to: from + name.length, assigned: false };
    }
  }
  const magic = LINE_MAGIC.exec(text) ?? SHELL.exec(text);
  if (!magic) return undefined;
  const [, indent = '', sign = '', rest = ''] = magic;
  const isShell = sign.startsWith('!');
  return {
    kind: isShell ? (sign as '!' | '!!') : '%',
    name: isShell ? '' : sign,
    start: start + indent.length,
    end,
    from: end - rest.length,
    to: end,
    assigned: false,
  };
}

/** Those candidates that stand where a statement can, or behind the `=` of one. */
function accept(
  source: string,
  bodyStart: number,
  found: readonly Candidate[],
  unknown: ReadonlySet<number> | undefined,
): Accepted {
  // A line such as `!ready && start()` is TypeScript by itself; so is all of a cell that parses.
  const isCode = parses(source);
  const wanted = found.filter(({ kind, start, end, line }) => {
    if (unknown?.has(line)) return true;
    return !isCode && (!kind.startsWith('!') || !parses(source.slice(start, end)));
  });
  let marker = 'magic$';
  while (source.includes(marker)) marker += '$';
  const read = (tried: readonly Candidate[]): AstNode | undefined => {
    const edits = tried.map(({ start, end }, at) => ({ start, end, text: `${marker}${at};` }));
    if (bodyStart > 0) edits.push({ start: 0, end: bodyStart, text: '' });
    const { program, errors } = parse('cell.ts', new EditedText(source, edits).text, {
      lang: 'ts',
      sourceType: 'module',
    });
    return errors.length === 0 ? (program as unknown as AstNode) : undefined;
  };
  // Where all of them together do not parse, one line may have been a part of an expression after all.
  const attempts = [wanted, ...wanted.map((left) => wanted.filter((one) => one !== left))];
  attempts.push(wanted.filter(({ kind }) => !kind.startsWith('?')));
  for (const tried of attempts) {
    const program = read(tried);
    if (!program) continue;
    const statements = new Set<string>();
    const declared = new Set<string>();
    visit(program, statements, declared);
    const accepted = tried.filter((_, at) => statements.has(`${marker}${at}`));
    return { accepted, declared };
  }
  // The cell has a fault of its own and will not be run; its magics must not hide that.
  return { accepted: wanted, declared: new Set() };
}

const parses = (code: string): boolean =>
  parse('part.ts', code, { lang: 'ts', sourceType: 'module' }).errors.length === 0;

/** Notes the names that stand as statements or behind the `=` of one, and all names that the cell binds anywhere. */
function visit(node: AstNode, statements: Set<string>, declared: Set<string>): void {
  const note = (value: unknown): void => {
    if (isNode(value) && value.type === 'Identifier') statements.add(value.name as string);
  };
  if (node.type === 'ExpressionStatement') {
    const expression = node.expression as AstNode;
    note(expression);
    if (expression.type === 'AssignmentExpression') note(expression.right);
  }
  if (node.type === 'VariableDeclarator') note(node.init);
  for (const key of ['id', 'param', 'local'])
    if (isNode(node[key])) for (const name of boundNames(node[key] as AstNode)) declared.add(name);
  for (const parameter of nodeList(node.params)) for (const name of boundNames(parameter)) declared.add(name);
  for (const child of children(node)) visit(child, statements, declared);
}
