/** A cell that asks about a name instead of running code: `name?`, and `name??` for its source too. No TypeScript reads so. */

export interface Asked {
  readonly name: string;
  /** As in an inspect_request. */
  readonly detail: 0 | 1;
}

const NAME = '[\\p{ID_Start}$_][\\p{ID_Continue}$]*(?:\\.[\\p{ID_Start}$_][\\p{ID_Continue}$]*)*';
const ASKED = new RegExp(`^\\s*(?:(${NAME})\\s*(\\?\\??)|(\\?\\??)\\s*(${NAME}))\\s*$`, 'u');

export function askedIn(code: string): Asked | undefined {
  // Nearly every cell ends here.
  if (!code.includes('?')) return undefined;
  const [, before, marksBehind, marksBefore, behind] = ASKED.exec(code) ?? [];
  const name = before ?? behind;
  if (name === undefined) return undefined;
  return { name, detail: (marksBehind ?? marksBefore) === '??' ? 1 : 0 };
}
