import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { type Json, plain } from './message.js';

const fixture = useKernel({
  firstCell: `
    /** Learning rate of the optimiser. */
    let learningRate = 0.1;
    interface Layer { units: number; activation: 'relu' | 'tanh' }
    const layer: Layer = { units: 3, activation: 'relu' };
    /**
     * Scales a value.
     * @param gamma the factor
     */
    function scaleBy(value: number, gamma: number): number { return gamma * value }
    import { basename, dirname } from 'node:path';`,
});

/** Asks for a completion at the mark | in the code. */
async function complete(marked: string): Promise<Json> {
  const cursor = marked.indexOf('|');
  const code = marked.replace('|', '');
  const { reply } = await fixture.kernel.request('complete_request', {
    code,
    cursor_pos: [...marked.slice(0, cursor)].length,
  });
  expect(reply.status).toBe('ok');
  return { ...reply, replaced: [...code].slice(reply.cursor_start, reply.cursor_end).join('') };
}

/** Asks what is at the mark | in the code. */
async function inspect(marked: string, detail = 0): Promise<Json> {
  const code = marked.replace('|', '');
  const content = {
    code,
    cursor_pos: [...marked.slice(0, marked.indexOf('|'))].length,
    detail_level: detail,
  };
  return (await fixture.kernel.request('inspect_request', content)).reply;
}

async function isComplete(code: string): Promise<Json> {
  return (await fixture.kernel.request('is_complete_request', { code })).reply;
}

describe('completion', () => {
  test('offers the members of a value', async () => {
    const reply = await complete('Math.|');
    expect(reply.matches).toEqual(expect.arrayContaining(['sqrt', 'max', 'PI']));
    expect(reply.replaced).toBe('');
  });

  test('replaces what has been typed of a member', async () => {
    const reply = await complete('Math.sq|');
    expect(reply.matches).toContain('sqrt');
    expect(reply.replaced).toBe('sq');
  });

  test('narrows to what has been typed', async () => {
    const reply = await complete('Math.sq|');
    expect(reply.matches).not.toContain('PI');
  });

  test('offers names of earlier cells', async () => {
    const reply = await complete('const x = learn|');
    expect(reply.matches).toContain('learningRate');
    expect(reply.replaced).toBe('learn');
  });

  test('offers the members of a value of an earlier cell', async () => {
    expect((await complete('layer.|')).matches).toEqual(expect.arrayContaining(['units', 'activation']));
  });

  test('offers imports of earlier cells', async () => {
    expect((await complete('basen|')).matches).toContain('basename');
  });

  test('offers names of the same cell', async () => {
    expect((await complete('const momentum = 0.9;\nmomen|')).matches).toContain('momentum');
  });

  test('offers what a type allows in a string', async () => {
    expect((await complete("const l: Layer = { units: 1, activation: '|' }")).matches.join()).toContain(
      'tanh',
    );
  });

  test('offers the properties that an object still lacks', async () => {
    expect((await complete('const l: Layer = { un| }')).matches).toContain('units');
  });

  test('offers modules and files to import from', async () => {
    fixture.write({ 'helpers.ts': 'export const help = 1;' });
    const reply = await complete("import { help } from './hel|'");
    expect(reply.matches.join()).toContain('helpers');
  });

  test('offers the names that a module exports', async () => {
    expect((await complete("import { exis| } from 'node:fs'")).matches).toContain('existsSync');
  });

  test('counts the cursor in characters, also after astral ones', async () => {
    const reply = await complete('const smile = "\u{1F600}\u{1F600}"; Math.sq|');
    expect(reply.matches).toContain('sqrt');
    expect(reply.replaced).toBe('sq');
  });

  test('works in the middle of a cell that is not finished', async () => {
    expect((await complete('function f() {\n  Math.sq|\n')).matches).toContain('sqrt');
  });

  test('says of what kind each match is', async () => {
    const reply = await complete('const x = learn|');
    const kinds = reply.metadata._jupyter_types_experimental as { text: string; type: string }[];
    const kind = kinds.find(({ text }) => text === 'learningRate');
    expect(kind?.type).toBeTruthy();
  });

  test('offers nothing that only the kernel knows', async () => {
    const reply = await complete('|');
    // `$$` is a global of the user's, in the spelling of another kernel.
    const known = new Set(['__dirname', '__filename', '$$']);
    expect(
      reply.matches.filter((match: string) => /^(__|\$\$|\$Kernel|cell\d)/.test(match) && !known.has(match)),
    ).toEqual([]);
    expect((await complete('globalThis.|')).matches.join()).not.toContain('typescriptKernel');
  });

  test('of nonsense is empty or small, and no failure', async () => {
    expect((await complete(')]}|')).status).toBe('ok');
  });
});

