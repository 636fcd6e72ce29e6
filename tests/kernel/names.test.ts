import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { INTERNAL } from './places.js';

const fixture = useKernel();

describe('a name means the same thing in every cell', () => {
  test.each([
    ['let', 'let viaLet = 1', 'viaLet', '1'],
    ['const', 'const viaConst = 2', 'viaConst', '2'],
    ['var', 'var viaVar = 3', 'viaVar', '3'],
    ['a function', 'function viaFunction() { return 4 }', 'viaFunction()', '4'],
    ['an async function', 'async function viaAsync() { return 5 }', 'await viaAsync()', '5'],
    ['a generator', 'function* viaGenerator() { yield 6 }', '[...viaGenerator()]', '[ 6 ]'],
    ['a class', 'class ViaClass { value = 7 }', 'new ViaClass().value', '7'],
    ['an enum', 'enum ViaEnum { A = 8 }', 'ViaEnum.A', '8'],
    ['a const enum', 'const enum ViaConstEnum { A = 9 }', 'ViaConstEnum.A', '9'],
    ['a namespace', 'namespace ViaNamespace { export const x = 10 }', 'ViaNamespace.x', '10'],
    [
      'object destructuring',
      'const { a: viaObject, ...viaRest } = { a: 11, b: 12 }',
      '[viaObject, viaRest]',
      '[ 11, { b: 12 } ]',
    ],
    [
      'array destructuring',
      'let [viaArray, , viaDefault = 14] = [13, 0]',
      '[viaArray, viaDefault]',
      '[ 13, 14 ]',
    ],
    ['a var in a block', 'if (1 < 2) { var viaBlock = 15 }', 'viaBlock', '15'],
    ['a var in a for', 'for (var viaFor = 0; viaFor < 16; viaFor++) {}', 'viaFor', '16'],
    ['declarations without a value', 'let viaEmpty: number | undefined', 'viaEmpty === undefined', 'true'],
  ])('when it was declared by %s', async (_what, declaration, use, expected) => {
    await fixture.kernel.ok(declaration);
    expect(await fixture.kernel.value(use)).toBe(expected);
  });

  test('an interface and a type of an earlier cell are used in a later one', async () => {
    await fixture.kernel.ok('interface Sized { size: number }\ntype Maybe<T> = T | undefined');
    expect(await fixture.kernel.value('const sized: Maybe<Sized> = { size: 17 };\nsized.size')).toBe('17');
  });

  test('a function of an earlier cell sees what a later cell assigns', async () => {
    await fixture.kernel.ok(
      'let lr = 0.1;\nfunction step() { return lr * 10 }\nconst arrow = () => lr * 100',
    );
    await fixture.kernel.ok('lr = 0.5');
    expect(await fixture.kernel.value('[step(), arrow()]')).toBe('[ 5, 50 ]');
  });

  test('a later cell sees what a function of an earlier cell assigns', async () => {
    await fixture.kernel.ok('let counter = 0;\nfunction increase() { counter++ }');
    await fixture.kernel.ok('increase(); increase()');
    expect(await fixture.kernel.value('counter')).toBe('2');
  });

  test('a function of an earlier cell sees a later redeclaration', async () => {
    await fixture.kernel.ok('let speed = 1;\nfunction readSpeed() { return speed }');
    await fixture.kernel.ok('let speed = 2');
    expect(await fixture.kernel.value('readSpeed()')).toBe('2');
  });

  test('a function calls one that a later cell has redefined', async () => {
    await fixture.kernel.ok('function inner() { return "old" }\nfunction outer() { return inner() }');
    await fixture.kernel.ok('function inner() { return "new" }');
    expect(await fixture.kernel.value('outer()')).toBe("'new'");
  });

  test('a closure kept by a promise sees later assignments', async () => {
    await fixture.kernel.ok(
      'let seen = "early";\nlet open = () => {};\nconst soon = new Promise<void>((done) => { open = done }).then(() => seen);',
    );
    await fixture.kernel.ok('seen = "late";\nopen();');
    expect(await fixture.kernel.value('await soon')).toBe("'late'");
  });

  test('compound assignment, increments and destructuring assignment reach earlier names', async () => {
    await fixture.kernel.ok('let p = 1;\nlet q = 2;\nlet r: { value?: number } = {}');
    await fixture.kernel.ok('p += 10; q++; [p, q] = [q, p]; ({ value: r.value } = { value: 5 }); p **= 2');
    expect(await fixture.kernel.value('[p, q, r.value]')).toBe('[ 9, 11, 5 ]');
  });

  test('a local name shadows a name of a cell, in a parameter, a block, a catch and a class', async () => {
    await fixture.kernel.ok('let shade = "outer"');
    const run = await fixture.kernel.ok(`
      const seenBy: string[] = [];
      ((shade: string) => seenBy.push(shade))('parameter');
      { const shade = 'block'; seenBy.push(shade) }
      try { throw 'catch' } catch (shade) { seenBy.push(String(shade)) }
      for (const shade of ['loop']) seenBy.push(shade);
      (function shade(): void { seenBy.push(typeof shade) })();
      const bag = { shade };
      seenBy.push(bag.shade);
      seenBy.join()`);
    expect(run.text).toBe("'parameter,block,catch,loop,function,outer'");
  });

  test('typeof of a name works across cells, in values and in types', async () => {
    await fixture.kernel.ok('const typed = { a: 1 }');
    expect(await fixture.kernel.value('const same: typeof typed = { a: 2 };\ntypeof typed + same.a')).toBe(
      "'object2'",
    );
  });

  test('methods called through a name keep no false this', async () => {
    await fixture.kernel.ok('function whoIsThis(this: unknown) { return this }');
    expect(await fixture.kernel.value('whoIsThis() === undefined')).toBe('true');
  });
});

