import { describe, expect, it } from 'vitest';
import { checkFold, checkPopulationVariance, checkPytorchMomentum, type UnitToFold } from './inference.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('checkPopulationVariance', () => {
  const wrong: [(variances: number[], m: number) => number, RegExp][] = [
    [(v) => mean(v), /too small by/],
    [(v, m) => (mean(v) * (m - 1)) / m, /other way round/],
    [(v) => (mean(v) * v.length) / (v.length - 1), /number of minibatches/],
    [(v, m) => (mean(v) * v.length * m) / (m - 1), /the sum/],
    [(v, m) => Math.sqrt((mean(v) * m) / (m - 1)), /standard deviation/],
    [(v, m) => mean(v) / (m - 1), /factor m is missing/],
    [() => 7, /is not it yet/],
    [() => Number.NaN, /Put a number/],
    [
      () => {
        throw new Error('not yet');
      },
      /threw: not yet/,
    ],
  ];

  it('takes the right answer in two forms', () => {
    expect(checkPopulationVariance((v, m) => (mean(v) * m) / (m - 1)).passed).toBe(true);
    expect(checkPopulationVariance((v, m) => mean(v.map((x) => x / (1 - 1 / m)))).passed).toBe(true);
  });

  it('names each wrong one, each in its own words', () => {
    const said = wrong.map(([answer]) => checkPopulationVariance(answer).message);
    wrong.forEach(([, words], i) => {
      expect(said[i]).toMatch(words);
    });
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('checkFold', () => {
  const scale = ({ gamma, variance, epsilon }: UnitToFold) => gamma / Math.sqrt(variance + epsilon);
  const by = (s: (unit: UnitToFold) => number) => (unit: UnitToFold) => [
    s(unit) * unit.w,
    s(unit) * (unit.b - unit.mean) + unit.beta,
  ];
  const wrong: [(unit: UnitToFold) => number[], RegExp][] = [
    [({ w, b }) => [w, b], /as it was/],
    [(u) => [scale(u) * u.w, u.beta - scale(u) * u.mean], /forgot the layer’s bias/],
    [(u) => [scale(u) * u.w, u.b - scale(u) * u.mean + u.beta], /not multiplied by the scale/],
    [(u) => [scale(u) * u.w, scale(u) * u.b + u.beta], /mean is missing/],
    [(u) => [scale(u) * u.w, scale(u) * (u.b - u.mean)], /β is missing/],
    [(u) => [scale(u) * u.w, scale(u) * (u.b - u.mean + u.beta)], /added after the scaling/],
    [(u) => [scale(u) * u.w, scale(u) * (u.b + u.mean) + u.beta], /The sign/],
    [(u) => [u.w, scale(u) * (u.b - u.mean) + u.beta], /w′ is missing/],
    [by(({ gamma, variance, epsilon }) => gamma / (Math.sqrt(variance) + epsilon)), /under the root/],
    [by(({ gamma, variance }) => gamma / Math.sqrt(variance)), /ε is missing/],
    [by(({ gamma, variance, epsilon }) => gamma / (variance + epsilon)), /by the variance/],
    [by(({ variance, epsilon }) => 1 / Math.sqrt(variance + epsilon)), /γ is missing/],
    [() => [1], /Return 2 numbers/],
  ];

  it('takes the right answer', () => {
    expect(checkFold(by(scale)).passed).toBe(true);
  });

  it('names each wrong one, each in its own words', () => {
    const said = wrong.map(([answer]) => checkFold(answer).message);
    wrong.forEach(([, words], i) => {
      expect(said[i]).toMatch(words);
    });
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('checkPytorchMomentum', () => {
  it('takes 0.01, and says what 0.99, 0.1, 0.9 and 1/0.99 are', () => {
    expect(checkPytorchMomentum(0.01).passed).toBe(true);
    expect(checkPytorchMomentum(1 - 0.99).passed).toBe(true);
    const said = [0.99, 0.1, 0.9, 1 / 0.99].map((answer) => checkPytorchMomentum(answer).message);
    expect(said.join('\n')).toMatch(
      /opposite things[\s\S]*default, which forgets[\s\S]*1 − 0\.1[\s\S]*reciprocal/,
    );
  });
});
