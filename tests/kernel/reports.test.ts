import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { INTERNAL, namesFile, namesLine } from './places.js';

const fixture = useKernel();

/** The report of an error beyond its name, message and line: see errors.test.ts for those. */
describe('an error’s report', () => {
  test('has the name of its class and what it carries', async () => {
    const run = await fixture.kernel.fails(
      'class ShapeError extends Error { expected = [2, 3]; code = "E_SHAPE" }\nthrow new ShapeError("bad shape")',
    );
    expect(run.reply.ename).toBe('ShapeError');
    expect(run.traceback).toContain("expected: [ 2, 3 ], code: 'E_SHAPE'");
    expect(namesLine(run, 2)).toBe(true);
  });

  test('keeps the name that the class gave itself', async () => {
    const run = await fixture.kernel.fails(
      'class Renamed extends Error { override name = "Chosen" }\nthrow new Renamed("x")',
    );
    expect(run.reply.ename).toBe('Chosen');
  });

  test('has the code and path of a system error, and no class of node’s own', async () => {
    const missing = await fixture.kernel.fails("import fs from 'node:fs';\nfs.readFileSync('/not/there')");
    expect(missing.reply.ename).toBe('Error');
    expect(missing.traceback).toContain("code: 'ENOENT'");
    const wrong = await fixture.kernel.fails('(fs as any).readFileSync({})');
    expect(wrong.reply.ename).toBe('TypeError');
    expect(wrong.traceback).toContain("code: 'ERR_INVALID_ARG_TYPE'");
  });

  test('runs no getter of what the error carries', async () => {
    await fixture.kernel.fails(
      'let asked = 0;\nthrow Object.defineProperty(new Error("x"), "extra", { enumerable: true, get() { asked++; return 1 } })',
    );
    expect(await fixture.kernel.value('asked')).toBe('0');
  });

  test('tells both errors when a resource could not be disposed of', async () => {
    const run = await fixture.kernel.fails(
      '{\n  using r = { [Symbol.dispose]() { throw new Error("not disposed") } };\n  throw new Error("the body");\n}',
    );
    expect(run.reply.ename).toBe('SuppressedError');
    expect(run.traceback).toMatch(/Thrown while cleaning up\s+Error: not disposed/);
    expect(run.traceback).toMatch(/After this was thrown\s+Error: the body/);
    expect(namesLine(run, 3)).toBe(true);
  });

  test('tells an error that is its own cause once', async () => {
    const run = await fixture.kernel.fails('const own: any = new Error("own"); own.cause = own;\nthrow own');
    expect(run.traceback).toContain('Error: own (told above)');
    expect(run.traceback.match(/at Cell/g)).toHaveLength(1);
  });

  test.each([
    ['a cause that is no error', 'new Error("x", { cause: { code: 7 } })', '{ code: 7 }'],
    ['a cause without a prototype', 'new Error("x", { cause: Object.create(null) })', 'null prototype'],
    ['a part that is no error', 'new AggregateError(["east"], "x")', "'east'"],
    [
      'more parts than are shown',
      'new AggregateError(Array.from({ length: 99 }, (_, i) => new Error(String(i))), "x")',
      'and 94 more errors',
    ],
    [
      'parts that throw',
      'Object.assign(new Error("x"), { errors: new Proxy([], { get() { throw 1 } }) })',
      'Error: x',
    ],
    [
      'a cause that throws',
      'Object.defineProperty(new Error("x"), "cause", { get() { throw 1 } })',
      'Error: x',
    ],
  ])('copes with %s', async (_what, code, shown) => {
    const run = await fixture.kernel.fails(`throw ${code}`);
    expect(run.reply.evalue).toBe('x');
    expect(run.traceback).toContain(shown);
  });

  test.each([
    [
      'a thousand causes',
      'let chain = new Error("0");\nfor (let i = 1; i < 1000; i++) chain = new Error(String(i), { cause: chain });\nthrow chain',
    ],
    [
      'a tree of ten to the ninth errors',
      'let tree: Error = new Error("0");\nfor (let i = 1; i < 10; i++) tree = new AggregateError(Array.from({ length: 10 }, () => new Error("x", { cause: tree })), "many");\nthrow tree',
    ],
    ['ten megabytes of message', 'throw new Error("y".repeat(1e7))'],
    ['ten megabytes of text', 'throw "z".repeat(1e7)'],
    ['a huge value', 'throw { rows: Array.from({ length: 1e5 }, () => ({ text: "x".repeat(1000) })) }'],
    ['a name of a megabyte', 'throw Object.assign(new Error("x"), { name: "n".repeat(1e6) })'],
  ])('stays readable with %s', async (_what, code) => {
    const run = await fixture.kernel.fails(code);
    expect(run.traceback.length).toBeLessThan(100_000);
    expect(run.reply.evalue.length).toBeLessThan(30_000);
    expect(run.reply.ename).not.toContain('\n');
  });

  test('shows of a very long line what is around the place', async () => {
    const run = await fixture.kernel.fails(
      `const filler = '${'f'.repeat(5000)}'; throw new Error('far right')`,
    );
    const line = run.traceback.split('\n').find((text) => text.startsWith('>')) as string;
    expect(line.length).toBeLessThan(400);
    expect(line).toContain("throw new Error('far right')");
    const caret = run.traceback.split('\n').find((text) => /^\s+\|\s+\^$/.test(text)) as string;
    expect(line.slice(caret.indexOf('^'))).toMatch(/^new Error/);
  });

  test('tells a recursion once, with its count', async () => {
    const run = await fixture.kernel.fails('const again = (n: number): number => again(n + 1);\nagain(0)');
    expect(run.traceback).toMatch(/the same at least \d+ more times/);
    expect(run.traceback.match(/at again/g)).toHaveLength(1);
  });

  test('knows an error of another realm', async () => {
    const run = await fixture.kernel.fails(
      "import vm from 'node:vm';\nvm.runInNewContext('throw new TypeError(\"elsewhere\")')",
    );
    expect(run.reply).toMatchObject({ ename: 'TypeError', evalue: 'elsewhere' });
    expect(namesLine(run, 2)).toBe(true);
  });

  test('of an assertion does not repeat its values', async () => {
    const run = await fixture.kernel.fails(
      "import assert from 'node:assert';\nassert.deepStrictEqual({ a: [1, 2] }, { a: [1, 3] })",
    );
    expect(run.reply.ename).toBe('AssertionError');
    expect(run.traceback).not.toContain('generatedMessage');
  });

  test('crosses cells and imported files', async () => {
    fixture.write({
      'reader.ts':
        'interface Erased {\n  a: 1;\n}\nexport function read(text: string): number {\n  throw new RangeError(text);\n}\nexport type { Erased };\n',
    });
    await fixture.kernel.ok(
      "import { read } from './reader.js';\nconst viaFile = (text: string) => read(text);",
    );
    const run = await fixture.kernel.fails('[1].map(() =>\n  viaFile("abc"))');
    expect(namesFile(run.traceback, 'reader.ts', 5)).toBe(true);
    expect(namesLine(run, 2)).toBe(true);
    expect(run.traceback).toContain('viaFile');
    expect(run.traceback).not.toMatch(INTERNAL);
  });
});

