/**
 * The drift of section 2 of Ioffe and Szegedy 2015: an update that takes the statistics for constants moves a
 * parameter for ever and leaves the loss where it was.
 */
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { type CentringGradient, type NaiveRun, naiveCentring, naiveScaling } from '../naiveCentring.js';
import { Random } from '../random.js';

/** What `biasDrift` can be told. */
export interface BiasDriftConfig {
  /** Seeds the training set's m inputs. Left out: 1. */
  seed?: number;
  /** Examples in the training set. Left out: 100. */
  m?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Left out: 200. */
  steps?: number;
  /** What the centred unit is asked to give for every example. Left out: 3. */
  target?: number;
}

/** One run as plain numbers: element s is the state after s updates. */
export interface DriftRun {
  gradient: CentringGradient;
  /** b for centring, w for scaling. */
  parameter: number[];
  loss: number[];
  /** The gradient the update followed. */
  usedGradient: number[];
  /** The gradient that flows through the statistics too. */
  trueGradient: number[];
}

/** What `biasDrift` gives back: for each of the two units, the naive run and the true one. */
export interface BiasDriftResult {
  config: Required<BiasDriftConfig>;
  /** xHat = u + b - E[u + b]: first the update that ignores dE/db, then the true gradient. */
  centring: [DriftRun, DriftRun];
  /** xHat = w x / sqrt(Var[w x]): first with the scale held constant, then the true gradient. */
  scaling: [DriftRun, DriftRun];
}

const gradients = ['ignoreStatistics', 'throughStatistics'] as const;

/**
 * Trains the centred and the scaled unit, each with the naive update and with the true gradient, by gradient
 * descent on l = (1/2m) sum_i (xHat_i - t_i)^2.
 *
 * @example
 * const { centring } = biasDrift({ steps: 200 });
 * const [naive, true_] = centring;
 * naive.parameter[200]; // 60: 200 steps of 0.1 * 3, at an unchanged loss
 * true_.parameter[200]; // 0 but for rounding
 * @throws TypeError for an unknown option, RangeError for m below 2 or a learning rate that is not above 0
 */
export function biasDrift(config: BiasDriftConfig = {}): BiasDriftResult {
  checkOptions('biasDrift', config, ['seed', 'm', 'learningRate', 'steps', 'target']);
  const { seed = 1, m = 100, learningRate = 0.1, steps = 200, target = 3 } = config;
  checkCount('m', m, 2);
  checkPositive('learningRate', learningRate);
  const random = new Random(seed);
  const x = Float64Array.from({ length: m }, () => random.normal());
  const run = (make: (gradient: CentringGradient) => NaiveRun): [DriftRun, DriftRun] => {
    const [naive, true_] = gradients.map((gradient): DriftRun => {
      const { parameter, loss, usedGradient, trueGradient } = make(gradient);
      return {
        gradient,
        parameter: [...parameter],
        loss: [...loss],
        usedGradient: [...usedGradient],
        trueGradient: [...trueGradient],
      };
    });
    return [naive, true_];
  };
  return {
    config: { seed, m, learningRate, steps, target },
    centring: run((gradient) => naiveCentring({ x, target, learningRate, steps, gradient })),
    scaling: run((gradient) => naiveScaling({ x, learningRate, steps, gradient })),
  };
}
