import { accuracySweepFigure } from '../figures/accuracySweep.js';
import type { Figure } from '../figures/figure.js';
import { placementStyle } from '../figures/sweepFigures.js';
import type { ConvNetResult } from './convNetStudy.js';
import type { ConvNetData } from './convNetTraining.js';

const panels: Record<ConvNetData, { heading: string; chance: number }> = {
  mnist: { heading: 'MNIST', chance: 10 },
  objects: { heading: 'objects', chance: 50 },
};

/**
 * Lecture 14: test accuracy of the conv net against the learning rate, for each placement of BN. A partial result is drawn
 * too.
 *
 * @example
 * const config = { learningRates: [0.1], seeds: [1], steps: 2, batchSize: 8, maps: [2], testCount: 20 };
 * show(convNetFigure(await convNetStudy(config)));
 */
export function convNetFigure(result: ConvNetResult): Figure {
  const { data, placements, learningRates, seeds, steps, batchSize } = result.config;
  return accuracySweepFigure({
    title: `A small conv net after ${steps} minibatches of ${batchSize}`,
    what: `Test accuracy of a conv net after ${steps} steps with BN before the activation (solid, circles), after it (dotted, diamonds) and without (dashed, squares),`,
    x: { title: 'learning rate', values: learningRates, name: 'lr', of: ({ learningRate }) => learningRate },
    panels: data.map((kind) => ({
      ...panels[kind],
      curves: placements.map((placement) => ({
        style: placementStyle(placement),
        runs: result.runs.filter((run) => run.data === kind && run.placement === placement),
      })),
    })),
    finished: result.runs.length,
    planned: result.planned,
    stopped: result.stopped,
    seeds: seeds.length,
  });
}
