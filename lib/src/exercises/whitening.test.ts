import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { symmetricFunction } from '../symmetricEigen.js';
import {
  checkEqualise,
  checkExamplesNeeded,
  checkInverseRoot,
  checkIsWhitened,
  checkJacobianSize,
  checkRemoveMean,
  type EqualisingFactors,
  type InverseRoot,
  type IsWhitened,
  type RemoveMean,
} from './whitening.js';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;
const feature = (x: number[][], j: number) => x.map((row) => row[j]);

exercise<RemoveMean>(
  'checkRemoveMean',
  checkRemoveMean,
  [(x) => x.map((row) => row.map((v, j) => v - mean(feature(x, j))))],
  [
    [(x) => x, /as they came/],
    [(x) => x.map((row) => row.map((v) => v - mean(row))), /each example over its features/],
    [(x) => x.map((row) => row.map((v) => v - mean(x.flat()))), /one mean of all/],
    [(x) => x.map((row) => row.map((v, j) => v + mean(feature(x, j)))), /added/],
    [(x) => x.map((row) => row.map((v, j) => v / mean(feature(x, j)))), /divided by/],
    [(x) => x.map((row) => row.map((v, j) => v - sum(feature(x, j)))), /the sum/],
    [() => [], /Return 12 numbers/],
    [throwing, /threw: not written yet/],
  ],
);

exercise<EqualisingFactors>(
  'checkEqualise',
  checkEqualise,
  [(v, e) => v.map((one) => (one + e) ** -0.5)],
  [
    [(v) => v.map(() => 1), /changes nothing/],
    [(v, e) => v.map((one) => 1 / (Math.sqrt(one) + e)), /outside the root/],
    [(v, e) => v.map((one) => 1 / (one + e)), /divides by the variance/],
    [(v, e) => v.map((one) => Math.sqrt(one + e)), /wide axes wider/],
    [(v) => v.map((one) => 1 - one), /not by a difference/],
    [(v) => v.map((one) => 1 / Math.sqrt(one)), /must be finite/],
  ],
);

exercise<IsWhitened>(
  'checkIsWhitened',
  checkIsWhitened,
  [
    ([a, b, c, d]) => a === 1 && b === 0 && c === 0 && d === 1,
    (covariance) => covariance.every((v, i) => Math.abs(v - (i % 3 === 0 ? 1 : 0)) < 1e-9),
  ],
  [
    [([a, , , d]) => a === 1 && d === 1, /decorrelated too/],
    [([, b, c]) => b === 0 && c === 0, /variance 1 on each/],
    [([a, b, , d]) => b === 0 && a === d, /Equal variances/],
    [([a, b, c, d]) => a * d - b * c === 1, /determinant/],
    [() => true, /takes every/],
    [() => false, /takes none/],
  ],
);

exercise<number>(
  'checkJacobianSize',
  checkJacobianSize,
  [100 * 60 * 100],
  [
    [10_000, /d × d/],
    [6_000, /numbers of X/],
    [36_000_000, /all m outputs/],
    [610_000, /both Jacobians/],
    [160, /multiply/],
    [Number.NaN, /Put a number/],
  ],
);

exercise<number>(
  'checkExamplesNeeded',
  checkExamplesNeeded,
  [101],
  [
    [100, /m − 1/],
    [99, /98 directions/],
    [200, /fewer do/],
    [2, /each feature alone/],
    [10_000, /d²/],
    [Number.NaN, /Put a number/],
  ],
);

/** V D W of 2 x 2, D diagonal. */
const times = (v: number[], [s, t]: number[], w: number[]) => [
  v[0] * s * w[0] + v[1] * t * w[2],
  v[0] * s * w[1] + v[1] * t * w[3],
  v[2] * s * w[0] + v[3] * t * w[2],
  v[2] * s * w[1] + v[3] * t * w[3],
];
const turned = ([a, b, c, d]: number[]) => [a, c, b, d];
const root = (values: number[], e: number) => values.map((v) => 1 / Math.sqrt(v + e));

exercise<InverseRoot>(
  'checkInverseRoot',
  checkInverseRoot,
  [
    (values, v, e) => times(v, root(values, e), turned(v)),
    (values, v, e) => [
      ...symmetricFunction(
        { d: 2, values: Float64Array.from(values), vectors: Float64Array.from(v) },
        (lambda) => 1 / Math.sqrt(lambda + e),
      ),
    ],
  ],
  [
    [
      (values, v, e) =>
        times(
          v,
          values.map((one) => 1 / (one + e)),
          turned(v),
        ),
      /Cov⁻¹/,
    ],
    [
      (values, v, e) =>
        times(
          v,
          values.map((one) => Math.sqrt(one + e)),
          turned(v),
        ),
      /colours/,
    ],
    [
      (values, v, e) =>
        times(
          v,
          values.map((one) => 1 / (Math.sqrt(one) + e)),
          turned(v),
        ),
      /outside the root/,
    ],
    [(values, v, e) => times(turned(v), root(values, e), v), /Vᵀ D V/],
    [(values, v, e) => times(v, root(values, e), [1, 0, 0, 1]), /PCA whitening/],
    [(values, _, e) => times([1, 0, 0, 1], root(values, e), [1, 0, 0, 1]), /turn to these axes/],
    [(values, v) => times(v, values, turned(v)), /the covariance itself/],
  ],
);
