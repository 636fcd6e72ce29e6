/** Dropout's masks for a whole network, one for each layer that drops. */
import { dropoutMask } from './dropout.js';
import { activationsOf, type HiddenSettings, type Layer, type Network } from './network.js';
import type { Random } from './random.js';

/** One element per layer: what each number is multiplied by, or null where nothing is dropped. */
export type DropoutMasks = readonly (Float64Array | null)[];

/**
 * True when some layer of the network drops something.
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu', dropout: 0.5 }, new Random(1));
 * console.log(hasDropout(network)); // prints true
 */
export function hasDropout(network: Network): boolean {
  return network.definition.hidden.some(({ dropout }) => dropout > 0);
}

/** How many numbers dropout looks at for each example. */
function dropped(layer: Layer, settings: HiddenSettings): number {
  return settings.dropoutPlace === 'end' && layer.pool
    ? layer.pool.outHeight * layer.pool.outWidth * layer.pool.channels
    : activationsOf(layer);
}

/**
 * Draws the masks for m examples. Each layer draws from a stream of its own.
 *
 * @example
 * const network = createNetwork({ sizes: [3, 4, 2], activation: 'relu', dropout: 0.5 }, new Random(1));
 * const masks = dropoutMasks(network, 10, new Random(2));
 * console.log(masks.map((mask) => mask?.length).join()); // prints 40,
 */
export function dropoutMasks(network: Network, m: number, random: Random): DropoutMasks {
  return network.layers.map((layer, index) => {
    const settings = network.definition.hidden.at(index);
    if (settings === undefined || settings.dropout === 0) {
      return null;
    }
    return dropoutMask(m * dropped(layer, settings), settings.dropout, random.fork(`layer ${index}`));
  });
}

/**
 * The masks of a training step numbered from 1, which depend on the generator's seed and on the step alone: the
 * engines draw them, and whoever looks at a step from outside can draw the same.
 * @param part which of the minibatches whose gradients are accumulated, from 0
 */
export function stepMasks(network: Network, m: number, random: Random, step: number, part = 0): DropoutMasks {
  return dropoutMasks(network, m, random.fork(`dropout ${step}.${part}`));
}

/** The masks to use in training, or null when nothing is to be dropped. */
export function checkMasks(network: Network, masks: DropoutMasks | 'none' | undefined): DropoutMasks | null {
  if (masks === undefined && hasDropout(network)) {
    throw new RangeError(
      'masks must be given in training with dropout, found none: draw them with dropoutMasks, or say "none" to ' +
        'drop nothing',
    );
  }
  if (masks === undefined || masks === 'none') {
    return null;
  }
  if (masks.length !== network.layers.length) {
    throw new RangeError(
      `masks must have one element for each of the ${network.layers.length} layers, found ${masks.length}`,
    );
  }
  return masks;
}
