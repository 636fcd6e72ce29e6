/** The normalisations inside a network: each against its own functions, and every gradient against differences. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centralDifferences, expectClose } from '../../tests/lib/support.js';
import { networkGradients } from './accumulate.js';
import { batchRenorm } from './batchRenorm.js';
import { dataset } from './dataset.js';
import { ghostBatchNorm } from './ghostBatchNorm.js';
import { groupNorm } from './groupNorm.js';
import { parameterKinds, parameterOf } from './l2.js';
import { layerNorm } from './layerNorm.js';
import { RunningStatistics } from './movingAverage.js';
import { createNetwork, type NetworkDefinition } from './network.js';
import { networkForward } from './networkPass.js';
import { completeNormalisation, type Normalisation } from './normalisation.js';
import { Random } from './random.js';
import { ReferenceEngine } from './referenceEngine.js';
import { RenormAverages } from './renormAverages.js';
import { trainNetwork } from './train.js';
import { batchNorm } from './transform.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

const kinds: Normalisation[] = [
  'batch',
  { kind: 'ghost', size: 2 },
  { kind: 'renorm', rMax: 1.5, dMax: 0.5 },
  'layer',
  { kind: 'group', groups: 2 },
  'instance',
];
const named = kinds.map((kind) => [typeof kind === 'string' ? kind : kind.kind, kind] as const);

/** A small conv net, whose maps have places enough for every kind. */
const convolutional = (normalisation: Normalisation, batchNorm: 'before' | 'after'): NetworkDefinition => ({
  image: { height: 3, width: 2, channels: 1 },
  conv: [{ filters: 4, kernel: 2, padding: 'same' }],
  ...{ sizes: [6, 2], activation: 'tanh', batchNorm, normalisation, epsilon: 0.05 },
});

describe('normalisations in a network', () => {
  test.each(named)('%s: every gradient agrees with central differences', (_, normalisation) => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('before' as const, 'after' as const), (seed, placement) => {
        const random = new Random(seed);
        const network = createNetwork(convolutional(normalisation, placement), random);
        const norm = network.layers[0].norm;
        for (const values of [norm?.gamma, norm?.beta, norm?.mean]) {
          values?.forEach((v, j) => {
            values[j] = v + 0.3 * random.normal();
          });
        }
        const x = normals(random, 4 * 6);
        const labels = [0, 1, 1, 0];
        const { gradients } = networkGradients(network, x, labels, 4);
        const [layer] = network.layers;
        for (const kind of parameterKinds) {
          const parameter = parameterOf(layer, kind);
          if (parameter === null) {
            continue;
          }
          const start = parameter.slice();
          const analytic = gradients[0][kind] ?? [];
          if (
            typeof normalisation === 'object' &&
            normalisation.kind === 'renorm' &&
            kind !== 'gamma' &&
            kind !== 'beta'
          ) {
            // r and shift are constants to the gradient and not to the difference: its own test holds it
            expect(analytic.length).toBe(start.length);
            continue;
          }
          const numeric = centralDifferences((v) => {
            parameter.set(v);
            const { loss } = networkGradients(network, x, labels, 4);
            parameter.set(start);
            return loss;
          }, start);
          expectClose(analytic, numeric, 1e-7);
        }
      }),
      { numRuns: 6 },
    );
  });

  test('each gives what its own function gives', () => {
    const random = new Random(1);
    const m = 6;
    const x = normals(random, m * 3);
    const options = { gamma: [1, 1, 1, 1], beta: [0, 0, 0, 0], epsilon: 1e-3 };
    const ran = (normalisation: Normalisation): readonly [ArrayLike<number>, ArrayLike<number>] => {
      const definition = {
        sizes: [3, 4, 2],
        activation: 'identity',
        batchNorm: true,
        epsilon: 1e-3,
      } as const;
      const network = createNetwork({ ...definition, normalisation }, new Random(2));
      const [{ u, activationInput }] = networkForward(network, x, m, 'training').layers;
      return [u, activationInput];
    };
    const averages = {
      mean: new Float64Array(4),
      standardDeviation: new Float64Array(4).fill(Math.sqrt(1 + 1e-3)),
    };
    const cases: [Normalisation, (u: readonly number[]) => ArrayLike<number>][] = [
      ['batch', (u) => batchNorm(u, m, 4, options).y],
      [{ kind: 'ghost', size: 3 }, (u) => ghostBatchNorm(u, m, 4, 3, options).y],
      [
        { kind: 'renorm', rMax: 3, dMax: 5 },
        (u) => batchRenorm(u, m, 4, averages, { ...options, rMax: 3, dMax: 5 }).y,
      ],
      ['layer', (u) => layerNorm(u, m, 4, options).y],
      [{ kind: 'group', groups: 2 }, (u) => groupNorm(u, [m, 4], 2, options).y],
    ];
    for (const [normalisation, own] of cases) {
      const [u, y] = ran(normalisation);
      expectClose(y, own(Array.from(u)), 1e-12);
    }
  });

  test('layer, group and instance norm are the same at inference, for one example alone', () => {
    for (const normalisation of ['layer', { kind: 'group', groups: 2 }, 'instance'] as const) {
      const network = createNetwork(convolutional(normalisation, 'before'), new Random(3));
      const x = normals(new Random(4), 2 * 6);
      const training = networkForward(network, x, 2, 'training').logits;
      expectClose(networkForward(network, x, 2, 'inference').logits, training, 1e-12);
      expectClose(networkForward(network, x.slice(0, 6), 1, 'inference').logits, training.slice(0, 2), 1e-12);
    }
  });

  test('keep the moving averages that their papers say', () => {
    const x = new Float32Array(normals(new Random(5), 4 * 3));
    const labels = Uint8Array.of(0, 1, 0, 1);
    const definition = { sizes: [3, 2, 2], activation: 'tanh', batchNorm: true, epsilon: 0.1 } as const;
    const stepped = (normalisation: Normalisation) => {
      const network = createNetwork({ ...definition, normalisation }, new Random(6));
      const u = networkForward(network, Float64Array.from(x), 4, 'training').layers[0].u;
      const engine = new ReferenceEngine(network, 0.25);
      engine.step(x, labels, 4, 0.1);
      return { u, norm: engine.network().layers[0].norm };
    };
    const ghost = stepped({ kind: 'ghost', size: 2 });
    const running = new RunningStatistics(2, { newWeight: 0.25 });
    for (const one of ghostBatchNorm(ghost.u, 4, 2, 2).ghosts) {
      running.update(one);
    }
    expectClose(ghost.norm?.mean ?? [], running.mean, 1e-12);
    expectClose(ghost.norm?.variance ?? [], running.variance, 1e-12);

    const renorm = stepped({ kind: 'renorm', rMax: 2, dMax: 1 });
    const start = { mean: [0, 0], standardDeviation: [Math.sqrt(1.1), Math.sqrt(1.1)] };
    const averages = new RenormAverages(2, { newWeight: 0.25 }, start);
    averages.update(batchRenorm(renorm.u, 4, 2, averages, { rMax: 2, dMax: 1, epsilon: 0.1 }));
    expectClose(renorm.norm?.mean ?? [], averages.mean, 1e-12);
    expectClose(
      (renorm.norm?.variance ?? new Float64Array()).map((v) => Math.sqrt(v + 0.1)),
      averages.standardDeviation,
      1e-12,
    );
  });

  test('layer and group norm keep the bias before them, the others cancel it', () => {
    const biases = named.map(([name, normalisation]) => [
      name,
      createNetwork(convolutional(normalisation, 'before'), new Random(1)).layers[0].bias !== null,
    ]);
    expect(Object.fromEntries(biases)).toEqual({
      ...{ batch: false, ghost: false, renorm: false, layer: true, group: true, instance: false },
    });
  });

  test.each(named.filter(([name]) => name !== 'instance'))(
    '%s: a network learns with it',
    async (_, normalisation) => {
      const random = new Random(7);
      const x = new Float32Array(4 * 300).map(() => random.normal());
      const labels = Array.from({ length: 300 }, (_, i) => (x[4 * i] + x[4 * i + 1] > 0 ? 1 : 0));
      const data = dataset(x, labels, 4, 2);
      const result = await trainNetwork(
        { sizes: [4, 8, 2], activation: 'tanh', batchNorm: true, normalisation },
        {
          ...{ train: data, test: data, steps: 150, batchSize: 20, learningRate: 0.3, seed: 1 },
          ...{ statistics: 'population', populationBatches: 10 },
        },
      );
      expect(result.evaluations[0].accuracy).toBeGreaterThan(0.93);
      expect(result.engine).toBe(normalisation === 'batch' ? 'simd' : 'reference');
    },
  );

  test.each(named.filter(([name]) => name !== 'instance'))(
    '%s: a divergence is reported, not thrown',
    async (_, normalisation) => {
      const data = dataset(
        new Float32Array(80).map((_, i) => Math.sin(i)),
        Array.from({ length: 20 }, (_, i) => i % 2),
        4,
        2,
      );
      const result = await trainNetwork(
        { sizes: [4, 6, 6, 2], activation: 'relu', batchNorm: ['before', 'none'], normalisation },
        { train: data, steps: 50, batchSize: 10, learningRate: 1e200, seed: 1, engine: 'reference' },
      );
      expect(result.diverged).toBe(true);
    },
  );
});

