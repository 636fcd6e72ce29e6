// @ts-check
// `npm run slides`: a lecture as a slide show, live in JupyterLab or as pages that stand alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeLectures, sizeOf } from './publish/execute.mjs';
import { chosenLectures, lectureOf } from './publish/lecture.mjs';
import { setUp } from './setup.mjs';
import { openLecture, table as startOptions } from './start.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, UserError } from './support/report.mjs';

const { notebook: _, help, ...ofStart } = startOptions;

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  export: { help: 'write slides that need no lab and no network, of these lectures (default all)' },
  out: { value: 'FOLDER', help: 'where they go (default: slides, in the checkout)' },
  size: { value: 'SIZE', help: 'of their experiments: small, lecture or full (default lecture)' },
  again: { help: 'run also the lectures that have not changed since they were run last' },
  ...ofStart,
  help,
};

const usage = `Usage: npm run slides -- 05 [options]
       npm run slides -- --export [FOLDER] [lectures] [options]

Opens a lecture in JupyterLab as a slide show whose cells run; or writes it, with the outputs of a run, as slides with
speaker notes for any browser. A word that names no lecture is the folder.`;

/** Options for the one way only. */
const forExport = ['out', 'size', 'again'];

/** @param {string[]} words @param {Record<string, string | true>} options */
async function exportSlides(words, options) {
  const isLecture = (/** @type {string} */ word) => /^\d{1,2}($|-)/.test(word);
  const folders = words.filter((word) => !isLecture(word));
  if (folders.length + (options.out ? 1 : 0) > 1)
    throw new UserError(
      `One folder is wanted, and these were named: ${[...folders, options.out ?? ''].join(' ').trim()}.`,
    );
  const names = chosenLectures(words.filter(isLecture));
  const size = sizeOf(options);
  const out = path.resolve(String(options.out ?? folders[0] ?? inRoot('slides')));
  await setUp({ libraryMayFail: true });
  // They need packages that the set-up has installed, it may be only now.
  const { emptyFolder, writeAssets } = await import('./publish/assets.mjs');
  const { slidesIndex, slidesPage } = await import('./publish/slides.mjs');
  const executed = await executeLectures(names, { size, again: options.again === true });
  const lectures = names.map(lectureOf);
  const pages = lectures.map((lecture) => ({
    file: `${lecture.name}.html`,
    html: slidesPage(
      lecture,
      /** @type {NonNullable<ReturnType<typeof executed.get>>} */ (executed.get(lecture.name)),
      lectures,
    ),
  }));
  emptyFolder(out, '--out');
  mkdirSync(path.join(out, 'assets'));
  await writeAssets(path.join(out, 'assets'), 'slides');
  for (const { file, html } of pages) writeFileSync(path.join(out, file), html);
  writeFileSync(path.join(out, 'index.html'), slidesIndex(lectures));
  say(
    `Slides of ${names.length} ${names.length === 1 ? 'lecture' : 'lectures'} in ${out}: open ${pathToFileURL(path.join(out, 'index.html'))}`,
  );
  return 0;
}

await runMain(async () => {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run slides',
    words: 'lectures',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  if (options.export) {
    const live = Object.keys(ofStart).find((name) => options[name] !== undefined);
    if (live)
      throw new UserError(`--${live} is for slides in JupyterLab: leave it out, or leave out --export.`);
    return exportSlides(words, options);
  }
  const only = forExport.find((name) => options[name] !== undefined);
  if (only) throw new UserError(`--${only} is for slides that are written: add --export.`);
  if (words.length !== 1) throw new UserError('Say which one lecture: `npm run slides -- 05`.');
  const [name] = chosenLectures(words);
  return openLecture(
    { ...options, notebook: name },
    {
      address: (notebook) => `/rise/notebooks/${notebook}`,
      hint: 'Space goes on. Click into a cell, then Ctrl+Enter runs it and stays; Esc, then Space goes on.',
    },
  );
});
