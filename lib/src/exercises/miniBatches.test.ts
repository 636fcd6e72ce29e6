import { exercise, throwing } from '../../../tests/lib/exercise.js';
import {
  checkEstimatedNoise,
  checkMinibatchGradient,
  checkNoiseFactor,
  checkWithoutReplacement,
  type EstimatedNoise,
  type MinibatchGradient,
  type VarianceWithoutReplacement,
} from './miniBatches.js';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

exercise<MinibatchGradient>(
  'checkMinibatchGradient',
  checkMinibatchGradient,
  [(g, batch) => sum(batch.map((i) => g[i])) / batch.length],
  [
    [(g, batch) => sum(batch.map((i) => g[i])), /the sum/],
    [(g, batch) => sum(batch.map((i) => g[i])) / g.length, /minibatch’s size/],
    [(g) => sum(g) / g.length, /whole set/],
    [(g, batch) => sum(g.slice(0, batch.length)) / batch.length, /first m/],
    [(_, batch) => sum(batch) / batch.length, /numbers of the examples/],
    [() => 17, /Not yet/],
    [throwing, /threw: not written yet/],
  ],
);

exercise<number>(
  'checkNoiseFactor',
  checkNoiseFactor,
  [0.5, Math.sqrt(16 / 64)],
  [
    [0.25, /That is the variance/],
    [2, /other way round/],
    [4, /root is missing/],
    [1 / 16, /a quarter/],
    [1, /does fall/],
    [Number.NaN, /Put a number/],
  ],
);

exercise<VarianceWithoutReplacement>(
  'checkWithoutReplacement',
  checkWithoutReplacement,
  [(v, m, n) => ((v / m) * (n - m)) / (n - 1), (v, m, n) => (v / m) * (1 - (m - 1) / (n - 1))],
  [
    [(v, m) => v / m, /drawing with replacement/],
    [(v, m, n) => (v / m) * (1 - m / n), /N − 1/],
    [(v, m) => v / Math.sqrt(m), /its root/],
    [(v, m, n) => v * (1 - m / n), /1\/m is missing/],
    [(v, _, n) => v / n, /depend on m/],
  ],
);

const mean = (values: number[]) => sum(values) / values.length;
const squares = (values: number[]) => sum(values.map((value) => (value - mean(values)) ** 2));

exercise<EstimatedNoise>(
  'checkEstimatedNoise',
  checkEstimatedNoise,
  [
    (g) => squares(g) / (g.length * (g.length - 1)),
    (g) => (sum(g.map((each) => each ** 2)) - g.length * mean(g) ** 2) / g.length / (g.length - 1),
  ],
  [
    [(g) => squares(g) / g.length ** 2, /Biased: that is too small/],
    [(g) => squares(g) / (g.length - 1), /m times smaller/],
    [(g) => squares(g) / g.length, /once more by m/],
    [(g) => Math.sqrt(squares(g) / g.length / (g.length - 1)), /standard error/],
    [(g) => sum(g.map((each) => each ** 2)) / g.length / (g.length - 1), /about 0/],
    [(g) => squares(g) / (g.length - 1) ** 2, /counts examples/],
    [() => 17, /Not yet/],
    [throwing, /threw: not written yet/],
  ],
);
