/** Positions: Jupyter counts code points, JavaScript and the language server UTF-16 units. */

export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

export function lineAt(text: string, offset: number): LinePosition {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return { line, character: offset - (before.lastIndexOf('\n') + 1) };
}

export function offsetAt(text: string, { line, character }: LinePosition): number {
  let start = 0;
  for (let at = 0; at < line; at++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return Math.min(start + character, text.length);
}

/** Offset in code points -> offset in UTF-16 units. */
export function fromCodePoints(text: string, points: number): number {
  let offset = 0;
  for (let seen = 0; seen < points && offset < text.length; seen++) {
    offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** Offset in UTF-16 units -> offset in code points. */
export function toCodePoints(text: string, offset: number): number {
  let points = 0;
  for (let at = 0; at < offset; points++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return points;
}
