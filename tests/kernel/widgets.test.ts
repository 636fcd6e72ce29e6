import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import type { Json, Message } from './message.js';
import type { Run } from './run.js';

const fixture = useKernel();
const VIEW = 'application/vnd.jupyter.widget-view+json';

/** The model that a run opened, by its name. */
function opened(run: Run, name: string): { id: string; state: Json; message: Message } {
  const message = run.of('comm_open').find(({ content }) => content.data.state._model_name === name);
  if (!message) throw new Error(`No ${name} was opened. ${run}`);
  return { id: message.content.comm_id, state: message.content.data.state, message };
}

/** The next message that the kernel sends over a comm, under whatever cell. */
function answerOf(id: string): Promise<Message> {
  return fixture.kernel.next(
    ({ header, content }) => header.msg_type === 'comm_msg' && content.comm_id === id,
    `message of comm ${id}`,
  );
}

/** What the browser sends when the user moves a control. */
function change(id: string, state: Json): Promise<Run> {
  return fixture.kernel.comm('msg', { comm_id: id, data: { method: 'update', state, buffer_paths: [] } });
}

describe('a slider', () => {
  test('gives the number that was meant, not what the browser computed', async () => {
    await fixture.kernel.ok(
      'const tidied = widgets.slider({ min: 0.001, max: 30, log: true, value: 0.1 });\ntidied',
    );
    const id = await fixture.kernel.value('tidied.model.id');
    await fixture.kernel.comm('msg', {
      comm_id: id?.replace(/'/g, ''),
      data: { method: 'update', state: { value: 0.09999999999999995 } },
    });
    expect(await fixture.kernel.value('tidied.value')).toBe('0.1');
  });
});

describe('a control', () => {
  test('is shown as a view of a model that the frontend knows', async () => {
    const run = await fixture.kernel.ok(
      'const rate = widgets.slider({ label: "lr", min: 0, max: 1, step: 0.1, value: 0.5 });\nrate',
    );
    const { id, state, message } = opened(run, 'FloatSliderModel');
    expect(message.content.target_name).toBe('jupyter.widget');
    expect(message.metadata.version).toMatch(/^2\./);
    expect(state).toMatchObject({
      _model_module: '@jupyter-widgets/controls',
      value: 0.5,
      min: 0,
      max: 1,
      description: 'lr',
    });
    expect(run.result[VIEW]).toMatchObject({ version_major: 2, model_id: id });
    expect(run.result['text/plain']).toContain('0.5');
  });

  test('opens what it refers to before itself', async () => {
    const run = await fixture.kernel.ok('widgets.slider({ min: 0, max: 10 })');
    const order = run.of('comm_open').map(({ content }) => content.comm_id);
    const { id, state } = opened(run, 'IntSliderModel');
    for (const part of [state.layout, state.style]) {
      const reference = part.replace('IPY_MODEL_', '');
      expect(order.indexOf(reference)).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(reference)).toBeLessThan(order.indexOf(id));
    }
  });

  test('has the value to which the user moved it', async () => {
    const run = await fixture.kernel.ok(
      'const moved = widgets.slider({ min: 0, max: 100, value: 5 });\nmoved.value',
    );
    expect(run.text).toBe('5');
    await change(opened(run, 'IntSliderModel').id, { value: 42 });
    expect(await fixture.kernel.value('moved.value')).toBe('42');
  });

  test('calls its listeners, which print under the cell that made them', async () => {
    const run = await fixture.kernel.ok(
      'const heard = widgets.slider({ min: 0, max: 9 });\nconst stop = heard.onChange((v) => console.log("moved to", v));',
    );
    const { id } = opened(run, 'IntSliderModel');
    await change(id, { value: 7 });
    await run.printed('moved to 7');
    await fixture.kernel.ok('stop()');
    await change(id, { value: 8 });
    await fixture.kernel.ok('console.log("barrier")');
    expect(run.stdout).not.toContain('moved to 8');
  });

  test('that is set in a cell tells the frontend', async () => {
    await fixture.kernel.ok('const bar = widgets.progressBar({ max: 10 })');
    const run = await fixture.kernel.ok('bar.value = 4');
    expect(run.of('comm_msg').map(({ content }) => content.data)).toEqual([
      { method: 'update', state: { value: 4 }, buffer_paths: [] },
    ]);
  });

  test('of named values gives the value and not its name', async () => {
    const run = await fixture.kernel.ok(
      'const pick = widgets.dropdown({ options: { small: 0.1, large: 10 } });\npick.value',
    );
    expect(run.text).toBe('0.1');
    const { id, state } = opened(run, 'DropdownModel');
    expect(state._options_labels).toEqual(['small', 'large']);
    await change(id, { index: 1 });
    expect(await fixture.kernel.value('pick.value')).toBe('10');
  });

  test('with a logarithmic scale has powers of ten at its ends', async () => {
    const run = await fixture.kernel.ok('widgets.slider({ min: 0.001, max: 10, value: 0.1, log: true })');
    expect(opened(run, 'FloatLogSliderModel').state).toMatchObject({ min: -3, max: 1, base: 10, value: 0.1 });
  });

  test('that is a button counts its clicks and calls back', async () => {
    const run = await fixture.kernel.ok('const go = widgets.button("Go", () => console.log("clicked"));');
    const click = {
      comm_id: opened(run, 'ButtonModel').id,
      data: { method: 'custom', content: { event: 'click' } },
    };
    await fixture.kernel.comm('msg', click);
    await fixture.kernel.comm('msg', click);
    await run.printed('clicked\nclicked');
    expect(await fixture.kernel.value('go.value')).toBe('2');
  });

  test.each([
    ['limits in the wrong order', 'widgets.slider({ min: 2, max: 1 })', /min.*max/],
    ['a limit that is no number', 'widgets.slider({ min: NaN, max: 1 })', /min.*NaN/],
    ['a value outside the limits', 'widgets.slider({ min: 0, max: 1, value: 3 })', /between 0 and 1.*3/],
    ['no choices', 'widgets.dropdown({ options: {} })', /options/],
  ])('with %s is refused in a sentence', async (_what, code, sentence) => {
    const run = await fixture.kernel.fails(code);
    expect(run.reply.evalue).toMatch(sentence);
  });

  test('is typed: a value of the wrong type does not compile', async () => {
    await fixture.kernel.ok('const typedSlider = widgets.slider({ min: 0, max: 1 })');
    const run = await fixture.kernel.fails('typedSlider.value = "fast"');
    expect(run.traceback).toContain("Type 'string' is not assignable to type 'number'");
  });
});

