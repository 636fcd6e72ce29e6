import { activation, sigmoid } from '../activations.js';
import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** Takes outputs g of a sigmoid; returns the slope at each, in terms of g alone. */
export type SlopeFromOutput = (outputs: number[]) => number[];

/**
 * Checks the exercise of lecture 02: the slope of the sigmoid is g (1 - g).
 *
 * @example
 * console.log(checkSlope((outputs) => outputs).passed); // prints false
 */
export function checkSlope(slope: SlopeFromOutput): Verdict {
  const outputs = [-6, -2, 0, 1, 4].map(sigmoid);
  const of = (formula: (g: number) => number) => outputs.map(formula);
  return judgeList(
    () => slope([...outputs]),
    of((g) => g * (1 - g)),
    [
      {
        gives: of((g) => g),
        say: 'Those are the outputs. The slope is largest in the middle and 0 at both ends.',
      },
      {
        gives: of((g) => 1 - g * g),
        say: 'That is the slope of tanh in terms of its output. The sigmoid goes from 0 to 1: g (1 − g).',
        worth: 0.5,
      },
      {
        gives: of((g) => 1 - g),
        say: 'That is the other half of it: it is 0 on the right only. Times g.',
        worth: 0.5,
      },
      {
        gives: of((g) => sigmoid(g) * (1 - sigmoid(g))),
        say: 'You are given g(u), not u: do not put it into the sigmoid once more.',
        worth: 0.5,
      },
      { gives: of((g) => 4 * g * (1 - g)), say: 'Nearly: at u = 0 the slope is 1/4, not 1.', worth: 0.5 },
      { gives: of(() => 0.25), say: 'That is its largest value, at u = 0. Elsewhere it is smaller.' },
    ],
    'Never above 1/4, and next to nothing where the unit is nearly 0 or nearly 1.',
  );
}

/** Takes inputs and the divisor a; returns LeakyReLU of each. */
export type Leaky = (inputs: number[], a: number) => number[];

/**
 * Checks the exercise of lecture 02: LeakyReLU is x for x > 0, and x / a else, with a in (1, infinity).
 *
 * @example
 * console.log(checkLeaky((inputs) => inputs).passed); // prints false
 */
export function checkLeaky(leaky: Leaky): Verdict {
  const [inputs, a] = [[-8, -1, 0, 0.5, 3], 4];
  const of = (formula: (x: number) => number) => inputs.map(formula);
  return judgeList(
    () => leaky([...inputs], a),
    of((x) => (x > 0 ? x : x / a)),
    [
      {
        gives: of((x) => Math.max(0, x)),
        say: 'That is ReLU: below 0 there is no slope left. Let x / a through.',
        worth: 0.5,
      },
      {
        gives: of((x) => (x > 0 ? x : a * x)),
        say: 'Below 0 that is steeper, not flatter: with a above 1, divide by it.',
        worth: 0.5,
      },
      { gives: of((x) => Math.max(x, a * x)), say: 'Above 0 that is a x: there it must be x itself.' },
      { gives: of((x) => x / a), say: 'Divided everywhere: above 0 it is x itself.', worth: 0.5 },
      { gives: of((x) => x), say: 'That is the identity. Below 0 divide by a.' },
      {
        gives: of((x) => (x > 0 ? x : 0.01 * x)),
        say: 'A slope of 0.01 is a = 100, the usual choice: use the a that is given.',
        worth: 0.5,
      },
      { gives: of((x) => (x > 0 ? x : -x / a)), say: 'Below 0 the sign has turned: it must stay negative.' },
    ],
    'A slope of 1/a below 0: small, and never 0. So it saturates nowhere.',
  );
}

/**
 * Checks the exercise of lecture 02: through 10 sigmoid layers with weights of 1 at most (1/4)^10 of a gradient is left.
 *
 * @example
 * console.log(checkShrinking(10 / 4).passed); // prints false
 */
