/**
 * The gradients of full whitening, Norm(x, X) = W (x - mu) with W = S^(-1/2), S = Cov[X] + epsilon I and mu = E[X]:
 * the two Jacobians of section 2 of Ioffe and Szegedy 2015, dNorm/dx and dNorm/dX, and backprop through the layer.
 *
 * The differential of W. In the basis of S = V diag(lambda) V^T every function of S has the differential
 *
 *   dW = V [F o (V^T dS V)] V^T,   F(a,b) = (f(lambda_a) - f(lambda_b)) / (lambda_a - lambda_b),   o element by element
 *
 * (Daleckii and Krein 1965; it solves the Sylvester equation dW W^-1 + W^-1 dW = -W dS W.) For f = 1/sqrt the quotient
 * can be divided out, so that equal eigenvalues, where it would be 0/0, need no case of their own:
 *
 *   F(a,b) = -1 / (sqrt(lambda_a) sqrt(lambda_b) (sqrt(lambda_a) + sqrt(lambda_b)))
 */
import {
  checkFinite,
  checkMatrix,
  checkOptions,
  checkVector,
  type FloatArray,
  type Numbers,
  zerosLike,
} from './check.js';
import { product, symmetricPart, transpose } from './matrix.js';
import type { SymmetricEigen } from './symmetricEigen.js';
import type { WhiteningResult } from './whitening.js';

/** Which paths of the gradient to leave out; the true gradient leaves out none. */
export interface WhiteningBackwardOptions {
  /** false: leave out the gradient that flows through the mean. Wrong, and shown in the lectures. */
  throughMean?: boolean;
  /** false: leave out the gradient that flows through the covariance. Wrong, and shown in the lectures. */
  throughCovariance?: boolean;
}

/** The gradient at every node that backprop through whitening passes. */
export interface WhiteningGradients {
  /** dl/dx, m x d: through all that depends on x. */
  readonly dx: FloatArray;
  /** dl/dW = (x - mean)^T dl/dy, d x d. */
  readonly dInverseRoot: Float64Array;
  /** dl/dCov, d x d and symmetric. */
  readonly dCovariance: Float64Array;
  /** dl/dmean, d numbers. */
  readonly dMean: Float64Array;
}

/** Both Jacobians of y = Norm(x, X) at one x. */
export interface WhiteningJacobians {
  /** Norm(x, X), d numbers. */
  readonly y: Float64Array;
  /** dNorm(x, X)/dx = W, d x d: row p is output p, column q is element q of x. */
  readonly dPoint: Float64Array;
  /** dNorm(x, X)/dX, m x d x d: number (i d + p) d + q is the derivative of output p by element q of example i. */
  readonly dSet: Float64Array;
}

/**
 * Backprop through whitening, for the whole minibatch in O(m d^2 + d^3), without the Jacobians:
 *
 *   dl/dW     = C^T dl/dy                          with C = x - mean
 *   dl/dCov   = V [F o (V^T sym(dl/dW) V)] V^T     with sym(A) = (A + A^T) / 2
 *   dl/dC     = dl/dy W + (2/m) C dl/dCov
 *   dl/dmean  = -sum_i dl/dC(i)
 *   dl/dx     = dl/dC + dl/dmean / m
 *
 * (The mean also enters the covariance, but there its share is sum_i C(i) = 0.) With d = 1 these are BN's.
 *
 * @param dy dl/dy, m x d
 * @param forward what `whiten` returned
 * @param options which paths to leave out; the true gradient leaves out none
 * @returns dx, float32 when dy is a Float32Array, and the gradients on the way, float64
 * @throws RangeError for a wrong length or NaN in dy, or a covariance so small that its gradient overflows
 *
 * @example
 * const forward = whiten([1, 2, 4], 3, 1);
 * const { dx } = whitenBackward([1, 0, 0], forward);
 * const bn = batchNormBackward([1, 0, 0], batchNorm([1, 2, 4], 3, 1, { epsilon: 0 }));
 * console.log(dx.every((g, i) => Math.abs(g - bn.dx[i]) < 1e-15)); // prints true
 */
export function whitenBackward(
  dy: Numbers,
  forward: WhiteningResult,
  options: WhiteningBackwardOptions = {},
): WhiteningGradients {
  checkOptions('whitenBackward', options, ['throughMean', 'throughCovariance']);
  const { m, d, centred, inverseRoot, eigen } = forward;
  checkMatrix('dy', dy, m, d);
  checkFinite('dy', dy, d);

  // y = C W: the way to W, and from W to the covariance
  const gradient = Float64Array.from(dy);
  const dInverseRoot = product(transpose(centred, m, d), gradient, d, m, d);
  const dCovariance = differentialOfInverseRoot(eigen, symmetricPart(dInverseRoot, d));

  // the two ways back to C
  const dCentred = product(gradient, inverseRoot, m, d, d);
  if (options.throughCovariance !== false) {
    const share = product(centred, dCovariance, m, d, d);
    for (let ij = 0; ij < m * d; ij++) {
      dCentred[ij] += (2 * share[ij]) / m;
    }
  }

  // C = x - mean
  const dMean = new Float64Array(d);
  for (let ij = 0; ij < m * d; ij++) {
    dMean[ij % d] -= dCentred[ij];
  }
  const dx = zerosLike(dy, m * d);
  const share = options.throughMean === false ? 0 : 1 / m;
  for (let ij = 0; ij < m * d; ij++) {
    dx[ij] = dCentred[ij] + share * dMean[ij % d];
  }
  return { dx, dInverseRoot, dCovariance, dMean };
}

