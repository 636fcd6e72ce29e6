import { judgeList, judgeNumber, type Verdict, wrong } from './verdict.js';

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** One feature of a minibatch, as backprop meets it. */
export interface BackpropInput {
  /** dl/dy, m numbers. */
  dy: number[];
  /** The normalised input, m numbers. */
  xHat: number[];
  gamma: number;
  variance: number;
  epsilon: number;
}

/** A made minibatch whose epsilon and gamma are large enough to be told apart. */
function minibatch(): BackpropInput {
  const x = [1, 2.5, -0.5, 4, 0.2];
  const [epsilon, gamma] = [0.6, 1.7];
  const mean = sumOf(x) / x.length;
  const variance = sumOf(x.map((value) => (value - mean) ** 2)) / x.length;
  return {
    ...{ dy: [0.9, -0.4, 1.3, 0.7, -0.2], gamma, variance, epsilon },
    xHat: x.map((value) => (value - mean) / Math.sqrt(variance + epsilon)),
  };
}

/**
 * Checks lecture 08's gradients of gamma and beta: the sums of dy xHat and of dy over the minibatch.
 *
 * @example
 * console.log(checkGammaBeta((dy) => [0, dy[0]]).passed); // prints false
 */
export function checkGammaBeta(gammaBeta: (dy: number[], xHat: number[]) => number[]): Verdict {
  const { dy, xHat } = minibatch();
  const m = dy.length;
  const [dGamma, dBeta] = [sumOf(dy.map((value, i) => value * xHat[i])), sumOf(dy)];
  return judgeList(
    () => gammaBeta([...dy], [...xHat]),
    [dGamma, dBeta],
    [
      { gives: [dy[0] * xHat[0], dy[0]], say: 'That is the first example’s share: add up over all of them.' },
      {
        gives: [dGamma / m, dBeta / m],
        say: 'They are sums, not means: each example moves the loss on its own. (A 1/m, if any, is already in dy.)',
        worth: 0.5,
      },
      {
        gives: [dBeta, dGamma],
        say: 'The two are swapped: γ multiplies x̂, so x̂ belongs to its gradient.',
        worth: 0.5,
      },
      { gives: [dBeta, dBeta], say: 'β is right. For γ each dy is multiplied by its x̂.', worth: 0.5 },
      {
        gives: [sumOf(xHat), dBeta],
        say: 'For γ it is the sum of the products dy x̂, not of x̂ alone.',
        worth: 0.5,
      },
      {
        gives: [sumOf(dy) * sumOf(xHat), dBeta],
        say: 'Multiply first, then add up: the sum of the products.',
        worth: 0.5,
      },
    ],
    'Sums over the minibatch, one pair for each feature.',
  );
}

/**
 * Checks backprop through BN as a student wrote it (lecture 08): the compact form, with what is missing told by name.
 *
 * @example
 * console.log(checkBackprop(({ dy }) => dy).passed); // prints false
 */
export function checkBackprop(backprop: (input: BackpropInput) => number[]): Verdict {
  const input = minibatch();
  const { dy, xHat, gamma, variance, epsilon } = input;
  const m = dy.length;
  const s = Math.sqrt(variance + epsilon);
  const [meanDy, meanAlong] = [sumOf(dy) / m, sumOf(dy.map((value, i) => value * xHat[i])) / m];
  const gradient = (factor: number, throughMean: number, throughVariance: number) =>
    dy.map((value, i) => factor * (value - throughMean * meanDy - throughVariance * xHat[i] * meanAlong));
  const right = gradient(gamma / s, 1, 1);
  return judgeList(
    () => backprop({ ...input, dy: [...dy], xHat: [...xHat] }),
    right,
    [
      {
        gives: gradient(gamma / s, 0, 0),
        say: 'That is the direct way alone: the mean’s and the variance’s terms are missing, as if both were constants.',
      },
      {
        gives: gradient(gamma / s, 0, 1),
        say: 'The direct way and the variance are right; the mean’s term is missing: your dx do not add up to 0.',
        worth: 0.5,
      },
      {
        gives: gradient(gamma / s, 1, 0),
        say: 'The direct way and the mean are right; the variance’s term is missing: your dx x̂ do not add up to 0.',
        worth: 0.5,
      },
      {
        gives: gradient(1 / s, 1, 1),
        say: 'γ is missing: x̂ is multiplied by it on the way to y.',
        worth: 0.5,
      },
      {
        gives: gradient(gamma, 1, 1),
        say: '1/s is missing: x was divided by s on the way to x̂.',
        worth: 0.5,
      },
      {
        gives: gradient(gamma / s, m, m),
        say: 'There are sums where means belong: divide both by m.',
        worth: 0.5,
      },
      { gives: gradient(gamma / s, m, 1), say: 'The mean of dy is divided by m, too.', worth: 0.5 },
      { gives: gradient(gamma / s, 1, m), say: 'The mean of dy x̂ is divided by m, too.', worth: 0.5 },
      { gives: gradient(gamma / s, -1, -1), say: 'The signs: both terms are subtracted.', worth: 0.5 },
      {
        gives: gradient(gamma / s, 1, -1),
        say: 'The sign of the variance’s term: it is subtracted.',
        worth: 0.5,
      },
      {
        gives: gradient(gamma / (Math.sqrt(variance) + epsilon), 1, 1),
        say: 'ε stands under the root: s = √(σ² + ε), not √σ² + ε.',
        worth: 0.5,
      },
      {
        gives: gradient(gamma / Math.sqrt(variance), 1, 1),
        say: 'ε is missing in s = √(σ² + ε).',
        worth: 0.5,
      },
      {
        gives: gradient(gamma / (s * s), 1, 1),
        say: 'That divides by the variance: s is its root.',
        worth: 0.5,
      },
      {
        gives: dy.map((value) => (gamma / s) * (value - meanDy - meanAlong)),
        say: 'The variance’s term differs from example to example: it is multiplied by x̂_i.',
        worth: 0.5,
      },
    ],
    'That is backprop through batch normalization, all of it.',
  );
}

/**
 * Checks lecture 08's central difference.
 *
 * @example
 * console.log(checkCentralDifference((f, x, h) => (f(x + h) - f(x)) / h).passed); // prints false
 */
export function checkCentralDifference(
  difference: (f: (x: number) => number, x: number, h: number) => number,
): Verdict {
  const f = (x: number) => x ** 3 - 2 * x;
  const [x, h] = [1.5, 0.25];
  let answer: number;
  try {
    answer = difference(f, x, h);
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  const right = (f(x + h) - f(x - h)) / (2 * h);
  return judgeNumber(
    answer,
    right,
    [
      {
        gives: (f(x + h) - f(x)) / h,
        say: 'That looks to one side only: its error falls like h, that of the central difference like h².',
        worth: 0.5,
      },
      { gives: (f(x) - f(x - h)) / h, say: 'That looks back only: take a step to each side.', worth: 0.5 },
      { gives: (f(x + h) - f(x - h)) / h, say: 'The two points are 2h apart, not h.', worth: 0.5 },
      { gives: -right, say: 'The sign: above minus below.', worth: 0.5 },
      { gives: (f(x + h) + f(x - h)) / (2 * h), say: 'Their difference, not their sum.' },
      { gives: f(x + h) - f(x - h), say: 'Divide by how far the points are apart, 2h.' },
      { gives: 3 * x * x - 2, say: 'That is the exact derivative of this f: compute it from f alone.' },
    ],
    'Two calls for each number: slow, and the best judge of a gradient there is.',
    1e-9,
  );
}