export function checkShrinking(share: number): Verdict {
  return judgeNumber(
    share,
    0.25 ** 10,
    [
      { gives: 0.25, say: 'That is one layer. The slopes of all ten multiply.', worth: 0.5 },
      { gives: 10 / 4, say: 'The chain rule multiplies the slopes; it does not add them.' },
      { gives: 1 / 40, say: 'The chain rule multiplies ten factors of 1/4; it does not divide by 4 · 10.' },
      { gives: 4 ** 10, say: 'The other way round: each layer makes it smaller.', worth: 0.5 },
      { gives: 0.25 ** 9, say: 'That is nine layers.', worth: 0.5 },
      {
        gives: 0.5 ** 10,
        say: 'The slope of the sigmoid is at most 1/4; 1/2 is its output at 0.',
        worth: 0.5,
      },
      { gives: 1, say: 'That would be ReLU where it is on: a slope of 1.' },
    ],
    'About one in a million, at best. With tanh it could be 1: its largest slope is 1.',
  );
}

/** Takes the weights of a chain of sigmoid units, the first layer's first, and its input; returns dz/d(input) at its end. */
export type ChainGradient = (weights: number[], input: number) => number;

/** The input of each unit of the chain, x_l = w_l z_(l-1). */
function chainInputs(weights: readonly number[], input: number): number[] {
  let z = input;
  return weights.map((w) => {
    const x = w * z;
    z = sigmoid(x);
    return x;
  });
}

const sigmoidSlope = activation('sigmoid').derivative;
const product = (values: readonly number[]) => values.reduce((total, value) => total * value, 1);

/**
 * Checks the exercise of lecture 02: through a chain z_l = sigmoid(w_l z_(l-1)) the gradient is the product of all w_l g'(x_l).
 *
 * @example
 * console.log(checkChainGradient((weights) => weights[0]).passed); // prints false
 */
export function checkChainGradient(gradient: ChainGradient): Verdict {
  const chains: [number[], number][] = [
    [[1.5], 0.4],
    [[2, -3], 0.5],
    [[1.2, -0.7, 2.5, 4], -1.3],
  ];
  const of = (formula: (weights: number[], x: number[], input: number) => number) =>
    chains.map(([weights, input]) => formula(weights, chainInputs(weights, input), input));
  return judgeList(
    () => chains.map(([weights, input]) => gradient([...weights], input)),
    of((w, x) => product(w) * product(x.map(sigmoidSlope))),
    [
      {
        gives: of((_, x) => product(x.map(sigmoidSlope))),
        say: 'The slopes are right. Each layer also multiplies by its weight: x = w z.',
        worth: 0.5,
      },
      {
        gives: of((w, _, input) => product(w) * sigmoidSlope(input) ** w.length),
        say: 'All slopes are taken at the chain’s input. Each layer has its own: w times the output of the layer below.',
        worth: 0.5,
      },
      {
        gives: of((w, x) => product(w) * product(x.map((each) => sigmoidSlope(sigmoid(each))))),
        say: 'The slope belongs at the unit’s input x, not at its output z.',
        worth: 0.5,
      },
      {
        gives: of((w, x) => product(w) * product(x.slice(0, -1).map(sigmoidSlope))),
        say: 'The last unit is a sigmoid, too: its slope is missing.',
        worth: 0.5,
      },
      {
        gives: of((w, x) => product(w.slice(1)) * product(x.map(sigmoidSlope))),
        say: 'That is dz/dx of the first unit’s input x = w z. The first weight is missing.',
        worth: 0.5,
      },
      {
        gives: of((w, x) => w.reduce((total, each, l) => total + each * sigmoidSlope(x[l]), 0)),
        say: 'The chain rule multiplies the factors of the layers; it does not add them.',
      },
      { gives: of((_, x) => sigmoid(x[x.length - 1])), say: 'That is the chain’s output, not its gradient.' },
    ],
    'One weight and one slope for each layer, each slope at that layer’s own input.',
  );
}
