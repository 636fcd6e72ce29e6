/**
 * What depth does to gradients and to small changes of the parameters, at initialisation (Ioffe and Szegedy 2015,
 * section 1: saturation and vanishing gradients, and "small changes to the network parameters amplify as the network
 * becomes deeper"). No training: one minibatch of normal inputs, random labels.
 */
import type { ActivationName } from '../activations.js';
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import { softmaxCrossEntropy } from '../loss.js';
import { copyNetwork, createNetwork } from '../network.js';
import { networkBackward, networkForward } from '../networkPass.js';
import { Random } from '../random.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';
import { distance, norm } from './vectors.js';

/** The activation functions that `depthStudy` knows. */
export type DepthActivation = Extract<ActivationName, 'sigmoid' | 'tanh' | 'relu'>;

/** What `depthStudy` can be told. */
export interface DepthConfig {
  /** Left out: sigmoid, tanh, ReLU. */
  activations?: DepthActivation[];
  /** Left out: with and without BN. */
  batchNorm?: boolean[];
  /** Hidden layers. Left out: by size. */
  depth?: number;
  /** Units in each layer, and inputs. Left out: by size. */
  width?: number;
  /** Examples in the minibatch. Left out: 64. */
  m?: number;
  /** Left out: 1, 2, 3. */
  seeds?: number[];
  /** Size of the change of the parameters, as a share of each weight matrix's norm. Left out: 0.001. */
  change?: number;
  /** Factor on all initial weights. Left out: 1. */
  gain?: number;
}

/** One network at initialisation. Lists have one number for each hidden layer, the first layer first. */
export interface DepthRun {
  activation: DepthActivation;
  batchNorm: boolean;
  seed: number;
  /** Norm of dl/dW of each hidden layer, divided by the last hidden layer's. */
  gradient: number[];
  /**
   * Relative change of each layer's output, divided by the relative change of the weights: every weight matrix was
   * moved by `change` of its norm in a random direction.
   */
  randomChange: number[];
  /** The same where every weight matrix was multiplied by 1 + `change`: BN does not notice that. */
  scaleChange: number[];
}

/** What `depthStudy` gives back. */
export interface DepthResult {
  config: Required<DepthConfig>;
  runs: DepthRun[];
  planned: number;
  stopped: boolean;
}

/**
 * Measures, layer by layer, the gradient's norm and how much a small change of all weights changes each layer's output.
 * Weights are Xavier's for sigmoid and tanh, He's for ReLU, times `gain`. Reference code, float64.
 *
 * @returns one run for each activation, with and without BN, for each seed; the same seeds give the same numbers
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const { runs } = await depthStudy({ activations: ['sigmoid'], batchNorm: [false], depth: 6, width: 16, seeds: [1] });
 * console.log(runs[0].gradient.length, runs[0].gradient[0] < 0.01); // prints 6 true
 */
export async function depthStudy(config: DepthConfig = {}, running: Running = {}): Promise<DepthResult> {
  checkOptions('depthStudy', config, [
    ...['activations', 'batchNorm', 'depth', 'width', 'm', 'seeds', 'change', 'gain'],
  ]);
  const {
    activations = ['sigmoid', 'tanh', 'relu'],
    batchNorm = [true, false],
    depth = bySize({ small: 8, lecture: 20, full: 50 }),
    width = bySize({ small: 32, lecture: 64, full: 128 }),
    m = 64,
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
    change = 0.001,
    gain = 1,
  } = config;
  for (const activation of activations) checkChoice('activations', activation, ['sigmoid', 'tanh', 'relu']);
  checkCount('depth', depth, 2);
  checkCount('width', width, 2);
  checkCount('m', m, 2);
  checkPositive('change', change);
  checkPositive('gain', gain);
  checkCount('the number of runs', activations.length * batchNorm.length * seeds.length);
  const plan = seeds.flatMap((seed) =>
    activations.flatMap((activation) => batchNorm.map((bn) => ({ seed, activation, batchNorm: bn }))),
  );
  const all = { activations, batchNorm, depth, width, m, seeds, change, gain };
  const result: DepthResult = { config: all, runs: [], planned: plan.length, stopped: false };
  for (const cell of plan) {
    if (!(await mayGoOn(running.signal))) break;
    result.runs.push({ ...cell, ...measure(cell, all) });
    running.onProgress?.(result.runs.length, plan.length, cell.activation);
  }
  result.stopped = result.runs.length < plan.length;
  return result;
}

type Measured = Pick<DepthRun, 'gradient' | 'randomChange' | 'scaleChange'>;

function measure(
  { activation, batchNorm, seed }: Pick<DepthRun, 'activation' | 'batchNorm' | 'seed'>,
  { depth, width, m, change, gain }: Required<DepthConfig>,
): Measured {
  const random = new Random(seed);
  const network = createNetwork(
    {
      sizes: [...new Array<number>(depth + 1).fill(width), 10],
      activation,
      batchNorm,
      initial: { kind: activation === 'relu' ? 'he' : 'xavier' },
    },
    random.fork('weights'),
  );
  for (const { weights } of network.layers) weights.set(weights.map((w) => gain * w));
  const inputs = random.fork('inputs');
  const x = Float64Array.from({ length: m * width }, () => inputs.normal());
  const labels = Uint8Array.from({ length: m }, () => inputs.integer(10));
  const pass = networkForward(network, x, m, 'training');
  const gradients = networkBackward(network, pass, softmaxCrossEntropy(pass.logits, labels, m, 10).gradient);
  const norms = gradients.slice(0, depth).map(({ weights }) => norm(weights));
  const moved = (change_: (weights: Float64Array) => void): number[] => {
    const other = copyNetwork(network);
    for (const { weights } of other.layers) change_(weights);
    const there = networkForward(other, x, m, 'training').layers;
    return pass.layers.slice(0, depth).map(({ z }, layer) => distance(z, there[layer].z) / norm(z) / change);
  };
  const direction = random.fork('direction');
  return {
    gradient: norms.map((value) => value / norms[depth - 1]),
    randomChange: moved((weights) => moveBy(change, weights, direction)),
    scaleChange: moved((weights) => weights.set(weights.map((w) => w * (1 + change)))),
  };
}

/** Moves weights by `share` of their norm in a random direction. */
function moveBy(share: number, weights: Float64Array, random: Random): void {
  const step = weights.map(() => random.normal());
  const factor = (share * norm(weights)) / norm(step);
  for (let i = 0; i < weights.length; i++) weights[i] += factor * step[i];
}
