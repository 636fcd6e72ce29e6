import { randomUUID } from 'node:crypto';
import type { Figure } from './figures/figure.js';
import { renderSvg } from './figures/svg.js';
import type { Table } from './figures/table.js';
import { tableHtml, tableText } from './figures/table.js';
import { type DisplayBundle, host } from './host.js';

/**
 * A figure in every format that a reader may need: live, still, and as a sentence.
 *
 * @example
 * const { data } = figureBundle(biasDriftFigure(biasDrift({ steps: 10 })));
 * console.log(Object.keys(data).sort().join(' ')); // prints application/vnd.plotly.v1+json image/svg+xml text/plain
 */
export function figureBundle(figure: Figure): DisplayBundle {
  return {
    data: {
      // An object, not text: tslab and JupyterLab draw a string as an empty figure.
      'application/vnd.plotly.v1+json': {
        data: figure.data,
        layout: figure.layout,
        // Not `responsive`: JupyterLab resizes its plots itself, and with both they lose their height.
        config: { displaylogo: false },
      },
      'image/svg+xml': renderSvg(figure),
      'text/plain': figure.summary,
    },
    metadata: { 'image/svg+xml': { alt: figure.alt }, alt: figure.alt },
  };
}

/**
 * Shows a figure under the cell: live in JupyterLab, as a still drawing where Plotly is not known, as its sentence
 * in a terminal.
 *
 * @example
 * show(biasDriftFigure(biasDrift()));
 */
export function show(figure: Figure): void {
  host().display(figureBundle(figure));
}

/**
 * Shows a table under the cell; in a terminal, as aligned text.
 *
 * @example
 * showTable({ columns: ['network', 'accuracy'], rows: [['with BN', percent(0.95)]] });
 */
export function showTable(table: Table): void {
  host().display({ data: { 'text/html': tableHtml(table), 'text/plain': tableText(table) } });
}

/** A figure that can be drawn again, in its place. */
export interface LiveFigure {
  /** Redraws if enough time has passed since the last time; `make` is called only then. */
  update(make: () => Figure): void;
  /** Redraws now: call it once, with the last result. */
  finish(figure: Figure): void;
}

/**
 * A figure that fills while an experiment runs: one place under the cell, drawn again and again. While it runs it is
 * the still drawing, since JupyterLab's Plotly renderer draws a figure once and takes no notice of its updates; at
 * the end the live one takes its place.
 *
 * @param everyMs least milliseconds between two drawings. Drawing takes the time of some training steps, and stock
 * tslab loses a cell's output after some 500 messages, so it draws more seldom there.
 *
 * @example
 * const live = liveFigure();
 * for (const steps of [10, 20]) live.update(() => biasDriftFigure(biasDrift({ steps })));
 * live.finish(biasDriftFigure(biasDrift({ steps: 30 })));
 */
export function liveFigure(everyMs?: number): LiveFigure {
  const id = randomUUID();
  const { kind } = host();
  const pause = everyMs ?? (kind === 'tslab' ? 1500 : 400);
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;
  const draw = (bundle: DisplayBundle) => {
    host().display({ ...bundle, transient: { display_id: id } }, { update: shown });
    shown = true;
    last = performance.now();
  };
  return {
    update(make) {
      // A terminal cannot redraw: it gets the last sentence only.
      if (kind === 'terminal' || performance.now() - last < pause) return;
      const figure = make();
      draw({
        data: { 'image/svg+xml': renderSvg(figure), 'text/plain': figure.summary },
        metadata: { alt: figure.alt },
      });
    },
    finish: (figure) => draw(figureBundle(figure)),
  };
}
