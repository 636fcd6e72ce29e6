import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { namesFile, namesLine } from './places.js';

const fixture = useKernel();

/** A package in the notebook's node_modules. */
function install(name: string, manifest: object, files: Record<string, string>): void {
  const folder = `node_modules/${name}`;
  const all = { ...files, 'package.json': JSON.stringify({ name, version: '1.0.0', ...manifest }) };
  fixture.write(Object.fromEntries(Object.entries(all).map(([path, text]) => [`${folder}/${path}`, text])));
}

beforeAll(() => {
  fixture.write({
    'package.json': JSON.stringify({
      name: 'my-notes',
      type: 'module',
      imports: {
        '#rate': './src/rate.ts',
        '#src/*': './src/*.ts',
        '#by-condition': { browser: './src/browser.ts', node: './src/rate.ts' },
        '#dependency': 'subpaths/features/one.js',
      },
      exports: { '.': './src/rate.ts', './*': './src/*.ts' },
    }),
    'src/rate.ts': 'export const rate: number = 0.5;',
    'src/other.ts': 'import { rate } from "#rate";\nexport const double: number = rate * 2;',
  });
  install(
    'subpaths',
    {
      type: 'module',
      exports: {
        '.': './index.js',
        './features/*.js': './src/features/*.js',
        './features/private/*': null,
        './conditional': { browser: './browser.js', node: './node.js', default: './other.js' },
        './data.json': './data.json',
      },
    },
    {
      'index.js': 'export const index = "index";',
      'index.d.ts': 'export declare const index: string;',
      'src/features/one.js': 'export const one = "one";',
      'src/features/one.d.ts': 'export declare const one: string;',
      'node.js': 'export const where = "node";',
      'node.d.ts': 'export declare const where: string;',
      'browser.js': 'export const where = "browser";',
      'other.js': 'export const where = "other";',
      'data.json': '{ "inside": "data" }',
    },
  );
  // Names that no parser finds: they are set by a loop, as lodash and many bundles do.
  install(
    'hidden-names',
    { main: 'i.js', types: 'i.d.ts' },
    {
      'i.js':
        'const all = { chunk: (x) => [x] }; for (const name in all) module.exports[name] = all[name];\nObject.defineProperty(module.exports, "lazy", { enumerable: true, get() { globalThis.lazyLoaded = true; return "lazy" } });',
      'i.d.ts': 'export declare function chunk(x: number): number[];\nexport declare const lazy: string;',
    },
  );
  install(
    'compiled-esm',
    { main: 'i.js', types: 'i.d.ts' },
    {
      'i.js':
        '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.default = () => "default of the compiled module";\nexports.named = "named";',
      'i.d.ts': 'export default function main(): string;\nexport declare const named: string;',
    },
  );
  install(
    'only-typescript',
    { type: 'module', exports: './index.ts' },
    {
      'index.ts':
        'import { inner } from "./inner.js";\nexport enum Kind { A = 4 }\nexport const sum: number = Kind.A + inner;',
      'inner.ts': 'export const inner: number = 10;\nconst careless: string = 5;',
    },
  );
});

