/**
 * Turns a cell's TypeScript into a function that the runner calls.
 *
 * Every top-level name lives in a box of its own (`{ v: value, n: cell that set it }`) that is made once a session. Each cell gets the
 * boxes it names as parameters, and every reference is rewritten to `box.v`. So a function of an earlier cell sees
 * what a later cell assigns, any name can be declared again as anything, and what was assigned before a throw
 * stays. A box passed as a parameter costs less in a hot loop than a property of one shared scope object.
 */
import { analyze, type Scope, type Variable } from 'eslint-scope';
import MagicString from 'magic-string';
import type { Emit } from '../shared/config.js';
import type { CellImport, CompiledCell } from '../shared/protocol.js';
import { type AstNode, boundNames, children, nodeList } from './ast.js';
import type { CellFacts } from './facts.js';
import { HELPERS } from './metadata.js';
import { parse } from './parse.js';
import { stripTypes } from './strip.js';

const ANONYMOUS = /^(ArrowFunctionExpression|FunctionExpression|ClassExpression)$/;
const FUNCTION = /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/;

/**
 * @param source the cell as the user wrote it, free of syntax errors
 * @param facts what `readFacts` says of it
 * @param cell the number that marks the boxes this run sets
 * @param known names that earlier cells gave a value
 * @param emit what the notebook's tsconfig says of JSX, decorators and class fields
 */
export async function compileCell(
  source: string,
  facts: CellFacts,
  cell: number,
  known: ReadonlySet<string>,
  emit: Emit,
): Promise<CompiledCell> {
  // The type stripper drops a statement without effect, such as `-1` or `NaN`; the value of the last one is wanted.
  const marker = freeName('__result', source);
  const marked = new MagicString(source);
  if (facts.result) {
    marked.appendLeft(facts.result.start, `${marker} = (`).appendRight(facts.result.end, ')');
  }
  const stripped = await stripTypes(marked.toString(), facts.jsx, emit);
  const { map, ...rewritten } = new CellRewriter(
    stripped.code,
    facts,
    cell,
    emit.decoratorMetadata ? new Set([...known, HELPERS]) : known,
    marker,
  ).rewrite();
  const maps = [map, stripped.map];
  if (facts.result) maps.push(marked.generateMap({ hires: 'boundary' }).toString());
  return { ...rewritten, maps };
}

/** `name`, with as many `$` behind it as make it occur nowhere in the text. */
function freeName(name: string, text: string): string {
  let free = name;
  while (text.includes(free)) free += '$';
  return free;
}

class CellRewriter {
  readonly #facts: CellFacts;
  readonly #cell: number;
  readonly #known: ReadonlySet<string>;
  readonly #edit: MagicString;
  readonly #program: AstNode;
  readonly #parents = new Map<AstNode, AstNode>();
  readonly #boxed = new Set<string>();
  /** Top-level names that the type stripper made for itself; they stay local to the cell. */
  readonly #locals = new Set<string>();
  /** Uses of `eval`, with the names that are declared around them within the cell's functions and blocks. */
  readonly #evals = new Map<AstNode, string[]>();
  readonly #made = new Map<string, string>();
  readonly #suffix: string;
  readonly #runtime: string;
  /** Stands for the value of the last expression. */
  readonly #marker: string;
  #isAsync = false;

