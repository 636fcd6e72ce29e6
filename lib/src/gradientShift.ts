/**
 * Gradient-based internal covariate shift (Santurkar et al. 2018, arXiv 1805.11604, definition 2.1): how far the
 * gradient of layer i moves when the layers before it take their step and nothing else changes.
 *
 *   G(i)  = gradient of W_i at (W_1, ..., W_k)
 *   G'(i) = gradient of W_i at (W_1', ..., W_(i-1)', W_i, ..., W_k),    W' the weights after the step
 *
 * both on the same minibatch, the one the step was made with. Reported are the distance |G - G'| and the cosine
 * of the angle between the two: 1 when the step of the earlier layers changed nothing for this one.
 */
import { networkGradients } from './accumulate.js';
import type { FloatArray } from './check.js';
import type { DropoutMasks } from './dropoutMasks.js';
import type { Network } from './network.js';
import type { LayerGradients } from './networkPass.js';

/** The shift of one layer's gradient, over its weights W taken as one vector. */
export interface LayerShift {
  /** |G - G'|, Euclidean. */
  readonly distance: number;
  /** G . G' / (|G| |G'|), from -1 to 1; NaN when one of the two is 0. */
  readonly cosine: number;
  /** |G|, before the earlier layers moved. */
  readonly before: number;
  /** |G'|, after. */
  readonly after: number;
}

/**
 * The shift of every layer's gradient that one step has brought. The first layer has none before it: distance 0,
 * cosine 1.
 * @param before the network as the step found it
 * @param after the same network after the step
 * @param x m x inputs, the minibatch that the step was made with
 * @param masks dropout's masks of that step, or `'none'`; needed when the network has dropout
 * @returns one element per layer, first layer first
 * @throws RangeError when the two networks differ in their layers
 *
 * @example
 * const before = createNetwork({ sizes: [2, 4, 3, 2], activation: 'tanh' }, new Random(1));
 * const x = Float32Array.of(1, 2, 3, -1, 0, 1);
 * const labels = Uint8Array.of(0, 1, 1);
 * const engine = createEngine('reference', before, 0.1);
 * engine.step(x, labels, 3, 0.5);
 * const shift = gradientShift(before, engine.network(), x, labels, 3);
 * console.log(shift[0].distance, shift[1].distance > 0, shift[2].cosine < 1); // prints 0 true true
 */
export function gradientShift(
  before: Network,
  after: Network,
  x: FloatArray | readonly number[],
  labels: ArrayLike<number>,
  m: number,
  masks?: DropoutMasks | 'none',
): LayerShift[] {
  return shiftBy(before, after, (network) => networkGradients(network, x, labels, m, masks).gradients);
}

/** As `gradientShift`, with any way to get a network's gradients. */
export function shiftBy(
  before: Network,
  after: Network,
  gradientsOf: (network: Network) => readonly LayerGradients[],
): LayerShift[] {
  if (
    before.layers.length !== after.layers.length ||
    before.layers.some(({ weights }, i) => weights.length !== after.layers[i].weights.length)
  ) {
    throw new RangeError(
      'before and after must have the same layers: take the network before and after one step',
    );
  }
  const start = gradientsOf(before);
  return before.layers.map((_, i) => {
    // the first layer has no earlier ones: its gradient is the one that is there already
    const moved = i === 0 ? start : gradientsOf(withEarlier(before, after, i));
    return compare(start[i].weights, moved[i].weights);
  });
}

/** `before` with the layers before layer i taken from `after`. */
function withEarlier(before: Network, after: Network, i: number): Network {
  return {
    definition: before.definition,
    layers: before.layers.map((layer, j) => (j < i ? after.layers[j] : layer)),
  };
}

function compare(g: FloatArray, h: FloatArray): LayerShift {
  let difference = 0;
  let along = 0;
  let gg = 0;
  let hh = 0;
  for (let i = 0; i < g.length; i++) {
    difference += (g[i] - h[i]) ** 2;
    along += g[i] * h[i];
    gg += g[i] * g[i];
    hh += h[i] * h[i];
  }
  const before = Math.sqrt(gg);
  const after = Math.sqrt(hh);
  return {
    distance: Math.sqrt(difference),
    // rounding may bring a quotient just above 1
    cosine: Math.max(-1, Math.min(1, along / (before * after))),
    before,
    after,
  };
}
