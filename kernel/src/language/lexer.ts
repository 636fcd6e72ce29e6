/**
 * What the text of a cell leaves open: brackets, comments, strings, templates. Unfinished text has no syntax tree, and
 * completion is mostly asked for in unfinished text.
 */

export type Place = 'code' | 'comment' | 'string' | 'template' | 'regex';

export interface Open {
  /** What the end of the text stands in. */
  readonly place: Place;
  /** Text that closes all that is open. */
  readonly closers: string;
  /** Open brackets. */
  readonly depth: number;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '${': '}' };

/** Words after which a slash starts a regular expression. */
const BEFORE_VALUE =
  /(?:^|[^\p{ID_Continue}$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof)$/u;

/** Reads the text up to its end. */
export function openAt(text: string): Open {
  /** Opening brackets, and a backtick for a template. */
  const stack: string[] = [];
  let at = 0;
  const end = (place: Place, first = ''): Open => ({
    place,
    closers: first + stack.map((open) => CLOSING[open] ?? open).reduceRight((all, one) => all + one, ''),
    depth: stack.filter((open) => open !== '`').length,
  });
  while (at < text.length) {
    if (stack.at(-1) === '`') {
      const stop = templateStop(text, at);
      if (stop >= text.length) return end('template');
      if (text[stop] === '`') stack.pop();
      else stack.push('${');
      at = stop + (text[stop] === '`' ? 1 : 2);
      continue;
    }
    const char = text[at] as string;
    if (char === '/' && text[at + 1] === '/') {
      const stop = /[\r\n\u2028\u2029]/.exec(text.slice(at));
      if (!stop) return end('comment', '\n');
      at += stop.index;
    } else if (char === '/' && text[at + 1] === '*') {
      const stop = text.indexOf('*/', at + 2);
      if (stop < 0) return end('comment', '*/');
      at = stop + 2;
    } else if (char === "'" || char === '"') {
      const stop = quotedStop(text, at, char);
      if (stop >= text.length) return end('string', char);
      // A string that its line does not end is an error; what follows is code.
      at = stop + 1;
    } else if (char === '/' && startsValue(text.slice(0, at))) {
      const stop = regexStop(text, at);
      if (stop >= text.length) return end('regex', '/');
      at = stop + 1;
    } else {
      if (char === '`' || char in CLOSING) stack.push(char);
      else if (/[)\]}]/.test(char) && CLOSING[stack.at(-1) ?? ''] === char) stack.pop();
      at++;
    }
  }
  return end('code');
}

function templateStop(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`' || (text[at] === '$' && text[at + 1] === '{')) return at;
  }
  return text.length;
}

function quotedStop(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at++) {
    // A backslash carries a string over the end of a line.
    if (text[at] === '\\') at += text[at + 1] === '\r' && text[at + 2] === '\n' ? 2 : 1;
    else if (text[at] === quote || text[at] === '\n' || text[at] === '\r') return at;
  }
  return text.length;
}

function regexStop(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '\n' || text[at] === '\r') return at;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    else if (text[at] === '/' && !inClass) return at;
  }
  return text.length;
}

/** Whether a slash after this text starts a regular expression, not a division. */
function startsValue(before: string): boolean {
  const code = before.trimEnd();
  return code === '' || /[=(,[{;:!&|?+\-*%<>~^}]$/.test(code.slice(-1)) || BEFORE_VALUE.test(code.slice(-20));
}
