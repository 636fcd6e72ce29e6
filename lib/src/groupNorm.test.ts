/** Group, layer and instance norm: one core, three ways to choose whose statistics are taken. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases, type GoldenLayered } from '../../tests/lib/familyGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { batchNormBackward, batchNormBackwardGraph } from './backward.js';
import { batchNormMaps } from './featureMaps.js';
import {
  type GroupNormResult,
  groupGradients,
  groupNorm,
  groupNormBackward,
  groupNormBackwardGraph,
  normaliseGroups,
} from './groupNorm.js';
import { instanceNorm } from './instanceNorm.js';
import { layerNorm } from './layerNorm.js';
import { Random } from './random.js';
import { columnMoments } from './transform.js';

const normals = (random: Random, n: number, scale = 1, shift = 0): Float64Array =>
  new Float64Array(n).map(() => shift + scale * random.normal());
const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** n, up to three spatial sizes, c = groups * inGroup, with at least two values in each group. */
const shapes = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    spatial: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inGroup: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ n, spatial, groups, inGroup, seed }) => ({
    shape: [n, ...spatial, groups * inGroup],
    groups,
    seed,
  }))
  .filter(({ shape, groups }) => count(shape) / shape[0] / groups > 1);

function forwardOf(g: GoldenLayered): GroupNormResult {
  const options = { gamma: g.gamma, beta: g.beta, epsilon: g.eps };
  if (g.kind === 'layer') {
    return layerNorm(g.x, g.shape[0], count(g.shape.slice(1)), options);
  }
  if (g.kind === 'instance') {
    return instanceNorm(g.x, g.shape, options);
  }
  return groupNorm(g.x, g.shape, g.groups ?? 0, options);
}

describe.each(['layer', 'group', 'instance'] as const)('%s norm', (kind) => {
  test.each(familyCases(kind))('gives what PyTorch gives: $name', (g) => {
    const forward = forwardOf(g);
    expectClose(forward.y, g.y, 1e-10);
    const { dx, dGamma, dBeta } = groupNormBackward(g.dy, forward);
    expectClose(dx, g.dx, 1e-10);
    if (g.dgamma !== undefined && g.dbeta !== undefined) {
      expectClose(dGamma, g.dgamma, 1e-10);
      expectClose(dBeta, g.dbeta, 1e-10);
    }
  });
});

