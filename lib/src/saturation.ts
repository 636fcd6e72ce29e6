/**
 * Which activations saturate, said by limits.
 *
 * g saturates on the right when lim g'(u) = 0 as u -> +infinity, on the left when lim g'(u) = 0 as u -> -infinity,
 * and it is a saturating function when it does so on both sides (Gulcehre et al. 2016, arXiv 1603.00391,
 * section 2). It saturates hard on a side when g' is exactly 0 from some point on, softly when g' only tends
 * to 0. For the functions of this library that is the same as the definition by the limits of g itself: g is
 * non-saturating when |lim g(u)| is infinite on one side at least (Krizhevsky et al. 2012 use the word so).
 *
 * | name      | g(-inf)  | g(+inf)  | g'(-inf) | g'(+inf) | saturates                |
 * | sigmoid   | 0        | 1        | 0        | 0        | on both sides, softly    |
 * | tanh      | -1       | 1        | 0        | 0        | on both sides, softly    |
 * | relu      | 0        | infinity | 0        | 1        | on the left only, hard   |
 * | leakyRelu | -infinity| infinity | 1/a      | 1        | nowhere                  |
 * | identity  | -infinity| infinity | 1        | 1        | nowhere                  |
 */
import { type ActivationName, activation, DEFAULT_LEAK } from './activations.js';
import type { Numbers } from './check.js';

/** How g behaves as u goes to one of the two ends of the line. */
export interface Limit {
  /** lim g(u) */
  readonly value: number;
  /** lim g'(u) */
  readonly slope: number;
  /** lim g'(u) = 0 */
  readonly saturates: boolean;
  /** g' is exactly 0 from some point on, so that no gradient at all passes. */
  readonly hard: boolean;
}

/** What the limits say about an activation function. */
export interface Saturation {
  readonly name: ActivationName;
  /** u -> -infinity */
  readonly left: Limit;
  /** u -> +infinity */
  readonly right: Limit;
  /** True when g' tends to 0 on both sides. */
  readonly saturating: boolean;
  /** The largest g' there is, which a share of saturated inputs is measured against. */
  readonly largestSlope: number;
  /** One sentence that says it with the limits. */
  readonly sentence: string;
}

/**
 * Says by its limits whether an activation function saturates.
 * @param leak the divisor a of leakyRelu, in (1, infinity)
 * @throws RangeError for an unknown name, or a leak outside (1, infinity)
 *
 * @example
 * console.log(saturation('relu').saturating); // prints false
 * console.log(saturation('sigmoid').sentence); // prints sigmoid saturates: g' -> 0 on the left and g' -> 0 on the right
 * console.log(saturation('leakyRelu', 10).left.slope); // prints 0.1
 */
export function saturation(name: ActivationName, leak: number = DEFAULT_LEAK): Saturation {
  activation(name, leak); // checks both
  const [left, right] = limitsOf(name, leak);
  const saturating = left.saturates && right.saturates;
  const sides = `g' -> ${left.slope} on the left and g' -> ${right.slope} on the right`;
  const verb = saturating
    ? 'saturates'
    : left.saturates || right.saturates
      ? `saturates on the ${left.saturates ? 'left' : 'right'} only`
      : 'does not saturate';
  const largestSlope = name === 'sigmoid' ? 0.25 : 1;
  return { name, left, right, saturating, largestSlope, sentence: `${name} ${verb}: ${sides}` };
}

function limitsOf(name: ActivationName, leak: number): [Limit, Limit] {
  const limit = (value: number, slope: number, hard = false): Limit => ({
    value,
    slope,
    saturates: slope === 0,
    hard,
  });
  switch (name) {
    case 'sigmoid':
      return [limit(0, 0), limit(1, 0)];
    case 'tanh':
      return [limit(-1, 0), limit(1, 0)];
    case 'relu':
      return [limit(0, 0, true), limit(Infinity, 1)];
    case 'leakyRelu':
      return [limit(-Infinity, 1 / leak), limit(Infinity, 1)];
    case 'identity':
      return [limit(-Infinity, 1), limit(Infinity, 1)];
  }
}

/** The share of its largest slope below which a unit's input counts as saturated, when none is given: 5 %. */
export const SATURATED_BELOW = 0.05;

/**
 * The share of inputs at which g has lost its slope: g'(u) < below * max g'. With 5 % that is |u| > 4.36 for
 * sigmoid and |u| > 2.18 for tanh; for ReLU it is the share of inputs at or below 0.
 * @param u the activation's inputs, of any shape
 * @param below in (0, 1]
 * @returns from 0 to 1
 * @throws RangeError for no inputs, or `below` outside (0, 1]
 *
 * @example
 * console.log(saturatedShare([-9, 0, 1, 9], 'sigmoid')); // prints 0.5
 */
export function saturatedShare(
  u: Numbers,
  name: ActivationName,
  leak: number = DEFAULT_LEAK,
  below = SATURATED_BELOW,
): number {
  if (u.length === 0) {
    throw new RangeError('u must have at least 1 element, found 0');
  }
  if (!(below > 0 && below <= 1)) {
    throw new RangeError(`below must be in (0, 1], a share of the largest slope, found ${below}`);
  }
  const bound = below * saturation(name, leak).largestSlope;
  const g = activation(name, leak);
  let count = 0;
  for (let i = 0; i < u.length; i++) {
    count += g.derivative(u[i]) < bound ? 1 : 0;
  }
  return count / u.length;
}
