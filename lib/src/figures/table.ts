import { escapeXml } from './svgMarks.js';

/** Rows of text under named columns. Numbers are turned into text by whoever knows their unit. */
export interface Table {
  caption?: string;
  columns: string[];
  rows: string[][];
}

/** The table as HTML, in type that is read from the back row. */
export function tableHtml({ caption, columns, rows }: Table): string {
  const cell = (tag: 'td' | 'th', text: string, first: boolean) =>
    `<${tag} style="text-align:${first ? 'left' : 'right'};padding:4px 12px;white-space:nowrap">${escapeXml(text)}</${tag}>`;
  const head = columns.map((text, i) => cell('th', text, i === 0)).join('');
  const body = rows
    .map((row) => `<tr>${row.map((text, i) => cell('td', text, i === 0)).join('')}</tr>`)
    .join('');
  const title = caption
    ? `<caption style="text-align:left;padding:4px 14px;font-weight:bold">${escapeXml(caption)}</caption>`
    : '';
  return `<table style="font-size:17px">${title}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The table as aligned text, for a terminal. */
export function tableText({ caption, columns, rows }: Table): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  const lineOf = (row: string[]) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [...(caption ? [caption] : []), lineOf(columns), rule, ...rows.map(lineOf)].join('\n');
}
