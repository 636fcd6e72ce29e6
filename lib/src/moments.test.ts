import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyCases } from '../../tests/lib/familyGolden.js';
import { expectClose } from '../../tests/lib/support.js';
import { batchNormMaps } from './featureMaps.js';
import { mergeMoments, pooledPopulationStatistics, StreamingMoments } from './moments.js';
import { populationStatistics } from './population.js';
import { Random } from './random.js';
import { columnMoments } from './transform.js';

const normals = (random: Random, n: number, scale = 1, shift = 0): Float64Array =>
  new Float64Array(n).map(() => shift + scale * random.normal());

const parts = fc.record({
  counts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  d: fc.integer({ min: 1, max: 3 }),
  shift: fc.constantFrom(0, -3, 1e4, 1e8),
  seed: fc.nat(),
});

/** The rows of an m x d matrix, cut into parts. */
function cut(x: Float64Array, counts: readonly number[], d: number): Float64Array[] {
  let start = 0;
  return counts.map((count) => {
    const part = x.subarray(start * d, (start + count) * d);
    start += count;
    return part;
  });
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

describe('merged moments', () => {
  test('are those of the whole, whatever the parts and however far the mean', () => {
    fc.assert(
      fc.property(parts, ({ counts, d, shift, seed }) => {
        const m = total(counts);
        const x = normals(new Random(seed), m * d, 2, shift);
        const whole = columnMoments(x, m, d);
        const merged = mergeMoments(
          cut(x, counts, d).map((part, i) => ({ m: counts[i], ...columnMoments(part, counts[i], d) })),
        );
        expect(merged.m).toBe(m);
        expectClose(merged.mean, whole.mean, 1e-14);
        // at a mean of 1e8 a value itself is only known to 1.5e-8; the squares of deviations keep that
        expectClose(merged.variance, whole.variance, shift === 1e8 ? 1e-6 : 1e-10);
      }),
    );
  });

  test('do not depend on the order of the parts, nor on how they are bracketed', () => {
    fc.assert(
      fc.property(parts, ({ counts, d, seed }) => {
        const x = normals(new Random(seed), total(counts) * d);
        const all = cut(x, counts, d).map((part, i) => ({
          m: counts[i],
          ...columnMoments(part, counts[i], d),
        }));
        const inOrder = mergeMoments(all);
        const backwards = mergeMoments([...all].reverse());
        const bracketed = mergeMoments([all[0], ...(all.length > 1 ? [mergeMoments(all.slice(1))] : [])]);
        for (const other of [backwards, bracketed]) {
          expectClose(other.mean, inOrder.mean, 1e-13);
          expectClose(other.variance, inOrder.variance, 1e-13);
        }
      }),
    );
  });

  test('of a constant are that constant and exactly 0', () => {
    fc.assert(
      fc.property(parts, fc.double({ min: -1e9, max: 1e9, noNaN: true }), ({ counts, d }, drawn) => {
        const constant = drawn + 0; // -0 becomes 0
        const merged = mergeMoments(
          counts.map((m) => ({ m, ...columnMoments(new Float64Array(m * d).fill(constant), m, d) })),
        );
        expect(merged.mean).toEqual(new Float64Array(d).fill(constant));
        expect(merged.variance).toEqual(new Float64Array(d));
      }),
    );
  });

  test('count each part by its examples, which an average of means would not', () => {
    const merged = mergeMoments([
      { m: 3, mean: [0], variance: [0] },
      { m: 1, mean: [4], variance: [0] },
    ]);
    expect([merged.mean[0], merged.variance[0]]).toEqual([1, 3]);
  });

  test('refuse no part, parts that do not fit together, and statistics that cannot be', () => {
    const fine = { m: 2, mean: [0], variance: [1] };
    expect(() => mergeMoments([])).toThrow('parts must have at least 1 element, found 0');
    expect(() => mergeMoments([fine, { m: 2, mean: [0, 1], variance: [1, 1] }])).toThrow(
      'mean must have d = 1 elements, found 2',
    );
    expect(() => mergeMoments([{ ...fine, m: 0 }])).toThrow(
      'm must be a whole number of at least 1, found 0',
    );
    expect(() => mergeMoments([{ ...fine, variance: [-1] }])).toThrow(
      'variance must not be negative, found -1',
    );
    expect(() => mergeMoments([fine, { ...fine, mean: [Number.NaN] }])).toThrow(
      'mean must hold finite numbers',
    );
  });
});

describe('the moments of a stream', () => {
  test('are those of the whole, row by row (Welford) and in minibatches', () => {
    fc.assert(
      fc.property(parts, ({ counts, d, shift, seed }) => {
        const m = total(counts);
        const x = normals(new Random(seed), m * d, 1, shift);
        const rows = new StreamingMoments(d);
        for (let i = 0; i < m; i++) {
          rows.push(x.subarray(i * d, (i + 1) * d), 1);
        }
        const batches = new StreamingMoments(d);
        for (const [i, part] of cut(x, counts, d).entries()) {
          batches.push(part, counts[i]);
        }
        const whole = columnMoments(x, m, d);
        for (const stream of [rows, batches]) {
          expect(stream.m).toBe(m);
          expectClose(stream.statistics().mean, whole.mean, 1e-14);
          expectClose(stream.statistics().variance, whole.variance, shift === 1e8 ? 1e-6 : 1e-10);
        }
      }),
    );
  });

  test('keep their digits over 20,000 float32 rows at a mean of 1e4', () => {
    const random = new Random(2);
    const x = Float32Array.from({ length: 20_000 }, () => 1e4 + random.normal());
    const stream = new StreamingMoments(1);
    for (let i = 0; i < x.length; i++) {
      stream.push(x.subarray(i, i + 1), 1);
    }
    expectClose(stream.statistics().variance, columnMoments(x, x.length, 1).variance, 1e-9);
  });

  test('stay as they were when a row is refused, and are not there before the first row', () => {
    const stream = new StreamingMoments(1);
    expect(() => stream.statistics()).toThrow('at least 1 row before it has statistics, found 0');
    stream.push([1, 3], 2);
    expect(() => stream.push([Number.NaN], 1)).toThrow('x must hold finite numbers, found NaN');
    expect(() => stream.push([1, 2], 1)).toThrow('x must have m*d = 1 elements');
    expect(stream.statistics()).toEqual({
      m: 2,
      mean: new Float64Array([2]),
      variance: new Float64Array([1]),
    });
    stream.statistics().mean[0] = 7;
    expect(stream.statistics().mean[0]).toBe(2);
    const single = new StreamingMoments(1);
    single.push([1], 1);
    expect(() => single.population()).toThrow('m must be a whole number of at least 2, found 1');
  });
});

describe('the exact population pass', () => {
  test.each(familyCases('maps'))('gives what PyTorch gives for all steps together: $name', (g) => {
    const minibatches = g.xs.map((x) => batchNormMaps(x, g.shape));
    const pooled = pooledPopulationStatistics(minibatches);
    expectClose(pooled.mean, g.pooled.mean, 1e-10);
    expectClose(pooled.variance, g.pooled.variance, 1e-10);
    const stream = new StreamingMoments(minibatches[0].d);
    for (const x of g.xs) {
      stream.push(x, minibatches[0].m);
    }
    expectClose(stream.population().mean, g.pooled.mean, 1e-10);
    expectClose(stream.population().variance, g.pooled.variance, 1e-10);
  });

  test("is Algorithm 2 when the minibatches' means agree, but for the factor", () => {
    const parts = [
      { m: 4, mean: [2], variance: [3] },
      { m: 4, mean: [2], variance: [5] },
    ];
    expect(populationStatistics(parts).variance[0]).toBeCloseTo((4 / 3) * 4, 14);
    expect(pooledPopulationStatistics(parts).variance[0]).toBeCloseTo((8 / 7) * 4, 14);
  });
});
