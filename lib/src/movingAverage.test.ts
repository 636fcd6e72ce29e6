/** What the moving averages can beside the two conventions, which statistics.test.ts holds to PyTorch. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { expectClose } from '../../tests/lib/support.js';
import { batchNormMaps } from './featureMaps.js';
import { MovingAverage, RunningStatistics } from './movingAverage.js';

describe('running statistics over feature maps', () => {
  test.each(familyCases('maps'))("follow PyTorch's, the cumulative ones too: $name", (g) => {
    const c = g.shape[g.shape.length - 1];
    const options = g.weight === null ? ({ cumulative: true } as const) : { newWeight: g.weight };
    const running = new RunningStatistics(c, options);
    for (const [index, x] of g.xs.entries()) {
      running.update(batchNormMaps(x, g.shape));
      expectClose(running.mean, g.after[index].mean, 1e-10);
      expectClose(running.variance, g.after[index].variance, 1e-10);
    }
    expect(running.count).toBe(g.xs.length);
  });

  test('average the biased variance when told to', () => {
    const running = new RunningStatistics(1, { decay: 0.5, variance: 'biased' });
    running.update({ m: 3, mean: [4], variance: [8] });
    expect([running.mean[0], running.variance[0]]).toEqual([2, 0.5 * 1 + 0.5 * 8]);
  });

  test('start from given statistics, and leave those as they are', () => {
    const initial = { mean: [2], variance: [6] };
    const running = new RunningStatistics(1, { newWeight: 0.5 }, initial);
    running.update({ m: 2, mean: [0], variance: [1] });
    expect([running.mean[0], running.variance[0]]).toEqual([1, 4]);
    expect(initial).toEqual({ mean: [2], variance: [6] });
  });

  test('stay as they were when a minibatch is refused', () => {
    const running = new RunningStatistics(1, { newWeight: 0.5 });
    const refused = [
      { m: 1, mean: [1], variance: [0] },
      { m: 2, mean: [1, 2], variance: [1] },
      { m: 2, mean: [1], variance: [1, 1] },
      { m: 2, mean: [Number.NaN], variance: [1] },
      { m: 2, mean: [1], variance: [Infinity] },
    ];
    for (const minibatch of refused) {
      expect(() => running.update(minibatch)).toThrow(RangeError);
    }
    expect([running.mean[0], running.variance[0], running.count]).toEqual([0, 1, 0]);
  });
});

describe('the debiased average', () => {
  test('is the weighted mean of the values alone, whatever it started from', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        (values, newWeight, initial) => {
          const average = new MovingAverage([initial], { newWeight });
          const weights = values.map((_, i) => newWeight * (1 - newWeight) ** (values.length - 1 - i));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          for (const value of values) {
            average.update([value]);
          }
          const expected = values.reduce((sum, value, i) => sum + (weights[i] / total) * value, 0);
          expectClose(average.debiased(), [expected], 1e-11);
        },
      ),
    );
  });

  test('of running statistics are those of the only minibatch, and a variance of 0 stays 0', () => {
    const running = new RunningStatistics(2, { newWeight: 0.01 });
    expect(() => running.debiased()).toThrow(
      'the number of values taken in must be a whole number of at least 1, found 0',
    );
    running.update({ m: 4, mean: [7, 0.1], variance: [3, 0] });
    expectClose(running.debiased().mean, [7, 0.1], 1e-13);
    expectClose(running.debiased().variance, [4, 0], 1e-13);
    expect(running.debiased().variance[1]).toBeGreaterThanOrEqual(0);
    const cumulative = new RunningStatistics(1, { cumulative: true });
    cumulative.update({ m: 2, mean: [7], variance: [3] });
    expect(cumulative.debiased()).toEqual({ mean: cumulative.mean, variance: cumulative.variance });
  });
});

describe('the cumulative average', () => {
  test('is the mean of all values, and forgets what it started from', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const average = new MovingAverage([1e6], { cumulative: true });
          for (const value of values) {
            average.update([value]);
          }
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          expectClose(average.state, [mean], 1e-13);
          expect(average.newWeight).toBe(1 / (values.length + 1));
        },
      ),
    );
  });

  test('takes no weight beside it', () => {
    expect(() => new MovingAverage([0], { cumulative: true, newWeight: 0.1 })).toThrow(
      'a cumulative average takes no other option, found newWeight',
    );
    expect(() => new MovingAverage([0], { cumulative: false } as object)).toThrow(
      'cumulative must be one of true',
    );
    expect(
      () => new RunningStatistics(1, { newWeight: 1, variance: 'sample' } as object as { newWeight: 1 }),
    ).toThrow('variance must be one of "unbiased", "biased", found "sample"');
    expect(() => new RunningStatistics(2, { newWeight: 1 }, { mean: [0], variance: [1] })).toThrow(
      'mean must have d = 2 elements, found 1',
    );
  });
});
