import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { onePixelPng } from './pictures.js';

const fixture = useKernel();

describe('notebooks that were written for tslab', () => {
  test.each([
    ['html', 'display.html("<b>x</b>")', { 'text/html': '<b>x</b>' }],
    ['markdown', 'display.markdown("# x")', { 'text/markdown': '# x' }],
    ['latex', 'display.latex("$x$")', { 'text/latex': '$x$' }],
    ['svg', 'display.svg("<svg/>")', { 'image/svg+xml': '<svg/>' }],
    ['text', 'display.text("x")', { 'text/plain': 'x' }],
    ['png', 'display.png(new Uint8Array([137, 80]))', { 'image/png': 'iVA=' }],
    [
      'raw',
      'display.raw("application/vnd.plotly.v1+json", { data: [] })',
      { 'application/vnd.plotly.v1+json': { data: [] } },
    ],
  ])('show %s', async (_what, code, bundle) => {
    const run = await fixture.kernel.ok(`import { display } from 'tslab';\n${code}`);
    expect(run.displays.map((content) => content.data)).toEqual([bundle]);
  });

  test('update a display that they made', async () => {
    const run = await fixture.kernel.ok(
      "import * as tslab from 'tslab';\nconst d = tslab.newDisplay();\nd.text('one');\nd.text('two');",
    );
    const [first] = run.displays;
    const [update] = run.of('update_display_data');
    expect(first.data['text/plain']).toBe('one');
    expect(update.content.data['text/plain']).toBe('two');
    expect(update.content.transient).toEqual(first.transient);
  });
});

describe('notebooks that were written for Deno', () => {
  test('show a template as the result', async () => {
    const run = await fixture.kernel.ok('const { html } = Deno.jupyter;\nhtml`<b>$' + '{1 + 1}</b>`');
    expect(run.result['text/html']).toBe('<b>2</b>');
  });

  test('show a bundle by Deno.jupyter.display', async () => {
    const run = await fixture.kernel.ok("await Deno.jupyter.display({ 'text/plain': 'x' }, { raw: true })");
    expect(run.displays[0].data).toEqual({ 'text/plain': 'x' });
  });

  test('show a class by its $display method', async () => {
    const run = await fixture.kernel.ok("({ [Deno.jupyter.$display]: () => ({ 'text/html': '<i>y</i>' }) })");
    expect(run.result).toEqual({ 'text/html': '<i>y</i>' });
  });

  test('show a picture by its bytes', async () => {
    const run = await fixture.kernel.ok(`Deno.jupyter.image(Buffer.from('${onePixelPng}', 'base64'))`);
    expect(run.result['image/png']).toBe(onePixelPng);
  });

  test('format a value', async () => {
    expect(await fixture.kernel.value('await Deno.jupyter.format([1])')).toBe("{ 'text/plain': '[ 1 ]' }");
  });

  test('replace what a display shows by its id', async () => {
    const run = await fixture.kernel.ok(
      "await Deno.jupyter.display('one', { display_id: 'd' });\nawait Deno.jupyter.display('two', { display_id: 'd', update: true });",
    );
    expect(run.displays[0]).toMatchObject({
      data: { 'text/plain': "'one'" },
      transient: { display_id: 'd' },
    });
    expect(run.of('update_display_data')[0]?.content.data).toEqual({ 'text/plain': "'two'" });
  });

  test('broadcast a message', async () => {
    const run = await fixture.kernel.ok(
      "await Deno.jupyter.broadcast('display_data', { data: { 'text/plain': 'sent' }, metadata: {}, transient: {} })",
    );
    expect(run.displays[0].data).toEqual({ 'text/plain': 'sent' });
  });

  test('open a comm by a broadcast, with bytes beside it', async () => {
    const run = await fixture.kernel.ok(
      `await Deno.jupyter.broadcast('comm_open', { comm_id: 'c1', target_name: 'demo', data: { a: 1 } },
        { metadata: { m: 1 }, buffers: [new Uint8Array([1, 2])] })`,
    );
    const [opened] = run.of('comm_open');
    expect(opened).toMatchObject({
      content: { comm_id: 'c1', target_name: 'demo', data: { a: 1 } },
      metadata: { m: 1 },
    });
    expect(opened.buffers.map((buffer) => [...buffer])).toEqual([[1, 2]]);
    const { reply } = await fixture.kernel.request('comm_info_request', {});
    expect(reply.comms).toMatchObject({ c1: { target_name: 'demo' } });
  });

  test.each(['status', 'execute_reply', 'shutdown_request'])('cannot broadcast %s', async (type) => {
    const run = await fixture.kernel.fails(`await Deno.jupyter.broadcast('${type}', {})`);
    expect(run.reply.evalue).toContain("is the kernel's own to send");
  });

  test('do not make libraries take this for Deno', async () => {
    expect(await fixture.kernel.value("'Deno' in globalThis")).toBe('false');
  });
});

