import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

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

  test('do not make libraries take this for Deno', async () => {
    expect(await fixture.kernel.value("'Deno' in globalThis")).toBe('false');
  });
});
