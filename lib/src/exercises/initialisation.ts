import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes a unit's variance over the minibatch and epsilon; returns the standard deviation of the normalised unit. */
export type NormalisedStd = (variance: number, epsilon: number) => number;

/** Variances of a unit, from far below epsilon to far above it. */
const variances = [1e-9, 1e-5, 4e-5, 1];
const EPSILON = 1e-5;

/**
 * Checks the exercise of lecture 12: what BN makes of a unit of variance v is spread by sqrt(v / (v + epsilon)), and
 * not by 1.
 *
 * @example
 * console.log(checkNormalisedStd(() => 1).passed); // prints false
 */
export function checkNormalisedStd(spread: NormalisedStd): Verdict {
  const of = (formula: NormalisedStd) => variances.map((variance) => formula(variance, EPSILON));
  return judgeList(
    () => of(spread),
    of((v, e) => Math.sqrt(v / (v + e))),
    [
      {
        gives: of(() => 1),
        say: 'Exactly 1 it would be without ε. In the formula of x̂ the root holds the variance plus ε.',
      },
      {
        gives: of((v, e) => v / (v + e)),
        say: 'That is the variance of x̂: take the root of it for the standard deviation.',
        worth: 0.5,
      },
      {
        gives: of((v, e) => Math.sqrt(v) / (Math.sqrt(v) + e)),
        say: 'There ε stands outside the root: it is added to the variance, not to the standard deviation.',
      },
      {
        gives: of((v, e) => v / Math.sqrt(v + e)),
        say: 'The numerator is the variance; x̂ has the standard deviation of x over the root.',
      },
      {
        gives: of((v, e) => 1 / Math.sqrt(v + e)),
        say: 'That is what x is multiplied by. Multiply it with the standard deviation that x has.',
      },
      {
        gives: of((v, e) => Math.sqrt(v + e)),
        say: 'That is what BN divides by. What does dividing by it make of the standard deviation of x?',
      },
      {
        gives: of((v) => Math.sqrt(v)),
        say: 'That is the standard deviation of x, before BN divides by the root.',
      },
    ],
    'Far above ε it is 1, far below it is almost 0: a layer of tiny weights comes out of BN as tiny as it went in.',
  );
}

/**
 * Checks the exercise of lecture 12: the weights before a BN are 10 times as large; the learning rate that turns them
 * as fast as before is 10² = 100 times as large.
 *
 * @example
 * console.log(checkRateForScale(10).passed); // prints false
 */
export function checkRateForScale(times: number): Verdict {
  return judgeNumber(
    times,
    100,
    [
      {
        gives: 10,
        say: 'That makes the step as long as it was. But the weights are 10 times as long too: the same step turns them by a tenth.',
        worth: 0.5,
      },
      {
        gives: 1,
        say: 'BN’s output does not notice the factor, but the gradient does: it is a tenth of what it was.',
      },
      {
        gives: 0.1,
        say: 'A tenth makes it worse: the gradient is smaller already, so the rate must be larger.',
      },
      { gives: 0.01, say: 'The other way round: by this factor the same rate has become too small.' },
      {
        gives: 1000,
        say: 'One factor too many: one comes from the gradient, one from the length of the weights.',
      },
      { gives: 20, say: 'The two factors of 10 multiply.' },
    ],
    'A tenth of the gradient, against weights ten times as long: the rate over |W|² is what counts.',
  );
}

/**
 * Checks the exercise of lecture 12: He's standard deviation for a ReLU layer with 50 inputs and 200 units is
 * sqrt(2 / 50) = 0.2.
 *
 * @example
 * console.log(checkHeStd(1).passed); // prints false
 */
export function checkHeStd(std: number): Verdict {
  return judgeNumber(
    std,
    Math.sqrt(2 / 50),
    [
      {
        gives: 1 / Math.sqrt(50),
        say: 'That keeps the variance without a ReLU. A ReLU passes half of it: put a 2 in.',
      },
      { gives: 2 / 50, say: 'That is the variance: take the root.', worth: 0.5 },
      { gives: Math.sqrt(2 / 200), say: 'That counts the units. What is summed up are the inputs.' },
      {
        gives: Math.sqrt(2 / 250),
        say: 'That is Xavier’s, for inputs and outputs together: here take the inputs.',
      },
      { gives: 2 / Math.sqrt(50), say: 'The 2 belongs inside the root.' },
      { gives: Math.sqrt(2), say: 'Divide by the number of inputs, inside the root.' },
    ],
    'Each unit sums 50 products; half of what a ReLU gets it passes on: variance 2/50.',
  );
}
