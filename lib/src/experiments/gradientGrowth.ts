/**
 * With BN the gradient grows from layer to layer on its way down, at initialisation (Yang, Pennington, Rao,
 * Sohl-Dickstein and Schoenholz 2019, arXiv 1902.08129): its squared norm by pi/(pi - 1) = 1.467 a layer for ReLU in
 * large minibatches, and by (B - 2)/(B - 3) for a linear network with minibatches of B.
 */
import { type ActivationName, activation } from '../activations.js';
import { compactGradients } from '../backward.js';
import { checkChoice, checkCount, checkOptions, type FloatArray } from '../check.js';
import { dense, denseBackward } from '../dense.js';
import { initialWeights } from '../initialise.js';
import type { Task } from '../parallel/task.js';
import { Random } from '../random.js';
import { type BatchNormResult, normalise } from '../transform.js';
import { runPlan } from './runPlan.js';
import { bySize } from './size.js';
import type { SweepingRunning } from './trainingRun.js';
import { norm } from './vectors.js';

/** The activations for which theory knows the growth of the gradient. */
export type GrowthActivation = Extract<ActivationName, 'relu' | 'identity'>;

/** What `gradientGrowth` can be told. */
export interface GradientGrowthConfig {
  /** Left out: ReLU and identity (a linear network). */
  activations?: GrowthActivation[];
  /** Left out: by size. */
  batchSizes?: number[];
  /** Units in each layer: the theory is of the limit of many. Left out: by size. */
  width?: number;
  /** Layers. Left out: by size. */
  depth?: number;
  /** Left out: by size. */
  seeds?: number[];
}

/** The gradient of one network, layer by layer, and its growth beside what theory says. */
export interface GradientGrowthCell {
  activation: GrowthActivation;
  m: number;
  seed: number;
  /** |dl/dz|^2 of each layer's output over the last layer's, the first layer first. */
  gradient: number[];
  /** Growth of |dl/dz|^2 for one layer down: the geometric mean over the lower half of the layers. */
  growth: number;
  /** What the paper says: pi/(pi - 1) for ReLU (its limit for large m), (m - 2)/(m - 3) for identity. */
  theory: number;
}

/** What `gradientGrowth` gives back. */
export interface GradientGrowthResult {
  config: Required<GradientGrowthConfig>;
  cells: GradientGrowthCell[];
  planned: number;
  stopped: boolean;
}

/**
 * Sends one minibatch of normal inputs through layers z = g(BN(z W)) of normal weights, a random gradient back, and
 * measures how its square grows. Epsilon is 0, as in the theory. Reference code, float64, on all cores.
 *
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const config = { batchSizes: [8, 16], width: 8, depth: 4, seeds: [1] };
 * const { stopped } = await gradientGrowth(config, { workers: 0 });
 * console.log(stopped); // prints false
 */
export async function gradientGrowth(
  config: GradientGrowthConfig = {},
  running: SweepingRunning<GradientGrowthResult> = {},
): Promise<GradientGrowthResult> {
  checkOptions('gradientGrowth', config, ['activations', 'batchSizes', 'width', 'depth', 'seeds']);
  const {
    activations = ['relu', 'identity'],
    batchSizes = bySize({
      small: [8, 64],
      lecture: [5, 8, 16, 32, 64],
      full: [4, 5, 8, 16, 32, 64, 128, 256],
    }),
    width = bySize({ small: 96, lecture: 192, full: 768 }),
    depth = bySize({ small: 12, lecture: 20, full: 30 }),
    seeds = bySize({ small: [1], lecture: [1, 2, 3], full: [1, 2, 3, 4, 5] }),
  } = config;
  for (const name of activations) checkChoice('activations', name, ['relu', 'identity']);
  // (m - 2)/(m - 3) needs m above 3.
  for (const m of batchSizes) checkCount('batchSizes', m, 4);
  checkCount('width', width, 2);
  checkCount('depth', depth, 4);
  checkCount('the number of runs', activations.length * batchSizes.length * seeds.length);
  const all = { activations, batchSizes, width, depth, seeds };
  const plan = seeds.flatMap((seed) =>
    batchSizes.flatMap((m) => activations.map((name) => ({ activation: name, m, seed, width, depth }))),
  );
  const result: GradientGrowthResult = { config: all, cells: [], planned: plan.length, stopped: false };
  const put = (finished: typeof result.cells): void => {
    result.cells = finished;
  };
  return runPlan(
    gradientGrowthRun,
    plan,
    () => undefined,
    result,
    running,
    put,
    (input) => `${input.activation}, m = ${input.m}`,
  );
}

interface GrowthInput {
  activation: GrowthActivation;
  m: number;
  seed: number;
  width: number;
  depth: number;
}

export const gradientGrowthRun: Task<GrowthInput, GradientGrowthCell> = {
  name: 'gradientGrowth',
  run({ activation: name, m, seed, width, depth }) {
    const random = new Random(seed).fork(`m ${m}`);
    const g = activation(name);
    const draw = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
    const [ones, zeros] = [new Float64Array(width).fill(1), new Float64Array(width)];
    const layers: { weights: Float64Array; x: FloatArray; norm: BatchNormResult }[] = [];
    let z: FloatArray = draw(m * width);
    for (let layer = 0; layer < depth; layer++) {
      const weights = initialWeights({ kind: 'normal', std: 1 / Math.sqrt(width) }, width, width, random);
      const forward = normalise(dense(z, weights, null, m, width, width), m, width, ones, zeros, 0);
      layers.push({ weights, x: z, norm: forward });
      z = forward.y.map(g.apply);
    }
    let dz: FloatArray = draw(m * width);
    const gradient: number[] = [];
    for (let layer = depth - 1; layer >= 0; layer--) {
      gradient.unshift(norm(dz) ** 2);
      const { weights, x, norm: forward } = layers[layer];
      const outer: FloatArray = dz;
      const dy: FloatArray = forward.y.map((y, ij) => outer[ij] * g.derivative(y));
      const du: FloatArray = compactGradients(dy, forward).dx;
      dz = denseBackward(du, x, weights, m, width, width).dx ?? du;
    }
    const top = gradient[depth - 1];
    // The top layers still know the random gradient they were given; the lower half has settled.
    const middle = Math.floor(depth / 2);
    return {
      ...{ activation: name, m, seed },
      gradient: gradient.map((value) => value / top),
      growth: (gradient[0] / gradient[middle]) ** (1 / middle),
      theory: name === 'relu' ? Math.PI / (Math.PI - 1) : (m - 2) / (m - 3),
    };
  },
};
