// @ts-check
// What a TypeScript module exports, with its docstrings: read from the source, for `npm run docs` and for the test
// that every export is documented. typedoc, which could do this, needs the JavaScript API of TypeScript up to 6,
// which TypeScript 7 has not.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

/**
 * @typedef {{ tag: string, text: string }} Tag
 * @typedef {{ text: string, tags: Tag[] }} Docstring
 * @typedef {{ signature: string, doc: Docstring | null }} Member
 * @typedef {'function' | 'class' | 'interface' | 'type' | 'constant'} Kind
 * @typedef {object} Export one exported name
 * @property {string} name
 * @property {Kind} kind
 * @property {string} file the source file that declares it
 * @property {number} line
 * @property {string} signature as it stands in the source, without bodies; of a class, its head alone
 * @property {Docstring | null} doc
 * @property {Member[]} members the public members of a class
 * @typedef {{ file: string, text: string, comments: { start: number, end: number, value: string }[], body: any[] }} Module
 * (`any`: a syntax tree, whose shape each reader checks by its `type`)
 */

/** @type {Map<string, Module>} */
const parsed = new Map();

/**
 * @param {string} file
 * @returns {Module}
 */
function parse(file) {
  const known = parsed.get(file);
  if (known) return known;
  const text = readFileSync(file, 'utf8');
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const blocks = comments.filter((comment) => comment.type === 'Block' && comment.value.startsWith('*'));
  const module = { file, text, comments: blocks, body: program.body };
  parsed.set(file, module);
  return module;
}

/**
 * The docstring that ends right before a place.
 * @param {Module} module
 * @param {number} start
 */
function docstringBefore({ text, comments }, start) {
  const comment = comments.findLast(({ end }) => end <= start);
  if (!comment || text.slice(comment.end, start).trim() !== '') return null;
  return readDocstring(comment.value);
}

/**
 * @param {string} comment what stands between the slash-star and the star-slash
 * @returns {Docstring}
 */
export function readDocstring(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  const parts = [{ tag: '', lines: /** @type {string[]} */ ([]) }];
  for (const line of lines) {
    const tag = /^@(\w+) ?(.*)$/.exec(line);
    if (tag) parts.push({ tag: tag[1], lines: [tag[2]] });
    else parts[parts.length - 1].lines.push(line);
  }
  const [{ lines: first }, ...tags] = parts;
  const join = (/** @type {string[]} */ some) => some.join('\n').replace(/^\n+|\s+$/g, '');
  return { text: join(first), tags: tags.map(({ tag, lines: some }) => ({ tag, text: join(some) })) };
}

/**
 * The docstring that opens a module, which says what the whole file is about.
 * @param {string} file
 */
export function moduleDocstring(file) {
  const { text, comments, body } = parse(file);
  const [first] = comments;
  if (!first || text.slice(0, first.start).trim() !== '') return null;
  const next = body[0];
  const isImport = next?.type === 'ImportDeclaration' || next?.source;
  // a docstring right above a declaration is the declaration's
  return isImport || /\n\s*\n/.test(text.slice(first.end, next?.start ?? text.length))
    ? readDocstring(first.value)
    : null;
}

/**
 * @param {string} from
 * @param {string} specifier such as `./check.js`
 */
function resolve(from, specifier) {
  const file = path.resolve(path.dirname(from), specifier.replace(/\.js$/, '.ts'));
  if (!existsSync(file)) throw new Error(`${from} exports from ${specifier}, which is not there`);
  return file;
}

/**
 * Everything that a module exports, in the order of the names.
 * @param {string} entry a TypeScript file
 * @returns {Export[]}
 */
