// The exercises of every lecture under our kernel: the solution passes, the stub fails, and each usual wrong answer is told so.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { solutionsOf, withExercises } from '../../scripts/notebooks.mjs';
import { readExercise } from '../../scripts/support/exercises.mjs';
import { executeNotebook, failures, root, shownText } from './run.js';

const folder = path.join(root, 'notebooks');
const lectures = readdirSync(folder)
  .filter((file) => /^\d\d-.*\.ts$/.test(file))
  .map((file) => path.parse(file).name);

/** What each source shows, run one after the other in one kernel, in the lectures' folder. */
async function shownBy(sources: string[]): Promise<string[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'exercises-'));
  try {
    const cells = sources.map((source, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null,
    }));
    const metadata = {
      kernelspec: { name: 'typescript', display_name: 'TypeScript', language: 'typescript' },
    };
    const file = path.join(scratch, 'exercises.ipynb');
    writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
    const run = await executeNotebook(file, 'typescript', folder);
    expect(failures(run)).toEqual([]);
    return run.map((cell) => shownText([cell]).trim());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Everything that is tried: each exercise's stub, its solution, and its wrong answers. */
const tried = lectures.flatMap((name) =>
  solutionsOf(name).flatMap(({ check, stub, solved, wrong }) => [
    { name, check, what: 'stub', source: stub, begins: '✗', says: '' },
    { name, check, what: 'solution', source: solved, begins: '✓', says: '' },
    ...wrong.map(({ says, source }) => ({ name, check, what: says, source, begins: '✗', says })),
  ]),
);
let shown: string[];

// One kernel for all of them: starting one takes longer than all exercises.
beforeAll(async () => {
  shown = await shownBy(tried.map(({ source }) => source));
});

describe.each(lectures)('the exercises of %s', (name) => {
  const exercises = solutionsOf(name);

  it('are two to five (one in the first lecture), each with a wrong answer that has a name', () => {
    const script = readFileSync(path.join(folder, `${name}.ts`), 'utf8');
    expect(withExercises(script, name).problems).toEqual([]);
    expect(exercises.length).toBeGreaterThanOrEqual(name.startsWith('00') ? 1 : 2);
    expect(exercises.length).toBeLessThanOrEqual(5);
    for (const { wrong } of exercises) expect(wrong.length).toBeGreaterThan(0);
  });

  it('take the solutions, refuse the stubs, and name each wrong answer', () => {
    const messages = new Map<string, string[]>();
    tried.forEach(({ name: of, check, what, begins, says }, i) => {
      if (of !== name) return;
      expect(shown[i][0], `${check}: ${what}\n${shown[i]}`).toBe(begins);
      expect(shown[i], `${check}: ${what}`).toContain(says);
      if (says) messages.set(check, [...(messages.get(check) ?? []), shown[i]]);
    });
    for (const [check, said] of messages) expect(new Set(said).size, check).toBe(said.length);
  });
});

describe('a solved cell', () => {
  const solved = `const mean = (v: number[]) => {
  // BEGIN SOLUTION
  return v[0];
  // ELSE
  // return 0; // yours
  // WRONG the sum
  // // not divided
  // return 1;
  // END SOLUTION
};
checkMean(mean);`;

  it('gives the stub, the solution and the wrong answers', () => {
    expect(readExercise(solved, 'here')).toEqual({
      check: 'checkMean',
      solved: 'const mean = (v: number[]) => {\n  return v[0];\n};\ncheckMean(mean);',
      stub: 'const mean = (v: number[]) => {\n  return 0; // yours\n};\ncheckMean(mean);',
      wrong: [
        {
          says: 'the sum',
          source: 'const mean = (v: number[]) => {\n  // not divided\n  return 1;\n};\ncheckMean(mean);',
        },
      ],
    });
  });

  it.each([
    ['checkMean(mean);', /expected a solution between/],
    ['const a = 1;', /expected an exercise to end with a call/],
    ['// ELSE\ncheckMean(mean);', /stands outside/],
    ['// BEGIN SOLUTION\ncheckMean(mean);', /END SOLUTION is missing/],
    ['// BEGIN SOLUTION\n// WRONG\n// END SOLUTION\ncheckMean(mean);', /needs words/],
    ['// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION\ncheckMean(mean);', /inside of another/],
  ])('that is not well formed is told so: %j', (source, words) => {
    expect(() => readExercise(source, 'here')).toThrow(words);
  });
});
