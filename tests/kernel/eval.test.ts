import { beforeAll, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

beforeAll(async () => {
  await fixture.kernel.ok(
    'let rate = 0.5;\nconst twice = (x: number) => 2 * x;\nclass Layer { size = 3 }\nimport { basename } from "node:path";',
  );
});

describe('eval in a cell sees the names of cells', () => {
  test.each([
    ['a variable', 'eval("rate")', '0.5'],
    ['a function, a class and an import', 'eval("twice(new Layer().size) + basename(\'a/b\')")', "'6b'"],
    ['a name of its own cell', 'const own = 4;\neval("own + rate")', '4.5'],
    ['in a shorthand property', 'eval("({ rate })")', '{ rate: 0.5 }'],
    [
      'in a function that is called later',
      'const ask = (text: string) => eval(text);\nrate = 0.25;\nask("rate")',
      '0.25',
    ],
    ['a computed text', 'eval(["tw", "ice(", 4, ")"].join(""))', '8'],
    ['its own declarations first', 'eval("const rate = 9; rate")', '9'],
    [
      'parameters and block variables first',
      '((rate: number) => { { const twice = 1; return eval("rate + twice") } })(7)',
      '8',
    ],
    ['what is no text as it is', 'eval([rate] as any)', '[ 0.25 ]'],
    ['the globals', 'eval("Math.max(1, 2)")', '2'],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('and assigns them', async () => {
    await fixture.kernel.ok('let counter = 1;');
    await fixture.kernel.ok('eval("counter += 4; [counter] = [counter * 2]")');
    expect(await fixture.kernel.value('counter')).toBe('10');
  });

  test('and names that no cell has stay unknown', async () => {
    const run = await fixture.kernel.fails('eval("nobodyHasThis")');
    expect(run.reply).toMatchObject({ ename: 'ReferenceError', evalue: 'nobodyHasThis is not defined' });
  });

  test('and text that cannot be read is an error of eval', async () => {
    expect((await fixture.kernel.fails('eval("rate +")')).reply.ename).toBe('SyntaxError');
  });

  test('and a function of that name is just a function', async () => {
    expect(await fixture.kernel.value('{ const eval2 = (x: string) => x; eval2("rate") }\n1')).toBe('1');
  });
});
