import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

/** Values that are big, endless or malicious. Each is made in one cell and shown by the next. */
const fixture = useKernel();

/** How long showing may take, ms: work is bounded by what is shown, whatever the size of the value. */
const SOON = 1500;
/** The longest text that a frontend gets for a value, characters. */
const LONGEST = 600_000;

describe('shows soon, and in bounded length,', () => {
  test.each([
    ['a million numbers', 'Array.from({ length: 1_000_000 }, (_, i) => i)', '999900 more items'],
    [
      'a million-entry map',
      'new Map(Array.from({ length: 1_000_000 }, (_, i) => [i, i]))',
      '999900 more items',
    ],
    ['a million-entry set', 'new Set(Array.from({ length: 1_000_000 }, (_, i) => i))', '999900 more items'],
    ['a hundred million bytes', 'new Uint8Array(1e8)', '99999900 more items'],
    ['the longest list there is', 'new Array(2 ** 32 - 1)', '4294967295 empty items'],
    [
      'the longest list with an item at its end',
      'const far: number[] = []; far[2 ** 32 - 2] = 1; const value = far',
      '1',
    ],
    ['fifty megabytes of text', '"a".repeat(5e7)', 'more characters'],
    ['lists of such texts', '[["a".repeat(5e7)], ["b".repeat(5e7)], "c".repeat(5e7)]', 'more characters'],
    [
      'an object with a hundred thousand keys',
      'Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ["k" + i, i]))',
      'k99: 99,\n  ... 99900 more keys\n}',
    ],
    [
      'an object that holds one',
      '({ inner: Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ["k" + i, i])) })',
      'inner: [Object]',
    ],
    [
      'a cube of objects',
      `(() => {
        const cell = { i: 1, s: 'x'.repeat(1000) };
        return Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array(100).fill(cell)));
      })()`,
      '80 more items',
    ],
    [
      'a hundred thousand levels',
      '(() => { let deep: unknown[] = []; for (let i = 0; i < 1e5; i++) deep = [deep]; return deep })()',
      '[Array]',
    ],
    ['a million records', 'Array.from({ length: 1_000_000 }, (_, id) => ({ id }))', 'more items'],
    ['a matrix with a million rows', 'Array.from({ length: 1_000_000 }, () => [1, 2])', 'Array(1000000 × 2)'],
    [
      'a cycle through a map',
      '(() => { const map = new Map<string, unknown>(); map.set("me", map); return map })()',
      'Circular',
    ],
    [
      'a class with a million keys',
      'new (class Wide { constructor() { for (let i = 0; i < 1e5; i++) (this as any)["k" + i] = i } })()',
      'Wide {',
    ],
    [
      'a proxy of a hundred thousand keys',
      'new Proxy({}, { ownKeys: () => Array.from({ length: 1e5 }, (_, i) => "k" + i) })',
      '{}',
    ],
  ])('%s', async (_what, code, shown) => {
    await fixture.kernel.ok(code.includes('const value =') ? code : `const value = ${code}`);
    const run = await fixture.kernel.ok('value');
    expect(run.text).toContain(shown);
    expect((run.text as string).length).toBeLessThan(LONGEST);
    expect((run.idleAt as number) - run.sentAt).toBeLessThan(SOON);
    await fixture.kernel.ok('{ const value = 0; }\nvar value: any = undefined');
  });
});

describe('shows the rest beside', () => {
  test.each([
    ['a throwing toStringTag', '{ get [Symbol.toStringTag](): string { throw new Error("tag") } }'],
    ['a throwing inspection', '{ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("tag") } }'],
    [
      'an error whose stack throws',
      'Object.defineProperty(new Error("x"), "stack", { get() { throw new Error("tag") } })',
    ],
  ])('%s', async (_what, code) => {
    const list = await fixture.kernel.value(`[1, ${code}, 3]`);
    expect(list).toMatch(/^\[\s*1,\s*\[a value that cannot be shown: tag\],\s*3\s*\]$/);
    const object = await fixture.kernel.value(`({ good: 1, bad: ${code} })`);
    expect(object).toMatch(/good: 1,\s*bad: \[a value that cannot be shown: tag\]/);
  });
});

test.each([
  ['toJSON', '({ toJSON() { throw new Error("json") }, a: 1 })', 'a: 1'],
  [
    'valueOf and toPrimitive',
    '({ valueOf() { throw 1 }, [Symbol.toPrimitive]() { throw 2 }, a: 1 })',
    'a: 1',
  ],
  ['a getter for then', '({ get then() { throw new Error("then") }, a: 1 })', 'a: 1'],
  ['a getter for outerHTML', '({ nodeType: 1, get outerHTML() { throw new Error("html") }, a: 1 })', 'a: 1'],
  ['a constructor that is no function', '({ constructor: 5, a: 1 })', 'a: 1'],
])('a value with a throwing %s is shown as text', async (_what, code, shown) => {
  expect(await fixture.kernel.value(code)).toContain(shown);
});

test('an awaited getter for then that throws fails its cell only', async () => {
  const run = await fixture.kernel.fails('await ({ get then() { throw new Error("then") } })');
  expect(run.reply.evalue).toBe('then');
  expect(await fixture.kernel.value('1 + 1')).toBe('2');
});

test.each([
  ['never resolves', '() => new Promise(() => {})'],
  ['loops', '() => { for (;;); }'],
  ['loops in an inspection', '0, [Symbol.for("nodejs.util.inspect.custom")]: () => { for (;;); }'],
])('Stop ends a display method that %s', async (_what, method) => {
  const run = fixture.kernel.startCell(
    `console.log('made');\n({ [Symbol.for('Jupyter.display')]: ${method} })`,
  );
  await run.printed('made');
  await fixture.kernel.interrupt();
  await fixture.kernel.finish(run);
  expect(run.status).toBe('error');
  expect(run.reply.ename).toBe('Interrupted');
  expect(await fixture.kernel.value('1 + 1')).toBe('2');
});