/**
 * Both Jacobians of Norm(x, X) at a point x, as section 2 of the paper asks for. With c = x - mu and C(i) = X(i) - mu,
 * and hats for the same in the eigenbasis, cHat = V^T c:
 *
 *   dNorm/dx    = W
 *   dNorm/dX(i) = (1/m) (-W + V [diag(F (cHat o CHat(i))) + diag(CHat(i)) F diag(cHat)] V^T)
 *
 * The first term comes by way of the mean, the second by way of the covariance. When x is itself example k of X, as in
 * training, its total derivative is dNorm/dx + dNorm/dX(k). O(m d^3) operations and m d^2 numbers, for one x; a
 * layer would need them for each of its m outputs. This is the cost which the paper avoids.
 *
 * @param x the point, d numbers; it need not be one of X
 * @param forward what `whiten` returned for X
 * @throws RangeError for a wrong length, NaN in x, or when the second Jacobian would take above 2 GiB
 *
 * @example
 * const forward = whiten([1, 2, 4, 0, 3, 1], 3, 2);
 * const { dPoint, dSet } = whiteningJacobians([1, 1], forward);
 * console.log(dPoint.length, dSet.length); // prints 4 12
 */
export function whiteningJacobians(x: Numbers, forward: WhiteningResult): WhiteningJacobians {
  const { m, d, mean, centred, inverseRoot, eigen } = forward;
  checkVector('x', x, d);
  checkFinite('x', x, d);
  if (m * d * d * 8 > 2 ** 31) {
    throw new RangeError(
      `m*d*d must be at most 2^28 numbers (2 GiB), found ${m * d * d} (m = ${m}, d = ${d}): use fewer features, or ` +
        'whitenBackward, which needs no Jacobian',
    );
  }
  const { vectors } = eigen;
  const F = dividedDifferences(eigen);
  const point = Float64Array.from(x, (value, p) => value - mean[p]);
  const pointHat = product(point, vectors, 1, d, d);
  const centredHat = product(centred, vectors, m, d, d);
  const transposed = transpose(vectors, d, d);
  const dSet = new Float64Array(m * d * d);
  const inner = new Float64Array(d * d);
  for (let i = 0; i < m; i++) {
    for (let a = 0; a < d; a++) {
      let onDiagonal = 0;
      for (let b = 0; b < d; b++) {
        const product = F[a * d + b] * pointHat[b];
        inner[a * d + b] = centredHat[i * d + a] * product;
        onDiagonal += product * centredHat[i * d + b];
      }
      inner[a * d + a] += onDiagonal;
    }
    const block = product(product(vectors, inner, d, d, d), transposed, d, d, d);
    for (let pq = 0; pq < d * d; pq++) {
      dSet[i * d * d + pq] = (block[pq] - inverseRoot[pq]) / m;
    }
  }
  return { y: product(point, inverseRoot, 1, d, d), dPoint: inverseRoot.slice(), dSet };
}

/** V [F o (V^T A V)] V^T for a symmetric A: dW for A = dS, and, F being symmetric, dl/dS for A = sym(dl/dW). */
function differentialOfInverseRoot(eigen: SymmetricEigen, matrix: Float64Array): Float64Array {
  const { d, vectors } = eigen;
  const F = dividedDifferences(eigen);
  const transposed = transpose(vectors, d, d);
  const inBasis = product(product(transposed, matrix, d, d, d), vectors, d, d, d);
  const weighted = inBasis.map((value, ab) => F[ab] * value);
  return product(product(vectors, weighted, d, d, d), transposed, d, d, d);
}

/** F(a,b) = -1 / (ra rb (ra + rb)) with ra = sqrt(lambda_a): the divided differences of 1/sqrt, d x d. */
function dividedDifferences({ d, values }: SymmetricEigen): Float64Array {
  const roots = values.map(Math.sqrt);
  const smallest = roots[d - 1];
  if (!Number.isFinite(1 / (2 * smallest ** 3))) {
    throw new RangeError(
      `the gradient of whitening needs eigenvalues above 1e-205, found ${values[d - 1]}: scale x up, or give an epsilon`,
    );
  }
  return new Float64Array(d * d).map((_, ab) => {
    const [a, b] = [roots[Math.floor(ab / d)], roots[ab % d]];
    return -1 / (a * b * (a + b));
  });
}
