import { describe, expect, test } from 'vitest';
import { complete as ask } from './editor.js';
import { useKernel } from './fixture.js';

const fixture = useKernel({
  firstCell: `
    const data = JSON.parse('{"rows":[{"name":"x","size of":3}],"mean":1.5,"two words":1}');
    const record: Record<string, number> = { alpha: 1, beta: 2 };
    const partly: { known: number; [key: string]: number } = { known: 1, other: 2 };
    const nothingKnown: unknown = { hidden: 1 };
    const typed = { one: 1, two: { three: 3 } };
    (typed as any).extra = 'not in the type';
    let looked = 0;
    class Model { #secret = 1; weights: any = 5; get loss() { looked++; return 1 } train() {} }
    const model: any = new Model();
    const watched: any = new Proxy({ a: 1 }, {
      ownKeys() { looked++; return ['a']; },
      getOwnPropertyDescriptor() { looked++; return undefined; },
      getPrototypeOf() { looked++; return null; },
    });
    const lazy: any = { get inner() { looked++; return { deep: 1 }; }, ok: 1 };
    interface Layer { units: number }
    /** @deprecated */
    const oldRate = 1;
    const oldRateNew = 2;
    import * as zlib from 'node:zlib';
    import { execFileSync } from 'node:child_process';`,
});

const complete = (text: string) => ask(fixture.kernel, text);

describe('completion from values', () => {
  test.each([
    ['any', 'data.¦', ['mean', 'rows']],
    ['any, further down', 'data.rows[0].¦', ['name']],
    ['any, behind an optional chain', 'data?.¦', ['mean', 'rows']],
    ['any, on the next line', 'data\n  // why\n  .¦', ['mean', 'rows']],
    ['any, inside a template', `const t = \`mean: \${data.¦}\``, ['mean', 'rows']],
    ['any, in a call that is not closed', 'console.log(data.¦', ['mean', 'rows']],
    ['any, in the head of a loop that is not closed', 'for (const row of data.¦', ['mean', 'rows']],
    ['unknown', 'nothingKnown.¦', ['hidden']],
    ['Record<string, number>', 'record.¦', ['alpha', 'beta']],
    ['a cast to any', '(nothingKnown as any).¦', ['hidden']],
  ])('offers the keys that are there where the type is %s', async (_what, text, keys) => {
    const { matches, types } = await complete(text);
    expect([...matches].sort()).toEqual(keys);
    for (const key of keys) expect(types[key]).toMatch(/^live-/);
  });

  test('says what kind of value each key has', async () => {
    const { types, signatures } = await complete('data.¦');
    expect(types).toMatchObject({ rows: 'live-array', mean: 'live-number' });
    expect(signatures.mean).toContain('number');
  });

  test('narrows them to what has been typed', async () => {
    const { matches, replaced } = await complete('data.me¦');
    expect(matches).toEqual(['mean']);
    expect(replaced).toBe('me');
  });

  test('offers keys in brackets, also those that are no names', async () => {
    expect((await complete("data['¦']")).matches).toEqual(['rows', 'mean', 'two words']);
    expect((await complete('data["two¦')).applied()).toBe('data["two words');
    expect((await complete("data.rows[0]['¦']")).matches).toContain('size of');
    expect((await complete("record['a¦']")).matches).toEqual(['alpha']);
    expect((await complete("partly['¦']")).matches).toEqual(['known', 'other']);
  });

  test('offers keys that can be taken out of an object', async () => {
    expect((await complete('const { ¦ } = data')).matches).toEqual(expect.arrayContaining(['mean', 'rows']));
    expect((await complete('const { me¦ } = data')).applied()).toBe('const { mean } = data');
  });

  test('offers what a cell put on globalThis, and the environment', async () => {
    await fixture.kernel.ok('(globalThis as any).putThere = { inside: 1 }');
    expect((await complete('globalThis.putTh¦')).matches).toEqual(['putThere']);
    expect((await complete('globalThis.putThere.¦')).matches).toEqual(['inside']);
    expect((await complete('process.env.PAT¦')).matches).toContain('PATH');
  });

  test('offers the methods of a class, and no private names', async () => {
    expect([...(await complete('model.¦')).matches].sort()).toEqual(['loss', 'train', 'weights']);
  });

  test('leaves a type that says what there is alone', async () => {
    expect((await complete('typed.¦')).matches).toEqual(['one', 'two']);
    expect((await complete('typed.two.¦')).matches).toEqual(['three']);
  });

  test('runs no getter and no proxy', async () => {
    const before = await fixture.kernel.value('looked');
    expect((await complete('lazy.¦')).matches).toEqual(['inner', 'ok']);
    expect((await complete('lazy.inner.¦')).matches).toEqual([]);
    expect((await complete('model.loss.¦')).matches).toEqual([]);
    expect((await complete('watched.¦')).matches).toEqual([]);
    expect(await fixture.kernel.value('looked')).toBe(before);
  });

  test('runs nothing that a cell put in place of a built-in function', async () => {
    await fixture.kernel.ok(
      'const map = Array.prototype.map; Array.prototype.map = function () { looked++; return []; } as any;',
    );
    const before = await fixture.kernel.value('looked');
    expect((await complete('data.¦')).matches).toEqual(expect.arrayContaining(['mean', 'rows']));
    expect(await fixture.kernel.value('looked')).toBe(before);
    await fixture.kernel.ok('Array.prototype.map = map;');
  });

  test.each([
    ['a parameter', 'function f(data: any) { data.¦ }'],
    ["an arrow's parameter", '[1].map((data: any) => data.¦)'],
    ['a loop variable', 'for (const data of [] as any[]) { data.¦ }'],
    ['a caught error', 'try {} catch (data) { (data as any).¦ }'],
  ])('does not take %s for the variable of the same name', async (_what, text) => {
    expect((await complete(text)).matches).toEqual([]);
  });

  test('answers during an endless loop, which goes on', async () => {
    await fixture.kernel.ok('let turns = 0;');
    const run = fixture.kernel.startCell("console.log('in it'); for (;;) turns++;");
    await run.until((message) => message.header.msg_type === 'stream', 'the output of the loop');
    // On a machine that has no time for it, the answer may come without values: it is bounded.
    await expect
      .poll(async () => (await complete('data.¦')).matches, { timeout: 20_000 })
      .toEqual(expect.arrayContaining(['mean', 'rows']));
    expect((await complete('typed.¦')).matches).toEqual(['one', 'two']);
    expect(run.idleAt).toBeUndefined();
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.status).toBe('error');
    expect(Number(await fixture.kernel.value('turns'))).toBeGreaterThan(0);
  });

  test('answers from types alone while the program waits in native code', async () => {
    // Another program holds the runner until the file is there.
    const wait =
      "const fs = require('node:fs'); const look = () => fs.existsSync('go on') || setTimeout(look, 10); look();";
    const run = fixture.kernel.startCell(
      `console.log('asleep'); execFileSync(process.execPath, ['-e', ${JSON.stringify(wait)}]);`,
    );
    await run.until((message) => message.header.msg_type === 'stream', 'the output before the wait');
    expect((await complete('typed.¦')).matches).toEqual(['one', 'two']);
    expect((await complete('data.¦')).matches).toEqual([]);
    expect(run.idleAt).toBeUndefined();
    fixture.write({ 'go on': '' });
    await fixture.kernel.finish(run);
    expect(run.status).toBe('ok');
    expect((await complete('data.¦')).matches).toContain('mean');
  });
});

