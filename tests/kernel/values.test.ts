import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { onePixelPng } from './pictures.js';

const fixture = useKernel();

describe('numbers in rows and columns', () => {
  test('are node’s text while they fit into a line', async () => {
    expect(await fixture.kernel.value('[[1, 2], [3, 4]]')).toBe('[ [ 1, 2 ], [ 3, 4 ] ]');
  });

  test('say their shape and are abridged at both ends', async () => {
    const text = await fixture.kernel.value(
      'Array.from({ length: 50 }, (_, i) => Array.from({ length: 60 }, (_, j) => i * j))',
    );
    const lines = (text as string).split('\n');
    expect(lines[0]).toBe('Array(50 × 60) [');
    expect(lines[2]).toBe('  [ 0,  1,  2,   3,   4, …,   55,   56,   57,   58,   59 ],');
    expect(text).toContain('… 38 more rows …');
    expect(lines.at(-2)).toContain('2891 ]');
    expect(lines).toHaveLength(15);
  });

  test('say when they are rounded, and are not when they need not be', async () => {
    const sines = await fixture.kernel.value(
      'Array.from({ length: 5 }, (_, i) => Array.from({ length: 6 }, (_, j) => Math.sin(i * j)))',
    );
    expect(sines).toContain('rounded to 6 digits');
    expect(sines).toContain('0.841471');
    const halves = await fixture.kernel.value(
      'Array.from({ length: 9 }, (_, i) => Array.from({ length: 9 }, (_, j) => i / 2 - j))',
    );
    expect(halves).not.toContain('rounded');
    expect(halves).toContain('-7.5');
  });

  test('name the kind of their rows', async () => {
    const text = await fixture.kernel.value(
      'Array.from({ length: 9 }, (_, i) => Float32Array.from({ length: 9 }, (_, j) => i / 10))',
    );
    expect(text).toContain('Array(9) of Float32Array(9) [');
    // The shortest text of the 32-bit number, not 0.10000000149011612.
    expect(text).toContain('[ 0.1, 0.1,');
    expect(text).not.toContain('rounded');
  });

  test.each([
    ['rows of unlike length', '[[1, 2, 3], [4, 5]]', '[ [ 1, 2, 3 ], [ 4, 5 ] ]'],
    ['rows with text in them', '[[1, "a"], [2, "b"]]', "[ [ 1, 'a' ], [ 2, 'b' ] ]"],
    ['rows with a hole', '[[1, , 3], [4, 5, 6]]', '[ [ 1, <1 empty item>, 3 ], [ 4, 5, 6 ] ]'],
  ])('are no matrix: %s', async (_what, code, text) => {
    expect(await fixture.kernel.value(code)).toBe(text);
  });

  test('stay an object when it is one with data and a shape', async () => {
    const text = await fixture.kernel.value('({ data: new Float64Array(6), shape: [2, 3], name: "w" })');
    expect(text).toContain('data: Float64Array(6) as 2 × 3 [');
    expect(text).toContain('[ 0, 0, 0 ]');
    expect(text).toContain('shape: [ 2, 3 ]');
    expect(text).toContain("name: 'w'");
  });

  test('in three dimensions show the first slice and say so', async () => {
    const text = await fixture.kernel.value(
      '({ data: Float64Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 4] })',
    );
    expect(text).toContain('as 2 × 3 × 4, here [0] [');
    expect(text).toContain('[ 8, 9, 10, 11 ]');
    expect(text).not.toContain('12');
  });

  test('are a grid within an object too', async () => {
    const text = await fixture.kernel.value(
      '({ name: "layer", w: Array.from({ length: 30 }, () => Array.from({ length: 30 }, () => 1)) })',
    );
    expect(text).toContain("name: 'layer'");
    expect(text).toContain('  w: Array(30 × 30) [\n    [ 1, 1, 1, 1, 1, …, 1, 1, 1, 1, 1 ],');
  });

  test('are left alone when the shape does not fit', async () => {
    const text = await fixture.kernel.value('({ data: new Float64Array(5), shape: [2, 3] })');
    expect(text).not.toContain(' as ');
  });
});

