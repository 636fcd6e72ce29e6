// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// What a page of the site does in the browser: figures, and the search over all pages. Bundled to one plain script, since a
// page that is opened from a file may load no modules.
import MiniSearch from 'minisearch';
import { indexOptions, tokens } from '../tokens.mjs';
import { drawWhenSeen, scrollable } from './plots.mjs';

/** @type {any} */
const global = window;
const top = document.documentElement.dataset.top ?? '';

/** @type {Promise<MiniSearch> | undefined} */
let index;

/** The index is a script of its own, loaded when somebody wants to search. */
function loadIndex() {
  index ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${top}assets/search-index.js`;
    script.onload = () => resolve(MiniSearch.loadJS(global.searchIndex, indexOptions));
    script.onerror = () => reject(new Error('The search index could not be loaded.'));
    document.head.append(script);
  });
  return index;
}

/** Some words of the text around the first term that was found. @param {string} text @param {string[]} terms */
function excerpt(text, terms) {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term.toLowerCase())).filter((place) => place >= 0);
  const start = places.length > 0 ? Math.max(0, Math.min(...places) - 60) : 0;
  return `${start > 0 ? '…' : ''}${text.slice(start, start + 180)}${text.length > start + 180 ? '…' : ''}`;
}

/** The text with the terms marked. @param {string} text @param {string[]} terms */
function marked(text, terms) {
  const escaped = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pieces = terms.length > 0 ? text.split(new RegExp(`(${escaped.join('|')})`, 'giu')) : [text];
  return pieces.map((piece, i) => {
    if (i % 2 === 0) return document.createTextNode(piece);
    const mark = document.createElement('mark');
    mark.textContent = piece;
    return mark;
  });
}

function setUpSearch() {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById('search'));
  const results = document.getElementById('results');
  const status = document.getElementById('search-status');
  if (!field || !results || !status) return;
  const close = () => {
    results.hidden = true;
    results.replaceChildren();
    status.textContent = '';
  };
  const show = async () => {
    const query = field.value.trim();
    if (query === '') {
      close();
      return;
    }
    let found;
    try {
      found = (await loadIndex()).search(query);
    } catch (error) {
      status.textContent = String(error);
      return;
    }
    if (field.value.trim() !== query) return;
    const list = document.createElement('ol');
    for (const { title, text, page, href, terms, queryTerms } of found.slice(0, 20)) {
      const link = document.createElement('a');
      link.href = top + href;
      const [where, what] = [document.createElement('span'), document.createElement('strong')];
      where.className = 'where';
      where.textContent = page;
      const all = [...new Set([...tokens(query), ...terms, ...queryTerms])];
      what.append(...marked(title, all));
      const words = document.createElement('span');
      words.className = 'words';
      words.append(...marked(excerpt(text, all), all));
      link.append(where, what, words);
      const item = document.createElement('li');
      item.append(link);
      list.append(item);
    }
    const more = found.length > 20 ? ', the best 20 are shown' : '';
    status.textContent =
      found.length === 0
        ? `Nothing found for “${query}”.`
        : `${found.length} ${found.length === 1 ? 'section' : 'sections'} found${more}.`;
    results.replaceChildren(list);
    results.hidden = found.length === 0;
  };
  field.addEventListener('focus', () => void loadIndex().catch(() => undefined));
  field.addEventListener('input', () => void show());
  field.form?.addEventListener('submit', (event) => {
    event.preventDefault();
    results.querySelector('a')?.click();
  });
  // A result of the page that is open already only scrolls: the list must go.
  results.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('a')) close();
  });
  document.addEventListener('keydown', (event) => {
    const writing =
      event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === 'Escape' && !results.hidden) {
      close();
      field.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const links = [...results.querySelectorAll('a')];
      const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
      if (results.hidden || (at < 0 && document.activeElement !== field)) return;
      event.preventDefault();
      const next = at + (event.key === 'ArrowDown' ? 1 : -1);
      if (next < 0) field.focus();
      else links[Math.min(next, links.length - 1)]?.focus();
    }
  });
}

// Where there is one column, the list of contents would stand between the reader and the text.
const list = document.querySelector('.columns > nav details');
if (list instanceof HTMLDetailsElement && matchMedia('(max-width: 60rem)').matches) list.open = false;

drawWhenSeen();
scrollable();
setUpSearch();
