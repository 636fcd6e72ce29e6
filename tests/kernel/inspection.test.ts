import { describe, expect, test } from 'vitest';
import { inspect as ask } from './editor.js';
import { useKernel } from './fixture.js';

const fixture = useKernel({
  firstCell: `
    /**
     * Adds two things, see {@link Math}.
     * @param a the first
     * @param b the second
     * @returns the sum
     * @example
     * \`\`\`ts
     * add(1, 2)
     * \`\`\`
     * @deprecated use plus
     */
    function add(a: number, b: number): number;
    function add(a: string, b: string): string;
    function add(a: any, b: any) { return a + b; }
    const data = JSON.parse('{"rows":[1,2],"mean":1.5}');
    const rates: Record<string, number> = { small: 0.1 };
    const weights = new Float64Array(1000);
    const scale = (x: number) => 2 * x;
    let looked = 0;
    const lazy: any = { get inner() { looked++; return 1; }, toString() { looked++; return ''; } };
    import { batchNorm } from 'batchnorm';`,
});

const inspect = (text: string, detail?: number) => ask(fixture.kernel, text, detail);

describe('inspection', () => {
  test('renders the documentation as Markdown', async () => {
    const { markdown } = await inspect('ad¦d');
    expect(markdown).toContain('```typescript\nfunction add(a: number, b: number): number');
    for (const part of ['**@param** `a` — the first', '**@returns** — the sum', '**@deprecated** — use plus'])
      expect(markdown).toContain(part);
    expect(markdown).toContain('```ts\nadd(1, 2)\n```');
    expect(markdown).not.toContain('file:');
  });

  test('renders it as text for who shows nothing else', async () => {
    const { plain } = await inspect('ad¦d');
    expect(plain).toContain('@param a — the first');
    expect(plain).toContain('add(1, 2)');
    expect(plain).not.toMatch(/```|\*\*|`/);
  });

  test.each([
    ['first', 'add(¦', 'Argument 1 of 2: a: number — the first'],
    ['second', 'add(1, ¦)', 'Argument 2 of 2: b: number — the second'],
    ['second, on its own line', "add(\n  'x',\n  ¦", 'Argument 2 of 2: b: string — the second'],
    ['second, behind astral characters', "'\u{1F600}'; add(1, ¦)", 'Argument 2 of 2: b: number — the second'],
    [
      'second, in text with carriage returns',
      "'\u{1F600}';\r\nadd(1,\r\n¦)",
      'Argument 2 of 2: b: number — the second',
    ],
  ])('marks the %s argument of the call that is being written', async (_which, text, argument) => {
    const { plain } = await inspect(text);
    expect(plain).toContain(argument);
  });

  test('counts the overloads and shows the others', async () => {
    const { plain } = await inspect('add(1, ¦)');
    expect(plain).toContain('Overload 1 of 2');
    expect(plain).toContain('add(a: string, b: string): string');
  });

  test('shows both the name at the cursor and the call around it', async () => {
    const { plain } = await inspect('add(1, rat¦es)');
    expect(plain).toContain('const rates: Record<string, number>');
    expect(plain).toContain('Argument 2 of 2');
  });

  test('shows the value where the type says little', async () => {
    expect((await inspect('da¦ta')).plain).toContain('{ rows: Array(2), mean: 1.5 }');
    expect((await inspect('data.me¦an')).plain).toContain('1.5 (number)');
    expect((await inspect('rat¦es')).plain).toContain('{ small: 0.1 }');
    expect((await inspect('weig¦hts')).plain).not.toContain('In memory');
    expect((await inspect('ad¦d')).plain).not.toContain('In memory');
  });

  test('shows what the types do not know but is there', async () => {
    await fixture.kernel.ok('(globalThis as any).putThere = { inside: 1 }');
    expect((await inspect('globalThis.putThe¦re')).plain).toContain('{ inside: 1 }');
  });

  test('does not run code to show a value', async () => {
    const before = await fixture.kernel.value('looked');
    expect((await inspect('la¦zy', 1)).plain).toContain('inner: [getter]');
    expect((await inspect('lazy.inn¦er', 1)).plain).not.toContain('In memory');
    expect(await fixture.kernel.value('looked')).toBe(before);
  });

  test('shows at the higher level the value of any name', async () => {
    expect((await inspect('weig¦hts', 1)).plain).toContain('Float64Array(1000) [ 0, 0,');
  });

  test('shows at the higher level how a name of an earlier cell is written', async () => {
    expect((await inspect('sca¦le', 1)).markdown).toContain('const scale = (x: number) => 2 * x;');
    await fixture.kernel.ok('const bare = 5');
    expect((await inspect('bar¦e', 1)).plain).toMatch(/\nconst bare = 5$/);
    const { plain } = await inspect('ad¦d', 1);
    const texts = ['(a: number, b: number): number;', '(a: string, b: string): string;', 'return a + b;'];
    const places = texts.map((text) => plain.lastIndexOf(text));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(plain).toContain('Declared in an earlier cell');
    expect((await inspect('ad¦d', 0)).plain).not.toContain('return a + b');
  });

  test('shows at the higher level the source in this cell, a local file, a package and the language', async () => {
    fixture.write({ 'helpers.ts': '/** Helps. */\nexport function help() {\n  return 7;\n}' });
    expect((await inspect('const z = 5;\nz¦', 1)).plain).toContain('Declared in this cell\n\nconst z = 5;');
    const local = await inspect("import { help } from './helpers.js';\nhel¦p()", 1);
    expect(local.plain).toContain('Declared in helpers.ts');
    expect(local.plain).toContain('return 7;');
    const own = await inspect('batchNor¦m', 1);
    expect(own.plain).toContain('src/transform.ts');
    expect(own.plain).toContain('checkTrainingBatch(m);');
    const built = await inspect('Math.sq¦rt', 1);
    expect(built.plain).toContain('Declared in lib.es5.d.ts');
  });

  test('says how to import a name that is not known', async () => {
    const { plain, found } = await inspect('readFileSy¦nc');
    expect(found).toBe(true);
    expect(plain).toContain("import { readFileSync } from 'node:fs';");
  });

  test('finds nothing in strings, comments and keys', async () => {
    for (const text of ["'da¦ta'", '// da¦ta', '/* da¦ta */', 'const s = `da¦ta`', '   ¦  '])
      expect((await inspect(text)).found).toBe(false);
    expect((await inspect('const o = { da¦ta: 1 }')).plain).not.toContain('In memory');
  });

  test('answers during an endless loop', async () => {
    const run = fixture.kernel.startCell("console.log('in it'); for (;;);");
    await run.until((message) => message.header.msg_type === 'stream', 'the output of the loop');
    await expect.poll(async () => (await inspect('da¦ta')).plain, { timeout: 20_000 }).toContain('mean: 1.5');
    expect(run.idleAt).toBeUndefined();
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
  });
});

