import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose, matrix } from '../../tests/lib/support.js';
import { batchNormBackward } from './backward.js';
import { batchRenorm, batchRenormBackward, renormalise, renormGradients } from './batchRenorm.js';
import { Random } from './random.js';
import { batchRenormInference, RenormAverages, renormLimits } from './renormAverages.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());
const positives = (random: Random, n: number): Float64Array =>
  new Float64Array(n).map(() => 0.2 + random.uniform());

/** A minibatch, moving averages, parameters and dy for m x d. */
function draw(m: number, d: number, seed: number) {
  const random = new Random(seed);
  return {
    x: normals(random, m * d),
    statistics: { mean: normals(random, d), standardDeviation: positives(random, d) },
    gamma: normals(random, d),
    beta: normals(random, d),
    dy: normals(random, m * d),
  };
}

describe('batch renormalisation', () => {
  test.each(familyCases('renorm'))('gives what autograd gives: $name', (g) => {
    const averages = new RenormAverages(
      g.d,
      { newWeight: g.alpha },
      { mean: g.start.mean, standardDeviation: g.start.deviation },
    );
    const { gamma, beta } = g;
    for (const step of g.steps) {
      const forward = batchRenorm(step.x, g.m, g.d, averages, {
        gamma,
        beta,
        epsilon: g.eps,
        rMax: g.r_max,
        dMax: g.d_max,
      });
      expectClose(forward.r, step.r, 1e-10);
      expectClose(forward.shift, step.shift, 1e-10);
      expectClose(forward.y, step.y, 1e-10);
      const { dx, dGamma, dBeta } = batchRenormBackward(step.dy, forward);
      expectClose(dx, step.dx, 1e-10);
      expectClose(dGamma, step.dgamma, 1e-10);
      expectClose(dBeta, step.dbeta, 1e-10);
      averages.update(forward);
      expectClose(averages.mean, step.mean_after, 1e-10);
      expectClose(averages.standardDeviation, step.deviation_after, 1e-10);
    }
    expectClose(batchRenormInference(g.test_x, 3, g.d, averages, { gamma, beta }), g.test_y, 1e-10);
  });

  test('was held to golden values on both sides of both limits', () => {
    const { r_max, d_max, steps } = familyCases('renorm').filter(({ name }) => name === 'clipped and not')[0];
    const r = steps.flatMap((step) => step.r);
    const shift = steps.flatMap((step) => step.shift);
    for (const reached of [r_max, 1 / r_max]) {
      expect(r).toContain(reached);
    }
    expect(shift.map(Math.abs)).toContain(d_max);
    expect(r.some((v) => v < r_max && v > 1 / r_max)).toBe(true);
    expect(shift.some((v) => Math.abs(v) < d_max)).toBe(true);
  });

  test('is BN when nothing may be corrected, backwards too', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const { x, statistics, gamma, beta, dy } = draw(m, d, seed);
        const renorm = batchRenorm(x, m, d, statistics, { gamma, beta, rMax: 1, dMax: 0 });
        const plain = batchNorm(x, m, d, { gamma, beta });
        expectClose(renorm.y, plain.y, 1e-12);
        expectClose(batchRenormBackward(dy, renorm).dx, batchNormBackward(dy, plain).dx, 1e-12);
        expectClose(batchRenormBackward(dy, renorm).dGamma, batchNormBackward(dy, plain).dGamma, 1e-12);
      }),
    );
  });

  test('is inference when everything may be corrected', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const { x, statistics, gamma, beta } = draw(m, d, seed);
        const limits = { rMax: Infinity, dMax: Infinity };
        const { y } = batchRenorm(x, m, d, statistics, { gamma, beta, ...limits });
        expectClose(y, batchRenormInference(x, m, d, statistics, { gamma, beta }), 1e-10);
      }),
    );
  });

  test('agrees with central differences, r and the shift held constant', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const { x, statistics, gamma, beta, dy } = draw(m, d, seed);
        const options = { gamma, beta, epsilon: 0.1, rMax: 1.5, dMax: 0.5 };
        const forward = batchRenorm(x, m, d, statistics, options);
        const { r, shift } = forward;
        const held = (v: { x?: Float64Array; gamma?: Float64Array; beta?: Float64Array }): number => {
          const { xHat } = batchNorm(v.x ?? x, m, d, { epsilon: 0.1 });
          const scale = v.gamma ?? gamma;
          const moved = v.beta ?? beta;
          return dot(
            dy,
            xHat.map((value, ij) => scale[ij % d] * (value * r[ij % d] + shift[ij % d]) + moved[ij % d]),
          );
        };
        const { dx, dGamma, dBeta } = batchRenormBackward(dy, forward);
        expectClose(
          dx,
          centralDifferences((v) => held({ x: v }), x),
          1e-6,
        );
        expectClose(
          dGamma,
          centralDifferences((v) => held({ gamma: v }), gamma),
          1e-8,
        );
        expectClose(
          dBeta,
          centralDifferences((v) => held({ beta: v }), beta),
          1e-8,
        );
      }),
      { numRuns: 50 },
    );
  });

  test('leaves out the paths that it is told to leave out', () => {
    const { x, statistics, dy } = draw(4, 2, 7);
    const forward = batchRenorm(x, 4, 2, statistics, { rMax: 2, dMax: 1, epsilon: 0.1 });
    const { dx } = batchRenormBackward(dy, forward, { throughMean: false, throughVariance: false });
    expectClose(
      dx,
      dy.map((g, ij) => (g * forward.r[ij % 2]) / forward.standardDeviation[ij % 2]),
      1e-14,
    );
  });

  test('keeps float32 as float32, its digits at a mean of 1e4, and gives a constant feature what it should', () => {
    const { x: small } = draw(8, 1, 3);
    const x = Float32Array.from([...small].flatMap((v) => [1e4 + v, 0.1]));
    const statistics = { mean: [1e4, x[1]], standardDeviation: [1, 1] };
    const exact = batchRenorm(Float64Array.from(x), 8, 2, statistics, { rMax: 3, dMax: 5, beta: [0, 4] });
    const { y } = batchRenorm(x, 8, 2, statistics, { rMax: 3, dMax: 5, beta: [0, 4] });
    expect(y).toBeInstanceOf(Float32Array);
    expectClose(y, exact.y, 1e-6);
    expect(y[1]).toBe(4);
  });

  test('lets NaN through where a training loop calls it', () => {
    const one = Float64Array.of(1);
    const statistics = { mean: [0], standardDeviation: [1] };
    const limits = { rMax: 3, dMax: 5 };
    const forward = renormalise([1, Number.NaN], 2, 1, statistics, limits, one, one, 0.1);
    expect([...forward.y].every(Number.isNaN)).toBe(true);
    expect([...renormGradients([1, 2], forward).dx].every(Number.isNaN)).toBe(true);
  });

  test('rises to its limits as in the paper', () => {
    expect(renormLimits(0)).toEqual({ rMax: 1, dMax: 0 });
    expect(renormLimits(25_000)).toEqual({ rMax: 1 + (2 * 20) / 35, dMax: 5 });
    expect(renormLimits(40_000)).toEqual({ rMax: 3, dMax: 5 });
    expect(() => renormLimits(-1)).toThrow('step must be a whole number of at least 0');
  });

  const fine = { mean: [0], standardDeviation: [1] };
  const limits = { rMax: 3, dMax: 5 };
  test.each<[string, () => unknown, string]>([
    [
      'a minibatch of one',
      () => batchRenorm([1], 1, 1, fine, limits),
      'm must be at least 2 in training with BN',
    ],
    [
      'rMax below 1',
      () => batchRenorm([1, 2], 2, 1, fine, { rMax: 0.5, dMax: 5 }),
      'rMax must be at least 1, found 0.5',
    ],
    [
      'dMax below 0',
      () => batchRenorm([1, 2], 2, 1, fine, { rMax: 1, dMax: -1 }),
      'dMax must be at least 0, found -1',
    ],
    [
      'no limits',
      () => batchRenorm([1, 2], 2, 1, fine, {} as typeof limits),
      'rMax must be at least 1, found undefined',
    ],
    [
      'a standard deviation of 0',
      () => batchRenorm([1, 2], 2, 1, { mean: [0], standardDeviation: [0] }, limits),
      'standardDeviation[0] must be a finite number above 0, found 0',
    ],
    [
      'averages of another d',
      () => batchRenorm([1, 2], 2, 1, { mean: [0, 1], standardDeviation: [1, 1] }, limits),
      'mean must have d = 1 elements, found 2',
    ],
    [
      'epsilon 0 with a constant feature',
      () => batchRenorm([1, 1], 2, 1, fine, { ...limits, epsilon: 0 }),
      'epsilon must be above 0 when a feature is constant',
    ],
    [
      'NaN in dy',
      () => batchRenormBackward([1, Number.NaN], batchRenorm([1, 2], 2, 1, fine, limits)),
      'dy must hold',
    ],
    [
      'numbers whose squares overflow',
      () => batchRenorm([1e200, 0], 2, 1, fine, limits),
      'found a variance of Infinity',
    ],
    [
      'an average that would become 0',
      () => new RenormAverages(1, { newWeight: 1 }).update({ mean: [0], standardDeviation: [0] }),
      'standardDeviation[0] must be a finite number above 0',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
