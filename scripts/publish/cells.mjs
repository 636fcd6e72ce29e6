// @ts-check
// The cells of an executed lecture as HTML, for the site and for the slides.
import { whole } from './execute.mjs';
import { addText, escapeHtml, highlight, render } from './markdown.mjs';

/** @typedef {import('./execute.mjs').Output} Output */
/** @typedef {import('./execute.mjs').Executed} Executed */
/** @typedef {import('./execute.mjs').ExecutedCell} ExecutedCell */
/** @typedef {import('./markdown.mjs').Page} Page */

/** What a cell is on a slide: a slide, a subslide, a fragment, skip, notes, or '-': it goes on.
 * @param {ExecutedCell} cell @returns {string} */
export const slideType = (cell) => String(cell.metadata.slideshow?.slide_type ?? '-');

/** @param {ExecutedCell} cell @param {string} tag */
const hasTag = (cell, tag) => Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);

const plotly = 'application/vnd.plotly.v1+json';
const widgetView = 'application/vnd.jupyter.widget-view+json';
const widgetState = 'application/vnd.jupyter.widget-state+json';

/** JSON that may stand inside of a script element. @param {unknown} value */
export const jsonInHtml = (value) => JSON.stringify(value).replace(/</g, '\\u003c');

/**
 * A figure: drawn by Plotly where scripts run, by its own static picture on paper and where they do not.
 * @param {Record<string, any>} data @param {Record<string, any>} metadata @param {Page} page
 */
function figure(data, metadata, page) {
  const summary = whole(data['text/plain']).trim();
  const alt = String(metadata.alt ?? metadata['image/svg+xml']?.alt ?? summary);
  addText(page, `${data[plotly].layout?.title?.text ?? ''} ${summary}`);
  const { height = 500 } = data[plotly].layout ?? {};
  const described =
    alt === summary
      ? ''
      : `<details class="described"><summary>What the figure shows, in words</summary><p>${escapeHtml(alt)}</p></details>`;
  return `<figure class="plot" style="--height: ${Number(height)}px">
<div class="scroll"><div class="drawn" role="img" aria-label="${escapeHtml(alt)}"></div><div class="still">${whole(data['image/svg+xml'])}</div></div>
<script type="application/json">${jsonInHtml(data[plotly])}</script>
<figcaption><p>${escapeHtml(summary)}</p>${described}</figcaption>
</figure>`;
}

/** One output as HTML; '' for what says nothing on paper. @param {Output} output @param {Page} page @returns {string} */
function outputHtml(output, page) {
  if (output.output_type === 'stream') {
    addText(page, whole(output.text));
    return `<pre class="printed">${escapeHtml(whole(output.text).trimEnd())}</pre>`;
  }
  const { data = {}, metadata = {} } = output;
  if (data[plotly]) return figure(data, metadata, page);
  const html = whole(data['text/html']);
  // How far a run was, which is over.
  if (html.includes('<progress')) return '';
  if (html !== '') {
    addText(page, whole(data['text/plain']));
    return `<div class="scroll shown">${html.replaceAll(' role="status"', '')}</div>`;
  }
  const alt = (/** @type {string} */ mime) =>
    escapeHtml(String(metadata[mime]?.alt ?? metadata.alt ?? whole(data['text/plain'])));
  if (data['image/svg+xml']) return `<div class="scroll">${whole(data['image/svg+xml'])}</div>`;
  for (const mime of ['image/png', 'image/jpeg'])
    if (data[mime])
      return `<p><img src="data:${mime};base64,${whole(data[mime]).replace(/\s/g, '')}" alt="${alt(mime)}"></p>`;
  if (data['text/markdown']) return render(whole(data['text/markdown']), page);
  const plain = whole(data['text/plain']);
  addText(page, plain);
  return plain === '' ? '' : `<pre class="printed">${escapeHtml(plain)}</pre>`;
}

/** Printed lines that follow each other come in one piece. @param {Output[]} outputs @returns {Output[]} */
function joined(outputs) {
  /** @type {Output[]} */
  const all = [];
  for (const output of outputs) {
    const last = all.at(-1);
    if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name)
      all[all.length - 1] = { ...last, text: whole(last.text) + whole(output.text) };
    else all.push(output);
  }
  return all;
}

/**
 * What a live cell's widget shows before anything is moved.
 * @param {Executed} notebook @param {Output} output @param {Page} page
 * @returns {string | undefined}
 */
function firstState(notebook, output, page) {
  const id = output.data?.[widgetView]?.model_id;
  const models = notebook.metadata.widgets?.[widgetState]?.state ?? {};
  if (!id || !models[id]) return undefined;
  /** @type {any[]} */
  const found = [];
  const walk = (/** @type {string} */ name) => {
    const state = models[name]?.state;
    if (!state) return;
    found.push(state);
    for (const child of state.children ?? []) walk(String(child).replace('IPY_MODEL_', ''));
  };
  walk(id);
  const controls = found
    .filter((state) => state.description)
    .map((state) => {
      const value = state._options_labels ? state._options_labels[state.index] : state.value;
      return typeof value === 'boolean' || ['string', 'number'].includes(typeof value)
        ? `${state.description}: ${value === true ? 'on' : value === false ? 'off' : value}`
        : '';
    })
    .filter((text) => text !== '');
  const outputs = found.flatMap((state) => (Array.isArray(state.outputs) ? state.outputs : []));
  const drawn = joined(outputs).map((each) => outputHtml(each, page));
  const at = controls.length > 0 ? ` Shown here with ${escapeHtml(controls.join(', '))}.` : '';
  return `<p class="lab-only"><strong>Live in the lab:</strong> sliders move this figure.${at} To move them, open the lecture
with <code>npm start</code> and run the cell.</p>\n${drawn.join('\n')}`;
}

/** @param {string} source @param {Page} page */
export function codeHtml(source, page) {
  addText(page, source);
  return `<pre class="code"><code>${highlight(source)}</code></pre>`;
}

/**
 * One cell; '' when a reader gets nothing of it.
 * @param {ExecutedCell} cell @param {Executed} notebook @param {Page} page
 * @param {number} [lines] a figure's code is folded away when it is longer
 * @returns {string}
 */
export function cellHtml(cell, notebook, page, lines = Number.POSITIVE_INFINITY) {
  const source = whole(cell.source);
  if (cell.cell_type === 'markdown') return `<div class="text">${render(source, page)}</div>`;
  if (cell.cell_type !== 'code') return '';
  const exercise = hasTag(cell, 'exercise');
  // An exercise stands unsolved in the notebook, and its check has found that: of no use to a reader.
  const outputs = exercise
    ? [
        '<p class="lab-only"><strong>Your turn:</strong> solve it in the lab (<code>npm start</code>); the check under the cell names the mistake.</p>',
      ]
    : joined(cell.outputs ?? []).map(
        (output) => firstState(notebook, output, page) ?? outputHtml(output, page),
      );
  const shown = outputs.filter((each) => each !== '').join('\n');
  const code = codeHtml(source, page);
  const long = shown.includes('<figure') && source.split('\n').length > lines;
  const folded = long ? `<details class="folded"><summary>The code</summary>${code}</details>` : code;
  return `<div class="cell${exercise ? ' exercise' : ''}">\n${folded}\n${shown === '' ? '' : `<div class="output">${shown}</div>`}\n</div>`;
}