describe('interact', () => {
  /** What the output widget is told to show next. */
  async function outputs(cause: () => Promise<Run>): Promise<{ run: Run; shown: Json[] }> {
    const told = fixture.kernel.next(
      ({ header, content }) => header.msg_type === 'comm_msg' && content.data.state?.outputs !== undefined,
      'outputs of interact()',
    );
    const run = await cause();
    return { run, shown: (await told).content.data.state.outputs };
  }

  test('shows what the function prints and returns, now and after each change', async () => {
    const cell = `
      const size = widgets.slider({ min: 1, max: 10, value: 2 });
      const loud = widgets.toggle({ label: 'loud' });
      await widgets.interact(
        ({ n, upper }) => { console.log(upper ? 'SQUARE' : 'square'); return n * n },
        { n: size, upper: loud },
      );`;
    const { run, shown } = await outputs(() => fixture.kernel.ok(cell));
    expect(shown[0]).toMatchObject({ output_type: 'stream', name: 'stdout', text: 'square\n' });
    expect(shown[1].data['text/plain']).toBe('4');
    const moved = await outputs(() => change(opened(run, 'IntSliderModel').id, { value: 5 }));
    expect(moved.shown[1].data['text/plain']).toBe('25');
    const ticked = await outputs(() => change(opened(run, 'CheckboxModel').id, { value: true }));
    expect(ticked.shown[0].text).toBe('SQUARE\n');
  });

  test('shows an error in its place and goes on with the next change', async () => {
    const cell = `
      const bad = widgets.slider({ min: 0, max: 10, value: 1 });
      await widgets.interact(({ n }) => { if (n === 1) throw new RangeError('not one'); return n }, { n: bad });`;
    const { run, shown } = await outputs(() => fixture.kernel.ok(cell));
    expect(shown[0]).toMatchObject({ output_type: 'error', ename: 'RangeError', evalue: 'not one' });
    const moved = await outputs(() => change(opened(run, 'IntSliderModel').id, { value: 3 }));
    expect(moved.shown[0].data['text/plain']).toBe('3');
  });
});

