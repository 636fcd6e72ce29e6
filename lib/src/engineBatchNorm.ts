/**
 * BN by itself on the SIMD kernels, in float32: for data that lies in the kernels' memory, where it is put and read
 * through views. All memory is laid out once; `forward`, `backward` and `infer` allocate nothing.
 *
 * The formulas are those of transform.ts and backward.ts (Ioffe and Szegedy 2015, Algorithm 1 and the equations
 * after it). docs/engine.md says how the kernels work, how exact they are, and how fast.
 */
import { type FeatureShape, planBatchNorm } from './batchNormPlan.js';
import {
  axisNames,
  checkChoice,
  checkCount,
  checkEpsilon,
  checkFinite,
  checkOptions,
  checkVector,
  type Numbers,
} from './check.js';
import { batchNormAffine } from './inference.js';
import { type Address, type KernelBuild, type Kernels, kernelBuild, loadKernels } from './kernels.js';
import { type MovingAverageOptions, newWeightOf } from './movingAverage.js';
import type { PopulationStatistics } from './population.js';
import { checkTrainingBatch, DEFAULT_EPSILON, type TransformOptions } from './transform.js';

/** Where the features stand in a shape: last, as in [n, h, w, c], or second, as in PyTorch's [n, c, h, w]. */
export type FeatureLayout = 'channelsLast' | 'channelsFirst';

/** With newWeight or decay, `forward` moves the moving averages too; with neither it does not. */
export interface EngineBatchNormOptions extends TransformOptions, MovingAverageOptions {
  /** Left out: channelsLast. For [m, d] the two are the same. */
  layout?: FeatureLayout;
}

/** The largest memory that addresses of 32 bits reach. */
const MEMORY_BYTES = 2 ** 32;
const PAGE = 65536;

/**
 * A BN layer for one shape: write `x`, call `forward()`, read `y`; write `dy`, call `backward()`, read `dx`,
 * `dGamma` and `dBeta`.
 *
 * The statistics are taken over everything but the features: m = n times the number of locations. `forward` and
 * `backward` look at no number: NaN in x comes out as NaN, and shows in a training run that it has diverged.
 *
 * @throws RangeError for a shape that is no list of whole numbers from 1 or does not fit into 4 GiB, for gamma or
 * beta of another length than d, for epsilon below 0; TypeError for an unknown option
 *
 * @example
 * const bn = new EngineBatchNorm([2, 2], { gamma: [1, 2], beta: [0, 1] }); // m = 2, d = 2
 * bn.x.set([1, 10, 3, 30]);
 * bn.forward();
 * console.log(bn.mean.join(), bn.variance.join()); // prints 2,20 1,100
 * console.log(bn.y.map(Math.round).join()); // prints -1,-1,1,3
 * bn.dy.set([1, 0, 1, 0]);
 * bn.backward();
 * console.log(bn.dx.join(), bn.dBeta.join()); // prints 0,0,0,0 2,0
 */
export class EngineBatchNorm {
  /** The shape that was given. */
  readonly shape: readonly number[];
  readonly layout: FeatureLayout;
  /** Elements of a feature in a minibatch: n times the number of locations. */
  readonly m: number;
  /** Features: d columns, or c feature maps. */
  readonly d: number;
  readonly epsilon: number;
  /** Weight of the new minibatch in the moving averages; 0: they are not moved. */
  readonly newWeight: number;

  /** The input, in the given shape and layout. It must stay as it is between `forward` and `backward`. */
  readonly x: Float32Array;
  /** The output. */
  readonly y: Float32Array;
  /** dl/dy. */
  readonly dy: Float32Array;
  /** dl/dx. */
  readonly dx: Float32Array;
  /** The scale, d numbers; may be written at any time. */
  readonly gamma: Float32Array;
  /** The shift, d numbers; may be written at any time. */
  readonly beta: Float32Array;
  /** dl/dgamma, d numbers. */
  readonly dGamma: Float32Array;
  /** dl/dbeta, d numbers. */
  readonly dBeta: Float32Array;
  /** Mean of each feature over the last minibatch. */
  readonly mean: Float64Array;
  /** Biased variance of each feature over the last minibatch. */
  readonly variance: Float64Array;
  /** What `infer` uses: moving averages of the mean and of the unbiased variance, from 0 and 1 on. */
  readonly running: PopulationStatistics;

  private readonly kernels: Kernels;
  private readonly plan: Address;
  private isForwardDone = false;
  private hasStatistics = false;

