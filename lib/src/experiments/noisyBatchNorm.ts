/**
 * Does BN work because it steadies the distributions inside? Santurkar, Tsipras, Ilyas and Madry 2018 (arXiv 1805.11604,
 * section 2.2 and appendix) put noise after BN, with a mean and a spread drawn anew for each unit at each step: the
 * distributions shift more than without BN. If training is still better than without BN, steadiness is not the reason.
 */
import { checkChoice, checkCount, checkOptions, checkPositive, type FloatArray } from '../check.js';
import type { Mnist } from '../data/mnist.js';
import { sharedMnist } from '../parallel/sharedMnist.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import { columnMoments } from '../transform.js';
import {
  ActivationBlock,
  BatchNormBlock,
  type Block,
  blockNetwork,
  halfSize,
  trainBlocks,
} from './blocks.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import type { SweepingRunning } from './trainingRun.js';
import { meanOf } from './vectors.js';

/** All kinds of network that are compared. */
export const noisyKinds = ['none', 'batchNorm', 'noisyBatchNorm'] as const;
/** Without BN, with BN, or with BN followed by noise. */
export type NoisyKind = (typeof noisyKinds)[number];

/** What `noisyBatchNorm` can be told. */
export interface NoisyConfig {
  /** Left out: without BN, with BN, with BN and noise. */
  kinds?: NoisyKind[];
  /** Left out: by size. */
  seeds?: number[];
  /** Minibatches of 60. Left out: by size. */
  steps?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Units in each of the three hidden layers (sigmoid). Left out: by size. */
  hidden?: number;
  /** Largest mean of a unit's noise, n_mu. Left out: 0.5, as in the paper. */
  noiseMean?: number;
  /** Largest scale of a unit's noise, n_sigma. Left out: 1.25, as in the paper. */
  noiseScale?: number;
}

/** One training run. Lists have one number for each look. */
export interface NoisyRun {
  kind: NoisyKind;
  seed: number;
  steps: number[];
  /** Mean minibatch loss since the last look, in nats; null when it was not finite. */
  loss: (number | null)[];
  /** Share of the minibatches since the last look that was classified rightly, from 0 to 1, in training mode. */
  accuracy: number[];
  /**
   * How much the last hidden layer's activation inputs shift from one step to the next: |change of a unit's mean over
   * the minibatch| / its standard deviation, averaged over units and steps since the last look.
   */
  shift: number[];
}

/** What `noisyBatchNorm` gives back. */
export interface NoisyResult {
  config: Required<NoisyConfig>;
  runs: NoisyRun[];
  planned: number;
  stopped: boolean;
}

const LOOKS = 20;
/** r_mu and r_sigma: how much the noise differs between the examples of a minibatch. */
const SPREAD = 0.1;

/**
 * Trains 196-h-h-h-10 on MNIST at half resolution without BN, with BN, and with BN followed by noise. Reference code,
 * float64, on all cores. `onResult` gets the runs that are under way, too, as far as they have come.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], steps: 20, hidden: 3 };
 * const { stopped } = await noisyBatchNorm(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function noisyBatchNorm(
  config: NoisyConfig = {},
  running: SweepingRunning<NoisyResult> = {},
): Promise<NoisyResult> {
  checkOptions('noisyBatchNorm', config, [
    ...['kinds', 'seeds', 'steps', 'learningRate', 'hidden', 'noiseMean', 'noiseScale'],
  ]);
  const {
    kinds = [...noisyKinds],
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    steps = bySize({ small: 100, lecture: 200, full: 5000 }),
    learningRate = 0.1,
    hidden = bySize({ small: 16, lecture: 32, full: 64 }),
    noiseMean = 0.5,
    noiseScale = 1.25,
  } = config;
  for (const kind of kinds) checkChoice('kinds', kind, noisyKinds);
  checkCount('steps', steps, LOOKS);
  checkCount('hidden', hidden);
  checkPositive('learningRate', learningRate);
  checkPositive('noiseMean', noiseMean);
  if (!(noiseScale >= 1)) throw new RangeError(`noiseScale must be at least 1, found ${noiseScale}`);
  checkCount('the number of runs', kinds.length * seeds.length);
  const all = { kinds, seeds, steps, learningRate, hidden, noiseMean, noiseScale };
  const plan = seeds.flatMap((seed) =>
    kinds.map((kind) => ({ kind, seed, steps, learningRate, hidden, noiseMean, noiseScale })),
  );
  const result: NoisyResult = { config: all, runs: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.runs): void => {
    result.runs = finished;
  };
  return runPlan(noisyRun, plan, sharedMnist, result, running, put, (input) => input.kind);
}

/** Noise after BN: y = s x + t, with s and t of each example around a scale and a mean of each unit at this step. */
class NoiseBlock implements Block {
  private scale = new Float64Array(0);