describe('a comm', () => {
  test('is listed until one side closes it', async () => {
    const run = await fixture.kernel.ok('const listed = widgets.toggle()');
    const { id } = opened(run, 'CheckboxModel');
    const before = await fixture.kernel.request('comm_info_request', { target_name: 'jupyter.widget' });
    expect(before.reply.comms[id]).toEqual({ target_name: 'jupyter.widget' });
    await fixture.kernel.comm('close', { comm_id: id, data: {} });
    const after = await fixture.kernel.request('comm_info_request', {});
    expect(after.reply.comms).not.toHaveProperty(id);
  });

  test('carries bytes both ways without JSON', async () => {
    const run = await fixture.kernel.ok(`
      const own = widgets.anywidget({ esm: 'export default { render() {} }', state: { pixels: new Uint8Array([1, 2, 3]) } });
      own.onCustom((content, [bytes]) => own.sendCustom({ got: content }, [Uint8Array.from(bytes, (b) => b + 1)]));`);
    const { id, message } = opened(run, 'AnyModel');
    expect(message.content.data.buffer_paths).toEqual([['pixels']]);
    expect(message.buffers.map((buffer) => [...buffer])).toEqual([[1, 2, 3]]);
    const data = { method: 'custom', content: 'ping' };
    const answered = answerOf(id);
    await fixture.kernel.comm('msg', { comm_id: id, data }, [Buffer.from([7, 8])]);
    const answer = await answered;
    expect(answer.content.data.content).toEqual({ got: 'ping' });
    expect(answer.buffers.map((buffer) => [...buffer])).toEqual([[8, 9]]);
  });

  test('that the frontend opens to a registered target is heard and answered', async () => {
    await fixture.kernel.ok(`
      const { comms } = (globalThis as any)[Symbol.for('jupyter.kernel')];
      comms.register('echo', (comm: any) => { comm.onMessage = ({ data }: any) => comm.send({ echo: data }) });`);
    await fixture.kernel.comm('open', { comm_id: 'e1', target_name: 'echo', data: {} });
    const answer = answerOf('e1');
    await fixture.kernel.comm('msg', { comm_id: 'e1', data: { n: 1 } });
    expect((await answer).content).toEqual({ comm_id: 'e1', data: { echo: { n: 1 } } });
  });

  test('of a page that was loaded anew gets every widget at once', async () => {
    const run = await fixture.kernel.ok('const again = widgets.toggle({ value: true })');
    const { id } = opened(run, 'CheckboxModel');
    await fixture.kernel.comm('open', { comm_id: 'c1', target_name: 'jupyter.widget.control', data: {} });
    const answer = answerOf('c1');
    await fixture.kernel.comm('msg', { comm_id: 'c1', data: { method: 'request_states' } });
    const { data } = (await answer).content;
    expect(data.method).toBe('update_states');
    expect(data.states[id]).toMatchObject({
      model_name: 'CheckboxModel',
      state: { value: true },
    });
  });

  test('that nobody has is closed when a message comes for it', async () => {
    const run = await fixture.kernel.comm('msg', { comm_id: 'nobody', data: {} });
    expect(run.of('comm_close').map(({ content }) => content.comm_id)).toEqual(['nobody']);
    await fixture.kernel.comm('close', { comm_id: 'nobody', data: {} });
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('is answered while a cell awaits', async () => {
    const run = await fixture.kernel.ok('const live = widgets.slider({ min: 0, max: 9 })');
    const waiting = fixture.kernel.startCell(
      'console.log("waiting");\nawait new Promise<void>((done) => { live.onChange((v) => { if (v === 9) done() }) });\nlive.value',
    );
    await waiting.printed('waiting');
    await change(opened(run, 'IntSliderModel').id, { value: 9 });
    await fixture.kernel.finish(waiting);
    expect(waiting.text).toBe('9');
  });
});

describe('an output widget', () => {
  /** What its state says it shows. */
  async function shownBy(name: string): Promise<Json[]> {
    return JSON.parse(
      (await fixture.kernel.ok(`console.log(JSON.stringify(${name}.model.get('outputs')))`)).stdout,
    );
  }

  test('takes what code prints and shows, and the cell shows none of it', async () => {
    const run = await fixture.kernel.ok(`
      const place = widgets.output();
      const got = await place.capture(() => {
        console.log('one');
        console.log('two');
        display.markdown('*three*');
        return 4;
      });
      console.log('outside', got);`);
    expect(run.stdout).toBe('outside 4\n');
    expect(run.displays).toEqual([]);
    expect(await shownBy('place')).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'one\ntwo\n' },
      { output_type: 'display_data', data: { 'text/markdown': '*three*' }, metadata: {} },
    ]);
  });

  test('takes what awaited code and its timers print, however late, and nothing of what goes on beside it', async () => {
    const run = await fixture.kernel.ok(`
      const late = widgets.output();
      const beside = new Promise<void>((done) => setTimeout(() => { console.log('beside'); done(); }, 5));
      await late.capture(async () => {
        await new Promise<void>((done) => setTimeout(() => { console.log('in a timer'); done(); }, 10));
        console.log('after an await');
      });
      await beside;`);
    expect(run.stdout).toBe('beside\n');
    expect((await shownBy('late'))[0].text).toBe('in a timer\nafter an await\n');
  });

  test('shows what a busy loop prints while it runs', async () => {
    const told = fixture.kernel.next(
      ({ header, content }) =>
        header.msg_type === 'comm_msg' && content.data.state?.outputs?.[0]?.text === 'early\n',
      'first output',
    );
    const run = fixture.kernel.startCell(
      "const busy = widgets.output();\nawait busy.capture(() => { console.log('early'); for (;;) {} });",
    );
    await told;
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
  });

  test('is cleared at once, or when the next output comes', async () => {
    await fixture.kernel.ok(`
      const cleared = widgets.output();
      await cleared.capture(() => { console.log('old'); display.clear(true); });`);
    expect((await shownBy('cleared'))[0].text).toBe('old\n');
    await fixture.kernel.ok("await cleared.capture(() => console.log('new'))");
    expect((await shownBy('cleared')).map(({ text }) => text)).toEqual(['new\n']);
    await fixture.kernel.ok('await cleared.capture(() => display.clear())');
    expect(await shownBy('cleared')).toEqual([]);
  });

  test('has displays that later cells can change', async () => {
    await fixture.kernel.ok(
      "const held = widgets.output();\nconst bar = await held.capture(() => display('0 %'));",
    );
    const run = await fixture.kernel.ok("await bar.update('100 %')");
    expect(run.of('update_display_data')).toEqual([]);
    expect((await shownBy('held')).map(({ data }) => data['text/plain'])).toEqual(["'100 %'"]);
  });

  test('passes on an error, and a Stop ends what it runs', async () => {
    const failed = await fixture.kernel.fails(
      "await widgets.output().capture(() => { throw new RangeError('inside') })",
    );
    expect(failed.reply).toMatchObject({ ename: 'RangeError', evalue: 'inside' });
    const begun = fixture.kernel.next(
      ({ content }) => content.data?.state?.outputs?.[0]?.text === 'begun\n',
      'first output',
    );
    const run = fixture.kernel.startCell(`
      let rounds = 0;
      await widgets.output().capture(async () => {
        console.log('begun');
        for (;;) { rounds++; await new Promise((done) => setTimeout(done, 1)); }
      });`);
    await begun;
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
    const before = await fixture.kernel.value('rounds');
    await fixture.kernel.ok('await new Promise((done) => setTimeout(done, 30))');
    expect(await fixture.kernel.value('rounds')).toBe(before);
  });
});

