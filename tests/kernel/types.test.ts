import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { INTERNAL, namesLine } from './places.js';

const fixture = useKernel();

describe('a cell with a type error', () => {
  test("is refused with the line, the column and the compiler's number", async () => {
    const run = await fixture.kernel.fails('const fine = 1;\nconst count: number = "three";');
    expect(run.traceback).toContain("Type 'string' is not assignable to type 'number'");
    expect(run.traceback).toMatch(/TS2322|2322/);
    expect(namesLine(run, 2, 7)).toBe(true);
  });

  test('shows the source line that is wrong', async () => {
    const run = await fixture.kernel.fails('let right = 1;\nright = "left";');
    expect(run.traceback).toContain('right = "left";');
  });

  test('prints nothing before the error stops it', async () => {
    const run = await fixture.kernel.fails('console.log("must not run");\nconst wrong: number = "text";');
    expect(run.stdout).toBe('');
  });

  test('leaves no names behind', async () => {
    await fixture.kernel.fails('const leftOver = 1;\nconst wrong: number = "text";');
    const run = await fixture.kernel.fails('leftOver');
    expect(run.traceback).toContain("Cannot find name 'leftOver'");
  });

  test('leaves earlier names as they were', async () => {
    await fixture.kernel.ok('let kept = 1');
    await fixture.kernel.fails('kept = 2;\nlet kept: string = 3;');
    expect(await fixture.kernel.value('kept + 1')).toBe('2');
  });

  test('reports all its errors at once', async () => {
    const run = await fixture.kernel.fails(
      'const a: number = "x";\nconst b: string = 1;\nunknownName;\n"text".noSuchMethod();',
    );
    expect(run.traceback).toContain("Type 'string' is not assignable to type 'number'");
    expect(run.traceback).toContain("Type 'number' is not assignable to type 'string'");
    expect(run.traceback).toContain("Cannot find name 'unknownName'");
    expect(run.traceback).toContain("Property 'noSuchMethod' does not exist");
    for (const line of [1, 2, 3, 4]) expect(namesLine(run, line)).toBe(true);
  });

  test('names its error and its message in the reply', async () => {
    const run = await fixture.kernel.fails('const n: number = "x"');
    expect(run.reply.ename).toMatch(/Type/);
    expect(run.reply.evalue).toContain("Type 'string' is not assignable to type 'number'");
    expect(run.reply.traceback).toEqual(run.of('error')[0].content.traceback);
  });
});

describe('strictness', () => {
  test('an implicit any is refused', async () => {
    const run = await fixture.kernel.fails('function loose(x) { return x }');
    expect(run.traceback).toContain("Parameter 'x' implicitly has an 'any' type");
  });

  test('a value that may be undefined is not used without a check', async () => {
    const run = await fixture.kernel.fails('const found = [1, 2].find((x) => x > 1);\nfound.toFixed(1);');
    expect(run.traceback).toContain("'found' is possibly 'undefined'");
  });

  test('a caught error is unknown', async () => {
    const run = await fixture.kernel.fails('try { JSON.parse("") } catch (e) { console.log(e.message) }');
    expect(run.traceback).toContain("'e' is of type 'unknown'");
  });

  test('an unused name is no error', async () => {
    const run = await fixture.kernel.ok('const unused = 1;\nfunction alsoUnused(parameter: number) {}');
    expect(run.of('error')).toEqual([]);
  });

  test('a syntax error runs nothing and says where', async () => {
    const run = await fixture.kernel.fails('console.log("must not run");\nconst x = ;');
    expect(run.stdout).toBe('');
    expect(run.traceback).toContain('Expression expected');
    expect(namesLine(run, 2, 11)).toBe(true);
  });

  test('an unclosed string is said with its place', async () => {
    const run = await fixture.kernel.fails("const s = 'open");
    expect(run.traceback).toContain('Unterminated string literal');
    expect(namesLine(run, 1)).toBe(true);
  });

  test('columns are counted in characters after astral ones too', async () => {
    const run = await fixture.kernel.fails('const smile = "\u{1F600}"; const n: number = smile;');
    expect(run.traceback).toContain("Type 'string' is not assignable");
    expect(run.traceback).not.toMatch(INTERNAL);
  });

  test('// @ts-expect-error and explicit any work as they do in a file', async () => {
    const run = await fixture.kernel.ok(
      '// @ts-expect-error for the exercise\nconst odd: number = "x";\n(odd as any).length',
    );
    expect(run.text).toBe('1');
  });
});

describe('types across cells', () => {
  test('an earlier let keeps its type', async () => {
    await fixture.kernel.ok('let rate = 0.1');
    const run = await fixture.kernel.fails('rate = "fast"');
    expect(run.traceback).toContain("Type 'string' is not assignable to type 'number'");
  });

  test('an earlier const cannot be assigned', async () => {
    await fixture.kernel.ok('const fixed = 1');
    const run = await fixture.kernel.fails('fixed = 2');
    expect(run.traceback).toContain("Cannot assign to 'fixed' because it is a constant");
  });

  test('an earlier generic function is checked where it is called', async () => {
    await fixture.kernel.ok('function firstOf<T>(items: readonly T[]): T | undefined { return items[0] }');
    await fixture.kernel.ok('const head: number | undefined = firstOf([1, 2])');
    const run = await fixture.kernel.fails('const bad: string | undefined = firstOf([1, 2])');
    expect(run.traceback).toContain('is not assignable');
  });

  test('an earlier interface, type and enum are known', async () => {
    await fixture.kernel.ok(
      'interface Shape { rows: number }\ntype Shapes = Shape[];\nenum Mode { Train, Test }',
    );
    expect(
      await fixture.kernel.value('const shapes: Shapes = [{ rows: 2 }];\nshapes[0].rows + Mode.Test'),
    ).toBe('3');
    const run = await fixture.kernel.fails('const wrong: Shape = { row: 2 }');
    expect(run.traceback).toContain("'row' does not exist in type 'Shape'");
  });

  test('a redeclared name has its new type in later cells', async () => {
    await fixture.kernel.ok('let changing = 1');
    await fixture.kernel.ok('let changing = "text"');
    expect(await fixture.kernel.value('changing.toUpperCase()')).toBe("'TEXT'");
    const run = await fixture.kernel.fails('changing.toFixed(1)');
    expect(run.traceback).toContain("Property 'toFixed' does not exist on type 'string'");
  });

  test('the types of node and of ECMAScript are there', async () => {
    await fixture.kernel.ok(`
      const bytes: Buffer = Buffer.from('a');
      const address: URL = new URL('http://localhost/');
      const last: number | undefined = [1, 2].at(-1);
      process.version.length + structuredClone([1]).length`);
  });

  test('the DOM is not there', async () => {
    const run = await fixture.kernel.fails('document.title');
    expect(run.traceback).toContain("Cannot find name 'document'");
  });
});

describe('a name that is not known', () => {
  test('comes with the import that would make it known', async () => {
    fixture.write({ 'near.ts': 'export const nearThing = 1;' });
    const run = await fixture.kernel.fails("const a = readFileSync('x');\nnearThing;");
    expect(run.traceback).toContain("import { readFileSync } from 'node:fs';");
    expect(run.traceback).toContain("import { nearThing } from './near.js';");
  });

  test('comes alone where nothing has that name', async () => {
    const run = await fixture.kernel.fails('noSuchNameAnywhere;');
    expect(run.traceback).toContain("Cannot find name 'noSuchNameAnywhere'");
    expect(run.traceback).not.toContain('import');
  });
});
