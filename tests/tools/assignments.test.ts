import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { solutionsOf } from '../../scripts/notebooks.mjs';
import { makeHome, python, root, runProgram, whole } from './tools.js';

const home = makeHome();
const lecture = '05-bias-drift';
const nbgrader = (...args: string[]) => home.run('nbgrader', ...args);
const make = (...args: string[]) =>
  execFileSync(process.execPath, [path.join(root, 'scripts', 'assignments.mjs'), ...args], {
    cwd: home.folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });

async function scores(): Promise<Record<string, Record<string, number>>> {
  const script = `import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades} for s in book.assignment_submissions("${lecture}")}))`;
  const { status, stdout, stderr } = await runProgram(python, ['-c', script], {
    cwd: home.folder,
    env: home.env,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** Hands in the released notebook with these answers in the place of its exercises. */
function handIn(student: string, answers: Record<string, string>): void {
  const notebook = home.notebook(`release/${lecture}/${lecture}.ipynb`);
  for (const cell of notebook.cells) {
    const { nbgrader: about } = cell.metadata as { nbgrader?: { grade_id: string; solution: boolean } };
    if (about?.solution && about.grade_id in answers) cell.source = answers[about.grade_id];
  }
  home.write(`submitted/${student}/${lecture}/${lecture}.ipynb`, JSON.stringify(notebook));
}

describe('an assignment made from the lectures', () => {
  beforeAll(async () => {
    make('05', '--out', home.folder, '--points', '4');
    const generated = await nbgrader('generate_assignment', lecture);
    expect(generated.status, generated.stderr).toBe(0);
    const exercises = solutionsOf(lecture);
    const wrong = (words: string) =>
      exercises.flatMap((exercise) => exercise.wrong).find(({ says }) => says.includes(words))?.source ?? '';
    handIn('ada', Object.fromEntries(exercises.map(({ check, solved }) => [check, solved])));
    handIn('bob', {
      checkDriftPrediction: wrong('does not stop at the target'),
      checkThroughTheMean: wrong('1/m is missing'),
    });
    handIn('eve', {});
    const marked = await nbgrader('autograde', lecture, '--create');
    expect(marked.status, marked.stderr).toBe(0);
  });

  test('gives out the exercises with their text, and no solution', () => {
    const { cells } = home.notebook(`release/${lecture}/${lecture}.ipynb`);
    const text = cells.map(({ source }) => whole(source)).join('\n');
    expect(text).toContain('let the gradient flow through the mean');
    expect(text).not.toContain('For the speaker');
    expect(text).not.toContain('gradient.map((g) => g - mean)');
    expect(cells.filter(({ cell_type }) => cell_type === 'code')).toHaveLength(4);
  });

  test('keeps the solutions apart', () => {
    expect(existsSync(path.join(home.folder, 'solutions', `${lecture}.ipynb`))).toBe(true);
    expect(home.read(`solutions/${lecture}.ipynb`)).toContain('gradient.map((g) => g - mean)');
  });

  test('gives all points for the solution, a part for a mistake that is nearly right, none for others', async () => {
    expect(await scores()).toEqual({
      ada: { 'checkDriftPrediction-points': 4, 'checkThroughTheMean-points': 4 },
      bob: { 'checkDriftPrediction-points': 0, 'checkThroughTheMean-points': 2 },
      eve: { 'checkDriftPrediction-points': 0, 'checkThroughTheMean-points': 0 },
    });
  });

  test('tells the student what was wrong in the feedback', async () => {
    const { status, stderr } = await nbgrader('generate_feedback', lecture, '--student', 'bob');
    expect(status, stderr).toBe(0);
    expect(home.read(`feedback/bob/${lecture}/${lecture}.html`)).toContain('b does not stop at the target');
  });

  test('keeps the settings that an instructor has changed', () => {
    home.write('nbgrader_config.py', '# mine');
    make('00', '--out', home.folder);
    expect(home.read('nbgrader_config.py')).toBe('# mine');
  });

  test.each([
    [[], /Say which lectures/],
    [['99'], /There is no lecture "99"/],
    [['05', '--points', 'many'], /--points must be a number above 0/],
  ])('says what is wrong with %j', (args, words) => {
    let said = '';
    try {
      make(...args);
    } catch (error) {
      said = String((error as { stderr: string }).stderr); // what execFileSync throws
    }
    expect(said).toMatch(words);
  });
});