describe('exports and imports of packages', () => {
  test.each([
    ['a subpath pattern', 'import { one } from "subpaths/features/one.js";\none', "'one'"],
    ['conditions', 'import { where } from "subpaths/conditional";\nwhere', "'node'"],
    [
      'JSON of a package',
      'import data from "subpaths/data.json" with { type: "json" };\ndata.inside',
      "'data'",
    ],
    ["a name of the notebook's package", 'import { rate } from "#rate";\nrate.toFixed(2)', "'0.50'"],
    ["a pattern of the notebook's package", 'import { double } from "#src/other";\ndouble', '1'],
    ['a name by condition', 'import { rate as r } from "#by-condition";\nr', '0.5'],
    ['a name that leads to a package', 'import { one as o } from "#dependency";\no', "'one'"],
    ["the notebook's package by its own name", 'import { rate as own } from "my-notes";\nown', '0.5'],
    ["a subpath of the notebook's package", 'import { double as d } from "my-notes/other";\nd', '1'],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('what a package does not export cannot be imported', async () => {
    await fixture.kernel.fails('import { one } from "subpaths/src/features/one.js";');
  });

  test('a new entry of imports works at the next cell', async () => {
    fixture.write({
      'package.json': JSON.stringify({
        type: 'module',
        imports: { '#new': './src/other.ts', '#rate': './src/rate.ts', '#src/*': './src/*.ts' },
      }),
    });
    expect(await fixture.kernel.value('import { double as fresh } from "#new";\nfresh')).toBe('1');
  });
});

describe('CommonJS packages', () => {
  test('all of their properties are names', async () => {
    expect(await fixture.kernel.value('import { chunk } from "hidden-names";\nchunk(2)')).toBe('[ 2 ]');
    expect(await fixture.kernel.value('import * as hidden from "hidden-names";\nhidden.chunk(3)')).toBe(
      '[ 3 ]',
    );
    expect(await fixture.kernel.value('(await import("hidden-names")).chunk(4)')).toBe('[ 4 ]');
  });

  test('a property that loads something when it is read is not read without need', async () => {
    expect(await fixture.kernel.value('"lazyLoaded" in globalThis')).toBe('false');
    expect(await fixture.kernel.value('import { lazy } from "hidden-names";\nlazy')).toBe("'lazy'");
    expect(await fixture.kernel.value('"lazyLoaded" in globalThis')).toBe('true');
  });

  test('the default of a compiled ES module is what its types say', async () => {
    const expected = "'default of the compiled module'";
    expect(await fixture.kernel.value('import main, { named } from "compiled-esm";\nmain()')).toBe(expected);
    expect(await fixture.kernel.value('(await import("compiled-esm")).default()')).toBe(expected);
    fixture.write({
      'uses-compiled.ts':
        'import main, { named } from "compiled-esm";\nimport { chunk } from "hidden-names";\nexport const used = [main(), named, chunk(1).length].join();\nexport const later = async () => (await import("compiled-esm")).default();',
    });
    expect(await fixture.kernel.value('import { used, later } from "./uses-compiled.js";\nused')).toBe(
      "'default of the compiled module,named,1'",
    );
    expect(await fixture.kernel.value('await later()')).toBe(expected);
  });
});

test('a package that ships TypeScript only works, and its type errors are its own affair', async () => {
  expect(await fixture.kernel.value('import { sum, Kind } from "only-typescript";\nsum + Kind.A')).toBe('18');
});

describe('types that are installed while the kernel runs', () => {
  test('are in force at the next import', async () => {
    install('late-types', { main: 'i.js' }, { 'i.js': 'exports.count = 3;' });
    const cell = 'import { count } from "late-types";\ncount';
    expect(await fixture.kernel.value(cell)).toBe('3');
    install('@types/late-types', { types: 'i.d.ts' }, { 'i.d.ts': 'export declare const count: string;' });
    const wrong = await fixture.kernel.fails(
      'import { count as typed } from "late-types";\ntyped.toFixed(1)',
    );
    expect(wrong.traceback).toContain("does not exist on type 'string'");
  });

  test('are those of the newer package', async () => {
    install(
      'upgraded',
      { main: 'i.js', types: 'i.d.ts' },
      { 'i.js': 'exports.v = 1;', 'i.d.ts': 'export declare const v: number;' },
    );
    await fixture.kernel.ok('import { v } from "upgraded";\nv.toFixed(1)');
    rmSync(join(fixture.folder, 'node_modules/upgraded'), { recursive: true });
    install(
      'upgraded',
      { main: 'i.js', types: 'i.d.ts' },
      { 'i.js': 'exports.v = 1;', 'i.d.ts': 'export declare const v: string;' },
    );
    const wrong = await fixture.kernel.fails('import { v as next } from "upgraded";\nnext.toFixed(1)');
    expect(wrong.traceback).toContain("does not exist on type 'string'");
  });
});

describe('require', () => {
  beforeAll(() => {
    fixture.write({
      'data.json': '{ "n": 1 }',
      'part.cjs': 'exports.n = () => require("./data.json").n;',
      'whole.cjs': 'const part = require("./part.cjs");\nexports.twice = () => part.n() * 2;',
      'typed.ts': 'enum Color { Red = 7 }\nexport const red: number = Color.Red;\nexport default "typed";',
      'user.cts': 'import part = require("./part.cjs");\nexport = { n: part.n() as number };',
    });
  });

  test.each([
    ['JSON', 'require("./data.json").n', '1'],
    ['a CommonJS file', 'require("./whole.cjs").twice()', '2'],
    ['a TypeScript file, by .ts', 'require("./typed.ts").red', '7'],
    ['a TypeScript file, by .js', 'require("./typed.js").red', '7'],
    ['a TypeScript file, without an extension', 'require("./typed").default', "'typed'"],
    ['a CommonJS file in TypeScript', 'require("./user.cts").n', '1'],
    ['a package', 'require("compiled-esm").named', "'named'"],
    ['a builtin', 'require("node:path").basename("a/b")', "'b'"],
    [
      'what another require makes',
      'import { createRequire } from "node:module";\ncreateRequire(import.meta.url)("./typed").red',
      '7',
    ],
    ['in the form of an import, JSON', 'import data = require("./data.json");\ndata.n', '1'],
    ['in the form of an import, a TypeScript file', 'import typed = require("./typed.js");\ntyped.red', '7'],
    [
      'in the form of an import, a package',
      'import compiled = require("compiled-esm");\ncompiled.named',
      "'named'",
    ],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('reads edited files again, and what requires them', async () => {
    fixture.write({
      'leaf.json': '{ "n": 1 }',
      'middle.cjs': 'let calls = 0; exports.get = () => require("./leaf.json").n * 10 + calls++;',
      'top.cjs': 'exports.top = require("./middle.cjs").get();',
      'beside.cjs': 'let calls = 0; exports.count = () => ++calls;',
      'esm-over.ts': 'import { top } from "./top.cjs";\nexport const over = top;',
    });
    const cell = '[require("./top.cjs").top, require("./beside.cjs").count()]';
    expect(await fixture.kernel.value(cell)).toBe('[ 10, 1 ]');
    expect(await fixture.kernel.value('import { over } from "./esm-over.js";\nover')).toBe('10');
    fixture.write({ 'leaf.json': '{ "n": 2 }' });
    expect(await fixture.kernel.value(cell)).toBe('[ 20, 2 ]');
    expect(await fixture.kernel.value('over')).toBe('20');
  });

  test('gives the same module as import', async () => {
    fixture.write({ 'one-state.ts': 'let n = 0;\nexport const next = (): number => ++n;' });
    await fixture.kernel.ok('import { next } from "./one-state.js";\nnext()');
    expect(await fixture.kernel.value('require("./one-state").next()')).toBe('2');
    expect(await fixture.kernel.value('next()')).toBe('3');
  });

  test('reports an error with the TypeScript line', async () => {
    fixture.write({
      'fails.ts':
        'interface Nothing {}\n\nexport function fail(): never {\n  throw new Error("required");\n}',
      'broken.ts': 'export const a = 1;\nexport const = 2;',
    });
    const run = await fixture.kernel.fails('\nrequire("./fails").fail()');
    expect(run.reply.evalue).toBe('required');
    expect(namesFile(run.traceback, 'fails.ts', 4)).toBe(true);
    expect(namesLine(run, 2)).toBe(true);
    const broken = await fixture.kernel.fails('require("./broken")');
    expect(namesFile(broken.traceback, 'broken.ts', 2)).toBe(true);
    fixture.write({ 'broken.ts': 'export const a = 1;' });
    expect(await fixture.kernel.value('require("./broken").a')).toBe('1');
  });

  test('a cell is the main program of a script', async () => {
    expect(await fixture.kernel.value('require.main === module && module.exports === exports')).toBe('true');
    expect(await fixture.kernel.value('__filename.startsWith(__dirname)')).toBe('true');
    expect(await fixture.kernel.value('"module" in globalThis || "require" in globalThis')).toBe('false');
  });
});

describe('import.meta', () => {
  test('speaks of a file in the folder of the notebook', async () => {
    expect(await fixture.kernel.value('import.meta.dirname === process.cwd()')).toBe('true');
    const where =
      'import { fileURLToPath } from "node:url";\nfileURLToPath(import.meta.url) === import.meta.filename && fileURLToPath(new URL("./data.json", import.meta.url)) === import.meta.dirname + "/data.json"';
    expect(await fixture.kernel.value(where)).toBe('true');
  });

  test.each([
    ['a local file', 'import.meta.resolve("./a b.js")', /\/a%20b\.js'$/],
    ['a package', 'import.meta.resolve("subpaths")', /node_modules\/subpaths\/index\.js'$/],
    ['a builtin', 'import.meta.resolve("fs")', /^'node:fs'$/],
  ])('resolves %s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toMatch(expected);
  });

  test('of a local file speaks of that file', async () => {
    fixture.write({
      'folder/meta.ts':
        'export const meta = [import.meta.filename, import.meta.dirname, import.meta.resolve("./x.js")].map((path) => path.split("/").at(-1)).join();',
    });
    expect(await fixture.kernel.value('import { meta } from "./folder/meta.js";\nmeta')).toBe(
      "'meta.ts,folder,x.js'",
    );
  });
});

describe('files that move', () => {
  test('a file that a cell imports dynamically has its new types checked', async () => {
    fixture.write({ 'dynamic-types.ts': 'export const a = 1;' });
    expect(await fixture.kernel.value('(await import("./dynamic-types.js")).a')).toBe('1');
    fixture.write({ 'dynamic-types.ts': 'export const a = 1;\nexport const b = 2;' });
    expect(await fixture.kernel.value('(await import("./dynamic-types.js")).b')).toBe('2');
    fixture.write({ 'dynamic-types.ts': 'export interface Shape { side: number }' });
    expect(
      await fixture.kernel.value('const s: import("./dynamic-types.js").Shape = { side: 3 };\ns.side'),
    ).toBe('3');
  });

  test('a renamed file is found under its new name and missed under the old one', async () => {
    fixture.write({ 'old-name.ts': 'export const moved: string = "moved";' });
    await fixture.kernel.ok('import { moved } from "./old-name.js";');
    renameSync(join(fixture.folder, 'old-name.ts'), join(fixture.folder, 'new-name.ts'));
    expect(await fixture.kernel.value('import { moved as again } from "./new-name.js";\nagain')).toBe(
      "'moved'",
    );
    const run = await fixture.kernel.fails('import { moved as gone } from "./old-name.js";');
    expect(run.traceback).toContain("Cannot find module './old-name.js'");
  });

  test('a linked file is one module under both names, and reloads', async () => {
    fixture.write({ 'real.ts': 'let n = 0;\nexport const tick = (): number => ++n;' });
    symlinkSync(join(fixture.folder, 'real.ts'), join(fixture.folder, 'linked.ts'));
    await fixture.kernel.ok('import { tick } from "./real.js";\ntick()');
    expect(await fixture.kernel.value('import { tick as linked } from "./linked.js";\nlinked()')).toBe('2');
    fixture.write({ 'real.ts': 'let n = 10;\nexport const tick = (): number => ++n;' });
    expect(await fixture.kernel.value('import { tick as third } from "./linked.js";\nthird()')).toBe('11');
  });

  test('two cells share one file, and both see its edit', async () => {
    fixture.write({ 'both.ts': 'export const both = () => 1;' });
    await fixture.kernel.ok('import { both } from "./both.js";\nconst viaFirst = () => both();');
    await fixture.kernel.ok('import { both as second } from "./both.js";\nconst viaSecond = () => second();');
    fixture.write({ 'both.ts': 'export const both = () => 2;' });
    expect(await fixture.kernel.value('[viaFirst(), viaSecond()]')).toBe('[ 2, 2 ]');
  });

  test('a circle of files reloads as a whole', async () => {
    fixture.write({
      'round-a.ts':
        'import { b } from "./round-b.js";\nexport const a = (n: number): string => (n > 0 ? "a" + b(n - 1) : "1");',
      'round-b.ts':
        'import { a } from "./round-a.js";\nexport const b = (n: number): string => (n > 0 ? "b" + a(n - 1) : "1");',
    });
    expect(await fixture.kernel.value('import { a } from "./round-a.js";\na(3)')).toBe("'aba1'");
    fixture.write({
      'round-b.ts':
        'import { a } from "./round-a.js";\nexport const b = (n: number): string => (n > 0 ? "B" + a(n - 1) : "2");',
    });
    expect(await fixture.kernel.value('a(3)')).toBe("'aBa2'");
  });
});
