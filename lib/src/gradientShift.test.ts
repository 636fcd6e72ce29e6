import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GoldenGradientShift, goldenNetworks } from '../../tests/lib/networksGolden.js';
import { dropoutMasks } from './dropoutMasks.js';
import { createEngine } from './engine.js';
import { gradientShift } from './gradientShift.js';
import { parameterKinds, parameterOf } from './l2.js';
import { copyNetwork, createNetwork, type Network } from './network.js';
import { Random } from './random.js';

function networkOf(g: GoldenGradientShift): Network {
  const { sizes, activation, placement, epsilon } = g;
  const network = createNetwork({ sizes, activation, epsilon, batchNorm: placement }, new Random(1));
  for (const [index, layer] of network.layers.entries()) {
    for (const kind of parameterKinds) {
      parameterOf(layer, kind)?.set(g.start[index][kind] ?? []);
    }
  }
  return network;
}

describe('gradient-based covariate shift', () => {
  test.each(goldenNetworks('gradient-shift'))('is what PyTorch computes: $name', (g) => {
    const before = networkOf(g);
    const engine = createEngine('reference', before, 0.1);
    engine.step(Float32Array.from(g.x), Uint8Array.from(g.labels), g.m, g.rate);
    const shift = gradientShift(before, engine.network(), g.x, g.labels, g.m);
    expect(shift.length).toBe(g.shift.length);
    for (const [i, own] of shift.entries()) {
      for (const name of ['distance', 'cosine', 'before', 'after'] as const) {
        expect(Math.abs(own[name] - g.shift[i][name])).toBeLessThan(1e-10);
      }
    }
    expect(g.shift.at(-1)?.distance).toBeGreaterThan(0.01);
  });

  test('no step, no shift; and the first layer never has any', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('none' as const, 'before' as const, 'after' as const),
        (seed, batchNorm) => {
          const random = new Random(seed);
          const network = createNetwork({ sizes: [3, 5, 4, 2], activation: 'sigmoid', batchNorm }, random);
          const x = new Float64Array(3 * 6).map(() => random.normal());
          const labels = Array.from({ length: 6 }, () => random.integer(2));
          for (const { distance, cosine, before, after } of gradientShift(
            network,
            copyNetwork(network),
            x,
            labels,
            6,
          )) {
            expect([distance, after]).toEqual([0, before]);
            expect(cosine).toBeCloseTo(1, 12);
          }
          const moved = copyNetwork(network);
          for (const { weights } of moved.layers) {
            weights.forEach((_, i) => {
              weights[i] += 0.1 * random.normal();
            });
          }
          const [first, ...later] = gradientShift(network, moved, x, labels, 6);
          expect(first.distance).toBe(0);
          for (const { distance, cosine, before, after } of later) {
            // the triangle with sides |G|, |G'| and |G - G'|
            expect(distance ** 2).toBeCloseTo(before ** 2 + after ** 2 - 2 * before * after * cosine, 10);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a step of the layer itself, or of later ones, does not count', () => {
    const random = new Random(1);
    const before = createNetwork({ sizes: [3, 5, 4, 2], activation: 'tanh' }, random);
    const after = copyNetwork(before);
    after.layers[1].weights.fill(0.3);
    after.layers[2].weights.fill(-1);
    const x = new Float64Array(3 * 6).map(() => random.normal());
    const shift = gradientShift(before, after, x, [0, 1, 0, 1, 1, 0], 6);
    expect([shift[0].distance, shift[1].distance]).toEqual([0, 0]);
    expect(shift[2].distance).toBeGreaterThan(0);
  });

  test('a gradient of 0 has no direction', () => {
    const network = createNetwork(
      { sizes: [2, 3, 2], activation: 'relu', initial: { kind: 'constant', value: -1 } },
      new Random(1),
    );
    const shift = gradientShift(network, network, [1, 1, 2, 2], [0, 1], 2);
    expect(shift[0]).toEqual({ distance: 0, cosine: Number.NaN, before: 0, after: 0 });
  });

  test('misuse is refused', () => {
    const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu', dropout: 0.5 }, new Random(1));
    const other = createNetwork({ sizes: [2, 4, 2], activation: 'relu' }, new Random(1));
    expect(() => gradientShift(network, other, [1, 2], [0], 1)).toThrow(
      'before and after must have the same layers: take the network before and after one step',
    );
    expect(() => gradientShift(network, network, [1, 2], [0], 1)).toThrow('masks must be given in training');
    const masks = dropoutMasks(network, 1, new Random(3));
    expect(gradientShift(network, network, [1, 2], [0], 1, masks)[1].distance).toBe(0);
  });
});
