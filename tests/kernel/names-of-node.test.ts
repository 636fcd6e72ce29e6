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

test('what node itself uses is not overwritten', async () => {
  const { kernel } = fixture;
  await kernel.ok('var setTimeout = 5; var queueMicrotask = 6; let URL = 7; var clearTimeout = 8');
  expect(await kernel.value('typeof globalThis.setTimeout + typeof globalThis.console.log')).toBe(
    "'functionfunction'",
  );
  const waited = 'await new Promise<string>((done) => { globalThis.setTimeout(() => done("timer"), 1) })';
  expect(await kernel.value(waited)).toBe("'timer'");
  const printed = await kernel.ok('globalThis.console.log("still prints")');
  expect(printed.stdout).toBe('still prints\n');
});
