/** Learning-rate schedules: each is a function from the step, counted from 1, to the rate of that step. */
import { checkCount, checkPositive } from './check.js';

/** The rate of each step, counted from 1. */
export type Schedule = (step: number) => number;

/**
 * The same rate at every step.
 * @example
 * console.log(constantRate(0.1)(1), constantRate(0.1)(500)); // prints 0.1 0.1
 */
export function constantRate(rate: number): Schedule {
  checkPositive('rate', rate);
  return () => rate;
}

/** The constants of a step-wise schedule. */
export interface StepDecay {
  /** The rate of the first steps. */
  readonly rate: number;
  /** What the rate is multiplied by, in (0, 1]. */
  readonly factor: number;
  /** After how many steps, again and again; or after exactly which steps. */
  readonly every: number | readonly number[];
}

/**
 * A rate that falls by a factor at once: rate(t) = rate * factor^(number of falls before step t).
 * @throws RangeError for a rate that is not above 0, a factor outside (0, 1], or steps that are no rising counts
 * @example
 * const rate = stepDecay({ rate: 1, factor: 0.1, every: [100, 150] });
 * console.log(rate(100), rate(101), rate(151).toFixed(2)); // prints 1 0.1 0.01
 */
export function stepDecay({ rate, factor, every }: StepDecay): Schedule {
  checkPositive('rate', rate);
  checkFactor('factor', factor);
  if (typeof every === 'number') {
    checkCount('every', every);
    return (step) => rate * factor ** Math.floor((step - 1) / every);
  }
  for (const [index, at] of every.entries()) {
    checkCount(`every[${index}]`, at);
    if (index > 0 && at <= every[index - 1]) {
      throw new RangeError(`every must rise, found ${every[index - 1]} before ${at}`);
    }
  }
  const falls = [...every];
  return (step) => rate * factor ** falls.filter((at) => step > at).length;
}

/** The constants of an exponential schedule. */
export interface ExponentialDecay {
  /** The rate of the first step. */
  readonly rate: number;
  /** What the rate is multiplied by in `over` steps, in (0, 1]. */
  readonly factor: number;
  /** Over how many steps. The paper's "6 times faster" (section 4.2.1) is a sixth of this number. */
  readonly over: number;
}

/**
 * A rate that falls smoothly: rate(t) = rate * factor^((t - 1) / over). Inception is trained so in the paper
 * (Ioffe and Szegedy 2015, section 4.2), and its BN variants with a decay that is 6 times faster.
 * @throws RangeError for a rate that is not above 0, a factor outside (0, 1], or an `over` that is not above 0
 * @example
 * const rate = exponentialDecay({ rate: 0.8, factor: 0.5, over: 100 });
 * console.log(rate(1), rate(101), rate(201)); // prints 0.8 0.4 0.2
 */
export function exponentialDecay({ rate, factor, over }: ExponentialDecay): Schedule {
  checkPositive('rate', rate);
  checkFactor('factor', factor);
  checkPositive('over', over);
  return (step) => rate * factor ** ((step - 1) / over);
}

function checkFactor(name: string, factor: number): void {
  if (!(factor > 0 && factor <= 1)) {
    throw new RangeError(`${name} must be in (0, 1], found ${factor}`);
  }
}
