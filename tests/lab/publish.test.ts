// The site of the lectures and their exported slides, as a reader has them: opened from the disk, with no network.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lectureNames, solutionsOf } from '../../scripts/notebooks.mjs';
import { parts, paths } from '../../scripts/publish/series.mjs';
import { tokens } from '../../scripts/publish/tokens.mjs';
import { Lab, results, root } from './lab.js';
import { openBrowser } from './page.js';

const lectures = ['05-bias-drift', '08-backprop-through-bn'];

interface Done {
  code: number;
  output: string;
}

function script(name: string, ...args: string[]): Promise<Done> {
  return new Promise((resolve) => {
    const file = path.join(root, 'scripts', `${name}.mjs`);
    execFile(process.execPath, [file, ...args], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

/** A page from the disk, in a browser whose network is off; whatever it asks of another place is refused and noted. */
class FilePage {
  readonly faults: string[] = [];
  readonly requests: string[] = [];
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, file: string): Promise<FilePage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true });
    const me = new FilePage(await context.newPage());
    me.page.on('pageerror', (error) => me.faults.push(String(error)));
    me.page.on('console', (message) => {
      if (message.type() === 'error') me.faults.push(message.text());
    });
    context.on('request', (request) => me.requests.push(request.url()));
    await me.page.goto(pathToFileURL(file).href);
    return me;
  }

  /** Nothing failed, and nothing was asked for but files and what a page has inside of it. */
  async close(): Promise<void> {
    expect(this.faults).toEqual([]);
    expect(this.requests.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([]);
    expect(this.requests.some((url) => url.startsWith('file:'))).toBe(true);
    await this.page.context().close();
  }
}

/** The text of some HTML. */
const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#x27;/g, "'")
    .replace(/&amp;/g, '&');

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(results, 'publish-'));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the site', () => {
  let site: string;
  beforeAll(async () => {
    site = path.join(folder, 'site');
    const { code, output } = await script('site', '05', '08', '--size', 'small', '--out', site);
    expect(code, output).toBe(0);
  });
  const file = (name: string) => path.join(site, name);

  /** Fits, and what is wide can be scrolled with the keyboard. */
  const onATelephone = async (page: Page) => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.locator('pre[tabindex="0"]').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  };

  /** Has the still pictures and the text, not the menus. */
  const onPaper = async (page: Page) => {
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('figure.plot .still svg').first().isVisible()).toBe(true);
    expect(await page.locator('figure.plot .drawn').first().isVisible()).toBe(false);
    expect(await page.locator('header.top').isVisible()).toBe(false);
  };

  it('draws every figure, with its words, and sets every formula, on a screen, a telephone and paper', async () => {
    for (const name of lectures) {
      const opened = await FilePage.open(browser, file(`${name}.html`));
      const { page } = opened;
      const figures = page.locator('figure.plot');
      const count = await figures.count();
      expect(count).toBeGreaterThanOrEqual(2);
      for (let i = 0; i < count; i++) {
        const figure = figures.nth(i);
        await figure.scrollIntoViewIfNeeded();
        const drawn = figure.getByRole('img').filter({ has: page.locator('.main-svg') });
        await drawn.first().waitFor();
        expect((await drawn.first().boundingBox())?.height).toBeGreaterThan(300);
        // Curves that have a length, not axes alone.
        const lengths = await figure
          .locator('.js-line')
          .evaluateAll((lines) => lines.map((line) => (line as SVGPathElement).getTotalLength()));
        expect(Math.max(...lengths)).toBeGreaterThan(100);
        expect(await drawn.first().getAttribute('aria-label')).toMatch(/.{40,}/);
        expect(await figure.locator('figcaption p').first().textContent()).toMatch(/\d/);
      }
      expect(await page.locator('.katex').count()).toBeGreaterThan(5);
      expect(await page.locator('.katex math').count()).toBe(await page.locator('.katex').count());
      const fonts = await page.evaluate(async () => {
        await document.fonts.ready;
        return [...document.fonts].filter((font) => font.status === 'loaded').map((font) => font.family);
      });
      expect(fonts.join()).toContain('KaTeX_Math');
      // What a formula is written in stands nowhere in the text that is seen.
      const read = await page.locator('main .text').allInnerTexts();
      expect(read.join('\n')).toContain('You will learn');
      expect(read.join('\n')).not.toMatch(/\$|\\frac|\*\*/);
      await onATelephone(page);
      await onPaper(page);
      await opened.close();
    }
  });

  it('finds a word, and its link leads to the section', async () => {
    const opened = await FilePage.open(browser, file('index.html'));
    const { page } = opened;
    await page.keyboard.press('/');
    await page.keyboard.type('mean takes back whatever');
    const results = page.locator('#results a');
    await results.first().waitFor();
    expect(await page.getByRole('status').textContent()).toMatch(/^\d+ sections? found/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/05-bias-drift\.html#what-happened$/);
    const anchor = decodeURIComponent(new URL(page.url()).hash.slice(1));
    const heading = page.locator(`[id="${anchor}"]`);
    expect(await heading.count()).toBe(1);
    expect((await heading.boundingBox())?.y).toBeLessThan(300);

    await page.locator('#search').fill('zzyzx');
    await page.getByText('Nothing found for “zzyzx”.').waitFor();
    expect(await results.count()).toBe(0);
    await opened.close();
  });

  it('has links that lead somewhere, a language, landmarks, one title, and an id for one thing only', async () => {
    for (const name of readdirSync(site).filter((each) => each.endsWith('.html'))) {
      const opened = await FilePage.open(browser, file(name));
      const found = await opened.page.evaluate(() => ({
        lang: document.documentElement.lang,
        mains: document.querySelectorAll('main').length,
        titles: document.querySelectorAll('h1').length,
        headers: document.querySelectorAll('body > header').length,
        links: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href') ?? ''),
        ids: [...document.querySelectorAll('main [id]:not(svg *)')].map((each) => each.id),
        nameless: [...document.querySelectorAll('a, button, summary')].filter(
          (each) => !each.textContent?.trim() && !each.getAttribute('aria-label') && !each.closest('.drawn'),
        ).length,
        wide: document.documentElement.scrollWidth - innerWidth,
      }));
      expect(found).toMatchObject({ lang: 'en', mains: 1, titles: 1, headers: 1, nameless: 0, wide: 0 });
      expect(found.ids.filter((id, i) => found.ids.indexOf(id) !== i)).toEqual([]);
      for (const link of found.links.filter((each) => !/^https?:/.test(each))) {
        const [to, anchor] = link.split('#');
        const target = to === '' ? name : to;
        expect(existsSync(file(target)), `${name} links to ${link}`).toBe(true);
        if (anchor)
          expect(readFileSync(file(target), 'utf8'), link).toContain(`id="${decodeURIComponent(anchor)}"`);
      }
      await opened.page.keyboard.press('Tab');
      expect(await opened.page.evaluate(() => document.activeElement?.textContent)).toBe(
        'Skip to the content',
      );
      await opened.close();
    }
  });

  it('leaves out speaker notes and solutions, keeps hints folded, and shows a live cell as it is at first', () => {
    for (const name of lectures) {
      const html = readFileSync(file(`${name}.html`), 'utf8');
      expect(html).not.toContain('For the speaker');
      const shown = [...html.matchAll(/<pre class="code">(.*?)<\/pre>/gs)].map((found) => plain(found[1]));
      const solutions = solutionsOf(name);
      expect(solutions.length).toBeGreaterThan(0);
      for (const { stub, solved } of solutions) {
        expect(shown).toContain(stub);
        expect(shown).not.toContain(solved);
        const own = solved.split('\n').filter((line) => !stub.includes(line.trim()));
        expect(own.length).toBeGreaterThan(0);
        for (const line of own) expect(shown.join('\n')).not.toContain(line.trim());
      }
      expect(html.slice(html.indexOf('<main'))).not.toContain('<details open');
    }
    const html = readFileSync(file('08-backprop-through-bn.html'), 'utf8');
    expect(html).toContain('<summary>Hint 1</summary>');
    expect(html).toMatch(/Live in the lab:[\s\S]*Shown here with m: 8, left out: nothing[\s\S]*<figure/);
  });

  it('empties only a folder of its own, and refuses a lecture that is not there', async () => {
    const other = mkdtempSync(path.join(folder, 'other-'));
    writeFileSync(path.join(other, 'thesis.txt'), 'mine');
    const refused = await script('site', '05', '--size', 'small', '--out', other);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('holds files that were not written by this command');
    expect(readdirSync(other)).toEqual(['thesis.txt']);
    const unknown = await script('site', '99');
    expect(unknown.code).toBe(1);
    expect(unknown.output).toMatch(/^There is no lecture "99"/);
  });
});

