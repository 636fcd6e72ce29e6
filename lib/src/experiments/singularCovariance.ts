/**
 * Why a minibatch is too small to whiten with (Ioffe and Szegedy 2015, section 3): the eigenvalues of the covariance
 * that m examples give, against the number of features. From d = m on it has no inverse.
 */
import { checkCount, checkOptions } from '../check.js';
import { covarianceMatrix } from '../covariance.js';
import { Random } from '../random.js';
import { symmetricEigen } from '../symmetricEigen.js';
import { whiten } from '../whitening.js';

/** What `singularCovariance` can be told. */
export interface SingularCovarianceConfig {
  /** Examples in the minibatch. Left out: 60, the paper's. */
  m?: number;
  /** Numbers of features. Left out: from 1 to 100, around m more closely. */
  features?: number[];
  /** Left out: 1, 2, 3. */
  seeds?: number[];
}

/** The covariance that m examples of d features show. */
export interface SpectrumPoint {
  d: number;
  /** Smallest and largest eigenvalue of the covariance, for each seed. All would be 1 without end of examples. */
  smallest: number[];
  largest: number[];
  /** What `whiten` with epsilon = 0 says to these examples; null where it whitens them. */
  refusal: string | null;
}

/** What `singularCovariance` gives back. */
export interface SingularCovarianceResult {
  config: Required<SingularCovarianceConfig>;
  points: SpectrumPoint[];
}

/**
 * Draws m examples of d independent normal features, whose true covariance is I, and looks at the one they show. Its
 * eigenvalues spread to (1 - sqrt(d/m))^2 and (1 + sqrt(d/m))^2 (Marchenko and Pastur 1967), so that whitening
 * magnifies what is noise; with d >= m the smallest is 0, and whitening is refused.
 *
 * @throws TypeError for an unknown option, RangeError for m below 2, no seed, or a number of features below 1
 *
 * @example
 * const { points } = singularCovariance({ m: 10, features: [2, 9, 10], seeds: [1] });
 * console.log(points.map(({ refusal }) => refusal === null).join()); // prints true,true,false
 */
export function singularCovariance(config: SingularCovarianceConfig = {}): SingularCovarianceResult {
  checkOptions('singularCovariance', config, ['m', 'features', 'seeds']);
  const { m = 60, seeds = [1, 2, 3] } = config;
  checkCount('m', m, 2);
  const {
    features = [1, m / 12, m / 6, m / 3, m / 2, (2 * m) / 3, (5 * m) / 6, m - 1, m, 1.25 * m, (5 * m) / 3],
  } = config;
  const whole = config.features ?? [...new Set(features.map((d) => Math.max(1, Math.round(d))))];
  checkCount('the number of features to try', whole.length);
  checkCount('the number of seeds', seeds.length);
  const points = whole.map((d): SpectrumPoint => {
    checkCount('each of features', d);
    const point: SpectrumPoint = { d, smallest: [], largest: [], refusal: null };
    for (const seed of seeds) {
      const random = new Random(seed).fork(`d = ${d}`);
      const x = Float64Array.from({ length: m * d }, () => random.normal());
      const { values } = symmetricEigen(covarianceMatrix(x, m, d).covariance, d);
      point.smallest.push(values[d - 1]);
      point.largest.push(values[0]);
      point.refusal ??= refusalOf(x, m, d);
    }
    return point;
  });
  return { config: { m, features: whole, seeds }, points };
}

function refusalOf(x: Float64Array, m: number, d: number): string | null {
  try {
    whiten(x, m, d);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
