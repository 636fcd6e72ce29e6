/** Dense networks: their definition, and the parameters that training changes. */
import { type ActivationName, activationNames, checkLeak, DEFAULT_LEAK } from './activations.js';
import { checkChoice, checkCount, checkEpsilon, checkOptions } from './check.js';
import { type Initialiser, initialWeights } from './initialise.js';
import type { Random } from './random.js';
import { DEFAULT_EPSILON } from './transform.js';

/** Where BN stands in a hidden layer. */
export type Placement = 'before' | 'after' | 'none';

/** Describes a dense network. Its last layer gives logits: no BN and no activation there. */
export interface NetworkDefinition {
  /** Inputs, hidden layers, classes: [784, 100, 100, 100, 10] is the paper's network for MNIST. */
  sizes: readonly number[];
  /** The activation g of the hidden layers. */
  activation: ActivationName;
  /** The divisor a of leakyRelu, in (1, infinity). Left out: 100. */
  leak?: number;
  /**
   * BN in the hidden layers: `'before'` (or true): z = g(BN(x W)), `'after'`: z = BN(g(x W + b)),
   * `'none'` (or false): z = g(x W + b). Left out: none.
   */
  batchNorm?: boolean | Placement;
  /** Added to the variance, inside the root. Left out: 1e-5. */
  epsilon?: number;
  /** How the weights are drawn. Left out: xavier. Biases and beta start at 0, gamma at 1. */
  initial?: Initialiser;
}

/** A definition with nothing left out. */
export interface CompleteDefinition {
  readonly sizes: readonly number[];
  readonly activation: ActivationName;
  readonly leak: number;
  readonly placement: Placement;
  readonly epsilon: number;
  readonly initial: Initialiser;
}

/** The parameters and the running statistics of one BN layer, d numbers each. */
export interface BatchNormParameters {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** Statistics for inference: a moving average, or exact population statistics. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** One layer of a network. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** W, inputs x outputs, row-major. */
  readonly weights: Float64Array;
  /** b, or null where BN follows at once: it subtracts any bias again, and beta takes its role. */
  readonly bias: Float64Array | null;
  /** Null in the last layer, and in networks without BN. */
  readonly norm: BatchNormParameters | null;
}

/** A network: its definition and its layers' parameters. */
export interface Network {
  readonly definition: CompleteDefinition;
  readonly layers: readonly Layer[];
}

/**
 * Checks a definition and fills in what was left out.
 * @throws RangeError or TypeError for an unknown option, fewer than two sizes, or values out of range
 */
export function completeDefinition(definition: NetworkDefinition): CompleteDefinition {
  const known = ['sizes', 'activation', 'leak', 'batchNorm', 'epsilon', 'initial'];
  checkOptions('the network definition', definition, known);
  const { sizes } = definition;
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new RangeError(
      `sizes must have at least 2 elements (inputs and classes), found ${JSON.stringify(sizes)}`,
    );
  }
  for (const [index, size] of sizes.entries()) {
    checkCount(`sizes[${index}]`, size);
  }
  checkChoice('activation', definition.activation, activationNames);
  const leak = definition.leak ?? DEFAULT_LEAK;
  checkLeak(leak);
  const batchNorm = definition.batchNorm ?? false;
  checkChoice('batchNorm', batchNorm, [true, false, 'before', 'after', 'none']);
  const epsilon = definition.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const placement = batchNorm === true ? 'before' : batchNorm === false ? 'none' : batchNorm;
  const initial = definition.initial ?? { kind: 'xavier' };
  return { sizes: [...sizes], activation: definition.activation, leak, placement, epsilon, initial };
}

/**
 * Makes a network with freshly drawn weights. Each layer draws from a stream of its own, so the first layers
 * of two networks with the same seed are equal even where later sizes differ.
 */
export function createNetwork(definition: NetworkDefinition, random: Random): Network {
  const complete = completeDefinition(definition);
  const { sizes, placement, initial } = complete;
  const layers = sizes.slice(1).map((outputs, index): Layer => {
    const inputs = sizes[index];
    const hidden = index < sizes.length - 2;
    const norm = hidden && placement !== 'none' ? freshBatchNorm(outputs) : null;
    return {
      inputs,
      outputs,
      weights: initialWeights(initial, inputs, outputs, random.fork(`layer ${index}`)),
      bias: norm !== null && placement === 'before' ? null : new Float64Array(outputs),
      norm,
    };
  });
  return { definition: complete, layers };
}

/** gamma 1, beta 0, mean 0, variance 1. */
function freshBatchNorm(d: number): BatchNormParameters {
  return {
    gamma: new Float64Array(d).fill(1),
    beta: new Float64Array(d),
    mean: new Float64Array(d),
    variance: new Float64Array(d).fill(1),
  };
}

/** A copy that shares nothing with the original: training changes a network in place. */
export function copyNetwork(network: Network): Network {
  return {
    definition: network.definition,
    layers: network.layers.map((layer) => ({
      ...layer,
      weights: layer.weights.slice(),
      bias: layer.bias?.slice() ?? null,
      norm: layer.norm && {
        gamma: layer.norm.gamma.slice(),
        beta: layer.norm.beta.slice(),
        mean: layer.norm.mean.slice(),
        variance: layer.norm.variance.slice(),
      },
    })),
  };
}
