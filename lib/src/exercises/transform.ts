import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes the numbers of one feature over a minibatch, and epsilon; returns xHat. */
export type Normalise = (values: number[], epsilon: number) => number[];

/**
 * Checks the first three lines of Algorithm 1 as a student wrote them (lecture 07).
 *
 * @example
 * console.log(checkNormalise((values) => values).passed); // prints false
 */
export function checkNormalise(normalise: Normalise): Verdict {
  const values = [3, 1, 4, 1.5, 5, 9];
  const epsilon = 0.7; // large, so that its place can be told
  const m = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / m;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / m;
  const by = (divisor: number) => values.map((value) => (value - mean) / divisor);
  return judgeList(
    () => normalise([...values], epsilon),
    by(Math.sqrt(variance + epsilon)),
    [
      { gives: values, say: 'The list came back as it was: subtract the mean, then divide by √(σ² + ε).' },
      { gives: by(Math.sqrt(1 + epsilon)), say: 'This takes the variance for 1: compute it.' },
      { gives: by(1), say: 'The mean is 0 now. Divide by √(σ² + ε), too.' },
      {
        gives: values.map((value) => value / Math.sqrt(variance + epsilon)),
        say: 'The mean is still there: subtract it before you divide.',
      },
      {
        gives: by(Math.sqrt(variance) + epsilon),
        say: 'ε stands outside the root: Algorithm 1 has √(σ² + ε), one root over both.',
        worth: 0.5,
      },
      {
        gives: by(Math.sqrt((variance * m) / (m - 1) + epsilon)),
        say: 'You divided by m − 1 in the variance: within the minibatch BN divides by m.',
        worth: 0.5,
      },
      {
        gives: by(variance + epsilon),
        say: 'You divided by the variance: its square root, the standard deviation, brings the variance to 1.',
        worth: 0.5,
      },
      {
        gives: by(Math.sqrt(variance)),
        say: 'ε is missing: a feature that is constant over the minibatch would be divided by 0.',
        worth: 0.5,
      },
      {
        gives: by(Math.sqrt(variance * m + epsilon)),
        say: 'That is the root of the sum of the squares: the variance is their mean, divide by m.',
        worth: 0.5,
      },
      {
        gives: by(Math.sqrt(variance + epsilon * epsilon)),
        say: 'ε is squared there: it stands beside the variance as it is.',
        worth: 0.5,
      },
    ],
    'These are lines 1 to 3 of Algorithm 1; γ and β are all that is left.',
  );
}

/** What BN knows of one feature of a minibatch. */
export interface FeatureStatistics {
  mean: number;
  variance: number;
  epsilon: number;
}

/** Takes the statistics of a feature; returns the gamma and the beta that make BN the identity. */
export type IdentityParameters = (feature: FeatureStatistics) => number[];

/**
 * Checks lecture 07's identity: gamma = sqrt(variance + epsilon), beta = mean.
 *
 * @example
 * console.log(checkIdentity(() => [1, 0]).passed); // prints false
 */
export function checkIdentity(parameters: IdentityParameters): Verdict {
  const [mean, variance, epsilon] = [1.7, 2.3, 0.9];
  const root = Math.sqrt(variance + epsilon);
  return judgeList(
    () => parameters({ mean, variance, epsilon }),
    [root, mean],
    [
      { gives: [1, 0], say: 'With γ = 1 and β = 0 the output is x̂: the mean and the spread of x are gone.' },
      {
        gives: [Math.sqrt(variance), mean],
        say: 'That is nearly it, and what the paper writes: but BN divides by √(σ² + ε), so exactly that must be multiplied back.',
        worth: 0.5,
      },
      {
        gives: [1 / root, mean],
        say: 'It is the other way round: x̂ has been divided by that root.',
        worth: 0.5,
      },
      {
        gives: [variance + epsilon, mean],
        say: 'That is the variance itself: x̂ was divided by its root.',
        worth: 0.5,
      },
      {
        gives: [root, -mean],
        say: 'The sign of β: the mean was subtracted, so it is added back.',
        worth: 0.5,
      },
      { gives: [mean, root], say: 'The two are swapped: γ multiplies, β is added.', worth: 0.5 },
      { gives: [root, 0], say: 'The spread is back, the mean is not.', worth: 0.5 },
      { gives: [1, mean], say: 'The mean is back, the spread is not.', worth: 0.5 },
    ],
    'With these two BN does nothing at all: normalising costs a layer none of what it can represent.',
  );
}

/**
 * Checks lecture 07's last question: weights 5 times as large get gradients of a fifth.
 *
 * @example
 * console.log(checkGradientScale(5).passed); // prints false
 */
export function checkGradientScale(times: number): Verdict {
  return judgeNumber(
    times,
    1 / 5,
    [
      {
        gives: 5,
        say: 'It is the other way round: BN((aW)u) does not change, so a change of aW counts only 1/a.',
      },
      {
        gives: 1,
        say: 'It is the output that does not notice a, and the gradient for u. The gradient for aW does.',
      },
      {
        gives: 1 / 25,
        say: 'That is what the step turns the weights by: a gradient of 1/5 on weights 5 times as long.',
      },
      { gives: 0, say: 'It is small, not zero: only along the weights themselves is the gradient 0.' },
    ],
    'A fifth. So weights that a too large step has made long are moved less by the next one.',
    1e-6,
  );
}