describe('normalisations that cannot be', () => {
  const dense = { d: 6, locations: 1 };
  test.each<[string, object, string]>([
    ['an unknown kind', { kind: 'weight' }, 'normalisation must be one of "batch", "ghost", "renorm"'],
    ['another’s option', { kind: 'layer', groups: 2 }, 'the normalisation "layer" has no option "groups"'],
    [
      'a ghost batch of one',
      { kind: 'ghost', size: 1 },
      'normalisation.size must give each ghost batch at least 2',
    ],
    [
      'no size',
      { kind: 'ghost' },
      'normalisation.size must be a whole number of at least 1, found undefined',
    ],
    ['an rMax below 1', { kind: 'renorm', rMax: 0.5, dMax: 1 }, 'must have an rMax of at least 1'],
    ['unequal groups', { kind: 'group', groups: 4 }, 'must cut 6 features of 1 places into equal groups'],
    ['groups of one value', { kind: 'instance' }, 'normalisation "instance" must cut 6 features of 1 places'],
  ])('%s', (_, normalisation, message) => {
    // what a user without types could write
    expect(() => completeNormalisation(normalisation as Normalisation, dense)).toThrow(message);
  });

  test('a minibatch that is no multiple of the ghost batches', async () => {
    const data = dataset(
      new Float32Array(20),
      Array.from({ length: 10 }, (_, i) => i % 2),
      2,
      2,
    );
    const definition = { sizes: [2, 3, 2], activation: 'relu', batchNorm: true } as const;
    await expect(
      trainNetwork(
        { ...definition, normalisation: { kind: 'ghost', size: 4 } },
        { train: data, steps: 1, batchSize: 10, learningRate: 0.1, seed: 1 },
      ),
    ).rejects.toThrow("batchSize must be a multiple of the ghost batches' size = 4, found 10");
  });
});