describe('group norm', () => {
  test('gives the same along the graph as in the compact form, whatever is left out', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.boolean(),
        fc.boolean(),
        ({ shape, groups, seed }, throughMean, throughVariance) => {
          const random = new Random(seed);
          const c = shape[shape.length - 1];
          const [gamma, beta] = [normals(random, c), normals(random, c)];
          const forward = groupNorm(normals(random, count(shape), 2, 5), shape, groups, { gamma, beta });
          const dy = normals(random, count(shape));
          const options = { throughMean, throughVariance };
          const compact = groupNormBackward(dy, forward, options);
          const graph = groupNormBackwardGraph(dy, forward, options);
          for (const name of ['dx', 'dGamma', 'dBeta'] as const) {
            const scale = Math.max(1, ...compact[name].map(Math.abs));
            expectClose(graph[name], compact[name], 1e-10 * scale);
          }
        },
      ),
    );
  });

  test('of a group for each channel of one example, along the graph, is BN of that example', () => {
    const random = new Random(3);
    const [shape, c] = [[1, 5, 2, 3], 3];
    const [x, dy, gamma] = [normals(random, 30), normals(random, 30), normals(random, c)];
    const ours = groupNormBackwardGraph(dy, groupNorm(x, shape, c, { gamma }));
    const bn = batchNormBackwardGraph(dy, batchNormMaps(x, shape, { gamma }));
    for (const name of Object.keys(bn) as (keyof typeof bn)[]) expectClose(ours[name], bn[name], 1e-12);
  });

  test('agrees with central differences for x, gamma and beta', () => {
    fc.assert(
      fc.property(shapes, ({ shape, groups, seed }) => {
        const random = new Random(seed);
        const c = shape[shape.length - 1];
        const at = { x: normals(random, count(shape)), gamma: normals(random, c), beta: normals(random, c) };
        const dy = normals(random, count(shape));
        const forward = (v: typeof at) =>
          groupNorm(v.x, shape, groups, { gamma: v.gamma, beta: v.beta, epsilon: 0.1 });
        const { dx, dGamma, dBeta } = groupNormBackward(dy, forward(at));
        for (const [name, gradient] of [
          ['x', dx],
          ['gamma', dGamma],
          ['beta', dBeta],
        ] as const) {
          const expected = centralDifferences((v) => dot(dy, forward({ ...at, [name]: v }).y), at[name]);
          expectClose(gradient, expected, 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('leaves out the paths that it is told to leave out', () => {
    const random = new Random(3);
    const shape = [2, 3, 4];
    const x = normals(random, 24);
    const dy = normals(random, 24);
    const epsilon = 0.1;
    const forward = groupNorm(x, shape, 2, { epsilon });
    const groupOf = (i: number): number => Math.floor(i / 12) * 2 + Math.floor((i % 4) / 2);
    for (const throughMean of [true, false]) {
      for (const throughVariance of [true, false]) {
        // a statistic that is left out is held where it is
        const held = (v: Float64Array): number => {
          const now = groupNorm(v, shape, 2, { epsilon });
          const { mean } = throughMean ? now : forward;
          const { standardDeviation } = throughVariance ? now : forward;
          return dot(
            dy,
            v.map((value, i) => (value - mean[groupOf(i)]) / standardDeviation[groupOf(i)]),
          );
        };
        const { dx } = groupNormBackward(dy, forward, { throughMean, throughVariance });
        expectClose(dx, centralDifferences(held, x), 1e-6);
      }
    }
  });

  test('gives every group of every example mean 0 and variance 1', () => {
    fc.assert(
      fc.property(shapes, ({ shape, groups, seed }) => {
        const x = normals(new Random(seed), count(shape), 3, 100);
        const { xHat } = groupNorm(x, shape, groups, { epsilon: 0 });
        const again = groupNorm(xHat, shape, groups, { epsilon: 0 });
        expectClose(again.mean, new Float64Array(again.mean.length), 1e-10);
        expectClose(again.variance, new Float64Array(again.mean.length).fill(1), 1e-10);
      }),
    );
  });

  test('lets no example see another', () => {
    fc.assert(
      fc.property(shapes, ({ shape, groups, seed }) => {
        const x = normals(new Random(seed), count(shape));
        const each = count(shape) / shape[0];
        const alone = groupNorm(x.subarray(0, each), shape.with(0, 1), groups);
        expect(groupNorm(x, shape, groups).y.subarray(0, each)).toEqual(alone.y);
      }),
    );
  });

  test('lets NaN through, and keeps it in its group, where a training loop calls it', () => {
    const x = Float64Array.from([1, Number.NaN, 3, 5]);
    const ones = new Float64Array(4).fill(1);
    const forward = normaliseGroups(x, [1, 4], 2, ones, new Float64Array(4), 0.1);
    expect([...forward.y].map(Number.isNaN)).toEqual([true, true, false, false]);
    const { dx } = groupGradients([1, 1, Infinity, 1], forward);
    expect([...dx].every(Number.isNaN)).toBe(true);
  });

  test('gives a constant group exactly its beta', () => {
    const x = [0.1, 0.1, 5, 7, 0.1, 0.1, 6, 9];
    for (const input of [x, Float32Array.from(x)]) {
      const { y, variance } = groupNorm(input, [1, 2, 4], 2, { gamma: [-2, 3, 1, 1], beta: [0.5, 4, 0, 0] });
      expect(variance[0]).toBe(0);
      expect([y[0], y[1], y[4], y[5]]).toEqual([0.5, 4, 0.5, 4]);
    }
  });

  test('keeps float32 as float32, and its digits at a mean of 1e4', () => {
    const random = new Random(8);
    const shape = [2, 16, 16, 4];
    const x = Float32Array.from({ length: count(shape) }, () => 1e4 + random.normal());
    const dy = Float32Array.from(x, () => random.normal());
    const exact = groupNorm(Float64Array.from(x), shape, 2);
    const forward = groupNorm(x, shape, 2);
    expect(forward.y).toBeInstanceOf(Float32Array);
    expectClose(forward.variance, exact.variance, 1e-15);
    expectClose(forward.y, exact.y, 1e-7);
    const { dx, dGamma } = groupNormBackward(dy, forward);
    expectClose(dx, groupNormBackward(dy, exact).dx, 2e-7);
    expectClose(dGamma, groupNormBackward(dy, exact).dGamma, 1e-6);
  });
});

describe('layer norm', () => {
  test('is BN of the transposed matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 5 }), fc.nat(), (m, d, seed) => {
        const x = normals(new Random(seed), m * d);
        const transposed = x.map((_, at) => x[(at % m) * d + Math.floor(at / m)]);
        const { mean, variance } = columnMoments(transposed, d, m);
        const forward = layerNorm(x, m, d);
        expectClose(forward.mean, mean, 1e-14);
        expectClose(forward.variance, variance, 1e-13);
      }),
    );
  });

  test('does not notice the scale and the shift of an example, where BN does not notice those of a feature', () => {
    const x = normals(new Random(5), 12);
    const moved = x.map((v, ij) => (ij < 4 ? 3 * v + 7 : v));
    expectClose(layerNorm(moved, 3, 4, { epsilon: 0 }).y, layerNorm(x, 3, 4, { epsilon: 0 }).y, 1e-12);
  });
});

describe('instance norm', () => {
  test('of one example is BN over its feature maps, backwards too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (w, c, seed) => {
        const random = new Random(seed);
        const x = normals(random, w * c);
        const options = { gamma: normals(random, c), beta: normals(random, c) };
        const dy = normals(random, w * c);
        const own = instanceNorm(x, [1, w, c], options);
        const batch = batchNormMaps(x, [1, w, c], options);
        expectClose(own.y, batch.y, 1e-12);
        const wanted = batchNormBackward(dy, batch);
        const got = groupNormBackward(dy, own);
        expectClose(got.dx, wanted.dx, 1e-10);
        expectClose(got.dGamma, wanted.dGamma, 1e-12);
      }),
    );
  });
});

