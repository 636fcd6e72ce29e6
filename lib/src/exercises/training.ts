import { sigmoid } from '../activations.js';
import { meanOf } from '../experiments/vectors.js';
import { judgeList, judgeNumber, type Verdict } from './verdict.js';

/** What a BN layer knows of one of its units over a minibatch. */
export interface UnitOfLayer {
  /** u = x W of the unit for each example. */
  readonly u: readonly number[];
  readonly gamma: number;
  readonly beta: number;
  readonly epsilon: number;
}

/** Takes a unit; returns its output z for each example. */
export type BNLayer = (unit: UnitOfLayer) => number[];

const unit: UnitOfLayer = { u: [1, 2, 4, 9], gamma: 1.5, beta: 0.5, epsilon: 0.25 };

/** x-hat, with what is divided by left to the caller. */
const normalised = (
  values: readonly number[],
  divisor = (variance: number) => Math.sqrt(variance + unit.epsilon),
) => {
  const centre = meanOf(values);
  const variance = meanOf(values.map((value) => (value - centre) ** 2));
  return values.map((value) => (value - centre) / divisor(variance));
};
const { gamma, beta } = unit;
const bn = (values: readonly number[]) => normalised(values).map((value) => gamma * value + beta);

/**
 * Checks the exercise of lecture 09: one unit of a BN layer as the paper places it, z = g(BN(Wu)) with a sigmoid.
 *
 * @example
 * console.log(checkBNLayer(({ u }) => [...u]).passed); // prints false
 */
export function checkBNLayer(layer: BNLayer): Verdict {
  return judgeList(
    () => layer({ ...unit, u: [...unit.u] }),
    bn(unit.u).map(sigmoid),
    [
      { gives: [...unit.u], say: 'That is u as it came: normalise it first.' },
      {
        gives: bn(unit.u.map(sigmoid)),
        say: 'That is BN(g(u)): BN after the activation. The paper puts it before: g(BN(u)).',
        worth: 0.5,
      },
      {
        gives: normalised(unit.u).map((value) => gamma * sigmoid(value) + beta),
        say: 'γ and β belong to BN, inside of the sigmoid: g(γ x̂ + β).',
        worth: 0.5,
      },
      { gives: bn(unit.u), say: 'That is y = BN(u); the activation g is still missing.', worth: 0.5 },
      {
        gives: normalised(unit.u).map(sigmoid),
        say: 'γ and β are missing: the sigmoid’s input is γ x̂ + β.',
        worth: 0.5,
      },
      { gives: unit.u.map(sigmoid), say: 'That is a layer without BN: g(u).' },
      {
        gives: normalised(unit.u, (variance) => Math.sqrt(variance) + unit.epsilon).map((value) =>
          sigmoid(gamma * value + beta),
        ),
        say: 'ε stands outside the root; it is added to the variance, under the root.',
        worth: 0.5,
      },
      {
        gives: normalised(unit.u, (variance) => variance + unit.epsilon).map((value) =>
          sigmoid(gamma * value + beta),
        ),
        say: 'That divides by the variance: take its root.',
        worth: 0.5,
      },
    ],
    'Normalise, scale and shift, then the activation: the order of the paper’s z = g(BN(Wu)).',
  );
}

/** Parameters of one unit, or the gradients of the loss with respect to them. */
export interface UnitParameters {
  readonly w: number;
  readonly gamma: number;
  readonly beta: number;
}

/** Takes parameters, gradients and the learning rate; returns the parameters after one step of SGD. */
export type TrainingStep = (
  parameters: UnitParameters,
  gradients: UnitParameters,
  learningRate: number,
) => number[];

/**
 * Checks the exercise of lecture 09: one step of SGD moves w, gamma and beta alike.
 *
 * @example
 * console.log(checkTrainingStep(({ w, gamma, beta }) => [w, gamma, beta]).passed); // prints false
 */
