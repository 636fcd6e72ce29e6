/** Figures of lectures 12, 13 and 15: accuracy against the initial weights' spread, BN's place, and m. */
import type { BatchSizeResult } from '../experiments/batchSizeSweep.js';
import type { InitialisationResult } from '../experiments/initialisationSweep.js';
import type { PlacementResult } from '../experiments/placementSweep.js';
import type { Placement } from '../network.js';
import { accuracySweepFigure } from './accuracySweep.js';
import type { Figure } from './figure.js';
import { activationTitles } from './saturationFigures.js';
import { bnStyle, neutralStyles, powersOfTwo, type SeriesStyle } from './theme.js';

/**
 * Accuracy against the standard deviation of the initial weights. A partial result is drawn too.
 *
 * @example
 * const config = { seeds: [1], steps: 4, hidden: 4, testCount: 20, stds: [0.1, 1] };
 * show(initialisationFigure(await initialisationSweep(config, { workers: 0 })));
 */
export function initialisationFigure(result: InitialisationResult): Figure {
  const { stds, activations, batchNorm, seeds, steps, learningRate } = result.config;
  return accuracySweepFigure({
    title: `Accuracy after ${steps} steps, against the initial weights’ spread`,
    what: `Test accuracy after ${steps} steps at learning rate ${learningRate}, with BN (solid, circles) and without (dashed, squares),`,
    x: { title: 'std of the initial weights', values: stds, name: 'std', of: ({ std }) => std },
    panels: activations.map((activation) => ({
      heading: activationTitles[activation],
      curves: batchNorm.map((bn) => ({
        style: bnStyle(bn),
        runs: result.cells.filter((cell) => cell.activation === activation && cell.batchNorm === bn),
      })),
    })),
    finished: result.cells.length,
    planned: result.planned,
    stopped: result.stopped,
    seeds: seeds.length,
  });
}

/** BN before the activation is what the other lectures call with BN, and has its look. */
export function placementStyle(placement: Placement): SeriesStyle {
  if (placement === 'none') return bnStyle(false);
  return placement === 'before'
    ? { ...bnStyle(true), name: 'BN before' }
    : { ...neutralStyles[0], dash: 'dot', name: 'BN after' };
}

/**
 * Accuracy against the learning rate, with BN before the activation, after it, or none.
 *
 * @example
 * const config = { seeds: [1], steps: 4, hidden: 4, testCount: 20, learningRates: [0.1] };
 * show(placementFigure(await placementSweep(config, { workers: 0 })));
 */
export function placementFigure(result: PlacementResult): Figure {
  const { placements, activations, learningRates, seeds, steps } = result.config;
  return accuracySweepFigure({
    title: `BN before or after the activation: accuracy after ${steps} steps`,
    what: `Test accuracy after ${steps} steps with BN before the activation (solid, circles), after it (dotted, diamonds) and without (dashed, squares),`,
    x: { title: 'learning rate', values: learningRates, name: 'lr', of: ({ learningRate }) => learningRate },
    panels: activations.map((activation) => ({
      heading: activationTitles[activation],
      curves: placements.map((placement) => ({
        style: placementStyle(placement),
        runs: result.cells.filter((cell) => cell.activation === activation && cell.placement === placement),
      })),
    })),
    finished: result.cells.length,
    planned: result.planned,
    stopped: result.stopped,
    seeds: seeds.length,
  });
}

/**
 * Accuracy against m, for the same number of examples.
 *
 * @example
 * const config = { seeds: [1], hidden: 4, testCount: 20, batchSizes: [2, 4], examples: 8 };
 * show(batchSizeFigure(await batchSizeSweep(config, { workers: 0 })));
 */
export function batchSizeFigure(result: BatchSizeResult): Figure {
  const { batchSizes, batchNorm, seeds, examples, learningRate, activation } = result.config;
  return accuracySweepFigure({
    title: `Accuracy after ${examples.toLocaleString('en')} examples, against m`,
    what: `Test accuracy of a ${activationTitles[activation]} network after ${examples} examples at learning rate ${learningRate}, with BN (solid, circles) and without (dashed, squares),`,
    x: {
      title: 'minibatch size m',
      values: batchSizes,
      name: 'm =',
      of: ({ m }) => m,
      ticks: powersOfTwo(batchSizes),
    },
    panels: [
      {
        heading: '',
        curves: batchNorm.map((bn) => ({
          style: bnStyle(bn),
          runs: result.cells.filter((cell) => cell.batchNorm === bn),
        })),
      },
    ],
    finished: result.cells.length,
    planned: result.planned,
    stopped: result.stopped,
    seeds: seeds.length,
  });
}