describe('interact with plain values', () => {
  test('makes the controls that they stand for, typed', async () => {
    const run = await fixture.kernel.ok(`
      await widgets.interact(
        ({ rate, steps, bn, name, kind }) => {
          const numbers: number = rate + steps;
          const choice: 'a' | 'b' = kind;
          return [numbers.toFixed(1), bn === true, name.toUpperCase(), choice].join(' ');
        },
        { rate: [0.5, 1, 0.1], steps: [0, 10], bn: true, name: 'Ada', kind: ['a', 'b'] },
      );`);
    expect(opened(run, 'FloatSliderModel').state).toMatchObject({
      min: 0.5,
      max: 1,
      step: 0.1,
      description: 'rate',
    });
    expect(opened(run, 'IntSliderModel').state).toMatchObject({ min: 0, max: 10, step: 1 });
    expect(opened(run, 'CheckboxModel').state.value).toBe(true);
    expect(opened(run, 'TextModel').state.value).toBe('Ada');
    expect(opened(run, 'DropdownModel').state._options_labels).toEqual(['a', 'b']);
    const shown = run.of('comm_msg').at(-1)?.content.data.state.outputs;
    expect(shown[0].data['text/plain']).toBe("'0.5 true ADA a'");
  });

  test('refuses at compile time what stands for nothing, and a wrong use of a value', async () => {
    const wrong = await fixture.kernel.fails('await widgets.interact(() => {}, { n: [1, 2, 3, 4] })');
    expect(wrong.traceback).toContain('is not assignable');
    const used = await fixture.kernel.fails('await widgets.interact(({ n }) => n.length, { n: [0, 1] })');
    expect(used.traceback).toContain("Property 'length' does not exist on type 'number'");
  });
});