describe('any redeclaration works', () => {
  test('through every kind and back, with new types', async () => {
    const { kernel } = fixture;
    const kinds: [string, string, string][] = [
      ['let thing = 1', 'thing + 1', '2'],
      ['const thing = "text"', 'thing.length', '4'],
      ['function thing(x: number) { return x * 2 }', 'thing(4)', '8'],
      ['class thing { value = 5 }', 'new thing().value', '5'],
      ['enum thing { Only = 6 }', 'thing.Only', '6'],
      ['namespace thing { export const seven = 7 }', 'thing.seven', '7'],
      ['var thing = [8]', 'thing[0]', '8'],
      ['import thing from "node:path"', 'thing.basename("a/9")', "'9'"],
      ['const { thing } = { thing: 10n }', 'thing', '10n'],
      ['let thing = 11', 'thing', '11'],
    ];
    for (const [declaration, use, expected] of kinds) {
      await kernel.ok(declaration);
      expect(await kernel.value(use), declaration).toBe(expected);
    }
  });

  test('the same cell runs again and again', async () => {
    const cell =
      'const again = 1;\nlet more = again + 1;\nclass Again {}\nenum Side { Left }\nfunction f() { return more }\nf()';
    for (let time = 0; time < 3; time++) expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('a cell that reads its own name from before and redeclares it is told so', async () => {
    await fixture.kernel.ok('const total = 1');
    const run = await fixture.kernel.fails('const total = total + 1');
    expect(run.traceback).toMatch(/total/);
    expect(run.traceback).toMatch(/before/);
    expect(await fixture.kernel.value('total')).toBe('1');
  });

  test('a type and a value of one name can be replaced each on its own', async () => {
    await fixture.kernel.ok('interface Both { x: number }\nconst Both = { make: (): Both => ({ x: 1 }) }');
    expect(await fixture.kernel.value('const made: Both = Both.make();\nmade.x')).toBe('1');
  });

  test('within one cell a second declaration is refused as TypeScript does', async () => {
    const run = await fixture.kernel.fails('let twice = 1;\nlet twice = 2;');
    expect(run.traceback).toContain("Cannot redeclare block-scoped variable 'twice'");
  });
});

describe('the time before a declaration', () => {
  test.each([
    ['let', 'let early = 1', 'early'],
    ['const', 'const early = 1', 'early'],
    ['class', 'class early {}', 'early'],
  ])(
    'reading a %s before its declaration is an error and not undefined',
    async (_kind, declaration, name) => {
      const run = await fixture.kernel.fails(`const read = () => ${name};\nread();\n${declaration};`);
      expect(run.reply.ename).toBe('ReferenceError');
      expect(run.reply.evalue).toContain("Cannot access 'early' before initialization");
    },
  );

  test('a function may be called before its declaration', async () => {
    expect(await fixture.kernel.value('const got = hoisted();\nfunction hoisted() { return 12 }\ngot')).toBe(
      '12',
    );
  });

  test('a name declared again is not read in its old form before the new declaration', async () => {
    await fixture.kernel.ok('let fresh = "old"');
    const run = await fixture.kernel.fails(
      'const peek = () => fresh;\nconsole.log(peek());\nlet fresh = "new";',
    );
    expect(run.stdout).toBe('');
    expect(run.reply.evalue).toContain('fresh');
  });

  test('names that a cell gave a value before it threw are kept, later ones are unknown', async () => {
    await fixture.kernel.fails(
      'const reached = 1;\nlet alsoReached = 2;\nthrow new Error("stop");\nconst notReached = 3;',
    );
    expect(await fixture.kernel.value('reached + alsoReached')).toBe('3');
    const run = await fixture.kernel.fails('notReached');
    expect(run.traceback).toContain("Cannot find name 'notReached'");
  });

  test('a name that was redeclared by a cell that threw first keeps its old value and type', async () => {
    await fixture.kernel.ok('let steady = 5');
    await fixture.kernel.fails('throw new Error("first");\nlet steady = "text";');
    expect(await fixture.kernel.value('steady.toFixed(1)')).toBe("'5.0'");
  });

  test('functions of a cell that threw are kept', async () => {
    await fixture.kernel.fails('throw new Error("stop");\nfunction survivor() { return 13 }');
    expect(await fixture.kernel.value('survivor()')).toBe('13');
  });
});

describe('names that tools see', () => {
  test('a function in a const is named after it', async () => {
    await fixture.kernel.ok(
      'const relu = (x: number) => Math.max(0, x);\nconst Layer = class {};\nlet tanh = function () {}',
    );
    expect(await fixture.kernel.value('[relu.name, Layer.name, tanh.name].join()')).toBe("'relu,Layer,tanh'");
  });

  test('an error about a name speaks of the name that the student wrote', async () => {
    await fixture.kernel.ok(
      'let model: { train(): void } | undefined = undefined as any;\nconst config: any = undefined;',
    );
    const call = await fixture.kernel.fails('(config as any).train()');
    expect(call.reply.evalue).toContain("Cannot read properties of undefined (reading 'train')");
    expect(call.traceback).not.toMatch(INTERNAL);
    await fixture.kernel.ok('const notFunction: any = 5');
    const wrong = await fixture.kernel.fails('notFunction()');
    expect(wrong.reply.evalue).toBe('notFunction is not a function');
    expect(wrong.traceback).not.toMatch(INTERNAL);
  });

  test('an error in a method names the object as the student wrote it', async () => {
    await fixture.kernel.ok('const net: any = { layers: [] }');
    const run = await fixture.kernel.fails('net.forward(1)');
    expect(run.reply.evalue).toBe('net.forward is not a function');
  });
});

test('a function that a cell exports as default is known by its name', async () => {
  await fixture.kernel.ok('export default function exported() { return "default" }');
  expect(await fixture.kernel.value('exported()')).toBe("'default'");
});
