import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

/** What a library does that knows nothing of the kernel but this symbol. */
const api = `const jupyter = (globalThis as any)[Symbol.for('jupyter.kernel')];\n`;

describe('the kernel object that libraries find under Symbol.for("jupyter.kernel")', () => {
  test('displays a MIME bundle with JSON kept as JSON', async () => {
    const run = await fixture.kernel.ok(`${api}
      jupyter.display({
        data: { 'application/vnd.plotly.v1+json': { data: [{ y: [1, 2] }], layout: {} }, 'text/plain': 'a figure' },
        metadata: { 'text/plain': { width: 1 } },
      });`);
    expect(run.displays).toHaveLength(1);
    expect(run.displays[0]).toMatchObject({
      data: {
        'application/vnd.plotly.v1+json': { data: [{ y: [1, 2] }], layout: {} },
        'text/plain': 'a figure',
      },
      metadata: { 'text/plain': { width: 1 } },
    });
  });

  test('updates a display by its id, also from a later cell', async () => {
    const first = await fixture.kernel.ok(`${api}
      jupyter.display({ data: { 'text/plain': '0 %' }, transient: { display_id: 'bar' } });`);
    expect(first.displays[0].transient).toEqual({ display_id: 'bar' });
    const second = await fixture.kernel.ok(`
      jupyter.display({ data: { 'text/plain': '100 %' }, transient: { display_id: 'bar' } }, { update: true });`);
    const [update] = second.of('update_display_data');
    expect(update.content).toMatchObject({
      data: { 'text/plain': '100 %' },
      transient: { display_id: 'bar' },
    });
    expect(second.displays).toEqual([]);
  });

  test('clears the output, at once or with the next output', async () => {
    const run = await fixture.kernel.ok(
      `${api} jupyter.clearOutput(true); jupyter.clearOutput(); jupyter.clearOutput(false)`,
    );
    expect(run.of('clear_output').map((message) => message.content.wait)).toEqual([true, false, false]);
  });

  test('gives a signal that is aborted by an interrupt', async () => {
    const run = fixture.kernel.startCell(`${api}
      const { signal } = jupyter as { signal: AbortSignal };
      signal.addEventListener('abort', () => { (globalThis as any).abortSeen = true });
      console.log('waiting');
      await new Promise(() => {});`);
    await run.printed('waiting');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.status).toBe('error');
    expect(await fixture.kernel.value('(globalThis as any).abortSeen')).toBe('true');
  });

  test('gives each cell a signal that is not yet aborted', async () => {
    expect(await fixture.kernel.value(`${api} jupyter.signal.aborted`)).toBe('false');
  });

  test.each([
    ['nothing', 'jupyter.display()'],
    ['no data', 'jupyter.display({})'],
    ['data that is no JSON', 'jupyter.display({ data: { "application/json": 1n } })'],
    [
      'data that contains itself',
      'const loop: any = {}; loop.loop = loop; jupyter.display({ data: { "application/json": loop } })',
    ],
  ])('refuses %s in a sentence, and goes on', async (_what, code) => {
    const run = await fixture.kernel.fails(`${api}${code}`);
    expect(run.reply.evalue.length).toBeGreaterThan(10);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });
});

describe('display()', () => {
  test('is a global that TypeScript knows', async () => {
    const run = await fixture.kernel.ok('display({ a: 1 })');
    expect(run.displays[0].data['text/plain']).toBe('{ a: 1 }');
  });

  test('shows several values of one cell in order', async () => {
    const run = await fixture.kernel.ok('display("one"); display("two"); display("three")');
    expect(run.displays.map((content) => content.data['text/plain']).join()).toMatch(/one.*two.*three/);
  });

  test('shows a value by its own Symbol.for("Jupyter.display") method', async () => {
    const run = await fixture.kernel.ok(`
      class Figure {
        [Symbol.for('Jupyter.display')]() {
          return { 'text/html': '<b>bold</b>', 'text/plain': 'bold' };
        }
      }
      display(new Figure());`);
    expect(run.displays[0].data).toEqual({ 'text/html': '<b>bold</b>', 'text/plain': 'bold' });
  });
});

test('a result is shown by its own Symbol.for("Jupyter.display") method', async () => {
  const run = await fixture.kernel.ok('new Figure()');
  expect(run.result).toEqual({ 'text/html': '<b>bold</b>', 'text/plain': 'bold' });
});

test('a display method may be asynchronous', async () => {
  const run = await fixture.kernel.ok(`
    ({ async [Symbol.for('Jupyter.display')]() { await null; return { 'text/plain': 'came later' } } })`);
  expect(run.text).toBe('came later');
});

test('a picture is sent as its bytes in base64', async () => {
  const run = await fixture.kernel.ok(`
    ({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': Buffer.from([137, 80, 78, 71]).toString('base64') }) })`);
  expect(run.result['image/png']).toBe('iVBORw==');
});

test('a display of ten megabytes arrives whole', async () => {
  const run = await fixture.kernel.ok(`${api} jupyter.display({ data: { 'text/html': 'h'.repeat(1e7) } })`);
  expect(run.displays[0].data['text/html']).toHaveLength(1e7);
});
