/** Names and expressions of the session in the text of a shell line or of a magic's argument: `$name`, `{expression}`. */
import { parse } from './parse.js';

/** Text of the kernel's own, or a range of the cell that is kept where it stands. */
export type Piece = string | readonly [start: number, end: number];

const NAME = /[\p{ID_Start}_$][\p{ID_Continue}$]*/u;
/** An opening brace that is doubled stands for itself; then `{…}`, `${…}` and `$name`. */
const SPOT = /\{\{|\}\}|\$?\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|\$(\p{ID_Start}[\p{ID_Continue}]*)/gu;

/**
 * The arguments of a call that together give the text: strings, and expressions in brackets.
 * What the session does not know is left to the shell, as IPython does.
 * @param known whether a name means something in the session
 */
export function interpolated(
  source: string,
  start: number,
  end: number,
  known: (name: string) => boolean,
): Piece[] {
  const text = source.slice(start, end);
  const pieces: Piece[] = [];
  let plain = '';
  let at = 0;
  const argument = (piece: Piece[]): void => {
    if (pieces.length > 0) pieces.push(', ');
    pieces.push(...piece);
  };
  const flush = (): void => {
    if (plain !== '') argument([JSON.stringify(plain)]);
    plain = '';
  };
  for (const match of text.matchAll(SPOT)) {
    const [whole, expression, name] = match;
    plain += text.slice(at, match.index);
    at = match.index + whole.length;
    const inner = expression ?? name;
    if (whole === '{{' || whole === '}}') plain += whole[0];
    else if (inner !== undefined && (name !== undefined ? known(name) : isMeant(inner, known))) {
      flush();
      const from = start + match.index + whole.indexOf(inner);
      argument(['(', [from, from + inner.length], ')']);
    } else plain += whole;
  }
  plain += text.slice(at);
  flush();
  return pieces.length > 0 ? pieces : ['""'];
}

/** `{a,b}` and `{1..5}` are the shell's, `{ print $1 }` is awk's, and `${HOME}` is no name of ours. */
function isMeant(expression: string, known: (name: string) => boolean): boolean {
  if (expression.trim() === '') return false;
  const { program, errors } = parse('expression.ts', `(${expression})`, {
    lang: 'ts',
    preserveParens: false,
  });
  if (errors.length > 0 || program.body.length !== 1) return false;
  const statement = program.body[0];
  if (statement?.type !== 'ExpressionStatement' || statement.expression.type === 'SequenceExpression')
    return false;
  const first = NAME.exec(expression.replace(/(['"`]).*?\1/g, ''))?.[0];
  return first === undefined || known(first) || first in globalThis;
}