describe('an error in a worker thread', () => {
  const source = 'setTimeout(() => { throw new RangeError("in the worker") }, 1)';

  test('fails the cell that awaits it, without node’s own frames', async () => {
    const run = await fixture.kernel.fails(`
      import { Worker } from 'node:worker_threads';
      await new Promise((_, failed) => new Worker('${source}', { eval: true }).on('error', failed));`);
    expect(run.reply).toMatchObject({ ename: 'RangeError', evalue: 'in the worker' });
    expect(run.traceback).toContain('[worker eval]:1:');
    expect(run.traceback).not.toMatch(/node:internal|wrapper/);
    expect(run.traceback.match(/in the worker/g)).toHaveLength(1);
  });

  test('that nobody listens to is reported under its cell, and the kernel goes on', async () => {
    const run = await fixture.kernel.ok(`new Worker('${source}', { eval: true });\n'started'`);
    const shown = await run.until(({ header }) => header.msg_type === 'error', 'report');
    expect(shown.content).toMatchObject({ ename: 'RangeError', evalue: 'in the worker' });
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });
});

test('an error at the start of a worker names its line, once', async () => {
  const run = await fixture.kernel.fails(
    `await new Promise((_, failed) => new Worker('throw new RangeError("at once")', { eval: true }).on('error', failed));`,
  );
  expect(run.traceback).toMatch(/at \[worker eval\]:1:\d+/);
  expect(run.traceback).not.toMatch(/node:|wrapper/);
  expect(run.traceback.match(/at once/g)).toHaveLength(1);
});

