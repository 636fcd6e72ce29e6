import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes a list of numbers and returns it with mean 0 and variance 1. */
export type Standardise = (values: number[]) => number[];

/**
 * Checks the exercise of lecture 00: subtract the mean, divide by the standard deviation (over m, not m - 1).
 * Names the usual mistakes.
 *
 * @example
 * console.log(checkStandardise((values) => values).passed); // prints false
 */
export function checkStandardise(standardise: Standardise): Verdict {
  const values = [2, 4, 4, 4, 5, 5, 7, 9, 14]; // mean 6, and a variance that is not 1
  const m = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / m;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / m;
  const std = Math.sqrt(variance);
  const centred = values.map((v) => v - mean);
  return judgeList(
    () => standardise([...values]),
    centred.map((v) => v / std),
    [
      {
        gives: values,
        say: 'The list came back as it was: subtract its mean, then divide by its standard deviation.',
      },
      {
        gives: centred,
        say: 'The mean is 0 now, the variance is not 1 yet: divide by the standard deviation.',
      },
      {
        gives: values.map((v) => v / std),
        say: 'The variance is 1, but the mean is not 0: subtract the mean before you divide.',
      },
      {
        gives: centred.map((v) => v / variance),
        say: 'You divided by the variance: its square root, the standard deviation, is what brings the variance to 1.',
        worth: 0.5,
      },
      {
        gives: centred.map((v) => v / (std * Math.sqrt(m / (m - 1)))),
        say:
          'You divided by m − 1 in the variance. Within a mini-batch the BN transform divides by m (Algorithm 1); ' +
          'm/(m − 1) comes later, for the population.',
        worth: 0.5,
      },
      {
        gives: centred.map((v) => v / (std * m)),
        say: 'One m too many: the variance is already a mean over m numbers.',
      },
      {
        gives: centred.map((v) => v / (std * Math.sqrt(m))),
        say: 'You divided by the root of the sum of squares: the variance is their mean, so divide that sum by m.',
      },
    ],
    'Mean 0 and variance 1: this is the heart of batch normalization.',
  );
}

/**
 * Checks the exercise of lecture 00: whoever standardises a list does not notice that it was doubled and moved by 10.
 *
 * @example
 * console.log(checkShiftAndScale(10).passed); // prints false
 */
export function checkShiftAndScale(change: number): Verdict {
  return judgeNumber(
    change,
    0,
    [
      { gives: 10, say: 'The 10 moves the mean as well, and the mean is subtracted.' },
      {
        gives: 20,
        say: 'Neither the 10 nor the factor is left: the mean and the standard deviation move with the list.',
      },
      {
        gives: 5,
        say: 'The 10 is gone before anything is divided: the mean, which moved with the list, is subtracted.',
      },
      { gives: 2, say: 'The standard deviation doubles as well, and one divides by it.' },
      { gives: 1, say: 'No: list, mean and standard deviation change together. Try it in the cell above.' },
    ],
    'Nothing changes. Remember it: a layer with BN notices neither a bias nor the scale of its weights.',
  );
}
