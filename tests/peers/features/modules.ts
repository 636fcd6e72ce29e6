/** Imports and packages. */
import { feature, type Group, shows } from '../feature.js';
import { type Session, shown } from '../session.js';

const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({ name, version: '1.0.0', main: './index.js', ...more });

const installed = {
  'package.json': JSON.stringify({
    dependencies: { 'only-esm': '1.0.0', 'only-cjs': '1.0.0', untyped: '1.0.0', 'late-package': '1.0.0' },
  }),
  'node_modules/only-esm/package.json': manifest('only-esm', {
    type: 'module',
    main: undefined,
    exports: { '.': { types: './index.d.ts', import: './index.js' } },
  }),
  'node_modules/only-esm/index.js': 'export const six = 6;',
  'node_modules/only-esm/index.d.ts': 'export declare const six: number;',
  'node_modules/only-cjs/package.json': manifest('only-cjs', { types: './index.d.ts' }),
  'node_modules/only-cjs/index.js': 'exports.seven = 7;',
  'node_modules/only-cjs/index.d.ts': 'export declare const seven: number;',
  'node_modules/untyped/package.json': manifest('untyped'),
  'node_modules/untyped/index.js': 'module.exports = { eight: 8 };',
};

/** What `npm install` adds while the kernel runs. */
const late = {
  'node_modules/late-package/package.json': manifest('late-package', { types: './index.d.ts' }),
  'node_modules/late-package/index.js': 'exports.nine = 9;',
  'node_modules/late-package/index.d.ts': 'export declare const nine: number;',
};

/** True when the cell, in one of these spellings, shows the text. */
async function oneShows(kernel: Session, text: string, cells: string[]): Promise<boolean> {
  for (const cell of cells) {
    const run = await kernel.run(cell);
    if (run.status === 'ok' && (run.text ?? run.stdout).includes(text)) return true;
  }
  return false;
}

export const modules: Group = {
  title: 'Modules',
  files: { typescript: installed, javascript: installed },
  features: [
    feature('`await` at top level', {
      typescript: shows('42', 'const waited1 = await Promise.resolve(42);\nwaited1'),
      python: shows('42', 'import asyncio\nawait asyncio.sleep(0, 42)'),
    }),
    feature('`for await` at top level', {
      typescript: shows(
        '3',
        'let sum1 = 0;\nfor await (const each of [Promise.resolve(1), Promise.resolve(2)]) sum1 += each;\nsum1',
      ),
      python: shows(
        '3',
        'async def both1():\n  yield 1\n  yield 2\nsum1 = 0\nasync for each in both1(): sum1 += each\nsum1',
      ),
    }),
    feature('Static `import`', {
      typescript: shows(/^'?"?b"?'?$/, 'import { basename } from "node:path";', 'basename("/a/b")'),
      python: shows("'b'", 'from os.path import basename', 'basename("/a/b")'),
    }),
    feature('Dynamic `import()`', {
      typescript: shows(/^'?"?b"?'?$/, 'const path1 = await import("node:path");\npath1.basename("/a/b")'),
      javascript: shows(/'b'/, 'import("node:path").then((path) => path.basename("/a/b"))'),
      python: shows("'b'", 'import importlib\nimportlib.import_module("os.path").basename("/a/b")'),
    }),
    feature('`require()`', {
      typescript: async (kernel) =>
        oneShows(kernel, 'b', [
          'require("path").basename("/a/b") as string',
          'require("path").basename("/a/b")',
        ]),
      python: null,
    }),
    feature('A package that has only ES modules', {
      typescript: async (kernel) => {
        return oneShows(kernel, '6', ['import { six } from "only-esm";\nsix', 'require("only-esm").six']);
      },
      python: null,
    }),
    feature('A CommonJS package', {
      typescript: async (kernel) => {
        return oneShows(kernel, '7', [
          'import { seven } from "only-cjs";\nseven',
          'import cjs from "only-cjs";\ncjs.seven',
          'require("only-cjs").seven',
        ]);
      },
      python: null,
    }),
    feature('A package without types', {
      typescript: async (kernel) => {
        return oneShows(kernel, '8', [
          'import untyped from "untyped";\nuntyped.eight',
          'import * as untyped from "untyped";\nuntyped.eight',
          'require("untyped").eight',
        ]);
      },
      python: null,
    }),
    feature('A package that is installed while the kernel runs', {
      typescript: async (kernel) => {
        const spellings = ['import { nine } from "late-package";\nnine', 'require("late-package").nine'];
        for (const cell of spellings) await kernel.run(cell);
        kernel.write(late);
        return oneShows(kernel, '9', spellings);
      },
      python: async (kernel) => {
        await kernel.run('import late_package');
        kernel.write({ 'late_package/__init__.py': 'nine = 9' });
        return (await kernel.shown('import late_package\nlate_package.nine')) === '9';
      },
    }),
    feature('A package is fetched by the import that names it (`npm:ms@2.1.3`)', {
      typescript: (kernel) =>
        kernel.another({ files: { 'deno.json': '{}' } }, async (other) => {
          const run = await other.run('import ms from "npm:ms@2.1.3";\nms("2s")', {}, 30_000);
          return run.status === 'ok' && /2000/.test(shown(run));
        }),
      javascript: async (kernel) => {
        const run = await kernel.run('import("npm:ms@2.1.3").then((ms) => ms.default("2s"))');
        return run.status === 'ok' && /2000/.test(run.text ?? '');
      },
      python: null,
    }),
  ],
};
