/** Small helpers over an ESTree tree, as the parser gives it. */

export interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export function isNode(value: unknown): value is AstNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** A field that holds a list of nodes, holes left out. */
export function nodeList(value: unknown): AstNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The direct children of a node. */
export function* children(node: AstNode): Generator<AstNode> {
  for (const key in node) {
    if (key === 'parent') continue;
    const value = node[key];
    if (isNode(value)) yield value;
    else if (Array.isArray(value)) yield* value.filter(isNode);
  }
}

/** The names that a binding pattern declares, in order. */
export function boundNames(pattern: AstNode): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name as string];
    case 'AssignmentPattern':
      return boundNames(pattern.left as AstNode);
    case 'RestElement':
      return boundNames(pattern.argument as AstNode);
    case 'Property':
      return boundNames(pattern.value as AstNode);
    case 'ArrayPattern':
      return nodeList(pattern.elements).flatMap(boundNames);
    case 'ObjectPattern':
      return nodeList(pattern.properties).flatMap(boundNames);
    default:
      return [];
  }
}
