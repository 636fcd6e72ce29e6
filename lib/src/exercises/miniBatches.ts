import { meanOf } from '../experiments/vectors.js';
import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes the gradients of all examples and which of them are in the minibatch; returns the minibatch's gradient. */
export type MinibatchGradient = (gradients: number[], minibatch: number[]) => number;

const GRADIENTS = [3, -1, 4, 1, -5, 9, 2, -6];
const BATCHES = [
  [0, 2],
  [4, 7, 1, 5],
  [6, 3, 0],
];

/**
 * Checks the exercise of lecture 03: the gradient of a minibatch is the mean of its examples' gradients.
 *
 * @example
 * console.log(checkMinibatchGradient((gradients) => gradients[0]).passed); // prints false
 */
export function checkMinibatchGradient(minibatchGradient: MinibatchGradient): Verdict {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const of = (formula: MinibatchGradient) => BATCHES.map((batch) => formula([...GRADIENTS], [...batch]));
  return judgeList(
    () => of(minibatchGradient),
    of((g, batch) => sum(batch.map((i) => g[i])) / batch.length),
    [
      {
        gives: of((g, batch) => sum(batch.map((i) => g[i]))),
        say: 'That is the sum: divide by the number of examples in the minibatch.',
        worth: 0.5,
      },
      {
        gives: of((g, batch) => sum(batch.map((i) => g[i])) / g.length),
        say: 'Divide by the minibatch’s size m, not by the size of the training set.',
        worth: 0.5,
      },
      {
        gives: of((g) => sum(g) / g.length),
        say: 'That is the gradient of the whole set, which we try to spare.',
      },
      {
        gives: of((g, batch) => sum(g.slice(0, batch.length)) / batch.length),
        say: 'Those are the first m examples: take those whose numbers are in the minibatch.',
      },
      {
        gives: of((_, batch) => sum(batch) / batch.length),
        say: 'That is the mean of the numbers of the examples, not of their gradients.',
      },
    ],
    'A mean over m examples: an estimate of the mean over all.',
  );
}

/**
 * Checks the exercise of lecture 03: from m = 16 to m = 64 the standard deviation of the gradient is halved.
 *
 * @example
 * console.log(checkNoiseFactor(0.25).passed); // prints false
 */
export function checkNoiseFactor(factor: number): Verdict {
  return judgeNumber(
    factor,
    0.5,
    [
      { gives: 0.25, say: 'That is the variance: its root is asked for.', worth: 0.5 },
      { gives: 2, say: 'The other way round: more examples, less noise.', worth: 0.5 },
      { gives: 4, say: 'More examples give less noise; and the root is missing.' },
      { gives: 1 / 16, say: 'The variance goes with 1/m: a quarter. Its root is asked for.' },
      { gives: 1, say: 'It does fall: the mean of more examples is more certain.' },
    ],
    'Four times the work, half the noise.',
    0.001,
  );
}

/** Takes the variance of one example's gradient, m and N; returns the variance of a minibatch's gradient. */
export type VarianceWithoutReplacement = (variance: number, m: number, population: number) => number;

/**
 * Checks the exercise of lecture 03: drawn without replacement, the variance is (s^2 / m) (N - m) / (N - 1).
 *
 * @example
 * console.log(checkWithoutReplacement((variance, m) => variance / m).passed); // prints false
 */
export function checkWithoutReplacement(formula: VarianceWithoutReplacement): Verdict {
  const cases: [number, number, number][] = [
    [12, 4, 13],
    [12, 13, 13],
    [5, 1, 40],
    [5, 20, 40],
  ];
  const of = (each: VarianceWithoutReplacement) => cases.map((one) => each(...one));
  return judgeList(
    () => of(formula),
    of((v, m, n) => ((v / m) * (n - m)) / (n - 1)),
    [
      {
        gives: of((v, m) => v / m),
        say: 'That is for drawing with replacement. Without it, a minibatch of all N examples has no variance at all.',
        worth: 0.5,
      },
      {
        gives: of((v, m, n) => ((v / m) * (n - m)) / n),
        say: 'Nearly: with m = 1 it must be the variance of one example, so the divisor is N − 1.',
        worth: 0.5,
      },
      { gives: of((v, m) => v / Math.sqrt(m)), say: 'The variance falls with m; its root falls with √m.' },
      {
        gives: of((v, m, n) => v * (1 - m / n)),
        say: 'The factor for a finite set is there, and 1/m is missing.',
        worth: 0.5,
      },
      { gives: of((v, _, n) => v / n), say: 'That does not depend on m.' },
    ],
    'At m = N it is 0, at m = 1 it is s²: both ends are right.',
  );
}

/** Takes the gradients of the examples of one minibatch; returns an estimate of the variance of their mean. */
export type EstimatedNoise = (gradients: number[]) => number;

/**
 * Checks the exercise of lecture 03: from one minibatch alone, the variance of its gradient is estimated without bias by
 * the sum of (g_i - mean)^2 over m (m - 1).
 *
 * @example
 * console.log(checkEstimatedNoise((gradients) => gradients.length).passed); // prints false
 */
export function checkEstimatedNoise(estimate: EstimatedNoise): Verdict {
  const sumOfSquares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
  const batches = [
    [2, 5],
    [3, -1, 4, 1, -5],
    [9, 2, -6, 5, 3, 5, 8, 9],
  ];
  const of = (formula: (m: number, squares: number, gradients: number[]) => number) =>
    batches.map((gradients) => {
      const m = gradients.length;
      const mean = meanOf(gradients);
      return formula(m, sumOfSquares(gradients.map((g) => g - mean)), gradients);
    });
  return judgeList(
    () => batches.map((gradients) => estimate([...gradients])),
    of((m, squares) => squares / m / (m - 1)),
    [
      {
        gives: of((m, squares) => squares / m / m),
        say: 'Biased: that is too small by (m − 1)/m on average, because the mean was taken from the same examples.',
        worth: 0.5,
      },
      {
        gives: of((m, squares) => squares / (m - 1)),
        say: 'That is the variance of one example’s gradient. That of a mean of m is m times smaller.',
        worth: 0.5,
      },
      {
        gives: of((m, squares) => squares / m),
        say: 'That is the variance of one example’s gradient, and biased: divide by m − 1; then once more by m.',
      },
      {
        gives: of((m, squares) => Math.sqrt(squares / m / (m - 1))),
        say: 'That is its root, the standard error. The variance is asked for.',
        worth: 0.5,
      },
      {
        gives: of((m, _, gradients) => sumOfSquares(gradients) / m / (m - 1)),
        say: 'Those are squares about 0: take the mean away first.',
        worth: 0.5,
      },
      {
        gives: of((m, squares) => squares / (m - 1) / (m - 1)),
        say: 'One m − 1 is for the mean that was estimated; the other divisor counts examples: m.',
        worth: 0.5,
      },
    ],
    'Right for any m from 2 on, and from the minibatch alone: so a training run can watch its own noise.',
  );
}
