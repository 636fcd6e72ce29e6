import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { checkHeStd, checkNormalisedStd, checkRateForScale, type NormalisedStd } from './initialisation.js';

exercise<NormalisedStd>(
  'checkNormalisedStd',
  checkNormalisedStd,
  [
    (v, e) => Math.sqrt(v / (v + e)),
    (v, e) => Math.sqrt(v) / Math.sqrt(v + e),
    (v, e) => (1 + e / v) ** -0.5,
  ],
  [
    [(v) => (v > 0 ? 1 : 0), /Exactly 1 it would be without ε/],
    [(v, e) => v / (v + e), /the variance of x̂: take the root/],
    [(v, e) => Math.sqrt(v) / (Math.sqrt(v) + e), /outside the root/],
    [(v, e) => v / Math.sqrt(v + e), /numerator is the variance/],
    [(v, e) => 1 / Math.sqrt(v + e), /what x is multiplied by/],
    [(v, e) => Math.sqrt(v + e), /what BN divides by/],
    [(v) => Math.sqrt(v), /before BN divides/],
    [(v, e) => v + e, /Not yet/],
    [() => Number.NaN, /finite/],
    [throwing, /threw: not written yet/],
  ],
);

exercise(
  'checkRateForScale',
  checkRateForScale,
  [100, 10 ** 2],
  [
    [10, /as long as it was/],
    [1, /the gradient does/],
    [0.1, /worse/],
    [0.01, /other way round/],
    [1000, /One factor too many/],
    [20, /multiply/],
    [7, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);

exercise(
  'checkHeStd',
  checkHeStd,
  [0.2, Math.sqrt(2 / 50)],
  [
    [1 / Math.sqrt(50), /without a ReLU/],
    [2 / 50, /variance: take the root/],
    [Math.sqrt(2 / 200), /counts the units/],
    [Math.sqrt(2 / 250), /Xavier/],
    [2 / Math.sqrt(50), /inside the root/],
    [Math.sqrt(2), /Divide by the number/],
    [5, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);