  /**
   * @param shape [m, d], or [n, ...spatial sizes, c]; with layout channelsFirst [n, c, ...spatial sizes]
   * @param options gamma and beta have d numbers each: all ones and all zeros when left out
   * @param build of the kernels; left out: the one that this process uses
   */
  constructor(
    shape: readonly number[],
    options: EngineBatchNormOptions = {},
    build: KernelBuild = kernelBuild(),
  ) {
    checkOptions('EngineBatchNorm', options, OPTIONS);
    const { gamma, beta, epsilon = DEFAULT_EPSILON, layout = 'channelsLast', newWeight, decay } = options;
    checkChoice('layout', layout, ['channelsLast', 'channelsFirst']);
    checkEpsilon(epsilon);
    const sizes = featureShape(shape, layout);
    this.shape = [...shape];
    this.layout = layout;
    this.epsilon = epsilon;
    this.newWeight = newWeight === undefined && decay === undefined ? 0 : newWeightOf({ newWeight, decay });
    this.m = sizes.n * sizes.inner;
    this.d = sizes.d;

    this.kernels = loadKernels(build);
    const { memory } = this.kernels;
    const { address, words, at, end } = planBatchNorm(sizes, this.kernels.heapBase());
    if (end > MEMORY_BYTES) {
      throw new RangeError(
        `shape must fit, four times over, into the SIMD engine's 4 GiB of memory, found [${shape.join(', ')}] ` +
          `with a need of ${Math.ceil(end / 2 ** 20)} MiB; take a smaller minibatch`,
      );
    }
    memory.grow(Math.max(0, Math.ceil((end - memory.buffer.byteLength) / PAGE)));
    // The memory grows only here, so the views stay good.
    new Int32Array(memory.buffer, address, words.length).set(words);
    this.plan = address;
    const floats = (start: Address, count: number) => new Float32Array(memory.buffer, start, count);
    const doubles = (start: Address) => new Float64Array(memory.buffer, start, this.d);
    const elements = this.m * this.d;
    this.x = floats(at.x, elements);
    this.y = floats(at.y, elements);
    this.dy = floats(at.dy, elements);
    this.dx = floats(at.dx, elements);
    this.gamma = floats(at.gamma, this.d).fill(1);
    this.beta = floats(at.beta, this.d);
    this.dGamma = floats(at.dGamma, this.d);
    this.dBeta = floats(at.dBeta, this.d);
    this.mean = doubles(at.mean);
    this.variance = doubles(at.variance);
    this.running = { mean: doubles(at.runningMean), variance: doubles(at.runningVariance).fill(1) };
    put('gamma', gamma, this.gamma);
    put('beta', beta, this.beta);
  }

  /**
   * BN over the minibatch in `x`: writes `y`, `mean` and `variance`, and moves the moving averages if there are any.
   * @throws RangeError for m = 1, or epsilon = 0 with a constant feature
   */
  forward(): void {
    checkTrainingBatch(this.m);
    this.isForwardDone = false;
    this.kernels.batchNormForward(this.plan, this.epsilon, this.newWeight);
    if (this.epsilon === 0) {
      const constant = this.variance.indexOf(0);
      if (constant >= 0) {
        throw new RangeError(
          'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ' +
            `${constant}`,
        );
      }
    }
    this.isForwardDone = true;
    this.hasStatistics ||= this.newWeight > 0;
  }

  /**
   * Backprop through the last `forward`: from `dy`, and from `x` and `gamma`, which must be as they were then, to
   * `dx`, `dGamma` and `dBeta`.
   * @throws RangeError before the first `forward`
   */
  backward(): void {
    if (!this.isForwardDone) {
      throw new RangeError(
        'backward() must come after forward(), found no minibatch that forward() has gone through; call it first',
      );
    }
    this.kernels.batchNormBackward(this.plan);
  }

  /**
   * BN with fixed statistics, those in `running`: writes `y`. m = 1 is fine.
   * @throws RangeError while there are no statistics: neither moving averages of at least one minibatch, nor any
   * given to `setStatistics`
   */
  infer(): void {
    if (!this.hasStatistics) {
      throw new RangeError(
        'infer() must have population statistics, found none; make the layer with newWeight or decay and call ' +
          'forward(), or call setStatistics()',
      );
    }
    this.kernels.batchNormInfer(this.plan, this.epsilon);
  }

  /**
   * Sets what `infer` uses, and where the moving averages go on from.
   * @param statistics d means and d (unbiased) variances, as `populationStatistics` gives them
   * @throws RangeError for wrong lengths, NaN, a negative variance, or epsilon = 0 with a variance of 0
   */
  setStatistics(statistics: { readonly mean: Numbers; readonly variance: Numbers }): void {
    checkVector('mean', statistics.mean, this.d);
    batchNormAffine(statistics, { epsilon: this.epsilon });
    this.running.mean.set(statistics.mean);
    this.running.variance.set(statistics.variance);
    this.hasStatistics = true;
  }
}

const OPTIONS = ['gamma', 'beta', 'epsilon', 'layout', 'newWeight', 'decay'];

/** The three sizes that the kernels know. */
function featureShape(shape: readonly number[], layout: FeatureLayout): FeatureShape {
  if (!Array.isArray(shape) || shape.length < 2) {
    throw new RangeError(
      `shape must list at least m and d, as [m, d] or [n, h, w, c], found ${JSON.stringify(shape) ?? String(shape)}`,
    );
  }
  const last = axisNames(shape.length);
  const names = layout === 'channelsLast' ? last : ['n', 'c', ...last.slice(1, -1)];
  for (const [axis, size] of shape.entries()) {
    checkCount(`${names[axis]} in shape`, size);
  }
  const product = (some: readonly number[]) => some.reduce((total, size) => total * size, 1);
  return layout === 'channelsLast'
    ? { n: product(shape.slice(0, -1)), d: shape[shape.length - 1], inner: 1 }
    : { n: shape[0], d: shape[1], inner: product(shape.slice(2)) };
}

/** Writes a vector that was given into its view. */
function put(name: string, given: Numbers | undefined, view: Float32Array): void {
  if (given !== undefined) {
    checkVector(name, given, view.length);
    checkFinite(name, given, view.length);
    view.set(given);
  }
}
