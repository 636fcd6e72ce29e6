// Pictures of the lectures as JupyterLab shows them, run from top to bottom. Called by scripts/screenshots.mjs.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Lab } from './lab.js';
import { NotebookPage, openBrowser } from './page.js';

export interface Picture {
  /** notebook's file name */
  notebook: string;
  file: string;
  /** show the window around the first plot, not the whole notebook */
  window: boolean;
}

/** Takes the pictures one after the other; resolves to the notebooks that had an error. */
export async function takePictures(pictures: Picture[], say: (line: string) => void): Promise<string[]> {
  const failed: string[] = [];
  // As a user sees them, not at the size of the tests.
  process.env.BATCHNORM_LAB_SIZE ??= 'lecture';
  const [lab, browser] = await Promise.all([Lab.open(), openBrowser()]);
  try {
    for (const { notebook, file, window: frame } of pictures) {
      const size = frame ? { width: 1360, height: 850 } : { width: 1280, height: 900 };
      const page = await NotebookPage.create(lab, browser, size);
      await page.openNotebook(`notebooks/${notebook}`);
      await page.runAll();
      await page.plotsDrawn();
      mkdirSync(path.dirname(file), { recursive: true });
      if (frame) await page.windowPicture(file);
      else await page.picture(file);
      const wrong = (await page.cells()).filter((cell) => cell.error !== null || cell.status === 'error');
      for (const cell of wrong) say(`${notebook}, cell ${cell.index}: ${cell.error ?? 'failed'}`);
      if (wrong.length > 0) failed.push(notebook);
      say(file);
      await page.close();
    }
  } finally {
    await browser.close();
    await lab.close();
  }
  return failed;
}