describe('interact with a function that takes long', () => {
  const SLOW = {
    blocks: `({ n }) => { const end = performance.now() + 100; while (performance.now() < end); seen.push(n); }`,
    waits: `async ({ n }) => { await new Promise((done) => setTimeout(done, 100)); seen.push(n); }`,
  };

  test.each(Object.entries(SLOW))(
    'that %s: only the newest of many changes is computed',
    async (_how, body) => {
      const run = await fixture.kernel.ok(`
      var seen: number[] = [];
      const many = widgets.slider({ min: 0, max: 100, value: 0 });
      await widgets.interact(${body}, { n: many });`);
      const { id } = opened(run, 'IntSliderModel');
      const data = (value: number) => ({ method: 'update', state: { value }, buffer_paths: [] });
      for (let value = 1; value <= 20; value++)
        fixture.kernel.start('comm_msg', { comm_id: id, data: data(value) }, { reply: false });
      await fixture.kernel.ok('while (seen.at(-1) !== 20) await new Promise((done) => setTimeout(done, 5));');
      const seen: number[] = JSON.parse(
        (await fixture.kernel.ok('console.log(JSON.stringify(seen))')).stdout,
      );
      expect(seen[0]).toBe(0);
      expect(seen.length).toBeLessThanOrEqual(4);
    },
  );

  test('hears by its signal that a newer change waits', async () => {
    const run = await fixture.kernel.ok(`
      var aborted: number[] = [];
      const steered = widgets.slider({ min: 0, max: 9, value: 0 });
      await widgets.interact(async ({ n }, signal) => {
        if (n !== 1) return;
        await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
        aborted.push(n);
      }, { n: steered });`);
    const { id } = opened(run, 'IntSliderModel');
    // Each is handled at once, or a browser would hold the next one back.
    await change(id, { value: 1 });
    await change(id, { value: 2 });
    expect(await fixture.kernel.value('while (!aborted.length) await null; aborted')).toBe('[ 1 ]');
  });

  test('is stopped when nothing else runs, says so in its place and takes the next change', async () => {
    const run = await fixture.kernel.ok(`
      const endless = widgets.slider({ min: 0, max: 9, value: 0 });
      await widgets.interact(async ({ n }) => {
        if (n === 1) { console.log('endless'); for (;;) await new Promise((done) => setTimeout(done, 1)); }
        return n;
      }, { n: endless });`);
    const { id } = opened(run, 'IntSliderModel');
    const area = opened(run, 'OutputModel').id;
    const outputs = (test: (shown: Json[]) => boolean) =>
      fixture.kernel.next(
        ({ header, content }) =>
          header.msg_type === 'comm_msg' &&
          content.comm_id === area &&
          test(content.data.state?.outputs ?? []),
        'outputs',
      );
    const begun = outputs(([first]) => first?.text === 'endless\n');
    await change(id, { value: 1 });
    await begun;
    const stopped = outputs((shown) => shown.at(-1)?.ename === 'Interrupted');
    await fixture.kernel.interrupt();
    await stopped;
    const next = outputs(([first]) => first?.data?.['text/plain'] === '3');
    await change(id, { value: 3 });
    await next;
  });
});

