/** Everything that the library exports is documented, and `npm run docs` makes pages of it whose links lead somewhere. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as batchnorm from 'batchnorm';
import * as batchnormImages from 'batchnorm/images';
import * as batchnormTfjs from 'batchnorm/tfjs';
import { describe, expect, test } from 'vitest';
import { readApi, readDocstring } from '../../scripts/support/api.mjs';
import { pagesOfLibrary, prose } from '../../scripts/support/apiPages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = readApi(join(root, 'lib/src/index.ts'));
const tfjs = readApi(join(root, 'lib/src/tfjs/index.ts'));
const images = readApi(join(root, 'lib/src/images/index.ts'));

describe('the exports', () => {
  test('are all found', () => {
    const isValue = (one: { kind: string }) => one.kind !== 'interface' && one.kind !== 'type';
    const values = (exported: { name: string; kind: string }[]) =>
      exported.filter(isValue).map(({ name }) => name);
    expect(values(main).sort()).toEqual(Object.keys(batchnorm).sort());
    expect(values(tfjs).sort()).toEqual(Object.keys(batchnormTfjs).sort());
    expect(values(images).sort()).toEqual(Object.keys(batchnormImages).sort());
  });
});

describe('every export', () => {
  const all = [...main, ...tfjs, ...images];
  const list = (exports: typeof all) => exports.map(({ name, file, line }) => `${name} (${file}:${line})`);

  test('has a docstring', () => {
    expect(list(all.filter(({ doc }) => !doc || doc.text === ''))).toEqual([]);
  });

  test('that can be called has an example; the examples run in examples.test.ts', () => {
    const callable = all.filter(({ kind }) => kind === 'function' || kind === 'class');
    const hasExample = ({ doc }: (typeof all)[number]) =>
      doc?.tags.some(({ tag, text }) => tag === 'example' && text !== '');
    expect(list(callable.filter((one) => !hasExample(one)))).toEqual([]);
  });
});

describe('the API reference', () => {
  const pages = pagesOfLibrary(root, readApi);

  test('has every name, and links that lead somewhere', () => {
    const headings = new Map(
      [...pages].map(([page, text]) => [
        page,
        new Set([...text.matchAll(/^## (.*)$/gm)].map((match) => match[1].toLowerCase())),
      ]),
    );
    for (const { name } of [...main, ...tfjs, ...images])
      expect(pages.get('README.md')).toContain(`| [${name}](`);
    for (const [page, text] of pages) {
      const outsideOfCode = text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
      for (const [, target] of outsideOfCode.matchAll(/\]\(([^)\s]+)\)/g)) {
        const [file, anchor] = target.split('#');
        if (pages.has(file)) {
          if (anchor) expect(headings.get(file), `${page}: ${target}`).toContain(anchor);
        } else expect(existsSync(join(root, 'docs/api', file)), `${page}: ${target}`).toBe(true);
      }
    }
  });

  test('shows the signature without the body, and the docstring', () => {
    const page = pages.get('whitening.md');
    expect(page).toContain('function whiten(');
    expect(page).toContain('Throws: RangeError for wrong lengths, m = 1');
    expect(page).not.toContain('checkOptions(');
  });

  test('makes code of formulas that are set in, and leaves lists and HTML-like text readable', () => {
    expect(prose('A:\n\n  y = x <b>\n\n  z\n\nB <b> `<c>`:\n\n- one\n  more\n- two')).toBe(
      'A:\n\n```text\ny = x <b>\n\nz\n```\n\nB &lt;b> `<c>`:\n\n- one\n  more\n- two',
    );
  });

  test('reads a docstring into its text and its tags', () => {
    const doc = readDocstring(
      '*\n * What it does.\n *\n *   y = x\n * @param x one\n *   more\n * @throws never\n ',
    );
    expect(doc.text).toBe('What it does.\n\n  y = x');
    expect(doc.tags).toEqual([
      { tag: 'param', text: 'x one\n  more' },
      { tag: 'throws', text: 'never' },
    ]);
  });
});
