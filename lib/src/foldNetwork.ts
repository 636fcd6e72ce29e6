/**
 * From a trained network to one for inference, without BN: Algorithm 2 of Ioffe and Szegedy 2015, lines 7 to 11.
 *
 *   line 7        the trained parameters are kept as they are
 *   lines 8 - 10  population statistics of every BN layer: E[x], Var[x] = m/(m - 1) E[variance_B]
 *   line 11       y = gamma / sqrt(Var[x] + epsilon) x + (beta - gamma E[x] / sqrt(Var[x] + epsilon))
 *
 * Line 11 is affine, so each BN goes into a dense layer beside it. BN before the activation, g(BN(x W)), goes into
 * the layer it normalises; BN after the activation, BN(g(x W + b)), goes into the next layer, for g stands between
 * it and its own. The last layer has no BN, so there always is a next one.
 */
import { checkOptions } from './check.js';
import type { Dataset } from './dataset.js';
import { createEngine, type EngineName } from './engine.js';
import { networkPopulationStatistics } from './evaluate.js';
import { type FoldedDense, foldForwardIntoDense, foldIntoDense } from './fold.js';
import { copyNetwork, type Layer, type Network } from './network.js';
import type { Random } from './random.js';

/**
 * Folds every BN of a network into a dense layer (Algorithm 2, line 11), with the statistics that the layers hold:
 * moving averages, or population statistics, as training has left them.
 * @returns a network without BN whose outputs equal the given one's at inference, to rounding; it shares nothing
 * with the given network, which is not changed
 * @throws RangeError for statistics or parameters that are NaN, infinite or negative, as a diverged run leaves
 *
 * @example
 * const network = createNetwork({ sizes: [3, 4, 2], activation: 'relu', batchNorm: true }, new Random(1));
 * network.layers[0].norm?.mean.fill(0.5); // as if trained
 * const folded = foldNetwork(network);
 * const [y] = networkForward(network, [1, 2, 3], 1, 'inference').logits;
 * const [same] = networkForward(folded, [1, 2, 3], 1, 'inference').logits;
 * console.log(folded.layers[0].norm, Math.abs(y - same) < 1e-12); // prints null true
 */
export function foldNetwork(network: Network): Network {
  const { epsilon, placement } = network.definition;
  const copy = copyNetwork(network);
  const layers = copy.layers.map((layer, index): Layer => {
    const before = placement === 'after' && index > 0 ? copy.layers[index - 1].norm : null;
    const after = placement === 'before' ? layer.norm : null;
    const { weights, bias, inputs, outputs } = layer;
    const straight = { weights, bias, inputs, outputs };
    if (before !== null) {
      const { gamma, beta } = before;
      return withoutNorm(foldForwardIntoDense(before, straight, { gamma, beta, epsilon }));
    }
    if (after !== null) {
      const { gamma, beta } = after;
      return withoutNorm(foldIntoDense(straight, after, { gamma, beta, epsilon }));
    }
    return { ...layer, norm: null };
  });
  return { definition: { ...copy.definition, placement: 'none' }, layers };
}

function withoutNorm({ weights, bias, inputs, outputs }: FoldedDense): Layer {
  return { inputs, outputs, weights: Float64Array.from(weights), bias: Float64Array.from(bias), norm: null };
}

/** Which training data the population statistics are taken from. */
export interface InferenceOptions {
  /** Examples per minibatch, the same as in training. Left out: 60, as in the paper. */
  batchSize?: number;
  /** How many minibatches to average over. Left out: 100. */
  batches?: number;
  /** Which minibatches. */
  random: Random;
  /** Left out: `'simd'`. */
  engine?: EngineName;
}

/**
 * Algorithm 2, lines 7 to 11, in full: takes population statistics from the training data, whatever statistics the
 * layers hold, and folds with them.
 * @param network a trained network; it is not changed
 * @param data the training data
 * @returns a network without BN
 * @throws RangeError when the data do not fit, or as `foldNetwork`
 *
 * @example
 * const random = new Random(1);
 * const labels = new Uint8Array(40).map((_, i) => i % 2);
 * const features = new Float32Array(80).map((_, i) => random.normal() + labels[i >> 1]);
 * const data = dataset(features, labels, 2, 2);
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu', batchNorm: true }, random);
 * const served = inferenceNetwork(network, data, { batchSize: 10, batches: 20, random });
 * console.log(served.definition.placement, evaluate(served, data).accuracy >= 0); // prints none true
 */
export function inferenceNetwork(network: Network, data: Dataset, options: InferenceOptions): Network {
  checkOptions('inferenceNetwork', options, ['batchSize', 'batches', 'random', 'engine']);
  const { batchSize = 60, batches = 100, random, engine: name = 'simd' } = options;
  const copy = copyNetwork(network);
  const norms = copy.layers.flatMap(({ norm }) => (norm === null ? [] : [norm]));
  if (norms.length === 0) {
    return foldNetwork(copy);
  }
  const engine = createEngine(name, network, 1); // the weight of a moving average: none is taken here
  const statistics = networkPopulationStatistics(engine, data, batchSize, batches, random);
  for (const [index, { mean, variance }] of norms.entries()) {
    mean.set(statistics[index].mean);
    variance.set(statistics[index].variance);
  }
  return foldNetwork(copy);
}
