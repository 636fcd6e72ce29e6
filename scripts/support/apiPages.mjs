// @ts-check
// The API reference as Markdown pages: one for each source file that declares exported names, and a list of all names.
import path from 'node:path';
import { moduleDocstring } from './api.mjs';

/**
 * @typedef {import('./api.mjs').Export} Export
 * @typedef {import('./api.mjs').Docstring} Docstring
 */

/** Text outside of code: what would be read as HTML is not HTML.
 * @param {string} text */
const safe = (text) =>
  text.replace(/`[^`\n]*`|<(?=[a-zA-Z/!])/g, (found) => (found === '<' ? '&lt;' : found));

/**
 * A docstring's text as Markdown: lines that are set in, which hold formulas, become code.
 * @param {string} text
 */
export function prose(text) {
  /** @type {string[]} */
  const out = [];
  let inCode = false;
  let inList = false;
  for (const line of text.split('\n')) {
    const isSetIn = /^ {2,}\S/.test(line) && !inList;
    if (/^[-*\d]+\.? /.test(line)) inList = true;
    else if (!/^ /.test(line)) inList = false;
    if (isSetIn && !inCode) {
      if (out.at(-1) !== '') out.push('');
      out.push('```text');
      inCode = true;
    } else if (inCode && !isSetIn && line !== '') {
      // an empty line may stand between two formulas
      while (out.at(-1) === '') out.pop();
      out.push('```', '');
      inCode = false;
    }
    out.push(inCode ? line.replace(/^ {2}/, '') : safe(line));
  }
  if (inCode) out.push('```');
  return out.join('\n').trim();
}

/** The first sentence of a docstring, in one line, for a table.
 * @param {Docstring | null} doc */
function summary(doc) {
  const [paragraph] = (doc?.text ?? '').split(/\n\s*\n|\n {2,}/);
  const line = paragraph.replace(/\s+/g, ' ').trim();
  const sentence = /^.*?[.:](?= |$)/.exec(line)?.[0] ?? line;
  return safe(sentence.replace(/:$/, '.')).replace(/\|/g, '\\|');
}

/** @param {Docstring | null} doc */
function docMarkdown(doc) {
  if (!doc) return '';
  const of = (/** @type {string} */ tag) => doc.tags.filter((one) => one.tag === tag).map(({ text }) => text);
  const line = (/** @type {string} */ text) => safe(text.replace(/\s*\n\s*/g, ' '));
  const parts = [prose(doc.text)];
  const params = of('param').map((text) => {
    const [, name, rest] = /^(\S+)\s*(.*)$/s.exec(text) ?? ['', text, ''];
    return `- \`${name}\`: ${line(rest)}`;
  });
  if (params.length > 0) parts.push(`Parameters:\n\n${params.join('\n')}`);
  for (const text of of('returns')) parts.push(`Returns: ${line(text)}`);
  for (const text of of('throws')) parts.push(`Throws: ${line(text)}`);
  for (const text of of('example')) parts.push(`\`\`\`ts\n${text}\n\`\`\``);
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The page of a source file: `experiments/biasDrift.ts` has `experiments-biasDrift.md`.
 * @param {string} file
 * @param {string} source */
const pageName = (file, source) =>
  `${path
    .relative(source, file)
    .replace(/\.ts$/, '')
    .split(path.sep)
    .join('-')
    .replace(/^index$/, 'batchnorm')}.md`;

/** GitHub's name for a heading.
 * @param {string} name */
const anchor = (name) => name.toLowerCase();

/**
 * @param {{ title: string, exports: Export[] }[]} packages
 * @param {string} source the folder of the sources, `lib/src`
 * @param {string} toSource the way from the pages' folder to it, for links
 * @returns {Map<string, string>} the text of each page, by its file name
 */
export function apiPages(packages, source, toSource) {
  const all = packages.flatMap((one) => one.exports);
  const home = new Map(all.map((one) => [one.name, `${pageName(one.file, source)}#${anchor(one.name)}`]));
  /** @type {Map<string, string>} */
  const pages = new Map();
  for (const file of [...new Set(all.map((one) => one.file))].sort()) {
    const within = path.relative(source, file).split(path.sep).join('/');
    const about = moduleDocstring(file);
    const own = all.filter((one) => one.file === file);
    const sections = own.map((one) => {
      const link = `[${within}, line ${one.line}](${toSource}/${within}#L${one.line})`;
      const words = new Set(
        `${one.signature} ${one.members.map((m) => m.signature).join(' ')}`.match(/\w+/g),
      );
      const others = [...words].filter((word) => word !== one.name && home.has(word)).sort();
      const see = others.map((word) => `[${word}](${home.get(word)})`).join(', ');
      const members = one.members.map(({ signature, doc }) =>
        `\`\`\`ts\n${signature}\n\`\`\`\n\n${docMarkdown(doc)}`.trim(),
      );
      return [
        `## ${one.name}`,
        `\`\`\`ts\n${one.signature}\n\`\`\``,
        docMarkdown(one.doc),
        ...members,
        `${see ? `Uses ${see}. ` : ''}Source: ${link}.`,
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    });
    const head = about ? `\n${prose(about.text)}\n` : '';
    pages.set(
      pageName(file, source),
      `# ${within}\n\n[All names](README.md)\n${head}\n${sections.join('\n\n')}\n`,
    );
  }
  const tables = packages.map(({ title, exports }) => {
    const rows = exports.map(
      (one) => `| [${one.name}](${home.get(one.name)}) | ${one.kind} | ${summary(one.doc)} |`,
    );
    return `## ${title}\n\n| name | what it is | |\n|---|---|---|\n${rows.join('\n')}`;
  });
  pages.set(
    'README.md',
    `# API reference\n\nMade by \`npm run docs\` from the docstrings; do not edit. The derivations are in [formulas.md](../formulas.md).\n\n${tables.join('\n\n')}\n`,
  );
  return pages;
}

/**
 * @param {string} root the checkout
 * @param {(entry: string) => Export[]} read
 * @returns {Map<string, string>}
 */
export function pagesOfLibrary(root, read) {
  const source = path.join(root, 'lib', 'src');
  return apiPages(
    [
      { title: 'batchnorm', exports: read(path.join(source, 'index.ts')) },
      { title: 'batchnorm/tfjs', exports: read(path.join(source, 'tfjs', 'index.ts')) },
      { title: 'batchnorm/images', exports: read(path.join(source, 'images', 'index.ts')) },
    ],
    source,
    '../../lib/src',
  );
}