describe('a cell that asks', () => {
  test('shows what is known of a name', async () => {
    const run = await fixture.kernel.ok('add?');
    const shown = run.of('display_data');
    expect(shown).toHaveLength(1);
    expect(shown[0]?.content.data['text/plain']).toContain('@param a — the first');
    expect(shown[0]?.content.data['text/markdown']).toContain('**@param**');
    expect(shown[0]?.content.data['text/plain']).not.toContain('return a + b');
  });

  test('shows with two marks the source and the value, also of a member', async () => {
    const source = (await fixture.kernel.ok('add??')).of('display_data')[0];
    expect(source?.content.data['text/plain']).toContain('return a + b');
    const value = (await fixture.kernel.ok(' ??data.mean\n')).of('display_data')[0];
    expect(value?.content.data['text/plain']).toContain('1.5 (number)');
  });

  test('says so when the name is not known', async () => {
    const shown = (await fixture.kernel.ok('noSuchName?')).of('display_data')[0];
    expect(shown?.content.data['text/plain']).toBe('noSuchName is not known.');
  });

  test('is no other cell than a name with marks', async () => {
    expect(await fixture.kernel.value('data?.mean')).toBe('1.5');
    expect(await fixture.kernel.value('data.none ?? 7')).toBe('7');
    expect((await fixture.kernel.fails('1 + data?')).traceback).toContain('error');
  });
});
