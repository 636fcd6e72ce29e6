/** What a cell declares and how it ends, read from its TypeScript syntax tree. */
import type { ParseResult } from 'oxc-parser';
import { type AstNode, boundNames, children, nodeList } from './ast.js';
import { NestedTooDeeply, parse } from './parse.js';
import { inlineSpecifiers } from './specifiers.js';

export type DeclarationKind =
  | 'let'
  | 'const'
  | 'var'
  | 'hoisted'
  | 'type'
  | 'import'
  | 'import-type'
  | 'ambient';

/** A top-level name of a cell. */
export interface Declaration {
  readonly name: string;
  /** `hoisted` stands for functions, classes, enums and namespaces: values that an import names exactly. */
  readonly kind: DeclarationKind;
  /** For imports: a statement that imports just this name, to repeat in later cells. */
  readonly importText?: string;
  /** For imports: the module's name as written. */
  readonly specifier?: string;
  /** The JSDoc comment above the declaration, to show with the name in later cells. */
  readonly doc?: string;
  /** True when the cell itself already exports it. */
  readonly exported: boolean;
}

export interface SyntaxProblem {
  readonly message: string;
  /** UTF-16 offset into the cell. */
  readonly offset: number;
  /** True when more text could make the cell whole. */
  readonly incomplete: boolean;
  /** True when nothing could be read at all, and the checker must not be asked either: it might never answer. */
  readonly unreadable?: boolean;
}

export interface CellFacts {
  /** True when the cell has JSX in it, and so is TSX. */
  readonly jsx: boolean;
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Names of top-level enums and namespaces: evaluated afresh at each run rather than merged with the last run's. */
  readonly merging: readonly string[];
  /** Names that a `let` declares without a value: until they get one they are undefined, whatever their type says. */
  readonly unassigned: readonly string[];
  /** Names that the cell declares for itself alone. */
  readonly own: ReadonlySet<string>;
  /** True when the cell adds to the global scope's types, or to a package's. */
  readonly global: boolean;
  /** Every module that the cell imports by a name as it stands there, for finding local files. */
  readonly specifiers: readonly string[];
  /** Where the last statement stands when it is an expression, whose value the cell shows; UTF-16 offsets. */
  readonly result?: { readonly start: number; readonly end: number };
  /** Every identifier that occurs in the text, so that only these earlier names are declared for the checker. */
  readonly identifiers: ReadonlySet<string>;
  readonly problem?: SyntaxProblem;
}

/** Reads a cell. A cell with a syntax error gets `problem` and whatever the parser could still see. */
export function readFacts(source: string): CellFacts {
  try {
    return readTree(source);
  } catch (error) {
    // Too deep for the parser, or for the walk through its tree.
    if (!(error instanceof NestedTooDeeply || error instanceof RangeError)) throw error;
    const { message } = new NestedTooDeeply();
    return { ...readTree(''), problem: { message, offset: 0, incomplete: false, unreadable: true } };
  }
}

function readTree(source: string): CellFacts {
  const { jsx, parsed } = parseCell(source);
  const { program, errors, comments } = parsed;
  const declarations = new Map<string, Declaration>();
  const merging: string[] = [];
  const specifiers: string[] = [];
  const unassigned: string[] = [];
  const own = new Set<string>();
  const body = nodeList((program as unknown as AstNode).body);
  const add = (declaration: Declaration): void => {
    const earlier = declarations.get(declaration.name);
    // `interface A` beside `class A`, or a type beside a const of the same name: the value decides.
    const keep = earlier && earlier.kind !== 'type' && declaration.kind === 'type';
    const kind = keep ? earlier.kind : declaration.kind;
    declarations.set(declaration.name, {
      ...declaration,
      kind: earlier && kind === 'const' ? 'hoisted' : kind,
      exported: declaration.exported || (earlier?.exported ?? false),
    });
  };
  let docs: readonly { readonly start: number; readonly text: string }[] = comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ start, end }) => ({ start, text: source.slice(start, end) }));
  for (const statement of body) {
    // The last JSDoc comment before the statement is the statement's own.
    const doc = docs.filter(({ start }) => start < statement.start).at(-1)?.text;
    docs = docs.filter(({ start }) => start >= statement.end);
    const withDoc = (declaration: Declaration): void => add(doc ? { ...declaration, doc } : declaration);
    readStatement(source, statement, false, { add: withDoc, merging, specifiers, unassigned, own });
  }
  const last = body.at(-1);
  specifiers.push(...inlineSpecifiers(source, comments));
  return {
    jsx,
    declarations,
    merging,
    specifiers,
    unassigned,
    own,
    global: body.some(addsToTypes),
    identifiers: new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu) ?? []),
    ...(last?.type === 'ExpressionStatement' ? { result: last.expression as AstNode } : {}),
    ...(errors.length > 0 ? { problem: describe(source, errors[0]) } : {}),
  };
}

