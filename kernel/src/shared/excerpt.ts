/** The longest part of a line of source that an error shows, characters. */
const LONGEST = 300;

/**
 * Of a long line, what is around a position.
 * @param column 1-based
 * @returns that text, and how many characters before it are left out
 */
export function excerpt(line: string, column: number): { readonly text: string; readonly start: number } {
  if (line.length <= LONGEST) return { text: line, start: 0 };
  const start = column > LONGEST - 50 ? column - LONGEST / 2 : 0;
  return { text: line.slice(start, start + LONGEST), start };
}
