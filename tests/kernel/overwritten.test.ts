import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

/** A kernel of its own: what a test overwrites stays so for those after it. */
const fixture = useKernel();

/** Everything that a cell asks of the runner: names, imports, output, awaits, an error with its line. */
async function stillWorks(): Promise<void> {
  const { kernel } = fixture;
  const file = `file${Math.random().toString(36).slice(2)}`;
  fixture.write({ [`${file}.ts`]: 'export const loaded: string = "loaded";' });
  expect(await kernel.value('let kept = 40;\nkept + 2')).toBe('42');
  expect(await kernel.value('kept')).toBe('40');
  const run = await kernel.ok(
    `import { loaded } from "./${file}.js";\nconsole.log(loaded);\nawait null;\n({ a: loaded })`,
  );
  expect(run.stdout).toBe('loaded\n');
  expect(run.text).toBe("{ a: 'loaded' }");
  const failed = await kernel.fails('const before = 1;\nthrow new RangeError("seen")');
  expect(failed.reply).toMatchObject({ ename: 'RangeError', evalue: 'seen' });
  expect(failed.traceback).toContain(':2:');
}

describe('a cell may overwrite what the kernel itself uses', () => {
  test.each([
    ['globalThis.setTimeout', 'globalThis.setTimeout = (() => { throw new Error("mine") }) as any;'],
    ['Array.prototype.map', 'Array.prototype.map = () => { throw new Error("mine") };'],
    [
      'more of Array.prototype',
      'for (const name of ["push", "join", "filter", "forEach", "slice", "at", "some"] as const) (Array.prototype as any)[name] = () => { throw new Error("mine") };',
    ],
    ['Promise.prototype.then', 'Promise.prototype.then = () => { throw new Error("mine") };'],
    ['the global Promise', 'globalThis.Promise = class {} as any;'],
    ['JSON', 'JSON.stringify = () => "mine"; JSON.parse = () => "mine";'],
    [
      'functions of Object',
      'Object.keys = Object.entries = Object.assign = Object.defineProperty = Object.getOwnPropertyDescriptor = (() => { throw new Error("mine") }) as any;',
    ],
    [
      'methods of strings',
      'for (const name of ["includes", "split", "replace", "startsWith", "slice"] as const) (String.prototype as any)[name] = () => { throw new Error("mine") };',
    ],
    [
      'methods of regular expressions',
      'RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error("mine") };',
    ],
    [
      'methods of maps and sets',
      'Map.prototype.get = () => undefined; Map.prototype.set = Set.prototype.add = Set.prototype.has = () => { throw new Error("mine") };',
    ],
    [
      'Buffer',
      'Buffer.from = Buffer.allocUnsafe = (() => { throw new Error("mine") }) as any; Buffer.byteLength = () => 0;',
    ],
    ['a method by deleting it', 'delete (Array.prototype as any).concat;'],
    [
      'how arrays are iterated',
      'Array.prototype[Symbol.iterator] = (() => { throw new Error("mine") }) as any;',
    ],
  ])('%s', async (_what, code) => {
    await fixture.kernel.ok(code);
    await stillWorks();
  });

  test('and sees its own version in every later cell', async () => {
    expect(await fixture.kernel.value('JSON.stringify(1)')).toBe("'mine'");
    expect(await fixture.kernel.value('typeof (Array.prototype as any).concat')).toBe("'undefined'");
    const run = await fixture.kernel.fails('[1].map((x) => x)');
    expect(run.reply.evalue).toBe('mine');
    expect(await fixture.kernel.value('await (async () => { await null; return JSON.parse("1") })()')).toBe(
      "'mine'",
    );
  });

  test('process.stdout.write and console.log, whose output then is its own affair', async () => {
    await fixture.kernel.ok('process.stdout.write = () => true;\nconsole.log = () => {};');
    const run = await fixture.kernel.ok('console.log("lost");\nconsole.error("kept");\n3');
    expect(run.text).toBe('3');
    expect(run.stdout).toBe('');
    expect(run.stderr).toBe('kept\n');
  });
});