describe('completion that adds an import', () => {
  test('puts the import before the statement', async () => {
    const { applied, types } = await complete('const text = readFileS¦');
    expect(applied()).toBe("import { readFileSync } from 'node:fs';\nconst text = readFileSync");
    expect(Object.values(types)).toEqual(['import']);
  });

  test('leaves the statements before it and the text behind it alone', async () => {
    const { applied } = await complete('const n = 1;\nfunction f() {\n  return readFileS¦;\n}');
    expect(applied()).toBe(
      "const n = 1;\nimport { readFileSync } from 'node:fs';\nfunction f() {\n  return readFileSync;\n}",
    );
  });

  test('gives a cell that runs', async () => {
    const { applied } = await complete('const smile = "\u{1F600}"; const made = mkdtempS¦');
    expect(await fixture.kernel.value(`${applied()}; typeof made`)).toBe("'function'");
  });

  test('knows local files and what they export', async () => {
    fixture.write({
      'helpers.ts':
        'export function helpfulThing() { return 7 }\nexport interface HelpfulShape { a: 1 }\nexport default class HelpfulClass {}',
    });
    expect((await complete('helpfulTh¦')).applied()).toBe(
      "import { helpfulThing } from './helpers.js';\nhelpfulThing",
    );
    expect((await complete('let s: HelpfulSh¦')).applied()).toBe(
      "import type { HelpfulShape } from './helpers.js';\nlet s: HelpfulShape",
    );
    expect((await complete('new HelpfulC¦')).applied()).toBe(
      "import HelpfulClass from './helpers.js';\nnew HelpfulClass",
    );
    fixture.write({ 'helpers.ts': 'export const somethingElse = 1;' });
    expect((await complete('helpfulTh¦')).matches).toEqual([]);
  });

  test('knows the packages of the workspace that the notebook stands in', async () => {
    const { applied } = await complete('const normalised = batchNormInf¦');
    expect(applied()).toBe(
      "import { batchNormInference } from 'batchnorm';\nconst normalised = batchNormInference",
    );
  });

  test('imports in place where other matches replace the name alone', async () => {
    const { matches, replaced } = await complete(
      'const oldRateStreams = 1; let s = oldRateStreams + ReadableStreamX¦',
    );
    expect(matches).toEqual([]);
    expect(replaced).toBe('ReadableStreamX');
    const mixed = await complete('const parts = pars¦');
    expect(mixed.matches[0]).toBe('parseFloat');
    expect(mixed.replaced).toBe('pars');
    expect(mixed.matches).toContain("(await import('node:querystring')).parse");
  });

  test('offers no await where none may stand', async () => {
    const { matches } = await complete('function f() { return pars¦ }');
    expect(matches).toContain('parseInt');
    expect(matches.join()).not.toContain('await');
  });

  test('goes through a module that the cells import as a whole', async () => {
    expect((await complete('const packed = gzipS¦')).applied()).toBe('const packed = zlib.gzipSync');
  });

  test('offers none for a word that is hardly begun, for members, or in strings and comments', async () => {
    for (const text of [
      're¦',
      'data.readFileS¦',
      "'readFileS¦'",
      '// readFileS¦',
      'const { readFileS¦ } = typed',
    ])
      expect((await complete(text)).matches.join()).not.toContain('import');
  });
});

