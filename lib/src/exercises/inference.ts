import { judgeList, judgeNumber, type Verdict, wrong } from './verdict.js';

/** Takes biased variances of minibatches of size m and returns the population variance. */
export type PopulationVariance = (variances: number[], m: number) => number;

/** The value of a student's function, or the verdict on what it threw. */
function answerOf(attempt: () => number): number | Verdict {
  try {
    return attempt();
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Checks the exercise of lecture 10: the population variance is m/(m − 1) times the mean of the variances (Algorithm 2, line 10).
 *
 * @example
 * const biased = (variances: number[]) => variances.reduce((a, b) => a + b, 0) / variances.length;
 * console.log(checkPopulationVariance(biased).passed); // prints false
 */
export function checkPopulationVariance(populationVariance: PopulationVariance): Verdict {
  const variances = [0.6, 1.1, 0.4, 1.5, 0.9];
  const m = 4;
  const answer = answerOf(() => populationVariance([...variances], m));
  if (typeof answer === 'object') return answer;
  const mean = variances.reduce((sum, value) => sum + value, 0) / variances.length;
  const [right, batches] = [(mean * m) / (m - 1), variances.length];
  return judgeNumber(
    answer,
    right,
    [
      {
        gives: mean,
        say: 'That is the mean of the biased variances, too small by (m − 1)/m: see the table above.',
        worth: 0.5,
      },
      {
        gives: (mean * (m - 1)) / m,
        say: 'The other way round: the biased variances are too small.',
        worth: 0.5,
      },
      {
        gives: (mean * batches) / (batches - 1),
        say: 'You used the number of minibatches: m is the number of examples in each.',
        worth: 0.5,
      },
      { gives: (mean * batches * m) / (m - 1), say: 'That is the sum of the variances: take their mean.' },
      {
        gives: Math.sqrt(right),
        say: 'That is the standard deviation: the variance is asked for.',
        worth: 0.5,
      },
      { gives: mean / (m - 1), say: 'One factor m is missing: the variances are already means over m.' },
    ],
    'Var[x] = m/(m − 1) · E[σ²]: unbiased, as in line 10 of Algorithm 2.',
    1e-6,
  );
}

/** A unit u = w x + b with BN after it, all its numbers fixed. */
export interface UnitToFold {
  w: number;
  b: number;
  mean: number;
  variance: number;
  gamma: number;
  beta: number;
  epsilon: number;
}

/**
 * Checks the fold of lecture 10: w' = s w and b' = s (b − E) + β with s = γ/√(Var + ε).
 *
 * @example
 * console.log(checkFold(({ w, b }) => [w, b]).passed); // prints false
 */
export function checkFold(fold: (unit: UnitToFold) => number[]): Verdict {
  const unit = { w: 1.5, b: 0.9, mean: 0.4, variance: 0.25, gamma: 2, beta: -0.3, epsilon: 0.11 };
  const { w, b, mean, variance, gamma, beta, epsilon } = unit;
  const folded = (s: number) => [s * w, s * (b - mean) + beta];
  const s = gamma / Math.sqrt(variance + epsilon);
  return judgeList(
    () => fold({ ...unit }),
    folded(s),
    [
      {
        gives: [w, b],
        say: 'That is the layer as it was: multiply w by γ/√(Var + ε), and see what becomes of b.',
      },
      {
        gives: [s * w, beta - s * mean],
        say: 'You forgot the layer’s bias: b is normalised too, so s b belongs to b′. It is the usual bug of a fold.',
        worth: 0.5,
      },
      {
        gives: [s * w, b - s * mean + beta],
        say: 'b is not multiplied by the scale: BN divides all of u, b too.',
        worth: 0.5,
      },
      {
        gives: [s * w, s * b + beta],
        say: 'The mean is missing: BN subtracts it from u before it scales.',
        worth: 0.5,
      },
      { gives: [s * w, s * (b - mean)], say: 'β is missing: it is added last, unscaled.', worth: 0.5 },
      {
        gives: [s * w, s * (b - mean + beta)],
        say: 'β is added after the scaling, so it is not multiplied by it.',
        worth: 0.5,
      },
      { gives: [s * w, s * (b + mean) + beta], say: 'The sign: BN subtracts the mean.', worth: 0.5 },
      {
        gives: [w, s * (b - mean) + beta],
        say: 'w′ is missing: what multiplies x is scaled too.',
        worth: 0.5,
      },
      {
        gives: folded(gamma / (Math.sqrt(variance) + epsilon)),
        say: 'ε stands under the root, beside the variance: √(Var + ε), not √Var + ε.',
        worth: 0.5,
      },
      {
        gives: folded(gamma / Math.sqrt(variance)),
        say: 'ε is missing: a network trained with it must be folded with it.',
        worth: 0.5,
      },
      {
        gives: folded(gamma / (variance + epsilon)),
        say: 'You divided by the variance: BN divides by its root.',
        worth: 0.5,
      },
      { gives: folded(1 / Math.sqrt(variance + epsilon)), say: 'γ is missing in the scale.', worth: 0.5 },
    ],
    'One weight, one bias, and no BN left: it costs nothing at inference.',
  );
}

/**
 * Checks the question of lecture 10: Keras' momentum 0.99 is PyTorch's 0.01.
 *
 * @example
 * console.log(checkPytorchMomentum(0.99).passed); // prints false
 */
export function checkPytorchMomentum(momentum: number): Verdict {
  return judgeNumber(
    momentum,
    0.01,
    [
      {
        gives: 0.99,
        say: 'The same number means opposite things: with 0.99 PyTorch would forget all but the last minibatch.',
      },
      { gives: 0.1, say: 'That is PyTorch’s default, which forgets ten times as fast as Keras’.' },
      {
        gives: 0.9,
        say: 'That is 1 − 0.1: the default of PyTorch in the words of Keras. Asked is the other way.',
      },
      { gives: 1 / 0.99, say: 'Not the reciprocal: the two weights add up to 1.' },
    ],
    'New weight 0.01, old weight 0.99. In this library the options are called newWeight and decay, so that nobody has to guess.',
    1e-6,
  );
}
