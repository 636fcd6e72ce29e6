import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeHome, notebookOf, shown, whole } from './tools.js';

const home = makeHome();

const convert = (...args: string[]) => home.run('jupyter-nbconvert', '--execute', ...args);

const failing = [
  'const before: number = 1;\nconsole.log("printed", before);',
  'function inner(): never {\n  throw new RangeError("too far");\n}\ninner();',
  'console.log("after", before + 1);',
];

test('nbconvert --execute writes the outputs and the language into the notebook', async () => {
  home.write(
    'good.ipynb',
    notebookOf(['let n = 0;\nfor (const x of [1, 2, 3]) n += x;\nn', 'console.log("n is", n);']),
  );
  const { status, stderr } = await convert('--to', 'notebook', '--output', 'good-out', 'good.ipynb');
  expect(status, stderr).toBe(0);
  const notebook = home.notebook('good-out.ipynb');
  expect(shown(notebook)).toBe('6\nn is 6\n');
  expect(notebook.cells.map((cell) => cell.execution_count)).toEqual([1, 2]);
  expect(notebook.metadata.language_info?.file_extension).toBe('.ts');
});

test('an error ends it with a status that is not 0 and the traceback, and writes no notebook', async () => {
  home.write('bad.ipynb', notebookOf(failing));
  const { status, stderr } = await convert('--to', 'notebook', '--output', 'bad-out', 'bad.ipynb');
  expect(status).not.toBe(0);
  expect(stderr).toContain('RangeError: too far');
  expect(stderr).toContain('Cell [2]:2');
  expect(stderr).toContain('CellExecutionError');
  expect(existsSync(path.join(home.folder, 'bad-out.ipynb'))).toBe(false);
});

test('a type error ends it too, with its place', async () => {
  home.write('types.ipynb', notebookOf(['const text: string = 5;\nconsole.log("must not run")']));
  const { status, stderr } = await convert('--to', 'notebook', '--output', 'types-out', 'types.ipynb');
  expect(status).not.toBe(0);
  expect(stderr).toContain("Type 'number' is not assignable to type 'string'");
  expect(stderr).not.toContain('\nmust not run');
});

test('--allow-errors goes on: the error is an output of its cell, and later cells run', async () => {
  home.write('allowed.ipynb', notebookOf(failing));
  const { status, stderr } = await convert(
    '--to',
    'notebook',
    '--allow-errors',
    '--output',
    'allowed-out',
    'allowed.ipynb',
  );
  expect(status, stderr).toBe(0);
  const notebook = home.notebook('allowed-out.ipynb');
  const [error] = notebook.cells[1]?.outputs ?? [];
  expect(error).toMatchObject({ output_type: 'error', ename: 'RangeError', evalue: 'too far' });
  expect(error?.traceback?.join('\n')).toContain('Cell [2]:2');
  expect(shown(notebook)).toContain('after 2');
});

test('--to script gives a .ts file with the cells, --to html a page with the outputs', async () => {
  home.write(
    'pages.ipynb',
    notebookOf(['const answer: number = 40 + 2;\nanswer', 'console.error("on stderr")']),
  );
  expect((await convert('--to', 'notebook', '--inplace', 'pages.ipynb')).status).toBe(0);
  const script = await home.run('jupyter-nbconvert', '--to', 'script', 'pages.ipynb');
  expect(script.status, script.stderr).toBe(0);
  expect(home.read('pages.ts')).toContain('const answer: number = 40 + 2;');
  const page = await home.run('jupyter-nbconvert', '--to', 'html', 'pages.ipynb');
  expect(page.status, page.stderr).toBe(0);
  expect(home.read('pages.html')).toMatch(/<pre>42<\/pre>[\s\S]*on stderr/);
  expect(whole(home.notebook('pages.ipynb').cells[1]?.outputs?.[0]?.text)).toBe('on stderr\n');
});
