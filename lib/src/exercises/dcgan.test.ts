import { expect, test } from 'vitest';
import {
  checkDcganPlacement,
  checkLeakyRelu,
  checkMixedDistance,
  checkRepairedGenerator,
  faultyGenerator,
  type GeneratorLayer,
  type HasBatchNorm,
} from './dcgan.js';

test('where BN goes', () => {
  expect(checkDcganPlacement((n, i, k) => (n === 'generator' ? i !== k - 1 : i !== 0)).passed).toBe(true);
  expect(checkDcganPlacement((n, i, k) => (n[0] === 'g' ? i < k - 1 : i >= 1)).passed).toBe(true);
  const cases: [HasBatchNorm, RegExp][] = [
    [() => true, /everywhere/],
    [() => false, /no BN at all/],
    [(n, i, k) => (n === 'generator' ? i > 0 : i < k - 1), /wrong ends/],
    [(_, i, k) => i < k - 1, /generator is right/],
    [(_, i) => i > 0, /discriminator is right/],
    [(_, i, k) => i > 0 && i < k - 1, /one layer of each/],
    [(n, i) => (n === 'generator' ? i < 1 : i > 0), /one layer of each/], // right for two layers alone
    [
      () => {
        throw new Error('oops');
      },
      /threw: oops/,
    ],
    [() => 1 as never, /true or false/],
  ];
  for (const [rule, said] of cases) {
    const { passed, message } = checkDcganPlacement(rule);
    expect(passed).toBe(false);
    expect(message).toMatch(said);
  }
});

test('a generator with BN on its output', () => {
  const drop = (layers: GeneratorLayer[]) => layers.filter((_, i) => i !== 7);
  const biased = (layers: GeneratorLayer[]) =>
    layers.map((layer, i) => (i === 6 ? { ...layer, bias: true } : layer));
  expect(checkRepairedGenerator((layers) => biased(drop(layers))).passed).toBe(true);
  expect(checkRepairedGenerator((layers) => drop(biased(layers))).passed).toBe(true);
  const cases: [(layers: GeneratorLayer[]) => GeneratorLayer[], RegExp][] = [
    [(layers) => layers, /still stands before tanh/],
    [(layers) => layers.filter(({ kind }) => kind !== 'BN'), /no BN is left/],
    [drop, /needs a bias/],
    [(layers) => [...drop(layers), { kind: 'BN' }], /BN after tanh/],
    [(layers) => layers.filter((_, i) => i !== 4), /Only the BN before tanh/],
    [(layers) => drop(layers).map((layer) => ({ ...layer, bias: true })), /cancelled by the mean/],
    [() => 3 as never, /Return a list/],
  ];
  for (const [repair, said] of cases) {
    const { passed, message } = checkRepairedGenerator(repair);
    expect(passed).toBe(false);
    expect(message).toMatch(said);
  }
  expect(faultyGenerator()).toHaveLength(9);
});

test('LeakyReLU', () => {
  expect(checkLeakyRelu((u, a) => Math.max(u, u / a)).passed).toBe(true);
  for (const [f, said] of [
    [(u: number, a: number) => (u > 0 ? u : a * u), /a times as steep/],
    [(u: number) => Math.max(0, u), /That is ReLU/],
    [(u: number, a: number) => (u > 0 ? u / a : u), /exchanged/],
    [(u: number) => (u > 0 ? u : u / 5), /a = 5 alone/],
    [(u: number) => u, /Not yet/],
  ] as const) {
    const { passed, message } = checkLeakyRelu(f);
    expect(passed).toBe(false);
    expect(message).toMatch(said);
  }
});

test('the distance in a mixed minibatch', () => {
  expect(checkMixedDistance(1.79).passed).toBe(true);
  for (const [answer, said] of [
    [0, /normalised apart/],
    [4, /before BN/],
    [0.8, /by the variance/],
    [1.549, /m - 1/],
    [-1.789, /sign/],
    [Number.NaN, /Put a number/],
  ] as const) {
    const { passed, message } = checkMixedDistance(answer);
    expect(passed).toBe(false);
    expect(message).toMatch(said);
  }
});
