/** The magics that there are, for the list, the completion and for naming the nearest one. */

export const LINE_MAGICS = {
  time: ['%time CODE', 'runs an expression or statement and says how long it took'],
  timeit: [
    '%timeit [-n LOOPS] [-r RUNS] [-q] [-o] EXPRESSION',
    'runs it many times: mean and standard deviation of a run',
  ],
  prun: ['%prun EXPRESSION', 'runs it and says in which functions the time went'],
  who: ['%who', "the session's names"],
  whos: ['%whos', "the session's names with their types and values"],
  reset: ['%reset [-f]', 'forgets all names; -f does not ask first'],
  cd: ['%cd FOLDER', 'changes the folder for files and shell lines; imports stay relative to the notebook'],
  pwd: ['%pwd', 'the current folder'],
  env: ['%env [NAME[=VALUE]]', 'shows environment variables, or sets one'],
  history: ['%history [-n]', 'the cells that were run; -n numbers them'],
  run: [
    '%run FILE [ARGUMENTS]',
    'runs a TypeScript file anew, before the rest of the cell; what it exports become names here',
  ],
  load: ['%load FILE', "puts the file's text into the cell"],
  npm: ['%npm install PACKAGE', 'runs npm in the notebook folder; the next cell can import the package'],
  lsmagic: ['%lsmagic', 'this list'],
} as const satisfies Record<string, readonly [usage: string, about: string]>;

export const CELL_MAGICS = {
  time: ['%%time', 'says how long the cell took'],
  timeit: ['%%timeit [-n LOOPS] [-r RUNS] [SETUP]', 'runs the cell many times; its names stay inside'],
  capture: ['%%capture [NAME]', 'keeps what the cell prints and shows in NAME, or drops it'],
  bash: ['%%bash', 'runs the cell with bash'],
  sh: ['%%sh', 'runs the cell with sh'],
  script: ['%%script PROGRAM [ARGUMENTS]', 'gives the cell to a program as its input'],
  html: ['%%html', 'shows the cell as HTML'],
  markdown: ['%%markdown', 'shows the cell as Markdown'],
  latex: ['%%latex', 'shows the cell as LaTeX'],
  svg: ['%%svg', 'shows the cell as an SVG image'],
  javascript: ['%%javascript', 'runs the cell in the browser'],
  js: ['%%js', 'the same'],
  writefile: ['%%writefile [-a] FILE', 'writes the cell to a file; -a at its end'],
} as const satisfies Record<string, readonly [usage: string, about: string]>;

export type LineMagic = keyof typeof LINE_MAGICS;
export type CellMagic = keyof typeof CELL_MAGICS;

export function isLineMagic(name: string): name is LineMagic {
  return Object.hasOwn(LINE_MAGICS, name);
}

export function isCellMagic(name: string): name is CellMagic {
  return Object.hasOwn(CELL_MAGICS, name);
}

/** The text of `%lsmagic`. */
export function magicList(): string {
  const rows = [
    ...Object.values(LINE_MAGICS),
    ...Object.values(CELL_MAGICS),
    ['!COMMAND', "a shell line; {expression} and $name stand for the session's values"],
    ['const lines = !COMMAND', 'its output, as a string[]'],
    ['NAME?  NAME??', 'the type and documentation of a name; its source as well'],
  ];
  const width = Math.max(...rows.map(([usage]) => usage?.length ?? 0));
  return rows.map(([usage, about]) => `${usage?.padEnd(width)}  ${about}`).join('\n');
}

/** What `%name?` says. */
export function aboutMagic(name: string): string {
  if (!isLineMagic(name)) return unknownMagic(name, '%');
  const [usage, about] = LINE_MAGICS[name];
  return `${usage}  ${about}`;
}

/** One sentence on a name that is no magic of this kind. */
export function unknownMagic(name: string, kind: '%' | '%%'): string {
  const other = kind === '%' ? '%%' : '%';
  if (kind === '%' ? isCellMagic(name) : isLineMagic(name)) {
    return kind === '%'
      ? `%${name} is a magic for a whole cell: write %%${name} as the cell's first line.`
      : `%%${name} is not for a whole cell: write ${other}${name} in a line of its own.`;
  }
  const names = Object.keys(kind === '%' ? LINE_MAGICS : CELL_MAGICS);
  const nearest = names
    .map((known) => ({ known, distance: distance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const hint =
    nearest && nearest.distance <= Math.max(1, name.length / 3)
      ? `did you mean ${kind}${nearest.known}?`
      : kind === '%'
        ? `%lsmagic lists them; a shell command is written !${name}.`
        : '%lsmagic lists them.';
  return `There is no magic ${kind}${name}: ${hint}`;
}

/** The least number of letters to change, add, leave out or swap with the next one. */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : change;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
