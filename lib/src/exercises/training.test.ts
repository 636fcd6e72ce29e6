import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { batchNorm } from '../transform.js';
import {
  type BNLayer,
  checkBNLayer,
  checkExtraParameters,
  checkSameTime,
  checkTrainingStep,
  type StepsInTheSameTime,
  type TrainingStep,
} from './training.js';

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((v) => (v - mean(values)) ** 2));
const hat = (values: readonly number[], divisor: number) => values.map((v) => (v - mean(values)) / divisor);

exercise<BNLayer>(
  'checkBNLayer',
  checkBNLayer,
  [
    ({ u, gamma, beta, epsilon }) =>
      hat(u, Math.sqrt(variance(u) + epsilon)).map((v) => sigmoid(gamma * v + beta)),
    ({ u, gamma, beta, epsilon }) =>
      Array.from(batchNorm(u, u.length, 1, { gamma: [gamma], beta: [beta], epsilon }).y, sigmoid),
  ],
  [
    [({ u }) => [...u], /as it came/],
    [
      ({ u, gamma, beta, epsilon }) => {
        const z = u.map(sigmoid);
        return hat(z, Math.sqrt(variance(z) + epsilon)).map((v) => gamma * v + beta);
      },
      /BN\(g\(u\)\)/,
    ],
    [
      ({ u, gamma, beta, epsilon }) =>
        hat(u, Math.sqrt(variance(u) + epsilon)).map((v) => gamma * sigmoid(v) + beta),
      /inside of the sigmoid/,
    ],
    [
      ({ u, gamma, beta, epsilon }) => hat(u, Math.sqrt(variance(u) + epsilon)).map((v) => gamma * v + beta),
      /activation g is still missing/,
    ],
    [({ u, epsilon }) => hat(u, Math.sqrt(variance(u) + epsilon)).map(sigmoid), /γ and β are missing/],
    [({ u }) => u.map(sigmoid), /without BN/],
    [
      ({ u, gamma, beta, epsilon }) =>
        hat(u, Math.sqrt(variance(u)) + epsilon).map((v) => sigmoid(gamma * v + beta)),
      /outside the root/,
    ],
    [
      ({ u, gamma, beta, epsilon }) => hat(u, variance(u) + epsilon).map((v) => sigmoid(gamma * v + beta)),
      /divides by the variance/,
    ],
    [() => [1, 2, 3, 4], /Not yet/],
    [throwing, /threw: not written yet/],
  ],
);

exercise<TrainingStep>(
  'checkTrainingStep',
  checkTrainingStep,
  [(p, g, rate) => [p.w - rate * g.w, p.gamma - rate * g.gamma, p.beta - rate * g.beta]],
  [
    [(p) => [p.w, p.gamma, p.beta], /Nothing has moved/],
    [(p, g, rate) => [p.w - rate * g.w, p.gamma, p.beta], /Only w/],
    [(p, g, rate) => [p.w, p.gamma - rate * g.gamma, p.beta - rate * g.beta], /w has not/],
    [(p, g, rate) => [p.w - rate * g.w, p.gamma - rate * g.gamma, p.beta], /^(?=.*β has not)/],
    [(p, g, rate) => [p.w - rate * g.w, p.gamma, p.beta - rate * g.beta], /^(?=.*γ has not)/],
    [(p, g, rate) => [p.w + rate * g.w, p.gamma + rate * g.gamma, p.beta + rate * g.beta], /goes uphill/],
    [(p, g) => [p.w - g.w, p.gamma - g.gamma, p.beta - g.beta], /whole gradient/],
    [(p, g) => [p.w + g.w, p.gamma + g.gamma, p.beta + g.beta], /Uphill, and without/],
    [() => [1], /Return 3 numbers/],
  ],
);

exercise<number>(
  'checkExtraParameters',
  checkExtraParameters,
  [300],
  [
    [600, /Those are the γ and β/],
    [0, /one for one/],
    [900, /moves no statistics/],
    [1200, /counts mean and variance/],
    [100, /one hidden layer/],
    [200, /there are three layers/],
    [310, /keeps its 10/],
    [-300, /what comes/],
    [Number.NaN, /Put a number/],
    [99710, /not it yet/],
  ],
);

exercise<StepsInTheSameTime>(
  'checkSameTime',
  checkSameTime,
  [(steps, withBN, withoutBN) => (steps * withBN) / withoutBN],
  [
    [(steps) => steps, /more of them fit/],
    [(steps, withBN, withoutBN) => (steps * withoutBN) / withBN, /other way round/],
    [(steps, withBN) => steps * withBN, /how many steps fit/],
    [(steps, withBN, withoutBN) => steps * (withBN - withoutBN), /BN costs in all/],
    [() => 7, /Not yet/],
  ],
);
