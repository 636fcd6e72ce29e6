// @ts-check
// The pages of the site.

import { cellHtml, jsonInHtml, slideType } from './cells.mjs';
import { whole } from './execute.mjs';
import { escapeHtml, newPage, render, renderInline } from './markdown.mjs';
import { parts, paths } from './series.mjs';

/** @typedef {import('./lecture.mjs').Lecture} Lecture */
/** @typedef {import('./markdown.mjs').Page} Page */
/** @typedef {{ name: string, title: string, source: string }} Doc a document of docs/ */
/** @typedef {{ file: string, html: string, title: string, page: Page }} Written */

/**
 * What every page knows of the site.
 * @typedef {object} Site
 * @property {Lecture[]} lectures
 * @property {Doc[]} docs
 * @property {boolean} pdf whether each lecture has a PDF beside it
 */

const label = (/** @type {Lecture} */ { number, title }) => `${number} ${title}`;

/** Where a link of a notebook or a document leads on the site. @param {Site} site @returns {Page['link']} */
export const linkOn = (site) => (href) => {
  const [, stem, ending, anchor = ''] = /^(?:.*\/)?([^/#]+)\.(ipynb|md)(#.*)?$/.exec(href) ?? [];
  const known =
    ending === 'ipynb'
      ? site.lectures.some(({ name }) => name === stem)
      : site.docs.some(({ name }) => name === stem);
  return known ? `${stem}.html${anchor}` : undefined;
};

/**
 * @param {{ title: string, main: string, site: Site, plots?: boolean, file: string }} about
 * @returns {string}
 */
function shell({ title, main, site, plots = false, file }) {
  const places = [
    { href: 'index.html', text: 'Lectures' },
    ...site.docs.map((doc) => ({ href: `${doc.name}.html`, text: doc.title })),
  ];
  const links = places.map(
    ({ href, text }) =>
      `<li><a href="${href}"${href === file ? ' aria-current="page"' : ''}>${escapeHtml(text)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en" data-top="">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/site.css">
${plots ? '<script src="assets/plotly.min.js" defer></script>\n' : ''}<script src="assets/site.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a href="index.html">Batchnorm Lab</a>
<nav aria-label="Site"><ul>${links.join('')}</ul></nav>
<search>
<form role="search"><label for="search">Search</label><input id="search" type="search" autocomplete="off" placeholder="press /" aria-controls="results"></form>
<div class="found"><p id="search-status" role="status"></p><div id="results" hidden></div></div>
</search>
</header>
${main}
<footer>Code: MIT. Text and figures: CC BY 4.0. Made from the lectures of Batchnorm Lab, each run from top to bottom.</footer>
</body>
</html>
`;
}

/** @param {Page} page @returns {string} the list of a page's sections */
function contents({ sections }) {
  const items = sections
    .filter(({ level }) => level === 2 || level === 3)
    .map(
      ({ id, title, level }) =>
        `<li${level === 3 ? ' class="deeper"' : ''}><a href="#${id}">${escapeHtml(title)}</a></li>`,
    );
  if (items.length === 0) return '<div></div>';
  return `<nav aria-label="On this page"><details open><summary>On this page</summary><ol>${items.join('')}</ol></details></nav>`;
}

/**
 * @param {Lecture} lecture @param {import('./execute.mjs').Executed} notebook @param {Site} site
 * @returns {Written}
 */
export function lecturePage(lecture, notebook, site) {
  const page = newPage(`notebooks/${lecture.name}.ipynb`, linkOn(site));
  const cells = notebook.cells
    .filter((cell) => slideType(cell) !== 'notes')
    .map((cell) => cellHtml(cell, notebook, page));
  const at = site.lectures.indexOf(lecture);
  const [before, after] = [site.lectures[at - 1], site.lectures[at + 1]];
  const pager = [
    before ? `<a rel="prev" href="${before.name}.html">← ${escapeHtml(label(before))}</a>` : '<span></span>',
    after ? `<a rel="next" href="${after.name}.html">${escapeHtml(label(after))} →</a>` : '<span></span>',
  ];
  const pdf = site.pdf ? ` <a href="pdf/${lecture.name}.pdf">This lecture as PDF</a>.` : '';
  const lab = `<p class="about">To run and change it: <code>npm start -- --notebook ${lecture.number}</code>.${pdf}</p>`;
  const file = `${lecture.name}.html`;
  return {
    file,
    title: label(lecture),
    page,
    html: shell({
      title: `${label(lecture)} · Batchnorm Lab`,
      site,
      plots: true,
      file,
      main: `<div class="columns">
${contents(page)}
<main id="content" tabindex="-1">
${cells.filter((each) => each !== '').join('\n')}
${lab}
<nav class="pager" aria-label="Lectures before and after">${pager.join('')}</nav>
</main>
</div>`,
    }),
  };
}

/** @param {Doc} doc @param {Site} site @returns {Written} */
export function docPage(doc, site) {
  const page = newPage(`docs/${doc.name}.md`, linkOn(site));
  const html = render(doc.source, page);
  const file = `${doc.name}.html`;
  return {
    file,
    title: doc.title,
    page,
    html: shell({
      title: `${doc.title} · Batchnorm Lab`,
      site,
      file,
      main: `<div class="columns">\n${contents(page)}\n<main id="content" tabindex="-1">\n${html}\n</main>\n</div>`,
    }),
  };
}

/** @param {Site} site @returns {Written} */
export function homePage(site) {
  const page = newPage('the index', linkOn(site));
  const known = new Map(site.lectures.map((lecture) => [lecture.number, lecture]));
  /** @param {string[]} numbers */
  const there = (numbers) => numbers.flatMap((number) => known.get(number) ?? []);
  const route = paths.map(
    ({ title, about, lectures }) =>
      `<section aria-labelledby="path-${title}"><h3 id="path-${title}">${title}</h3><p>${about}</p><ol>${there(
        lectures,
      )
        .map(
          (lecture) =>
            `<li><a href="${lecture.name}.html" title="${escapeHtml(lecture.title)}" aria-label="${escapeHtml(label(lecture))}">${lecture.number}</a></li>`,
        )
        .join('')}</ol></section>`,
  );
  const entry = (/** @type {Lecture} */ lecture) => {
    const needs = there(lecture.needs).map(
      (other) => `<a href="${other.name}.html" aria-label="${escapeHtml(label(other))}">${other.number}</a>`,
    );
    const after = needs.length > 0 ? `After ${needs.join(', ')}. ` : '';
    return `<li><a href="${lecture.name}.html">${escapeHtml(label(lecture))}</a><p>You will learn ${renderInline(lecture.learn, page)}</p><p class="needs">${after}${renderInline(lecture.time.replace(/^a/, 'A'), page)}</p></li>`;
  };
  const map = parts
    .map(({ title, about, lectures }) => ({ title, about, found: there(lectures) }))
    .filter(({ found }) => found.length > 0)
    .map(
      ({ title, about, found }, i) =>
        `<section aria-labelledby="part-${i}"><h3 id="part-${i}">${title}</h3><p>${about}</p><ul>${found.map(entry).join('')}</ul></section>`,
    );
  const main = `<main id="content" class="home" tabindex="-1">
<h1>Batch normalization, in experiments</h1>
<p class="lead">Interactive lectures: predict what an experiment will show, see what it does show, and find out why. These pages
hold every lecture as it ran. To run and change them, open the lab with <code>npm start</code>.</p>
<h2 id="paths">Reading paths</h2>
<div class="paths">${route.join('')}</div>
<h2 id="map">The lectures</h2>
<div class="parts">${map.join('')}</div>
</main>`;
  return {
    file: 'index.html',
    title: 'Lectures',
    page,
    html: shell({
      title: 'Batchnorm Lab: batch normalization in experiments',
      site,
      main,
      file: 'index.html',
    }),
  };
}

/** The text of the script that holds the index of the search. @param {import('minisearch').default} index */
export const indexScript = (index) => `window.searchIndex = ${jsonInHtml(index.toJSON())};\n`;

/** @param {string} source of a document @returns {string} its title */
export const titleOf = (source) => /^# (.*)$/m.exec(whole(source))?.[1].trim() ?? '';
