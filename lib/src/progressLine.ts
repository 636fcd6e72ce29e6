import { randomUUID } from 'node:crypto';
import { escapeXml } from './figures/svgMarks.js';
import { host } from './host.js';

/** A line that says how far a long call has come. */
export interface ProgressLine {
  /** `done` of `total` units are finished; `note` says something about them. */
  report(done: number, total: number, note?: string): void;
  /** Ends the line; `note` stays. */
  finish(note?: string): void;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/**
 * A progress line for a long call: one live line under the cell in a notebook, a bar on stderr in a terminal.
 *
 * @example
 * const line = progress('training');
 * for (let step = 1; step <= 500; step++) line.report(step, 500);
 * line.finish();
 */
export function progress(label: string): ProgressLine {
  const { kind } = host();
  const pause = kind === 'tslab' ? 1000 : 200;
  const id = randomUUID();
  const start = performance.now();
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;

  const notebookLine = (text: string, share: number) => {
    const bar = `<progress max="1" value="${share.toFixed(3)}" style="width:14em;vertical-align:middle"></progress>`;
    host().display(
      {
        data: {
          'text/html': `<span style="font-size:16px">${bar} ${escapeXml(text)}</span>`,
          'text/plain': text,
        },
        transient: { display_id: id },
      },
      { update: shown },
    );
    shown = true;
  };
  const terminalLine = (text: string, share: number, end: boolean) => {
    // Into a file or a pipe goes the last line only: a bar drawn with carriage returns would fill it.
    if (!process.stderr.isTTY && !end) return;
    const full = Math.round(24 * share);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(24 - full)}] ${text}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${bar}${end ? '\n' : ''}` : `${bar}\n`);
  };
  const draw = (text: string, share: number, end: boolean) => {
    last = performance.now();
    if (kind === 'terminal') terminalLine(text, share, end);
    else notebookLine(text, share);
  };

  let latest = { done: 1, total: 1 };
  return {
    report(done, total, note) {
      latest = { done, total };
      if (performance.now() - last < pause) return;
      const share = total > 0 ? Math.min(1, done / total) : 0;
      draw(`${label}: ${Math.round(100 * share)} %${note ? `, ${note}` : ''}`, share, false);
    },
    finish(note) {
      const share = latest.total > 0 ? Math.min(1, latest.done / latest.total) : 1;
      draw(`${label}: ${note ?? 'done'} (${seconds(performance.now() - start)})`, share, true);
    },
  };
}
