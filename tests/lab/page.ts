// A notebook in a real browser: what a person at the page sees and does.
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { findBrowser, noBrowser } from '../../scripts/support/browser.mjs';
import { type CellView, readCells } from './cells.js';
import type { Lab } from './lab.js';
import './app.js';

/** Starts the headless browser that this machine has. */
export async function openBrowser(): Promise<Browser> {
  const found = await findBrowser();
  if (!found) throw new Error(noBrowser);
  return chromium.launch({ executablePath: found.executable, args: found.args, headless: true });
}

/** The cells of the notebook that is in front. */
const cellsOfNotebook = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell';

/** What the plots inside of an element show; runs in the page. */
function plotsOf(element: Element): string {
  type Plot = Element & { data?: unknown; layout?: { title?: { text?: string } } };
  const plots = [...element.querySelectorAll<Plot>('.js-plotly-plot')];
  return JSON.stringify(plots.map(({ data, layout }) => [data, layout?.title?.text]));
}

export class NotebookPage {
  readonly pageErrors: string[] = [];
  readonly consoleErrors: string[] = [];
  /** requests to other machines: they are refused and remembered */
  readonly outsideRequests: string[] = [];

  private constructor(
    readonly lab: Lab,
    readonly page: Page,
  ) {}

  static async create(
    lab: Lab,
    browser: Browser,
    viewport = { width: 1280, height: 900 },
  ): Promise<NotebookPage> {
    const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
    const page = await context.newPage();
    const me = new NotebookPage(lab, page);
    page.on('console', (message) => {
      if (message.type() === 'error') me.consoleErrors.push(message.text().slice(0, 400));
    });
    page.on('pageerror', (error) => me.pageErrors.push(String(error).slice(0, 400)));
    await context.route(
      (url) => /^(https?|wss?):$/.test(url.protocol) && !['127.0.0.1', 'localhost'].includes(url.hostname),
      (route) => {
        me.outsideRequests.push(route.request().url().slice(0, 200));
        return route.abort();
      },
    );
    return me;
  }

  /** Opens an address of JupyterLab and waits until its notebook and kernel are ready, or a dialog is in the way. */
  async open(address: string, timeout = 90000): Promise<this> {
    const { page } = this;
    await page.goto(address, { timeout });
    await page.waitForFunction(() => window.jupyterapp?.restored, null, { timeout });
    await page.evaluate(() => window.jupyterapp.restored.then(() => true));
    return this.#ready(address, timeout);
  }

