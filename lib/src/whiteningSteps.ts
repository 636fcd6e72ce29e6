/**
 * Whitening in steps that can be drawn one at a time, as in LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998),
 * section 4.3: mean removal, decorrelation by principal components (PCA), covariance equalisation. Each step is fitted
 * to the examples it is given, and is affine:
 *
 *   y = (x - shift) A,   x = y A^-1 + shift
 *
 * (The paper this library is about cites the three as what is known to help: section 2.)
 */
import {
  checkCount,
  checkEpsilon,
  checkFinite,
  checkMatrix,
  checkOptions,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { covarianceMatrix } from './covariance.js';
import { diagonal, product, transpose } from './matrix.js';
import { type SymmetricEigen, symmetricEigen, symmetricFunction } from './symmetricEigen.js';
import { columnMoments } from './transform.js';
import { decompose, type WhiteningOptions } from './whitening.js';

/** An affine map fitted to examples, with its inverse. */
export interface WhiteningStep {
  readonly name:
    | 'mean removal'
    | 'PCA decorrelation'
    | 'covariance equalisation'
    | 'PCA whitening'
    | 'ZCA whitening';
  readonly d: number;
  /** What is subtracted first, d numbers: the mean, or zeros. */
  readonly shift: Float64Array;
  /** A, d x d, row-major. Examples are rows, so A stands on the right. */
  readonly matrix: Float64Array;
  /** A^-1, d x d. */
  readonly inverseMatrix: Float64Array;
  /** For the steps that turn the axes: principal directions, and the variance (plus epsilon) along each. */
  readonly eigen?: SymmetricEigen;
  /** y = (x - shift) A for any m examples, those it was fitted to or others. */
  forward(x: Numbers, m: number): FloatArray;
  /** x = y A^-1 + shift */
  inverse(y: Numbers, m: number): FloatArray;
}

/**
 * Mean removal: y = x - E[x].
 * @param x m x d, row-major
 * @throws RangeError for wrong lengths, NaN or infinite input
 *
 * @example
 * const step = meanRemoval([1, 10, 3, 30], 2, 2);
 * console.log(step.forward([1, 10, 3, 30], 2).join()); // prints -1,-10,1,10
 */
export function meanRemoval(x: Numbers, m: number, d: number): WhiteningStep {
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  const ones = new Float64Array(d).fill(1);
  return step('mean removal', columnMoments(x, m, d).mean, diagonal(ones), diagonal(ones));
}

/**
 * Decorrelation by principal components: y = x V, where column a of V is the a-th eigenvector of Cov[x], the one with
 * the largest variance first. V is a rotation (and a reflection, perhaps): lengths and angles stay, and the covariance
 * of y is diagonal. The origin stays too, so remove the mean first.
 *
 * @param x m x d, row-major
 * @throws RangeError for wrong lengths, NaN or infinite input
 *
 * @example
 * const x = [2, 2, -2, -2, 1, -1, -1, 1];
 * const y = pcaDecorrelation(x, 4, 2).forward(x, 4);
 * console.log(covarianceMatrix(y, 4, 2).covariance.map((v) => Math.round(v)).join()); // prints 4,0,0,1
 */
export function pcaDecorrelation(x: Numbers, m: number, d: number): WhiteningStep {
  const eigen = symmetricEigen(covarianceMatrix(x, m, d).covariance, d);
  return step('PCA decorrelation', new Float64Array(d), eigen.vectors, transpose(eigen.vectors, d, d), eigen);
}

/**
 * Covariance equalisation: y(i,j) = x(i,j) / sqrt(Var[x(.,j)] + epsilon), one scale for each feature, about the origin.
 * After decorrelation this makes the covariance I; without it, only the diagonal becomes 1, and BN stops there.
 *
 * @param x m x d, row-major
 * @throws RangeError for wrong lengths, NaN or infinite input, or epsilon = 0 with a constant feature
 *
 * @example
 * const step = covarianceEqualisation([3, 10, -3, -10], 2, 2);
 * console.log(step.forward([3, 10, -3, -10], 2).join()); // prints 1,1,-1,-1
 */
export function covarianceEqualisation(
  x: Numbers,
  m: number,
  d: number,
  options: WhiteningOptions = {},
): WhiteningStep {
  checkOptions('covarianceEqualisation', options, ['epsilon']);
  checkMatrix('x', x, m, d);
  checkFinite('x', x, d);
  const { epsilon = 0 } = options;
  checkEpsilon(epsilon);
  const deviation = columnMoments(x, m, d).variance.map((value, j) => {
    if (value + epsilon > 0) {
      return Math.sqrt(value + epsilon);
    }
    throw new RangeError(
      `epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ${j}`,
    );
  });
  const inverse = deviation.map((value) => 1 / value);
  return step('covariance equalisation', new Float64Array(d), diagonal(inverse), diagonal(deviation));
}

/**
 * All three steps in one: y = (x - mean) V diag(lambda + epsilon)^(-1/2). The axes of y are the principal directions.
 *
 * @param x m x d, row-major
 * @throws RangeError as `whiten` does: a singular covariance needs an epsilon above 0
 *
 * @example
 * const x = [2, 2, -2, -2, 1, -1, -1, 1];
 * const step = pcaWhitening(x, 4, 2);
 * console.log(covarianceMatrix(step.forward(x, 4), 4, 2).covariance.map((v) => Math.round(v)).join()); // prints 1,0,0,1
 */
export function pcaWhitening(
  x: Numbers,
  m: number,
  d: number,
  options: WhiteningOptions = {},
): WhiteningStep {
  checkOptions('pcaWhitening', options, ['epsilon']);
  const { mean, eigen } = decompose(x, m, d, options.epsilon);
  const roots = eigen.values.map(Math.sqrt);
  const matrix = eigen.vectors.map((value, pa) => value / roots[pa % d]);
  const inverse = transpose(eigen.vectors, d, d).map((value, ap) => value * roots[Math.floor(ap / d)]);
  return step('PCA whitening', mean, matrix, inverse, eigen);
}

/**
 * ZCA whitening: y = (x - mean) Cov^(-1/2) with the symmetric root V diag(lambda + epsilon)^(-1/2) V^T, which turns the
 * axes back: of all whitened versions y is the one nearest to x. It is what `whiten` computes as a layer.
 *
 * @param x m x d, row-major
 * @throws RangeError as `whiten` does: a singular covariance needs an epsilon above 0
 *
 * @example
 * const x = [2, 2, -2, -2, 1, -1, -1, 1];
 * const step = zcaWhitening(x, 4, 2);
 * const back = step.inverse(step.forward(x, 4), 4);
 * console.log(back.map((v) => Math.round(v)).join()); // prints 2,2,-2,-2,1,-1,-1,1
 */
export function zcaWhitening(
  x: Numbers,
  m: number,
  d: number,
  options: WhiteningOptions = {},
): WhiteningStep {
  checkOptions('zcaWhitening', options, ['epsilon']);
  const { mean, eigen } = decompose(x, m, d, options.epsilon);
  const matrix = symmetricFunction(eigen, (value) => 1 / Math.sqrt(value));
  return step('ZCA whitening', mean, matrix, symmetricFunction(eigen, Math.sqrt), eigen);
}

function step(
  name: WhiteningStep['name'],
  shift: Float64Array,
  matrix: Float64Array,
  inverseMatrix: Float64Array,
  eigen?: SymmetricEigen,
): WhiteningStep {
  const d = shift.length;
  return {
    ...{ name, d, shift, matrix, inverseMatrix, eigen },
    forward(x, m) {
      checkCount('m', m);
      checkMatrix('x', x, m, d);
      checkFinite('x', x, d);
      const centred = Float64Array.from({ length: m * d }, (_, ij) => x[ij] - shift[ij % d]);
      return stored(x, product(centred, matrix, m, d, d));
    },
    inverse(y, m) {
      checkCount('m', m);
      checkMatrix('y', y, m, d);
      checkFinite('y', y, d);
      const centred = product(Float64Array.from(y), inverseMatrix, m, d, d);
      return stored(
        y,
        centred.map((value, ij) => value + shift[ij % d]),
      );
    },
  };
}

/** The numbers in the kind of array that `like` is; they were computed in float64. */
function stored(like: Numbers, values: Float64Array): FloatArray {
  const result = zerosLike(like, values.length);
  result.set(values);
  return result;
}
