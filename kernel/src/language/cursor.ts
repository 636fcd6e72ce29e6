/** What stands at the cursor of an unfinished cell: the object before the dot, and the statement it belongs to. */
import type { ParseResult } from 'oxc-parser';
import { type AstNode, boundNames, children } from '../cells/ast.js';
import { NestedTooDeeply, parse } from '../cells/parse.js';
import { openAt } from './lexer.js';

/** A name and the properties read from it, such as `['data', 'rows', '0']`. */
export type Path = readonly string[];

export interface Cursor {
  /** The top-level statement that the cursor stands in starts here, with its documentation. */
  readonly statement: number;
  /** The object whose member is being written, when it is no more than a name and reads of properties. */
  readonly object?: Path;
  /** The expression that ends at the cursor's word, of the same kind. */
  readonly whole?: Path;
  /** True when `await` may stand at the cursor. */
  readonly mayAwait: boolean;
}

/** Stands for the word at the cursor, so that the text has a syntax tree. */
const MARK = '$at$';

/** What an unfinished construct may lack: `const x`, `c ? a`, `if (a)`, `try {}`, `class A extends B`. */
const INSIDE = ['', ' = 0', ': 0'];
const BEHIND = ['', ';', ' {}', ' finally {}', ' from "m"'];

const LONG = 20_000;

/** The text with what it leaves open closed in several ways, likely ones first. */
export function* repairs(text: string): Generator<string> {
  const { closers } = openAt(text);
  // A long text takes the parser so long that the likely ways must do.
  if (text.length > LONG) return yield* [text + closers, `${text}${closers};`];
  for (const inside of INSIDE) for (const behind of BEHIND) yield text + inside + closers + behind;
}

/** @returns undefined when the text is no program */
export function parseWhole(text: string): ParseResult | undefined {
  try {
    const tree = parse('cell.ts', text, { lang: 'ts', sourceType: 'module' });
    return tree.errors.length > 0 ? undefined : tree;
  } catch (error) {
    if (error instanceof NestedTooDeeply) return undefined;
    throw error;
  }
}

/** @returns undefined when the text around the cursor is no program even when all that is open is closed */
export function cursorAt(source: string, offset: number): Cursor | undefined {
  const before = source.slice(0, offset) + MARK;
  const whole = before + source.slice(offset);
  for (const text of [whole, whole + openAt(whole).closers, ...repairs(before)]) {
    const tree = parseWhole(text);
    if (!tree) continue;
    const { program, comments } = tree;
    const trail = trailTo(program as unknown as AstNode, offset, offset + MARK.length);
    const statement = trail[1];
    if (!statement) return undefined;
    const doc = comments.findLast(
      ({ end, value, type }) =>
        type === 'Block' &&
        value.startsWith('*') &&
        end <= statement.start &&
        text.slice(end, statement.start).trim() === '',
    );
    const object = objectBefore(trail);
    const expression = wholeBefore(trail);
    return {
      statement: doc?.start ?? statement.start,
      mayAwait: trail.every((node) => !isFunction(node) || node.async === true) && !trail.some(isStatic),
      ...(object ? { object } : {}),
      ...(expression ? { whole: expression } : {}),
    };
  }
  return undefined;
}

function isFunction(node: AstNode): boolean {
  return /^(Arrow)?Function/.test(node.type);
}

function isStatic(node: AstNode): boolean {
  return node.type === 'StaticBlock' || node.type === 'PropertyDefinition';
}

/** The nodes around a place, outermost first. */
function trailTo(program: AstNode, start: number, end: number): AstNode[] {
  const trail = [program];
  for (let node: AstNode | undefined = program; node; ) {
    node = [...children(node)].find((child) => child.start <= start && child.end >= end);
    if (node) trail.push(node);
  }
  return trail;
}

function objectBefore(trail: readonly AstNode[]): Path | undefined {
  const [declarator, pattern, property] = trail.slice(-4);
  // `const { name } = object`: the shorthand's name stands in the tree as key and as value.
  if (declarator?.type === 'VariableDeclarator' && pattern?.type === 'ObjectPattern' && property?.shorthand)
    return declarator.init ? known(pathOf(declarator.init as AstNode), trail) : undefined;
  const [member, last] = trail.slice(-2);
  if (member?.type !== 'MemberExpression' || member.property !== last) return undefined;
  if (member.computed && last?.type !== 'Literal') return undefined;
  return known(pathOf(member.object as AstNode), trail);
}

function wholeBefore(trail: readonly AstNode[]): Path | undefined {
  const [outer, last] = trail.slice(-2);
  if (!last || !outer) return undefined;
  // The key of `{ key: value }` or of a class is no variable.
  if (outer.key === last && !outer.computed && !outer.shorthand) return undefined;
  if (outer.label === last) return undefined;
  return known(pathOf(outer.type === 'MemberExpression' && outer.property === last ? outer : last), trail);
}

function pathOf(node: AstNode): Path | undefined {
  switch (node.type) {
    case 'Identifier':
      return [(node.name as string).replace(MARK, '')];
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return pathOf(node.expression as AstNode);
    case 'MemberExpression': {
      const object = pathOf(node.object as AstNode);
      const property = node.property as AstNode;
      if (!object) return undefined;
      if (!node.computed)
        return property.type === 'Identifier'
          ? [...object, (property.name as string).replace(MARK, '')]
          : undefined;
      const { value } = property;
      return typeof value === 'string' || typeof value === 'number'
        ? [...object, String(value).replace(MARK, '')]
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Drops a path whose first name means something nearer than the session's variable. */
function known(path: Path | undefined, trail: readonly AstNode[]): Path | undefined {
  const name = path?.[0];
  if (name === undefined) return undefined;
  // All that is bound anywhere inside: rather no value than that of another variable.
  const scopes = trail
    .slice(1)
    .filter((node) => isFunction(node) || /Statement$|^Catch|^Class|^StaticBlock$|^TSModule/.test(node.type));
  return scopes.some((node) => binds(node, name)) ? undefined : path;
}

function binds(node: AstNode, name: string): boolean {
  const patterns = [
    ...(node.type === 'VariableDeclarator' || isFunction(node) || node.type === 'ClassDeclaration'
      ? [node.id]
      : []),
    ...(isFunction(node) ? (node.params as AstNode[]) : []),
    ...(node.type === 'CatchClause' ? [node.param] : []),
  ].filter((pattern): pattern is AstNode => typeof pattern === 'object' && pattern !== null);
  if (patterns.some((pattern) => boundNames(pattern).includes(name))) return true;
  for (const child of children(node)) if (binds(child, name)) return true;
  return false;
}
