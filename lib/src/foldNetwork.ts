/**
 * From a trained network to one for inference, without BN: Algorithm 2 of Ioffe and Szegedy 2015, lines 7 to 11.
 *
 *   line 7        the trained parameters are kept as they are
 *   lines 8 - 10  population statistics of every BN layer: E[x], Var[x] = m/(m - 1) E[variance_B]
 *   line 11       y = gamma / sqrt(Var[x] + epsilon) x + (beta - gamma E[x] / sqrt(Var[x] + epsilon))
 *
 * Line 11 is affine, so each BN goes into a dense or convolutional layer beside it. BN before the activation,
 * g(BN(x W)), goes into the layer it normalises; BN after the activation, BN(g(x W + b)), goes into the next layer,
 * for g stands between it and its own. The last layer has no BN, so there always is a next one; but the next one
 * may pad zeros, or lie behind max pooling, and then it cannot always take the BN in.
 */
import { checkOptions } from './check.js';
import type { Dataset } from './dataset.js';
import { hasDropout } from './dropoutMasks.js';
import { createEngine, type EngineName } from './engine.js';
import { networkPopulationStatistics } from './evaluate.js';
import { foldForwardIntoDense, foldIntoDense } from './fold.js';
import { foldForwardIntoConvolution } from './foldConvolution.js';
import { batchNormAffine } from './inference.js';
import {
  type BatchNormParameters,
  copyNetwork,
  type HiddenSettings,
  type Layer,
  type Network,
} from './network.js';
import { keepsAverages } from './normalisation.js';
import type { Random } from './random.js';
import { normLayers } from './referenceEngine.js';
import { chooseEngine } from './simdSupport.js';

/**
 * Folds every BN of a network into a dense or convolutional layer (Algorithm 2, line 11), with the statistics that
 * the layers hold: moving averages, or population statistics, as training has left them.
 * @returns a network for inference, without BN and dropout, whose outputs equal the given one's at inference, to
 * rounding; it shares nothing with the given network, which is not changed
 * @throws RangeError for statistics or parameters that are NaN, infinite or negative, as a diverged run leaves; for
 * layer, group and instance norm, whose statistics are each example's own; and, naming the layer and the reason, for
 * a BN after the activation that the next layer cannot take in: it pads zeros around shifted maps, or max pooling
 * stands between and a scale is negative
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
  const { epsilon, hidden } = network.definition;
  const copy = copyNetwork(network);
  const layers: Layer[] = [];
  for (const [index, layer] of copy.layers.entries()) {
    const { placement } = settingsOf(hidden, index, layer);
    const previous = index > 0 ? copy.layers[index - 1] : null;
    const fromBefore = previous && settingsOf(hidden, index - 1, previous).placement === 'after';
    let folded: Layer = { ...layer, norm: null };
    if (previous?.norm && fromBefore) {
      folded = named(index - 1, () =>
        foldForward(previous, previous.norm as BatchNormParameters, folded, epsilon),
      ); // just looked at
    }
    if (layer.norm !== null && placement === 'before') {
      folded = named(index, () => foldBackward(folded, layer.norm as BatchNormParameters, epsilon)); // just looked at
    }
    layers.push(folded);
  }
  const bare = hidden.map((settings): HiddenSettings => {
    return { ...settings, placement: 'none', dropout: 0, dropoutPlace: 'end' };
  });
  return { definition: { ...copy.definition, placement: 'none', hidden: bare }, layers };
}

/** Where the BN of a layer stands; a RangeError when it is another normalisation. */
function settingsOf(hidden: readonly HiddenSettings[], index: number, layer: Layer): { placement: string } {
  const settings = hidden.at(index);
  if (settings === undefined || layer.norm === null) {
    return { placement: 'none' };
  }
  if (!keepsAverages(settings.normalisation)) {
    throw new RangeError(
      `hidden layer ${index} cannot be folded: only BN with fixed statistics is affine at inference, ` +
        `found the normalisation "${settings.normalisation.kind}"`,
    );
  }
  return settings;
}

/** BN into its own layer. A convolution over patches is a dense layer with a column for each filter. */
function foldBackward(layer: Layer, norm: BatchNormParameters, epsilon: number): Layer {
  const { weights, bias, inputs, outputs } = layer;
  const { gamma, beta } = norm;
  const folded = foldIntoDense({ weights, bias, inputs, outputs }, norm, { gamma, beta, epsilon });
  return withNumbers(layer, folded);
}

/** BN of a layer, past its pooling, into the next layer. */
function foldForward(layer: Layer, norm: BatchNormParameters, next: Layer, epsilon: number): Layer {
  const { gamma, beta } = norm;
  if (layer.pool?.kind === 'max') {
    const { scale } = batchNormAffine(norm, { gamma, beta, epsilon });
    const negative = scale.findIndex((value) => value < 0);
    if (negative >= 0) {
      throw new RangeError(
        'BN before max pooling cannot be taken past it where its scale is negative (the largest number becomes ' +
          `the smallest), found ${scale[negative]} in channel ${negative}; keep the BN, or pool by averages`,
      );
    }
  }
  const { weights, bias, inputs, outputs, conv } = next;
  if (conv) {
    const { kernel, stride, padding: p } = conv;
    const convolution = {
      ...{ weights, bias, kernel, stride, inputChannels: conv.channels, outputChannels: outputs },
      padding: [[p.top, p.bottom] as const, [p.left, p.right] as const],
    };
    return withNumbers(next, foldForwardIntoConvolution(norm, convolution, { gamma, beta, epsilon }));
  }
  // A dense layer after maps has an input for each location of each map, channels last.
  const spread = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: inputs }, (_, p) => values[p % values.length]);
  return withNumbers(
    next,
    foldForwardIntoDense(
      { mean: spread(norm.mean), variance: spread(norm.variance) },
      { weights, bias, inputs, outputs },
      { gamma: spread(gamma), beta: spread(beta), epsilon },
    ),
  );
}

function withNumbers(layer: Layer, folded: { weights: ArrayLike<number>; bias: ArrayLike<number> }): Layer {
  return { ...layer, weights: Float64Array.from(folded.weights), bias: Float64Array.from(folded.bias) };
}

/** Puts the layer's number before the sentence of an error. */
function named<T>(index: number, fold: () => T): T {
  try {
    return fold();
  } catch (error) {
    if (error instanceof RangeError) {
      error.message = `hidden layer ${index}: ${error.message}`;
    }
    throw error;
  }
}

/** Which training data the population statistics are taken from. */
export interface InferenceOptions {
  /** Examples per minibatch, the same as in training. Left out: 60, as in the paper. */
  batchSize?: number;
  /** How many minibatches to average over. Left out: 100. */
  batches?: number;
  /** Which minibatches. */
  random: Random;
  /** Left out: the quickest one that knows the network's layers. */
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
  const { batchSize = 60, batches = 100, random } = options;
  const copy = copyNetwork(network);
  const norms = normLayers(copy);
  if (norms.length === 0) {
    return foldNetwork(copy);
  }
  const { name } = chooseEngine(network, options.engine);
  // the weight of a moving average, of which none is taken here; nor is anything dropped
  const engine = createEngine(name, network, 1, hasDropout(network) ? { random } : undefined);
  const statistics = networkPopulationStatistics(engine, data, batchSize, batches, random);
  for (const [index, { mean, variance }] of norms.entries()) {
    mean.set(statistics[index].mean);
    variance.set(statistics[index].variance);
  }
  return foldNetwork(copy);
}
