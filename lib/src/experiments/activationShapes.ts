/**
 * What BN would have to normalise, before and after the activation: u = x W is "more likely to have a symmetric,
 * non-sparse distribution, that is 'more Gaussian'" than z = g(u) (Ioffe and Szegedy 2015, section 3.2). Measured.
 */
import { checkChoice, checkCount, checkOptions, checkPositive } from '../check.js';
import { loadMnist } from '../data/mnist.js';
import { gather } from '../dataset.js';
import { networkForward } from '../networkPass.js';
import { trainNetwork } from '../train.js';
import { columnMoments } from '../transform.js';
import type { SweepActivation } from './learningRateSweep.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';
import { meanOf } from './vectors.js';

/** What `activationShapes` can be told. */
export interface ActivationShapesConfig {
  /** Left out: sigmoid and ReLU. */
  activations?: SweepActivation[];
  /** Left out: 1. */
  seed?: number;
  /** Minibatches of 60 to train on before the look; 0 looks at initialisation. Left out: by size. */
  steps?: number;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Units in each of the three hidden layers. Left out: by size. */
  hidden?: number;
  /** Training images to look at. Left out: by size. */
  examples?: number;
}

/** One layer's u = x W, which BN before the activation normalises, or its z = g(BN(u)), which BN after would. */
export interface ShapeReading {
  activation: SweepActivation;
  /** 1 for the first hidden layer. */
  layer: number;
  place: 'u' | 'z';
  /** Mean over the units of |E[x̂³]|: 0 for a symmetric distribution. */
  skewness: number;
  /** Mean over the units of E[x̂⁴] - 3: 0 for a normal distribution. */
  kurtosis: number;
  /** Share of exact zeros. */
  zeros: number;
  /** Means over the units of their means and standard deviations. */
  mean: number;
  std: number;
  /** Units that were the same for every image: they are left out of all that stands above but `zeros`. */
  constant: number;
  /** Density of x̂ = (x - mean) / std over the layer's units, one number for each of `shapeBins`. */
  density: number[];
}

/** What `activationShapes` gives back. */
export interface ActivationShapesResult {
  config: Required<ActivationShapesConfig>;
  readings: ShapeReading[];
  stopped: boolean;
}

const [LOW, HIGH, WIDTH] = [-3, 4, 0.25];
/** The middles of the bins of `ShapeReading.density`, in standard deviations. */
export const shapeBins: readonly number[] = Array.from(
  { length: (HIGH - LOW) / WIDTH },
  (_, i) => LOW + (i + 0.5) * WIDTH,
);

/**
 * Trains 784-h-h-h-10 on MNIST with BN before the activation, then looks at how u and z are distributed over images.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const { readings } = await activationShapes({ activations: ['relu'], steps: 2, hidden: 8, examples: 50 });
 * console.log(readings[0].zeros, readings[1].zeros > 0.2); // prints 0 true
 */
export async function activationShapes(
  config: ActivationShapesConfig = {},
  running: Running = {},
): Promise<ActivationShapesResult> {
  checkOptions('activationShapes', config, [
    ...['activations', 'seed', 'steps', 'learningRate', 'hidden', 'examples'],
  ]);
  const {
    activations = ['sigmoid', 'relu'],
    seed = 1,
    steps = bySize({ small: 120, lecture: 300, full: 3000 }),
    learningRate = 0.1,
    hidden = bySize({ small: 40, lecture: 50, full: 100 }),
    examples = bySize({ small: 500, lecture: 1000, full: 10_000 }),
  } = config;
  for (const name of activations) checkChoice('activations', name, ['sigmoid', 'relu']);
  checkCount('steps', steps, 0);
  checkPositive('learningRate', learningRate);
  checkCount('hidden', hidden);
  checkCount('examples', examples, 2);
  const { train } = loadMnist();
  const { x } = gather(
    train,
    Uint32Array.from({ length: examples }, (_, i) => i),
  );
  const readings: ShapeReading[] = [];
  let stopped = false;
  for (const [done, name] of activations.entries()) {
    const { network, aborted } = await trainNetwork(
      {
        sizes: [train.features, hidden, hidden, hidden, train.classes],
        activation: name,
        batchNorm: 'before',
        initial: { kind: name === 'relu' ? 'he' : 'xavier' },
      },
      { train, steps, learningRate, seed, signal: running.signal },
    );
    if (aborted || !(await mayGoOn(running.signal))) {
      stopped = true;
      break;
    }
    const { layers } = networkForward(network, x, examples, 'training');
    for (const [index, pass] of layers.slice(0, 3).entries()) {
      for (const place of ['u', 'z'] as const) {
        const shape = shapeOf(pass[place], examples, hidden);
        readings.push({ activation: name, layer: index + 1, place, ...shape });
      }
    }
    running.onProgress?.(done + 1, activations.length, name);
  }
  return { config: { activations, seed, steps, learningRate, hidden, examples }, readings, stopped };
}

function shapeOf(
  values: ArrayLike<number>,
  m: number,
  d: number,
): Omit<ShapeReading, 'activation' | 'layer' | 'place'> {
  const all = Float64Array.from(values);
  const moments = columnMoments(all, m, d);
  const counts = new Float64Array(shapeBins.length);
  const units = {
    skewness: [] as number[],
    kurtosis: [] as number[],
    mean: [] as number[],
    std: [] as number[],
  };
  let zeros = 0;
  for (const value of all) zeros += value === 0 ? 1 : 0;
  for (let j = 0; j < d; j++) {
    const mean = moments.mean[j];
    const std = Math.sqrt(moments.variance[j]);
    if (!(std > 0)) continue;
    let [third, fourth] = [0, 0];
    for (let i = 0; i < m; i++) {
      const standard = (all[i * d + j] - mean) / std;
      third += standard ** 3;
      fourth += standard ** 4;
      const bin = Math.floor((standard - LOW) / WIDTH);
      if (bin >= 0 && bin < counts.length) counts[bin]++;
    }
    units.skewness.push(Math.abs(third / m));
    units.kurtosis.push(fourth / m - 3);
    units.mean.push(mean);
    units.std.push(std);
  }
  const live = units.std.length;
  return {
    skewness: meanOf(units.skewness),
    kurtosis: meanOf(units.kurtosis),
    zeros: zeros / all.length,
    mean: meanOf(units.mean),
    std: meanOf(units.std),
    constant: d - live,
    density: Array.from(counts, (count) => count / (m * live * WIDTH)),
  };
}
