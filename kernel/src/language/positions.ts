/** Positions: Jupyter counts code points, JavaScript and the language server UTF-16 units. */

export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

/** Lines end as the language server's protocol has it: a lone carriage return ends one too. */
const LINE_END = /\r\n|\n|\r/g;

export function lineAt(text: string, offset: number): LinePosition {
  let line = 0;
  let start = 0;
  for (const { index, 0: end } of text.matchAll(LINE_END)) {
    if (index + end.length > offset) break;
    line++;
    start = index + end.length;
  }
  return { line, character: offset - start };
}

export function offsetAt(text: string, { line, character }: LinePosition): number {
  let start = 0;
  let seen = 0;
  if (line > 0) {
    for (const { index, 0: end } of text.matchAll(LINE_END)) {
      seen++;
      start = index + end.length;
      if (seen === line) break;
    }
    if (seen < line) return text.length;
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
