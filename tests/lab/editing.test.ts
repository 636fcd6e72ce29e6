// What the editor offers while a cell is written: values, imports, the arguments of a call.
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
  lab = await Lab.open();
}, timeout);

afterAll(async () => {
  await lab?.close();
}, 60000);

// One browser a test: where Chromium runs as a single process, it ends with its first context.
beforeEach(async () => {
  scratch = new Scratch();
  browser = await openBrowser();
  page = await NotebookPage.create(lab, browser);
}, 60000);

afterEach(async () => {
  await browser.close();
  const sessions = (await (await lab.ask('api/sessions')).json()) as { id: string }[];
  await Promise.all(sessions.map(({ id }) => lab.ask(`api/sessions/${id}`, { method: 'DELETE' })));
  scratch.remove();
});

/** Types into a cell, presses Tab and waits for the list of matches. */
async function offered(index: number, text: string): Promise<readonly string[]> {
  await page.type(index, text);
  await page.page.keyboard.press('Tab');
  const items = page.page.locator('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item');
  await items.first().waitFor();
  return (await items.allInnerTexts()).map((item) => item.replace(/\s+/g, ' ').trim());
}

/** Waits until a cell's text is this. */
async function reads(index: number, text: string): Promise<void> {
  await page.page.waitForFunction(
    ([at, wanted]) =>
      window.jupyterapp.shell.currentWidget?.content.widgets[at as number]?.model.sharedModel.getSource() ===
      wanted,
    [index, text] as const,
  );
}

it('offers the keys of a value whose type says nothing', { timeout }, async () => {
  await page.openNotebook(
    scratch.notebook('live', ['const data = JSON.parse(\'{"rows":[1],"mean":1.5}\');', '']),
  );
  await page.runCell(0);
  const found = await offered(1, 'data.');
  expect(found.join('\n')).toMatch(/rows.*live-array/);
  expect(found.join('\n')).toMatch(/mean.*live-number/);
  await page.page.keyboard.press('Enter');
  await reads(1, 'data.rows');
});

it('adds the import of a name that is picked, and the cell runs', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('import', ['', '']));
  const [only, ...others] = await offered(0, 'const folder = mkdtempS');
  expect(only).toContain("import { mkdtempSync } from 'node:fs';");
  expect(others).toEqual([]);
  await page.page.keyboard.press('Enter');
  await reads(0, "import { mkdtempSync } from 'node:fs';\nconst folder = mkdtempSync");
  await page.page.keyboard.insertText('.name;\nconsole.log("made by", folder)');
  await page.runCell(0);
  await page.shows(0, 'made by mkdtempSync');
});

it('keeps what was typed when Tab is pressed again among several imports', { timeout }, async () => {
  await page.openNotebook(scratch.notebook('several', ['']));
  const found = await offered(0, 'const text = readFile');
  expect(found.length).toBeGreaterThan(1);
  await page.page.keyboard.press('Tab');
  await reads(0, 'const text = readFile');
  await page.page.keyboard.press('Enter');
  // Tab went on to the second match.
  await page.page.waitForFunction(() =>
    /^import \{ readFile\w* \} from 'node:fs[^']*';\nconst text = readFile\w*$/.test(
      window.jupyterapp.shell.currentWidget?.content.widgets[0]?.model.sharedModel.getSource() ?? '',
    ),
  );
});

it('shows with Shift+Tab the argument that comes next', { timeout }, async () => {
  const code =
    '/** @param b the second */\nfunction add(a: number, b: number): number;\nfunction add(a: string, b: string): string;\nfunction add(a: any, b: any) { return a + b; }';
  await page.openNotebook(scratch.notebook('arguments', [code, '']));
  await page.runCell(0);
  await page.type(1, 'add(1, ');
  await page.page.keyboard.press('Shift+Tab');
  const tooltip = page.page.locator('.jp-Tooltip');
  await tooltip.filter({ hasText: 'Argument 2 of 2' }).waitFor();
  const text = await tooltip.innerText();
  expect(text).toContain('b: number');
  expect(text).toContain('the second');
  expect(text).toContain('Overload 1 of 2');
});
