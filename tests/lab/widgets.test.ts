// Widgets under a person's hands: each control moves the value in the kernel, and the kernel moves the control.
import path from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Lab, results } from './lab.js';
import { NotebookPage, openBrowser } from './page.js';
import { Scratch } from './scratch.js';

const timeout = 120000;

let lab: Lab;
let browser: Browser;
let page: NotebookPage;
let scratch: Scratch;

beforeAll(async () => {
  [lab, browser] = await Promise.all([Lab.open(), openBrowser()]);
}, timeout);

afterAll(async () => {
  await browser?.close();
  await lab?.close();
}, 60000);

beforeEach(async () => {
  scratch = new Scratch();
  page = await NotebookPage.create(lab, browser);
});

afterEach(async () => {
  await page.close();
  const sessions = (await (await lab.ask('api/sessions')).json()) as { id: string }[];
  await Promise.all(sessions.map(({ id }) => lab.ask(`api/sessions/${id}`, { method: 'DELETE' })));
  scratch.remove();
});

/** The widget with this label. */
function labelled(label: string): Locator {
  return page.page.locator('.widget-inline-hbox', {
    has: page.page.locator('.widget-label', { hasText: new RegExp(`^${label}$`) }),
  });
}

function picture(name: string): Promise<Buffer> {
  return page.page.screenshot({ path: path.join(results, `widgets-${name}.png`) });
}

const CONTROLS = `const whole = widgets.slider({ label: 'whole', min: 0, max: 10, value: 3 });
const part = widgets.slider({ label: 'part', min: 0, max: 1, step: 0.25, value: 0.5 });
const rate = widgets.slider({ label: 'rate', min: 0.001, max: 10, value: 0.1, step: 1, log: true });
const pick = widgets.dropdown({ label: 'pick', options: { small: 16, large: 256 } });
const check = widgets.toggle({ label: 'check' });
const push = widgets.toggle({ label: 'push', button: true });
const name = widgets.text({ label: 'name' });
const bar = widgets.progressBar({ label: 'bar', max: 10 });
const heard = widgets.output();
const go = widgets.button('go', () => heard.capture(() => console.log('go', go.value)));
for (const [label, control] of Object.entries({ whole, part, rate, pick, check, push, name })) {
  control.onChange((value: unknown) => heard.capture(() => console.log(label, value)));
}
widgets.box([whole, part, rate, pick, check, push, name, bar, go, heard])`;

it('tells the kernel of each control that is moved, by mouse and by keyboard', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('controls', [
      CONTROLS,
      'console.log(JSON.stringify([whole, part, rate, pick, check, push, name, go].map((one) => one.value)))',
    ]),
  );
  await page.runCell(0);
  const slider = (label: string) => labelled(label).locator('.noUi-handle');
  await slider('whole').press('ArrowRight');
  await page.shows(0, 'whole 4');
  // In the middle of its track.
  await labelled('whole').locator('.noUi-base').click();
  await page.shows(0, 'whole 5');
  await slider('part').press('ArrowLeft');
  await page.shows(0, 'part 0.25');
  await slider('rate').press('ArrowRight');
  await page.shows(0, 'rate 1');
  await labelled('pick').locator('select').selectOption('large');
  await page.shows(0, 'pick 256');
  await page.page.getByRole('checkbox', { name: 'check' }).check();
  await page.shows(0, 'check true');
  await page.page.locator('.widget-toggle-button').click();
  await page.shows(0, 'push true');
  await labelled('name').locator('input').fill('Ada');
  await labelled('name').locator('input').press('Enter');
  await page.shows(0, 'name Ada');
  await page.page.locator('.widget-button', { hasText: 'go' }).click();
  await page.shows(0, 'go 1');
  await picture('controls');
  await page.runCell(1);
  await page.shows(1, JSON.stringify([5, 0.25, 1, 256, true, true, 'Ada', 1]));
  expect(page.pageErrors).toEqual([]);
});