describe('a list of records', () => {
  test('is a table beside its text', async () => {
    const run = await fixture.kernel.ok(
      `[{ name: 'Ada', age: 36 }, { name: 'Bob', age: 41, city: '<b>"Paris" & co</b>' }]`,
    );
    const html = run.result['text/html'];
    expect(html).toContain('<th scope="col" style="text-align:right">age</th>');
    expect(html).toContain('<th scope="row">0</th>');
    expect(html).toContain('&lt;b&gt;&quot;Paris&quot; &amp; co&lt;/b&gt;');
    expect(html).toContain('2 rows × 3 columns');
    expect(html).not.toContain('<b>');
    expect(run.text).toContain("{ name: 'Ada', age: 36 }");
  });

  test('is abridged and says how much there is', async () => {
    const run = await fixture.kernel.ok(`
      Array.from({ length: 100_000 }, (_, id) =>
        ({ id, ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => ['c' + at, at])) }))`);
    const html: string = run.result['text/html'];
    expect(html).toContain('100,000 rows × 31 columns, 11 columns not shown');
    expect(html).toContain('99,980 more rows');
    expect(html).toContain('<th scope="row">99999</th>');
    expect(html.match(/<tr>/g)).toHaveLength(22);
  });

  test('names the class of its records', async () => {
    const run = await fixture.kernel.ok(
      'class Epoch { constructor(readonly loss: number) {} }\n[new Epoch(1), new Epoch(0.5)]',
    );
    expect(run.result['text/html']).toContain('Epoch: 2 rows × 1 column');
  });

  test('runs no getter', async () => {
    const run = await fixture.kernel.ok(
      'let asked = 0;\n[{ a: 1, b: 2, get c() { asked++; return 3 } }, { a: 1, b: 2, c: 4 }]',
    );
    expect(run.result['text/html']).toContain('[Getter]');
    expect(await fixture.kernel.value('asked')).toBe('0');
  });

  test('may be a map, whose keys are the row headers', async () => {
    const run = await fixture.kernel.ok('new Map([["train", { loss: 1 }], ["test", { loss: 2 }]])');
    expect(run.result['text/html']).toContain('<th scope="row">train</th>');
    expect(run.text).toContain('Map(2)');
  });

  test.each([
    ['numbers', '[1, 2, 3]'],
    ['texts', '["a", "b"]'],
    ['nothing', '[]'],
    ['empty objects', '[{}, {}]'],
    ['lists', '[["a", 1], ["b", 2]]'],
    ['dates', '[new Date(0)]'],
    ['errors', '[new Error("x")]'],
    ['maps', '[new Map()]'],
    ['records with a null among them', '[{ a: 1 }, null, { a: 2 }]'],
    ['records with holes', '[{ a: 1 }, , { a: 2 }]'],
    ['records behind a proxy', 'new Proxy([{ a: 1 }], {})'],
    ['unlike things', '[{ a: 1 }, { b: 2 }, { c: 3 }]'],
    ['things with much inside', '[{ a: { b: [1] } }, { a: { b: [2] } }]'],
  ])('is not a list of %s', async (_what, code) => {
    const run = await fixture.kernel.ok(code);
    expect(Object.keys(run.result)).toEqual(['text/plain']);
  });
});

