/** Networks and sequences without BN compute what they computed with it; what cannot be folded is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../../tests/lib/support.js';
import { activation, activationNames } from './activations.js';
import { type ConvolutionLayer, convolve } from './convolve.js';
import { dataset, gather } from './dataset.js';
import { createEngine } from './engine.js';
import { evaluate, networkPopulationStatistics } from './evaluate.js';
import { foldNetwork, inferenceNetwork } from './foldNetwork.js';
import { foldSequence, type SequenceLayer } from './foldSequence.js';
import { batchNormInference } from './inference.js';
import { copyNetwork, createNetwork, type Network, type Placement } from './network.js';
import { networkForward } from './networkPass.js';
import { Random } from './random.js';
import { trainNetwork } from './train.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

/** Gives every parameter and statistic a value that is not special. */
function disturb(network: Network, random: Random): Network {
  for (const { bias, norm } of network.layers) {
    bias?.set(normals(random, bias.length));
    if (norm !== null) {
      norm.gamma.set(normals(random, norm.gamma.length));
      norm.beta.set(normals(random, norm.beta.length));
      norm.mean.set(normals(random, norm.mean.length));
      norm.variance.set(norm.variance.map(() => 0.1 + random.uniform()));
    }
  }
  return network;
}

const placements = fc.constantFrom<Placement[]>('before', 'after', 'none');
const networks = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 5 }),
    activation: fc.constantFrom(...activationNames),
    placements: fc.array(placements, { minLength: 3, maxLength: 3 }),
    epsilon: fc.constantFrom(1e-5, 0.1),
    dropout: fc.constantFrom(0, 0.5),
    seed: fc.nat(),
  })
  .map(({ sizes, placements, ...rest }) => ({
    ...rest,
    sizes,
    batchNorm: sizes.length === 2 ? ('none' as const) : placements.slice(0, sizes.length - 2),
  }));

