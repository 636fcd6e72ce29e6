import { beforeAll, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { namesFile } from './places.js';

const fixture = useKernel();

/** Packages as they lie about in a student's folder: ES only, CommonJS with `module.exports =`, and one of each kind. */
beforeAll(() => {
  fixture.write({
    'node_modules/only-esm/package.json': JSON.stringify({
      name: 'only-esm',
      version: '1.0.0',
      type: 'module',
      exports: {
        '.': { types: './index.d.ts', import: './index.js' },
        './extra': { types: './extra.d.ts', default: './extra.js' },
      },
    }),
    'node_modules/only-esm/index.js':
      'export default function greet() { return "esm" }\nexport const level = 3;',
    'node_modules/only-esm/index.d.ts':
      'export default function greet(): string;\nexport declare const level: number;\nexport interface Options { on: boolean }',
    'node_modules/only-esm/extra.js': 'export const extra = "extra";',
    'node_modules/only-esm/extra.d.ts': 'export declare const extra: string;',
    'node_modules/old-cjs/package.json': JSON.stringify({
      name: 'old-cjs',
      version: '1.0.0',
      main: 'main.js',
      types: 'main.d.ts',
    }),
    'node_modules/old-cjs/main.js': 'exports.half = (x) => x / 2;\nexports.where = __filename;',
    'node_modules/old-cjs/main.d.ts':
      'export declare function half(x: number): number;\nexport declare const where: string;',
    'node_modules/callable-cjs/package.json': JSON.stringify({
      name: 'callable-cjs',
      version: '1.0.0',
      main: 'main.js',
      types: 'main.d.ts',
    }),
    'node_modules/callable-cjs/main.js':
      'module.exports = function callable() { return "called" };\nmodule.exports.tag = "t";',
    'node_modules/callable-cjs/main.d.ts':
      'declare function callable(): string;\ndeclare namespace callable { const tag: string }\nexport = callable;',
    'node_modules/dual/package.json': JSON.stringify({
      name: 'dual',
      version: '1.0.0',
      exports: {
        import: { types: './index.d.mts', default: './index.mjs' },
        require: { types: './index.d.cts', default: './index.cjs' },
      },
    }),
    'node_modules/dual/index.mjs': 'export const kind = "import";',
    'node_modules/dual/index.d.mts': 'export declare const kind: "import" | "require";',
    'node_modules/dual/index.cjs': 'exports.kind = "require";',
    'node_modules/dual/index.d.cts': 'export declare const kind: "import" | "require";',
    'math.ts':
      'export const square = (x: number): number => x * x;\nexport default "math";\nexport type Unit = "px" | "em";\nexport interface Size { width: number }\nexport let calls = 0;\nexport function count() { return ++calls }',
    'folder/inner.ts':
      'import { square } from "../math.js";\nexport const nine = square(3);\nexport { default as title } from "../math";',
    'settings.json': '{ "rate": 0.5, "name": "settings" }',
    'effect.ts': '(globalThis as any).effects = ((globalThis as any).effects ?? 0) + 1;\nexport {};',
    'plain.js': 'export const plain = "js";',
    'plain.d.ts': 'export declare const plain: string;',
    'throwing.ts':
      'export const before = 1;\n\nfunction fail(): never {\n  throw new Error("thrown while loading");\n}\nfail();',
    'late.ts':
      '/** Three lines of comment,\n * so that lines\n * differ. */\nexport function explode(x: number): number {\n  if (x > 0) throw new RangeError("too big");\n  return x;\n}',
    'cycle-a.ts': 'import { b } from "./cycle-b.js";\nexport const a = () => "a" + b();',
    'cycle-b.ts': 'import { a } from "./cycle-a.js";\nexport const b = () => "b" + typeof a;',
    'waits.ts': 'export const waited = await Promise.resolve("top-level await");',
    'kinds.ts':
      'export enum Kind { A = 1 }\nexport const enum Fast { B = 2 }\nexport namespace Space { export const c = 3 }\nexport class Box { constructor(public value: number) {} }',
  });
});

describe('packages', () => {
  test.each([
    ['a node builtin, named', 'import { join } from "node:path";\njoin("a", "b")', "'a/b'"],
    ['a node builtin, default', 'import fs from "node:fs";\ntypeof fs.readFileSync', "'function'"],
    ['a node builtin, namespace', 'import * as os from "node:os";\ntypeof os.cpus', "'function'"],
    ['a node builtin without its prefix', 'import { basename } from "path";\nbasename("a/b")', "'b'"],
    [
      'an ES package, default and named',
      'import greet, { level } from "only-esm";\ngreet() + level',
      "'esm3'",
    ],
    ['an ES package, namespace', 'import * as esm from "only-esm";\nesm.level', '3'],
    ['an ES package, a subpath', 'import { extra } from "only-esm/extra";\nextra', "'extra'"],
    ['an ES package, renamed', 'import { level as height } from "only-esm";\nheight', '3'],
    ['a CommonJS package, named', 'import { half } from "old-cjs";\nhalf(8)', '4'],
    ['a CommonJS package, namespace', 'import * as old from "old-cjs";\nold.half(6)', '3'],
    [
      'a CommonJS package that is a function, default',
      'import callable from "callable-cjs";\ncallable() + callable.tag',
      "'calledt'",
    ],
    ['a package with both, as an ES package', 'import { kind } from "dual";\nkind', "'import'"],
    [
      'a type and a value together',
      'import { type Options, level as high } from "only-esm";\nconst o: Options = { on: high > 2 };\no.on',
      'true',
    ],
    ['a dynamic import of a package', '(await import("only-esm")).default()', "'esm'"],
    ['a dynamic import of a CommonJS package', '(await import("old-cjs")).half(2)', '1'],
    ['a package of the checkout', 'import { Ajv } from "ajv";\ntypeof Ajv', "'function'"],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('the library of the lectures is imported by its name, with its types', async () => {
    const run = await fixture.kernel.ok('import * as bn from "batchnorm";\nObject.keys(bn).length > 5');
    expect(run.text).toBe('true');
    const wrong = await fixture.kernel.fails('import { noSuchExport } from "batchnorm";');
    expect(wrong.traceback).toContain('noSuchExport');
  });

  test('a package that is not installed is a type error with its line', async () => {
    const run = await fixture.kernel.fails('console.log("no");\nimport { x } from "not-installed-anywhere";');
    expect(run.stdout).toBe('');
    expect(run.traceback).toContain("Cannot find module 'not-installed-anywhere'");
  });

  test('a package that is installed while the kernel runs can be imported', async () => {
    const code = 'import { fresh } from "installed-later";\nfresh';
    await fixture.kernel.fails(code);
    fixture.write({
      'node_modules/installed-later/package.json':
        '{ "name": "installed-later", "type": "module", "types": "i.d.ts", "main": "i.js" }',
      'node_modules/installed-later/i.js': 'export const fresh = "fresh";',
      'node_modules/installed-later/i.d.ts': 'export declare const fresh: string;',
    });
    expect(await fixture.kernel.value(code)).toBe("'fresh'");
  });
});

describe('imports and later cells', () => {
  test('an import of one cell is used in later ones, also when its own cell does not use it', async () => {
    await fixture.kernel.ok(
      'import { resolve as resolvePath } from "node:path";\nimport * as util from "node:util";\nimport assert from "node:assert"',
    );
    expect(await fixture.kernel.value('resolvePath("/a", "b") + typeof util.inspect + typeof assert')).toBe(
      "'/a/bfunctionfunction'",
    );
  });

  test('a type import of one cell is used in later ones', async () => {
    await fixture.kernel.ok('import type { Size, Unit } from "./math.js"');
    expect(
      await fixture.kernel.value(
        'const size: Size = { width: 4 };\nconst unit: Unit = "px";\nsize.width + unit',
      ),
    ).toBe("'4px'");
  });

  test('an import can be assigned to nobody', async () => {
    await fixture.kernel.ok('import { square as imported } from "./math.js"');
    const run = await fixture.kernel.fails('imported = (x: number) => x');
    expect(run.traceback).toMatch(/imported/);
  });

  test('an import is hoisted above the code before it', async () => {
    const code = 'const early = sep.length;\nimport { sep } from "node:path";\nearly';
    expect(await fixture.kernel.value(code)).toBe('1');
  });

  test('a function of an earlier cell uses an import of its cell', async () => {
    await fixture.kernel.ok(
      'import { extname } from "node:path";\nconst ending = (file: string) => extname(file)',
    );
    expect(await fixture.kernel.value('ending("a.ts")')).toBe("'.ts'");
  });
});

describe('local files', () => {
  test.each([
    [
      'by .js, as the sources of the library are written',
      'import { square } from "./math.js";\nsquare(4)',
      '16',
    ],
    ['without an extension', 'import { square as sq } from "./math";\nsq(5)', '25'],
    ['by .ts', 'import { square as s } from "./math.ts";\ns(6)', '36'],
    ['by default', 'import title from "./math.js";\ntitle', "'math'"],
    [
      'in a folder, and what they import',
      'import { nine, title as t } from "./folder/inner.js";\nnine + t',
      "'9math'",
    ],
    ['that are JSON', 'import settings from "./settings.json";\nsettings.rate', '0.5'],
    [
      'that are JSON, with attributes',
      'import more from "./settings.json" with { type: "json" };\nmore.name',
      "'settings'",
    ],
    ['that are JavaScript', 'import { plain } from "./plain.js";\nplain', "'js'"],
    ['in a circle', 'import { a } from "./cycle-a.js";\na()', "'abfunction'"],
    ['with a top-level await', 'import { waited } from "./waits.js";\nwaited', "'top-level await'"],
    [
      'with enums, namespaces and parameter properties',
      'import { Kind, Space, Box } from "./kinds.js";\nKind.A + Space.c + new Box(4).value',
      '8',
    ],
    ['dynamically', '(await import("./math.js")).square(7)', '49'],
    [
      'dynamically, by a computed path',
      `const which: string = "math";\n(await import('./' + which + '.js')).square(8)`,
      '64',
    ],
  ])('%s', async (_how, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('are loaded for their effect alone, and once', async () => {
    await fixture.kernel.ok('import "./effect.js"');
    await fixture.kernel.ok('import "./effect.js"');
    expect(await fixture.kernel.value('(globalThis as any).effects')).toBe('1');
  });

  test('keep one state for all cells, with live bindings', async () => {
    await fixture.kernel.ok('import { count, calls } from "./math.js";\ncount()');
    await fixture.kernel.ok('import { count as again } from "./math";\nagain()');
    expect(await fixture.kernel.value('calls')).toBe('2');
  });

  test('are checked: a wrong argument is an error of the cell', async () => {
    const run = await fixture.kernel.fails('import { square as checked } from "./math.js";\nchecked("text")');
    expect(run.traceback).toContain("Argument of type 'string' is not assignable");
  });

  test('that throw while they load are reported with their own line', async () => {
    const run = await fixture.kernel.fails('import { before } from "./throwing.js";\nbefore');
    expect(run.reply.evalue).toBe('thrown while loading');
    expect(namesFile(run.traceback, 'throwing.ts', 4)).toBe(true);
  });

  test('that throw when called are reported with their own TypeScript line', async () => {
    const run = await fixture.kernel.fails('import { explode } from "./late.js";\nexplode(1)');
    expect(run.reply).toMatchObject({ ename: 'RangeError', evalue: 'too big' });
    expect(namesFile(run.traceback, 'late.ts', 5)).toBe(true);
  });

  test('that do not exist are a type error', async () => {
    const run = await fixture.kernel.fails('import { x } from "./nowhere.js"');
    expect(run.traceback).toContain("Cannot find module './nowhere.js'");
  });

  test('are found one folder up', async () => {
    fixture.write({
      'folder/deep/notebook-side.ts': 'import { nine } from "../inner.js";\nexport const ten = nine + 1;',
    });
    expect(await fixture.kernel.value('import { ten } from "./folder/deep/notebook-side.js";\nten')).toBe(
      '10',
    );
    const run = await fixture.kernel.fails('import { x } from "../no-such-file-above.js"');
    expect(run.traceback).toContain('no-such-file-above');
  });

  test('import.meta and require-like helpers know the notebook folder', async () => {
    expect(await fixture.kernel.value('process.cwd()')).toContain('notebook ');
    await fixture.kernel.ok(
      'import { readFileSync } from "node:fs";\nreadFileSync("settings.json", "utf8").length',
    );
  });
});
