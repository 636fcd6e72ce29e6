/** Networks: the parameters that training changes. Their definition is in networkDefinition.ts. */

import { type ConvolutionShape, patchLength } from './convolution.js';
import { convolutionOutputs } from './convolutionDefinition.js';
import { initialWeights } from './initialise.js';
import {
  type CompleteDefinition,
  completeDefinition,
  type HiddenSettings,
  type NetworkDefinition,
} from './networkDefinition.js';
import { cancelsBias, keepsAverages } from './normalisation.js';
import type { PoolShape } from './pooling.js';
import type { Random } from './random.js';

export {
  type CompleteDefinition,
  completeDefinition,
  type DropoutPlace,
  type HiddenSettings,
  type NetworkDefinition,
  type Placement,
} from './networkDefinition.js';

/** The parameters and the running statistics of one BN layer, d numbers each; layer and group norm have no statistics. */
export interface BatchNormParameters {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** Statistics for inference: a moving average, or exact population statistics. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** One layer of a network. */
export interface Layer {
  /** Numbers that come in per output: the features before a dense layer, kh kw c of a convolutional one. */
  readonly inputs: number;
  /** Features that come out: the units of a dense layer, the maps of a convolutional one. */
  readonly outputs: number;
  /** W, inputs x outputs, row-major; of a convolutional layer that is kh x kw x c x filters. */
  readonly weights: Float64Array;
  /** b, or null where BN follows at once: it subtracts any bias again, and beta takes its role. */
  readonly bias: Float64Array | null;
  /** Null in the last layer, and where there is no normalisation. */
  readonly norm: BatchNormParameters | null;
  /** How a convolutional layer walks over its images; left out or null: the layer is dense. */
  readonly conv?: ConvolutionShape | null;
  /** The pooling at the end of a convolutional layer; left out or null: none. */
  readonly pool?: PoolShape | null;
}

/** A network: its definition and its layers' parameters. */
export interface Network {
  readonly definition: CompleteDefinition;
  readonly layers: readonly Layer[];
}

/**
 * Makes a network with freshly drawn weights. Each layer draws from a stream of its own, so the first layers
 * of two networks with the same seed are equal even where later sizes differ.
 *
 * @example
 * const network = createNetwork(
 *   {
 *     image: { height: 28, width: 28, channels: 1 },
 *     conv: [{ filters: 8, kernel: 5, stride: 2 }, { filters: 16, kernel: 3, pool: { kind: 'max', size: 2 } }],
 *     sizes: [784, 50, 10],
 *     activation: 'relu',
 *     batchNorm: true,
 *   },
 *   new Random(1),
 * );
 * console.log(network.layers.map(({ inputs, outputs }) => `${inputs}-${outputs}`).join(' ')); // prints 25-8 72-16 784-50 50-10
 */
export function createNetwork(definition: NetworkDefinition, random: Random): Network {
  const complete = completeDefinition(definition);
  const { sizes, conv, hidden, initial } = complete;
  const drawn = (index: number, inputs: number, outputs: number): Layer => {
    const settings = hidden.at(index); // the last layer has none
    return {
      inputs,
      outputs,
      weights: initialWeights(initial, inputs, outputs, random.fork(`layer ${index}`)),
      ...freshBiasAndNorm(settings, outputs),
    };
  };
  const convolutional = conv.map(
    ({ filters, shape, pool }, index): Layer => ({
      ...drawn(index, patchLength(shape), filters),
      conv: shape,
      pool,
    }),
  );
  const last = conv.at(-1);
  const flat = last === undefined ? sizes[0] : convolutionOutputs(last);
  const dense = sizes
    .slice(1)
    .map((outputs, index) => drawn(conv.length + index, index === 0 ? flat : sizes[index], outputs));
  return { definition: complete, layers: [...convolutional, ...dense] };
}

/** Bias 0 unless BN follows at once; gamma 1, beta 0, mean 0, variance 1. */
function freshBiasAndNorm(settings: HiddenSettings | undefined, d: number): Pick<Layer, 'bias' | 'norm'> {
  if (settings === undefined || settings.placement === 'none') {
    return { bias: new Float64Array(d), norm: null };
  }
  const { placement, normalisation } = settings;
  const averages = keepsAverages(normalisation) ? d : 0;
  return {
    bias: placement === 'before' && cancelsBias(normalisation) ? null : new Float64Array(d),
    norm: {
      gamma: new Float64Array(d).fill(1),
      beta: new Float64Array(d),
      mean: new Float64Array(averages),
      variance: new Float64Array(averages).fill(1),
    },
  };
}

/**
 * Numbers that a hidden layer's activation gets for each example: its units, or p q filters.
 *
 * @example
 * const { layers } = createNetwork({ sizes: [2, 3, 2], activation: 'relu' }, new Random(1));
 * console.log(activationsOf(layers[0])); // prints 3
 */
export function activationsOf(layer: Layer): number {
  return layer.conv ? layer.conv.outHeight * layer.conv.outWidth * layer.outputs : layer.outputs;
}

/**
 * A copy that shares nothing with the original: training changes a network in place.
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu' }, new Random(1));
 * copyNetwork(network).layers[0].weights.fill(0);
 * console.log(network.layers[0].weights.every((w) => w === 0)); // prints false
 */
export function copyNetwork(network: Network): Network {
  return { definition: network.definition, layers: network.layers.map(copyLayer) };
}

/**
 * A copy of one layer that shares nothing with the original.
 *
 * @example
 * const { layers } = createNetwork({ sizes: [2, 3, 2], activation: 'relu' }, new Random(1));
 * const copy = copyLayer(layers[0]);
 * copy.weights[0] = 7;
 * console.log(layers[0].weights[0] === 7); // prints false
 */
export function copyLayer(layer: Layer): Layer {
  return {
    ...layer,
    weights: layer.weights.slice(),
    bias: layer.bias?.slice() ?? null,
    norm: layer.norm && {
      gamma: layer.norm.gamma.slice(),
      beta: layer.norm.beta.slice(),
      mean: layer.norm.mean.slice(),
      variance: layer.norm.variance.slice(),
    },
  };
}