export function readApi(entry) {
  const found = exportsOf(path.resolve(entry), new Set());
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param {string} file
 * @param {Set<string>} above the files whose exports are being read, to end circles
 * @returns {Map<string, Export>}
 */
function exportsOf(file, above) {
  /** @type {Map<string, Export>} */
  const found = new Map();
  if (above.has(file)) return found;
  const deeper = new Set(above).add(file);
  const module = parse(file);
  for (const node of module.body) {
    if (node.type === 'ExportAllDeclaration') {
      for (const [name, one] of exportsOf(resolve(file, node.source.value), deeper)) found.set(name, one);
    } else if (node.type === 'ExportNamedDeclaration' && node.declaration) {
      for (const one of declared(module, node.declaration, node.start)) {
        const before = found.get(one.name);
        // overloads are one function, and the docstring stands at the first
        if (before?.kind === 'function') before.signature += one.signature ? `\n${one.signature}` : '';
        else found.set(one.name, one);
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const { local, exported } of node.specifiers) {
        const source = node.source ? resolve(file, node.source.value) : file;
        const one = node.source ? exportsOf(source, deeper).get(local.name) : declaration(module, local.name);
        if (!one) throw new Error(`${file} exports ${local.name}, which ${source} does not declare`);
        found.set(exported.name, { ...one, name: exported.name });
      }
    } else if (node.type.startsWith('Export')) {
      throw new Error(
        `${file}: an export of a kind that scripts/support/api.mjs does not know: ${node.type}`,
      );
    }
  }
  return found;
}

/**
 * A declaration of a module that is exported in a list of its own, or imported and passed on.
 * @param {Module} module
 * @param {string} name
 */
function declaration(module, name) {
  for (const node of module.body) {
    if (node.type === 'ImportDeclaration') {
      const imported = node.specifiers.find((/** @type {any} */ one) => one.local.name === name);
      if (imported?.imported)
        return exportsOf(resolve(module.file, node.source.value), new Set()).get(imported.imported.name);
    }
    const own = declared(module, node, node.start).find((one) => one.name === name);
    if (own) return own;
  }
  return undefined;
}

/**
 * @param {Module} module
 * @param {any} node a declaration
 * @param {number} start where it begins, `export` included
 * @returns {Export[]}
 */
function declared(module, node, start) {
  const { text, file } = module;
  const line = text.slice(0, start).split('\n').length;
  const common = { file, line, doc: docstringBefore(module, start), members: [] };
  const upTo = (/** @type {number} */ end) => text.slice(node.start, end).trim();
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return [
        { ...common, name: node.id.name, kind: 'function', signature: upTo(node.body?.start ?? node.end) },
      ];
    case 'ClassDeclaration':
      return [
        {
          ...common,
          name: node.id.name,
          kind: 'class',
          signature: upTo(node.body.start),
          members: publicMembers(module, node.body.body),
        },
      ];
    case 'TSInterfaceDeclaration':
      return [{ ...common, name: node.id.name, kind: 'interface', signature: upTo(node.end) }];
    case 'TSTypeAliasDeclaration':
      return [{ ...common, name: node.id.name, kind: 'type', signature: upTo(node.end) }];
    case 'VariableDeclaration':
      return node.declarations.map((/** @type {any} */ one) => ({
        ...common,
        name: one.id.name,
        kind: 'constant',
        // with its type, or else with its value
        signature: `${node.kind} ${text.slice(one.start, one.id.typeAnnotation ? one.id.end : one.end)}`,
      }));
    default:
      return [];
  }
}

/**
 * @param {Module} module
 * @param {any[]} nodes
 * @returns {Member[]}
 */
function publicMembers(module, nodes) {
  return nodes
    .filter((node) => node.accessibility !== 'private' && node.key?.type !== 'PrivateIdentifier')
    .map((node) => {
      const isField = node.type === 'PropertyDefinition';
      const end = isField
        ? (node.typeAnnotation?.end ?? node.key.end)
        : (node.value?.body?.start ?? node.end);
      return {
        signature: module.text.slice(node.start, end).trim().replace(/;$/, ''),
        doc: docstringBefore(module, node.start),
      };
    });
}
