/**
 * What the shape of a neuron's inputs does to its training: the path of its weights when it sees one example at a
 * time, and its learning curve with the full gradient. (LeCun, Bottou, Orr and Müller 1998, section 4.3.)
 */
import { sigmoid } from '../activations.js';
import { symmetricEigen, symmetricFunction } from '../symmetricEigen.js';

/** Examples of two features, however they were prepared: z = (x - shift) A, with A as four numbers, row by row. */
export interface PreparedInputs {
  /** m x 2 */
  z: ArrayLike<number>;
  m: number;
  /** A: what turns a weight of the prepared inputs into one of the raw inputs, w = A v. */
  matrix: ArrayLike<number>;
}

/** The way of a neuron's two weights, and what can be measured on it. */
export interface WeightPath {
  /** The weights after each update, as weights of the raw inputs; element 0 is the start. */
  w1: number[];
  w2: number[];
  /** Share of the updates that moved both of the neuron's own weights the same way, up or down: 0 to 1. */
  together: number;
  /** Length of the path over the length of the straight line from start to target. */
  detour: number;
  /** Updates until a tenth of the distance is left for good; null when that is not reached. */
  updatesToTenth: number | null;
}

/**
 * Trains a linear neuron without bias, y = v . z, one example at a time, towards the weights `target`:
 *
 *   v <- v - rate (y - t) z,   t = target . x,   rate = 1 / E[z . z]
 *
 * The change of v is a number times z: where all of z is positive, all weights go up or all go down.
 *
 * @param order which example each update sees
 * @param target weights of the raw inputs
 */
export function weightPath(
  { z, m, matrix }: PreparedInputs,
  order: ArrayLike<number>,
  target: [number, number],
): WeightPath {
  let square = 0;
  for (let ij = 0; ij < 2 * m; ij++) square += z[ij] ** 2;
  const rate = m / square;
  const [a, b, c, d] = [matrix[0], matrix[1], matrix[2], matrix[3]];
  const determinant = a * d - b * c;
  // the target in the neuron's own weights: A^-1 target
  const goal = [(d * target[0] - b * target[1]) / determinant, (a * target[1] - c * target[0]) / determinant];
  const v = [0, 0];
  const path: WeightPath = { w1: [0], w2: [0], together: 0, detour: 0, updatesToTenth: null };
  const start = Math.hypot(...target);
  let length = 0;
  let together = 0;
  let arrived = 0;
  for (let k = 0; k < order.length; k++) {
    const [z1, z2] = [z[2 * order[k]], z[2 * order[k] + 1]];
    const error = (v[0] - goal[0]) * z1 + (v[1] - goal[1]) * z2;
    v[0] -= rate * error * z1;
    v[1] -= rate * error * z2;
    if (z1 * z2 > 0) together++;
    const [w1, w2] = [a * v[0] + b * v[1], c * v[0] + d * v[1]];
    length += Math.hypot(w1 - path.w1[k], w2 - path.w2[k]);
    path.w1.push(w1);
    path.w2.push(w2);
    if (Math.hypot(w1 - target[0], w2 - target[1]) > 0.1 * start) arrived = k + 2;
  }
  path.together = together / order.length;
  path.detour = length / start;
  path.updatesToTenth = arrived <= order.length ? arrived : null;
  return path;
}

/** v1, v2 and the bias b. */
type Weights = [number, number, number];

/**
 * Mean cross-entropy of sigmoid(v . z + b) over the examples, with its gradient and its Hessian (3 x 3); the Hessian
 * is zeros when it is not asked for.
 */
function logistic(
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  [v1, v2, b]: Weights,
  withHessian: boolean,
) {
  const m = labels.length;
  const gradient: Weights = [0, 0, 0];
  const hessian = new Float64Array(9);
  let loss = 0;
  for (let i = 0; i < m; i++) {
    const row = [z[2 * i], z[2 * i + 1], 1];
    const u = v1 * row[0] + v2 * row[1] + b;
    const p = sigmoid(u);
    // -log p(label) = log(1 + e^-|u|) + max(u, 0) - label u, without overflow
    loss += (Math.log1p(Math.exp(-Math.abs(u))) + Math.max(u, 0) - labels[i] * u) / m;
    for (let j = 0; j < 3; j++) {
      gradient[j] += ((p - labels[i]) * row[j]) / m;
      for (let k = 0; withHessian && k < 3; k++) hessian[3 * j + k] += (p * (1 - p) * row[j] * row[k]) / m;
    }
  }
  return { loss, gradient, hessian };
}

/**
 * The loss of a sigmoid neuron after each of `steps` steps down the full gradient, from zero weights.
 * @returns steps + 1 numbers, in nats
 */
export function neuronCurve(
  z: ArrayLike<number>,
  labels: ArrayLike<number>,
  learningRate: number,
  steps: number,
): number[] {
  const weights: Weights = [0, 0, 0];
  const losses: number[] = [];
  for (let s = 0; s <= steps; s++) {
    const { loss, gradient } = logistic(z, labels, weights, false);
    losses.push(loss);
    for (let j = 0; j < 3; j++) weights[j] -= learningRate * gradient[j];
  }
  return losses;
}

/** Largest over smallest eigenvalue of the Hessian of the sigmoid neuron's loss, at zero weights. */
export function neuronCondition(z: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { values } = symmetricEigen(logistic(z, labels, [0, 0, 0], true).hessian, 3);
  return values[0] / values[2];
}

/**
 * The lowest mean loss that a sigmoid neuron can have, by Newton's method with halved steps; the loss is convex. Where
 * the labels can be told apart without a mistake no finite weights are best, and the loss comes out as 0 to rounding.
 * @throws Error when the method does not converge
 */
export function lowestLoss(z: ArrayLike<number>, labels: ArrayLike<number>): number {
  let weights: Weights = [0, 0, 0];
  let here = logistic(z, labels, weights, true);
  for (let k = 0; k < 100; k++) {
    const eigen = symmetricEigen(here.hessian, 3);
    // along a direction in which the loss does not change, no step is taken
    const inverse = symmetricFunction(eigen, (value) => (value > 1e-13 * eigen.values[0] ? 1 / value : 0));
    const step = [0, 1, 2].map((j) => here.gradient.reduce((sum, g, i) => sum + inverse[3 * j + i] * g, 0));
    if (here.gradient.reduce((sum, g, j) => sum + g * step[j], 0) < 1e-15) return here.loss;
    for (let share = 1; ; share /= 2) {
      const next: Weights = [
        weights[0] - share * step[0],
        weights[1] - share * step[1],
        weights[2] - share * step[2],
      ];
      const there = logistic(z, labels, next, true);
      if (there.loss < here.loss || share < 1e-6) {
        [weights, here] = [next, there];
        break;
      }
    }
  }
  throw new Error('the lowest loss of these examples could not be found; take more examples');
}
