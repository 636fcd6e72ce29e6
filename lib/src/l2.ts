/**
 * L2 regularisation: (lambda / 2) sum w^2 is added to the loss, lambda w to the gradient. What PyTorch's SGD and
 * Adam call `weight_decay` is this lambda.
 *
 * Which parameters? The weights alone, unless more are named: a bias cannot overfit much, gamma and beta set the
 * spread and mean of a layer, and pulling gamma to 0 shuts the layer. Under BN the weights' length does not
 * matter to the output, so L2 on them changes no function but the effective learning rate (van Laarhoven 2017,
 * arXiv 1706.05350).
 */
import { checkChoice, checkOptions, type FloatArray } from './check.js';
import type { Layer, Network } from './network.js';

/** The kinds of parameters that a layer has. */
export type ParameterKind = 'weights' | 'bias' | 'gamma' | 'beta';

/** All kinds, in the order in which a layer is updated. */
export const parameterKinds: readonly ParameterKind[] = ['weights', 'bias', 'gamma', 'beta'];

/** The strength lambda, on the weights alone; or with the kinds of parameters that it acts on. */
export type L2 = number | { readonly lambda: number; readonly on: readonly ParameterKind[] };

/** L2 with nothing left out. */
export interface CompleteL2 {
  readonly lambda: number;
  readonly on: readonly ParameterKind[];
}

/**
 * Checks L2's options and fills in what was left out.
 * @throws RangeError or TypeError for a negative lambda, or a kind of parameter that does not exist
 *
 * @example
 * console.log(completeL2(0.1).lambda); // prints 0.1
 */
export function completeL2(l2: L2 = 0): CompleteL2 {
  const { lambda, on } = typeof l2 === 'number' ? { lambda: l2, on: ['weights'] as const } : l2;
  if (typeof l2 !== 'number') {
    checkOptions('l2', l2, ['lambda', 'on']);
    if (!Array.isArray(on)) {
      throw new RangeError(`l2.on must be a list of ${parameterKinds.join(', ')}, found ${String(on)}`);
    }
  }
  if (!Number.isFinite(lambda) || lambda < 0) {
    throw new RangeError(`l2 must have a finite lambda of at least 0, found ${lambda}`);
  }
  for (const kind of on) {
    checkChoice('an element of l2.on', kind, parameterKinds);
  }
  return { lambda, on };
}

/**
 * A layer's array of one kind, or null where it has none.
 *
 * @example
 * const { layers } = createNetwork({ sizes: [2, 3, 2], activation: 'relu', batchNorm: true }, new Random(1));
 * console.log(parameterOf(layers[0], 'gamma')?.join(), parameterOf(layers[1], 'gamma')); // prints 1,1,1 null
 */
export function parameterOf(layer: Layer, kind: ParameterKind): Float64Array | null {
  switch (kind) {
    case 'weights':
      return layer.weights;
    case 'bias':
      return layer.bias;
    case 'gamma':
    case 'beta':
      return layer.norm === null ? null : layer.norm[kind];
  }
}

/**
 * The term that L2 adds to the loss: (lambda / 2) sum w^2 over the kinds of parameters it acts on.
 *
 * @example
 * const network = createNetwork({ sizes: [2, 2], activation: 'relu', initial: { kind: 'constant', value: 3 } }, new Random(1));
 * console.log(l2Penalty(network, 0.1)); // prints 1.8
 */
export function l2Penalty(network: Network, l2: L2): number {
  const { lambda, on } = completeL2(l2);
  let sum = 0;
  for (const layer of network.layers) {
    for (const kind of on) {
      for (const value of parameterOf(layer, kind) ?? []) {
        sum += value * value;
      }
    }
  }
  return (lambda / 2) * sum;
}

/**
 * gradient + lambda parameter; the gradient itself when L2 does not act on it.
 *
 * @example
 * console.log(withL2(Float64Array.of(1, 1), Float64Array.of(2, -2), 0.25).join()); // prints 1.5,0.5
 */
export function withL2(gradient: FloatArray, parameter: FloatArray, lambda: number): FloatArray {
  return lambda === 0 ? gradient : gradient.map((g, i) => g + lambda * parameter[i]);
}
