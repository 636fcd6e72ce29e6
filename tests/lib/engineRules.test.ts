/** Every optimiser, L2, accumulation and dropout: the SIMD engine computes what the reference does, within float32. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataset } from '../../lib/src/dataset.js';
import { type KernelBuild, loadKernels } from '../../lib/src/kernels.js';
import { type ParameterKind, parameterKinds } from '../../lib/src/l2.js';
import { createNetwork, type NetworkDefinition } from '../../lib/src/network.js';
import type { Optimiser } from '../../lib/src/optimiser.js';
import { Random } from '../../lib/src/random.js';
import { ReferenceEngine } from '../../lib/src/referenceEngine.js';
import { SimdEngine } from '../../lib/src/simdEngine.js';
import { trainNetwork } from '../../lib/src/train.js';
import type { UpdateRule } from '../../lib/src/updateRule.js';
import { expectClose } from './support.js';

const builds: readonly KernelBuild[] = ['strict', 'fused'];

const optimisers: Optimiser[] = [
  { kind: 'sgd' },
  { kind: 'sgd', momentum: 0.9 },
  { kind: 'sgd', momentum: 0.8, nesterov: true },
  { kind: 'sgd', momentum: 0.5, decay: 0.3 },
  // Adam divides a gradient by its own size: with a small epsilon float32's rounding of a gradient near 0 would be
  // what is compared
  { kind: 'adam', epsilon: 0.05 },
  { kind: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 0.1, decay: 0.3 },
];

interface Task {
  definition: NetworkDefinition;
  rule: UpdateRule;
  /** Examples in each accumulated minibatch. */
  m: number;
  seed: number;
}

const tasks: fc.Arbitrary<Task> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 3, maxLength: 4 }),
    activation: fc.constantFrom('sigmoid' as const, 'tanh' as const, 'identity' as const),
    placements: fc.array(fc.constantFrom('none' as const, 'before' as const, 'after' as const), {
      minLength: 3,
      maxLength: 3,
    }),
    rate: fc.constantFrom(0, 0.3),
    place: fc.constantFrom('end' as const, 'beforeNorm' as const),
    optimiser: fc.constantFrom(...optimisers),
    lambda: fc.constantFrom(0, 0.2),
    on: fc.subarray<ParameterKind>([...parameterKinds], { minLength: 1 }),
    accumulate: fc.integer({ min: 1, max: 3 }),
    m: fc.integer({ min: 2, max: 7 }),
    seed: fc.nat(),
  })
  .map(({ sizes, activation, placements, rate, place, optimiser, lambda, on, accumulate, m, seed }) => {
    const batchNorm = placements.slice(0, sizes.length - 1);
    return {
      definition: {
        ...{ sizes: [...sizes, 3], activation, batchNorm, epsilon: 0.1 },
        dropout: { rate, place: batchNorm.includes('none') ? 'end' : place },
      },
      rule: { optimiser, l2: { lambda, on }, accumulate },
      ...{ m, seed },
    };
  });

describe.each(builds)('the SIMD engine (%s kernels)', (build) => {
  test('makes the steps of the reference, by every rule', () => {
    fc.assert(
      fc.property(tasks, ({ definition, rule, m, seed }) => {
        const random = new Random(seed);
        const network = createNetwork(definition, random.fork('weights'));
        const full = { ...rule, random: random.fork('dropout') };
        const simd = new SimdEngine(network, 0.3, loadKernels(build), full);
        const reference = new ReferenceEngine(network, 0.3, full);
        const all = m * (rule.accumulate ?? 1);
        const x = new Float32Array(all * definition.sizes[0]).map(() => random.normal());
        const labels = new Uint8Array(all).map(() => random.integer(3));
        for (let step = 0; step < 3; step++) {
          const expected = reference.step(x, labels, all, 0.05);
          expect(Math.abs(simd.step(x, labels, all, 0.05) - expected)).toBeLessThan(2e-5 * (1 + expected));
        }
        const [own, other] = [simd.network(), reference.network()];
        for (const [index, layer] of other.layers.entries()) {
          expectClose(own.layers[index].weights, layer.weights, 5e-5);
          expectClose(own.layers[index].bias ?? [], layer.bias ?? [], 5e-5);
          for (const name of ['gamma', 'beta', 'mean', 'variance'] as const) {
            expectClose(own.layers[index].norm?.[name] ?? [], layer.norm?.[name] ?? [], 5e-5);
          }
        }
        // inference and what is read from outside drop nothing
        expectClose(simd.logits(x, all), reference.logits(x, all), 1e-4);
        for (let layer = 0; layer < definition.sizes.length - 2; layer++) {
          expectClose(simd.activationInputs(x, all, layer), reference.activationInputs(x, all, layer), 1e-4);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('takes examples by index as it takes them gathered, in every part of a step', () => {
    const random = new Random(1);
    const x = new Float32Array(20 * 5).map(() => random.normal());
    const data = dataset(
      x,
      Array.from({ length: 20 }, (_, i) => i % 2),
      5,
      2,
    );
    const network = createNetwork(
      { sizes: [5, 6, 2], activation: 'relu', batchNorm: true, dropout: 0.2 },
      random,
    );
    const rule = { optimiser: { kind: 'adam' }, accumulate: 2, random: random.fork('dropout') } as const;
    const byIndex = new SimdEngine(network, 0.1, loadKernels(build), rule);
    const gathered = new SimdEngine(network, 0.1, loadKernels(build), rule);
    const indices = [3, 19, 0, 7, 7, 12];
    const rows = Float32Array.from(indices.flatMap((i) => [...x.subarray(5 * i, 5 * i + 5)]));
    const labels = Uint8Array.from(indices, (i) => i % 2);
    for (let step = 0; step < 3; step++) {
      expect(byIndex.stepOn(data, indices, 0.1)).toBe(gathered.step(rows, labels, 6, 0.1));
    }
    expect(byIndex.network()).toEqual(gathered.network());
    expect(() => byIndex.stepOn(data, [1, 2, 3], 0.1)).toThrow(
      'm must be a multiple of accumulate = 2, found 3',
    );
  });
});

test('a run by Adam with dropout and L2 is the same on both engines, minibatch by minibatch', async () => {
  const random = new Random(2);
  const x = new Float32Array(200 * 6).map(() => random.normal());
  const data = dataset(
    x,
    Array.from({ length: 200 }, (_, i) => (x[6 * i] + x[6 * i + 1] > 0 ? 1 : 0)),
    6,
    2,
  );
  const run = (engine: 'simd' | 'reference') =>
    trainNetwork(
      { sizes: [6, 10, 8, 2], activation: 'tanh', batchNorm: true, dropout: 0.2 },
      {
        ...{ train: data, test: data, steps: 60, batchSize: 20, learningRate: 0.01, seed: 1, engine },
        ...{ optimiser: { kind: 'adam' }, l2: 1e-3 },
      },
    );
  const [simd, reference] = [await run('simd'), await run('reference')];
  expect([simd.engine, reference.engine]).toEqual(['simd', 'reference']);
  expectClose(simd.losses, reference.losses, 1e-3);
  expect(simd.losses[59]).toBeLessThan(0.7 * simd.losses[0]);
});
