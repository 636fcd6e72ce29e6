/**
 * Backprop through BN, checked (Ioffe and Szegedy 2015, the equations after Algorithm 1): every gradient against central
 * differences, for the graph and for the compact form; and how wrong dl/dx is when a term is left out.
 */
import { type BatchNormGradients, batchNormBackward, batchNormBackwardGraph, leftOut } from '../backward.js';
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { Random } from '../random.js';
import { type BatchNormResult, batchNorm, DEFAULT_EPSILON } from '../transform.js';
import { distance, norm } from './vectors.js';

/** What `gradientCheck` can be told. */
export interface GradientCheckConfig {
  /** Left out: 1, 2, 3. */
  seeds?: number[];
  /** Left out: 8. */
  m?: number;
  /** Left out: 3. */
  d?: number;
  /** The steps h of the central differences. Left out: 1 down to 1e-12. */
  steps?: number[];
  /** Left out: 1e-5. */
  epsilon?: number;
}

/** A term's name in `leftOut`. */
export type LeftOut = keyof typeof leftOut;
/** What can be left out of the gradient, in the order of the figures. */
export const leftOutTerms: readonly LeftOut[] = ['nothing', 'mean', 'variance', 'both'];

/** Relative distance |analytic - numeric| / |analytic| at one step h. */
export interface GradientCheckCell {
  seed: number;
  form: 'graph' | 'compact';
  step: number;
  x: number;
  gamma: number;
  beta: number;
}

/** dl/dx with a term left out. */
export interface LeftOutError {
  seed: number;
  leftOut: LeftOut;
  /** |dx - true dx| / |true dx| */
  error: number;
  /** Largest |sum of dx over the examples| of a feature, over |true dx|: 0 with the mean's term. */
  sum: number;
  /** Largest |sum of dx xHat| of a feature, over |true dx|: 0 (but for epsilon) with the variance's term. */
  alongXHat: number;
}

/** What `gradientCheck` gives back. */
export interface GradientCheckResult {
  config: Required<GradientCheckConfig>;
  cells: GradientCheckCell[];
  leftOut: LeftOutError[];
}

/**
 * Checks dl/dx, dl/dgamma and dl/dbeta of l = (1/2) sum (y - t)^2, with random x, gamma, beta and t. The derivative by
 * central differences is (l(p + h) - l(p - h)) / 2h; its error falls like h^2 until rounding takes over.
 *
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const { cells } = gradientCheck({ seeds: [1], steps: [1e-5] });
 * console.log(cells.every(({ x, gamma, beta }) => Math.max(x, gamma, beta) < 1e-8)); // prints true
 */
export function gradientCheck(config: GradientCheckConfig = {}): GradientCheckResult {
  checkOptions('gradientCheck', config, ['seeds', 'm', 'd', 'steps', 'epsilon']);
  const {
    seeds = [1, 2, 3],
    m = 8,
    d = 3,
    steps = Array.from({ length: 13 }, (_, i) => Number(`1e-${i}`)),
    epsilon = DEFAULT_EPSILON,
  } = config;
  checkCount('m', m, 2);
  checkCount('d', d);
  for (const step of steps) checkPositive('steps', step);
  const cells: GradientCheckCell[] = [];
  const errors: LeftOutError[] = [];
  for (const seed of seeds) {
    const random = new Random(seed);
    const draw = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
    const point = { x: draw(m * d), gamma: draw(d), beta: draw(d) };
    const target = draw(m * d);
    const forwardAt = ({ x, gamma, beta }: typeof point) => batchNorm(x, m, d, { gamma, beta, epsilon });
    const loss = (at: typeof point): number => distance(forwardAt(at).y, target) ** 2 / 2;
    const forward = forwardAt(point);
    const dy = forward.y.map((y, ij) => y - target[ij]);
    const forms = { graph: batchNormBackwardGraph(dy, forward), compact: batchNormBackward(dy, forward) };
    for (const step of steps) {
      const numeric = {
        x: centralDifferences((x) => loss({ ...point, x }), point.x, step),
        gamma: centralDifferences((gamma) => loss({ ...point, gamma }), point.gamma, step),
        beta: centralDifferences((beta) => loss({ ...point, beta }), point.beta, step),
      };
      for (const form of ['graph', 'compact'] as const) {
        const { dx, dGamma, dBeta } = forms[form];
        cells.push({
          ...{ seed, form, step },
          x: distance(dx, numeric.x) / norm(dx),
          gamma: distance(dGamma, numeric.gamma) / norm(dGamma),
          beta: distance(dBeta, numeric.beta) / norm(dBeta),
        });
      }
    }
    for (const term of leftOutTerms) errors.push({ seed, ...leftOutError(term, dy, forward, forms.compact) });
  }
  return { config: { seeds, m, d, steps, epsilon }, cells, leftOut: errors };
}

function centralDifferences(
  loss: (at: Float64Array) => number,
  at: Float64Array,
  step: number,
): Float64Array {
  return at.map((value, i) => {
    const moved = at.slice();
    moved[i] = value + step;
    const above = loss(moved);
    moved[i] = value - step;
    return (above - loss(moved)) / (2 * step);
  });
}

function leftOutError(
  term: LeftOut,
  dy: BatchNormGradients['dx'],
  forward: BatchNormResult,
  truth: BatchNormGradients,
): Omit<LeftOutError, 'seed'> {
  const { dx } = batchNormBackward(dy, forward, leftOut[term]);
  const { m, d, xHat } = forward;
  const sums = new Float64Array(d);
  const along = new Float64Array(d);
  for (let ij = 0; ij < m * d; ij++) {
    sums[ij % d] += dx[ij];
    along[ij % d] += dx[ij] * xHat[ij];
  }
  const length = norm(truth.dx);
  const largest = (values: Float64Array): number =>
    values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / length;
  return {
    leftOut: term,
    error: distance(dx, truth.dx) / length,
    sum: largest(sums),
    alongXHat: largest(along),
  };
}