/**
 * In TSX `<T>value` and `<T>(x: T) => x` mean something else than in TypeScript, so a cell is TSX only where it is no
 * TypeScript. When it is neither, the language in which more of it can be read is the one that is meant.
 */
function parseCell(source: string): { readonly jsx: boolean; readonly parsed: ParseResult } {
  const plain = parse('cell.ts', source, { lang: 'ts', sourceType: 'module' });
  if (plain.errors.length === 0 || !source.includes('<')) return { jsx: false, parsed: plain };
  const withJsx = parse('cell.tsx', source, { lang: 'tsx', sourceType: 'module' });
  const reach = ({ errors }: ParseResult): number =>
    errors[0] ? (errors[0].labels[0]?.start ?? source.length) : Number.POSITIVE_INFINITY;
  return reach(withJsx) > reach(plain) ? { jsx: true, parsed: withJsx } : { jsx: false, parsed: plain };
}

interface Sink {
  readonly add: (declaration: Declaration) => void;
  readonly merging: string[];
  readonly specifiers: string[];
  readonly unassigned: string[];
  readonly own: Set<string>;
}

function readStatement(source: string, node: AstNode, exported: boolean, sink: Sink): void {
  const named = (kind: DeclarationKind): void => {
    const id = node.id as AstNode | null;
    if (id && typeof id.name === 'string') sink.add({ name: id.name, kind, exported });
  };
  switch (node.type) {
    case 'ImportDeclaration':
      readImport(source, node, sink);
      return;
    case 'ExportNamedDeclaration':
      if (node.source) sink.specifiers.push((node.source as AstNode).value as string);
      if (node.declaration) readStatement(source, node.declaration as AstNode, true, sink);
      return;
    case 'ExportAllDeclaration':
      sink.specifiers.push((node.source as AstNode).value as string);
      return;
    case 'ExportDefaultDeclaration':
      // Exported as `default` only, so later cells need it exported by name as well.
      if (/^(Function|Class)Declaration$/.test((node.declaration as AstNode).type)) {
        readStatement(source, node.declaration as AstNode, false, sink);
      }
      return;
    case 'TSImportEqualsDeclaration': {
      const { type, expression } = node.moduleReference as AstNode;
      if (type === 'TSExternalModuleReference') sink.specifiers.push((expression as AstNode).value as string);
      sink.add({ name: (node.id as AstNode).name as string, kind: 'hoisted', exported });
      return;
    }
    case 'VariableDeclaration': {
      const kind = node.kind as string;
      // A `using` resource is disposed of when the cell ends, so no later cell may see it.
      if (kind === 'using' || kind === 'await using') {
        for (const declarator of nodeList(node.declarations))
          for (const name of boundNames(declarator.id as AstNode)) sink.own.add(name);
        return;
      }
      for (const declarator of nodeList(node.declarations)) {
        if (kind === 'let' && !declarator.init && !node.declare)
          sink.unassigned.push(...boundNames(declarator.id as AstNode));
        for (const name of boundNames(declarator.id as AstNode)) {
          sink.add({ name, kind: node.declare ? 'ambient' : (kind as DeclarationKind), exported });
        }
      }
      return;
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      named(node.declare ? 'ambient' : 'hoisted');
      return;
    case 'TSDeclareFunction':
      named(node.declare ? 'ambient' : 'hoisted');
      return;
    case 'TSEnumDeclaration':
      named(node.declare ? 'ambient' : 'hoisted');
      if (!node.declare) sink.merging.push((node.id as AstNode).name as string);
      return;
    case 'TSModuleDeclaration':
      if (node.kind === 'namespace' || node.kind === 'module') {
        if (!holdsValues(node.body as AstNode | null)) named('type');
        else if (node.declare) named('ambient');
        else {
          named('hoisted');
          sink.merging.push((node.id as AstNode).name as string);
        }
      }
      return;
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      named('type');
      return;
    default:
      readNestedVars(node, sink);
  }
}

/** `declare global { … }`, or `declare module 'package' { … }`. */
function addsToTypes({ type, kind, id }: AstNode): boolean {
  if (type !== 'TSModuleDeclaration') return false;
  return kind === 'global' || (id as AstNode | null)?.type === 'Literal';
}

/** A namespace of types alone makes no object at run time. */
function holdsValues(body: AstNode | null): boolean {
  return nodeList(body?.body).some((statement) => {
    const inner = (statement.declaration as AstNode | null) ?? statement;
    if (inner.type === 'TSModuleDeclaration') return holdsValues(inner.body as AstNode | null);
    return inner.type !== 'TSInterfaceDeclaration' && inner.type !== 'TSTypeAliasDeclaration';
  });
}

/** `var` inside a block or a loop head belongs to the whole cell. */
function readNestedVars(node: AstNode, sink: Sink): void {
  if (/Function|Class|^TS/.test(node.type)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const declarator of nodeList(node.declarations)) {
      for (const name of boundNames(declarator.id as AstNode))
        sink.add({ name, kind: 'var', exported: false });
    }
  }
  for (const child of children(node)) readNestedVars(child, sink);
}