describe('bytes of a picture', () => {
  const bytes = `Buffer.from('${onePixelPng}', 'base64')`;

  test('are shown as the picture beside their text', async () => {
    const run = await fixture.kernel.ok(bytes);
    expect(run.result['image/png']).toBe(onePixelPng);
    expect(run.text).toContain('<Buffer 89 50 4e 47');
  });

  test.each([
    ['image/jpeg', '[0xff, 0xd8, 0xff, 0xe0, 0, 0]'],
    ['image/gif', '[...Buffer.from("GIF89a......")]'],
    ['image/webp', '[...Buffer.from("RIFF....WEBPVP8 ")]'],
  ])('are known as %s by how they start', async (mime, start) => {
    const run = await fixture.kernel.ok(`const start = new Uint8Array(${start});\nstart`);
    expect(run.result[mime]).toBe(
      await fixture.kernel.value('Buffer.from(start).toString("base64")').then(unquoted),
    );
  });

  test('may be an SVG drawing', async () => {
    const svg = '<?xml version="1.0"?>\\n<svg xmlns="http://www.w3.org/2000/svg"/>';
    const run = await fixture.kernel.ok(`new TextEncoder().encode('${svg}')`);
    expect(run.result['image/svg+xml']).toBe(svg.replace('\\n', '\n'));
  });

  test.each([
    'Buffer.from("just text")',
    'new Uint8Array([1, 2, 3])',
    'new Uint8Array(0)',
    'Buffer.from("PNG")',
  ])('are not %s', async (code) => {
    expect(Object.keys((await fixture.kernel.ok(code)).result)).toEqual(['text/plain']);
  });
});

