// Every lecture, from top to bottom, in the JupyterLab that `npm start` opens.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, root } from './lab.js';
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

describe.each(lectures)('%s', (name) => {
  it('runs from top to bottom and draws its plots', { timeout: 330000 }, async () => {
    const before = readFileSync(path.join(folder, name));
    const page = await NotebookPage.create(lab, browser);
    await page.openNotebook(`notebooks/${name}`);
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
    // Plots keep their height when the window changes its size.
    for (const [width, height] of [
      [1280, 1000],
      [1100, 1000],
    ] as const) {
      for (const plot of await page.resize(width, height)) expect(plot).toBeGreaterThan(100);
    }
    expect(code.reduce((sum, cell) => sum + cell.plots, 0)).toBeGreaterThan(0);
    expect(page.outsideRequests).toEqual([]);
    expect(page.pageErrors).toEqual([]);
    // Looking at a lecture does not change it.
    expect(readFileSync(path.join(folder, name)).equals(before)).toBe(true);
    await page.close();
  });
});
