import { expect, test } from 'vitest';
import { makeHome, shown, whole } from './tools.js';

const home = makeHome();

const body = `// %% [markdown]
// # Squares

// %%
const squares: number[] = [1, 2, 3].map((x) => x ** 2);
squares

// %% tags=["last"]
console.log(squares.length);
`;

test('a .ts file in the percent format becomes a notebook for our kernel, and comes back the same', async () => {
  home.write('lecture.ts', body);
  const named = await home.run('jupytext', '--set-kernel', 'typescript', 'lecture.ts');
  expect(named.status, named.stderr).toBe(0);
  const first = home.read('lecture.ts');
  expect(first).toContain('name: typescript');
  expect(first).toContain(body.trim());
  expect((await home.run('jupytext', '--to', 'ipynb', 'lecture.ts')).status).toBe(0);
  const notebook = home.notebook('lecture.ipynb');
  expect(notebook.metadata.kernelspec).toMatchObject({ name: 'typescript', language: 'typescript' });
  expect(notebook.cells.map((cell) => cell.cell_type)).toEqual(['markdown', 'code', 'code']);
  expect(whole(notebook.cells[1]?.source)).toBe(
    'const squares: number[] = [1, 2, 3].map((x) => x ** 2);\nsquares',
  );
  expect(notebook.cells[2]?.metadata.tags).toEqual(['last']);
  expect((await home.run('jupytext', '--to', 'ts:percent', 'lecture.ipynb')).status).toBe(0);
  expect(home.read('lecture.ts')).toBe(first);
});

test('jupytext --execute runs the file and writes the outputs', async () => {
  home.write('run.ts', body);
  const { status, stderr } = await home.run(
    'jupytext',
    '--to',
    'ipynb',
    '--set-kernel',
    'typescript',
    '--execute',
    'run.ts',
  );
  expect(status, stderr).toBe(0);
  expect(shown(home.notebook('run.ipynb'))).toBe('[ 1, 4, 9 ]\n3\n');
});

test('jupytext --execute fails when a cell does, with its message', async () => {
  home.write('broken.ts', `${body}\n// %%\nthrow new Error('no more squares');\n`);
  const { status, stderr } = await home.run(
    'jupytext',
    '--to',
    'ipynb',
    '--set-kernel',
    'typescript',
    '--execute',
    'broken.ts',
  );
  expect(status).not.toBe(0);
  expect(stderr).toContain('no more squares');
});
