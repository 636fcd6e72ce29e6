import { expect, test } from 'vitest';
import { useKernel } from './fixture.js';

/** A kernel of its own: later tests run with all these names taken. */
const fixture = useKernel();

test.each([
  ['name', "'Ada'"],
  ['status', '200'],
  ['event', "'click'"],
  ['process', "'training'"],
  ['module', "'layer'"],
  ['require', '1'],
  ['exports', '[ 1 ]'],
  ['console', "'game'"],
  ['display', "'screen'"],
  ['self', '1'],
  ['scope', '2'],
  ['parent', '3'],
  ['__dirname', "'here'"],
  ['crypto', "'coin'"],
  ['fetch', "'stick'"],
  ['Buffer', '4'],
  ['Array', "'mine'"],
  ['Symbol', "'sign'"],
  ['Object', "'thing'"],
  ['Error', "'mistake'"],
  ['global', '5'],
  ['URL', "'address'"],
  ['window', '6'],
  ['document', "'essay'"],
  ['location', "'here'"],
  ['history', '[ 1, 2 ]'],
  ['top', '7'],
  ['length', '8'],
  ['origin', '[ 0, 0 ]'],
  ['Promise', "'word'"],
  ['async', '9'],
  ['of', '10'],
  ['input', '11'],
  ['widgets', '12'],
  ['Deno', "'dinosaur'"],
  ['cell', '13'],
  ['result', '14'],
  ['box', '15'],
  ['jsx', '16'],
  ['__filename', "'file'"],
  ['performance', '17'],
  ['Map', "'chart'"],
  ['Function', '18'],
  ['JSON', '19'],
  ['Reflect', '20'],
  ['tslab', '21'],
])('%s can be declared without breaking anything', async (name, value) => {
  const { kernel } = fixture;
  const same = await kernel.ok(`let ${name} = ${value};\n${name}`);
  expect(same.text).toBe(value);
  expect(await kernel.value(name)).toBe(value);
  expect(await kernel.value(`const use${name} = () => ${name};\nawait (async () => use${name}())()`)).toBe(
    value,
  );
  const failed = await kernel.fails('throw new RangeError("still reported")');
  expect(failed.reply).toMatchObject({ ename: 'RangeError', evalue: 'still reported' });
});

test.each([
  [
    'a function',
    'function print() { return 1 }\nfunction alert() { return 2 }\nfunction require2() {}',
    'print() + alert()',
    '3',
  ],
  [
    'a class',
    'class Buffer { n = 3 }\nclass URL { n = 4 }\nclass Event { n = 5 }',
    'new Buffer().n + new URL().n + new Event().n',
    '12',
  ],
  [
    'an import',
    'import { join as fetch, sep as process } from "node:path";',
    'fetch("a", "b") + process',
    "'a/b/'",
  ],
  ['var', 'var console = 1, global = 2, self = 3;', 'console + global + self', '6'],
  [
    'a pattern',
    'const { name, status, event, module, exports } = { name: 1, status: 2, event: 3, module: 4, exports: 5 };',
    '[name, status, event, module, exports].join()',
    "'1,2,3,4,5'",
  ],
  [
    'a type',
    'interface Window { mine: 1 }\ntype Document = 2;',
    'const d: Document = 2;\nconst w: Window = { mine: 1 };\nd + w.mine',
    '3',
  ],
])('%s may have such a name', async (_how, code, use, expected) => {
  await fixture.kernel.ok(code);
  expect(await fixture.kernel.value(use)).toBe(expected);
});

test('what node itself uses is not overwritten', async () => {
  const { kernel } = fixture;
  await kernel.ok('var setTimeout = 5; var queueMicrotask = 6; let URL = 7; var clearTimeout = 8');
  expect(await kernel.value('typeof globalThis.setTimeout + typeof globalThis.console.log')).toBe(
    "'functionfunction'",
  );
  const waited =
    'await new globalThis.Promise<string>((done) => { globalThis.setTimeout(() => done("timer"), 1) })';
  expect(await kernel.value(waited)).toBe("'timer'");
  const printed = await kernel.ok('globalThis.console.log("still prints")');
  expect(printed.stdout).toBe('still prints\n');
});
