/** The SIMD engine computes what the readable reference computes, within float32's rounding. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activation, activationNames } from '../../lib/src/activations.js';
import { dataset, gather } from '../../lib/src/dataset.js';
import { createEngine, type Engine } from '../../lib/src/engine.js';
import { Arena, type KernelBuild, kernelBuild, loadKernels } from '../../lib/src/kernels.js';
import { createNetwork, type Network, type NetworkDefinition } from '../../lib/src/network.js';
import { Random } from '../../lib/src/random.js';
import { ACTIVATION_CODES, SimdEngine } from '../../lib/src/simdEngine.js';
import { expectClose } from './support.js';

/** Both builds, wherever the tests run: the one that this machine does not choose is the one that others will. */
const builds: readonly KernelBuild[] = ['strict', 'fused'];

function simdEngine(build: KernelBuild, network: Network, newWeight: number): Engine {
  return new SimdEngine(network, newWeight, loadKernels(build));
}

const placements = ['none', 'before', 'after'] as const;

interface Task {
  definition: NetworkDefinition;
  m: number;
  seed: number;
  /** Share of the inputs that are zero. */
  zeros: number;
}

/** Shapes of every kind: one unit, sizes that are no multiple of 4, minibatches of 2. */
const tasks: fc.Arbitrary<Task> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 21 }), { minLength: 2, maxLength: 4 }),
    classes: fc.integer({ min: 2, max: 7 }),
    activation: fc.constantFrom(...activationNames),
    batchNorm: fc.constantFrom(...placements),
    leak: fc.constantFrom(2, 10, 100),
    m: fc.integer({ min: 2, max: 13 }),
    seed: fc.nat(),
    zeros: fc.constantFrom(0, 0.5, 0.9, 1),
  })
  .map(({ sizes, classes, m, seed, zeros, ...rest }) => ({
    // A feature that hardly varies is divided by sqrt(epsilon), and with it the rounding of float32, once a
    // layer: with the usual epsilon this test would compare noise.
    definition: { sizes: [...sizes, classes], epsilon: 0.1, ...rest },
    m,
    seed,
    zeros,
  }));

function examples(task: Task): { x: Float32Array; labels: Uint8Array } {
  const random = new Random(task.seed).fork('examples');
  const { sizes } = task.definition;
  return {
    x: new Float32Array(task.m * sizes[0]).map(() => (random.uniform() < task.zeros ? 0 : random.normal())),
    labels: new Uint8Array(task.m).map(() => random.integer(sizes[sizes.length - 1])),
  };
}

/**
 * False when a unit stands so close to the corner of relu that rounding decides which slope it gets: there two
 * right answers differ.
 */
function awayFromCorners(engine: Engine, task: Task, x: Float32Array): boolean {
  if (!['relu', 'leakyRelu'].includes(task.definition.activation)) {
    return true;
  }
  const hidden = task.definition.sizes.length - 2;
  return Array.from({ length: hidden }, (_, layer) => engine.activationInputs(x, task.m, layer)).every(
    (values) => values.every((u: number) => Math.abs(u) > 1e-4),
  );
}

/** All parameters and statistics of two networks within a tolerance. */
function expectSameNetwork(actual: Network, expected: Network, tolerance: number): void {
  for (const [index, layer] of expected.layers.entries()) {
    const own = actual.layers[index];
    expectClose(own.weights, layer.weights, tolerance);
    expect(own.bias === null).toBe(layer.bias === null);
    expectClose(own.bias ?? [], layer.bias ?? [], tolerance);
    for (const name of ['gamma', 'beta', 'mean', 'variance'] as const) {
      expectClose(own.norm?.[name] ?? [], layer.norm?.[name] ?? [], tolerance);
    }
  }
}

