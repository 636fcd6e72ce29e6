import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenNetworks } from '../../tests/lib/networksGolden.js';
import { expectClose } from '../../tests/lib/support.js';
import {
  adamUpdate,
  completeOptimiser,
  momentumUpdate,
  type Optimiser,
  OptimiserState,
} from './optimiser.js';

describe('the optimisers', () => {
  test.each(goldenNetworks('optimiser'))('move as PyTorch’s, with a rate that changes: $name', (g) => {
    const state = new OptimiserState(g.optimiser);
    const parameter = Float64Array.from(g.start);
    for (const [step, gradient] of g.gradients.entries()) {
      state.update(parameter, gradient, g.rates[step]);
      expectClose(parameter, g.after[step], 1e-12);
    }
  });

  test('without momentum are plain SGD: p - rate g', () => {
    const parameter = Float64Array.of(1, 2);
    new OptimiserState().update(parameter, [10, -20], 0.1);
    expect(Array.from(parameter)).toEqual([0, 4]);
  });

  test('momentum is the sum of past gradients, each weaker by the momentum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (gradients, momentum) => {
          const parameter = Float64Array.of(0);
          const velocity = Float64Array.of(0);
          for (const g of gradients) {
            momentumUpdate(parameter, [g], velocity, 1, momentum);
          }
          const sum = gradients.reduce((v, g, i) => v + g * momentum ** (gradients.length - 1 - i), 0);
          expect(velocity[0]).toBeCloseTo(sum, 9);
        },
      ),
    );
  });

  test('Adam does not notice the scale of the gradients', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(1e-3, 10, 1e4), (seed, scale) => {
        const gradients = Array.from({ length: 8 }, (_, i) => Math.sin(seed + 3 * i) + 0.01);
        const run = (factor: number): number => {
          const parameter = Float64Array.of(1);
          const moments = { first: Float64Array.of(0), second: Float64Array.of(0) };
          for (const [steps, g] of gradients.entries()) {
            const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-300 };
            adamUpdate(parameter, [factor * g], { ...moments, steps }, 0.1, constants);
          }
          return parameter[0];
        };
        expect(run(scale)).toBeCloseTo(run(1), 9);
      }),
    );
  });

  test('decoupled decay shrinks p by rate * decay, and spares what it is told to spare', () => {
    for (const kind of ['sgd', 'adam'] as const) {
      const state = new OptimiserState({ kind, decay: 0.5 });
      const [decayed, spared] = [Float64Array.of(4), Float64Array.of(4)];
      state.update(decayed, [0], 0.1);
      state.update(spared, [0], 0.1, false);
      expect([decayed[0], spared[0]]).toEqual([3.8, 4]);
    }
  });

  test('keep a state for each array', () => {
    const state = new OptimiserState({ kind: 'sgd', momentum: 0.5 });
    const [one, other] = [Float64Array.of(0), Float64Array.of(0)];
    state.update(one, [1], 1);
    state.update(other, [1], 1);
    state.update(one, [1], 1);
    expect([one[0], other[0]]).toEqual([-2.5, -1]);
  });
});

describe('bad optimisers', () => {
  test.each<[string, object, string]>([
    ['an unknown kind', { kind: 'rmsprop' }, 'optimiser.kind must be one of "sgd", "adam", found "rmsprop"'],
    ['a momentum of 1', { kind: 'sgd', momentum: 1 }, 'momentum must be in [0, 1), found 1'],
    ['Nesterov alone', { kind: 'sgd', nesterov: true }, 'nesterov needs a momentum above 0, found 0'],
    ['beta2 of 1', { kind: 'adam', beta2: 1 }, 'beta2 must be in [0, 1), found 1'],
    ['epsilon 0', { kind: 'adam', epsilon: 0 }, 'epsilon must be a finite number above 0, found 0'],
    [
      'a negative decay',
      { kind: 'adam', decay: -1 },
      'decay must be a finite number of at least 0, found -1',
    ],
    ['another’s option', { kind: 'adam', momentum: 0.9 }, 'the optimiser "adam" has no option "momentum"'],
  ])('%s', (_, optimiser, message) => {
    // what a user without types could write
    expect(() => completeOptimiser(optimiser as Optimiser)).toThrow(message);
  });

  test('a gradient of another length', () => {
    expect(() => new OptimiserState().update(Float64Array.of(1, 2), [1], 0.1)).toThrow(
      'gradient must have the number of parameters = 2 elements, found 1',
    );
    expect(() => new OptimiserState({ kind: 'adam' }).update(Float64Array.of(1, 2), [1], 0.1)).toThrow(
      'gradient must have the number of parameters = 2 elements, found 1',
    );
  });
});
