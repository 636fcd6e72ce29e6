/** Modules that code names inside its statements: `import('./x.js')`, also as a type, and `require('./x.js')`. */
const INLINE = /\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\1/g;

/** @param comments where the comments are; what stands in them does not count */
export function inlineSpecifiers(
  source: string,
  comments: readonly { readonly start: number; readonly end: number }[],
  calls: 'import' | 'import and require' = 'import',
): string[] {
  const found = new Set<string>();
  for (const match of source.matchAll(INLINE)) {
    if (calls === 'import' && !match[0].startsWith('import')) continue;
    if (comments.some(({ start, end }) => start <= match.index && match.index < end)) continue;
    found.add(match[2] as string);
  }
  return [...found];
}
