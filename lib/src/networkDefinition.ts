/** What a network is to be like: the definition that a user writes, checked and with nothing left out. */
import { type ActivationName, activationNames, checkLeak, DEFAULT_LEAK } from './activations.js';
import { checkChoice, checkCount, checkEpsilon, checkOptions } from './check.js';
import {
  type CompleteConvolution,
  type ConvolutionDefinition,
  completeConvolutions,
  type ImageSize,
} from './convolutionDefinition.js';
import { checkDropoutRate } from './dropout.js';
import { checkInitialiser, type Initialiser } from './initialise.js';
import {
  type CompleteNormalisation,
  completeNormalisation,
  type Normalisation,
  type NormalisedSize,
} from './normalisation.js';
import { DEFAULT_EPSILON } from './transform.js';

/** Where the normalisation stands in a hidden layer. */
export type Placement = 'before' | 'after' | 'none';

/**
 * Where dropout stands in a hidden layer: on what the layer gives to the next one, or on what its normalisation
 * gets.
 */
export type DropoutPlace = 'end' | 'beforeNorm';

/** Describes a network. Its last layer is dense and gives logits: no normalisation and no activation there. */
export interface NetworkDefinition {
  /**
   * Inputs, dense hidden layers, classes: [784, 100, 100, 100, 10] is the paper's network for MNIST. With `conv`
   * the inputs are the pixels of an image, height * width * channels.
   */
  sizes: readonly number[];
  /** The activation g of the hidden layers. */
  activation: ActivationName;
  /** The divisor a of leakyRelu, in (1, infinity). Left out: 100. */
  leak?: number;
  /**
   * BN in the hidden layers: `'before'` (or true): z = g(BN(x W)), `'after'`: z = BN(g(x W + b)),
   * `'none'` (or false): z = g(x W + b). A list has one element for each hidden layer, the convolutional ones
   * first. Left out: none. Layer and group norm keep the bias, which they do not cancel.
   */
  batchNorm?: boolean | Placement | readonly (boolean | Placement)[];
  /** What stands where `batchNorm` says: BN itself, or one of its relatives. Left out: `'batch'`. */
  normalisation?: Normalisation | readonly Normalisation[];
  /** Added to the variance, inside the root. Left out: 1e-5. */
  epsilon?: number;
  /** How the weights are drawn. Left out: xavier. Biases and beta start at 0, gamma at 1. */
  initial?: Initialiser;
  /**
   * The share of numbers that dropout sets to 0 at the end of each hidden layer; or that share (for all hidden
   * layers, or one for each), with the place. Left out: 0.
   */
  dropout?: number | { rate: number | readonly number[]; place?: DropoutPlace };
  /** The size of the images that `conv` takes, channels last. */
  image?: ImageSize;
  /** Convolutional layers, each with BN and activation like any hidden layer, before the dense ones. */
  conv?: readonly ConvolutionDefinition[];
}

/** What one hidden layer has beside its weights. */
export interface HiddenSettings {
  readonly placement: Placement;
  readonly normalisation: CompleteNormalisation;
  /** Share of numbers set to 0. */
  readonly dropout: number;
  readonly dropoutPlace: DropoutPlace;
}

/** A definition with nothing left out. */
export interface CompleteDefinition {
  readonly sizes: readonly number[];
  readonly activation: ActivationName;
  readonly leak: number;
  /** The placement of the first hidden layer; `hidden` has each layer's own. */
  readonly placement: Placement;
  readonly epsilon: number;
  readonly initial: Initialiser;
  /** One element for each hidden layer, the convolutional ones first. */
  readonly hidden: readonly HiddenSettings[];
  readonly conv: readonly CompleteConvolution[];
}

const KNOWN = [
  ...['sizes', 'activation', 'leak', 'batchNorm', 'normalisation', 'epsilon', 'initial', 'dropout'],
  ...['image', 'conv'],
];

/**
 * Checks a definition and fills in what was left out.
 * @throws RangeError or TypeError for an unknown option, fewer than two sizes, or values out of range
 *
 * @example
 * const { epsilon, initial } = completeDefinition({ sizes: [2, 3, 2], activation: 'relu' });
 * console.log(epsilon, initial.kind); // prints 0.00001 xavier
 */
export function completeDefinition(definition: NetworkDefinition): CompleteDefinition {
  checkOptions('the network definition', definition, KNOWN);
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
  const epsilon = definition.epsilon ?? DEFAULT_EPSILON;
  checkEpsilon(epsilon);
  const initial = definition.initial ?? { kind: 'xavier' };
  checkInitialiser(initial);
  const conv = completeConvolutions(definition.image, definition.conv, sizes[0]);
  const hidden = completeHidden(definition, [
    ...conv.map(({ filters, shape }) => ({ d: filters, locations: shape.outHeight * shape.outWidth })),
    ...sizes.slice(1, -1).map((d) => ({ d, locations: 1 })),
  ]);
  const placement = hidden.length > 0 ? hidden[0].placement : placementOf(definition.batchNorm ?? false);
  return {
    sizes: [...sizes],
    activation: definition.activation,
    leak,
    placement,
    epsilon,
    initial,
    hidden,
    conv,
  };
}

/** The settings of each hidden layer, given the size of each. */
function completeHidden(definition: NetworkDefinition, layers: readonly NormalisedSize[]): HiddenSettings[] {
  const { batchNorm = false, normalisation = 'batch', dropout = 0 } = definition;
  const one = typeof dropout === 'number' ? { rate: dropout } : dropout;
  checkOptions('dropout', one, ['rate', 'place']);
  const place = one.place ?? 'end';
  checkChoice('dropout.place', place, ['end', 'beforeNorm']);
  const placements = perLayer('batchNorm', batchNorm, layers.length).map(placementOf);
  const kinds = perLayer('normalisation', normalisation, layers.length);
  const rates = perLayer('dropout.rate', one.rate, layers.length);
  return layers.map((size, index) => {
    const rate = rates[index];
    checkDropoutRate('dropout.rate', rate);
    if (rate > 0 && place === 'beforeNorm' && placements[index] === 'none') {
      throw new RangeError(
        `dropout.place "beforeNorm" needs a normalisation in hidden layer ${index}, found batchNorm "none"; ` +
          'take "end", or a rate of 0 for this layer',
      );
    }
    return {
      placement: placements[index],
      normalisation: completeNormalisation(kinds[index], placements[index] === 'none' ? null : size),
      dropout: rate,
      dropoutPlace: place,
    };
  });
}

/** One value for all hidden layers, or a list with one for each. */
function perLayer<T>(name: string, value: T | readonly T[], count: number): readonly T[] {
  if (!Array.isArray(value)) {
    // no list, so it is the one value: TypeScript does not narrow a readonly array away here
    return Array.from({ length: count }, () => value as T);
  }
  if (value.length !== count) {
    throw new RangeError(
      `${name} must have one element for each of the ${count} hidden layers, found ${value.length}`,
    );
  }
  return value;
}

function placementOf(batchNorm: unknown): Placement {
  checkChoice('batchNorm', batchNorm, [true, false, 'before', 'after', 'none']);
  // one of the five: checked just above
  return batchNorm === true ? 'before' : batchNorm === false ? 'none' : (batchNorm as Placement);
}
