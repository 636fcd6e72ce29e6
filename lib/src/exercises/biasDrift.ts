import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes dℓ/dx̂ of each example and returns dℓ/dx of each, through x̂ = x − mean(x). */
export type ThroughTheMean = (gradient: number[]) => number[];

/**
 * Checks the exercise of lecture 05: the gradient through the mean is g_i − mean(g).
 *
 * @example
 * console.log(checkThroughTheMean((gradient) => gradient).passed); // prints false
 */
export function checkThroughTheMean(backward: ThroughTheMean): Verdict {
  const g = [3, -1, 2, 4];
  const m = g.length;
  const sum = g.reduce((a, b) => a + b, 0);
  return judgeList(
    () => backward([...g]),
    g.map((value) => value - sum / m),
    [
      {
        gives: g,
        say:
          'This is the naive update: it takes the mean for a constant. Every x_i moves the mean by 1/m, and through ' +
          'it every x̂_k: that part is missing.',
      },
      {
        gives: g.map((value) => value - sum),
        say: 'The mean moves by 1/m of x_i, not by all of it: 1/m is missing.',
        worth: 0.5,
      },
      {
        gives: g.map((value) => value + sum / m),
        say: 'The sign: x̂ = x MINUS the mean, so its part is subtracted.',
      },
      {
        gives: g.map((value) => value - value / m),
        say: 'x_i moves the mean, and the mean is in every x̂_k: sum over all k, not over k = i alone.',
      },
      {
        gives: g.map(() => sum / m),
        say: 'That is the part through the mean alone, with its sign turned: the direct part, g_i, is missing.',
      },
      {
        gives: g.map(() => 0),
        say: 'Their SUM is 0, which is why b stands still; each example keeps a gradient of its own.',
      },
    ],
    'g_i − mean(g). Summed over the mini-batch it is 0: so much for the gradient of a bias.',
  );
}

/**
 * Checks the prediction of lecture 05: b after 500 naive steps with learning rate 0.2 and target 1 is 100.
 *
 * @example
 * console.log(checkDriftPrediction(40).message); // prints That is after 200 steps: the question has 500.
 */
export function checkDriftPrediction(b: number): Verdict {
  return judgeNumber(
    b,
    100,
    [
      {
        gives: 0,
        say: 'That is where the true gradient leaves b. The naive one is −1 (the target) at every step.',
      },
      {
        gives: -100,
        say: 'The sign: the update subtracts the gradient, and the gradient is mean(x̂ − 1) = −1.',
      },
      { gives: 40, say: 'That is after 200 steps: the question has 500.' },
      { gives: 300, say: 'That is for target 3, as above: the question has target 1.' },
      {
        gives: 150,
        say: 'That is with target 3 and learning rate 0.1, as above: the question has 1 and 0.2.',
      },
      { gives: 50, say: 'Half of it: that is learning rate 0.1, the question has 0.2.' },
      { gives: 500, say: 'The learning rate is missing: each step moves b by 0.2 times 1.' },
      {
        gives: 1,
        say: 'b does not stop at the target: whatever b is, x̂ does not change, so the gradient never does either.',
      },
      { gives: 0.2, say: 'That is one step of the 500.' },
    ],
    '500 steps of 0.2 × 1, and the loss still where it was. b is not converging to anything.',
  );
}
