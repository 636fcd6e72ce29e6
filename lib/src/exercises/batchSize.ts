import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes one unit's values over a minibatch and the size of a ghost batch; returns the normalised values. */
export type GhostNormalise = (values: number[], size: number) => number[];

const minibatch = [1, 3, 2, 6, -4, 0, 9, 5];
const SIZE = 4;
const EPSILON = 1e-5;

function normalised(values: readonly number[], over: readonly number[] = values): number[] {
  const mean = over.reduce((sum, value) => sum + value, 0) / over.length;
  const variance = over.reduce((sum, value) => sum + (value - mean) ** 2, 0) / over.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + EPSILON));
}

const parts = (values: readonly number[], size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));

/**
 * Checks the exercise of lecture 15: each ghost batch of `size` neighbours is normalised by its own statistics.
 *
 * @example
 * console.log(checkGhostNormalise((values) => values).passed); // prints false
 */
export function checkGhostNormalise(ghost: GhostNormalise): Verdict {
  const every = minibatch.length / SIZE;
  const strided = minibatch.map((_, i) => minibatch.filter((__, k) => k % every === i % every));
  const perPlace = minibatch.map((_, i) => minibatch.filter((__, k) => k % SIZE === i % SIZE));
  return judgeList(
    () => ghost([...minibatch], SIZE),
    parts(minibatch, SIZE).flatMap((part) => normalised(part)),
    [
      {
        gives: normalised(minibatch),
        say: 'That is BN over the whole minibatch. Each ghost batch has a mean and a variance of its own.',
      },
      {
        gives: normalised(minibatch, minibatch.slice(0, SIZE)),
        say: 'All values got the statistics of the first ghost batch: take each group’s own.',
        worth: 0.5,
      },
      {
        gives: minibatch.map((value, i) => normalised([value], strided[i])[0]),
        say: 'The groups hold every second value. A ghost batch is neighbours: the first four, then the next four.',
        worth: 0.5,
      },
      {
        gives: minibatch.map((value, i) => normalised([value], perPlace[i])[0]),
        say: 'The groups have the wrong size: the size is how many values a group has, not how many groups there are.',
        worth: 0.5,
      },
      {
        gives: normalised(minibatch.slice(0, SIZE)).concat(minibatch.slice(SIZE)),
        say: 'Only the first ghost batch is normalised: go on to the end of the minibatch.',
      },
      { gives: minibatch, say: 'The values came back as they were: normalise each ghost batch.' },
    ],
    'The step uses all examples, the noise is that of minibatches of four.',
  );
}

/**
 * Checks the exercise of lecture 15: the standard deviation of a minibatch's mean is sigma / sqrt(m): 2 / sqrt(16) = 0.5.
 *
 * @example
 * console.log(checkMeanNoise(2).passed); // prints false
 */
export function checkMeanNoise(std: number): Verdict {
  return judgeNumber(
    std,
    0.5,
    [
      { gives: 2 / 16, say: 'Variances fall like 1/m; a standard deviation falls like 1/√m.' },
      { gives: 4 / 16, say: 'That is the variance of the mean: take the root.', worth: 0.5 },
      { gives: 2, say: 'That is how far one example is off. A mean of 16 is off by less.' },
      { gives: 2 / Math.sqrt(15), say: 'm − 1 belongs to the estimate of the variance; the mean has m.' },
      { gives: 2 * 4, say: 'The mean of many is more exact than one example, not less.' },
    ],
    'Four times the examples, half the noise.',
  );
}

/**
 * Checks the exercise of lecture 15: L2 halves |W|, so the effective learning rate is 4 times as large.
 *
 * @example
 * console.log(checkEffectiveRate(2).passed); // prints false
 */
export function checkEffectiveRate(times: number): Verdict {
  return judgeNumber(
    times,
    4,
    [
      {
        gives: 2,
        say: 'One factor of 2 comes from the weights, which the step turns more. The gradient has grown too: by 1/a.',
        worth: 0.5,
      },
      {
        gives: 1,
        say: 'The output does not notice the length of W, but a step does: it turns short weights more.',
      },
      { gives: 0.25, say: 'The other way round: shorter weights turn faster.' },
      { gives: 0.5, say: 'Shorter weights turn faster, not slower; and the length counts squared.' },
      { gives: 8, say: 'The length counts squared, not cubed.' },
    ],
    'The rate over |W|²: L2 keeps the weights short, and so keeps the effective rate up.',
  );
}