it('shows what the kernel sets, and shows it again when the page is loaded anew', { timeout }, async () => {
  const notebook = scratch.notebook('sets', [
    CONTROLS,
    `whole.value = 9; part.value = 0.75; rate.value = 10; pick.value = 256; check.value = true; push.value = true;
name.value = 'Grace'; bar.value = 5; await heard.capture(() => display.html('<b class="from-kernel">from the kernel</b>'));`,
    'console.log("whole is", whole.value)',
  ]);
  await page.openNotebook(notebook);
  await page.runCell(0);
  await page.runCell(1);
  const asSet = async () => {
    await labelled('whole').locator('.widget-readout', { hasText: /^9$/ }).waitFor();
    await labelled('part').locator('.widget-readout', { hasText: '0.75' }).waitFor();
    await labelled('rate').locator('.widget-readout', { hasText: /^10/ }).waitFor();
    await page.page.locator('.widget-toggle-button.mod-active').waitFor();
    await page.page.locator('.from-kernel').waitFor();
    expect(await labelled('pick').locator('option:checked').textContent()).toBe('large');
    expect(await page.page.getByRole('checkbox', { name: 'check' }).isChecked()).toBe(true);
    expect(await labelled('name').locator('input').inputValue()).toBe('Grace');
    const style = await labelled('bar').locator('.progress-bar').getAttribute('style');
    expect(style).toContain('width: 50%');
  };
  await asSet();
  await page.page.evaluate(() => window.jupyterapp.shell.currentWidget?.context.save());
  await page.openNotebook(notebook);
  await asSet();
  await picture('reloaded');
  // And it is still the same widget to the kernel.
  await labelled('whole').locator('.noUi-handle').press('ArrowLeft');
  await page.shows(0, 'whole 8');
  await page.runCell(2);
  await page.shows(2, 'whole is 8');
  expect(page.pageErrors).toEqual([]);
});

it('shows the same widget on two pages, and what is moved on one moves on the other', {
  timeout,
}, async () => {
  const notebook = scratch.notebook('pages', [
    "const shared = widgets.slider({ label: 'shared', min: 0, max: 9, value: 1 });\nshared",
  ]);
  await page.openNotebook(notebook);
  await page.runCell(0);
  await page.page.evaluate(() => window.jupyterapp.shell.currentWidget?.context.save());
  const other = await NotebookPage.create(lab, browser);
  try {
    await other.openNotebook(notebook);
    await other.page.locator('.widget-readout', { hasText: /^1$/ }).waitFor();
    await page.page.locator('.noUi-handle').press('ArrowRight');
    await other.page.locator('.widget-readout', { hasText: /^2$/ }).waitFor();
    await other.page.locator('.noUi-handle').press('ArrowRight');
    await page.page.locator('.widget-readout', { hasText: /^3$/ }).waitFor();
  } finally {
    await other.close();
  }
});

it('plays a slider, stops it, and the function follows', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('play', [
      `const play = widgets.play({ min: 0, max: 1000, interval: 100 });
const frame = widgets.slider({ label: 'frame', min: 0, max: 1000 });
widgets.link(play, frame);
await widgets.interact(({ at }) => console.log('frame', at), { play, at: frame });`,
      'console.log("stands at", frame.value);',
    ]),
  );
  await page.runCell(0);
  await page.shows(0, 'frame 0');
  const buttons = page.page.locator('.widget-play button');
  await buttons.first().click();
  await page.shows(0, 'frame 3');
  await buttons.first().click();
  await picture('play');
  const stands = async () => {
    await page.runCell(1);
    return (await page.cells())[1]?.text;
  };
  const before = await stands();
  expect(before).toMatch(/stands at [1-9]/);
  expect(await stands()).toBe(before);
});

