// What a student does in a notebook: stop a cell, complete a name, edit a cell, edit the library.
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

/** Runs one cell with the keyboard and waits for its reply. */
async function runCell(index: number): Promise<void> {
  await page.focus(index);
  await page.page.keyboard.press('Control+Enter');
  await page.idle();
}

it('stops an endless loop with the Stop button and keeps what was there', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('stop', [
      'let steps = 41;',
      'console.log("looping");\nfor (;;) {\n  steps += 0;\n}',
      'console.log("kept", steps + 1);',
    ]),
  );
  await runCell(0);
  await page.focus(1);
  await page.page.keyboard.press('Control+Enter');
  // The output of a loop that never yields still arrives.
  await page.shows(1, 'looping');
  await page.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').click();
  await page.idle();
  const [, stopped] = await page.cells();
  expect(stopped?.status).toBe('error');
  expect(stopped?.error).toMatch(/interrupt/i);
  await runCell(2);
  await page.shows(2, 'kept 42');
});

it('completes a name from an earlier cell with Tab', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('complete', ['const learningRateOfTheSweep = 0.5;', '']));
  await runCell(0);
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
  await runCell(0);
  await page.shows(0, 'accuracy 2');
  await page.type(0, 'console.log("accuracy", 40 + 2);');
  await runCell(0);
  await page.shows(0, 'accuracy 42');
  expect((await page.cells())[0]?.text).not.toContain('accuracy 2\n');
});

it('names the line of a type error and runs nothing of the cell', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('types', ['console.log("ran");\nconst rate: number = "fast";']));
  await runCell(0);
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
  await runCell(0);
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
  await runCell(0);
  await page.shows(0, 'after the edit');
});
