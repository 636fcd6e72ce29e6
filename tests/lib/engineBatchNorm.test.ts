/** The stand-alone SIMD kernels compute what the readable reference computes, within float32's rounding. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchNormBackward } from '../../lib/src/backward.js';
import { EngineBatchNorm, type EngineBatchNormOptions } from '../../lib/src/engineBatchNorm.js';
import { batchNormInference } from '../../lib/src/inference.js';
import type { KernelBuild } from '../../lib/src/kernels.js';
import { RunningStatistics } from '../../lib/src/movingAverage.js';
import { Random } from '../../lib/src/random.js';
import { batchNorm } from '../../lib/src/transform.js';

/** float32's rounding: half a unit in the last place, relative. */
const ROUND = 2 ** -24;

interface Case {
  shape: number[];
  layout: 'channelsLast' | 'channelsFirst';
  seed: number;
  /** Mean of x, in standard deviations. */
  mean: number;
  /** Mean of dy, in standard deviations. */
  dyMean: number;
  /** A feature's standard deviation. */
  spread: number;
  build: KernelBuild;
}

const builds: readonly KernelBuild[] = ['strict', 'fused'];

const size = (max: number) => fc.integer({ min: 1, max });

/** Dense shapes with odd sizes, d = 1, m = 2; maps with and without a spatial axis, in both layouts. */
const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 2, max: 400 }), size(9)),
  fc.tuple(fc.integer({ min: 2, max: 40 }), size(150)),
  fc.tuple(size(5), size(7), size(7), size(9)),
  fc.tuple(size(5), size(9), size(7), size(7)),
  fc.tuple(size(3), size(5), fc.integer({ min: 29, max: 99 }), size(7)),
);

const cases: fc.Arbitrary<Case> = fc
  .record({
    shape: shapes.map((tuple): number[] => [...tuple]),
    layout: fc.constantFrom('channelsLast' as const, 'channelsFirst' as const),
    seed: fc.nat(),
    mean: fc.constantFrom(0, 1, -30, 1e4),
    dyMean: fc.constantFrom(0, 1, 1e3),
    spread: fc.constantFrom(1e-3, 1, 1e3),
    build: fc.constantFrom(...builds),
  })
  .filter(({ shape, layout }) => {
    const d = shape[layout === 'channelsFirst' ? 1 : shape.length - 1];
    return shape.reduce((product, one) => product * one, 1) > d;
  });

/** From the layer's layout to m x d, in float64. */
function matrix(bn: EngineBatchNorm, values: Float32Array): Float64Array {
  const { m, d, shape, layout } = bn;
  const inner = layout === 'channelsFirst' ? m / shape[0] : 1;
  const result = new Float64Array(m * d);
  for (let at = 0; at < result.length; at++) {
    const feature = Math.floor(at / inner) % d;
    const example = Math.floor(at / (inner * d)) * inner + (at % inner);
    result[example * d + feature] = values[at];
  }
  return result;
}

/** A layer whose x, dy, gamma and beta are drawn. */
function drawn(c: Case, options: EngineBatchNormOptions = {}): EngineBatchNorm {
  const random = new Random(c.seed);
  const bn = new EngineBatchNorm(c.shape, { layout: c.layout, ...options }, c.build);
  for (let at = 0; at < bn.x.length; at++) {
    bn.x[at] = c.spread * (c.mean + random.normal());
    bn.dy[at] = c.dyMean + random.normal();
  }
  for (let f = 0; f < bn.d; f++) {
    bn.gamma[f] = 1 + 0.5 * random.normal();
    bn.beta[f] = random.normal();
  }
  return bn;
}

/** The reference, on the very numbers that stand in the layer's memory. */
function reference(bn: EngineBatchNorm) {
  const { m, d, epsilon } = bn;
  const [gamma, beta] = [Float64Array.from(bn.gamma), Float64Array.from(bn.beta)];
  const forward = batchNorm(matrix(bn, bn.x), m, d, { gamma, beta, epsilon });
  return { forward, gradients: batchNormBackward(matrix(bn, bn.dy), forward) };
}

/** Each element within `bound(its column)`. */
function expectWithin(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (j: number, at: number) => number,
  d = expected.length,
): void {
  expect(actual.length).toBe(expected.length);
  for (let at = 0; at < expected.length; at++) {
    const error = Math.abs(actual[at] - expected[at]);
    const allowed = bound(at % d, at);
    if (!(error <= allowed)) {
      expect.fail(
        `${what} ${at}: expected ${expected[at]}, found ${actual[at]} (error ${error} > ${allowed})`,
      );
    }
  }
}

