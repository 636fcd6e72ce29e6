import { inspect } from 'node:util';
import { judgeNumber, near, right, type Verdict, wrong } from './verdict.js';

/** Takes two gradients as vectors and returns a number. */
export type OfTwoGradients = (before: number[], after: number[]) => number;

const [before, after] = [
  [3, -1, 2],
  [1, 1, 4],
];
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const norm = (a: readonly number[]) => Math.sqrt(dot(a, a));

/**
 * Checks the exercise of lecture 16: the cosine of the angle between a layer's gradient before and after the layers
 * below it made their step.
 *
 * @example
 * console.log(checkCosine(() => 1).passed); // prints false
 */
export function checkCosine(cosine: OfTwoGradients): Verdict {
  let answer: unknown;
  try {
    answer = cosine([...before], [...after]);
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof answer !== 'number' || !Number.isFinite(answer)) {
    return wrong(`Return a finite number; yours returned ${inspect(answer)}.`);
  }
  const product = dot(before, after);
  const [a, b] = [norm(before), norm(after)];
  if (near(answer, product / (a * b)))
    return right('1: nothing has changed; 0: the step points somewhere else altogether.');
  const known = [
    {
      gives: product,
      say: 'That is the scalar product, which grows with the lengths: divide by both of them.',
      worth: 0.5,
    },
    {
      gives: product / (a * a * b * b),
      say: 'You divided by the squared lengths: take their roots.',
      worth: 0.5,
    },
    { gives: product / (a * a), say: 'You divided by |G| twice: once it must be |G′|.', worth: 0.5 },
    { gives: product / (b * b), say: 'You divided by |G′| twice: once it must be |G|.', worth: 0.5 },
    { gives: product / (a + b), say: 'The two lengths are multiplied, not added.' },
    {
      gives: norm(before.map((value, i) => value - after[i])),
      say: 'That is the distance |G − G′|, the other measure. Asked is the cosine.',
    },
    {
      gives: Math.acos(product / (a * b)),
      say: 'That is the angle itself: leave the arc cosine out.',
      worth: 0.5,
    },
    { gives: 1, say: 'It is 1 only where nothing has changed.' },
  ].find(({ gives }) => near(answer as number, gives)); // a number: seen above
  return wrong(
    known?.say ?? `Not yet: yours returned ${answer} for [${before}] and [${after}].`,
    known?.worth,
  );
}

const GROWTH = Math.PI / (Math.PI - 1);

/**
 * Checks the exercise of lecture 16: by which factor the gradient (not squared) grows over 50 layers of ReLU with BN:
 * the root of (pi / (pi - 1))^50, about 14,500.
 *
 * @example
 * console.log(checkGrowthOverDepth(50).passed); // prints false
 */
export function checkGrowthOverDepth(times: number): Verdict {
  return judgeNumber(
    times,
    GROWTH ** 25,
    [
      {
        gives: GROWTH ** 50,
        say: 'That is the squared gradient: take the root for the gradient.',
        worth: 0.5,
      },
      {
        gives: GROWTH * 50,
        say: 'Each layer multiplies: over 50 layers it is a power, not a product with 50.',
      },
      { gives: Math.sqrt(GROWTH) * 50, say: 'The root is right, but each layer multiplies: it is a power.' },
      { gives: GROWTH * 25, say: 'Half of the layers stands for the root, but as an exponent.' },
      { gives: Math.sqrt(GROWTH), say: 'That is one layer: there are 50.' },
      { gives: GROWTH, say: 'That is the squared gradient over one layer.' },
      {
        gives: 1 / GROWTH ** 25,
        say: 'On its way down it grows: the layers at the bottom get the larger gradients.',
      },
    ],
    'More than ten thousand times as large at the bottom as at the top: no learning rate suits both.',
    0.05,
  );
}

/**
 * Checks the exercise of lecture 16: the smallest minibatch B for which (B - 2)/(B - 3) is at most 1.1 is 13.
 *
 * @example
 * console.log(checkSmallestBatch(10).passed); // prints false
 */
export function checkSmallestBatch(size: number): Verdict {
  return judgeNumber(
    size,
    13,
    [
      {
        gives: 10,
        say: 'That is B − 3: (B − 2)/(B − 3) = 1 + 1/(B − 3), so 1/(B − 3) must be at most 0.1.',
        worth: 0.5,
      },
      { gives: 12, say: 'At 12 it is 10/9 = 1.111, a little too much.' },
      { gives: 11, say: 'At 11 it is 9/8 = 1.125.' },
      { gives: 14, say: 'At 14 it is less than 1.1; is there a smaller one?' },
      { gives: 23, say: 'The growth may be 0.1 above 1; check your fraction: (23 − 2)/(23 − 3) = 1.05.' },
      { gives: 4, say: 'At 4 it is 2/1: twice as large with every layer.' },
    ],
    '11/10 = 1.1. With a ReLU no size of the minibatch gets it there.',
    1e-9,
  );
}