  constructor(code: string, facts: CellFacts, cell: number, known: ReadonlySet<string>, marker: string) {
    this.#marker = marker;
    this.#facts = facts;
    this.#cell = cell;
    this.#known = known;
    this.#edit = new MagicString(code);
    this.#program = parse('cell.js', code, {
      lang: 'js',
      sourceType: 'module',
      range: true,
      preserveParens: false,
    }).program as unknown as AstNode;
    this.#suffix = freeName('$$', code);
    // Boxes' parameters end with the suffix, so this is none of them.
    this.#runtime = `${this.#suffix}cell`;
  }

  rewrite(): Omit<CompiledCell, 'maps'> & { map: string } {
    const scopes = analyze(this.#program as unknown as Parameters<typeof analyze>[0], {
      ecmaVersion: 2022,
      sourceType: 'module',
      // What `eval` is given may use any name, and still each name stands for the same thing.
      ignoreEval: true,
    });
    const moduleScope = scopes.globalScope?.childScopes[0];
    if (!moduleScope) throw new Error('the cell has no module scope');
    const owned = (name: string): boolean => this.#facts.declarations.has(name);

    const targets = new Map<AstNode, string>();
    for (const variable of moduleScope.variables) {
      if (!owned(variable.name)) {
        if (variable.defs[0]?.type === 'ImportBinding') this.#renameMade(variable, targets);
        else this.#locals.add(variable.name);
        continue;
      }
      this.#boxed.add(variable.name);
      for (const reference of variable.references) {
        targets.set(reference.identifier as unknown as AstNode, variable.name);
      }
    }
    for (const reference of moduleScope.through) {
      const node = reference.identifier as unknown as AstNode;
      const name = node.name as string;
      if (name === 'eval') this.#evals.set(node, localNames(reference.from, moduleScope));
      if (name === this.#marker) this.#edit.overwrite(node.start, node.end, `${this.#runtime}.result`);
      if (this.#known.has(name) && !this.#boxed.has(name)) {
        targets.set(node, name);
      }
    }
    // A name of this cell is in `boxed`; an earlier one joins only when it is used.
    for (const name of targets.values()) this.#boxed.add(name);

    const hashbang = /^#!.*/.exec(this.#edit.original)?.[0];
    if (hashbang) this.#edit.remove(0, hashbang.length);
    this.#walk(this.#program, 0);
    const imports = this.#rewriteTopLevel();
    this.#rewriteVariables(this.#program, 0, targets);
    for (const [node, name] of targets) this.#rewriteReference(node, name);
    const guarded = this.#guardedNames(moduleScope.variables, targets);
    this.#wrap();
    return {
      code: this.#edit.toString(),
      boxes: [...this.#boxed],
      imports,
      guarded,
      unassigned: this.#facts.unassigned,
      isAsync: this.#isAsync,
      map: this.#edit.generateMap({ hires: 'boundary' }).toString(),
    };
  }

  /** An import that the stripper made, such as JSX's `jsx`: its box must be nobody's name. */
  #renameMade(variable: Variable, targets: Map<AstNode, string>): void {
    const name = `$$made_${variable.name}`;
    this.#made.set(variable.name, name);
    for (const reference of variable.references)
      targets.set(reference.identifier as unknown as AstNode, name);
    this.#boxed.add(name);
  }

  #box(name: string): string {
    return `${name}${this.#suffix}.v`;
  }

  /** `, a.n = 3, b.n = 3`: says that this run has set the names. */
  #marks(names: readonly string[]): string {
    return names
      .filter((name) => this.#boxed.has(name))
      .map((name) => `, ${name}${this.#suffix}.n = ${this.#cell}`)
      .join('');
  }

  /** Notes parents; rewrites what needs no scope: `await`, `import()`, `import.meta`. */
  #walk(node: AstNode, functionDepth: number): void {
    if (node.type === 'AwaitExpression') {
      if (functionDepth === 0) this.#isAsync = true;
      // After every wait the cell asks whether it was stopped meanwhile.
      this.#edit.appendLeft(node.start, `${this.#runtime}.resume(`).appendRight(node.end, ')');
    } else if (node.type === 'ForOfStatement' && node.await === true) {
      if (functionDepth === 0) this.#isAsync = true;
      const body = node.body as AstNode;
      addToLoop(this.#edit, body, `${this.#runtime}.resume();`);
    } else if (node.type === 'ImportExpression') {
      this.#edit.overwrite(node.start, node.start + 'import'.length, `${this.#runtime}.dynamicImport`);
    } else if (node.type === 'CatchClause' && (node.param as AstNode | null)?.type === 'Identifier') {
      const name = (node.param as AstNode).name as string;
      this.#edit.appendRight((node.body as AstNode).start + 1, ` ${this.#runtime}.caught(${name});`);
    } else if (node.type === 'MetaProperty' && (node.meta as AstNode).name === 'import') {
      this.#edit.overwrite(node.start, node.end, `${this.#runtime}.meta`);
    }
    if (node.type === 'CallExpression') this.#rewriteEval(node);
    const depth = functionDepth + (FUNCTION.test(node.type) || node.type === 'StaticBlock' ? 1 : 0);
    for (const child of children(node)) {
      this.#parents.set(child, node);
      this.#walk(child, depth);
    }
  }

  /** A direct `eval` sees the variables around it; the names of cells are none, so its text is told where they are. */
  #rewriteEval(node: AstNode): void {
    const local = this.#evals.get(node.callee as AstNode);
    const text = nodeList(node.arguments)[0];
    if (!local || !text || text.type === 'SpreadElement' || node.optional === true) return;
    this.#edit
      .appendLeft(text.start, `${this.#runtime}.visible(`)
      .prependRight(text.end, `, ${JSON.stringify(local)})`);
  }

  /** Takes out imports and exports, and lets go of class names. */
  #rewriteTopLevel(): CellImport[] {
    const imports: CellImport[] = [];
    for (const statement of nodeList(this.#program.body)) {
      switch (statement.type) {
        case 'ImportDeclaration':
          imports.push(readImport(statement, this.#made));
          this.#edit.remove(statement.start, statement.end);
          break;
        case 'ExportNamedDeclaration': {
          const declaration = statement.declaration as AstNode | null;
          const from = statement.source as AstNode | null;
          if (from) imports.push({ specifier: from.value as string, bindings: [] });
          this.#edit.remove(statement.start, declaration ? declaration.start : statement.end);
          if (declaration?.type === 'ClassDeclaration') this.#rewriteClass(declaration);
          break;
        }
        case 'ExportAllDeclaration':
          imports.push({
            specifier: (statement.source as AstNode).value as string,
            bindings: [],
          });
          this.#edit.remove(statement.start, statement.end);
          break;
        case 'ExportDefaultDeclaration': {
          const declaration = statement.declaration as AstNode;
          this.#edit.remove(statement.start, declaration.start);
          if (declaration.type === 'ClassDeclaration' && declaration.id) this.#rewriteClass(declaration);
          else if (/Function|Class/.test(declaration.type) && !declaration.id) {
            this.#edit.appendLeft(declaration.start, '(').appendRight(declaration.end, ')');
          }
          break;
        }
        case 'ClassDeclaration':
          this.#rewriteClass(statement);
          break;
      }
    }
    return imports;
  }

  #rewriteClass(node: AstNode): void {
    const name = (node.id as AstNode).name as string;
    if (!this.#boxed.has(name)) return;
    this.#edit
      .appendLeft(node.start, `;(${this.#box(name)} = `)
      .appendRight(node.end, `${this.#marks([name])});`);
  }

  /** Turns declarations of the cell's own names into assignments. */
  #rewriteVariables(node: AstNode, blockDepth: number, targets: Map<AstNode, string>): void {
    if (/Function|Class|StaticBlock/.test(node.type)) return;
    if (node.type === 'VariableDeclaration') {
      const isTop = blockDepth === 0 || node.kind === 'var';
      if (isTop) this.#rewriteDeclaration(node, targets);
    }
    const nests = node.type !== 'Program' && !/^Export/.test(node.type);
    for (const child of children(node)) this.#rewriteVariables(child, blockDepth + (nests ? 1 : 0), targets);
  }

  #rewriteDeclaration(node: AstNode, targets: Map<AstNode, string>): void {
    const declarators = nodeList(node.declarations);
    const names = declarators.flatMap((declarator) => boundNames(declarator.id as AstNode));
    if (!names.some((name) => this.#boxed.has(name))) {
      for (const name of names) this.#locals.delete(name);
      return;
    }
    const parent = this.#parents.get(node);
    const inForHead =
      parent !== undefined &&
      /^For(Of|In)?Statement$/.test(parent.type) &&
      (parent.init === node || parent.left === node);
    const first = declarators[0] as AstNode;
    const last = declarators.at(-1) as AstNode;
    this.#edit.overwrite(node.start, first.start, inForHead ? '' : ';(', { contentOnly: true });
    if (inForHead && parent.type !== 'ForStatement') {
      this.#collectPattern(first.id as AstNode, targets);
      return;
    }
    for (const declarator of declarators) {
      const pattern = declarator.id as AstNode;
      const init = declarator.init as AstNode | null;
      const bound = boundNames(pattern);
      this.#collectPattern(pattern, targets);
      if (init) {
        this.#edit.appendRight(declarator.end, this.#marks(bound));
      } else {
        // `var x;` leaves what the cell may have put there already.
        const value = node.kind === 'var' ? '' : ' = void 0';
        this.#edit.appendRight(declarator.end, value + this.#marks(bound));
      }
    }
    if (!inForHead) this.#edit.appendRight(last.end, ')');
  }

  #collectPattern(pattern: AstNode, targets: Map<AstNode, string>): void {
    if (pattern.type === 'Identifier') {
      const name = pattern.name as string;
      if (this.#boxed.has(name)) targets.set(pattern, name);
      return;
    }
    const inner =
      pattern.type === 'Property'
        ? [pattern.value as AstNode]
        : pattern.type === 'AssignmentPattern'
          ? [pattern.left as AstNode]
          : pattern.type === 'RestElement'
            ? [pattern.argument as AstNode]
            : nodeList(pattern.elements ?? pattern.properties);
    for (const part of inner) this.#collectPattern(part, targets);
  }

  #rewriteReference(node: AstNode, name: string): void {
    const parent = this.#parents.get(node);
    if (parent === undefined || parent.type === 'ExportSpecifier') return;
    let text = this.#box(name);
    const calls =
      (parent.type === 'CallExpression' && parent.callee === node) ||
      (parent.type === 'TaggedTemplateExpression' && parent.tag === node);
    // A bare call has no receiver; `box.v()` would pass the box as `this`.
    if (calls) text = `(0, ${text})`;
    const property = parent.type === 'AssignmentPattern' ? this.#parents.get(parent) : parent;
    if (property?.type === 'Property' && property.shorthand === true) {
      const key = property.key as AstNode;
      const isDefault = parent.type === 'AssignmentPattern' && parent.right === node;
      if (key.start === node.start && !isDefault) text = `${name}: ${text}`;
    }
    this.#edit.overwrite(node.start, node.end, text, { contentOnly: true });
    this.#keepName(node, name, parent);
  }

  /** `const f = () => …` names the function `f`; an assignment to a box would not. */
  #keepName(node: AstNode, name: string, parent: AstNode): void {
    const value =
      parent.type === 'VariableDeclarator' && parent.id === node
        ? parent.init
        : /^Assignment(Expression|Pattern)$/.test(parent.type) && parent.left === node
          ? parent.right
          : null;
    const init = value as AstNode | null;
    if (!init || !ANONYMOUS.test(init.type) || init.id) return;
    const key = JSON.stringify(name);
    this.#edit.appendLeft(init.start, `{[${key}]: `).prependRight(init.end, `}[${key}]`);
  }

  /**
   * Names of `let`, `const` and classes that some code could read before their declaration ran. Their boxes
   * throw until then, as the language says. All others need no guard, which keeps their boxes quick.
   */
  #guardedNames(variables: readonly Variable[], targets: ReadonlyMap<AstNode, string>): string[] {
    const hoistedFunction = (node: AstNode): string | undefined => {
      let found: string | undefined;
      for (let at: AstNode | undefined = node; at; at = this.#parents.get(at)) {
        const id = at.id as AstNode | null;
        if (at.type === 'FunctionDeclaration' && id) found = id.name as string;
      }
      return found;
    };
    // The first place from which each hoisted function can be called, through other hoisted ones too.
    const uses = [...targets].map(([node, name]) => ({ node, name, within: hoistedFunction(node) }));
    const reachable = new Map<string, number>();
    const firstCall = (name: string): number => reachable.get(name) ?? Number.POSITIVE_INFINITY;
    const timeOf = ({ node, within }: { node: AstNode; within: string | undefined }): number =>
      within === undefined ? node.start : firstCall(within);
    for (let changed = true; changed; ) {
      changed = false;
      for (const use of uses) {
        const at = timeOf(use);
        if (at < firstCall(use.name)) {
          reachable.set(use.name, at);
          changed = true;
        }
      }
    }
    const guarded: string[] = [];
    for (const variable of variables) {
      const definition = variable.defs[0];
      const type = definition?.type;
      if (!this.#boxed.has(variable.name) || !definition || (type !== 'Variable' && type !== 'ClassName'))
        continue;
      const holder = definition.node as unknown as AstNode;
      const declaration = this.#parents.get(holder);
      if (type === 'Variable' && declaration?.kind === 'var') continue;
      const init = holder.init as AstNode | null | undefined;
      const initIsFunction = init != null && ANONYMOUS.test(init.type);
      const early = uses.some((use) => {
        const { node } = use;
        if (use.name !== variable.name) return false;
        const isDeclaration =
          node.start >= holder.start && node.end <= ((holder.id as AstNode | null)?.end ?? 0);
        if (isDeclaration) return false;
        if (initIsFunction && node.start >= init.start && node.end <= init.end) return false;
        return timeOf(use) < holder.end;
      });
      if (early) guarded.push(variable.name);
    }
    return guarded;
  }

  #wrap(): void {
    const hoisted: string[] = [];
    const body = nodeList(this.#program.body);
    for (const { name, kind } of this.#facts.declarations.values()) {
      if (!this.#boxed.has(name)) continue;
      if (kind === 'var') hoisted.push(`${this.#box(name)} = void 0${this.#marks([name])};`);
      if (this.#facts.merging.includes(name)) hoisted.push(`${this.#box(name)} = void 0;`);
    }
    for (const statement of body) {
      const node = /^Export(Named|Default)Declaration$/.test(statement.type)
        ? ((statement.declaration as AstNode | null) ?? statement)
        : statement;
      const id = node.id as AstNode | null;
      if (node.type !== 'FunctionDeclaration' || !id) continue;
      const name = id.name as string;
      if (this.#boxed.has(name)) hoisted.push(`${this.#box(name)} = ${name}${this.#marks([name])};`);
    }
    const locals = this.#undeclaredLocals();
    if (locals.length > 0) hoisted.push(`var ${locals.join(', ')};`);
    const parameters = [this.#runtime, ...[...this.#boxed].map((name) => `${name}${this.#suffix}`)];
    this.#edit.prepend(
      `(${this.#isAsync ? 'async ' : ''}function (${parameters.join(', ')}) { "use strict"; ${hoisted.join(' ')} `,
    );
    this.#edit.append('\n})');
  }

  /** Stripper-made names that stood in one declaration with boxed ones and so lost their `var`. */
  #undeclaredLocals(): string[] {
    const lost: string[] = [];
    for (const [node, parent] of this.#parents) {
      if (node.type !== 'VariableDeclarator' || parent.type !== 'VariableDeclaration') continue;
      const names = nodeList(parent.declarations).flatMap((item) => boundNames(item.id as AstNode));
      if (!names.some((name) => this.#boxed.has(name)) || !this.#parents.get(parent)) continue;
      for (const name of boundNames(node.id as AstNode)) if (this.#locals.has(name)) lost.push(name);
    }
    return [...new Set(lost)];
  }
}

/** What is declared from a scope up to the cell's own. */
function localNames(from: Scope | null, top: Scope): string[] {
  const names: string[] = [];
  for (let scope = from; scope && scope !== top; scope = scope.upper)
    names.push(...scope.variables.map(({ name }) => name));
  return names;
}

/** Puts a statement at the start of a loop's body. */
export function addToLoop(edit: MagicString, body: AstNode, statement: string): void {
  if (body.type === 'BlockStatement') edit.appendRight(body.start + 1, ` ${statement}`);
  else edit.appendLeft(body.start, `{ ${statement} `).appendRight(body.end, ' }');
}

function readImport(node: AstNode, made: ReadonlyMap<string, string>): CellImport {
  const bindings = nodeList(node.specifiers).map((item) => {
    const imported = item.imported as AstNode | undefined;
    const exported =
      item.type === 'ImportDefaultSpecifier'
        ? 'default'
        : item.type === 'ImportNamespaceSpecifier'
          ? '*'
          : String(imported?.name ?? imported?.value);
    const local = (item.local as AstNode).name as string;
    return { local: made.get(local) ?? local, exported };
  });
  return { specifier: (node.source as AstNode).value as string, bindings };
}