describe.each(builds)('the SIMD engine (%s kernels) against the reference', (build) => {
  test('three steps give the same losses and the same network, over all shapes', () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const network = createNetwork(task.definition, new Random(task.seed));
        const simd = simdEngine(build, network, 0.3);
        const reference = createEngine('reference', network, 0.3);
        const { x, labels } = examples(task);
        for (let s = 0; s < 3; s++) {
          fc.pre(awayFromCorners(reference, task, x));
          const expected = reference.step(x, labels, task.m, 0.05);
          expect(Math.abs(simd.step(x, labels, task.m, 0.05) - expected)).toBeLessThan(1e-5 * (1 + expected));
        }
        expectSameNetwork(simd.network(), reference.network(), 2e-5);
      }),
      { numRuns: 300 },
    );
  });

  test('inference, the probe and the statistics are the same too', () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const network = createNetwork(task.definition, new Random(task.seed));
        const simd = simdEngine(build, network, 0.3);
        const reference = createEngine('reference', network, 0.3);
        const { x, labels } = examples(task);
        fc.pre(awayFromCorners(reference, task, x));
        for (const engine of [simd, reference]) {
          engine.step(x, labels, task.m, 0.05);
        }
        expectClose(simd.logits(x, task.m), reference.logits(x, task.m), 2e-5);
        const first = x.slice(0, task.definition.sizes[0]);
        expectClose(simd.logits(first, 1), reference.logits(first, 1), 2e-5);
        for (let layer = 0; layer < task.definition.sizes.length - 2; layer++) {
          const expected = reference.activationInputs(x, task.m, layer);
          expectClose(simd.activationInputs(x, task.m, layer), expected, 5e-5);
        }
        const statistics = reference.minibatchStatistics(x, task.m);
        for (const [index, own] of simd.minibatchStatistics(x, task.m).entries()) {
          expectClose(own.mean, statistics[index].mean, 2e-5);
          expectClose(own.variance, statistics[index].variance, 2e-5);
        }
        for (const engine of [simd, reference]) {
          engine.setStatistics(statistics);
        }
        expectClose(simd.logits(x, task.m), reference.logits(x, task.m), 2e-5);
      }),
      { numRuns: 150 },
    );
  });

  test('one step is the same where layers are wide and the minibatch is large, with bytes and with numbers', () => {
    const wide = fc.record({
      sizes: fc.tuple(
        fc.integer({ min: 1, max: 1100 }),
        fc.integer({ min: 1, max: 130 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 2, max: 60 }),
      ),
      batchNorm: fc.constantFrom(...placements),
      m: fc.integer({ min: 2, max: 70 }),
      seed: fc.nat(),
      zeros: fc.constantFrom(0, 0.55, 0.65, 0.81, 0.97, 1),
      kind: fc.constantFrom(Uint8Array, Float32Array, Float64Array),
    });
    fc.assert(
      fc.property(wide, ({ sizes, batchNorm, m, seed, zeros, kind: Kind }) => {
        const random = new Random(seed);
        const definition = { sizes, batchNorm, activation: 'sigmoid', epsilon: 0.1 } as const;
        const network = createNetwork(definition, random);
        const x = new Kind(100 * sizes[0]).map(() => (random.uniform() < zeros ? 0 : random.integer(256)));
        const labels = Array.from({ length: 100 }, () => random.integer(sizes[3]));
        const data = dataset(x, labels, sizes[0], sizes[3], 1 / 255);
        const indices = Array.from({ length: m }, () => random.integer(100));
        const simd = simdEngine(build, network, 0.1);
        const reference = createEngine('reference', network, 0.1);
        const expected = reference.stepOn(data, indices, 0.5);
        expect(Math.abs(simd.stepOn(data, indices, 0.5) - expected)).toBeLessThan(1e-5);
        expectSameNetwork(simd.network(), reference.network(), 2e-5);
        expectClose(simd.logitsOn(data, indices), reference.logitsOn(data, indices), 5e-5);
      }),
      { numRuns: 40 },
    );
  });

  test('a minibatch may grow and shrink from step to step', () => {
    const definition = { sizes: [5, 7, 3], activation: 'tanh', batchNorm: true, epsilon: 0.01 } as const;
    const network = createNetwork(definition, new Random(3));
    const simd = simdEngine(build, network, 0.1);
    const reference = createEngine('reference', network, 0.1);
    // many zeros and few in turn: what was listed for one minibatch must not reach the next
    for (const [m, zeros] of [
      [6, 0.5],
      [2, 0.9],
      [30, 0],
      [3, 0.9],
      [17, 0.5],
      [30, 0.9],
    ]) {
      const { x, labels } = examples({
        definition: { ...definition, sizes: [5, 7, 3] },
        m,
        seed: m,
        zeros,
      });
      expect(simd.step(x, labels, m, 0.1)).toBeCloseTo(reference.step(x, labels, m, 0.1), 5);
    }
    expectSameNetwork(simd.network(), reference.network(), 1e-5);
  });

  test('examples by index give what the same examples gathered give, bytes and numbers alike', () => {
    const random = new Random(8);
    const bytes = new Uint8Array(20 * 37).map(() => (random.uniform() < 0.7 ? 0 : random.integer(256)));
    const labels = Array.from({ length: 20 }, () => random.integer(4));
    const indices = [3, 19, 0, 7, 7, 12];
    for (const data of [
      dataset(bytes, labels, 37, 4, 1 / 255),
      dataset(Float32Array.from(bytes), labels, 37, 4, 1 / 255),
    ]) {
      const network = createNetwork(
        { sizes: [37, 6, 4], activation: 'relu', batchNorm: true },
        new Random(1),
      );
      const byIndex = simdEngine(build, network, 0.1);
      const gathered = simdEngine(build, network, 0.1);
      const batch = gather(data, indices);
      const loss = byIndex.stepOn(data, indices, 0.1);
      expect(loss).toBeCloseTo(gathered.step(batch.x, batch.labels, batch.m, 0.1), 6);
      expectSameNetwork(byIndex.network(), gathered.network(), 1e-6);
      expectClose(byIndex.logitsOn(data, indices), gathered.logits(batch.x, 6), 1e-6);
    }
  });

  test('the same seed gives the same bytes', () => {
    fc.assert(
      fc.property(tasks, (task) => {
        const run = (): Network => {
          const engine = simdEngine(build, createNetwork(task.definition, new Random(task.seed)), 0.1);
          const { x, labels } = examples(task);
          engine.step(x, labels, task.m, 0.1);
          engine.step(x, labels, task.m, 0.1);
          return engine.network();
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 30 },
    );
  });
});

