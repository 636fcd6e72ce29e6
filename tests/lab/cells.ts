// What the page shows of each cell.
import type { Page } from 'playwright-core';
import type { Output } from '../notebooks/run.js';
import './app.js';

export interface CellView {
  index: number;
  type: string;
  source: string;
  prompt: string;
  language: string | null;
  /** MIME types of each output, or the name of its stream */
  outputs: string[];
  /** the outputs as they stand in a notebook file */
  written: Output[];
  text: string;
  error: string | null;
  plots: number;
  /** plots whose drawing has at least one visible mark */
  drawnPlots: number;
  /** outputs that the page could not show */
  renderErrors: string[];
  status: string | null;
}

/** Reads every cell of the notebook that is open. */
export function readCells(page: Page): Promise<CellView[]> {
  return page.evaluate(() => {
    const widget = window.jupyterapp.shell.currentWidget;
    return (widget?.content.widgets ?? []).map((cell, index) => {
      const { model, node } = cell;
      const outputs = Array.from({ length: model.outputs?.length ?? 0 }, (_, i) =>
        model.outputs.get(i).toJSON(),
      );
      const error = outputs.find((output) => output.output_type === 'error');
      const plots = [...node.querySelectorAll<HTMLElement>('.jp-RenderedPlotly')];
      const marks = '.trace, .cartesianlayer path, .hm image, canvas, .pie, .table';
      return {
        index,
        type: model.type,
        source: model.sharedModel.getSource(),
        prompt: node.querySelector('.jp-InputPrompt')?.textContent ?? '',
        language: node.querySelector<HTMLElement>('.cm-content')?.dataset.language ?? null,
        outputs: outputs.map((output) =>
          output.data ? Object.keys(output.data).join(' ') : (output.name ?? 'error'),
        ),
        written: outputs,
        text: node.querySelector<HTMLElement>('.jp-OutputArea')?.innerText ?? '',
        error: error ? `${error.ename}: ${error.evalue}` : null,
        plots: plots.length,
        drawnPlots: plots.filter(
          (plot) => plot.querySelector(marks) && plot.getBoundingClientRect().height > 100,
        ).length,
        renderErrors: [...node.querySelectorAll<HTMLElement>('.jp-RenderedMimeError, .jp-mod-error')].map(
          (bad) => bad.innerText.slice(0, 300),
        ),
        status: window.cellReplies?.[model.id] ?? null,
      };
    });
  });
}
