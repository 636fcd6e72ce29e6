import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Initialiser, initialStd, initialWeights } from './initialise.js';
import { orthogonalWeights } from './orthogonal.js';
import { Random } from './random.js';

const rootMeanSquare = (weights: Float64Array): number =>
  Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);

describe('initialisers', () => {
  test.each<[Initialiser, number]>([
    [{ kind: 'normal', std: 0.3 }, 0.3],
    [{ kind: 'xavier' }, Math.sqrt(2 / 300)],
    [{ kind: 'xavier', shape: 'uniform' }, Math.sqrt(2 / 300)],
    [{ kind: 'he' }, Math.sqrt(2 / 200)],
    [{ kind: 'he', shape: 'uniform' }, Math.sqrt(2 / 200)],
    [{ kind: 'uniform', limit: 0.6 }, 0.6 / Math.sqrt(3)],
    [{ kind: 'constant', value: -0.5 }, 0.5],
    [{ kind: 'orthogonal', gain: 2 }, 2 / Math.sqrt(200)],
  ])('%j draws with its standard deviation', (initialiser, std) => {
    expect(initialStd(initialiser, 200, 100)).toBeCloseTo(std, 12);
    const weights = initialWeights(initialiser, 200, 100, new Random(1));
    expect(weights.length).toBe(20_000);
    expect(rootMeanSquare(weights) / std).toBeCloseTo(1, 1);
    const again = initialWeights(initialiser, 200, 100, new Random(1));
    expect(weights.every((w, i) => w === again[i])).toBe(true);
  });

  test.each<[Initialiser, number]>([
    [{ kind: 'xavier', shape: 'uniform' }, Math.sqrt(6 / 300)],
    [{ kind: 'he', shape: 'uniform' }, Math.sqrt(6 / 200)],
    [{ kind: 'uniform', limit: 0.6 }, 0.6],
  ])('%j stays within its limit, and comes close to it on both sides', (initialiser, limit) => {
    const weights = initialWeights(initialiser, 200, 100, new Random(2));
    expect(Math.max(...weights)).toBeLessThan(limit * (1 + 1e-12));
    expect(Math.max(...weights)).toBeGreaterThan(0.99 * limit);
    expect(Math.min(...weights)).toBeLessThan(-0.99 * limit);
  });

  test('normal draws are the same as they were before there were other kinds', () => {
    const random = new Random(4);
    const expected = Float64Array.from({ length: 6 }, () => 0.1 * random.normal());
    expect(initialWeights({ kind: 'normal', std: 0.1 }, 3, 2, new Random(4))).toEqual(expected);
  });

  test('constant weights are all the same', () => {
    expect(new Set(initialWeights({ kind: 'constant', value: 0.25 }, 4, 3, new Random(1)))).toEqual(
      new Set([0.25]),
    );
  });

  test('orthogonal weights have orthonormal rows or columns, times the gain', () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.nat(), (inputs, outputs, seed) => {
        const gain = 1.5;
        const w = orthogonalWeights(inputs, outputs, gain, new Random(seed));
        const byRow = inputs <= outputs;
        const count = Math.min(inputs, outputs);
        const length = Math.max(inputs, outputs);
        const at = (v: number, i: number): number => (byRow ? w[v * outputs + i] : w[i * outputs + v]);
        for (let a = 0; a < count; a++) {
          for (let b = 0; b < count; b++) {
            let sum = 0;
            for (let i = 0; i < length; i++) {
              sum += at(a, i) * at(b, i);
            }
            expect(sum).toBeCloseTo(a === b ? gain * gain : 0, 10);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each<[string, object, string]>([
    ['an unknown kind', { kind: 'lecun' }, 'kind must be one of "normal", "xavier", "he", "uniform"'],
    ['a negative std', { kind: 'normal', std: -1 }, 'std must be a finite number of at least 0, found -1'],
    ['a missing std', { kind: 'normal' }, 'std must be a finite number of at least 0, found undefined'],
    ['an unknown shape', { kind: 'he', shape: 'round' }, 'shape must be one of "normal", "uniform"'],
    ['another’s option', { kind: 'xavier', std: 1 }, 'the initialiser "xavier" has no option "std"'],
    [
      'a limit that is NaN',
      { kind: 'uniform', limit: Number.NaN },
      'limit must be a finite number of at least 0',
    ],
    ['a value that is no number', { kind: 'constant' }, 'value must be a finite number, found undefined'],
    ['a negative gain', { kind: 'orthogonal', gain: -1 }, 'gain must be a finite number of at least 0'],
  ])('%s is refused', (_, initialiser, message) => {
    // what a user without types could write
    expect(() => initialStd(initialiser as Initialiser, 1, 1)).toThrow(message);
  });
});