describe('bad input to group, layer and instance norm', () => {
  test.each<[string, () => unknown, string]>([
    [
      'channels that do not divide',
      () => groupNorm([1, 2, 3], [1, 3], 2),
      'c must be a multiple of groups = 2, found c = 3',
    ],
    [
      'groups of one value',
      () => groupNorm([1, 2], [1, 2], 2),
      'each group must have at least 2 values, found 1 (shape [1, 2], groups = 2)',
    ],
    ['no groups', () => groupNorm([1, 2], [1, 2], 0), 'groups must be a whole number of at least 1, found 0'],
    ['one feature', () => layerNorm([1, 2], 2, 1), 'd must be a whole number of at least 2, found 1'],
    [
      'one location',
      () => instanceNorm([1, 2], [1, 1, 1, 2]),
      'at least 2 locations, found h*w = 1 (shape [1, 1, 1, 2])',
    ],
    ['a dense layer', () => instanceNorm([1, 2], [1, 2]), 'found the number of locations = 1'],
    ['a wrong length', () => layerNorm([1, 2, 3], 2, 2), 'x must have m*d = 4 elements'],
    ['a short gamma', () => groupNorm([1, 2], [1, 2], 1, { gamma: [1] }), 'gamma must have d = 2 elements'],
    ['NaN', () => instanceNorm([1, Number.NaN], [1, 2, 1]), 'x must hold finite numbers, found NaN in row 1'],
    [
      'epsilon 0 with a constant group',
      () => groupNorm([1, 2, 3, 3], [2, 2], 1, { epsilon: 0 }),
      'found epsilon = 0 and variance 0 in example 1, group 0',
    ],
    [
      'a misspelt option',
      () => layerNorm([1, 2], 1, 2, { eps: 1 } as object),
      'layerNorm has no option "eps"',
    ],
    [
      'numbers whose squares overflow',
      () => layerNorm([1e200, 0], 1, 2),
      'found a variance of Infinity in column 0',
    ],
    [
      'a short dy',
      () => groupNormBackward([1], groupNorm([1, 2], [1, 2], 1)),
      'dy must have 1*2 = 2 elements, found 1',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
