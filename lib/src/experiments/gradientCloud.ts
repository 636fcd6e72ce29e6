/**
 * The gradient of a minibatch as a point: where it lies beside the gradient of the whole training set. A problem with
 * two weights, so that it can be drawn.
 */
import { sigmoid } from '../activations.js';
import { checkCount, checkOptions } from '../check.js';
import { Random } from '../random.js';

/** What `gradientCloud` can be told. */
export interface GradientCloudConfig {
  /** Examples in a minibatch, at most `population`. Left out: 16. */
  m?: number;
  /** Minibatches drawn. Left out: 300. */
  draws?: number;
  /** N, the examples of the whole training set. Left out: 1000. */
  population?: number;
  /** Left out: 1. */
  seed?: number;
}

/** What `gradientCloud` gives back. */
export interface GradientCloudResult {
  config: Required<GradientCloudConfig>;
  /** The two components of each drawn minibatch's gradient. */
  g1: number[];
  g2: number[];
  /** The gradient of the whole training set. */
  full: [number, number];
  /** Root of E |g_B - full|^2 over the drawn minibatches. */
  spread: number;
  /** What it must be: sqrt((s^2 / m) (N - m) / (N - 1)), with s^2 the variance of one example's gradient. */
  expected: number;
}

/**
 * Draws minibatches without replacement from N examples of a neuron with two weights (logistic regression, at weights
 * 0), and takes the gradient of each: the mean of its examples' gradients.
 *
 * @throws TypeError for an unknown option, RangeError for m above the population
 *
 * @example
 * const small = gradientCloud({ m: 4 });
 * const large = gradientCloud({ m: 64 });
 * console.log((small.expected / large.expected).toFixed(1)); // prints 4.1
 */
export function gradientCloud(config: GradientCloudConfig = {}): GradientCloudResult {
  checkOptions('gradientCloud', config, ['m', 'draws', 'population', 'seed']);
  const { m = 16, draws = 300, population = 1000, seed = 1 } = config;
  checkCount('draws', draws, 2);
  checkCount('population', population, 2);
  checkCount('m', m);
  if (m > population) throw new RangeError(`m must be at most the population, ${population}, found ${m}`);
  const random = new Random(seed);
  const own = Array.from({ length: population }, () => {
    const [a, b] = [random.normal(), random.normal()];
    const [x1, x2] = [a, 0.6 * a + 0.8 * b];
    const label = random.uniform() < sigmoid(1.5 * x1 - x2) ? 1 : 0;
    // dl/dw of the cross-entropy at w = 0, where the neuron says 1/2
    return [(0.5 - label) * x1, (0.5 - label) * x2];
  });
  const mean = (rows: number[][]): [number, number] => [
    rows.reduce((sum, [g]) => sum + g, 0) / rows.length,
    rows.reduce((sum, [, g]) => sum + g, 0) / rows.length,
  ];
  const full = mean(own);
  const square = ([g1, g2]: number[]) => (g1 - full[0]) ** 2 + (g2 - full[1]) ** 2;
  const picks = random.fork('minibatches');
  const drawn = Array.from({ length: draws }, () => {
    const order = Uint32Array.from({ length: population }, (_, i) => i);
    // the first m of a shuffled list are a draw without replacement
    for (let i = 0; i < m; i++) {
      const j = i + picks.integer(population - i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return mean(Array.from(order.subarray(0, m), (i) => own[i]));
  });
  const variance = own.reduce((sum, g) => sum + square(g), 0) / population;
  return {
    config: { m, draws, population, seed },
    g1: drawn.map(([g]) => g),
    g2: drawn.map(([, g]) => g),
    full,
    spread: Math.sqrt(drawn.reduce((sum, g) => sum + square(g), 0) / draws),
    expected: Math.sqrt((variance / m) * ((population - m) / (population - 1))),
  };
}
