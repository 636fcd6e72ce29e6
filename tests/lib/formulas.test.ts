/** docs/formulas.md names the function and the tests of each formula: they are there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as batchnorm from 'batchnorm';
import { describe, expect, test } from 'vitest';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const text = readFileSync(join(docs, 'formulas.md'), 'utf8');
const sections = text.split(/^## /m).slice(1);

describe.each(sections.map((section) => [section.split('\n')[0], section]))(
  'the formula of %s',
  (_, section) => {
    const code = section.split('\n').find((line) => line.startsWith('- Code: ')) ?? '';
    const tests = section.split('\n').find((line) => line.startsWith('- Tests: ')) ?? '';

    test('is computed by functions that are exported from where it says', () => {
      const named = [...code.matchAll(/\[`(\w+)`\]\(([^)]+)\)/g)];
      expect(named.length).toBeGreaterThan(0);
      for (const [, name, file] of named) {
        expect(Object.keys(batchnorm)).toContain(name);
        expect(readFileSync(join(docs, file), 'utf8')).toMatch(
          new RegExp(`^export (function|async function|class|const) ${name}\\b`, 'm'),
        );
      }
    });

    test('is held by tests of those names', () => {
      const files = [...tests.matchAll(/\]\(([^)]+)\) ((?:"[^"]+"(?:, )?)+)/g)];
      expect(files.length).toBeGreaterThan(0);
      for (const [, file, names] of files) {
        const source = readFileSync(join(docs, file), 'utf8');
        for (const [, name] of names.matchAll(/"([^"]+)"/g))
          expect(source, `${file}: ${name}`).toContain(name);
      }
    });
  },
);

describe('the page', () => {
  test('lists all its sections, and only those', () => {
    const anchor = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replace(/ /g, '-');
    const listed = [...text.matchAll(/^- \[([^\]]+)\]\(#([^)]+)\)$/gm)];
    expect(listed.map(([, name]) => name)).toEqual(sections.map((section) => section.split('\n')[0]));
    for (const [, name, target] of listed) expect(target).toBe(anchor(name));
  });

  test('closes what it opens: formulas, braces', () => {
    const formulas = [
      ...[...text.matchAll(/^```math\n(.*?)^```$/gms)].map((match) => match[1]),
      ...[...text.matchAll(/\$`([^`]+)`\$/g)].map((match) => match[1]),
    ];
    expect(formulas.length).toBeGreaterThan(100);
    for (const formula of formulas) {
      let depth = 0;
      for (const [brace] of formula.replace(/\\[{}]/g, '').matchAll(/[{}]/g)) {
        depth += brace === '{' ? 1 : -1;
        expect(depth, formula).toBeGreaterThanOrEqual(0);
      }
      expect(depth, formula).toBe(0);
      const count = (what: RegExp) => (formula.match(what) ?? []).length;
      expect(count(/\\left\b/g), formula).toBe(count(/\\right\b/g));
      expect(count(/\\begin\b/g), formula).toBe(count(/\\end\b/g));
    }
    // GitHub refuses to show a formula with one of these
    for (const macro of ['operatorname', 'mbox', 'phantom', 'def', 'newcommand', 'href', 'class']) {
      expect(formulas.join('\n')).not.toMatch(new RegExp(`\\\\${macro}\\b`));
    }
    expect((text.match(/\$`/g) ?? []).length).toBe((text.match(/`\$/g) ?? []).length);
  });
});