describe('values of libraries', () => {
  test.each([
    [
      'a frame that writes itself as HTML',
      'toHTML() { return "<table></table>" }',
      'text/html',
      '<table></table>',
    ],
    [
      'a frame that gives its records',
      'schema = {}; head() { return this } toRecords() { return [{ a: 17 }] }',
      'text/html',
      expect.stringMatching(/<td[^>]*>17</),
    ],
    ['an element of a page', 'nodeType = 1; outerHTML = "<p>x</p>"', 'text/html', '<p>x</p>'],
    ['ijavascript’s _toHtml', '_toHtml() { return "<i>x</i>" }', 'text/html', '<i>x</i>'],
    ['ijavascript’s _toPng', '_toPng() { return "iVBO" }', 'image/png', 'iVBO'],
    ['ijavascript’s _toMime', '_toMime() { return { "text/latex": "$x$" } }', 'text/latex', '$x$'],
    ['a canvas', 'getContext() {} toDataURL() { return "data:image/png;base64,iVBO" }', 'image/png', 'iVBO'],
    [
      'a drawing of a page, which becomes a picture of its own',
      'nodeType = 1; outerHTML = "<svg width=\'1\'></svg>"',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg" width=\'1\'></svg>',
    ],
    [
      'a Vega-Lite chart',
      'toSpec() { return { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "bar" } }',
      'application/vnd.vegalite.v5+json',
      { $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar' },
    ],
  ])('%s', async (_what, members, mime, content) => {
    const run = await fixture.kernel.ok(`new (class { ${members} })()`);
    expect(run.result[mime]).toEqual(content);
    expect(run.text).toEqual(expect.any(String));
  });

  test('a tensor of TensorFlow.js shows its numbers', async () => {
    const run = await fixture.kernel.ok(
      "import * as tf from '@tensorflow/tfjs';\ntf.tensor2d([[1, 2], [3, 4]])",
    );
    expect(run.text).toContain('shape: [2,2]');
    expect(run.text).toContain('[[1, 2],');
  });

  test('a method that throws leaves the text', async () => {
    const run = await fixture.kernel.ok('({ toHTML() { throw new Error("no") }, rows: 2 })');
    expect(Object.keys(run.result)).toEqual(['text/plain']);
    expect(run.text).toContain('rows: 2');
  });

  test('a proxy that has a function for every name is not called', async () => {
    const run = await fixture.kernel.ok(
      'let called = 0;\nnew Proxy({}, { get: () => () => { called++; return "<b>x</b>" } }) as object',
    );
    expect(Object.keys(run.result)).toEqual(['text/plain']);
    expect(await fixture.kernel.value('called')).toBe('0');
  });
});

describe('display’s own functions', () => {
  test.each(['png', 'jpeg', 'gif', 'webp', 'pdf'])('display.%s takes bytes', async (name) => {
    const run = await fixture.kernel.ok(`display.${name}(new Uint8Array([137, 80]))`);
    expect(Object.values(run.displays[0].data)).toEqual(['iVA=']);
  });

  test('display.image shows a file, with its alternative text', async () => {
    fixture.write({ 'dot.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>' });
    const run = await fixture.kernel.ok('display.image("dot.svg", { alt: "a dot", width: 10 })');
    expect(run.displays[0].data).toEqual({
      'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'text/plain': 'a dot',
    });
    expect(run.displays[0].metadata['image/svg+xml']).toEqual({ alt: 'a dot', width: 10 });
  });

  test('display.image refuses other bytes in a sentence', async () => {
    const run = await fixture.kernel.fails('display.image(new Uint8Array([1, 2]))');
    expect(run.reply.evalue).toContain('expected a PNG, JPEG, GIF, WebP, BMP or SVG picture');
  });

  test.each([
    [
      'lists by name',
      '{ x: [1, 2], y: new Float64Array([3, 4]) }',
      '   x  y\n0  1  3\n1  2  4\n2 rows × 2 columns',
    ],
    ['lists of lists', '[[1, 2], [3, 4]]', '   0  1\n0  1  2\n1  3  4\n2 rows × 2 columns'],
    ['values by name', '{ a: 1, b: "two" }', '   value\na      1\nb    two\n2 rows × 1 column'],
  ])('display.table shows %s', async (_what, code, text) => {
    const run = await fixture.kernel.ok(`display.table(${code})`);
    expect(run.displays[0].data['text/plain']).toBe(text);
    expect(run.displays[0].data['text/html']).toContain('<table>');
  });

  test('display.table shows the columns that were asked for, under a caption', async () => {
    const run = await fixture.kernel.ok(
      `display.table([{ a: 1, b: 2, c: 3 }], { columns: ['c', 'a'], caption: 'x < y' })`,
    );
    expect(run.displays[0].data['text/plain']).toContain('c  a');
    expect(run.displays[0].data['text/html']).toContain('x &lt; y (1 row × 2 columns)');
  });

  test.each([
    ['html', '{} as any', 'the content of text/html must be text, found {}'],
    ['html', 'undefined as any', 'must have some content'],
    ['json', '{ a: 1n }', 'application/json cannot be sent'],
  ])('display.%s(%s) is refused in a sentence', async (name, argument, sentence) => {
    const run = await fixture.kernel.fails(`display.${name}(${argument})`);
    expect(run.reply.evalue).toContain(sentence);
  });
});

describe('what display() gives', () => {
  test.each(['display([1])', 'await display([1])', 'Deno.jupyter.display([1])'])(
    'is not shown beside the display: %s',
    async (code) => {
      const run = await fixture.kernel.ok(code);
      expect(run.displays[0].data).toEqual({ 'text/plain': '[ 1 ]' });
      expect(run.result).toBeUndefined();
    },
  );

  test('is a value like any other in a later cell', async () => {
    await fixture.kernel.ok('const handle = await display("x", { id: "mine" });');
    expect(await fixture.kernel.value('handle')).toContain("id: 'mine'");
  });

  test('is the handle, by which a table is replaced', async () => {
    const run = await fixture.kernel.ok(
      'const place = await display([{ step: 1 }]);\nawait place.update([{ step: 2 }]);',
    );
    expect(run.displays[0].data['text/html']).toContain('>1</td>');
    expect(run.of('update_display_data')[0]?.content.data['text/html']).toContain('>2</td>');
  });
});

test('a bundle’s bytes and numbers travel as the notebook format wants them', async () => {
  const run = await fixture.kernel.ok(`({
    [Symbol.for('Jupyter.display')]: () => ({
      'image/png': new Uint8Array([137, 80]), 'text/html': 5, 'text/plain': ['one\\n', 'two'], 'text/latex': undefined,
    }),
  })`);
  expect(run.result).toEqual({ 'image/png': 'iVA=', 'text/html': '5', 'text/plain': 'one\ntwo' });
});

test('a display method may return any object with then', async () => {
  const run = await fixture.kernel.ok(`({
    [Symbol.for('Jupyter.display')]: () => ({ then: (done: (bundle: object) => void) => done({ 'text/plain': 'then' }) }),
  })`);
  expect(run.text).toBe('then');
});

/** The text in node's quotes. */
function unquoted(text: string | undefined): string | undefined {
  return text?.slice(1, -1);
}