/** Two convolutional layers and one hidden dense layer after them. */
const convolutional = fc
  .record({
    image: fc.record({
      height: fc.integer({ min: 6, max: 8 }),
      width: fc.integer({ min: 6, max: 8 }),
      channels: fc.integer({ min: 1, max: 2 }),
    }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom<('same' | 'valid')[]>('same', 'valid'),
    pool: fc.constantFrom('none' as const, 'average' as const, 'max' as const, 'global' as const),
    activation: fc.constantFrom(...activationNames),
    batchNorm: fc.array(placements, { minLength: 3, maxLength: 3 }),
    seed: fc.nat(),
  })
  .map(({ image, kernel, stride, padding, pool, ...rest }) => {
    const small = pool === 'none' || pool === 'global' ? undefined : { kind: pool, size: 2, stride: 1 };
    const conv = [
      { filters: 2, kernel: 2, padding: 'valid' as const, pool: small },
      { filters: 3, kernel, stride, padding, pool: pool === 'global' ? pool : undefined },
    ];
    const { height, width, channels } = image;
    return { ...rest, image, conv, sizes: [height * width * channels, 4, 2] };
  });

/** Two classes around two centres. */
function twoClouds(count: number, seed: number) {
  const random = new Random(seed);
  const labels = new Uint8Array(count).map((_, i) => i % 2);
  const x = new Float32Array(count * 4).map(
    (_, i) => random.normal() + labels[Math.floor(i / 4)] * (1 + (i % 4)),
  );
  return dataset(x, labels, 4, 2);
}

describe('the fold of a network', () => {
  test('leaves no BN and the same outputs, wherever BN stood', () => {
    fc.assert(
      fc.property(networks, ({ seed, ...definition }) => {
        const random = new Random(seed);
        const network = disturb(createNetwork(definition, random), random);
        const untouched = copyNetwork(network);
        const m = 5;
        const x = normals(random, m * network.layers[0].inputs);
        const folded = foldNetwork(network);
        expect(folded.definition.placement).toBe('none');
        expect(
          folded.definition.hidden.every(({ placement, dropout }) => placement === 'none' && dropout === 0),
        ).toBe(true);
        expect(folded.layers.every(({ norm }) => norm === null)).toBe(true);
        expect(folded.layers.map(({ weights }) => weights.length)).toEqual(
          network.layers.map(({ weights }) => weights.length),
        );
        const before = networkForward(network, x, m, 'inference').logits;
        expectClose(networkForward(folded, x, m, 'inference').logits, before, 1e-11);
        expect(network).toEqual(untouched);
        for (const layer of folded.layers) {
          layer.weights.fill(0);
          layer.bias?.fill(0);
        }
        expect(network).toEqual(untouched);
      }),
    );
  });

  test('does so with convolutions and pooling, or says why not: padded shifts, maxima of negative scales', () => {
    const seen = { folded: 0, padding: 0, max: 0 };
    fc.assert(
      fc.property(convolutional, ({ seed, ...definition }) => {
        const random = new Random(seed);
        const network = disturb(createNetwork(definition, random), random);
        const m = 2;
        const x = normals(random, m * network.definition.sizes[0]);
        let folded: Network;
        try {
          folded = foldNetwork(network);
        } catch (error) {
          expect(network.definition.hidden[0].placement).toBe('after');
          if (String(error).includes('zeros are padded between the two')) {
            expect(definition.conv[1].padding).toBe('same');
            seen.padding++;
          } else {
            expect(String(error)).toContain('hidden layer 0: BN before max pooling cannot be taken past it');
            expect(network.layers[0].norm?.gamma.some((value) => value < 0)).toBe(true);
            seen.max++;
          }
          return;
        }
        seen.folded++;
        expect(folded.layers.every(({ norm }) => norm === null)).toBe(true);
        const before = networkForward(network, x, m, 'inference').logits;
        expectClose(networkForward(folded, x, m, 'inference').logits, before, 1e-11);
      }),
      { numRuns: 300 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
  });

  test('of one with convolutions takes the statistics over all places of the maps', () => {
    const random = new Random(6);
    const x = Float32Array.from(normals(random, 60 * 16));
    const data = dataset(x, new Uint8Array(60), 16, 2);
    const definition = {
      image: { height: 4, width: 4, channels: 1 },
      conv: [{ filters: 3, kernel: 3 }],
      sizes: [16, 2],
      activation: 'relu',
      batchNorm: true,
    } as const;
    const network = disturb(createNetwork(definition, random), random);
    const served = inferenceNetwork(network, data, { batchSize: 60, batches: 1, random });
    // the whole data set is one minibatch: its statistics, with m' = 60 * 16 for the unbiased factor
    const { layers } = networkForward(network, x, 60, 'training');
    network.layers[0].norm?.mean.set(layers[0].norm?.mean ?? []);
    network.layers[0].norm?.variance.set(layers[0].norm?.variance.map((v) => (v * 960) / 959) ?? []);
    const expected = networkForward(network, x, 60, 'inference').logits;
    expectClose(networkForward(served, x, 60, 'inference').logits, expected, 1e-5);
  });

  test.each(['before', 'after'] as const)(
    'serves a trained network on both engines: BN %s',
    async (batchNorm) => {
      const data = twoClouds(400, 1);
      const { network } = await trainNetwork(
        { sizes: [4, 8, 8, 2], activation: 'relu', batchNorm },
        { train: data, test: data, steps: 60, learningRate: 0.1, seed: 2, batchSize: 20 },
      );
      const folded = foldNetwork(network);
      const { x, m } = gather(data, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const exact = networkForward(network, Float64Array.from(x), m, 'inference').logits;
      expectClose(networkForward(folded, Float64Array.from(x), m, 'inference').logits, exact, 1e-12);
      expectClose(createEngine('simd', folded, 1).logits(x, m), exact, 1e-5);
      expect(evaluate(folded, data).accuracy).toBe(evaluate(network, data).accuracy);
      expect(evaluate(folded, data).accuracy).toBeGreaterThan(0.9);
    },
  );

  test('with population statistics is Algorithm 2: they are taken from the data, not from the layers', () => {
    const data = twoClouds(200, 3);
    const random = new Random(4);
    const network = disturb(
      createNetwork({ sizes: [4, 6, 5, 2], activation: 'tanh', batchNorm: true }, random),
      random,
    );
    const served = inferenceNetwork(network, data, {
      batchSize: 20,
      batches: 15,
      random: new Random(5),
      engine: 'reference',
    });
    const byHand = copyNetwork(network);
    const engine = createEngine('reference', network, 1);
    const statistics = networkPopulationStatistics(engine, data, 20, 15, new Random(5));
    for (const [index, { mean, variance }] of statistics.entries()) {
      byHand.layers[index].norm?.mean.set(mean);
      byHand.layers[index].norm?.variance.set(variance);
    }
    const x = normals(random, 3 * 4);
    const expected = networkForward(byHand, x, 3, 'inference').logits;
    expectClose(networkForward(served, x, 3, 'inference').logits, expected, 1e-12);
    const other = networkForward(network, x, 3, 'inference').logits;
    expect(Math.abs(other[0] - expected[0])).toBeGreaterThan(1e-3);
    const quick = inferenceNetwork(network, data, { batchSize: 20, batches: 15, random: new Random(5) });
    expectClose(networkForward(quick, x, 3, 'inference').logits, expected, 1e-4);
  });

  test('takes the other kinds with moving averages, and refuses those that look at one example', () => {
    const definition = { sizes: [4, 6, 2], activation: 'tanh', batchNorm: true, dropout: 0.5 } as const;
    const random = new Random(8);
    for (const normalisation of [
      { kind: 'ghost', size: 2 },
      { kind: 'renorm', rMax: 2, dMax: 1 },
    ] as const) {
      const network = disturb(createNetwork({ ...definition, normalisation }, random), random);
      const x = normals(random, 3 * 4);
      const exact = networkForward(network, x, 3, 'inference').logits;
      expectClose(networkForward(foldNetwork(network), x, 3, 'inference').logits, exact, 1e-12);
    }
    for (const normalisation of ['layer', { kind: 'group', groups: 2 }] as const) {
      const network = createNetwork({ ...definition, normalisation }, random);
      const message = 'hidden layer 0 cannot be folded: only BN with fixed statistics is affine at inference';
      expect(() => foldNetwork(network)).toThrow(message);
      expect(() => inferenceNetwork(network, twoClouds(200, 3), { random })).toThrow(message);
    }
    const dropping = createNetwork(definition, random);
    expect(inferenceNetwork(dropping, twoClouds(200, 3), { random }).layers[0].norm).toBeNull();
  });

  test('refuses what a diverged run leaves, and an unknown option', () => {
    const network = createNetwork({ sizes: [2, 2, 2], activation: 'relu', batchNorm: true }, new Random(1));
    network.layers[0].norm?.gamma.fill(Number.NaN);
    expect(() => foldNetwork(network)).toThrow('gamma must hold finite numbers, found NaN');
    const options = { random: new Random(1), steps: 3 };
    expect(() => inferenceNetwork(network, twoClouds(4, 1), options)).toThrow(
      'inferenceNetwork has no option "steps"',
    );
  });
});

describe('the fold of a sequence', () => {
  const random = new Random(9);
  const norm = (d: number) => ({
    mean: normals(random, d),
    variance: new Float64Array(d).map(() => 0.1 + random.uniform()),
    gamma: normals(random, d),
    beta: normals(random, d),
    epsilon: 0.01,
  });
  const bn = (d: number): SequenceLayer => ({ kind: 'batchNorm', norm: norm(d) });
  const relu: SequenceLayer = { kind: 'activation', name: 'relu' };
  const conv = (inputChannels: number, outputChannels: number, extra: object = {}): SequenceLayer => ({
    kind: 'convolution',
    layer: {
      kernel: [2],
      inputChannels,
      outputChannels,
      weights: normals(random, 2 * inputChannels * outputChannels),
      ...extra,
    } as ConvolutionLayer,
  });

  /** Two sequences of length 6 through all layers, channels last. */
  function run(layers: readonly SequenceLayer[], x: Float64Array, channels: number): Float64Array {
    let [u, size, c] = [x, [6] as readonly number[], channels];
    for (const one of layers) {
      if (one.kind === 'convolution') {
        const y = convolve(u, 2, size, one.layer);
        [u, size, c] = [Float64Array.from(y.x), y.size, one.layer.outputChannels];
      } else if (one.kind === 'batchNorm') {
        const { mean, variance, ...options } = one.norm;
        u = Float64Array.from(batchNormInference(u, 2 * size[0], c, { mean, variance }, options));
      } else if (one.kind === 'activation') {
        u = u.map(activation(one.name).apply);
      } else {
        throw new Error(`this test runs no ${one.kind}`);
      }
    }
    return u;
  }

  test.each<[string, SequenceLayer[]]>([
    ['before and after', [bn(2), conv(2, 3), bn(3), relu]],
    ['after an activation', [conv(2, 3), relu, bn(3), conv(3, 2), bn(2)]],
    ['two in a row, at the start', [bn(2), bn(2), conv(2, 1)]],
    ['two in a row, at the end', [conv(2, 2, { padding: 1 }), bn(2), bn(2)]],
    ['transposed', [conv(2, 2, { transposed: true, stride: 2 }), bn(2), relu, bn(2), conv(2, 2)]],
    ['none', [conv(2, 2), relu]],
  ])('computes the same: BN %s', (_, layers) => {
    const x = normals(random, 2 * 6 * 2);
    const folded = foldSequence(layers);
    expect(folded.map(({ kind }) => kind)).toEqual(
      layers.map(({ kind }) => kind).filter((kind) => kind !== 'batchNorm'),
    );
    expectClose(run(folded, x, 2), run(layers, x, 2), 1e-12);
  });

  test.each<[string, SequenceLayer[], string]>([
    [
      'activations on both sides',
      [conv(2, 2), relu, bn(2), { kind: 'activation', name: 'tanh' }],
      'layer 2 (BN) cannot be folded: an activation (relu) stands before it and an activation (tanh) after it',
    ],
    ['nothing else', [bn(2)], 'layer 0 (BN) cannot be folded: nothing stands before it and nothing after it'],
    [
      'pooling after it',
      [bn(2), { kind: 'other', name: 'max pooling' }, conv(2, 2)],
      'nothing stands before it and max pooling after it',
    ],
    [
      'padding after it',
      [conv(2, 2), relu, bn(2), conv(2, 2, { padding: 1 })],
      'layer 2 (BN): BN before a convolution cannot be folded when zeros are padded between the two',
    ],
    ['another number of channels', [conv(2, 3), bn(2)], 'layer 1 (BN): mean must have outputChannels = 3'],
    ['no such kind', [{ kind: 'pool' } as unknown as SequenceLayer], 'kind must be one of "dense"'],
  ])('refuses a BN with %s', (_, layers, message) => {
    expect(() => foldSequence(layers)).toThrow(message);
  });
});
