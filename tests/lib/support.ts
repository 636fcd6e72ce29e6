/** What the library's tests share: golden values, closeness, central differences, shapes for fast-check. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

/** One case of a given kind in data/golden/batchnorm.json (PyTorch, float64). */
export interface GoldenDense {
  kind: 'dense';
  name: string;
  m: number;
  d: number;
  n: number;
  h: number;
  w: number;
  c: number;
  eps: number;
  x: number[];
  gamma: number[];
  beta: number[];
  dy: number[];
  mean: number[];
  variance: number[];
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
}

export interface GoldenRunning {
  kind: 'running';
  name: string;
  m: number;
  d: number;
  momentum_weight_of_new: number;
  eps: number;
  xs: number[][];
  after_each: { mean: number[]; variance: number[] }[];
  population: { mean: number[]; variance: number[] };
  test_x: number[];
  test_y: number[];
}

type GoldenConv = Omit<GoldenDense, 'kind'> & { kind: 'conv-nhwc' };

export interface GoldenZca {
  kind: 'zca';
  name: string;
  m: number;
  d: number;
  eps: number;
  x: number[];
  covariance: number[];
  eigenvalues: number[];
  whitened: number[];
}

type Golden = GoldenDense | GoldenConv | GoldenRunning | GoldenZca | { kind: 'fold-conv'; name: string };

export function goldenCases<K extends Golden['kind']>(kind: K): Extract<Golden, { kind: K }>[] {
  const file = new URL('../../data/golden/batchnorm.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Golden[] };
  const found = cases.filter((one): one is Extract<Golden, { kind: K }> => one.kind === kind);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** Every element within `tolerance` of the expected one, relative to the largest expected element (at least 1). */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / scale;
    // `not <=` also catches NaN
    if (!(error <= tolerance)) {
      expect.fail(
        `element ${i}: expected ${expected[i]}, found ${actual[i]} (error ${error} > ${tolerance})`,
      );
    }
  }
}

/** The gradient of a function of many numbers by central differences: (f(x + h) - f(x - h)) / 2h. */
export function centralDifferences(
  f: (x: Float64Array) => number,
  at: ArrayLike<number>,
  h = 1e-5,
): Float64Array {
  const x = Float64Array.from(at);
  return x.map((value, i) => {
    x[i] = value + h;
    const above = f(x);
    x[i] = value - h;
    const below = f(x);
    x[i] = value;
    return (above - below) / (2 * h);
  });
}

/** Sum of a(i) b(i): the loss whose gradient with respect to a is b. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/** Numbers of ordinary size. */
export const ordinary = fc.double({ min: -10, max: 10, noNaN: true });

/** A matrix whose columns all vary: m rows (at least 2), d columns. */
export const matrix = fc
  .record({ m: fc.integer({ min: 2, max: 9 }), d: fc.integer({ min: 1, max: 6 }), seed: fc.nat() })
  .map(({ m, d, seed }) => ({ m, d, seed }));
