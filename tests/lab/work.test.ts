// What a student does in a notebook: stop a cell, complete a name, edit a cell or the library, move a slider, debug.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Lab } from './lab.js';
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

it('stops an endless loop with the Stop button and keeps what was there', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('stop', [
      'let steps = 41;',
      'console.log("looping");\nfor (;;) {\n  steps += 0;\n}',
      'console.log("kept", steps + 1);',
    ]),
  );
  await page.runCell(0);
  await page.focus(1);
  await page.page.keyboard.press('Control+Enter');
  // The output of a loop that never yields still arrives.
  await page.shows(1, 'looping');
  await page.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').click();
  await page.idle();
  const [, stopped] = await page.cells();
  expect(stopped?.status).toBe('error');
  expect(stopped?.error).toMatch(/interrupt/i);
  await page.runCell(2);
  await page.shows(2, 'kept 42');
});

it('completes a name from an earlier cell with Tab', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('complete', ['const learningRateOfTheSweep = 0.5;', '']));
  await page.runCell(0);
  await page.type(1, 'console.log(learningRateOfT');
  await page.page.keyboard.press('Tab');
  const source = () => page.cells().then((cells) => cells[1]?.source ?? '');
  const full = 'console.log(learningRateOfTheSweep';
  // A single match is put in at once; among several the list is shown and Enter takes the first.
  await page.page.waitForFunction(
    (wanted) =>
      document.querySelector('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item') !== null ||
      window.jupyterapp.shell.currentWidget?.content.widgets[1]?.model.sharedModel
        .getSource()
        .startsWith(wanted),
    full,
  );
  if (!(await source()).startsWith(full)) await page.page.keyboard.press('Enter');
  await page.page.waitForFunction(
    (wanted) =>
      window.jupyterapp.shell.currentWidget?.content.widgets[1]?.model.sharedModel
        .getSource()
        .startsWith(wanted),
    full,
  );
  expect(await source()).toContain(full);
});

it('shows the new output when a cell is edited and run again', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('edit', ['console.log("accuracy", 1 + 1);']));
  await page.runCell(0);
  await page.shows(0, 'accuracy 2');
  await page.type(0, 'console.log("accuracy", 40 + 2);');
  await page.runCell(0);
  await page.shows(0, 'accuracy 42');
  expect((await page.cells())[0]?.text).not.toContain('accuracy 2\n');
});

it('names the line of a type error and runs nothing of the cell', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('types', ['console.log("ran");\nconst rate: number = "fast";']));
  await page.runCell(0);
  const [cell] = await page.cells();
  expect(cell?.status).toBe('error');
  expect(cell?.text).toContain("Type 'string' is not assignable to type 'number'");
  expect(cell?.text).toMatch(/2:7|line 2/);
  expect(cell?.text).not.toMatch(/^ran$/m);
});

it('shows the change when a file of the library is edited and the cell is run again', {
  timeout,
}, async () => {
  const lib = scratch.copyLibrary();
  const file = path.join(lib, 'src', 'index.ts');
  const original = readFileSync(file, 'utf8');
  writeFileSync(file, `${original}\nexport const lectureTitle = 'before the edit';\n`);
  await page.openNotebook(
    scratch.notebook('library', ["import { lectureTitle } from 'batchnorm';\nconsole.log(lectureTitle);"]),
  );
  await page.runCell(0);
  await page.shows(0, 'before the edit');
  // As JupyterLab's editor saves a file.
  const place = path.relative(path.resolve(lib, '../../..'), file).split(path.sep).join('/');
  const saved = await lab.ask(`api/contents/${place}`, {
    method: 'PUT',
    body: JSON.stringify({
      type: 'file',
      format: 'text',
      content: `${original}\nexport const lectureTitle: string = 'after the edit';\n`,
    }),
  });
  expect(saved.status).toBe(200);
  await page.runCell(0);
  await page.shows(0, 'after the edit');
});

it('moves a slider and sees the computation follow', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('slider', [
      `await widgets.interact(({ rate, bn }) => console.log('rate', rate, 'bn', bn), {
  rate: widgets.slider({ label: 'learning rate', min: 0, max: 10, step: 1, value: 3 }),
  bn: widgets.toggle({ label: 'with BN' }),
});`,
    ]),
  );
  await page.runCell(0);
  await page.shows(0, 'rate 3 bn false');
  await page.page.locator('.jp-CodeCell .noUi-handle').focus();
  await page.page.keyboard.press('ArrowRight');
  await page.shows(0, 'rate 4 bn false');
  await page.page.locator('.jp-CodeCell input[type=checkbox]').check();
  await page.shows(0, 'rate 4 bn true');
  expect(page.pageErrors).toEqual([]);
});

it('talks with a widget of its own in both directions', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('anywidget', [
      `const counter = widgets.anywidget({
  esm: \`export default { render({ model, el }) {
    const button = document.createElement('button');
    button.className = 'counter';
    const draw = () => { button.textContent = 'count ' + model.get('n'); };
    button.onclick = () => { model.set('n', model.get('n') + 1); model.save_changes(); };
    model.on('change:n', draw);
    draw();
    el.append(button);
  } }\`,
  state: { n: 1 },
});
counter.onChange('n', (n) => console.log('kernel heard', n));
counter`,
      "counter.set({ n: 40 });\nconsole.log('set');",
    ]),
  );
  await page.runCell(0);
  const button = page.page.locator('.counter');
  await button.click();
  await page.shows(0, 'kernel heard 2');
  await page.runCell(1);
  await page.page.locator('.counter', { hasText: 'count 40' }).waitFor();
});

it('stops at a breakpoint in the debugger panel, shows the variables and goes on', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('debugger', [
      'const first = 5;',
      'let total = 0;\nfor (let i = first; i < 7; i++) {\n  total += i;\n}\nconsole.log("total", total);',
    ]),
  );
  await page.runCell(0);
  const variables = page.page.locator('.jp-DebuggerVariables');
  await page.page.locator('.jp-NotebookPanel-toolbar [title="Enable Debugger"]').click();
  // JupyterLab lists the session once it has started.
  await variables.filter({ hasText: /first\s*5/ }).waitFor();
  await page.focus(1);
  const cell = page.page.locator('.jp-CodeCell').nth(1);
  const gutter = cell.locator('.cm-breakpoint-gutter .cm-gutterElement');
  await gutter.nth(3).click({ force: true });
  await gutter.nth(3).locator('.cm-breakpoint-icon').waitFor();
  await page.page.keyboard.press('Control+Enter');
  // The line at which the program stands.
  await cell.locator('.cm-line.jp-DebuggerEditor-highlight', { hasText: 'total += i' }).waitFor();
  await variables.filter({ hasText: /i\s*5/ }).waitFor();
  await page.page.keyboard.press('F9');
  await variables.filter({ hasText: /i\s*6/ }).waitFor();
  await page.page.keyboard.press('F9');
  await page.idle();
  await page.shows(1, 'total 11');
});
