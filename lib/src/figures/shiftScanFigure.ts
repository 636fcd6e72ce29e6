import type { ShiftScanCell, ShiftScanResult } from '../experiments/internalShiftScan.js';
import type { Figure } from './figure.js';
import { lineFigure } from './lineFigure.js';
import { bnStyle } from './theme.js';

const quantities = {
  drift: { title: 'How far the median of a hidden unit’s input moves', y: 'drift of the median', factor: 1 },
  accuracy: { title: 'Test accuracy', y: 'correct test images, %', factor: 100 },
} as const;

/**
 * A scan's drift or accuracy against the learning rate, with or without BN: one curve for each standard deviation of the
 * initial weights, the mean over the seeds. A point where some seed diverged is left out.
 *
 * @throws RangeError when there is no finished run to draw
 *
 * @example
 * const small = { stds: [0.05], learningRates: [0.1], seeds: [1], steps: 10, looks: 2 };
 * show(shiftScanFigure(await internalShiftScan(small), 'drift', true));
 */
export function shiftScanFigure(
  result: ShiftScanResult,
  quantity: keyof typeof quantities,
  batchNorm: boolean,
): Figure {
  const { title, y, factor } = quantities[quantity];
  const of = (std: number) => {
    const own = result.cells.filter((cell) => cell.std === std && cell.batchNorm === batchNorm);
    const points = result.config.learningRates.flatMap((learningRate) => {
      const mean = meanOver(
        own.filter((cell) => cell.learningRate === learningRate),
        quantity,
      );
      return mean === null ? [] : [{ x: learningRate, y: factor * mean }];
    });
    return { name: `std ${std}`, x: points.map((point) => point.x), y: points.map((point) => point.y) };
  };
  const series = result.config.stds.map(of).filter((curve) => curve.x.length > 0);
  return lineFigure(series, {
    title: `${title} ${bnStyle(batchNorm).name}`,
    x: 'learning rate',
    y,
    logX: true,
  });
}

/** Null when there is no run, or one diverged: it has no accuracy, and its drift is where it happened to end. */
function meanOver(cells: readonly ShiftScanCell[], quantity: keyof typeof quantities): number | null {
  if (cells.length === 0 || cells.some((cell) => cell.accuracy === null)) {
    return null;
  }
  return cells.reduce((sum, cell) => sum + (cell[quantity] ?? 0), 0) / cells.length;
}
