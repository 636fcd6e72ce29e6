import { judgeList, judgeNumber, right, type Verdict, wrong } from './verdict.js';

/** Takes one unit's inputs u over a minibatch and returns its outputs z. */
export type UnitOverMinibatch = (u: number[]) => number[];

const inputs = [-1, 2, 0.5, -0.2, 3, -2.5];
const EPSILON = 1e-5;
const relu = (values: readonly number[]): number[] => values.map((value) => Math.max(0, value));

function normalised(values: readonly number[], epsilon = EPSILON, divisor = values.length): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / divisor;
  return values.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}

/**
 * Checks the exercise of lecture 13: one unit with BN *after* its ReLU, gamma = 1, beta = 0.
 *
 * @example
 * console.log(checkAfterRelu((u) => u).passed); // prints false
 */
export function checkAfterRelu(unit: UnitOverMinibatch): Verdict {
  return judgeList(
    () => unit([...inputs]),
    normalised(relu(inputs)),
    [
      {
        gives: relu(normalised(inputs)),
        say: 'That is BN before: you normalised u and then cut. After means: cut first, then normalise what is left.',
      },
      { gives: relu(inputs), say: 'That is the ReLU alone: BN comes after it.' },
      { gives: normalised(inputs), say: 'That is BN alone: the ReLU comes first.' },
      {
        gives: relu(normalised(relu(inputs))),
        say: 'You cut twice. After BN nothing is cut: with BN after, half of the outputs are negative, and that is meant.',
      },
      {
        gives: normalised(relu(inputs), 0),
        say: 'The order is right; ε = 1e-5 is missing under the root.',
        worth: 0.5,
      },
      {
        gives: normalised(relu(inputs), EPSILON, inputs.length - 1),
        say: 'The order is right; in training BN divides by m, not by m − 1.',
        worth: 0.5,
      },
    ],
    'Mean 0 and variance 1 go to the next layer, zeros and all.',
  );
}

/**
 * Checks the question of lecture 13: with BN in which place does the layer's bias b do nothing? `before`, `after`,
 * `both` or `neither`.
 *
 * @example
 * console.log(checkUselessBias('both').passed); // prints false
 */
export function checkUselessBias(answer: string): Verdict {
  switch (answer.trim().toLowerCase()) {
    case 'before':
      return right(
        'BN(Wu + b) = BN(Wu). After the activation b has already decided what is cut or saturated.',
      );
    case 'after':
      return wrong(
        'With BN after, b goes into g first: it moves where a ReLU cuts. The mean that BN subtracts comes too late to take it back.',
      );
    case 'both':
      return wrong(
        'In one of the two places g stands between b and the mean that is subtracted: does g(u + b) − E[g(u + b)] depend on b?',
      );
    case 'neither':
      return wrong(
        'In one of the two places the mean of Wu + b is subtracted right away, and b is in that mean.',
      );
    default:
      return wrong(`Answer 'before', 'after', 'both' or 'neither'; found '${answer}'.`);
  }
}

/**
 * Checks the derivation of lecture 13: the mean of ReLU(x) for a standard normal x is 1 / sqrt(2 pi) = 0.399.
 *
 * @example
 * console.log(checkReluMean(0).passed); // prints false
 */
export function checkReluMean(mean: number): Verdict {
  return judgeNumber(
    mean,
    1 / Math.sqrt(2 * Math.PI),
    [
      {
        gives: 0,
        say: 'The mean of x is 0. The ReLU takes away the negative half, and nothing balances the positive one.',
      },
      {
        gives: 0.5,
        say: 'That is the share of positive x. The mean also asks how large they are: integrate x times the density.',
      },
      {
        gives: Math.sqrt(2 / Math.PI),
        say: 'That is the mean of |x|, which has both halves. A ReLU keeps one of them.',
      },
      {
        gives: Math.sqrt(0.5 - 1 / (2 * Math.PI)),
        say: 'That is the standard deviation of ReLU(x); asked is its mean.',
      },
      { gives: Math.sqrt(0.5), say: 'That is the root of the mean square; asked is the mean.' },
      {
        gives: 0.5 / Math.sqrt(2 * Math.PI),
        say: 'The zeros are in the integral already: do not halve once more.',
      },
    ],
    'BN before makes the ReLU’s input have mean 0; what goes to the next layer has mean 0.4 all the same.',
    0.006,
  );
}
