import { describe, expect, it } from 'vitest';
import {
  checkGradientScale,
  checkIdentity,
  checkNormalise,
  type IdentityParameters,
  type Normalise,
} from './transform.js';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;
const squares = (values: number[]) => sum(values.map((value) => (value - mean(values)) ** 2));
const variance = (values: number[]) => squares(values) / values.length;

/** What a check says of wrong answers: each in the words given, no two the same. */
function expectNamed<Answer>(
  check: (answer: Answer) => { passed: boolean; message: string },
  wrong: [Answer, RegExp][],
) {
  const verdicts = wrong.map(([answer]) => check(answer));
  wrong.forEach(([, words], i) => {
    expect(verdicts[i].passed).toBe(false);
    expect(verdicts[i].message).toMatch(words);
  });
  expect(new Set(verdicts.map(({ message }) => message)).size).toBe(wrong.length);
}

describe('checkNormalise', () => {
  const by =
    (divisor: (values: number[], epsilon: number) => number) => (values: number[], epsilon: number) =>
      values.map((value) => (value - mean(values)) / divisor(values, epsilon));

  it('takes the right answer, as a list and as a typed array', () => {
    const right = by((v, e) => Math.sqrt(variance(v) + e));
    expect(checkNormalise(right).passed).toBe(true);
    expect(checkNormalise((v, e) => Float64Array.from(right(v, e)) as unknown as number[]).passed).toBe(true);
  });

  it('names each usual mistake', () => {
    expectNamed<Normalise>(checkNormalise, [
      [(v) => v, /as it was/],
      [by((_, e) => Math.sqrt(1 + e)), /takes the variance for 1/],
      [by(() => 1), /The mean is 0 now/],
      [(v, e) => v.map((value) => value / Math.sqrt(variance(v) + e)), /mean is still there/],
      [by((v, e) => Math.sqrt(variance(v)) + e), /outside the root/],
      [by((v, e) => Math.sqrt(squares(v) / (v.length - 1) + e)), /m − 1/],
      [by((v, e) => variance(v) + e), /by the variance/],
      [by((v) => Math.sqrt(variance(v))), /ε is missing/],
      [by((v, e) => Math.sqrt(squares(v) + e)), /sum of the squares/],
      [by((v, e) => Math.sqrt(variance(v) + e * e)), /ε is squared/],
      [() => [], /Return 6 numbers/],
    ]);
  });
});

describe('checkIdentity', () => {
  it('takes √(σ² + ε) and μ', () => {
    expect(checkIdentity(({ mean: m, variance: v, epsilon: e }) => [Math.sqrt(v + e), m]).passed).toBe(true);
    expect(checkIdentity(({ mean: m, variance: v, epsilon: e }) => [(v + e) ** 0.5, m]).passed).toBe(true);
  });

  it('names each usual mistake', () => {
    expectNamed<IdentityParameters>(checkIdentity, [
      [() => [1, 0], /With γ = 1/],
      [({ mean: m, variance: v }) => [Math.sqrt(v), m], /nearly it/],
      [({ mean: m, variance: v, epsilon: e }) => [1 / Math.sqrt(v + e), m], /other way round/],
      [({ mean: m, variance: v, epsilon: e }) => [v + e, m], /variance itself/],
      [({ mean: m, variance: v, epsilon: e }) => [Math.sqrt(v + e), -m], /sign of β/],
      [({ mean: m, variance: v, epsilon: e }) => [m, Math.sqrt(v + e)], /swapped/],
      [({ variance: v, epsilon: e }) => [Math.sqrt(v + e), 0], /the mean is not/],
      [({ mean: m }) => [1, m], /the spread is not/],
    ]);
  });
});

describe('checkGradientScale', () => {
  it('takes 1/5', () => {
    expect(checkGradientScale(0.2).passed).toBe(true);
  });

  it('names each usual mistake', () => {
    expectNamed(checkGradientScale, [
      [5, /other way round/],
      [1, /does not notice/],
      [1 / 25, /turns the weights/],
      [0, /small, not zero/],
      [Number.NaN, /Put a number/],
    ]);
  });
});
