/** Bugs of training: decay on gamma and beta, gradient accumulation. */
import { batchNormBackward } from '../../backward.js';
import { Random } from '../../random.js';
import { synchronisedBatchNorm, synchronisedBatchNormBackward } from '../../synchronised.js';
import { batchNorm } from '../../transform.js';
import { distance, norm } from '../vectors.js';
import { brief, type Pitfall } from './pitfall.js';

const DECAY = 0.5;

/** Gamma after each of 100 steps of gradient descent that should find gamma = 2 and beta = 3. */
function learnedGamma(buggy: boolean, seed: number): number[] {
  const random = new Random(seed);
  const xHat = batchNorm(
    Float64Array.from({ length: 64 }, () => random.normal()),
    64,
    1,
  ).y;
  const target = xHat.map((value) => 2 * value + 3);
  let [gamma, beta] = [1, 0];
  return Array.from({ length: 100 }, () => {
    // mean squared error, and with the bug a penalty of DECAY/2 (gamma² + beta²)
    let [dGamma, dBeta] = buggy ? [DECAY * gamma, DECAY * beta] : [0, 0];
    for (let i = 0; i < 64; i++) {
      const error = (2 * (gamma * xHat[i] + beta - target[i])) / 64;
      dGamma += error * xHat[i];
      dBeta += error;
    }
    gamma -= 0.1 * dGamma;
    beta -= 0.1 * dBeta;
    return gamma;
  });
}

export const decayOnGamma: Pitfall = {
  room: 'training',
  bug: 'Weight decay is applied to every parameter, γ and β too.',
  symptom:
    'On weights before a BN decay only changes the effective rate; on γ and β it pulls the layer’s output to 0, and the network is weaker than it should be.',
  test: 'A target that needs γ = 2 must be reached to within 1 %.',
  curves: (seed) => {
    const [right, buggy] = [learnedGamma(false, seed), learnedGamma(true, seed)];
    return {
      x: 'step',
      y: 'γ (target: 2)',
      points: right.map((value, i) => ({ at: i + 1, right: value, buggy: buggy[i] })),
    };
  },
  check: (buggy, seed) => {
    const found = learnedGamma(buggy, seed)[99];
    return { passes: Math.abs(found - 2) < 0.02, found: `γ ends at ${brief(found)}, expected 2` };
  },
};

/**
 * How far the gradient of a minibatch of 32 is from the true one, as a share of it, when it is computed in `parts` parts.
 * The bug lets each part use its own statistics; right are statistics over all 32, as synchronised BN takes them.
 */
function accumulationError(buggy: boolean, parts: number, seed: number): number {
  const random = new Random(seed);
  const x = Float64Array.from({ length: 32 }, () => random.normal());
  const target = Float64Array.from({ length: 32 }, () => random.normal());
  const errors = (y: ArrayLike<number>, from: number) =>
    Float64Array.from(y, (value, i) => value - target[from + i]);
  const whole = batchNorm(x, 32, 1);
  const truth = batchNormBackward(errors(whole.y, 0), whole).dx;
  const size = 32 / parts;
  const shards = Array.from({ length: parts }, (_, k) => ({ x: x.slice(k * size, (k + 1) * size), m: size }));
  let found: number[];
  if (buggy) {
    found = shards.flatMap((shard, k) => {
      const own = batchNorm(shard.x, size, 1);
      return Array.from(batchNormBackward(errors(own.y, k * size), own).dx);
    });
  } else {
    const together = synchronisedBatchNorm(shards, 1);
    const dys = together.shards.map(({ y }, k) => errors(y, k * size));
    found = synchronisedBatchNormBackward(dys, together).dx.flatMap((dx) => Array.from(dx));
  }
  return distance(truth, found) / norm(truth);
}

export const gradientAccumulation: Pitfall = {
  room: 'training',
  bug: 'A minibatch of 32 does not fit into memory, so the gradients of 4 parts of 8 are added up, and this is taken for a minibatch of 32.',
  symptom:
    'Without BN that is exact. With BN each part is normalised with the statistics of 8: it trains like m = 8.',
  test: 'The gradient in 4 parts must equal that of all 32 at once, to rounding.',
  curves: (seed) => ({
    x: 'parts of a minibatch of 32',
    y: 'error of the gradient, as a share of it',
    points: [1, 2, 4, 8, 16].map((parts) => ({
      at: parts,
      right: accumulationError(false, parts, seed),
      buggy: accumulationError(true, parts, seed),
    })),
  }),
  check: (buggy, seed) => {
    const found = accumulationError(buggy, 4, seed);
    return { passes: found < 1e-9, found: `it is off by ${(100 * found).toFixed(1)} %` };
  },
};