describe('a widget on several pages', () => {
  test('has a change of one page echoed to the others, under the message that made it', async () => {
    const run = await fixture.kernel.ok('const echoed = widgets.slider({ min: 0, max: 9 })');
    const { id } = opened(run, 'IntSliderModel');
    const moved = await change(id, { value: 6 });
    expect(moved.of('comm_msg').map(({ content }) => content.data)).toEqual([
      { method: 'echo_update', state: { value: 6 }, buffer_paths: [] },
    ]);
  });

  test('calls every listener, also when one throws', async () => {
    const run = await fixture.kernel.ok(`
      var heardBy = '';
      const several = widgets.slider({ min: 0, max: 9 });
      several.onChange(() => { throw new Error('the first one'); });
      several.onChange(() => { heardBy = 'the second'; });`);
    await change(opened(run, 'IntSliderModel').id, { value: 1 });
    expect(await fixture.kernel.value('heardBy')).toBe("'the second'");
    await run.until(
      ({ header, content }) => header.msg_type === 'error' && content.evalue === 'the first one',
    );
  });
});

describe('other widgets', () => {
  test('tabs and accordions have titles, and hold controls, widgets and outputs', async () => {
    const run = await fixture.kernel.ok(`
      widgets.tabs({ first: widgets.toggle({ button: true, label: 'on' }), second: widgets.output() });
      widgets.accordion({ only: widgets.box([widgets.text()]) })`);
    expect(opened(run, 'TabModel').state.titles).toEqual(['first', 'second']);
    expect(opened(run, 'TabModel').state.children).toEqual([
      `IPY_MODEL_${opened(run, 'ToggleButtonModel').id}`,
      `IPY_MODEL_${opened(run, 'OutputModel').id}`,
    ]);
    expect(opened(run, 'AccordionModel').state.titles).toEqual(['only']);
  });

  test('any control of ipywidgets can be had by its name, with a type', async () => {
    const run = await fixture.kernel.ok(
      "const colour = widgets.control('ColorPicker', { value: '#ff0000' });\ncolour.value.toUpperCase()",
    );
    expect(run.text).toBe("'#FF0000'");
    expect(opened(run, 'ColorPickerModel').state).toMatchObject({
      _view_name: 'ColorPickerView',
      value: '#ff0000',
    });
  });

  test.each([
    ['a slider set to no number', 'widgets.slider({ min: 0, max: 1 }).value = NaN', /finite number.*NaN/],
    ['a dropdown set to no option', "widgets.dropdown({ options: { a: 'x' } }).value = 'z'", /options.*z/],
    ['tabs without a widget', 'widgets.tabs({})', /at least one/],
  ])('%s is refused in a sentence', async (_what, code, sentence) => {
    expect((await fixture.kernel.fails(code)).reply.evalue).toMatch(sentence);
  });
});
