/** Population statistics, moving averages, inference and the fold: the way from training to a served model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose, goldenCases, matrix } from '../../tests/lib/support.js';
import { dense } from './dense.js';
import { foldIntoDense } from './fold.js';
import { batchNormAffine, batchNormInference } from './inference.js';
import { MovingAverage, RunningStatistics } from './movingAverage.js';
import { populationStatistics } from './population.js';
import { Random } from './random.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());
const positives = (random: Random, n: number): Float64Array =>
  new Float64Array(n).map(() => 0.1 + random.uniform());

describe('running statistics', () => {
  test.each(goldenCases('running'))("follow PyTorch's: $name", (g) => {
    const running = new RunningStatistics(g.d, { newWeight: g.momentum_weight_of_new });
    const keras = new RunningStatistics(g.d, { decay: 1 - g.momentum_weight_of_new });
    for (const [index, x] of g.xs.entries()) {
      running.update(batchNorm(x, g.m, g.d));
      keras.update(batchNorm(x, g.m, g.d));
      expectClose(running.mean, g.after_each[index].mean, 1e-12);
      expectClose(running.variance, g.after_each[index].variance, 1e-12);
    }
    expectClose(keras.mean, running.mean, 1e-12);
    expectClose(keras.variance, running.variance, 1e-12);
  });

  test('follow a mean and a variance each with a state of its own', () => {
    const running = new RunningStatistics(1, { newWeight: 0.5 });
    running.update({ m: 3, mean: [4], variance: [8] });
    expect(running.mean[0]).toBe(0.5 * 0 + 0.5 * 4);
    expect(running.variance[0]).toBe(0.5 * 1 + 0.5 * (3 / 2) * 8);
  });

  test('are the closed form sum of newWeight (1 - newWeight)^age', () => {
    const average = new MovingAverage([2], { newWeight: 0.25 });
    const values = [1, 5, -3];
    for (const value of values) {
      average.update([value]);
    }
    const closed = 0.75 ** 3 * 2 + values.reduce((sum, v, i) => sum + 0.25 * 0.75 ** (2 - i) * v, 0);
    expect(average.state[0]).toBeCloseTo(closed, 15);
  });

  test('refuse both weights, none, or one out of range, and a wrong length', () => {
    expect(() => new MovingAverage([0], {})).toThrow('takes exactly one of newWeight');
    expect(() => new MovingAverage([0], { newWeight: 0.1, decay: 0.9 })).toThrow('found both');
    expect(() => new MovingAverage([0], { newWeight: 0 })).toThrow('newWeight must be in (0, 1], found 0');
    expect(() => new MovingAverage([0], { decay: 1 })).toThrow('decay must be in [0, 1), found 1');
    expect(() => new MovingAverage([0], { momentum: 0.1 } as object)).toThrow('no option "momentum"');
    expect(() => new MovingAverage([0], { newWeight: 1 }).update([1, 2])).toThrow('value must have d = 1');
    expect(() =>
      new RunningStatistics(1, { newWeight: 1 }).update({ m: 1, mean: [0], variance: [0] }),
    ).toThrow('m must be a whole number of at least 2, found 1');
  });
});

describe('population statistics', () => {
  test.each(goldenCases('running'))('are the average of PyTorch minibatches: $name', (g) => {
    const { mean, variance } = populationStatistics(g.xs.map((x) => batchNorm(x, g.m, g.d)));
    expectClose(mean, g.population.mean, 1e-12);
    expectClose(variance, g.population.variance, 1e-12);
  });

  test('estimate the variance without bias, which m instead of m - 1 would not', () => {
    // all minibatches of 2 out of {0, 2}: the population's variance is 1
    const minibatches = [
      [0, 0],
      [0, 2],
      [2, 0],
      [2, 2],
    ].map((x) => batchNorm(x, 2, 1));
    const { mean, variance } = populationStatistics(minibatches);
    expect([mean[0], variance[0]]).toEqual([1, 1]);
  });

  test('refuse no minibatch and minibatches of different sizes', () => {
    expect(() => populationStatistics([])).toThrow('minibatches must have at least 1 element, found 0');
    expect(() => populationStatistics([batchNorm([1, 2], 2, 1), batchNorm([1, 2, 3], 3, 1)])).toThrow(
      'minibatches must all have m = 2 examples, found 3 in minibatch 1; leave out a shorter last one',
    );
  });
});

describe('BN at inference', () => {
  test.each(goldenCases('running'))('gives what PyTorch gives: $name', (g) => {
    const running = g.after_each[g.after_each.length - 1];
    const y = batchNormInference(g.test_x, g.test_x.length / g.d, g.d, running, { epsilon: g.eps });
    expectClose(y, g.test_y, 1e-12);
  });

  test("is the transform itself when the statistics are the minibatch's own", () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const random = new Random(seed);
        const x = normals(random, m * d);
        const options = { gamma: normals(random, d), beta: normals(random, d), epsilon: 0.01 };
        const training = batchNorm(x, m, d, options);
        expectClose(batchNormInference(x, m, d, training, options), training.y, 1e-12);
      }),
    );
  });

  test('takes one example alone, and gives it the same as among others', () => {
    const random = new Random(4);
    const x = normals(random, 12);
    const statistics = { mean: normals(random, 3), variance: positives(random, 3) };
    const together = batchNormInference(x, 4, 3, statistics);
    const alone = batchNormInference(x.subarray(6, 9), 1, 3, statistics);
    expect(Array.from(alone)).toEqual(Array.from(together.subarray(6, 9)));
  });

  test('refuses statistics that cannot be', () => {
    expect(() => batchNormAffine({ mean: [0], variance: [-1] })).toThrow('variance must not be negative');
    expect(() => batchNormAffine({ mean: [0, 1], variance: [1] })).toThrow(
      'variance must have d = 2 elements',
    );
    expect(() => batchNormAffine({ mean: [0], variance: [0] }, { epsilon: 0 })).toThrow(
      'epsilon must be above 0',
    );
    expect(() => batchNormAffine({ mean: [Number.NaN], variance: [1] })).toThrow(
      'mean must hold finite numbers',
    );
    expect(() => batchNormInference([1, 2], 1, 2, { mean: [0], variance: [1] })).toThrow(
      'mean must have d = 2',
    );
  });
});

describe('the fold into a dense layer', () => {
  test.each([true, false])('computes what dense and BN compute, bias: %s', (withBias) => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 5 }), ({ m, d, seed }, inputs) => {
        const random = new Random(seed);
        const x = normals(random, m * inputs);
        const weights = normals(random, inputs * d);
        const bias = withBias ? normals(random, d) : null;
        const statistics = { mean: normals(random, d), variance: positives(random, d) };
        const options = { gamma: normals(random, d), beta: normals(random, d), epsilon: 0.001 };
        const folded = foldIntoDense({ weights, bias, inputs, outputs: d }, statistics, options);
        const u = dense(x, weights, bias, m, inputs, d);
        expectClose(
          dense(x, folded.weights, folded.bias, m, inputs, d),
          batchNormInference(u, m, d, statistics, options),
          1e-12,
        );
      }),
    );
  });

  test('keeps float32 weights float32', () => {
    const layer = { weights: new Float32Array([1, 2]), inputs: 1, outputs: 2 };
    const folded = foldIntoDense(layer, { mean: [0, 0], variance: [1, 1] });
    expect(folded.weights).toBeInstanceOf(Float32Array);
  });

  test('refuses shapes that do not fit', () => {
    const layer = { weights: [1, 2, 3], inputs: 1, outputs: 2 };
    const statistics = { mean: [0, 0], variance: [1, 1] };
    expect(() => foldIntoDense(layer, statistics)).toThrow('weights must have inputs*outputs = 2 elements');
    const short = { weights: [1, 2], bias: [1], inputs: 1, outputs: 2 };
    expect(() => foldIntoDense(short, statistics)).toThrow('bias must have outputs = 2 elements, found 1');
    const fine = { weights: [1, 2], inputs: 1, outputs: 2 };
    expect(() => foldIntoDense(fine, { mean: [0], variance: [1] })).toThrow(
      'mean must have outputs = 2 elements',
    );
  });
});