describe('what is reported late, under its cell, without ending the kernel:', () => {
  test.each([
    ['a microtask', 'queueMicrotask(() => { throw new Error("late") })'],
    ['a tick', 'process.nextTick(() => { throw new Error("late") })'],
    ['a promise rejected with text', 'void Promise.reject("late")'],
    ['a function that nobody awaited', 'void (async () => { await null; throw new Error("late") })()'],
    [
      'a rejected error whose message throws',
      'void Promise.reject(Object.defineProperty(new Error("late"), "message", { get() { throw 1 } }))',
    ],
    [
      'a rejected proxy',
      'void Promise.reject(new Proxy({}, { get() { throw new Error("trap") }, getPrototypeOf() { throw 1 } }))',
    ],
    [
      'an event target',
      'const target = new EventTarget(); target.addEventListener("x", () => { throw new Error("late") }); target.dispatchEvent(new Event("x"))',
    ],
  ])('%s', async (_what, code) => {
    const run = await fixture.kernel.ok(`{ ${code} }\n'made'`);
    const shown = await run.until(({ header }) => header.msg_type === 'error', 'report');
    expect(shown.parent_header.msg_id).toBe(run.header.msg_id);
    expect(shown.content.traceback.at(-1)).toContain('the kernel goes on');
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });
});

test('an error in Symbol.toPrimitive names its line', async () => {
  const run = await fixture.kernel.fails(
    'const odd = {\n  [Symbol.toPrimitive](): string { throw new Error("no primitive") },\n};\n(odd as any) + ""',
  );
  expect(run.reply.evalue).toBe('no primitive');
  expect(namesLine(run, 2)).toBe(true);
  expect(namesLine(run, 4)).toBe(true);
});

describe('a cell that is refused', () => {
  test.each([
    ['a syntax error', 'console.log("ran"); const refusedName = 1;\nconst x = ;'],
    ['a text that does not end', 'console.log("ran"); const refusedName = "a'],
    ['a bracket that does not close', 'console.log("ran"); const refusedName = [1, 2'],
    ['a type error', 'console.log("ran"); const refusedName: number = "x"'],
    [
      'an import of a name that is not there',
      'console.log("ran"); import { nothing } from "node:fs"; const refusedName = 1',
    ],
  ])('for %s runs nothing and leaves no name', async (_what, code) => {
    const run = await fixture.kernel.fails(code);
    expect(run.stdout).toBe('');
    expect(run.traceback).toContain('the cell was not run');
    const after = await fixture.kernel.fails('refusedName');
    expect(after.reply.evalue).toContain("Cannot find name 'refusedName'");
  });

  test('keeps the value that a name had', async () => {
    await fixture.kernel.ok('let kept = 1');
    await fixture.kernel.fails('kept = 2;\nconst wrong: string = kept;');
    expect(await fixture.kernel.value('kept')).toBe('1');
  });
});

describe('a type error', () => {
  test('says where the thing is declared: in this cell, an earlier one, a local file', async () => {
    const here = await fixture.kernel.fails(
      'interface Here {\n  rate: number;\n}\nconst wrong: Here = {};\nexport { wrong };',
    );
    expect(here.traceback).toMatch(/'rate' is declared here\. \(line 2\)\n\s+\|\s+rate: number;/);
    await fixture.kernel.ok('function build(layer: { bias: number }): void {}');
    const earlier = await fixture.kernel.fails('build();');
    expect(earlier.traceback).toMatch(/An argument for 'layer' was not provided\. \(an earlier cell\)/);
    expect(earlier.traceback).toContain('| function build(layer');
    fixture.write({ 'shapes.ts': 'export interface Shape {\n  sides: number;\n}\n' });
    const file = await fixture.kernel.fails(
      "import type { Shape } from './shapes.js';\nconst none: Shape = {};",
    );
    expect(file.traceback).toMatch(/'sides' is declared here\. \(shapes\.ts:2\)/);
  });

  test('shows of a very long line what is around the place', async () => {
    const run = await fixture.kernel.fails(`const long = '${'f'.repeat(5000)}'; const wrong: number = 'x';`);
    const lines = run.traceback.split('\n');
    const line = lines.find((text) => /^\s+1 \|/.test(text)) as string;
    const marks = lines.find((text) => text.includes('~')) as string;
    expect(line.length).toBeLessThan(400);
    expect(line.slice(marks.indexOf('~'))).toMatch(/^wrong: number/);
  });

  test('comes with all others of the cell, each with its line and marks', async () => {
    const run = await fixture.kernel.fails(
      'const a: number = "x";\nconst b: string = 5;\n\tnothingThere + 1;',
    );
    expect(run.reply.evalue).toContain('(and 2 more)');
    for (const [line, column] of [
      [1, 7],
      [2, 7],
      [3, 2],
    ] as const)
      expect(namesLine(run, line, column)).toBe(true);
    expect(run.traceback.match(/~+/g)).toEqual(['~', '~', '~'.repeat('nothingThere'.length)]);
  });
});
