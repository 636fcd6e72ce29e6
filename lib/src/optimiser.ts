/**
 * Optimisers: how a parameter p moves when its gradient is g. Each is written as its formula for one array, with
 * its state beside it; `OptimiserState` keeps the state of all arrays of a network.
 *
 *   SGD                  p <- p - rate g
 *   momentum             v <- momentum v + g                 p <- p - rate v
 *   Nesterov's           v <- momentum v + g                 p <- p - rate (g + momentum v)
 *   Adam                 a <- beta1 a + (1 - beta1) g        b <- beta2 b + (1 - beta2) g^2
 *                        p <- p - rate (a / (1 - beta1^t)) / (sqrt(b / (1 - beta2^t)) + epsilon)
 *
 * Momentum is written as in PyTorch: the rate multiplies v as a whole, so a new rate acts at once on all that v
 * holds. Sutskever et al. 2013 (and Keras) keep the rate inside v, v <- momentum v - rate g; at a constant rate
 * the two are the same. v starts at 0. Adam is Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1, with t counted
 * from 1.
 *
 * `decay` is decoupled weight decay (AdamW, Loshchilov and Hutter 2019, arXiv 1711.05101): p <- (1 - rate decay) p
 * before the step. It is no part of the gradient, so Adam's division does not undo it, as it does with L2.
 */
import { checkChoice, checkOptions, checkPositive, checkVector, type FloatArray } from './check.js';

/** Which optimiser, with its constants. */
export type Optimiser =
  | {
      readonly kind: 'sgd';
      /** In [0, 1). Left out: 0. */
      readonly momentum?: number;
      /** Nesterov's look-ahead; needs momentum. Left out: false. */
      readonly nesterov?: boolean;
      /** Decoupled weight decay, at least 0. Left out: 0. */
      readonly decay?: number;
    }
  | {
      readonly kind: 'adam';
      /** In [0, 1). Left out: 0.9. */
      readonly beta1?: number;
      /** In [0, 1). Left out: 0.999. */
      readonly beta2?: number;
      /** Added to the root, above 0. Left out: 1e-8. */
      readonly epsilon?: number;
      /** Decoupled weight decay, at least 0: AdamW. Left out: 0. */
      readonly decay?: number;
    };

/** An optimiser with nothing left out. */
export type CompleteOptimiser =
  | {
      readonly kind: 'sgd';
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly decay: number;
    }
  | {
      readonly kind: 'adam';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly decay: number;
    };

/**
 * Checks an optimiser and fills in what was left out.
 * @throws RangeError or TypeError for an unknown kind or option, or a constant out of its range
 *
 * @example
 * console.log(completeOptimiser().kind, completeOptimiser({ kind: 'adam' }).kind); // prints sgd adam
 */
export function completeOptimiser(optimiser: Optimiser = { kind: 'sgd' }): CompleteOptimiser {
  checkChoice('optimiser.kind', optimiser.kind, ['sgd', 'adam']);
  const name = `the optimiser "${optimiser.kind}"`;
  const { decay = 0 } = optimiser;
  if (!Number.isFinite(decay) || decay < 0) {
    throw new RangeError(`decay must be a finite number of at least 0, found ${decay}`);
  }
  if (optimiser.kind === 'sgd') {
    checkOptions(name, optimiser, ['kind', 'momentum', 'nesterov', 'decay']);
    const { momentum = 0, nesterov = false } = optimiser;
    checkShare('momentum', momentum);
    if (nesterov && momentum === 0) {
      throw new RangeError('nesterov needs a momentum above 0, found 0');
    }
    return { kind: 'sgd', momentum, nesterov, decay };
  }
  checkOptions(name, optimiser, ['kind', 'beta1', 'beta2', 'epsilon', 'decay']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimiser;
  checkShare('beta1', beta1);
  checkShare('beta2', beta2);
  checkPositive('epsilon', epsilon);
  return { kind: 'adam', beta1, beta2, epsilon, decay };
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(`${name} must be in [0, 1), found ${value}`);
  }
}

/**
 * One step of SGD with momentum, in place. `velocity` is v, of the same length, and starts at 0.
 *
 * @example
 * const [parameter, velocity] = [Float64Array.of(0), Float64Array.of(0)];
 * momentumUpdate(parameter, [1], velocity, 0.5, 0.5);
 * momentumUpdate(parameter, [1], velocity, 0.5, 0.5);
 * console.log(velocity[0], parameter[0]); // prints 1.5 -1.25
 */
