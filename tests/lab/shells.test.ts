// Two things at a time: a console with a subshell of its own, widgets while a cell waits, and questions to the user.

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

async function startCell(index: number): Promise<void> {
  await page.focus(index);
  await page.page.keyboard.press('Control+Enter');
}

function stopButton(): Locator {
  return page.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]');
}

it('answers in a subshell console while a cell of the notebook runs', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('subshell', [
      `let epoch = 0;
console.log('training');
let stopNow = false;
while (!stopNow) {
  epoch++;
  await new Promise((done) => setTimeout(done, 10));
}
console.log('ended by the console');`,
    ]),
  );
  await startCell(0);
  await page.shows(0, 'training');
  await page.command('notebook:create-subshell-console');
  const panel = page.page.locator('.jp-CodeConsole');
  const prompt = panel.locator('.jp-CodeConsole-promptCell .cm-content');
  await prompt.waitFor();
  // The console shows its prompt before JupyterLab has asked for the subshell; what is run till then waits for the cell.
  await page.page.waitForFunction(() => {
    return window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.subshellId;
  });
  const ask = async (code: string) => {
    await prompt.click();
    await page.page.keyboard.insertText(code);
    await page.page.keyboard.press('Shift+Enter');
  };
  await ask('console.log("epoch is a", typeof epoch, epoch > 0)');
  await panel.locator('.jp-OutputArea-output', { hasText: 'epoch is a number true' }).waitFor();
  await page.page.screenshot({ path: path.join(results, 'shells-console.png') });
  expect(await page.cell(0).textContent()).toContain('[*]');
  await ask('stopNow = true;');
  await page.shows(0, 'ended by the console');
  expect(page.pageErrors).toEqual([]);
});

it('hears a slider while a cell waits for it', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('waits', [
      "const level = widgets.slider({ label: 'level', min: 0, max: 9, value: 1 });\nlevel",
      "await new Promise<void>((done) => level.onChange((value) => { if (value === 3) done(); }));\nconsole.log('level', level.value);",
    ]),
  );
  await startCell(0);
  await page.idle();
  await startCell(1);
  await page.page.locator('.noUi-handle').press('ArrowRight');
  await page.page.locator('.noUi-handle').press('ArrowRight');
  await page.shows(1, 'level 3');
  await page.idle();
});

it('asks for a line, a password, two things at once and from a timer', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('asks', [
      "console.log('hello', await input('Name? '), (await input.password('Secret? ')).length);",
      "console.log((await Promise.all([input('first '), input('second ')])).join('+'));",
      "setTimeout(async () => console.log('later', await input('Later? ')), 100);",
    ]),
  );
  const answer = async (prompt: string, text: string, kind = 'text') => {
    const box = page.page.locator('.jp-Stdin', { hasText: prompt }).locator('input');
    expect(await box.evaluate((node) => (node as HTMLInputElement).type)).toBe(kind);
    await box.fill(text);
    await box.press('Enter');
  };
  await startCell(0);
  await answer('Name?', 'Ada');
  await answer('Secret?', 'four', 'password');
  await page.shows(0, 'hello Ada 4');
  expect((await page.cells())[0]?.text).not.toContain('four');
  await page.idle();
  await startCell(1);
  await answer('first', 'one');
  await answer('second', 'two');
  await page.shows(1, 'one+two');
  await page.idle();
  await startCell(2);
  await answer('Later?', 'now');
  await page.shows(2, 'later now');
});

it('takes a question back when the cell is stopped', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('stops', [
      "await input('Never answered ')",
      "console.log('next', await input('Next '))",
    ]),
  );
  await startCell(0);
  await page.page.locator('.jp-Stdin').waitFor();
  await stopButton().click();
  await page.idle();
  expect((await page.cells())[0]?.status).toBe('error');
  await startCell(1);
  const box = page.page.locator('.jp-Stdin', { hasText: 'Next' }).locator('input');
  await box.fill('one');
  await box.press('Enter');
  await page.shows(1, 'next one');
});

it('makes the cell that a cell asks for', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('next', ['display.nextCell(\'console.log("made")\');']));
  await startCell(0);
  await page.idle();
  await page.cell(1).locator('.cm-content', { hasText: 'console.log("made")' }).waitFor();
});
