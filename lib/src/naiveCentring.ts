/**
 * What goes wrong when normalisation and gradient descent do not know of each other
 * (Ioffe and Szegedy 2015, section 2, the example with the learned bias b).
 *
 * Two models of one unit, small enough to follow by hand. Both use the loss l = (1/2m) sum_i (xHat_i - t_i)^2.
 *
 *   centring:  xHat = u + b - E[u + b],          u = w x with w fixed, b learned
 *   scaling:   xHat = u / sqrt(Var[u]),          u = w x with w learned
 *
 * An update that takes the statistics for constants moves b (or w) while xHat, and so the loss, stays where it
 * was: nothing ever stops the movement. With the gradient flowing through the statistics, it is zero at once.
 */
import { checkChoice, checkCount, checkFinite, checkOptions, checkVector, type Numbers } from './check.js';

/**
 * Which gradient the update follows:
 * - `'ignoreStatistics'`: E[.] and Var[.] are taken for constants (the naive update)
 * - `'throughStatistics'`: the true gradient
 */
export type CentringGradient = 'ignoreStatistics' | 'throughStatistics';

/** What `naiveCentring` and `naiveScaling` take. */
export interface NaiveOptions {
  /** The inputs of the minibatch, m numbers. */
  x: Numbers;
  /** The target of every example, or one target per example. Left out: 3 for centring, 3 x for scaling. */
  target?: number | Numbers;
  /** Left out: 0.1. */
  learningRate?: number;
  /** Number of updates. Left out: 200. */
  steps?: number;
  /** Which gradient to follow. Left out: `'ignoreStatistics'`. */
  gradient?: CentringGradient;
  /** The weight (centring keeps it, scaling starts from it). Left out: 1. */
  w?: number;
  /** Where the bias starts (centring). Left out: 0. */
  b?: number;
}

/** The loss and both gradients at one place. */
export interface NaiveGradients {
  readonly loss: number;
  /** The normalised output, m numbers. */
  readonly xHat: Float64Array;
  /** The gradient with the statistics taken for constants. */
  readonly ignoreStatistics: number;
  /** The true gradient. */
  readonly throughStatistics: number;
}

/** A run: element 0 is the start, element s is the state after s updates. */
export interface NaiveRun {
  readonly steps: number;
  /** The learned parameter, b or w, steps + 1 numbers. */
  readonly parameter: Float64Array;
  /** steps + 1 numbers */
  readonly loss: Float64Array;
  /** The true gradient at each state, steps + 1 numbers; zero but for rounding. */
  readonly trueGradient: Float64Array;
  /** The gradient which the update followed, steps + 1 numbers. */
  readonly usedGradient: Float64Array;
}

/** E[.] over the minibatch. */
function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** dl/dxHat = (xHat - t) / m, and the loss itself. */
function halfSquaredError(xHat: Float64Array, target: Numbers): { loss: number; gradient: Float64Array } {
  const m = xHat.length;
  const gradient = xHat.map((value, i) => (value - target[i]) / m);
  const loss = xHat.reduce((sum, value, i) => sum + (value - target[i]) ** 2, 0) / (2 * m);
  return { loss, gradient };
}

/**
 * Centring: loss and dl/db at a given b.
 *
 *   statistics ignored:  dl/db = sum_i g_i                     with g = dl/dxHat
 *   true:                dl/db = sum_i (g_i - mean(g)) = 0     since dE[u + b]/db = 1
 *
 * @param x m numbers
 * @param target m numbers
 *
 * @example
 * const { ignoreStatistics, throughStatistics } = centringGradients(Float64Array.of(-1, 1), Float64Array.of(3, 3), 1, 7);
 * console.log(ignoreStatistics, throughStatistics); // prints -3 0
 */
export function centringGradients(
  x: Float64Array,
  target: Float64Array,
  w: number,
  b: number,
): NaiveGradients {
  const shifted = Float64Array.from(x, (value) => w * value + b);
  const average = mean(shifted);
  const xHat = shifted.map((value) => value - average);
  const { loss, gradient } = halfSquaredError(xHat, target);
  const averageGradient = mean(gradient);
  return {
    loss,
    xHat,
    ignoreStatistics: gradient.reduce((sum, g) => sum + g, 0),
    throughStatistics: gradient.reduce((sum, g) => sum + (g - averageGradient), 0),
  };
}

/**
 * Scaling: loss and dl/dw at a given w, with s = sqrt(Var[w x]).
 *
 *   statistics ignored:  dl/dw = sum_i g_i x_i / s
 *   true:                dl/dw = sum_i g_i x_i / s - (sum_i g_i u_i / s^2) ds/dw = 0     since ds/dw = s / w
 *
 * @param x m numbers
 * @param target m numbers
 *
 * @example
 * const { ignoreStatistics, throughStatistics } = scalingGradients(Float64Array.of(-1, 1), Float64Array.of(-3, 3), 2);
 * console.log(ignoreStatistics, throughStatistics); // prints -1 0
 */