describe('an engine', () => {
  test.each(['simd', 'reference'] as const)('%s works on a copy of the network', (name) => {
    const network = createNetwork({ sizes: [3, 4, 2], activation: 'relu', batchNorm: true }, new Random(1));
    const before = structuredClone(network.layers);
    createEngine(name, network, 0.1).step(Float32Array.of(1, 2, 3, 4, 5, 7), Uint8Array.of(0, 1), 2, 1);
    expect(network.layers).toEqual(before);
  });
});

describe.each(['simd', 'reference'] as const)('bad input to the engine %s', (name) => {
  const network = createNetwork(
    { sizes: [3, 4, 2], activation: 'relu', batchNorm: true, epsilon: 0 },
    new Random(1),
  );
  const engine = createEngine(name, network, 0.1);

  test('is refused in the same words', () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 7);
    expect(() => engine.step(x, Uint8Array.of(0, 2), 2, 0.1)).toThrow(
      'labels must be whole numbers from 0 to k - 1 = 1, found 2 at 1',
    );
    expect(() => engine.step(x, Uint8Array.of(0), 2, 0.1)).toThrow(
      'labels must have m = 2 elements, found 1',
    );
    expect(() => engine.step(x.slice(0, 3), Uint8Array.of(0), 1, 0.1)).toThrow(
      'm must be at least 2 in training with BN, found 1',
    );
    expect(() => engine.step(x, Uint8Array.of(0, 1, 0), 3, 0.1)).toThrow(
      'x must have m*inputs = 9 elements (m = 3, inputs = 3), found 6',
    );
    expect(() => engine.step(new Float32Array(6), Uint8Array.of(0, 1), 2, 0.1)).toThrow(
      'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column 0',
    );
  });
});

test('an unknown engine is refused', () => {
  const network = createNetwork({ sizes: [3, 2], activation: 'relu' }, new Random(1));
  expect(() => createEngine('gpu' as 'simd', network, 0.1)).toThrow(
    'engine must be one of "simd", "reference", found "gpu"',
  );
});

describe.each(builds)('the approximated activations (%s kernels)', (build) => {
  const kernels = loadKernels(build);
  const arena = new Arena(kernels);

  function simd(name: keyof typeof ACTIVATION_CODES, values: number[]): Float32Array {
    const count = (values.length + 3) & ~3;
    const from = arena.floats(count);
    const to = arena.floats(count);
    new Float32Array(kernels.memory.buffer).set(values, from / 4);
    kernels.activateAll(to, from, count, ACTIVATION_CODES[name], 1 / 7);
    return new Float32Array(kernels.memory.buffer).slice(to / 4, to / 4 + values.length);
  }

  test.each([
    ['sigmoid', 2e-7],
    ['tanh', 5e-7],
    ['relu', 0],
    ['leakyRelu', 1.2e-7], // two roundings: 1/a, and the product
    ['identity', 0],
  ] as const)('%s is within %f of the exact value', (name, bound) => {
    const g = activation(name, 7);
    const values = Array.from({ length: 40001 }, (_, i) => Math.fround((i - 20000) / 500));
    const results = simd(name, values);
    for (const [i, u] of values.entries()) {
      const exact = g.apply(u);
      // leakyRelu and identity are not bounded: their error is relative
      expect(Math.abs(results[i] - exact) / Math.max(1, Math.abs(exact))).toBeLessThanOrEqual(bound);
    }
  });

  test('sigmoid keeps a relative accuracy of 4e-7 deep in saturation, where gradients live', () => {
    const values = Array.from({ length: 801 }, (_, i) => Math.fround(-i / 10));
    const results = simd('sigmoid', values);
    for (const [i, u] of values.entries()) {
      const exact = activation('sigmoid').apply(u);
      expect(Math.abs(results[i] - exact) / exact).toBeLessThanOrEqual(4e-7 * (1 + Math.abs(u) / 10));
    }
  });

  test.each(activationNames)('%s passes NaN on, and takes infinities', (name) => {
    const [nan, above, below] = simd(name, [Number.NaN, Infinity, -Infinity]);
    expect(nan).toBeNaN();
    const g = activation(name, 7);
    expect(above).toBeCloseTo(g.apply(Infinity), 6);
    expect(below).toBeCloseTo(g.apply(-Infinity), 6);
  });
});

test('the fused kernels are what this process runs, unless the environment says otherwise', () => {
  expect(kernelBuild()).toBe(process.env.BATCHNORM_LAB_KERNELS || 'fused');
});
