// @ts-check
// A lecture as slides that stand alone: reveal.js with our cells, cut where the cells' `slideshow` metadata says.
import { cellHtml, slideType } from './cells.mjs';
import { whole } from './execute.mjs';
import { escapeHtml, newPage, render } from './markdown.mjs';

/** @typedef {import('./lecture.mjs').Lecture} Lecture */
/** @typedef {import('./execute.mjs').ExecutedCell} ExecutedCell */
/** With a figure under it, more lines of code would push the figure off the slide. */
const longestCode = 5;

/** @typedef {{ parts: string[], notes: string[] }} Slide what is on it, and what the speaker reads */

/**
 * A lecture's slides: columns of slides, the first of each a slide, the others its subslides.
 * @param {import('./execute.mjs').Executed} notebook
 * @param {import('./markdown.mjs').Page} page
 * @returns {Slide[][]}
 */
export function slidesOf(notebook, page) {
  /** @type {Slide[][]} */
  const columns = [];
  // A cell that goes on is uncovered with the one before it.
  let inFragment = false;
  for (const cell of notebook.cells) {
    const type = slideType(cell);
    if (type === 'skip') continue;
    if (type === 'notes') {
      columns
        .at(-1)
        ?.at(-1)
        ?.notes.push(render(whole(cell.source), page));
      continue;
    }
    if (type !== '-') inFragment = type === 'fragment';
    const html = cellHtml(cell, notebook, page, longestCode);
    const slide = columns.at(-1)?.at(-1);
    if (type === 'slide' || !slide) columns.push([{ parts: [html], notes: [] }]);
    else if (type === 'subslide') columns.at(-1)?.push({ parts: [html], notes: [] });
    else slide.parts.push(inFragment ? `<div class="fragment">${html}</div>` : html);
  }
  return columns;
}

/** @param {Slide} slide */
function section({ parts, notes }) {
  const aside = notes.length > 0 ? `<aside class="notes">${notes.join('\n')}</aside>` : '';
  return `<section><div class="page">${parts.join('\n')}</div>${aside}</section>`;
}

/**
 * @param {Lecture} lecture @param {import('./execute.mjs').Executed} notebook
 * @param {Lecture[]} lectures those that have slides beside it
 * @returns {string} the page
 */
export function slidesPage(lecture, notebook, lectures) {
  const page = newPage(`notebooks/${lecture.name}.ipynb`, (href) => {
    const [, stem] = /^([^/#]+)\.ipynb/.exec(href) ?? [];
    return lectures.some(({ name }) => name === stem) ? `${stem}.html` : undefined;
  });
  const columns = slidesOf(notebook, page).map((column) =>
    column.length === 1 ? section(column[0]) : `<section>\n${column.map(section).join('\n')}\n</section>`,
  );
  const title = `${lecture.number} ${lecture.title}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Batchnorm Lab</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/slides.css">
<script src="assets/plotly.min.js" defer></script>
<script src="assets/slides.js" defer></script>
</head>
<body>
<main class="reveal" aria-label="${escapeHtml(title)}">
<div class="slides">
${columns.join('\n')}
</div>
</main>
</body>
</html>
`;
}

/** The list of the slide shows, and the keys. @param {Lecture[]} lectures @returns {string} */
export function slidesIndex(lectures) {
  const items = lectures.map(
    ({ name, number, title }) => `<li><a href="${name}.html">${number} ${escapeHtml(title)}</a></li>`,
  );
  const keys = [
    ['Space', 'on, one step at a time'],
    ['Shift+Space', 'back'],
    ['S', 'the speaker’s window: notes, the next slide, a clock (the browser must allow the pop-up)'],
    ['O or Esc', 'all slides at a glance'],
    ['F', 'the whole screen'],
    ['B', 'a black screen'],
  ].map(([key, what]) => `<tr><th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Batchnorm Lab: slides</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/slides.css">
</head>
<body>
<main class="list">
<h1>Batchnorm Lab: slides</h1>
<ul>${items.join('')}</ul>
<h2>Keys</h2>
<table>${keys.join('')}</table>
</main>
</body>
</html>
`;
}
