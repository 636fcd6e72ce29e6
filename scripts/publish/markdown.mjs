// @ts-check
// Markdown to HTML, with formulas set by KaTeX and code highlighted, all of it when the page is made: a reader's browser
// needs neither network nor a program for it.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import typescript from 'highlight.js/lib/languages/typescript';
import katex from 'katex';
import MarkdownIt from 'markdown-it';
import { UserError } from '../support/report.mjs';

hljs.registerLanguage('typescript', typescript);
hljs.registerLanguage('bash', bash);

/** @param {string} text @returns {string} */
export const escapeHtml = (text) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** @param {string} code @param {string} [language] @returns {string} HTML */
export function highlight(code, language = 'ts') {
  const name = /^(ts|typescript|js|javascript)$/.test(language)
    ? 'typescript'
    : /^(sh|bash|shell)$/.test(language)
      ? 'bash'
      : undefined;
  return name ? hljs.highlight(code, { language: name }).value : escapeHtml(code);
}

/** @param {string} source @param {boolean} displayMode @param {string} where */
function formula(source, displayMode, where) {
  try {
    return katex.renderToString(source, { displayMode, throwOnError: true, strict: 'ignore' });
  } catch (error) {
    throw new UserError(`${where}: the formula ${source} cannot be set: ${error}`);
  }
}

/** A part of a page that search can lead to. @typedef {{ id: string, title: string, level: number, text: string }} Section */

/**
 * What one page's texts have in common.
 * @typedef {object} Page
 * @property {string} where for sentences about faults
 * @property {(href: string) => string | undefined} link where a link leads; undefined: there is no such page here
 * @property {Section[]} sections filled as the page is rendered
 * @property {Map<string, number>} ids
 */

/** @param {string} where @param {Page['link']} link @returns {Page} */
export const newPage = (where, link) => ({ where, link, sections: [], ids: new Map() });

/** GitHub's name for a heading, which links in the documents use. @param {string} title @param {Page} page */
function idOf(title, page) {
  const base =
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .trim()
      .replace(/ /g, '-') || 'section';
  const again = page.ids.get(base) ?? 0;
  page.ids.set(base, again + 1);
  return again === 0 ? base : `${base}-${again}`;
}

/** @typedef {import('markdown-it').Token} Token */

/** The words of some tokens, without their marks. @param {Token[]} tokens @returns {string} */
function words(tokens) {
  return tokens
    .map((token) => {
      if (token.type === 'inline') return words(token.children ?? []);
      if (token.type === 'softbreak' || token.type === 'hardbreak') return ' ';
      if (/^(text|code_inline|fence|code_block|math|math_block)$/.test(token.type)) return token.content;
      return /_close$/.test(token.type) && token.block ? ' ' : '';
    })
    .join('');
}

const markdown = new MarkdownIt({
  html: true,
  highlight: (code, language) => highlight(code, language || 'text'),
});

markdown.inline.ruler.before('escape', 'math', (state, silent) => {
  if (state.src[state.pos] !== '$') return false;
  const rest = state.src.slice(state.pos);
  const found =
    /^\$`([^`]+)`\$/.exec(rest) ??
    /^\$\$([^$]+)\$\$/.exec(rest) ??
    /^\$(?!\s)((?:[^$\\]|\\[\s\S])+?)(?<!\s)\$(?!\d)/.exec(rest);
  if (!found) return false;
  if (!silent) {
    const token = state.push('math', 'math', 0);
    token.content = found[1].trim();
    token.meta = { display: found[0].startsWith('$$') };
  }
  state.pos += found[0].length;
  return true;
});

markdown.block.ruler.before(
  'fence',
  'math_block',
  (state, from, to, silent) => {
    const line = (/** @type {number} */ i) => state.getLines(i, i + 1, state.blkIndent, false).trim();
    const first = line(from);
    if (!first.startsWith('$$')) return false;
    let last = from;
    if (!/^\$\$[\s\S]+\$\$$/.test(first)) {
      do last++;
      while (last < to && !line(last).endsWith('$$'));
      if (last >= to) return false;
    }
    const source = Array.from({ length: last - from + 1 }, (_, i) => line(from + i))
      .join('\n')
      .replace(/^\$\$|\$\$$/g, '');
    // Something stands behind the formula: a paragraph that begins with one.
    if (source.includes('$$')) return false;
    if (silent) return true;
    const token = state.push('math_block', 'math', 0);
    token.content = source.trim();
    token.block = true;
    state.line = last + 1;
    return true;
  },
  { alt: ['paragraph', 'blockquote', 'list'] },
);

const { rules } = markdown.renderer;
/** @param {unknown} env @returns {string} */
const whereOf = (env) => /** @type {{ page: Page }} */ (env).page.where;
rules.math = (tokens, i, _, env) =>
  formula(tokens[i].content, tokens[i].meta?.display === true, whereOf(env));
rules.math_block = (tokens, i, _, env) =>
  `<div class="formula">${formula(tokens[i].content, true, whereOf(env))}</div>\n`;
const { fence } = rules;
rules.fence = (tokens, i, options, env, self) =>
  tokens[i].info.trim() === 'math'
    ? `<div class="formula">${formula(tokens[i].content, true, whereOf(env))}</div>\n`
    : (fence?.(tokens, i, options, env, self) ?? '');
rules.table_open = () => '<div class="scroll"><table>\n';
rules.table_close = () => '</table></div>\n';

/**
 * Renders a text of a page, and notes its sections for the search and the list of contents.
 * @param {string} source @param {Page} page
 * @returns {string} HTML
 */
export function render(source, page) {
  const env = { page };
  const tokens = markdown.parse(source, env);
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open') {
      const title = words([tokens[i + 1]]).trim();
      const id = idOf(title, page);
      token.attrSet('id', id);
      page.sections.push({ id, title, level: Number(token.tag.slice(1)), text: '' });
    } else if (tokens[i - 1]?.type !== 'heading_open') addText(page, words([token]));
    for (const child of token.children ?? []) if (child.type === 'link_open') retarget(child, page);
    unlink(token);
  });
  return markdown.renderer.render(tokens, markdown.options, env);
}

/** @param {Page} page @param {string} text */
export function addText(page, text) {
  const section = page.sections.at(-1);
  const clean = text.replace(/\s+/g, ' ');
  if (section && clean !== '') section.text += section.text === '' ? clean.trimStart() : ` ${clean}`;
}

/** @param {Token} link @param {Page} page */
function retarget(link, page) {
  const href = String(link.attrGet('href') ?? '');
  if (/^(https?:|mailto:|#)/.test(href)) return;
  const target = page.link(href);
  if (target === undefined) link.meta = { dead: true };
  else link.attrSet('href', target);
}

/** A link to what is not on the site becomes its words. @param {Token} token */
function unlink(token) {
  let dead = false;
  token.children = (token.children ?? []).filter((child) => {
    if (child.type === 'link_open' && child.meta?.dead) {
      dead = true;
      return false;
    }
    if (child.type !== 'link_close' || !dead) return true;
    dead = false;
    return false;
  });
}

/** One line of Markdown. @param {string} source @param {Page} page @returns {string} HTML */
export function renderInline(source, page) {
  const env = { page };
  const tokens = markdown.parseInline(source, env);
  for (const token of tokens) {
    for (const child of token.children ?? []) if (child.type === 'link_open') retarget(child, page);
    unlink(token);
  }
  return markdown.renderer.render(tokens, markdown.options, env);
}
