import { beforeAll, describe, expect, test } from 'vitest';
import { makeHome, notebookOf, python, runProgram, whole } from './tools.js';

const home = makeHome();

/** What a course in TypeScript sets; kernel/README.md has the same lines. */
const config = `
c = get_config()
c.CourseDirectory.course_id = "bn101"
c.ClearSolutions.code_stub = {
    "typescript": "// YOUR CODE HERE\\nthrow new Error('Not done yet');",
}
c.ExecutePreprocessor.timeout = 30
`;

const meta = (id: string, kind: { grade: boolean; solution: boolean; locked: boolean }, points?: number) => ({
  nbgrader: {
    schema_version: 3,
    grade_id: id,
    task: false,
    ...kind,
    ...(points === undefined ? {} : { points }),
  },
});
const check = { grade: true, solution: false, locked: true };

const assignment = notebookOf([
  {
    source: `function centre(values: number[]): number[] {
  // BEGIN SOLUTION
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.map((x) => x - mean);
  // END SOLUTION
}`,
    metadata: meta('centre', { grade: false, solution: true, locked: false }),
  },
  {
    source: `if (centre([1, 3]).join() !== '-1,1') throw new Error('centre([1, 3]) must be [-1, 1]');
// BEGIN HIDDEN TESTS
if (centre([5]).join() !== '0') throw new Error('centre([5]) must be [0]');
// END HIDDEN TESTS`,
    metadata: meta('check-centre', check, 2),
  },
  {
    source: `// A number is the score: a half of it for each of two cases.
[[[2, 2], '0,0'], [[0, 4], '-2,2']].filter(([values, wanted]) => String(centre(values as number[])) === wanted).length / 2 * 3`,
    metadata: meta('partial-centre', check, 3),
  },
]);

const answers: Record<string, string> = {
  // Right.
  ada: 'const m = values.reduce((s, x) => s + x, 0) / values.length;\n  return values.map((x) => x - m);',
  // Subtracts the first value: right for one case of two.
  bob: 'return values.map((x) => x - values[0]!);',
  // Refused by the type checker, so it does not exist.
  cyd: 'return "centred";',
};

const nbgrader = (...args: string[]) => home.run('nbgrader', ...args);

interface Scores {
  [student: string]: { [cell: string]: number };
}

async function scores(): Promise<Scores> {
  const script = `import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades} for s in book.assignment_submissions("norm")}))`;
  const { status, stdout, stderr } = await runProgram(python, ['-c', script], {
    cwd: home.folder,
    env: home.env,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('nbgrader', () => {
  let released: string;
  let graded: Scores;

  beforeAll(async () => {
    home.write('nbgrader_config.py', config);
    home.write('source/norm/task.ipynb', assignment);
    const generated = await nbgrader('generate_assignment', 'norm');
    expect(generated.status, generated.stderr).toBe(0);
    released = home.read('release/norm/task.ipynb');
    for (const [student, answer] of Object.entries(answers)) {
      const notebook = JSON.parse(released);
      const [first] = notebook.cells;
      first.source = `function centre(values: number[]): number[] {\n  ${answer}\n}`;
      home.write(`submitted/${student}/norm/task.ipynb`, JSON.stringify(notebook));
    }
    // Handed in as it was given out.
    home.write('submitted/eve/norm/task.ipynb', released);
    const marked = await nbgrader('autograde', 'norm', '--create');
    expect(marked.status, marked.stderr).toBe(0);
    graded = await scores();
  });

  test('generate_assignment takes solutions and hidden tests out, and puts the stub in at its indentation', () => {
    const [solution, first] = JSON.parse(released).cells.map((cell: { source: string }) =>
      whole(cell.source),
    );
    expect(solution).toBe(
      "function centre(values: number[]): number[] {\n  // YOUR CODE HERE\n  throw new Error('Not done yet');\n}",
    );
    expect(first).not.toContain('HIDDEN');
    expect(first).not.toContain('[5]');
  });

  test('autograde gives a right answer all points', () => {
    expect(graded.ada).toEqual({ 'check-centre': 2, 'partial-centre': 3 });
  });

  test('a failing check gives none, and a number as its value is partial credit', () => {
    expect(graded.bob).toEqual({ 'check-centre': 0, 'partial-centre': 1.5 });
  });

  test('an answer that the type checker refuses gives none', () => {
    expect(graded.cyd).toEqual({ 'check-centre': 0, 'partial-centre': 0 });
  });

  test('the stub gives none', () => {
    expect(graded.eve).toEqual({ 'check-centre': 0, 'partial-centre': 0 });
  });

  test('the graded notebook has the hidden tests again and the error as an output', () => {
    const { cells } = home.notebook('autograded/bob/norm/task.ipynb');
    expect(whole(cells[1]?.source)).toContain('centre([5])');
    expect(cells[1]?.outputs?.[0]).toMatchObject({
      output_type: 'error',
      ename: 'Error',
      evalue: 'centre([1, 3]) must be [-1, 1]',
    });
  });

  test('generate_feedback shows the student what failed', async () => {
    const { status, stderr } = await nbgrader('generate_feedback', 'norm', '--student', 'bob');
    expect(status, stderr).toBe(0);
    expect(home.read('feedback/bob/norm/task.html')).toContain('centre([1, 3]) must be [-1, 1]');
  });

  test('nbgrader validate tells a student which check fails', async () => {
    const { status, stdout, stderr } = await nbgrader('validate', 'submitted/bob/norm/task.ipynb');
    expect(status, stderr).toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/FAILED ON 2 CELL[\s\S]*must be \[-1, 1\][\s\S]*Partial credit/);
  });
});