describe('exported slides', () => {
  let slides: string;
  beforeAll(async () => {
    slides = path.join(folder, 'slides');
    const { code, output } = await script('slides', '--export', slides, '05', '--size', 'small');
    expect(code, output).toBe(0);
  });

  /** Waits until the show is at a place: its column, and the slide in it. The address follows a little later. */
  const isAt = (page: Page, hash: string) => page.waitForFunction((at) => location.hash === at, hash);

  it('go on with the keyboard, as the metadata cuts them, and show figures and formulas', async () => {
    const opened = await FilePage.open(browser, path.join(slides, '05-bias-drift.html'));
    const { page } = opened;
    const shown = page.locator('section.present:not(.stack)');
    await shown.getByRole('heading', { name: '05 · Naive centring: the bias drift' }).waitFor();
    await page.keyboard.press('Space');
    await shown.getByRole('heading', { name: 'A reasonable idea' }).waitFor();
    expect(await shown.locator('.katex').first().isVisible()).toBe(true);
    await isAt(page, '#/1');
    // A subslide, with a plot in the whole width.
    await page.keyboard.press('Space');
    await isAt(page, '#/1/1');
    const plot = shown.locator('.drawn .main-svg').first();
    await plot.waitFor();
    const box = await plot.boundingBox();
    expect(box?.width).toBeGreaterThan(900);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(900);
    // A slide whose fragment comes with the next step.
    await page.keyboard.press('Space');
    await shown.getByRole('heading', { name: 'What happened' }).waitFor();
    const fragment = shown.locator('.fragment').first();
    expect(await fragment.evaluate((each) => getComputedStyle(each).visibility)).toBe('hidden');
    await page.keyboard.press('Space');
    await fragment.and(page.locator('.visible')).waitFor();
    expect(await fragment.evaluate((each) => getComputedStyle(each).visibility)).toBe('visible');
    expect(await shown.getByRole('heading', { name: 'What happened' }).isVisible()).toBe(true);
    await opened.close();
  });

  it('have the speaker notes in a window of their own, and nowhere else', async () => {
    const opened = await FilePage.open(browser, path.join(slides, '05-bias-drift.html'));
    const { page } = opened;
    await page.locator('section.present').first().waitFor();
    expect(await page.locator('aside.notes').count()).toBeGreaterThan(0);
    await page.keyboard.press('Space');
    expect(await page.locator('aside.notes:visible').count()).toBe(0);
    const [speaker] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('s')]);
    await speaker.getByText('Let them commit').waitFor();
    await opened.close();
  });

  it('leave out what cannot run there, and solutions', () => {
    const html = readFileSync(path.join(slides, '05-bias-drift.html'), 'utf8');
    for (const { stub, solved } of solutionsOf('05-bias-drift')) {
      const own = solved.split('\n').filter((line) => !stub.includes(line.trim()));
      for (const line of own) expect(plain(html)).not.toContain(line.trim());
    }
    expect(html).not.toContain('widgets.interact');
  });

  it('are asked for in one way only', async () => {
    const cases: [string[], string][] = [
      [[], 'Say which one lecture: `npm run slides -- 05`.'],
      [['05', '--size', 'small'], '--size is for slides that are written: add --export.'],
      [
        ['--export', '--port', '9000'],
        '--port is for slides in JupyterLab: leave it out, or leave out --export.',
      ],
      [['--export', 'one', 'two'], 'One folder is wanted, and these were named: one two.'],
    ];
    for (const [args, sentence] of cases) {
      const { code, output } = await script('slides', ...args);
      expect(output.trim()).toBe(sentence);
      expect(code).toBe(1);
    }
  });
});

