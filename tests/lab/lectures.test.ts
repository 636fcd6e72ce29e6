// Every lecture as a student takes it, in the JupyterLab that `npm start` opens: from top to bottom, a control moved, an
// exercise solved and a usual wrong answer given.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { solutionsOf } from '../../scripts/notebooks.mjs';
import { checkOf, type Exercise } from '../../scripts/support/exercises.mjs';
import { checkRun } from '../notebooks/checkRun.js';
import { Lab, root, size } from './lab.js';
import { NotebookPage, openBrowser } from './page.js';

const folder = path.join(root, 'notebooks');
const lectures = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));

let lab: Lab;
let browser: Browser;

beforeAll(async () => {
  [lab, browser] = await Promise.all([Lab.open(), openBrowser()]);
}, 120000);

afterAll(async () => {
  await browser?.close();
  await lab?.close();
}, 60000);

describe('npm start', () => {
  it('opens the first lecture with the TypeScript kernel chosen and no dialog', {
    timeout: 120000,
  }, async () => {
    const page = await NotebookPage.create(lab, browser);
    await page.open(lab.printedAddress);
    const opened = await page.page.evaluate(async () => {
      const context = window.jupyterapp.shell.currentWidget?.context;
      const kernel = context?.sessionContext.session?.kernel;
      return {
        path: context?.path,
        kernel: kernel?.name,
        language: (await kernel?.info)?.language_info.name,
      };
    });
    expect(opened).toEqual({
      path: 'notebooks/00-start-here.ipynb',
      kernel: 'typescript',
      language: 'typescript',
    });
    await page.page
      .getByRole('button', { name: /TypeScript/ })
      .first()
      .waitFor();
    await page.close();
  });
});

/** Moves the first control of a live cell, with the keyboard; the plot has to follow. */
async function moveControl(page: NotebookPage, cell: number): Promise<void> {
  const before = await page.plotted(cell);
  const control = page.cell(cell).locator('.noUi-handle, select').first();
  const chosen = await control.evaluate((node) => (node as HTMLSelectElement).selectedIndex ?? null);
  if (chosen === null) await control.press('End');
  else await control.selectOption({ index: chosen === 0 ? 1 : 0 });
  await page.plotsAnew(cell, before);
  await page.idle();
}

/** Answers an exercise as it is solved, then in the first usual wrong way. */
async function answer(page: NotebookPage, cell: number, exercise: Exercise): Promise<void> {
  for (const { says, source } of [{ says: '✓', source: exercise.solved }, exercise.wrong[0]]) {
    await page.type(cell, source);
    await page.runCell(cell);
    await page.shows(cell, says);
  }
}

/** A page for each lecture that is taken at the same time; one that a lecture failed on is not used again. */
const pages: NotebookPage[] = [];

describe('a student', () => {
  it.concurrent.each(lectures)('takes %s', { timeout: 330000 }, async (name) => {
    const before = readFileSync(path.join(folder, name));
    const opened = pages.pop();
    const page = opened ?? (await NotebookPage.create(lab, browser));
    if (opened) await page.openInstead(`notebooks/${name}`);
    else await page.openNotebook(`notebooks/${name}`);
    await page.runAll();
    await page.plotsDrawn();

    const code = (await page.cells()).filter((cell) => cell.type === 'code' && cell.source.trim() !== '');
    expect(code.length).toBeGreaterThan(0);
    for (const cell of code) {
      const where = `cell ${cell.index}: ${cell.source.slice(0, 80)}`;
      expect({ where, status: cell.status, error: cell.error }).toEqual({ where, status: 'ok', error: null });
      expect(cell.renderErrors, where).toEqual([]);
      expect(cell.drawnPlots, where).toBe(cell.plots);
      const figures = cell.outputs.filter((types) => types.includes('application/vnd.plotly.v1+json'));
      // What a live cell draws lies in the output of its widget, not among the cell's own.
      if (cell.source.includes('widgets.interact(')) expect(cell.plots, where).toBeGreaterThan(0);
      else expect(cell.plots, where).toBe(figures.length);
      expect(cell.language, where).toBe('typescript');
    }
    if (size === 'small') {
      const ran = code.map(({ source, written, status }) => ({
        source,
        outputs: written,
        metadata: { reply: status ?? 'none' },
      }));
      checkRun(path.parse(name).name, ran);
    }
    // Plots keep their height when the window changes its size.
    for (const [width, height] of [
      [1100, 1000],
      [1280, 900],
    ] as const) {
      for (const plot of await page.resize(width, height)) expect(plot).toBeGreaterThan(100);
    }
    expect(code.reduce((sum, cell) => sum + cell.plots, 0)).toBeGreaterThan(0);

    for (const cell of code) {
      if (cell.source.includes('widgets.interact(')) await moveControl(page, cell.index);
    }
    const [exercise] = solutionsOf(path.parse(name).name);
    const place = code.find((cell) => checkOf(cell.source) === exercise.check);
    await answer(page, place?.index ?? -1, exercise);

    expect(page.outsideRequests).toEqual([]);
    expect(page.pageErrors).toEqual([]);
    // Looking at a lecture does not change it.
    expect(readFileSync(path.join(folder, name)).equals(before)).toBe(true);
    pages.push(page);
  });
});
