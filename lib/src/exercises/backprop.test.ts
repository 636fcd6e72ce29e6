import { describe, expect, it } from 'vitest';
import { batchNorm } from '../transform.js';
import { type BackpropInput, checkBackprop, checkCentralDifference, checkGammaBeta } from './backprop.js';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

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

describe('checkGammaBeta', () => {
  const along = (dy: number[], xHat: number[]) => sum(dy.map((value, i) => value * xHat[i]));

  it('takes the sums', () => {
    expect(checkGammaBeta((dy, xHat) => [along(dy, xHat), sum(dy)]).passed).toBe(true);
  });

  it('names each usual mistake', () => {
    expectNamed<(dy: number[], xHat: number[]) => number[]>(checkGammaBeta, [
      [(dy, xHat) => [dy[0] * xHat[0], dy[0]], /first example/],
      [(dy, xHat) => [along(dy, xHat) / dy.length, sum(dy) / dy.length], /not means/],
      [(dy, xHat) => [sum(dy), along(dy, xHat)], /swapped/],
      [(dy) => [sum(dy), sum(dy)], /β is right/],
      [() => [1], /Return 2 numbers/],
    ]);
  });
});

describe('checkBackprop', () => {
  type Form = (input: BackpropInput) => number[];
  const form =
    (
      factor: (input: BackpropInput) => number,
      mean: (m: number) => number,
      variance: (m: number) => number,
    ): Form =>
    (input) => {
      const { dy, xHat } = input;
      const m = dy.length;
      const [meanDy, meanAlong] = [sum(dy) / m, sum(dy.map((value, i) => value * xHat[i])) / m];
      return dy.map(
        (value, i) => factor(input) * (value - mean(m) * meanDy - variance(m) * xHat[i] * meanAlong),
      );
    };
  const [none, one, all, minus] = [() => 0, () => 1, (m: number) => m, () => -1];
  const right = ({ gamma, variance, epsilon }: BackpropInput) => gamma / Math.sqrt(variance + epsilon);

  it('takes the compact form, and a walk along the graph', () => {
    expect(checkBackprop(form(right, one, one)).passed).toBe(true);
    const graph: Form = ({ dy, xHat, gamma, variance, epsilon }) => {
      const m = dy.length;
      const s = Math.sqrt(variance + epsilon);
      const dXHat = dy.map((value) => gamma * value);
      const dVariance = (-1 / (2 * s ** 2)) * sum(dXHat.map((value, i) => value * xHat[i]));
      const dCentred = dXHat.map((value, i) => value / s + (dVariance * 2 * xHat[i] * s) / m);
      return dCentred.map((value) => value - sum(dCentred) / m);
    };
    expect(checkBackprop(graph).passed).toBe(true);
  });

  it('is what the library says of the same minibatch', () => {
    // The check's minibatch, from its xHat: BN of it gives the same xHat again.
    checkBackprop(({ xHat, variance, epsilon }) => {
      const x = xHat.map((value) => value * Math.sqrt(variance + epsilon));
      const { xHat: again } = batchNorm(x, x.length, 1, { epsilon });
      again.forEach((value, i) => {
        expect(value).toBeCloseTo(xHat[i], 12);
      });
      return xHat;
    });
  });

  it('names each usual mistake', () => {
    expectNamed<Form>(checkBackprop, [
      [form(right, none, none), /direct way alone/],
      [form(right, none, one), /mean’s term is missing/],
      [form(right, one, none), /variance’s term is missing/],
      [form((input) => right(input) / input.gamma, one, one), /γ is missing/],
      [form(({ gamma }) => gamma, one, one), /1\/s is missing/],
      [form(right, all, all), /sums where means belong/],
      [form(right, all, one), /mean of dy is divided/],
      [form(right, one, all), /mean of dy x̂ is divided/],
      [form(right, minus, minus), /both terms are subtracted/],
      [form(right, one, minus), /sign of the variance’s term/],
      [
        form(({ gamma, variance, epsilon }) => gamma / (Math.sqrt(variance) + epsilon), one, one),
        /under the root/,
      ],
      [form(({ gamma, variance }) => gamma / Math.sqrt(variance), one, one), /ε is missing/],
      [
        form(({ gamma, variance, epsilon }) => gamma / (variance + epsilon), one, one),
        /divides by the variance/,
      ],
      [() => [], /Return 5 numbers/],
    ]);
  });
});

describe('checkCentralDifference', () => {
  type Difference = (f: (x: number) => number, x: number, h: number) => number;

  it('takes the central difference', () => {
    expect(checkCentralDifference((f, x, h) => (f(x + h) - f(x - h)) / (2 * h)).passed).toBe(true);
  });

  it('names each usual mistake', () => {
    expectNamed<Difference>(checkCentralDifference, [
      [(f, x, h) => (f(x + h) - f(x)) / h, /one side only/],
      [(f, x, h) => (f(x) - f(x - h)) / h, /looks back only/],
      [(f, x, h) => (f(x + h) - f(x - h)) / h, /2h apart/],
      [(f, x, h) => (f(x - h) - f(x + h)) / (2 * h), /The sign/],
      [(f, x, h) => (f(x + h) + f(x - h)) / (2 * h), /not their sum/],
      [(f, x, h) => f(x + h) - f(x - h), /Divide by/],
      [(_, x) => 3 * x * x - 2, /exact derivative/],
      [
        () => {
          throw new Error('later');
        },
        /threw: later/,
      ],
    ]);
  });
});
