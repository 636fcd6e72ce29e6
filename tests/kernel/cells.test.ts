import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

describe('code that was written for a file works in a cell', () => {
  test.each([
    ['export const', 'export const exported = 1;\nexported', '1'],
    ['export function', 'export function exportedToo() { return 2 }\nexportedToo()', '2'],
    ['export of a list', 'const listed = 3;\nexport { listed };\nlisted', '3'],
    ['import = require', 'import posix = require("node:path");\nposix.basename("a/4")', "'4'"],
    ['require', 'require("node:path").basename("a/5")', "'5'"],
    ['import.meta.dirname', 'typeof import.meta.dirname', "'string'"],
    ['__dirname', '__dirname === process.cwd()', 'true'],
    ['"use strict"', '"use strict";\nconst strictly = 6;\nstrictly', '6'],
    ['Windows line ends', 'const first = 3;\r\nconst second = first + 4;\r\nsecond', '7'],
    [
      'properties on a function',
      'function counted() { return counted.calls }\ncounted.calls = 8;\ncounted()',
      '8',
    ],
    ['this at the top', 'this === undefined', 'true'],
    ['declare global', 'declare global { var shared: number }\nglobalThis.shared = 9;\nshared', '9'],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('"using" at the top is disposed at the end of the cell', async () => {
    const run = await fixture.kernel.ok(
      'using held = { [Symbol.dispose]() { console.log("disposed") } };\nconsole.log(typeof held);',
    );
    expect(run.stdout).toBe('object\ndisposed\n');
  });
});

describe('unusual names', () => {
  test('that objects inherit are like any other', async () => {
    await fixture.kernel.ok(
      'let constructor = 1; let hasOwnProperty = 2; let valueOf = 3; let toString = 4; let __proto__ = 5;',
    );
    expect(
      await fixture.kernel.value('[constructor, hasOwnProperty, valueOf, toString, __proto__].join()'),
    ).toBe("'1,2,3,4,5'");
    const run = await fixture.kernel.fails('propertyIsEnumerable');
    expect(run.traceback).toContain("Cannot find name 'propertyIsEnumerable'");
  });

  test('in other scripts, with escapes, and of signs', async () => {
    await fixture.kernel.ok('const π = 3; const 批归一化 = 4; const $ = 5; const _ = 6; let \\u0061bc = 7;');
    expect(await fixture.kernel.value('π + 批归一化 + $ + _ + abc')).toBe('25');
  });
});

describe('assignment in every form reaches a name of an earlier cell', () => {
  test.each([
    ['in the head of for of', 'for (target of [1, 2, 3]) {}\ntarget', '3'],
    ['in the head of for in', 'let key = "";\nfor (key in { a: 1, b: 2 }) {}\nkey', "'b'"],
    ['in a pattern in the head of for of', 'for ([target] of [[4], [5]]) {}\ntarget', '5'],
    ['by a logical assignment', 'target &&= 7;\ntarget', '7'],
    ['by a prefix and a postfix', '[target++, ++target]', '[ 6, 8 ]'],
    ['in a nested pattern with a default', '({ a: [target = 9] } = { a: [] as number[] });\ntarget', '9'],
    [
      'in a rest pattern',
      'let others: number[] = [];\n[target, ...others] = [10, 11, 12];\n[target, others]',
      '[ 10, [ 11, 12 ] ]',
    ],
    ['in a closure', '(() => { target = 13 })();\ntarget', '13'],
  ])('%s', async (_how, code, expected) => {
    await fixture.kernel.ok('let target = 6');
    expect(await fixture.kernel.value(code)).toBe(expected);
  });
});

describe('a long cell', () => {
  test('of 5,000 lines runs and has the right line in its error', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `const line${i}: number = ${i};`);
    const run = await fixture.kernel.fails([...lines, 'throw new Error("at the end");'].join('\n'));
    expect(run.traceback).toContain(`[${run.reply.execution_count}]:5001`);
    expect(await fixture.kernel.value('line4999')).toBe('4999');
  });

  test('with a line of 100,000 characters runs', async () => {
    expect(await fixture.kernel.value(`const wide = [${'1,'.repeat(50_000)}];\nwide.length`)).toBe('50000');
  });
});
