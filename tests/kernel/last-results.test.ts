import { beforeEach, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

describe('the last results', () => {
  beforeEach(async () => {
    await fixture.kernel.ok('%reset -f');
  });

  test('_, __ and ___ are the last three values', async () => {
    await fixture.kernel.ok("'first'");
    await fixture.kernel.ok('2');
    await fixture.kernel.ok('let noValue = 1');
    await fixture.kernel.ok('[3]');
    expect(await fixture.kernel.value('[_, __, ___]')).toBe("[ [ 3 ], 2, 'first' ]");
  });

  test('have the type of the expression', async () => {
    await fixture.kernel.ok('class Layer { #secret = 1; units = 3 }\nnew Layer()');
    expect(await fixture.kernel.value('const layer: Layer = _;\nlayer.units')).toBe('3');
    await fixture.kernel.ok('layer');
    const wrong = await fixture.kernel.fails('_.unit');
    expect(wrong.reply.evalue).toContain("Property 'unit' does not exist on type 'Layer'");
    // A cell that was refused has no value.
    expect(await fixture.kernel.value('_.units')).toBe('3');
    expect((await fixture.kernel.fails('_.toUpperCase()')).reply.evalue).toContain("on type 'number'");
  });

  test('can be used in what becomes the next one, again and again', async () => {
    await fixture.kernel.ok('1');
    for (let n = 0; n < 5; n++) await fixture.kernel.ok('_ * 2');
    expect(await fixture.kernel.value('const total: number = _;\ntotal')).toBe('32');
  });

  test('Out[n] is the value of a cell, with its type, and In[n] its text', async () => {
    const run = await fixture.kernel.ok("// a comment\n'abc'.length");
    const n = run.reply.execution_count;
    expect(await fixture.kernel.value(`Out[${n}].toFixed(1)`)).toBe("'3.0'");
    expect((await fixture.kernel.fails(`Out[${n}].length`)).reply.evalue).toContain("on type 'number'");
    expect(await fixture.kernel.value(`In[${n}]`)).toBe(`"// a comment\\n'abc'.length"`);
    const variable = await fixture.kernel.fails(`const n = ${n};\nOut[n].toFixed()`);
    expect(variable.reply.evalue).toContain('unknown');
  });

  test('Out and In of what is not there say so', async () => {
    expect((await fixture.kernel.fails('Out[9999]')).reply.evalue).toBe(
      'Out[9999]: cell [9999] has no result.',
    );
    expect((await fixture.kernel.fails('In[9999]')).reply.evalue).toBe('In[9999]: there is no cell [9999].');
    expect((await fixture.kernel.fails('_')).reply.evalue).toContain("Cannot find name '_'");
  });

  test('a cell that declares _ itself makes it its own for good', async () => {
    await fixture.kernel.ok("const _ = { map: (x: number) => x + 1 };\n'value'");
    expect(await fixture.kernel.value('_.map(1)')).toBe('2');
    expect(await fixture.kernel.value('_.map(2)')).toBe('3');
    expect(await fixture.kernel.value('__')).toBe('2');
  });

  test('a cell that imports _ does too', async () => {
    fixture.write({ 'lodash-like.ts': 'export default { chunk: () => "chunked" };' });
    await fixture.kernel.ok("import _ from './lodash-like.js';\n'value'");
    expect(await fixture.kernel.value('_.chunk()')).toBe("'chunked'");
    expect(await fixture.kernel.value('_.chunk()')).toBe("'chunked'");
  });

  test('a local _ is the local one', async () => {
    await fixture.kernel.ok("'outer'");
    expect(await fixture.kernel.value('[1, 2].map((_, at) => at)')).toBe('[ 0, 1 ]');
    expect(await fixture.kernel.value('const { _ } = { _: 5 };\n_')).toBe('5');
  });

  test('are not those of silent cells, nor of cells that are not to be stored', async () => {
    await fixture.kernel.ok("'kept'");
    await fixture.kernel.execute("'silent'", { silent: true });
    await fixture.kernel.execute("'unstored'", { store_history: false });
    await fixture.kernel.execute('0', { silent: true, user_expressions: { x: '"expression"' } });
    expect(await fixture.kernel.value('_')).toBe("'kept'");
  });

  test('large ones are let go of in time, small ones stay', async () => {
    const first = (await fixture.kernel.ok('new Array(10)')).reply.execution_count;
    const small = (await fixture.kernel.ok("'small'")).reply.execution_count;
    for (let n = 0; n < 30; n++) await fixture.kernel.ok('({})');
    expect((await fixture.kernel.fails(`Out[${first}]`)).reply.evalue).toContain('is no longer kept');
    expect(await fixture.kernel.value(`Out[${small}]`)).toBe("'small'");
  });

  test('complete and are inspected', async () => {
    await fixture.kernel.ok('({ weights: [1], bias: 0 })');
    const { reply } = await fixture.kernel.request('complete_request', { code: '_.wei', cursor_pos: 5 });
    expect(reply.matches).toEqual(['weights']);
    const asked = { code: '_', cursor_pos: 1, detail_level: 0 };
    expect((await fixture.kernel.request('inspect_request', asked)).reply.data['text/plain']).toContain(
      'bias',
    );
  });
});
