/** Code that is not a cell of its own, with cell names read from the session's boxes: for the debugger and for `eval`. */
import { analyze } from 'eslint-scope';
import MagicString from 'magic-string';
import { BOX_FUNCTION } from '../shared/protocol.js';
import { type AstNode, children } from './ast.js';
import { parse } from './parse.js';

/**
 * @param code JavaScript
 * @param isBoxed whether a name that the code itself does not declare is a cell's
 * @throws Error when it cannot be read
 */
export function boxNames(code: string, isBoxed: (name: string) => boolean): string {
  const { program, errors } = parse('text.js', code, { lang: 'js', sourceType: 'script', range: true });
  if (errors[0]) throw new Error(errors[0].message);
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    ignoreEval: true,
  });
  const found = new Map<AstNode, string>();
  for (const { identifier } of scopes.globalScope?.through ?? [])
    if (isBoxed(identifier.name)) found.set(identifier as unknown as AstNode, identifier.name);
  if (found.size === 0) return code;
  const edit = new MagicString(code);
  const visit = (node: AstNode, parent: AstNode | undefined): void => {
    const name = found.get(node);
    if (name !== undefined) edit.overwrite(node.start, node.end, reference(name, node, parent));
    for (const child of children(node)) {
      // In `{ name }` key and value are one and the same text.
      const isKey = node.type === 'Property' && node.shorthand === true && child === node.key;
      if (!isKey || child === node.value) visit(child, node);
    }
  };
  visit(program as unknown as AstNode, undefined);
  return edit.toString();
}

function reference(name: string, node: AstNode, parent: AstNode | undefined): string {
  const box = `globalThis.${BOX_FUNCTION}(${JSON.stringify(name)}).v`;
  const isCalled =
    ((parent?.type === 'CallExpression' || parent?.type === 'NewExpression') && parent.callee === node) ||
    (parent?.type === 'TaggedTemplateExpression' && parent.tag === node);
  if (isCalled) return `(0, ${box})`;
  return parent?.type === 'Property' && parent.shorthand === true ? `${name}: ${box}` : box;
}
