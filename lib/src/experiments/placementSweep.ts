/**
 * BN before the activation, where the paper puts it ("we add the BN transform immediately before the nonlinearity",
 * Ioffe and Szegedy 2015, section 3.2), or after it?
 */
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import type { Placement } from '../network.js';
import type { SweepActivation } from './learningRateSweep.js';
import { bySize } from './size.js';
import { type Sweep, type SweepingRunning, sweepTraining } from './trainingRun.js';

/** What `placementSweep` can be told. */
export interface PlacementConfig {
  /** Left out: before, after, none. */
  placements?: Placement[];
  /** Left out: sigmoid and ReLU. */
  activations?: SweepActivation[];
  /** Left out: by size, 0.01 to 3. */
  learningRates?: number[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60 for each run. Left out: by size. */
  steps?: number;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** How many of the 10,000 test images to measure accuracy on. Left out: by size. */
  testCount?: number;
}

/** One training run. */
export interface PlacementCell {
  placement: Placement;
  activation: SweepActivation;
  learningRate: number;
  seed: number;
  /** Test accuracy at the end, from 0 to 1. */
  accuracy: number;
  finalLoss: number | null;
  diverged: boolean;
}

/** What `placementSweep` gives back. */
export type PlacementResult = Sweep<Required<PlacementConfig>, PlacementCell>;

/**
 * Trains 784-h-h-h-10 on MNIST with BN before the activation, after it, or without BN, at several learning rates.
 * Runs of one seed and one activation start from the same weights and see the same minibatches.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 4, hidden: 4, testCount: 20, learningRates: [0.1] };
 * const { stopped } = await placementSweep(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function placementSweep(
  config: PlacementConfig = {},
  running: SweepingRunning<PlacementResult> = {},
): Promise<PlacementResult> {
  checkOptions('placementSweep', config, [
    ...['placements', 'activations', 'learningRates', 'seeds', 'steps', 'hidden', 'testCount'],
  ]);
  const {
    placements = ['before', 'after', 'none'],
    activations = ['sigmoid', 'relu'],
    learningRates = bySize({
      small: [0.1, 1],
      lecture: [0.01, 0.03, 0.1, 0.3, 1, 3],
      full: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    }),
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 120, lecture: 300, full: 3000 }),
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    testCount = bySize({ small: 1000, lecture: 2000, full: 10_000 }),
  } = config;
  for (const placement of placements) checkChoice('placements', placement, ['before', 'after', 'none']);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount(
    'the number of runs',
    placements.length * activations.length * learningRates.length * seeds.length,
  );
  checkCount('steps', steps);
  checkCount('hidden', hidden);
  const plan = seeds.flatMap((seed) =>
    learningRates.flatMap((learningRate) =>
      activations.flatMap((activation) =>
        placements.map((placement) => ({ placement, activation, learningRate, seed })),
      ),
    ),
  );
  return sweepTraining(
    { placements, activations, learningRates, seeds, steps, hidden, testCount },
    plan,
    ({ placement, activation, learningRate, seed }) => ({
      definition: {
        sizes: [784, hidden, hidden, hidden, 10],
        activation,
        batchNorm: placement,
        initial: { kind: activation === 'relu' ? 'he' : 'xavier' },
      },
      training: { steps, learningRate, seed, statistics: 'population', populationBatches: 20 },
      testCount,
    }),
    (planned, { finalAccuracy, finalLoss, diverged }) => ({
      ...planned,
      ...{ accuracy: finalAccuracy, finalLoss, diverged },
    }),
    ({ activation, placement, learningRate }) => `${activation}, ${placement}, lr ${learningRate}`,
    running,
  );
}
