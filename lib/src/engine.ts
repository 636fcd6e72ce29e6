/**
 * Two engines compute the same training step: `'reference'` is the code that the lectures read, in float64,
 * and `'simd'` is AssemblyScript with SIMD instructions, in float32, which makes sweeps quick. A property test
 * holds the two equal within float32's rounding.
 */
import { checkChoice, type FloatArray } from './check.js';
import type { Dataset } from './dataset.js';
import type { Network } from './network.js';
import { ReferenceEngine } from './referenceEngine.js';
import { SimdEngine } from './simdEngine.js';
import { chooseEngine } from './simdSupport.js';
import type { UpdateRule } from './updateRule.js';

/** Which code computes: the SIMD kernels in float32, or the reference functions in float64. */
export type EngineName = 'simd' | 'reference';

/** Statistics of one BN layer, d numbers each. */
export interface LayerStatistics {
  /** How many values each statistic is over, where that is not the minibatch's m: locations of maps count too. */
  readonly m?: number;
  readonly mean: FloatArray;
  readonly variance: FloatArray;
}

/** What can be asked of an engine. It works on a copy of the network; `network()` reads the copy out. */
export interface Engine {
  readonly name: EngineName;

  /**
   * One step on a minibatch: forward, loss, backward, update, and the moving averages of BN's statistics.
   * @param x m x inputs
   * @param labels m classes
   * @returns the minibatch's loss before the update; NaN or infinite when training has diverged
   */
  step(x: Float32Array, labels: Uint8Array, m: number, learningRate: number): number;

  /** As `step`, on examples of a data set given by their indices. */
  stepOn(data: Dataset, indices: ArrayLike<number>, learningRate: number): number;

  /** Logits at inference, m x k: BN uses the statistics that the layers hold. */
  logits(x: Float32Array, m: number): FloatArray;

  /** As `logits`, on examples of a data set given by their indices. */
  logitsOn(data: Dataset, indices: ArrayLike<number>): FloatArray;

  /**
   * What the activation of a hidden layer gets, m x d, with these m examples taken as one minibatch in training,
   * without dropout. In a convolutional layer d = p q filters.
   * @param layer 0 for the first hidden layer
   */
  activationInputs(x: Float32Array, m: number, layer: number): FloatArray;

  /**
   * The minibatch statistics (mean and biased variance) of every BN layer for one minibatch, first layer first,
   * without dropout. Nothing is updated.
   */
  minibatchStatistics(x: Float32Array, m: number): readonly LayerStatistics[];

  /** Puts statistics for inference into every BN layer, first layer first. */
  setStatistics(statistics: readonly LayerStatistics[]): void;

  /** The network as it is now. */
  network(): Network;
}

/**
 * Makes an engine that starts from a copy of `network`.
 * @param newWeight weight of the new minibatch in the moving averages of BN's statistics
 * @param rule optimiser, L2, accumulation and dropout's generator; left out: plain SGD
 * @throws RangeError for an unknown engine name, or the SIMD engine where it cannot do what is asked
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu', batchNorm: true }, new Random(1));
 * const engine = createEngine('reference', network, 0.1);
 * const loss = engine.step(Float32Array.of(1, 2, 3, 4), Uint8Array.of(0, 1), 2, 0.1);
 * console.log(engine.name, loss > 0); // prints reference true
 */
export function createEngine(
  name: EngineName,
  network: Network,
  newWeight: number,
  rule?: UpdateRule,
): Engine {
  checkChoice('engine', name, ['simd', 'reference']);
  chooseEngine(network, name); // raises what cannot be
  return name === 'simd'
    ? new SimdEngine(network, newWeight, undefined, rule)
    : new ReferenceEngine(network, newWeight, rule);
}