/**
 * The bounds that docs/engine.md states. Statistics: relative to the standard deviation s of the feature. y: to what
 * is added up, gamma xHat and beta. Gradients: to the sizes of dy's terms, |dy| of a column at its largest.
 */
function expectReference(bn: EngineBatchNorm): void {
  const { m, d } = bn;
  const { forward, gradients } = reference(bn);
  const { mean, variance, standardDeviation, gamma, beta, xHat } = forward;
  expectWithin(
    'mean',
    bn.mean,
    mean,
    (j) => 64 * ROUND * (Math.sqrt(variance[j]) + 1e-8 * Math.abs(mean[j])),
  );
  expectWithin('variance', bn.variance, variance, (j) => 128 * ROUND * variance[j]);
  const yBound = (j: number, at: number) =>
    100 * ROUND * (Math.abs(gamma[j]) * (1 + Math.abs(xHat[at])) + Math.abs(beta[j]));
  expectWithin('y', matrix(bn, bn.y), forward.y, yBound, d);

  const dy = matrix(bn, bn.dy);
  const spread = new Float64Array(d);
  const size = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < m; i++) {
      spread[j] = Math.max(spread[j], Math.abs(dy[i * d + j] - gradients.dBeta[j] / m));
      size[j] = Math.max(size[j], Math.abs(dy[i * d + j]));
    }
  }
  expectWithin('dBeta', bn.dBeta, gradients.dBeta, (j) => 4 * ROUND * m * size[j]);
  expectWithin('dGamma', bn.dGamma, gradients.dGamma, (j) => 128 * ROUND * m * spread[j]);
  const dxBound = (j: number, at: number) =>
    ((128 * ROUND * Math.abs(gamma[j])) / standardDeviation[j]) *
    (spread[j] * (1 + Math.abs(xHat[at])) + ROUND * size[j]);
  expectWithin('dx', matrix(bn, bn.dx), gradients.dx, dxBound, d);
}

