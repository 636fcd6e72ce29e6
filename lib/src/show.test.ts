import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { biasDrift } from './experiments/biasDrift.js';
import { biasDriftFigure } from './figures/biasDriftFigure.js';
import type { DisplayBundle } from './host.js';
import { host, interruptSignal } from './host.js';
import { progress } from './progressLine.js';
import { liveFigure, show, showTable } from './show.js';

const key = Symbol.for('jupyter.kernel');
const figure = biasDriftFigure(biasDrift({ steps: 20 }));
const plotly = 'application/vnd.plotly.v1+json';

describe('in a kernel', () => {
  let shown: { bundle: DisplayBundle; update: boolean }[];
  const controller = new AbortController();

  beforeEach(() => {
    shown = [];
    Reflect.set(globalThis, key, {
      display: (bundle: DisplayBundle, options?: { update?: boolean }) =>
        shown.push({ bundle, update: options?.update === true }),
      signal: controller.signal,
    });
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, key);
  });

  it('a figure is shown as Plotly object, still drawing with its alt text, and sentence', () => {
    show(figure);
    expect(shown).toHaveLength(1);
    const { data } = shown[0].bundle;
    expect(data[plotly]).toMatchObject({ data: figure.data, layout: figure.layout });
    expect(data['image/svg+xml']).toContain(`aria-label="${figure.alt}"`);
    expect(data['text/plain']).toBe(figure.summary);
    // What goes over the wire is JSON: nothing may be lost on the way.
    expect(JSON.parse(JSON.stringify(data[plotly]))).toEqual(data[plotly]);
  });

  it('a live figure keeps one place, draws no more often than told, and ends with the Plotly figure', () => {
    const live = liveFigure(1e9);
    const make = vi.fn(() => figure);
    live.update(make);
    live.update(make);
    live.finish(figure);
    expect(make).toHaveBeenCalledTimes(1);
    expect(shown.map(({ update }) => update)).toEqual([false, true]);
    const ids = shown.map(({ bundle }) => bundle.transient?.display_id);
    expect(ids[0]).toBeTypeOf('string');
    expect(ids[1]).toBe(ids[0]);
    // JupyterLab's Plotly renderer draws once only, so nothing but the last may be Plotly.
    expect(shown.map(({ bundle }) => plotly in bundle.data)).toEqual([false, true]);
  });

  it('a progress line updates one place and ends with its time', () => {
    const line = progress('training');
    line.report(1, 4, 'first');
    line.finish();
    expect(shown.map(({ update }) => update)).toEqual([false, true]);
    expect(shown[0].bundle.data['text/plain']).toBe('training: 25 %, first');
    expect(shown[1].bundle.data['text/plain']).toMatch(/^training: done \(\d+\.\d s\)$/);
  });

  it('a table is shown as HTML with its text made safe', () => {
    showTable({ columns: ['<b>', 'n'], rows: [['a & b', '1']] });
    expect(shown[0].bundle.data['text/html']).toContain('&lt;b&gt;');
    expect(shown[0].bundle.data['text/html']).toContain('a &amp; b');
    expect(shown[0].bundle.data['text/plain']).toBe('<b>    n\n-----  -\na & b  1');
  });

  it("the signal is the running cell's", () => {
    expect(host().kind).toBe('kernel');
    expect(interruptSignal()).toBe(controller.signal);
  });
});

describe('in a terminal', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('a figure is its sentence, and a live figure the last sentence only', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    show(figure);
    const live = liveFigure();
    live.update(() => {
      throw new Error('a terminal cannot redraw');
    });
    live.finish(figure);
    expect(log.mock.calls).toEqual([[figure.summary], [figure.summary]]);
  });

  it('the signal never aborts, and a progress line into a pipe is one line on stderr', () => {
    expect(interruptSignal().aborted).toBe(false);
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const tty = process.stderr.isTTY;
    process.stderr.isTTY = false;
    const line = progress('sweep');
    line.report(1, 2);
    line.finish('stopped');
    process.stderr.isTTY = tty;
    expect(write).toHaveBeenCalledTimes(1);
    expect(write.mock.calls[0][0]).toMatch(/^\[#{12}\.{12}\] sweep: stopped \(0\.0 s\)\n$/);
  });
});
