import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { namesLine } from './places.js';

const fixture = useKernel();

describe('await at the top of a cell', () => {
  test.each([
    ['in an expression', 'await Promise.resolve(1)', '1'],
    ['in the middle of an expression', '1 + (await Promise.resolve(2)) * 3', '7'],
    ['in a declaration', 'const awaited = await Promise.resolve(3);\nawaited', '3'],
    ['in object destructuring', 'const { a: awaitedA } = await Promise.resolve({ a: 4 });\nawaitedA', '4'],
    ['in a destructuring default', 'const { b = await Promise.resolve(5) } = {} as { b?: number };\nb', '5'],
    ['in array destructuring', 'const [first = await Promise.resolve(6)] = [] as number[];\nfirst', '6'],
    ['in a template', `\`a\${await Promise.resolve(7)}\``, "'a7'"],
    [
      'in an if',
      'let branch = 0;\nif (await Promise.resolve(true)) { branch = await Promise.resolve(8) }\nbranch',
      '8',
    ],
    ['in a block', 'let block = 0;\n{ block = await Promise.resolve(9) }\nblock', '9'],
    [
      'in try, catch and finally',
      `
      const path: number[] = [];
      try { path.push(await Promise.resolve(1)); await Promise.reject(new Error('x')) }
      catch { path.push(await Promise.resolve(2)) }
      finally { path.push(await Promise.resolve(3)) }
      path.join('')`,
      "'123'",
    ],
    [
      'in a for loop',
      'let sum = 0;\nfor (let i = await Promise.resolve(0); i < 4; i++) sum += await Promise.resolve(i);\nsum',
      '6',
    ],
    ['in a while', 'let turns = 0;\nwhile (await Promise.resolve(turns < 3)) turns++;\nturns', '3'],
    [
      'in a switch',
      'let chosen = "";\nswitch (await Promise.resolve(2)) { case 2: chosen = await Promise.resolve("two") }\nchosen',
      "'two'",
    ],
    [
      'in for await over an async generator',
      `
      async function* letters() { yield 'a'; yield 'b' }
      let spelled = '';
      for await (const letter of letters()) spelled += letter;
      spelled`,
      "'ab'",
    ],
    [
      'in for await over promises',
      'let added = 0;\nfor await (const n of [Promise.resolve(1), 2]) added += n;\nadded',
      '3',
    ],
    [
      'in a class field key and an argument',
      'Math.max(await Promise.resolve(1), await Promise.resolve(2))',
      '2',
    ],
    [
      'with Promise.all',
      'const [one, two] = await Promise.all([Promise.resolve(1), Promise.resolve("2")]);\none + two',
      "'12'",
    ],
    ['in a dynamic import', 'const { basename } = await import("node:path");\nbasename("x/y")', "'y'"],
    [
      'in an async arrow that is called at once',
      'await (async () => { const { sep } = await import("node:path"); return sep })()',
      "'/'",
    ],
  ])('works %s', async (_where, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('disposes what "using" and "await using" declare when their block ends', async () => {
    const run = await fixture.kernel.ok(`
      const order: string[] = [];
      class Resource {
        constructor(readonly label: string) {}
        [Symbol.dispose]() { order.push('closed ' + this.label) }
      }
      class AsyncResource {
        async [Symbol.asyncDispose]() { await null; order.push('closed later') }
      }
      {
        using file = new Resource('file');
        await using stream = new AsyncResource();
        order.push('used ' + file.label + typeof stream);
      }
      order.join()`);
    expect(run.text).toBe("'used fileobject,closed later,closed file'");
  });

  test('names declared after an await are there in the next cell', async () => {
    await fixture.kernel.ok(
      'await null;\nlet afterAwait = 21;\nfunction alsoAfter() { return afterAwait * 2 }',
    );
    expect(await fixture.kernel.value('alsoAfter()')).toBe('42');
  });

  test("a rejected promise is the cell's error, with its line", async () => {
    const run = await fixture.kernel.fails(
      'const before = 1;\nawait Promise.reject(new TypeError("refused"));',
    );
    expect(run.reply).toMatchObject({ ename: 'TypeError', evalue: 'refused' });
    expect(namesLine(run, 2)).toBe(true);
  });

  test('an error after an await has its line', async () => {
    const run = await fixture.kernel.fails('await null;\n\nthrow new Error("line three");');
    expect(namesLine(run, 3)).toBe(true);
  });

  test('cells wait for each other although the first one awaits', async () => {
    const slow = fixture.kernel.startCell(
      'let finished = "no";\nawait new Promise((r) => setTimeout(r, 30));\nfinished = "yes"',
    );
    const next = fixture.kernel.startCell('finished');
    await fixture.kernel.finish(slow);
    await fixture.kernel.finish(next);
    expect(next.text).toBe("'yes'");
  });
});

describe('statements at the top of a cell', () => {
  test.each([
    [
      'a labelled break',
      'let found = 0;\nouter: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j === 1) break outer; found++ } }\nfound',
      '1',
    ],
    [
      'a labelled continue',
      'let passed = 0;\nnext: for (const i of [1, 2]) { for (const j of [1, 2]) { if (j === 2) continue next; passed += i } }\npassed',
      '3',
    ],
    ['a labelled block', 'let left = 1;\nblock: { if (left) break block; left = 2 }\nleft', '1'],
    ['for in', 'let keys = "";\nfor (const key in { a: 1, b: 2 }) keys += key;\nkeys', "'ab'"],
    ['do while', 'let done = 0;\ndo { done++ } while (done < 3);\ndone', '3'],
    [
      'an arrow per loop turn with its own variable',
      'const each: (() => number)[] = [];\nfor (let i = 0; i < 3; i++) each.push(() => i);\neach.map((f) => f()).join()',
      "'0,1,2'",
    ],
    [
      'a getter and a static block in a class',
      'class Counted { static total = 0; static { Counted.total = 5 } get two() { return 2 } }\nCounted.total + new Counted().two',
      '7',
    ],
    ['a private field', 'class Secret { #x = 3; read() { return this.#x } }\nnew Secret().read()', '3'],
    [
      'a parameter property',
      'class Held { constructor(private x: number) {} get() { return this.x } }\nnew Held(6).get()',
      '6',
    ],
    [
      'inheritance across declarations',
      'class Base { hi() { return "base" } }\nclass Derived extends Base { override hi() { return super.hi() + "+" } }\nnew Derived().hi()',
      "'base+'",
    ],
    [
      'overloads',
      'function over(x: string): string;\nfunction over(x: number): number;\nfunction over(x: unknown) { return x }\nover(4)',
      '4',
    ],
    [
      'abstract classes and generics',
      'abstract class Op<T> { abstract run(x: T): T }\nclass Twice extends Op<number> { run(x: number) { return 2 * x } }\nnew Twice().run(4)',
      '8',
    ],
    [
      'a declare statement',
      'declare const neverThere: number;\ntype N = typeof neverThere;\nconst n: N = 9;\nn',
      '9',
    ],
    [
      'an enum with strings and reverse lookup',
      'enum Color { Red = 1, Blue = "b" }\nColor[1] + Color.Blue',
      "'Redb'",
    ],
    [
      'a decorator',
      'function logged<T extends abstract new (...a: any) => object>(c: T, _: ClassDecoratorContext) { (c as any).mark = 1; return c }\n@logged class Marked {}\n(Marked as any).mark',
      '1',
    ],
    [
      'a regular expression, a comment with a brace and automatic semicolons',
      'const re = /[/}]/g // }\nconst text = "a/b}"\ntext.replace(re, "")',
      "'ab'",
    ],
  ])('%s works', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('return outside a function is refused', async () => {
    const run = await fixture.kernel.fails('console.log("no");\nreturn 5;');
    expect(run.stdout).toBe('');
    expect(run.traceback).toMatch(/return/);
  });
});