describe('the stand-alone kernels against the reference', () => {
  test('forward and backward are the same within float32, over shapes, layouts and distant means', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const bn = drawn(c);
        bn.forward();
        bn.backward();
        expectReference(bn);
      }),
      { numRuns: 600 },
    );
  });

  test("a central difference of the kernels' own forward gives their backward", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const bn = drawn({ ...c, mean: 0, dyMean: 0, spread: 1 }, { epsilon: 0.1 });
        const x = bn.x.slice();
        const random = new Random(c.seed).fork('direction');
        const direction = x.map(() => random.normal());
        const step = 2 ** -7;
        /** sum of dy y at x moved along the direction. */
        const loss = (by: number): number => {
          bn.x.set(x.map((value, at) => value + by * direction[at]));
          bn.forward();
          return bn.y.reduce((sum, y, at) => sum + bn.dy[at] * y, 0);
        };
        const slope = (loss(step) - loss(-step)) / (2 * step);
        loss(0);
        bn.backward();
        const along = bn.dx.reduce((sum, dx, at) => sum + dx * direction[at], 0);
        expect(Math.abs(along - slope)).toBeLessThan(3e-3 * bn.x.length ** 0.5 * (1 + Math.abs(slope)));
      }),
      { numRuns: 100 },
    );
  });

  test.each(builds)('a long column far from 0 keeps its statistics (%s)', (build) => {
    const far = { seed: 1, mean: 1e4, dyMean: 100, spread: 1, build };
    for (const bn of [
      drawn({ shape: [300_001, 1], layout: 'channelsLast', ...far }),
      drawn({ shape: [70_000, 3], layout: 'channelsLast', ...far }),
      drawn({ shape: [2, 2, 150_001], layout: 'channelsFirst', ...far }),
    ]) {
      bn.forward();
      bn.backward();
      expectReference(bn);
    }
  });

  test.each(builds)('sums of many equal squares do not drift (%s)', (build) => {
    // Equal terms are rounded the same way each time: a float32 sum of 5000 of them is off by 1e-4.
    for (const bn of [
      new EngineBatchNorm([40_000, 64], {}, build),
      new EngineBatchNorm([2, 1, 1_000_000], { layout: 'channelsFirst' }, build),
    ]) {
      const row = bn.layout === 'channelsFirst' ? 1 : bn.d;
      const [low, high] = [Math.fround(0.1), Math.fround(0.7)];
      bn.x.set(bn.x.map((_, at) => (Math.floor(at / row) % 2 === 0 ? low : high)));
      bn.forward();
      const variance = ((high - low) / 2) ** 2;
      expectWithin(
        'mean',
        bn.mean,
        bn.mean.map(() => (low + high) / 2),
        () => 64 * ROUND * 0.3,
      );
      expectWithin(
        'variance',
        bn.variance,
        bn.mean.map(() => variance),
        () => 128 * ROUND * variance,
      );
    }
  });

  test('elements that are far from all others, wherever they stand, spoil nothing', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(1e3, 1e6, -1e9), fc.nat(), (c, far, place) => {
        const bn = drawn(c);
        const per = bn.d * (c.layout === 'channelsFirst' ? bn.m / bn.shape[0] : 1);
        // a whole row of them: at the first, the last or any other example
        const rows = bn.x.length / per;
        for (const row of [0, rows >> 2, rows >> 1, place % rows]) {
          bn.x.subarray(row * per, (row + 1) * per).fill(far);
        }
        bn.forward();
        bn.backward();
        expectReference(bn);
      }),
      { numRuns: 200 },
    );
  });

  test.each(builds)(
    'numbers whose squares are beyond float32, above and below, have their statistics (%s)',
    (build) => {
      for (const [spread, epsilon] of [
        [1e25, 1e-5],
        [1e-25, 0],
        [1e-25, 1e-48],
        [3e-21, 0],
      ]) {
        for (const shape of [
          [37, 5],
          [3, 2, 8, 9],
        ]) {
          for (const layout of ['channelsLast', 'channelsFirst'] as const) {
            const bn = drawn({ shape, layout, seed: 7, mean: 1, dyMean: 0, spread, build }, { epsilon });
            bn.forward();
            const { forward } = reference(bn);
            expectWithin('mean', bn.mean, forward.mean, (j) => 1e-6 * forward.standardDeviation[j]);
            expectWithin('variance', bn.variance, forward.variance, (j) => 1e-6 * forward.variance[j]);
            expectWithin('y', matrix(bn, bn.y), forward.y, () => 1e-5);
          }
        }
      }
    },
  );

  test('a constant feature gives exactly its beta, and dx of a constant dy is exactly 0', () => {
    fc.assert(
      fc.property(cases, fc.float({ noNaN: true, noDefaultInfinity: true }), (c, constant) => {
        const bn = drawn(c);
        bn.x.fill(constant);
        bn.forward();
        bn.backward();
        expect(bn.variance.every((v) => v === 0)).toBe(true);
        expect(bn.mean.every((mean) => mean === constant)).toBe(true);
        expect(matrix(bn, bn.y).every((y, at) => y === bn.beta[at % bn.d])).toBe(true);
        expect(bn.dGamma.every((g) => g === 0)).toBe(true);

        const other = drawn(c);
        other.dy.fill(Math.fround(constant % 1e6));
        other.forward();
        other.backward();
        expect(other.dx.every((dx) => dx === 0)).toBe(true);
        expect(other.dGamma.every((g) => g === 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('inference uses the moving averages, which are those of the reference', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom({ newWeight: 0.3 }, { decay: 0.9 }), (c, average) => {
        const bn = drawn({ ...c, mean: 1, spread: 1 }, average);
        const expected = new RunningStatistics(bn.d, average);
        const random = new Random(c.seed).fork('minibatches');
        for (let step = 0; step < 3; step++) {
          bn.x.set(bn.x.map(() => 2 + random.normal()));
          bn.forward();
          expected.update(batchNorm(matrix(bn, bn.x), bn.m, bn.d));
        }
        expectWithin('mean', bn.running.mean, expected.mean, () => 1e-6);
        expectWithin('variance', bn.running.variance, expected.variance, (j) => 1e-5 * expected.variance[j]);
        bn.infer();
        const { epsilon } = bn;
        const [gamma, beta] = [Float64Array.from(bn.gamma), Float64Array.from(bn.beta)];
        const x = matrix(bn, bn.x);
        const y = batchNormInference(x, bn.m, bn.d, bn.running, { gamma, beta, epsilon });
        const bound = (j: number, at: number) =>
          100 * ROUND * (Math.abs(gamma[j]) * (1 + Math.abs(y[at])) + Math.abs(beta[j]));
        expectWithin('y', matrix(bn, bn.y), y, bound, bn.d);
        // backward still belongs to the last minibatch
        bn.backward();
        expectReference(Object.assign(bn, { y: refreshed(bn) }));
      }),
      { numRuns: 200 },
    );
  });
});

/** y of the minibatch, after `infer` has written another there; moves the averages once more. */
function refreshed(bn: EngineBatchNorm): Float32Array {
  const { dx, dGamma, dBeta } = bn;
  const before = [dx, dGamma, dBeta].map((values) => values.slice());
  bn.forward();
  expect([dx, dGamma, dBeta].map((values) => values.slice())).toEqual(before);
  return bn.y;
}