describe('inspection', () => {
  test('shows the type and the documentation of a name of an earlier cell', async () => {
    const reply = await inspect('learning|Rate');
    expect(reply.found).toBe(true);
    const text = plain(reply.data['text/plain']);
    expect(text).toContain('learningRate: number');
    expect(text).toContain('Learning rate of the optimiser.');
  });

  test('shows the signature of a function with its parameters', async () => {
    const text = plain((await inspect('scale|By(1, 2)')).data['text/plain']);
    expect(text).toContain('scaleBy(value: number, gamma: number): number');
    expect(text).toContain('the factor');
  });

  test('knows the function inside whose parentheses the cursor stands', async () => {
    const text = plain((await inspect('scaleBy(|)')).data['text/plain']);
    expect(text).toContain('gamma');
  });

  test('knows a name right before the cursor', async () => {
    expect((await inspect('learningRate|')).found).toBe(true);
  });

  test('knows what node and the language bring', async () => {
    expect(plain((await inspect('Math.s|qrt(2)')).data['text/plain'])).toContain('sqrt');
  });

  test('gives Markdown beside the text', async () => {
    expect((await inspect('scale|By')).data['text/markdown']).toContain('scaleBy');
  });

  test('says that it found nothing where nothing is', async () => {
    expect(await inspect('  |  ')).toMatchObject({ status: 'ok', found: false, data: {} });
    expect(await inspect('noSuch|Name')).toMatchObject({ status: 'ok', found: false });
  });

  test('answers at the higher detail level too', async () => {
    expect((await inspect('scale|By', 1)).found).toBe(true);
  });
});

describe('is_complete', () => {
  test.each([
    ['an expression', '1 + 1'],
    ['a function', 'function f() {\n  return 1;\n}'],
    ['nothing', ''],
    ['a comment', '// done'],
    ['an await', 'await Promise.resolve(1)'],
    ['a type error', 'const n: number = "x"'],
    ['a string with brackets', 'const s = "(((";'],
    ['a chain', 'x\n  .map'],
    ['a question', 'layer.units??'],
    ['an import', "import { a } from 'x'"],
  ])('%s is complete', async (_what, code) => {
    expect(await isComplete(code)).toEqual({ status: 'complete' });
  });

  test.each([
    ['an open brace', 'function f() {'],
    ['an open parenthesis', 'Math.max(1,'],
    ['an open bracket', 'const a = [1,'],
    ['an open template', 'const t = `first'],
    ['an open comment', '/* more'],
    ['an operator at the end', 'const sum = 1 +'],
    ['a class that goes on', 'class A {\n  method() {'],
    ['an open template with code', `const t = \`a \${b} c`],
    ['an open documentation comment', '/** more'],
    ['an arrow at the end', 'const f = () =>'],
    ['a generic arrow at the end', 'const f = <T,>(x: T) =>'],
    ['a decorator', '@logged'],
    ['an else', 'if (x) {\n} else'],
    ['a condition', 'if (x)'],
    ['a loop head', 'for (const a of b)'],
    ['a try without catch', 'try {\n}'],
    ['a do without while', 'do {\n} while'],
    ['a dot at the end', 'foo.'],
    ['an optional chain at the end', 'foo?.'],
    ['a const without value', 'const x'],
    ['half a condition', 'a ? b'],
    ['a type without body', 'type A ='],
    ['an import without module', 'import { a }'],
    ['a function without body', 'function f(a: number)'],
    ['a string that goes on', '"abc\\'],
  ])('%s is incomplete', async (_what, code) => {
    expect((await isComplete(code)).status).toBe('incomplete');
  });

  test('the next line of an open block is indented', async () => {
    expect((await isComplete('function f() {')).indent).toMatch(/^ +$/);
  });

  test('the next line is indented as the last one, and deeper behind what opens', async () => {
    expect((await isComplete('function f() {\n    const a = 1;')).indent).toBe('    ');
    expect((await isComplete('function f() {\n    if (a) {')).indent).toBe('      ');
    expect((await isComplete('const s = "{{{"; if (a) {')).indent).toBe('  ');
    expect((await isComplete('  const t = `a')).indent).toBe('');
  });

  test.each([
    ['a brace too many', 'const a = 1; }'],
    ['a wrong token', 'const = 5;'],
    ['an open string', "const s = 'open\nconst t = 1"],
    ['an open string at the end', "const s = 'open"],
    ['an open regular expression', 'const r = /open'],
    ['two words', 'a b'],
    ['an else without if', 'else'],
  ])('%s is invalid', async (_what, code) => {
    expect(await isComplete(code)).toEqual({ status: 'invalid' });
  });
});
