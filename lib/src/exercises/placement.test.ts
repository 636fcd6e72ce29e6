import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { batchNorm } from '../transform.js';
import { checkAfterRelu, checkReluMean, checkUselessBias, type UnitOverMinibatch } from './placement.js';

const relu = (values: number[]) => values.map((v) => Math.max(0, v));
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const bn = (values: number[], epsilon = 1e-5, divisor = values.length) => {
  const centred = values.map((v) => v - mean(values));
  const variance = centred.reduce((a, c) => a + c * c, 0) / divisor;
  return centred.map((c) => c / Math.sqrt(variance + epsilon));
};

exercise<UnitOverMinibatch>(
  'checkAfterRelu',
  checkAfterRelu,
  [(u) => bn(relu(u)), (u) => [...batchNorm(relu(u), u.length, 1).y]],
  [
    [(u) => relu(bn(u)), /That is BN before/],
    [relu, /ReLU alone/],
    [bn, /BN alone/],
    [(u) => relu(bn(relu(u))), /cut twice/],
    [(u) => bn(relu(u), 0), /ε = 1e-5 is missing/],
    [(u) => bn(relu(u), 1e-5, u.length - 1), /not by m − 1/],
    [(u) => u, /Not yet/],
    [() => [1], /Return 6 numbers/],
    [throwing, /threw: not written yet/],
  ],
);

exercise(
  'checkUselessBias',
  checkUselessBias,
  ['before', ' Before '],
  [
    ['after', /too late/],
    ['both', /In one of the two places g stands/],
    ['neither', /right away/],
    ['?', /found '\?'/],
  ],
);

exercise(
  'checkReluMean',
  checkReluMean,
  [1 / Math.sqrt(2 * Math.PI), 0.4, 0.399],
  [
    [0, /balances/],
    [0.5, /share of positive/],
    [0.798, /mean of \|x\|/],
    [Math.sqrt(0.5 - 1 / (2 * Math.PI)), /standard deviation/],
    [Math.sqrt(0.5), /mean square/],
    [0.1995, /halve once more/],
    [3, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);
