import { expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

test('the last expression is the result', async () => {
  const run = await fixture.kernel.ok('const answer = 6 * 7;\nanswer');
  expect(run.text).toBe('42');
  expect(run.of('execute_result')[0].content.execution_count).toBe(run.reply.execution_count);
});

test.each([
  ['a const declaration', 'const notShown = 1'],
  ['a function declaration', 'function notShownEither() { return 1 }'],
  ['a class declaration', 'class NotShown {}'],
  ['an expression that is undefined', 'undefined'],
  ['a call that returns nothing', 'console.log("only printed")'],
  ['a loop', 'for (const item of [1, 2]) { item }'],
  ['an if statement', 'if (1 < 2) { 3 }'],
  ['a type', 'type Pair = [number, number]'],
])('%s has no result', async (_what, code) => {
  const run = await fixture.kernel.ok(code);
  expect(run.result).toBeUndefined();
});

test.each([
  ['a semicolon after it', '5;', '5'],
  ['a comment after it', '5 // five', '5'],
  ['an object literal', '({ a: 1, b: [2, 3] })', '{ a: 1, b: [ 2, 3 ] }'],
  ['an assignment', 'let assigned = 0;\nassigned = 9', '9'],
  ['null', 'null', 'null'],
  ['false', 'false', 'false'],
  ['a bigint', '2n ** 64n', '18446744073709551616n'],
  ['an awaited promise', 'await Promise.resolve(11)', '11'],
  ['a template', `\`\${1 + 1} things\``, "'2 things'"],
  ['a satisfies expression', '({ a: 1 }) satisfies { a: number }', '{ a: 1 }'],
  ['an as expression', '(3 as number)', '3'],
  ['a map', 'new Map([["a", 1]])', "Map(1) { 'a' => 1 }"],
  ['a class instance', 'class Point { constructor(readonly x: number) {} }\nnew Point(3)', 'Point { x: 3 }'],
  ['a text that looks like a directive', '"use the force"', "'use the force'"],
  ['a text in a cell of its own', "'alone'", "'alone'"],
])('the result is shown for %s', async (_what, code, expected) => {
  expect(await fixture.kernel.value(code)).toBe(expected);
});

test('a long typed array is abridged', async () => {
  const text = await fixture.kernel.value('new Float32Array(1_000_000)');
  expect(text).toContain('Float32Array(1000000)');
  expect(text?.length).toBeLessThan(5000);
});

test('a string of fifty megabytes as a result neither hangs nor crashes', async () => {
  const run = await fixture.kernel.ok('"y".repeat(5e7)');
  expect(run.text).toContain('yyy');
  expect(await fixture.kernel.value('"next"')).toContain('next');
});

test.each([
  ['an object whose getter throws', '({ get bad(): number { throw new Error("no") } })'],
  ['an object whose toString throws', '({ toString() { throw new Error("no") } })'],
  [
    'a custom inspection that throws',
    '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no") } })',
  ],
  [
    'a proxy that throws at every touch',
    `new Proxy({}, {
    get() { throw new Error('get') }, has() { throw new Error('has') }, ownKeys() { throw new Error('keys') },
    getPrototypeOf() { throw new Error('proto') }, getOwnPropertyDescriptor() { throw new Error('descriptor') },
  })`,
  ],
  [
    'a revoked proxy',
    '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()',
  ],
  [
    'a value whose display method throws',
    '({ [Symbol.for("Jupyter.display")]() { throw new Error("no") } })',
  ],
  ['a value whose display method returns no bundle', '({ [Symbol.for("Jupyter.display")]: () => 5 })'],
])('%s is shown without a crash', async (_what, code) => {
  const run = await fixture.kernel.execute(`const hostile = ${code};\nhostile`);
  expect(['ok', 'error']).toContain(run.status);
  if (run.status === 'ok') expect(run.text).toEqual(expect.any(String));
  expect(await fixture.kernel.value('"alive"')).toContain('alive');
});

test('an object that contains itself is shown', async () => {
  const run = await fixture.kernel.ok('const round: { self?: object } = {}; round.self = round;\nround');
  expect(run.text).toContain('Circular');
});

test('an array of a million numbers is shown abridged and soon', async () => {
  const text = await fixture.kernel.value('Array.from({ length: 1_000_000 }, (_, i) => i)');
  expect(text).toContain('more items');
});

test('a very deep object is shown', async () => {
  const text = await fixture.kernel.value(`
    type Deep = { inner?: Deep };
    let deep: Deep = {};
    for (let i = 0; i < 100_000; i++) deep = { inner: deep };
    deep`);
  expect(text).toContain('inner');
});

test('a thrown error as a value is shown as a value, not as a failure', async () => {
  const run = await fixture.kernel.ok('new RangeError("only shown")');
  expect(run.text).toContain('RangeError: only shown');
});

test.each([
  ['-1', '-1'],
  ['NaN', 'NaN'],
  ['-0', '-0'],
  ['!true', 'false'],
  ['+"3"', '3'],
  ['Infinity', 'Infinity'],
  ['(null)', 'null'],
  ['"text"', "'text'"],
  ['(() => 7)()', '7'],
])('an expression without effect is shown, not the one before it: %s', async (expression, shown) => {
  const run = await fixture.kernel.ok(`let before = 99;\nbefore;\n${expression}`);
  expect(run.text).toBe(shown);
  expect(await fixture.kernel.value(expression)).toBe(shown);
});

test('a promise and a timer are shown as node shows them, without what the kernel notes on them', async () => {
  expect(await fixture.kernel.value('Promise.resolve(3)')).toBe('Promise { 3 }');
  expect(await fixture.kernel.value('({ waiting: new Promise(() => {}) })')).toBe(
    '{ waiting: Promise { <pending> } }',
  );
  expect(await fixture.kernel.value('setTimeout(() => {}, 0)')).toBe(
    'Timeout { delay: 1, repeats: false, ended: false }',
  );
});

test('a hashbang line is no obstacle', async () => {
  expect(await fixture.kernel.value('#!/usr/bin/env node\n1 + 1')).toBe('2');
});

test.each([
  ['a bigint', '10n'],
  ['a cycle', '(() => { const loop: { self?: object } = {}; loop.self = loop; return loop })()'],
])('a bundle with %s, which is no JSON, fails its cell in a sentence', async (_what, value) => {
  const run = await fixture.kernel.fails(
    `({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': ${value} }) })`,
  );
  expect(run.reply.evalue).toContain("The cell's value cannot be sent");
  expect(await fixture.kernel.value('1 + 1')).toBe('2');
});
