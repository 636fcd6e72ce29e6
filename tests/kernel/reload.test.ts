import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { namesFile, namesLine } from './places.js';

const fixture = useKernel();

describe('an edited local file', () => {
  test('is read again when the importing cell runs again', async () => {
    fixture.write({ 'rate.ts': 'export const rate = 1;' });
    const cell = 'import { rate } from "./rate.js";\nrate';
    expect(await fixture.kernel.value(cell)).toBe('1');
    fixture.write({ 'rate.ts': 'export const rate = 2;' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('is read again when another file that it comes through was not edited', async () => {
    fixture.write({
      'chain-a.ts': 'import { b } from "./chain-b.js";\nexport const a = () => "a" + b();',
      'chain-b.ts': 'import { c } from "./chain-c.js";\nexport const b = () => "b" + c;',
      'chain-c.ts': 'export const c = "1";',
    });
    const cell = 'import { a } from "./chain-a.js";\na()';
    expect(await fixture.kernel.value(cell)).toBe("'ab1'");
    fixture.write({ 'chain-c.ts': 'export const c = "2";' });
    expect(await fixture.kernel.value(cell)).toBe("'ab2'");
  });

  test('is read again by a dynamic import', async () => {
    fixture.write({ 'dynamic.ts': 'export const value: number = 1;' });
    const cell = '(await import("./dynamic.js")).value';
    expect(await fixture.kernel.value(cell)).toBe('1');
    fixture.write({ 'dynamic.ts': 'export const value: number = 2;' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('is read again when it is JSON', async () => {
    fixture.write({ 'numbers.json': '{ "n": 1 }' });
    const cell = 'import numbers from "./numbers.json";\nnumbers.n';
    expect(await fixture.kernel.value(cell)).toBe('1');
    fixture.write({ 'numbers.json': '{ "n": 2 }' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('keeps its state while it is not edited', async () => {
    fixture.write({ 'stateful.ts': 'let n = 0;\nexport const next = (): number => ++n;' });
    const cell = 'import { next } from "./stateful.js";\nnext()';
    expect(await fixture.kernel.value(cell)).toBe('1');
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('does not take the state of files that it does not change', async () => {
    fixture.write({
      'shared.ts': 'let n = 0;\nexport const tick = (): number => ++n;',
      'user.ts':
        'import { tick } from "./shared.js";\nexport const label = "one";\nexport const ticked = () => tick();',
    });
    const cell = 'import { label, ticked } from "./user.js";\nlabel + ticked()';
    expect(await fixture.kernel.value(cell)).toBe("'one1'");
    fixture.write({
      'user.ts':
        'import { tick } from "./shared.js";\nexport const label = "two";\nexport const ticked = () => tick();',
    });
    expect(await fixture.kernel.value(cell)).toBe("'two2'");
  });

  test('has its new types checked', async () => {
    fixture.write({ 'typed.ts': 'export const value = 1;' });
    await fixture.kernel.ok('import { value } from "./typed.js";\nvalue.toFixed(1)');
    fixture.write({ 'typed.ts': 'export const value = "text";' });
    const run = await fixture.kernel.fails('import { value } from "./typed.js";\nvalue.toFixed(1)');
    expect(run.traceback).toContain("Property 'toFixed' does not exist on type");
    expect(namesLine(run, 2)).toBe(true);
  });

  test('is in use by functions of earlier cells as soon as any cell imported it anew', async () => {
    fixture.write({ 'used.ts': 'export const used = () => "old";' });
    await fixture.kernel.ok('import { used } from "./used.js";\nfunction callsUsed() { return used() }');
    fixture.write({ 'used.ts': 'export const used = () => "new";' });
    await fixture.kernel.ok('import { used } from "./used.js"');
    expect(await fixture.kernel.value('callsUsed()')).toBe("'new'");
  });

  test('with a syntax error is reported with its line, and works once it is mended', async () => {
    fixture.write({ 'broken.ts': 'export const fine = 1;\n\nexport const broken = ;\n' });
    const cell = 'import { fine } from "./broken.js";\nfine';
    const run = await fixture.kernel.fails(cell);
    expect(namesFile(run.traceback, 'broken.ts', 3)).toBe(true);
    fixture.write({ 'broken.ts': 'export const fine = 2;\n' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('with a type error is reported with its line, and works once it is mended', async () => {
    fixture.write({ 'mistyped.ts': 'export const good = 1;\nexport const bad: number = "text";\n' });
    const cell = 'import { good } from "./mistyped.js";\ngood';
    const run = await fixture.kernel.fails(cell);
    expect(run.traceback).toContain("Type 'string' is not assignable to type 'number'");
    expect(namesFile(run.traceback, 'mistyped.ts', 2)).toBe(true);
    fixture.write({ 'mistyped.ts': 'export const good = 2;\n' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('that threw while it loaded is loaded anew once it is mended', async () => {
    fixture.write({ 'thrower.ts': 'export const t = 1;\nif (t < 2) throw new Error("not yet");' });
    const cell = 'import { t } from "./thrower.js";\nt';
    expect((await fixture.kernel.fails(cell)).reply.evalue).toBe('not yet');
    expect((await fixture.kernel.fails(cell)).reply.evalue).toBe('not yet');
    fixture.write({ 'thrower.ts': 'export const t = 2;' });
    expect(await fixture.kernel.value(cell)).toBe('2');
  });

  test('that was missing works once it is written', async () => {
    const cell = 'import { here } from "./comes-later.js";\nhere';
    const run = await fixture.kernel.fails(cell);
    expect(run.traceback).toContain("Cannot find module './comes-later.js'");
    fixture.write({ 'comes-later.ts': 'export const here = "written";' });
    expect(await fixture.kernel.value(cell)).toBe("'written'");
  });

  test('that gains an import of a new file works', async () => {
    fixture.write({ 'grows.ts': 'export const size = 1;' });
    const cell = 'import { size } from "./grows.js";\nsize';
    expect(await fixture.kernel.value(cell)).toBe('1');
    fixture.write({
      'grown.ts': 'export const more = 41;',
      'grows.ts': 'import { more } from "./grown.js";\nexport const size = 1 + more;',
    });
    expect(await fixture.kernel.value(cell)).toBe('42');
  });

  test('edited ten times in a row is never served old', async () => {
    const cell = 'import { edition } from "./editions.js";\nedition';
    for (let edition = 0; edition < 10; edition++) {
      // The same length each time: neither size nor a coarse clock gives the change away.
      fixture.write({ 'editions.ts': `export const edition = ${edition};` });
      expect(await fixture.kernel.value(cell)).toBe(String(edition));
    }
  });
});
