/** The activation functions and their derivatives over a range of inputs: where g' is small, a unit is saturated. */
import { type ActivationName, activation } from '../activations.js';
import { checkCount, checkOptions } from '../check.js';

/** Which activation functions to draw, and where. */
export interface ActivationCurvesConfig {
  /** Left out: sigmoid, tanh, ReLU, LeakyReLU. */
  activations?: ActivationName[];
  /** The range of x. Left out: -6 to 6. */
  from?: number;
  to?: number;
  /** Left out: 241. */
  points?: number;
  /** The divisor a of LeakyReLU, in (1, infinity). Left out: 10, so that its slope is seen. */
  leak?: number;
}

/** An activation function and its derivative as curves. */
export interface ActivationCurve {
  activation: ActivationName;
  x: number[];
  /** g(x) */
  g: number[];
  /** g'(x) */
  derivative: number[];
  /** Limits of g' for x to minus and plus infinity; 0 on both sides: the function saturates. */
  limits: [number, number];
}

/** What `activationCurves` gives back. */
export interface ActivationCurvesResult {
  config: Required<ActivationCurvesConfig>;
  curves: ActivationCurve[];
}

const FAR = 1e3;

/**
 * Computes g and g' on a grid.
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const [sigmoid_] = activationCurves({ activations: ['sigmoid'], points: 13 }).curves;
 * console.log(Math.max(...sigmoid_.derivative), sigmoid_.limits.join()); // prints 0.25 0,0
 */
export function activationCurves(config: ActivationCurvesConfig = {}): ActivationCurvesResult {
  checkOptions('activationCurves', config, ['activations', 'from', 'to', 'points', 'leak']);
  const {
    activations = ['sigmoid', 'tanh', 'relu', 'leakyRelu'],
    from = -6,
    to = 6,
    points = 241,
    leak = 10,
  } = config;
  checkCount('points', points, 2);
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) {
    throw new RangeError(`from must be below to, both finite, found ${from} and ${to}`);
  }
  const x = Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const curves = activations.map((name): ActivationCurve => {
    const g = activation(name, leak);
    return {
      activation: name,
      x,
      g: x.map(g.apply),
      derivative: x.map(g.derivative),
      limits: [g.derivative(-FAR), g.derivative(FAR)],
    };
  });
  return { config: { activations, from, to, points, leak }, curves };
}
