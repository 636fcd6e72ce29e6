import { meanOf } from '../experiments/vectors.js';
import { diagonal, product } from '../matrix.js';
import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes examples, each a list of features; returns them with the mean removed. */
export type RemoveMean = (examples: number[][]) => number[][];

const EXAMPLES = [
  [1, 10, 5],
  [3, 30, 5],
  [8, 20, 5],
  [4, 60, 9],
];

/**
 * Checks the exercise of lecture 04: mean removal takes the mean of each feature over the examples.
 *
 * @example
 * console.log(checkRemoveMean((examples) => examples).passed); // prints false
 */
export function checkRemoveMean(removeMean: RemoveMean): Verdict {
  const feature = (j: number) => EXAMPLES.map((example) => example[j]);
  const by = (shift: (value: number, i: number, j: number) => number) =>
    EXAMPLES.flatMap((example, i) => example.map((value, j) => shift(value, i, j)));
  return judgeList(
    () => removeMean(EXAMPLES.map((example) => [...example])).flat(),
    by((value, _, j) => value - meanOf(feature(j))),
    [
      { gives: EXAMPLES.flat(), say: 'Those are the examples as they came: subtract a mean.' },
      {
        gives: by((value, i) => value - meanOf(EXAMPLES[i])),
        say: 'That is the mean of each example over its features. Take each feature’s mean over the examples.',
      },
      {
        gives: by((value) => value - meanOf(EXAMPLES.flat())),
        say: 'That is one mean of all numbers. Each feature has a mean of its own.',
      },
      {
        gives: by((value, _, j) => value + meanOf(feature(j))),
        say: 'The right mean, added: subtract it.',
        worth: 0.5,
      },
      {
        gives: by((value, _, j) => value / meanOf(feature(j))),
        say: 'The right mean, but divided by: subtract it.',
        worth: 0.5,
      },
      {
        gives: by((value, _, j) => value - feature(j).reduce((sum, v) => sum + v, 0)),
        say: 'That subtracts the sum: divide it by the number of examples.',
        worth: 0.5,
      },
    ],
    'One mean for each feature, over the examples.',
  );
}

/** Takes the variances along the principal axes and epsilon; returns by what each axis is multiplied. */
export type EqualisingFactors = (variances: number[], epsilon: number) => number[];

/**
 * Checks the exercise of lecture 04: covariance equalisation multiplies each axis by 1 / sqrt(variance + epsilon).
 *
 * @example
 * console.log(checkEqualise((variances) => variances.map(() => 1)).passed); // prints false
 */
export function checkEqualise(factors: EqualisingFactors): Verdict {
  const [variances, epsilon] = [[9, 1, 0.25, 0], 0.01];
  const of = (formula: (variance: number) => number) => variances.map(formula);
  return judgeList(
    () => factors([...variances], epsilon),
    of((v) => 1 / Math.sqrt(v + epsilon)),
    [
      { gives: of(() => 1), say: 'That changes nothing: a wide axis must shrink, a narrow one grow.' },
      {
        gives: of((v) => 1 / (Math.sqrt(v) + epsilon)),
        say: 'ε stands outside the root there; it is added to the variance, under the root.',
        worth: 0.5,
      },
      {
        gives: of((v) => 1 / (v + epsilon)),
        say: 'That divides by the variance. A factor of the axis enters the variance squared: take the root.',
        worth: 0.5,
      },
      {
        gives: of((v) => Math.sqrt(v + epsilon)),
        say: 'That makes wide axes wider: it is the factor that undoes the step.',
      },
      {
        gives: of((v) => 1 - v),
        say: 'A variance is changed by a factor, not by a difference.',
      },
    ],
    'After it every axis has variance v / (v + ε), which is 1 unless v is about as small as ε.',
  );
}

/** Takes a 2 x 2 covariance as four numbers, row by row; says whether it is that of whitened features. */
export type IsWhitened = (covariance: number[]) => boolean;

/**
 * Checks the exercise of lecture 04: whitened means that the covariance is the identity, so decorrelated too.
 *
 * @example
 * console.log(checkIsWhitened(([a, , , d]) => a === 1 && d === 1).passed); // prints false
 */
export function checkIsWhitened(isWhitened: IsWhitened): Verdict {
  const covariances = [
    [1, 0, 0, 1],
    [1, 0.8, 0.8, 1],
    [4, 0, 0, 0.25],
    [1, -0.5, -0.5, 1],
    [2, 1, 1, 2],
    [2, 0, 0, 2],
    [1, 0, 0, 1],
  ];
  const of = (formula: IsWhitened) => covariances.map((covariance) => Number(formula(covariance)));
  return judgeList(
    () => of((covariance) => isWhitened([...covariance])),
    of(([a, b, c, d]) => a === 1 && b === 0 && c === 0 && d === 1),
    [
      {
        gives: of(([a, , , d]) => a === 1 && d === 1),
        say: 'Variance 1 is not enough: whitened means decorrelated too, so the numbers beside the diagonal are 0.',
        worth: 0.5,
      },
      {
        gives: of(([, b, c]) => b === 0 && c === 0),
        say: 'That is decorrelated. Whitened means variance 1 on each axis, too.',
        worth: 0.5,
      },
      {
        gives: of(([a, b, c, d]) => b === 0 && c === 0 && a === d),
        say: 'Equal variances are not enough: they must be 1.',
        worth: 0.5,
      },
      {
        gives: of(([a, b, c, d]) => a * d - b * c === 1),
        say: 'A determinant of 1 is not enough: 4 · 0.25 is 1 too, and that cloud is not round.',
      },
      { gives: of(() => true), say: 'That takes every covariance: some of them are not the identity.' },
      { gives: of(() => false), say: 'That takes none, and two of them are the identity.' },
    ],
    'Mean 0 and the identity as covariance: variance 1 and no correlation. BN keeps only the first half.',
  );
}