describe('completion of paths', () => {
  test('offers packages, also those that no package.json names, and subpaths', async () => {
    expect((await complete("import { batchNorm } from 'batc¦'")).matches).toEqual(['batchnorm']);
    expect((await complete("import * as tf from '@tensorflow/tfjs-co¦'")).matches.join()).toContain(
      'tfjs-core',
    );
    expect((await complete("import { readFile } from 'node:fs/¦'")).matches).toEqual(['promises']);
    expect((await complete("const fs = await import('node:f¦')")).matches).toContain('node:fs');
  });

  test('offers no module that does not exist', async () => {
    expect((await complete("import {} from 'nod¦'")).matches).not.toContain('node');
  });

  test('offers files of any kind in an ordinary string', async () => {
    fixture.write({ 'table.csv': 'a', 'sub/inner.txt': 'b' });
    expect((await complete("const t = 'tab¦'")).applied()).toBe("const t = 'table.csv'");
    expect((await complete("const t = './sub/¦'")).applied()).toBe("const t = './sub/inner.txt'");
    expect((await complete('const t = "su¦"')).matches).toEqual(['sub/']);
  });
});

describe('completion', () => {
  test('puts nothing silly into comments, strings, templates and regular expressions', async () => {
    for (const text of [
      '// Math.¦',
      '/* Math.¦ */',
      "'Math.¦'",
      '`Math.¦`',
      '/Math.¦/',
      'const s = "learn ¦"',
    ])
      expect((await complete(text)).matches).toEqual([]);
  });

  test('lists near names before global ones, and deprecated ones last', async () => {
    const { matches } = await complete('¦');
    expect(matches.indexOf('typed')).toBeLessThan(matches.indexOf('Array'));
    const old = await complete('oldRa¦');
    expect(old.matches).toEqual(['oldRateNew', 'oldRate']);
    expect(old.signatures.oldRate).toContain('deprecated');
  });

  test('says what a name of an earlier cell is', async () => {
    const { types, signatures } = await complete('Mod¦');
    expect(types.Model).toBe('class');
    expect(signatures.Model).toBe('class Model');
    expect((await complete('let l: Lay¦')).types.Layer).toBe('interface');
  });

  test('knows earlier names in a cell that leaves brackets, templates or comments open', async () => {
    for (const text of ['function f() {\n  typ¦', 'const t = `a ${typ¦', 'if (typ¦\n/* open'])
      expect((await complete(text)).matches).toContain('typed');
  });

  test.each([
    ['behind astral characters', "'\u{1F600}\u{1F600}'; data.me¦"],
    ['on a later line', '// \u{1F600}\nconst x = 1;\ndata.me¦'],
    ['in text with carriage returns', "'\u{1F600}';\r\nconst x = 1;\r\ndata.me¦\r\nx"],
    ['in a template', `\`\u{1F600}\${data.me¦}\``],
    ['in a string key', "/* \u{1F600} */ data['me¦']"],
  ])('counts in characters %s', async (_where, text) => {
    const { matches, replaced } = await complete(text);
    expect(matches).toEqual(['mean']);
    expect(replaced).toBe('me');
  });

  test('names no more than a thousand, each once', async () => {
    await fixture.kernel.ok(
      "const huge: any = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => ['k' + i, i]));",
    );
    const { matches } = await complete('huge.¦');
    expect(matches).toHaveLength(1000);
    expect(new Set(matches).size).toBe(1000);
  });
});