  /** Waits until the notebook in front and its kernel are ready, or a dialog is in the way. */
  async #ready(address: string, timeout: number): Promise<this> {
    const state = await this.page.waitForFunction(
      () => {
        const dialog = document.querySelector<HTMLElement>('.jp-Dialog');
        if (dialog) return `a dialog is in the way: ${dialog.innerText.replace(/\n+/g, ' | ')}`;
        const context = window.jupyterapp.shell.currentWidget?.context;
        const session = context?.sessionContext;
        const status = session?.session?.kernel?.status ?? '';
        return context?.isReady && session?.isReady && ['idle', 'busy'].includes(status) ? 'ready' : false;
      },
      null,
      { timeout },
    );
    const said = await state.jsonValue();
    if (said !== 'ready') throw new Error(`${address} did not open: ${said}`);
    await this.#noteReplies();
    return this;
  }

  /** Opens a notebook by its path in the checkout. */
  openNotebook(notebook: string): Promise<this> {
    const place = notebook.split('/').map(encodeURIComponent).join('/');
    return this.open(`${this.lab.url}/lab/tree/${place}?token=${this.lab.token}&reset`);
  }

  /**
   * Opens a notebook in the place of the one in front, whose kernel ends and whose changes are dropped: a quarter of the
   * time of loading JupyterLab anew.
   */
  async openInstead(notebook: string, timeout = 90000): Promise<this> {
    await this.page.evaluate(async (path) => {
      const { shell, commands } = window.jupyterapp;
      const before = shell.currentWidget;
      await before?.context.sessionContext.shutdown();
      if (before) before.context.model.dirty = false; // or it would ask whether to save
      before?.close();
      window.kernelLost = undefined;
      await commands.execute('docmanager:open', { path });
    }, notebook);
    return this.#ready(notebook, timeout);
  }

  /** Keeps each cell's execute reply: a kernel could fail a cell and show nothing. */
  async #noteReplies(): Promise<void> {
    await this.page.evaluate(() => {
      const replies: Record<string, string> = {};
      window.cellReplies = replies;
      const asked: Record<string, string> = {};
      const kernel = window.jupyterapp.shell.currentWidget?.context.sessionContext.session?.kernel;
      kernel?.statusChanged.connect((_, status) => {
        if (['dead', 'autorestarting', 'restarting'].includes(status)) window.kernelLost = status;
      });
      kernel?.anyMessage.connect((_, { msg, direction }) => {
        const kind = msg.header.msg_type;
        if (direction === 'send' && kind === 'execute_request')
          asked[msg.header.msg_id] = msg.metadata.cellId ?? '';
        if (direction === 'recv' && kind === 'execute_reply') {
          const cell = asked[msg.parent_header.msg_id ?? ''];
          if (cell) replies[cell] = msg.content.status ?? '';
        }
      });
    });
  }

  /** Runs one of JupyterLab's commands and does not wait for what it starts. */
  async command(id: string): Promise<void> {
    await this.page.evaluate((name) => {
      void window.jupyterapp.commands.execute(name);
    }, id);
  }

  /** Runs every cell and waits until the last one has its reply, or one has failed. */
  async runAll(timeout = 280000): Promise<void> {
    await this.page.evaluate(() => {
      window.runAllDone = undefined;
      void window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => {
        window.runAllDone = true;
      });
    });
    await this.#until(() => window.runAllDone === true, timeout);
    await this.idle(timeout);
  }

  /** Waits until the kernel rests and no cell waits for it. */
  async idle(timeout = 60000): Promise<void> {
    await this.#until(() => {
      const widget = window.jupyterapp.shell.currentWidget;
      const prompts = [...(widget?.node.querySelectorAll('.jp-CodeCell .jp-InputPrompt') ?? [])];
      const status = widget?.context.sessionContext.session?.kernel?.status;
      return status === 'idle' && !prompts.some((prompt) => prompt.textContent?.includes('[*]'));
    }, timeout);
  }

  /** Waits until something is true of the page; a kernel that is lost meanwhile ends the waiting. */
  async #until(condition: () => boolean, timeout: number): Promise<void> {
    const source = `window.kernelLost ?? ((${condition})() ? 'met' : false)`;
    const state = await (await this.page.waitForFunction(source, null, { timeout })).jsonValue();
    if (state !== 'met') throw new Error(`the kernel was lost (${state}):\n${this.lab.log().slice(-2000)}`);
  }

  /** Waits until every Plotly figure of the notebook has been drawn and has its height. */
  async plotsDrawn(timeout = 30000): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const plots = [...document.querySelectorAll('.jp-RenderedPlotly')];
        return plots.every((plot) => plot.querySelector('.main-svg') && plot.clientHeight > 100);
      },
      null,
      { timeout },
    );
  }

  /** Resizes the window and waits until every figure has been laid out again; resolves to the figures' heights. */
  async resize(width: number, height: number): Promise<number[]> {
    await this.page.evaluate(() => {
      window.plotsToLayOut = new Set(document.querySelectorAll('.jp-RenderedPlotly'));
      for (const plot of window.plotsToLayOut) {
        (plot as Element & { on(event: string, slot: () => void): void }).on('plotly_relayout', () =>
          window.plotsToLayOut?.delete(plot),
        );
      }
    });
    await this.page.setViewportSize({ width, height });
    await this.page.waitForFunction(() => window.plotsToLayOut?.size === 0);
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.jp-RenderedPlotly')].map((plot) => plot.clientHeight),
    );
  }

  cells(): Promise<CellView[]> {
    return readCells(this.page);
  }

  cell(index: number): Locator {
    return this.page.locator(cellsOfNotebook).nth(index);
  }

  /** Puts the text cursor at the end of a cell. */
  async focus(index: number): Promise<void> {
    await this.cell(index).locator('.cm-content').first().click();
    await this.page.keyboard.press('ControlOrMeta+End');
  }

  /** Replaces what stands in a cell by typing, as a person does. */
  async type(index: number, text: string): Promise<void> {
    await this.cell(index).locator('.cm-content').first().click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
  }

  /** Runs one cell with the keyboard, from within it, and waits for its reply. */
  async runCell(index: number): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press('Control+Enter');
    await this.idle();
  }

  /** What the plots of a cell show: their data and titles. */
  plotted(index: number): Promise<string> {
    return this.cell(index).evaluate(plotsOf);
  }

  /** Waits until the plots of a cell show something else than what `plotted` said before. */
  async plotsAnew(index: number, before: string): Promise<void> {
    const cell = `document.querySelectorAll(${JSON.stringify(cellsOfNotebook)})[${index}]`;
    const now = `(${plotsOf})(${cell})`;
    await this.page.waitForFunction(`!['[]', ${JSON.stringify(before)}].includes(${now})`);
  }

  /** Waits until a cell's output shows a text. */
  async shows(index: number, text: string, timeout = 30000): Promise<void> {
    await this.cell(index).locator('.jp-OutputArea-output', { hasText: text }).first().waitFor({ timeout });
  }

  /** One picture of the whole notebook: the window grows to hold it. */
  async picture(file: string, maxHeight = 12000): Promise<void> {
    const { page } = this;
    const size = page.viewportSize() ?? { width: 1280, height: 900 };
    const height = await page.evaluate(() => {
      const cells = window.jupyterapp.shell.currentWidget?.node.querySelector('.jp-WindowedPanel-viewport');
      return cells?.scrollHeight ?? 0;
    });
    await page.setViewportSize({
      width: size.width,
      height: Math.min(maxHeight, Math.max(size.height, height + 170)),
    });
    await this.plotsDrawn();
    await page.evaluate(() => {
      const node = window.jupyterapp.shell.currentWidget?.node;
      node?.querySelector('.jp-WindowedPanel-outer')?.scrollTo(0, 0);
    });
    await page.screenshot({ path: file });
    await page.setViewportSize(size);
  }

  /** The window as it is, scrolled so that the first plot is in the middle. */
  async windowPicture(file: string): Promise<void> {
    await this.page
      .locator('.js-plotly-plot')
      .first()
      .evaluate((plot) => plot.scrollIntoView({ block: 'center' }));
    await this.page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