describe('notebooks that were written for ijavascript', () => {
  test.each([
    ['text', '"x"', { 'text/plain': 'x' }],
    ['html', '"<b>x</b>"', { 'text/html': '<b>x</b>' }],
    ['svg', '"<svg/>"', { 'image/svg+xml': '<svg/>' }],
    ['png', '"iVBO"', { 'image/png': 'iVBO' }],
    ['jpeg', '"/9j/"', { 'image/jpeg': '/9j/' }],
    ['json', '{ a: 1 }', { 'application/json': { a: 1 } }],
    ['mime', '{ "text/latex": "$x$" }', { 'text/latex': '$x$' }],
    ['sendResult', '[1]', { 'text/plain': '[ 1 ]' }],
    ['html', 'Promise.resolve("<i>later</i>")', { 'text/html': '<i>later</i>' }],
    ['sendResult', '{ _toHtml: () => "<u>x</u>", toJSON: 1 }', { 'text/html': '<u>x</u>' }],
  ])('$$.%s shows %s', async (name, content, bundle) => {
    const run = await fixture.kernel.ok(`$$.${name}(${content})`);
    expect(run.displays).toHaveLength(1);
    expect(run.displays[0].data).toMatchObject(bundle);
    expect(run.result).toBeUndefined();
  });

  test('stay busy after $$.async() until the result is sent', async () => {
    const run = await fixture.kernel.ok(
      '$$.async();\nsetTimeout(() => { console.log("in the timer"); $$.sendResult(7) }, 20);\nconsole.log("first")',
    );
    expect(run.stdout).toBe('first\nin the timer\n');
    expect(run.displays[0].data).toEqual({ 'text/plain': '7' });
    const order = run.iopub.map(({ header, content }) => content.execution_state ?? header.msg_type);
    expect(order.at(-1)).toBe('idle');
  });

  test('send several results while they are kept alive', async () => {
    const run = await fixture.kernel.ok('$$.text("one", true);\nsetTimeout(() => $$.text("two"), 10);');
    expect(run.displays.map(({ data }) => data['text/plain'])).toEqual(['one', 'two']);
  });

  test.each([
    ['at once', '$$.sendError(new RangeError("sent"))'],
    ['later', '$$.async();\nsetTimeout(() => $$.sendError(new RangeError("sent")), 10);'],
    ['by a promise', '$$.html(Promise.reject(new RangeError("sent")))'],
  ])('fail %s', async (_what, code) => {
    const run = await fixture.kernel.fails(code);
    expect(run.reply).toMatchObject({ ename: 'RangeError', evalue: 'sent' });
  });

  test('can be stopped while they wait', async () => {
    const run = fixture.kernel.startCell('$$.async();\nconsole.log("waiting")');
    await run.printed('waiting');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
  });

  test('replace what a display of theirs shows, also from a later cell', async () => {
    const first = await fixture.kernel.ok(
      'const place = $$.display("place");\nplace.text("one");\nplace.text("two");',
    );
    expect(first.displays.map(({ data }) => data['text/plain'])).toEqual(['one']);
    expect(first.of('update_display_data').map(({ content }) => content.data['text/plain'])).toEqual(['two']);
    const second = await fixture.kernel.ok('$$.display("place").html("<b>three</b>")');
    expect(second.displays).toEqual([]);
    expect(second.of('update_display_data')[0]?.content.transient).toEqual({ display_id: 'place' });
  });

  test('clear and ask', async () => {
    const cleared = await fixture.kernel.ok('$$.clear({ wait: true })');
    expect(cleared.of('clear_output')[0]?.content).toEqual({ wait: true });
    fixture.kernel.onInput = (prompt) => `${prompt}Ada`;
    const asked = await fixture.kernel.ok(
      '$$.input({ prompt: "Name? " }, (_error, answer) => $$.sendResult(answer));',
    );
    fixture.kernel.onInput = undefined;
    expect(asked.displays[0].data['text/plain']).toContain('Name? Ada');
  });

  test('may have a name $$ of their own', async () => {
    await fixture.kernel.ok('const $$ = 5;');
    expect(await fixture.kernel.value('$$ + 1')).toBe('6');
  });
});
