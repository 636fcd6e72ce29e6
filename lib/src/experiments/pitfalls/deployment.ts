/** Bugs of deployment: a fold that forgets the bias of the layer. */
import { convolve } from '../../convolve.js';
import { foldIntoConvolution } from '../../foldConvolution.js';
import { batchNormInference } from '../../inference.js';
import { Random } from '../../random.js';
import { largestDifference } from '../vectors.js';
import { brief, type Pitfall } from './pitfall.js';

/** The largest difference between a convolution followed by BN and the folded convolution; biases are about `bias` in size. */
function foldDifference(buggy: boolean, bias: number, seed: number): number {
  const random = new Random(seed);
  const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
  const statistics = { mean: draw(4), variance: draw(4).map((value) => 0.1 + value * value) };
  const affine = { gamma: draw(4), beta: draw(4) };
  const layer = {
    ...{ kernel: [3, 3], inputChannels: 2, outputChannels: 4, transposed: false },
    ...{ weights: draw(72), bias: draw(4).map((value) => bias * value) },
  };
  const x = draw(72);
  const u = convolve(x, 1, [6, 6], layer).x;
  const y = batchNormInference(u, u.length / 4, 4, statistics, affine);
  // The bug folds the layer as if it had no bias.
  const folded = foldIntoConvolution(buggy ? { ...layer, bias: null } : layer, statistics, affine);
  return largestDifference(y, convolve(x, 1, [6, 6], folded).x);
}

export const forgottenBias: Pitfall = {
  room: 'deployment',
  bug: 'The fold computes the new bias as β − γ E[x] / √(Var[x] + ε) and forgets the bias that the convolution had.',
  symptom:
    'Nothing, as long as the convolutions have no bias, or one that is still 0. Else every output is shifted.',
  test: 'Folded and unfolded must agree to rounding, with biases that are not 0.',
  curves: (seed) => ({
    x: 'size of the biases',
    y: 'largest difference of folded and unfolded',
    points: [0, 0.1, 0.2, 0.5, 1].map((bias) => ({
      at: bias,
      right: foldDifference(false, bias, seed),
      buggy: foldDifference(true, bias, seed),
    })),
  }),
  check: (buggy, seed) => {
    const found = foldDifference(buggy, 1, seed);
    return { passes: found < 1e-10, found: `they differ by up to ${brief(found)}` };
  },
};