/**
 * Checks the exercise of lecture 06: the Jacobian of one normalised example over the whole minibatch X has d rows and
 * m d columns: with d = 100 and m = 60 it has 600,000 numbers.
 *
 * @example
 * console.log(checkJacobianSize(10_000).passed); // prints false
 */
export function checkJacobianSize(numbers: number): Verdict {
  return judgeNumber(
    numbers,
    600_000,
    [
      {
        gives: 10_000,
        say: 'That is ∂Norm(x, X)/∂x, d × d. Every number of X moves the statistics: m d columns, not d.',
      },
      { gives: 6_000, say: 'Those are the numbers of X. How many outputs depend on each?', worth: 0.5 },
      {
        gives: 36_000_000,
        say: 'That is for all m outputs together: asked is that of one x, which has d numbers.',
        worth: 0.5,
      },
      { gives: 610_000, say: 'That counts both Jacobians: asked is the one over X.', worth: 0.5 },
      { gives: 160, say: 'The sides of a matrix multiply.' },
    ],
    'd × m d = 100 × 6000 for one example; for all 60 of them 36 million.',
    0.001,
  );
}

/**
 * Checks the exercise of lecture 06: the covariance of m examples has a rank of at most m - 1, so d = 100 features
 * need at least 101 examples.
 *
 * @example
 * console.log(checkExamplesNeeded(100).passed); // prints false
 */
export function checkExamplesNeeded(m: number): Verdict {
  return judgeNumber(
    m,
    101,
    [
      {
        gives: 100,
        say: 'Nearly: the mean is taken from the same examples, so m deviations have a sum of 0 and a rank of at most m − 1.',
        worth: 0.5,
      },
      { gives: 99, say: 'With 99 examples the deviations span 98 directions at most: 100 are needed.' },
      { gives: 200, say: 'That is enough, but fewer do.' },
      { gives: 2, say: 'That is what BN needs, which looks at each feature alone.' },
      { gives: 10_000, say: 'That is d²; the rank needs far fewer.' },
    ],
    'Rank at most m − 1, so m ≥ d + 1. And at just above it the smallest eigenvalue is still far too small.',
    0.001,
  );
}

/** Takes eigenvalues and eigenvectors (columns of V, d x d row by row) of a covariance, and epsilon. */
export type InverseRoot = (eigenvalues: number[], vectors: number[], epsilon: number) => number[];

/**
 * Checks the exercise of lecture 06: Cov^(-1/2) = V diag(1 / sqrt(lambda + epsilon)) V^T, for d = 2.
 *
 * @example
 * console.log(checkInverseRoot((_, vectors) => vectors).passed); // prints false
 */
export function checkInverseRoot(inverseRoot: InverseRoot): Verdict {
  const [eigenvalues, vectors, epsilon] = [[8.75, 0.75], [0.8, -0.6, 0.6, 0.8], 0.25];
  const [a, b, c, d] = vectors;
  const by = (scale: (lambda: number) => number, left = [a, b, c, d], right = [a, c, b, d]) => {
    const axes = diagonal(Float64Array.from(eigenvalues, scale));
    return [...product(product(Float64Array.from(left), axes, 2, 2, 2), Float64Array.from(right), 2, 2, 2)];
  };
  const right = (lambda: number) => 1 / Math.sqrt(lambda + epsilon);
  const identity = [1, 0, 0, 1];
  return judgeList(
    () => inverseRoot([...eigenvalues], [...vectors], epsilon),
    by(right),
    [
      {
        gives: by((lambda) => 1 / (lambda + epsilon)),
        say: 'That is Cov⁻¹, with eigenvalues 1/λ. The root of it has 1/√λ.',
        worth: 0.5,
      },
      {
        gives: by((lambda) => Math.sqrt(lambda + epsilon)),
        say: 'That is Cov^½: it colours what is white. Take 1 over the roots.',
        worth: 0.5,
      },
      {
        gives: by((lambda) => 1 / (Math.sqrt(lambda) + epsilon)),
        say: 'ε stands outside the root there; it is added to the eigenvalues, under the root.',
        worth: 0.5,
      },
      {
        gives: by(right, [a, c, b, d], [a, b, c, d]),
        say: 'That is Vᵀ D V. The eigenvectors are the columns of V: V D Vᵀ.',
        worth: 0.5,
      },
      {
        gives: by(right, [a, b, c, d], identity),
        say: 'That is V D, PCA whitening: the last rotation back, by Vᵀ, is missing.',
        worth: 0.5,
      },
      {
        gives: by(right, identity, identity),
        say: 'Those are the factors along the principal axes: turn to these axes and back, V D Vᵀ.',
      },
      { gives: by((lambda) => lambda), say: 'That is the covariance itself: take 1/√λ of each eigenvalue.' },
    ],
    'A function of a symmetric matrix is that function of its eigenvalues, on the same axes.',
  );
}