it('makes controls of plain values, shows an error in its place and goes on', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('interact', [
      `await widgets.interact(
  ({ n, square, kind }) => {
    if (n === 2) throw new RangeError('not two');
    display.html(\`<i class="shown">\${kind} \${square ? n * n : n}</i>\`);
  },
  { n: [1, 9], square: true, kind: ['circle', 'star'] },
);`,
    ]),
  );
  await page.runCell(0);
  await page.page.locator('.shown', { hasText: 'circle 1' }).waitFor();
  await labelled('n').locator('.noUi-handle').press('ArrowRight');
  await page.shows(0, 'RangeError: not two');
  await picture('error');
  await labelled('n').locator('.noUi-handle').press('ArrowRight');
  await page.page.locator('.shown', { hasText: 'circle 9' }).waitFor();
  await labelled('kind').locator('select').selectOption('star');
  await page.page.locator('.shown', { hasText: 'star 9' }).waitFor();
  await page.page.getByRole('checkbox', { name: 'square' }).uncheck();
  await page.page.locator('.shown', { hasText: 'star 3' }).waitFor();
  expect(await page.page.locator('.jp-OutputArea-output', { hasText: 'RangeError' }).count()).toBe(0);
});

it('puts widgets behind tabs and in accordions', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('tabs', [
      `const first = widgets.toggle({ label: 'in first' });
const second = widgets.toggle({ label: 'in second' });
const folded = widgets.toggle({ label: 'in folded' });
widgets.box([widgets.tabs({ First: first, Second: second }), widgets.accordion({ Folded: folded })])`,
      'console.log(first.value, second.value, folded.value)',
    ]),
  );
  await page.runCell(0);
  await page.page.locator('.lm-TabBar-tab', { hasText: 'Second' }).click();
  await page.page.getByRole('checkbox', { name: 'in second' }).check();
  await page.page.getByRole('checkbox', { name: 'in folded' }).check();
  await picture('tabs');
  await page.runCell(1);
  await page.shows(1, 'false true true');
});

it('gives a widget of your own bytes, takes bytes from it, and keeps them over a reload', {
  timeout,
}, async () => {
  const notebook = scratch.notebook('bytes', [
    `const image = widgets.anywidget({
  esm: \`export default { render({ model, el }) {
    const button = document.createElement('button');
    button.className = 'bytes';
    const draw = () => { button.textContent = 'sum ' + new Uint8Array(model.get('pixels').buffer).reduce((a, b) => a + b, 0); };
    button.onclick = () => { model.set('pixels', new DataView(new Uint8Array([5, 6]).buffer)); model.save_changes(); };
    model.on('change:pixels', draw);
    model.on('msg:custom', (content, [data]) => { button.title = content.word + data.byteLength; model.send({ back: content.word }, undefined, [data]); });
    draw();
    el.append(button);
  } }\`,
  css: '.bytes { color: rgb(1, 2, 3); }',
  state: { pixels: new Uint8Array([1, 2]) },
});
image.onChange('pixels', (bytes) => console.log('kernel got', [...(bytes as Uint8Array)].join()));
image.onCustom((content, [data]) => console.log('answer', JSON.stringify(content), data.byteLength));
image`,
    'image.set({ pixels: new Uint8Array([40, 2]) });',
    "image.sendCustom({ word: 'hello' }, [new Uint8Array(3)]);",
  ]);
  await page.openNotebook(notebook);
  await page.runCell(0);
  const button = page.page.locator('.bytes');
  expect(await button.textContent()).toBe('sum 3');
  expect(await button.evaluate((node) => getComputedStyle(node).color)).toBe('rgb(1, 2, 3)');
  await button.click();
  await page.shows(0, 'kernel got 5,6');
  await page.runCell(1);
  await page.page.locator('.bytes', { hasText: 'sum 42' }).waitFor();
  await page.runCell(2);
  await page.shows(0, 'answer {"back":"hello"} 3');
  await page.page.evaluate(() => window.jupyterapp.shell.currentWidget?.context.save());
  await page.openNotebook(notebook);
  await page.page.locator('.bytes', { hasText: 'sum 42' }).waitFor();
  expect(page.pageErrors).toEqual([]);
});