function readImport(source: string, node: AstNode, sink: Sink): void {
  const from = node.source as AstNode;
  const attributes = nodeList(node.attributes);
  const firstAttribute = attributes[0];
  const tail =
    firstAttribute === undefined
      ? ''
      : ` with { ${source.slice(firstAttribute.start, attributes.at(-1)?.end)} }`;
  const allTypes = node.importKind === 'type';
  if (!allTypes) sink.specifiers.push(from.value as string);
  const specifier = JSON.stringify(from.value);
  for (const item of nodeList(node.specifiers)) {
    const local = (item.local as AstNode).name as string;
    const isType = allTypes || item.importKind === 'type';
    const clause =
      item.type === 'ImportDefaultSpecifier'
        ? local
        : item.type === 'ImportNamespaceSpecifier'
          ? `* as ${local}`
          : `{ ${source.slice((item.imported as AstNode).start, (item.imported as AstNode).end)} as ${local} }`;
    sink.add({
      name: local,
      kind: isType ? 'import-type' : 'import',
      importText: `import ${isType ? 'type ' : ''}${clause} from ${specifier}${tail};`,
      specifier: from.value as string,
      exported: false,
    });
  }
}

interface ParserError {
  readonly message: string;
  readonly labels: readonly { readonly start: number; readonly end: number }[];
}

function describe(source: string, error: ParserError | undefined): SyntaxProblem {
  const label = error?.labels[0];
  const offset = Math.min(label?.start ?? source.length, source.length);
  const message = error?.message ?? 'Syntax error';
  const atEnd = source.slice(offset).trim() === '';
  const openComment = message.startsWith('Unterminated multiline comment');
  const openTemplate =
    (message.startsWith('Unterminated string') || message.startsWith('Unterminated template')) &&
    (source[offset] === '`' || source[offset] === '}');
  return { message, offset, incomplete: atEnd || openComment || openTemplate };
}