describe('slides in JupyterLab', () => {
  it('start at the lecture, run a cell on its slide, and ask no other machine for anything', async () => {
    const lab = await Lab.openSlides('05');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    try {
      expect(lab.printedAddress).toContain('/rise/notebooks/05-bias-drift.ipynb?token=');
      const page = await context.newPage();
      const outside: string[] = [];
      context.on('request', (request) => {
        if (!/^(data|blob):|^https?:\/\/127\.0\.0\.1[:/]/.test(request.url())) outside.push(request.url());
      });
      await page.goto(lab.printedAddress);
      const shown = page.locator('section.present:not(.stack)');
      const first = shown.getByRole('heading', { name: '05 · Naive centring: the bias drift' });
      await first.waitFor({ timeout: 60_000 });
      // Read from the back row.
      const size = await shown
        .locator('p')
        .first()
        .evaluate((each) => getComputedStyle(each).fontSize);
      expect(Number.parseFloat(size)).toBeGreaterThanOrEqual(22);
      await page.keyboard.press('Space');
      await shown.getByRole('heading', { name: 'A reasonable idea' }).waitFor();
      await page.keyboard.press('Space');
      const code = shown.locator('.cm-line').first();
      await code.waitFor();
      const box = await code.boundingBox();
      await page.mouse.click((box?.x ?? 0) + 300, (box?.y ?? 0) + 10);
      await page.keyboard.press('Control+Enter');
      const plot = shown.locator('.js-plotly-plot .main-svg').first();
      await plot.waitFor({ timeout: 30_000 });
      expect((await plot.boundingBox())?.width).toBeGreaterThan(900);
      expect(outside).toEqual([]);
    } finally {
      await context.close();
      await lab.close();
    }
  });
});

describe('the map of the series', () => {
  it('has each lecture in one part', () => {
    const all = parts.flatMap(({ lectures: numbers }) => numbers);
    expect(all.length).toBe(new Set(all).size);
    for (const name of lectureNames()) expect(all).toContain(name.slice(0, 2));
    for (const { lectures: numbers } of paths) for (const number of numbers) expect(all).toContain(number);
  });

  it('has the paths that the first notebook tells of', () => {
    const start = readFileSync(path.join(root, 'notebooks', '00-start-here.ts'), 'utf8');
    for (const { title, lectures: numbers } of paths) {
      const told = new RegExp(`\\*\\*${title}\\*\\* \\([^)]*\\): ([\\d, ]+)\\.`).exec(start)?.[1].split(', ');
      // Whoever reads it is in 00 already.
      expect(told, title).toEqual(numbers.filter((number) => number !== '00'));
    }
  });

  it('cuts Chinese into pairs of signs, so that a part of a term is found', () => {
    expect(tokens('Naive centring: 批归一化, E[u+b]')).toEqual([
      'Naive',
      'centring',
      '批归',
      '归一',
      '一化',
      'E',
      'u',
      'b',
    ]);
  });
});
