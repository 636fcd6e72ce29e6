// @ts-check
// `npm run assignments -- 05`: a course for nbgrader from the exercises of the lectures. What students get is made from
// the solutions (support/exercises.mjs); the solved copies lie apart from it.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { lectureNames, notebookOfCells, readLecture, withExercises } from './notebooks.mjs';
import { checkOf } from './support/exercises.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot, root } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

/** @typedef {import('./notebooks.mjs').Cell} Cell */

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  out: { value: 'FOLDER', help: 'the course, which may be there already (default: course, in the checkout)' },
  points: { value: 'N', help: 'what each exercise earns (default 2)' },
  whole: { help: 'the whole lecture, not its exercises alone: grading then runs every experiment' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run assignments -- NN... [options]

Makes an nbgrader assignment of each lecture: source/LECTURE/LECTURE.ipynb, in which every exercise has a graded cell
after it, and solutions/LECTURE.ipynb with the answers. Then, in the course's folder:

  nbgrader generate_assignment LECTURE       what students get: release/LECTURE
  nbgrader autograde LECTURE                 what they handed in: submitted/STUDENT/LECTURE
  nbgrader generate_feedback LECTURE

An answer that the check knows as nearly right earns a part of the points.`;

const config = `c = get_config()
c.CourseDirectory.course_id = "batchnorm"
# The exercises come without their solutions: nothing is to be taken out.
c.ClearSolutions.enabled = False
c.ExecutePreprocessor.timeout = 300
`;

/** @param {string} id @param {{ grade: boolean, solution: boolean, locked: boolean, points?: number }} kind */
const graded = (id, kind) => ({ schema_version: 3, grade_id: id, task: false, ...kind });

/**
 * A lecture's notebook with what nbgrader needs.
 * @param {Cell[]} cells of the lecture, its exercises as they shall be
 * @param {{ points: number, whole: boolean }} options
 * @returns {Cell[]}
 */
export function assignmentCells(cells, { points, whole }) {
  /** @type {Cell[]} the text since the last code cell */
  let before = [];
  return cells.flatMap((cell, i) => {
    if (cell.type !== 'code') {
      const notes = /** @type {any} */ (cell.metadata.slideshow)?.slide_type === 'notes';
      if (notes) return [];
      if (i === 0 || whole) return [cell];
      before.push(cell);
      return [];
    }
    const text = before;
    before = [];
    const check =
      Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes('exercise') && checkOf(cell.source);
    if (!check) return whole ? [...text, cell] : [];
    const call = cell.source
      .slice(cell.source.lastIndexOf(`${check}(`))
      .trimEnd()
      .replace(/;$/, '');
    const asks = /^await /m.test(
      cell.source
        .slice(0, cell.source.lastIndexOf(`${check}(`))
        .split('\n')
        .at(-1) ?? '',
    );
    return [
      ...text,
      {
        ...cell,
        metadata: {
          ...cell.metadata,
          nbgrader: graded(check, { grade: false, solution: true, locked: false }),
        },
      },
      {
        type: /** @type {const} */ ('code'),
        metadata: {
          nbgrader: graded(`${check}-points`, { grade: true, solution: false, locked: true, points }),
        },
        source: `import { credit } from 'batchnorm';\n\ncredit(${asks ? 'await ' : ''}${call}, ${points});`,
      },
    ];
  });
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function main() {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run assignments',
    words: 'lectures',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const names = lectureNames();
  if (words.length === 0)
    throw new UserError(`Say which lectures: \`npm run assignments -- 05\`. They are ${names.join(', ')}.`);
  const chosen = words.map((word) => {
    const found = names.find((name) => name === word || name.startsWith(`${word}-`));
    if (!found) throw new UserError(`There is no lecture "${word}": they are ${names.join(', ')}.`);
    return found;
  });
  const points = Number(options.points ?? 2);
  if (!(points > 0)) throw new UserError(`--points must be a number above 0, found "${options.points}".`);
  const course = path.resolve(typeof options.out === 'string' ? options.out : inRoot('course'));
  mkdirSync(course, { recursive: true });
  // An instructor's own settings stay.
  const settings = path.join(course, 'nbgrader_config.py');
  if (!existsSync(settings)) write(settings, config);
  // A notebook imports `batchnorm`, which is looked for from its folder upwards.
  const link = path.join(course, 'node_modules', 'batchnorm');
  if (path.relative(root, course).startsWith('..') && !existsSync(link)) {
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(inRoot('lib'), link, 'junction');
  }
  for (const name of chosen) {
    const script = readLecture(name);
    const { cells, problems } = withExercises(script, name);
    if (problems.length > 0) throw new UserError(`${problems[0]} \`npm run notebooks\` mends it.`);
    const about = { points, whole: Boolean(options.whole) };
    write(path.join(course, 'source', name, `${name}.ipynb`), notebookOfCells(assignmentCells(cells, about)));
    const { cells: solved } = withExercises(script, name, (exercise) => exercise.solved);
    write(path.join(course, 'solutions', `${name}.ipynb`), notebookOfCells(solved));
    say(`wrote source/${name}/${name}.ipynb and solutions/${name}.ipynb to ${course}`);
  }
  return 0;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) await runMain(main);
