/**
 * What the BN transform does, in numbers (Ioffe and Szegedy 2015, sections 3 and 3.3): statistics before and after,
 * identity recovery, the bias that it cancels, the scale of the weights that it does not notice, and the part of the
 * sigmoid that a normalised input sees.
 */
import { sigmoid } from '../activations.js';
import { batchNormBackward } from '../backward.js';
import { checkCount, checkOptions, checkPositive } from '../check.js';
import { dense, denseBackward } from '../dense.js';
import { Random } from '../random.js';
import { batchNorm, columnMoments, DEFAULT_EPSILON } from '../transform.js';
import { largestDifference, meanOf, norm } from './vectors.js';

/** What `transformStudy` can be told. */
export interface TransformStudyConfig {
  /** Left out: 1. */
  seed?: number;
  /** Examples in the minibatch. Left out: 100. */
  m?: number;
  /** Features. Left out: 8. */
  d?: number;
  /** The factors a of BN((aW)u). Left out: 0.001 to 1000. */
  scales?: number[];
  /** The gammas of a sigmoid's input. Left out: 0.25 to 16. */
  gammas?: number[];
  /** Left out: 1e-5. */
  epsilon?: number;
}

/** Mean and standard deviation of each feature. */
export interface FeatureMoments {
  mean: number[];
  std: number[];
}

/** What multiplying the weights by a does. */
export interface ScaleEffect {
  a: number;
  /** Largest |BN((aW)x) - BN(Wx)|. */
  outputChange: number;
  /** |dl/d(aW)| / |dl/dW|: 1/a, says section 3.3. */
  gradientRatio: number;
  /** |dl/dx at aW| / |dl/dx at W|: 1. */
  inputGradientRatio: number;
}

/** How straight the sigmoid is for normal inputs of standard deviation gamma. */
export interface SigmoidPart {
  gamma: number;
  /** Share of the output's variance that the best straight line explains, from 0 to 1. */
  linearShare: number;
  /** Mean of g': 1/4 where the sigmoid is not saturated. */
  slope: number;
}

/** What `transformStudy` gives back. */
export interface TransformStudyResult {
  config: Required<TransformStudyConfig>;
  before: FeatureMoments;
  after: FeatureMoments;
  /** Largest |y - x| with gamma = sqrt(variance + epsilon) and beta = mean. */
  identityError: number;
  /** Largest |BN(xW + b) - BN(xW)|, with biases of standard deviation 3. */
  biasChange: number;
  /** Largest |dl/db|, beside the largest |dl/dbeta|, which takes over its role. */
  biasGradient: number;
  betaGradient: number;
  scales: ScaleEffect[];
  sigmoid: SigmoidPart[];
}

/**
 * Runs the transform on u = xW, with features of very different scales and means, under the loss
 * l = (1/2m) sum (y - t)^2 with random targets. Reference code, float64; all draws come from the seed.
 *
 * @throws RangeError or TypeError for options that cannot work
 *
 * @example
 * const { after, identityError, scales } = transformStudy({ scales: [4] });
 * console.log(Math.max(...after.mean.map(Math.abs)) < 1e-12, identityError < 1e-12); // prints true true
 * console.log(scales[0].gradientRatio.toFixed(3)); // prints 0.250
 */
export function transformStudy(config: TransformStudyConfig = {}): TransformStudyResult {
  checkOptions('transformStudy', config, ['seed', 'm', 'd', 'scales', 'gammas', 'epsilon']);
  const {
    seed = 1,
    m = 100,
    d = 8,
    scales = [-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3].map((power) => 10 ** power),
    gammas = [0.25, 0.5, 1, 2, 4, 8, 16],
    epsilon = DEFAULT_EPSILON,
  } = config;
  checkCount('m', m, 2);
  checkCount('d', d);
  for (const a of scales) checkPositive('scales', a);
  for (const gamma of gammas) checkPositive('gammas', gamma);
  checkPositive('epsilon', epsilon);
  const random = new Random(seed);
  const draw = (count: number, std = 1): Float64Array =>
    Float64Array.from({ length: count }, () => std * random.normal());
  const inputs = 2 * d;
  const x = draw(m * inputs);
  // Each feature has a scale and a mean of its own, as a layer's inputs do while the layers below learn.
  const featureScale = Float64Array.from({ length: d }, () => 10 ** (random.uniform() - 0.3));
  const offset = draw(d, 3);
  const weights = draw(inputs * d, 1 / Math.sqrt(inputs)).map((w, pj) => w * featureScale[pj % d]);
  const bias = draw(d, 3);
  const target = draw(m * d);

  const shifted = dense(x, weights, offset, m, inputs, d);
  const { mean, variance } = columnMoments(shifted, m, d);
  const y = batchNorm(shifted, m, d, { epsilon }).y;
  const identity = batchNorm(shifted, m, d, {
    gamma: variance.map((v) => Math.sqrt(v + epsilon)),
    beta: mean,
    epsilon,
  });
  const through = (w: Float64Array, b: Float64Array | null) => {
    const forward = batchNorm(dense(x, w, b, m, inputs, d), m, d, { epsilon });
    const dy = forward.y.map((value, ij) => (value - target[ij]) / m);
    const { dx: du, dBeta } = batchNormBackward(dy, forward);
    return { forward, dBeta, ...denseBackward(du, x, w, m, inputs, d) };
  };
  const plain = through(weights, null);
  const biased = through(weights, bias);
  return {
    config: { seed, m, d, scales, gammas, epsilon },
    before: moments(shifted, m, d),
    after: moments(y, m, d),
    identityError: largestDifference(identity.y, shifted),
    biasChange: largestDifference(biased.forward.y, plain.forward.y),
    biasGradient: largest(biased.dBias),
    betaGradient: largest(biased.dBeta),
    scales: scales.map((a) => {
      const scaled = through(
        weights.map((w) => a * w),
        null,
      );
      return {
        a,
        outputChange: largestDifference(scaled.forward.y, plain.forward.y),
        gradientRatio: norm(scaled.dWeights) / norm(plain.dWeights),
        inputGradientRatio: norm(scaled.dx ?? []) / norm(plain.dx ?? []),
      };
    }),
    sigmoid: gammas.map((gamma) => sigmoidPart(gamma, random.fork('sigmoid'))),
  };
}

const largest = (values: ArrayLike<number>): number =>
  largestDifference(values, new Float64Array(values.length));

function moments(values: ArrayLike<number>, m: number, d: number): FeatureMoments {
  const { mean, variance } = columnMoments(Float64Array.from(values), m, d);
  return { mean: [...mean], std: [...variance].map(Math.sqrt) };
}

/** The best straight line through g(u) for u normal with standard deviation gamma, by least squares. */
function sigmoidPart(gamma: number, random: Random): SigmoidPart {
  const u = Float64Array.from({ length: 4000 }, () => gamma * random.normal());
  const g = u.map(sigmoid);
  const [meanU, meanG] = [meanOf(u), meanOf(g)];
  let covariance = 0;
  let varianceU = 0;
  let varianceG = 0;
  for (let i = 0; i < u.length; i++) {
    covariance += (u[i] - meanU) * (g[i] - meanG);
    varianceU += (u[i] - meanU) ** 2;
    varianceG += (g[i] - meanG) ** 2;
  }
  return {
    gamma,
    linearShare: covariance ** 2 / (varianceU * varianceG),
    slope: meanOf(g.map((value) => value * (1 - value))),
  };
}
