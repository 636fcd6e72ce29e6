import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from './random.js';

const draws = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uniform());

describe('Random', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draws(new Random(seed), 20)).toEqual(draws(new Random(seed), 20));
        expect(draws(new Random(seed), 20)).not.toEqual(draws(new Random(seed + 1), 20));
      }),
    );
  });

  test('its numbers never change: they are part of every published result', () => {
    const random = new Random(1);
    expect(Array.from({ length: 4 }, () => random.bits())).toEqual([
      1314924642, 2711908385, 2406795010, 3590935546,
    ]);
  });

  test('xoshiro128** steps as its authors published it', () => {
    // the reference C code, with BigInt in place of uint32_t
    const random = new Random('reference');
    const state = new Random('reference') as unknown as { state: Uint32Array };
    const s = Array.from(state.state, BigInt);
    const mask = 0xffffffffn;
    const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
    for (let i = 0; i < 1000; i++) {
      const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
      const t = (s[1] << 9n) & mask;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotate(s[3], 11n);
      expect(BigInt(random.bits())).toBe(result);
    }
  });

  test('uniform numbers fill [0, 1) evenly', () => {
    const random = new Random(2);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = random.uniform();
      expect(value >= 0 && value < 1).toBe(true);
      counts[Math.floor(value * 10)]++;
    }
    // chi-squared with 9 degrees of freedom: 27.9 is passed by chance once in a thousand seeds, and this seed is fixed
    expect(counts.reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  test('normal numbers have mean 0, variance 1 and the tails of a normal distribution', () => {
    const random = new Random(3);
    const values = Array.from({ length: 100_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.012); // 4 standard errors of 1/sqrt(n)
    expect(Math.abs(variance - 1)).toBeLessThan(0.018);
    const beyondTwo = values.filter((v) => Math.abs(v) > 2).length / values.length;
    expect(beyondTwo).toBeCloseTo(0.0455, 2);
  });

  test('integer(n) stays in range and reaches every number', () => {
    const random = new Random(4);
    const seen = new Set(Array.from({ length: 1000 }, () => random.integer(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('shuffle keeps the elements and reaches every order', () => {
    const orders = new Map<string, number>();
    const random = new Random(5);
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle([1, 2, 3]);
      expect([...order].sort()).toEqual([1, 2, 3]);
      orders.set(order.join(), (orders.get(order.join()) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) {
      expect(Math.abs(count - 1000)).toBeLessThan(120);
    }
  });

  test('a fork does not depend on what its parent has drawn, nor the parent on its forks', () => {
    const fresh = new Random(6);
    const used = new Random(6);
    draws(used, 13);
    expect(draws(used.fork('weights'), 5)).toEqual(draws(fresh.fork('weights'), 5));
    expect(draws(fresh.fork('weights'), 5)).not.toEqual(draws(fresh.fork('shuffle'), 5));
    const parent = new Random(6);
    parent.fork('a').uniform();
    expect(draws(parent, 5)).toEqual(draws(new Random(6), 5));
  });

  test('refuses a seed that is no number and a range that is empty', () => {
    expect(() => new Random(Number.NaN)).toThrow('seed must be a finite number or a text, found NaN');
    expect(() => new Random(1).integer(0)).toThrow('n must be a whole number from 1 to 2^32, found 0');
  });
});