  constructor(
    private readonly d: number,
    private readonly noiseMean: number,
    private readonly noiseScale: number,
    private readonly random: Random,
  ) {}

  forward(x: FloatArray, _m: number, training: boolean): FloatArray {
    if (!training) return x;
    const { d, random, noiseMean, noiseScale } = this;
    const means = Float64Array.from({ length: d }, () => noiseMean * (2 * random.uniform() - 1));
    const scales = Float64Array.from({ length: d }, () => 1 + (noiseScale - 1) * random.uniform());
    this.scale = Float64Array.from(x, (_, ij) => scales[ij % d] + SPREAD * random.normal());
    return x.map((value, ij) => this.scale[ij] * value + means[ij % d] + SPREAD * (2 * random.uniform() - 1));
  }

  backward(dy: FloatArray): FloatArray {
    return dy.map((value, ij) => value * this.scale[ij]);
  }

  update(): void {
    // It has no parameters.
  }
}

/** Passes everything on, and keeps what passed. */
class ProbeBlock implements Block {
  seen: FloatArray = new Float64Array(0);

  forward(x: FloatArray): FloatArray {
    this.seen = x;
    return x;
  }

  backward(dy: FloatArray): FloatArray {
    return dy;
  }

  update(): void {
    // It has no parameters.
  }
}

type NoisyInput = Required<Omit<NoisyConfig, 'kinds' | 'seeds'>> & { kind: NoisyKind; seed: number };

export const noisyRun: Task<NoisyInput, NoisyRun, Mnist> = {
  name: 'noisyBatchNorm',
  async run({ kind, seed, steps, learningRate, hidden, noiseMean, noiseScale }, { shared, signal, report }) {
    const random = new Random(seed);
    const noise = random.fork('noise');
    const train = halfSize(shared.train, 6000);
    let probe = new ProbeBlock();
    const { blocks } = blockNetwork(
      [train.features, hidden, hidden, hidden, train.classes],
      { kind: 'xavier' },
      (d) => {
        probe = new ProbeBlock(); // the last one made is the last hidden layer's
        const norm = kind === 'none' ? [] : [new BatchNormBlock(d)];
        const after = kind === 'noisyBatchNorm' ? [new NoiseBlock(d, noiseMean, noiseScale, noise)] : [];
        return [...norm, ...after, probe, new ActivationBlock('sigmoid')];
      },
      random,
    );
    const run: NoisyRun = { kind, seed, steps: [], loss: [], accuracy: [], shift: [] };
    let since = { losses: [] as number[], accuracies: [] as number[], shifts: [] as number[] };
    let before: Float64Array | null = null;
    await trainBlocks({
      ...{ blocks, train, m: 60, steps, learningRate, random: random.fork('shuffle'), signal },
      each: (step, loss, accuracy) => {
        const { mean, variance } = columnMoments(probe.seen, 60, hidden);
        if (before !== null) {
          const last = before;
          since.shifts.push(
            meanOf(mean.map((value, j) => Math.abs(value - last[j]) / Math.sqrt(variance[j]))),
          );
        }
        before = mean;
        since.losses.push(loss);
        since.accuracies.push(accuracy);
        if (Math.floor((step * LOOKS) / steps) === Math.floor(((step - 1) * LOOKS) / steps)) return;
        const meanLoss = meanOf(since.losses);
        run.steps.push(step);
        run.loss.push(Number.isFinite(meanLoss) ? meanLoss : null);
        run.accuracy.push(meanOf(since.accuracies));
        run.shift.push(meanOf(since.shifts));
        since = { losses: [], accuracies: [], shifts: [] };
        report(step, steps, run);
      },
    });
    return run;
  },
};