export function momentumUpdate(
  parameter: FloatArray,
  gradient: ArrayLike<number>,
  velocity: FloatArray,
  rate: number,
  momentum: number,
  nesterov = false,
): void {
  checkVector('gradient', gradient, parameter.length, 'the number of parameters');
  checkVector('velocity', velocity, parameter.length, 'the number of parameters');
  for (let i = 0; i < parameter.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    parameter[i] -= rate * (nesterov ? gradient[i] + momentum * velocity[i] : velocity[i]);
  }
}

/** What Adam remembers of one array: the moving averages of g and of g^2, and how many steps were taken. */
export interface AdamMoments {
  readonly first: FloatArray;
  readonly second: FloatArray;
  /** t before the step: 0 at the start. */
  readonly steps: number;
}

/**
 * One step of Adam, in place; the caller counts the steps.
 *
 * @example
 * const parameter = Float64Array.of(1);
 * const moments = { first: new Float64Array(1), second: new Float64Array(1), steps: 0 };
 * adamUpdate(parameter, [123], moments, 0.1, { beta1: 0.9, beta2: 0.999, epsilon: 0 });
 * console.log(parameter[0].toFixed(6)); // prints 0.900000
 */
export function adamUpdate(
  parameter: FloatArray,
  gradient: ArrayLike<number>,
  { first, second, steps }: AdamMoments,
  rate: number,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): void {
  checkVector('gradient', gradient, parameter.length, 'the number of parameters');
  checkVector('first', first, parameter.length, 'the number of parameters');
  checkVector('second', second, parameter.length, 'the number of parameters');
  // Without these two an average that started at 0 is far too small in the first steps.
  const firstShare = 1 - beta1 ** (steps + 1);
  const secondShare = 1 - beta2 ** (steps + 1);
  for (let i = 0; i < parameter.length; i++) {
    first[i] = beta1 * first[i] + (1 - beta1) * gradient[i];
    second[i] = beta2 * second[i] + (1 - beta2) * gradient[i] * gradient[i];
    parameter[i] -= (rate * (first[i] / firstShare)) / (Math.sqrt(second[i] / secondShare) + epsilon);
  }
}

/**
 * The state of an optimiser over any number of arrays. An array is known by itself: give the same array each
 * time, and the same for no other parameter.
 *
 * @example
 * const state = new OptimiserState({ kind: 'adam' });
 * const parameter = Float64Array.of(1, -1);
 * state.update(parameter, [0.5, -20], 0.1); // Adam's first step has the length of the rate, whatever the gradient
 * console.log(parameter.map((p) => Math.round(1e6 * p) / 1e6).join()); // prints 0.9,-0.9
 */
export class OptimiserState {
  readonly optimiser: CompleteOptimiser;
  private readonly slots = new Map<FloatArray, { first: FloatArray; second: FloatArray; steps: number }>();

  /** @throws RangeError or TypeError for an optimiser that cannot be */
  constructor(optimiser: Optimiser = { kind: 'sgd' }) {
    this.optimiser = completeOptimiser(optimiser);
  }

  /**
   * Moves one array, in place.
   * @param rate the learning rate of this step
   * @param decayed false spares this array the decoupled weight decay
   */
  update(parameter: FloatArray, gradient: ArrayLike<number>, rate: number, decayed = true): void {
    const { optimiser } = this;
    if (decayed && optimiser.decay > 0) {
      for (let i = 0; i < parameter.length; i++) {
        parameter[i] *= 1 - rate * optimiser.decay;
      }
    }
    const slot = this.slotOf(parameter);
    if (optimiser.kind === 'sgd') {
      momentumUpdate(parameter, gradient, slot.first, rate, optimiser.momentum, optimiser.nesterov);
    } else {
      adamUpdate(parameter, gradient, slot, rate, optimiser);
    }
    slot.steps++;
  }

  private slotOf(parameter: FloatArray): { first: FloatArray; second: FloatArray; steps: number } {
    let slot = this.slots.get(parameter);
    if (slot === undefined) {
      const zeros = (length: number): Float64Array => new Float64Array(length);
      const { length } = parameter;
      slot = { first: zeros(length), second: zeros(this.optimiser.kind === 'adam' ? length : 0), steps: 0 };
      this.slots.set(parameter, slot);
    }
    return slot;
  }
}
