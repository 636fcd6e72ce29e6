import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeHome, notebookOf, python, root, runProgram, shown, whole } from './tools.js';

const home = makeHome();

// As a user installs it; what it is built with is in the environment, so it needs no network.
beforeAll(async () => {
  const args = ['install', '--quiet', '--no-deps', '--no-build-isolation', '--force-reinstall'];
  const shim = path.join(root, 'kernel', 'papermill');
  const { status, stderr } = await runProgram(python, ['-m', 'pip', ...args, shim], {
    cwd: home.folder,
    env: home.env,
  });
  expect(status, stderr).toBe(0);
});

const parameters = {
  source: 'let rate: number = 0.5; // how fast it learns\nconst labels = ["a", "b"];\nlet layers = 3;',
  metadata: { tags: ['parameters'] },
};

const papermill = (...args: string[]) => home.run('papermill', '--no-progress-bar', ...args);

describe('papermill', () => {
  test('writes the parameters as a cell behind the defaults, and the run uses them', async () => {
    home.write('lecture.ipynb', notebookOf([parameters, 'rate * 2', 'console.log(labels.length, layers)']));
    const { status, stderr } = await papermill(
      'lecture.ipynb',
      'out.ipynb',
      '-p',
      'rate',
      '0.1',
      '-p',
      'layers',
      '7',
    );
    expect(status, stderr).toBe(0);
    const notebook = home.notebook('out.ipynb');
    const injected = notebook.cells.find(({ metadata }) =>
      (metadata.tags as string[])?.includes('injected-parameters'),
    );
    expect(whole(injected?.source)).toBe('// Parameters\nlet rate = 0.1;\nlet layers = 7;\n');
    expect(shown(notebook)).toContain('0.2\n2 7\n');
  });

  test('keeps values of every kind as they are', async () => {
    home.write(
      'values.yaml',
      [
        'nothing: null',
        'empty: []',
        'truth: true',
        'whole: -3',
        'exact: 9007199254740993',
        'small: 1.0e-9',
        'text: "a \\"b\\" \\\\ \\n $c \\u2028 é 🎉"',
        'list: [1, [2, "x"], null]',
        'table: { "a-b": 1, "__proto__": 2, "n": { "m": [] } }',
      ].join('\n'),
    );
    home.write(
      'values.ipynb',
      notebookOf([
        { source: '', metadata: { tags: ['parameters'] } },
        `const big: bigint = exact;
        console.log(JSON.stringify([nothing, empty, truth, whole, big.toString(), small, text, list, Object.entries(table)]))`,
      ]),
    );
    const { status, stderr } = await papermill('values.ipynb', 'values-out.ipynb', '-f', 'values.yaml');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(shown(home.notebook('values-out.ipynb')))).toEqual([
      null,
      [],
      true,
      -3,
      '9007199254740993',
      1e-9,
      'a "b" \\ \n $c \u2028 é 🎉',
      [1, [2, 'x'], null],
      [
        ['a-b', 1],
        ['__proto__', 2],
        ['n', { m: [] }],
      ],
    ]);
  });

  test('a parameter of the wrong type is a type error in the cell that uses it', async () => {
    home.write('wrong.ipynb', notebookOf([parameters, 'const step: number = rate;\nstep']));
    const { status, stderr } = await papermill('wrong.ipynb', 'wrong-out.ipynb', '-p', 'rate', 'fast');
    expect(status).not.toBe(0);
    expect(stderr).toContain("Type 'string' is not assignable to type 'number'");
  });

  test('a failing cell ends it with a status that is not 0, the traceback, and the notebook as far as it came', async () => {
    home.write(
      'failing.ipynb',
      notebookOf(['console.log("first")', 'throw new RangeError("too far")', 'console.log("last")']),
    );
    const { status, stderr } = await papermill('failing.ipynb', 'failing-out.ipynb');
    expect(status).not.toBe(0);
    expect(stderr).toContain('PapermillExecutionError');
    expect(stderr).toContain('RangeError: too far');
    expect(stderr).toContain('Cell [2]:1');
    const notebook = home.notebook('failing-out.ipynb');
    expect(shown(notebook)).toContain('first');
    expect(shown(notebook)).not.toContain('last');
    expect(
      notebook.cells.flatMap(({ outputs = [] }) => outputs).some(({ ename }) => ename === 'RangeError'),
    ).toBe(true);
  });

  test('a name that TypeScript does not allow is refused in words, before anything runs', async () => {
    home.write('names.ipynb', notebookOf([parameters, 'rate']));
    const { status, stderr } = await papermill('names.ipynb', 'names-out.ipynb', '-p', 'class', '1');
    expect(status).not.toBe(0);
    expect(stderr).toContain('The parameter "class" is no name that TypeScript allows');
  });

  test('--help-notebook lists the parameters with type, default and comment', async () => {
    home.write('help.ipynb', notebookOf([parameters, 'rate']));
    const { status, stdout, stderr } = await papermill('--help-notebook', 'help.ipynb');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/rate: number \(default 0\.5\)\s+how fast it learns/);
    expect(stdout).toMatch(/layers: Unknown type \(default 3\)/);
  });
});