export function checkTrainingStep(step: TrainingStep): Verdict {
  const parameters = { w: 0.5, gamma: 1.25, beta: -0.75 };
  const gradients = { w: 2, gamma: -3, beta: 5 };
  const rate = 0.1;
  const moved = (by: number) => [
    parameters.w + by * gradients.w,
    parameters.gamma + by * gradients.gamma,
    parameters.beta + by * gradients.beta,
  ];
  const [w, g, b] = moved(-rate);
  return judgeList(
    () => step({ ...parameters }, { ...gradients }, rate),
    [w, g, b],
    [
      { gives: moved(0), say: 'Nothing has moved: subtract the learning rate times the gradient.' },
      {
        gives: [w, parameters.gamma, parameters.beta],
        say: 'Only w has moved. γ and β are learned too, by the same rule.',
        worth: 0.5,
      },
      {
        gives: [parameters.w, g, b],
        say: 'γ and β have moved, and w has not: all three are learned.',
        worth: 0.5,
      },
      { gives: [w, g, parameters.beta], say: 'β has not moved: it is learned too.', worth: 0.5 },
      { gives: [w, parameters.gamma, b], say: 'γ has not moved: it is learned too.', worth: 0.5 },
      { gives: moved(rate), say: 'That goes uphill: the gradient points to where the loss grows.' },
      {
        gives: moved(-1),
        say: 'That subtracts the whole gradient: multiply it by the learning rate.',
        worth: 0.5,
      },
      { gives: moved(1), say: 'Uphill, and without the learning rate: subtract rate times gradient.' },
    ],
    'One rule for all: parameter ← parameter − rate · gradient.',
  );
}

/**
 * Checks the exercise of lecture 09: with BN, 784-100-100-100-10 learns 3 x 100 gammas and betas and leaves out 3 x 100
 * biases, so 300 numbers more than without.
 *
 * @example
 * console.log(checkExtraParameters(600).passed); // prints false
 */
export function checkExtraParameters(more: number): Verdict {
  return judgeNumber(
    more,
    300,
    [
      {
        gives: 600,
        say: 'Those are the γ and β. But each hidden unit has lost something: its bias, which β replaces.',
        worth: 0.5,
      },
      { gives: 0, say: 'β replaces the bias, one for one. γ comes on top.' },
      {
        gives: 900,
        say: 'Mean and variance are not learned: the gradient moves no statistics. Count γ, β and the biases.',
      },
      { gives: 1200, say: 'That counts mean and variance too, which no gradient moves.' },
      { gives: 100, say: 'That is one hidden layer; the network has three.', worth: 0.5 },
      { gives: 200, say: 'Those are γ and β of one layer; there are three layers, and their biases go.' },
      {
        gives: 310,
        say: 'The output layer has no BN and keeps its 10 biases.',
        worth: 0.5,
      },
      { gives: -300, say: 'That is the biases that go. And what comes?' },
    ],
    '600 come (γ and β), 300 go (the biases of the hidden layers): 0.3 % of the 99,710 parameters.',
    0.001,
  );
}

/** Takes a number of steps with BN and the milliseconds of a step with and without; returns steps without BN. */
export type StepsInTheSameTime = (stepsWithBN: number, withBN: number, withoutBN: number) => number;

/**
 * Checks the exercise of lecture 09: while n steps with BN run, n t_with / t_without steps without BN do.
 *
 * @example
 * console.log(checkSameTime((steps) => steps).passed); // prints false
 */
export function checkSameTime(stepsInTheSameTime: StepsInTheSameTime): Verdict {
  const cases: [number, number, number][] = [
    [1000, 0.5, 0.4],
    [300, 1.2, 0.3],
  ];
  const of = (formula: StepsInTheSameTime) => cases.map((each) => formula(...each));
  return judgeList(
    () => of(stepsInTheSameTime),
    of((steps, withBN, withoutBN) => (steps * withBN) / withoutBN),
    [
      { gives: of((steps) => steps), say: 'A step without BN is shorter, so more of them fit.' },
      {
        gives: of((steps, withBN, withoutBN) => (steps * withoutBN) / withBN),
        say: 'The other way round: the net without BN gets more steps, not fewer.',
      },
      { gives: of((steps, withBN) => steps * withBN), say: 'Those are milliseconds: how many steps fit in?' },
      {
        gives: of((steps, withBN, withoutBN) => steps * (withBN - withoutBN)),
        say: 'That is the time BN costs in all, in milliseconds; asked are steps.',
      },
    ],
    'A curve against steps moves to the right by that factor when it is drawn against seconds.',
  );
}