export function scalingGradients(x: Float64Array, target: Float64Array, w: number): NaiveGradients {
  const m = x.length;
  const u = Float64Array.from(x, (value) => w * value);
  const average = mean(u);
  const s = Math.sqrt(mean(u.map((value) => (value - average) ** 2)));
  const xHat = u.map((value) => value / s);
  const { loss, gradient } = halfSquaredError(xHat, target);
  const averageInput = mean(x);
  let direct = 0;
  let throughScale = 0; // dl/ds
  let dScale = 0; // ds/dw
  for (let i = 0; i < m; i++) {
    direct += (gradient[i] * x[i]) / s;
    throughScale -= (gradient[i] * u[i]) / (s * s);
    dScale += ((u[i] - average) * (x[i] - averageInput)) / (m * s);
  }
  return { loss, xHat, ignoreStatistics: direct, throughStatistics: direct + throughScale * dScale };
}

/**
 * Trains the bias of the centred unit. With the naive update b grows without end at a constant loss: for a
 * target of 3, by learningRate * 3 a step.
 * @throws RangeError for fewer than 2 inputs, NaN, a wrong number of targets, or an unknown gradient
 *
 * @example
 * const run = naiveCentring({ x: [-1, 1], target: 3, learningRate: 0.5, steps: 4 });
 * console.log(run.parameter.join(), run.loss[4] === run.loss[0]); // prints 0,1.5,3,4.5,6 true
 */
export function naiveCentring(options: NaiveOptions): NaiveRun {
  const { x, target, w } = prepare('naiveCentring', options, () => 3);
  return descend(options, options.b ?? 0, (b) => centringGradients(x, target, w, b));
}

/**
 * Trains the weight of the scaled unit. The target asks for three times the input, which a unit of variance 1
 * cannot give: with the naive update w grows for ever (as the root of the step) at a constant loss.
 * @throws RangeError for fewer than 2 inputs, equal inputs, NaN, a wrong number of targets, w = 0, or an
 * unknown gradient
 *
 * @example
 * const run = naiveScaling({ x: [-1, 1], learningRate: 0.5, steps: 100 });
 * console.log(run.parameter[100] > 10, run.loss[100] === run.loss[0]); // prints true true
 */
export function naiveScaling(options: NaiveOptions): NaiveRun {
  const { x, target, w } = prepare('naiveScaling', options, (value) => 3 * value);
  if (w === 0) {
    throw new RangeError('w must not be 0: the outputs would all be equal and have no scale');
  }
  if (x.every((value) => value === x[0])) {
    throw new RangeError(`x must hold different numbers, found ${x[0]} ${x.length} times: its variance is 0`);
  }
  return descend(options, w, (weight) => scalingGradients(x, target, weight));
}

/** Checks the options and fills in what was left out. */
function prepare(
  name: string,
  options: NaiveOptions,
  defaultTarget: (x: number) => number,
): { x: Float64Array; target: Float64Array; w: number } {
  checkOptions(name, options, ['x', 'target', 'learningRate', 'steps', 'gradient', 'w', 'b']);
  const x = Float64Array.from(options.x);
  checkCount('the number of elements of x', x.length, 2);
  checkFinite('x', x, 1);
  const given = options.target;
  let target = x.map(defaultTarget);
  if (typeof given === 'number') {
    target = x.map(() => given);
  } else if (given !== undefined) {
    checkVector('target', given, x.length, 'm');
    target = Float64Array.from(given);
  }
  checkFinite('target', target, 1);
  return { x, target, w: options.w ?? 1 };
}

/** Plain gradient descent on one parameter. */
function descend(options: NaiveOptions, start: number, at: (parameter: number) => NaiveGradients): NaiveRun {
  const gradient = options.gradient ?? 'ignoreStatistics';
  checkChoice('gradient', gradient, ['ignoreStatistics', 'throughStatistics']);
  const steps = options.steps ?? 200;
  checkCount('steps', steps, 0);
  const learningRate = options.learningRate ?? 0.1;
  checkFinite('learningRate', [learningRate], 1);
  const parameter = new Float64Array(steps + 1);
  const loss = new Float64Array(steps + 1);
  const trueGradient = new Float64Array(steps + 1);
  const usedGradient = new Float64Array(steps + 1);
  let value = start;
  for (let s = 0; s <= steps; s++) {
    const here = at(value);
    parameter[s] = value;
    loss[s] = here.loss;
    trueGradient[s] = here.throughStatistics;
    usedGradient[s] = here[gradient];
    value -= learningRate * here[gradient];
  }
  return { steps, parameter, loss, trueGradient, usedGradient };
}
