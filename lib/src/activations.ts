/**
 * Activation functions g and their derivatives g'.
 *
 * | name      | g(u)              | g'(u)             |
 * | sigmoid   | 1 / (1 + e^-u)    | g (1 - g)         |
 * | tanh      | tanh u            | 1 - g^2           |
 * | relu      | max(u, 0)         | 1 if u > 0 else 0 |
 * | leakyRelu | u if u > 0 else u/a, with a in (1, infinity) | 1 if u > 0 else 1/a |
 * | identity  | u                 | 1                 |
 *
 * LeakyReLU with the division by a is the form of Xu et al. 2015 (arXiv 1505.00853, equation 1).
 * At u = 0 the derivative of relu and leakyRelu is taken from the left, as PyTorch does.
 */
import { checkChoice } from './check.js';

/** The name of an activation function. */
export type ActivationName = 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'identity';

/** The names that `activation` accepts. */
export const activationNames: readonly ActivationName[] = [
  'sigmoid',
  'tanh',
  'relu',
  'leakyRelu',
  'identity',
];

/** An activation function with its derivative, both of one number. */
export interface Activation {
  readonly name: ActivationName;
  /** g(u) */
  apply(u: number): number;
  /** g'(u) */
  derivative(u: number): number;
}

/**
 * 1 / (1 + e^-u), without overflow: for u < 0 it is computed as e^u / (1 + e^u).
 *
 * @example
 * console.log(sigmoid(0), sigmoid(-1000), sigmoid(1000)); // prints 0.5 0 1
 */
export function sigmoid(u: number): number {
  if (u >= 0) {
    return 1 / (1 + Math.exp(-u));
  }
  const e = Math.exp(u);
  return e / (1 + e);
}

/** The LeakyReLU divisor used when none is given: a = 100, so the slope on the left is 0.01. */
export const DEFAULT_LEAK = 100;

/**
 * The activation function with a given name.
 * @param leak the divisor a of leakyRelu, in (1, infinity); the other functions take no notice of it
 * @throws RangeError for an unknown name, or a leak outside (1, infinity)
 *
 * @example
 * const { apply, derivative } = activation('tanh');
 * console.log(apply(0), derivative(0)); // prints 0 1
 */
export function activation(name: ActivationName, leak: number = DEFAULT_LEAK): Activation {
  checkChoice('activation', name, activationNames);
  switch (name) {
    case 'sigmoid':
      return { name, apply: sigmoid, derivative: (u) => sigmoid(u) * sigmoid(-u) };
    case 'tanh':
      return { name, apply: Math.tanh, derivative: (u) => 1 - Math.tanh(u) ** 2 };
    case 'relu':
      return { name, apply: (u) => (u > 0 || Number.isNaN(u) ? u : 0), derivative: (u) => (u > 0 ? 1 : 0) };
    case 'leakyRelu': {
      checkLeak(leak);
      return { name, apply: (u) => (u > 0 ? u : u / leak), derivative: (u) => (u > 0 ? 1 : 1 / leak) };
    }
    case 'identity':
      return { name, apply: (u) => u, derivative: () => 1 };
  }
}

/**
 * Raises a RangeError unless `leak` is a divisor that LeakyReLU can use.
 *
 * @example
 * checkLeak(100); // fine: u/100 on the left
 * try {
 *   checkLeak(1);
 * } catch (error) {
 *   console.log(error instanceof RangeError); // prints true
 * }
 */
export function checkLeak(leak: number): void {
  if (!Number.isFinite(leak) || leak <= 1) {
    throw new RangeError(`leak must be a finite number above 1 (LeakyReLU is u/a for u <= 0), found ${leak}`);
  }
}
