/** Whole nets trained step by step, against PyTorch; gradients of nets with everything, against differences. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulateGradients, networkGradients } from '../../lib/src/accumulate.js';
import { type DropoutMasks, dropoutMasks } from '../../lib/src/dropoutMasks.js';
import { parameterKinds, parameterOf } from '../../lib/src/l2.js';
import { createNetwork, type Network, type NetworkDefinition } from '../../lib/src/network.js';
import { networkForward } from '../../lib/src/networkPass.js';
import { updateAverages } from '../../lib/src/normalisation.js';
import { OptimiserState } from '../../lib/src/optimiser.js';
import { Random } from '../../lib/src/random.js';
import { ReferenceEngine } from '../../lib/src/referenceEngine.js';
import { optimiserStep } from '../../lib/src/updateRule.js';
import { type GoldenTraining, goldenNetworks } from './networksGolden.js';
import { centralDifferences, expectClose } from './support.js';

/** The network of a golden case, with PyTorch's starting values. */
function networkOf(g: GoldenTraining): Network {
  const { sizes, activation, placement, epsilon, dropout, place, image, conv } = g;
  const network = createNetwork(
    {
      ...{ sizes, activation, epsilon, leak: 4, batchNorm: placement },
      ...{ dropout: dropout > 0 ? { rate: dropout, place } : 0 },
      ...(conv === undefined ? {} : { image, conv }),
    },
    new Random(1),
  );
  expect(network.layers.length).toBe(g.start.length);
  for (const [index, layer] of network.layers.entries()) {
    for (const kind of parameterKinds) {
      const own = parameterOf(layer, kind);
      expect(own?.length).toBe(g.start[index][kind]?.length);
      own?.set(g.start[index][kind] ?? []);
    }
  }
  return network;
}

function masksOf(g: GoldenTraining, step: number, part: number): DropoutMasks | undefined {
  const masks = g.masks?.[step][part].map((bits) =>
    Float64Array.from(bits, (bit) => (bit === '1' ? 1 / (1 - g.dropout) : 0)),
  );
  return masks && [...masks, null];
}

/** All parameters and moving averages of a network, within 1e-10. */
function expectLayers(network: Network, expected: GoldenTraining['end']): void {
  for (const [index, layer] of network.layers.entries()) {
    const { weights, bias, gamma, beta, mean, variance } = expected[index];
    expectClose(layer.weights, weights ?? [], 1e-10);
    expectClose(layer.bias ?? [], bias ?? [], 1e-10);
    expectClose(layer.norm?.gamma ?? [], gamma ?? [], 1e-10);
    expectClose(layer.norm?.beta ?? [], beta ?? [], 1e-10);
    expectClose(layer.norm?.mean ?? [], mean ?? [], 1e-10);
    expectClose(layer.norm?.variance ?? [], variance ?? [], 1e-10);
  }
}

describe('training, step by step', () => {
  test.each(goldenNetworks('training'))('20 steps as in PyTorch: $name', (g) => {
    const network = networkOf(g);
    const state = new OptimiserState(g.optimiser);
    const inputs = g.x.length / (g.m * g.accumulate);
    for (let step = 0; step < g.rates.length; step++) {
      const parts = Array.from({ length: g.accumulate }, (_, part) => {
        const x = g.x.slice(part * g.m * inputs, (part + 1) * g.m * inputs);
        const labels = g.labels.slice(part * g.m, (part + 1) * g.m);
        const result = networkGradients(network, x, labels, g.m, masksOf(g, step, part));
        for (const [index, { layer, normalised }] of result.pass.layers.entries()) {
          if (layer.norm !== null && normalised !== null) {
            const { normalisation } = network.definition.hidden[index];
            updateAverages(normalisation, layer.norm, normalised, g.new_weight, g.epsilon);
          }
        }
        return result;
      });
      const { loss, gradients } = accumulateGradients(parts);
      expect(Math.abs(loss - g.losses[step])).toBeLessThan(1e-10);
      if (step === 0) {
        for (const [index, own] of gradients.entries()) {
          for (const kind of parameterKinds) {
            expectClose(own[kind] ?? [], g.gradients[index][kind] ?? [], 1e-10);
          }
        }
      }
      optimiserStep(network, gradients, state, g.rates[step], g.l2);
    }
    expectLayers(network, g.end);
    // the golden file is of something that learns: a net that stood still would agree with itself
    expect(Math.abs(g.losses[19] - g.losses[0])).toBeGreaterThan(0.01);
  });

  test.each(goldenNetworks('training').filter(({ dropout }) => dropout === 0))(
    'the reference engine does the same: $name',
    (g) => {
      const { optimiser, l2, accumulate } = g;
      const engine = new ReferenceEngine(networkOf(g), g.new_weight, { optimiser, l2, accumulate });
      const m = g.m * accumulate;
      for (const [step, rate] of g.rates.entries()) {
        const loss = engine.step(Float32Array.from(g.x), Uint8Array.from(g.labels), m, rate);
        expect(Math.abs(loss - g.losses[step])).toBeLessThan(1e-10);
      }
      expectLayers(engine.network(), g.end);
    },
  );
});

/** Nets with every option there is, small enough for central differences. */
const definitions: fc.Arbitrary<NetworkDefinition> = fc
  .record({
    activation: fc.constantFrom('sigmoid', 'tanh', 'leakyRelu'),
    placement: fc.constantFrom('before', 'after', 'none'),
    place: fc.constantFrom('end', 'beforeNorm'),
    rate: fc.constantFrom(0, 0.4),
    pool: fc.constantFrom(
      undefined,
      'global',
      { kind: 'average', size: 2 } as const,
      { kind: 'max', size: 2 } as const,
    ),
    stride: fc.constantFrom(1, 2),
    padding: fc.constantFrom('same', 'valid', 1),
    convolutional: fc.boolean(),
  })
  .map(({ activation, placement, place, rate, pool, stride, padding, convolutional }) => {
    // TypeScript widens the names that fast-check draws
    const conv = [{ filters: 2, kernel: 2, stride, padding, pool } as const].map(({ pool: p, ...rest }) =>
      p === undefined ? rest : { ...rest, pool: p },
    );
    return {
      sizes: [convolutional ? 4 * 5 * 2 : 3, 4, 3],
      activation,
      leak: 3,
      batchNorm: placement,
      epsilon: 0.1,
      initial: { kind: 'normal', std: 0.6 },
      dropout: { rate, place: placement === 'none' ? 'end' : place },
      ...(convolutional ? { image: { height: 4, width: 5, channels: 2 }, conv } : {}),
    } as NetworkDefinition;
  });

describe('nets with convolutions, pooling and dropout', () => {
  test('every gradient agrees with central differences', () => {
    fc.assert(
      fc.property(definitions, fc.nat(), (definition, seed) => {
        const random = new Random(seed);
        const network = createNetwork(definition, random.fork('weights'));
        for (const layer of network.layers) {
          for (const kind of ['bias', 'gamma', 'beta'] as const) {
            parameterOf(layer, kind)?.forEach((_, j, all) => {
              all[j] += 0.3 * random.normal();
            });
          }
        }
        const m = 3;
        const x = new Float64Array(m * definition.sizes[0]).map(() => random.normal());
        const labels = [0, 2, 1];
        const masks = dropoutMasks(network, m, random.fork('masks'));
        const { gradients, pass } = networkGradients(network, x, labels, m, masks);
        if (definition.activation === 'leakyRelu') {
          fc.pre(
            pass.layers.every(({ activationInput }) => activationInput.every((u) => Math.abs(u) > 1e-3)),
          );
        }
        for (const [index, layer] of network.layers.entries()) {
          for (const kind of parameterKinds) {
            const parameter = parameterOf(layer, kind);
            const own = gradients[index][kind];
            expect(own === null).toBe(parameter === null);
            if (parameter === null || own === null) {
              continue;
            }
            const start = parameter.slice();
            const numeric = centralDifferences(
              (v) => {
                parameter.set(v);
                const { loss } = networkGradients(network, x, labels, m, masks);
                parameter.set(start);
                return loss;
              },
              start,
              1e-6,
            );
            expectClose(own, numeric, 1e-7);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test('accumulated gradients are those of the large minibatch where there is no BN, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (sizes, seed) => {
          const random = new Random(seed);
          const network = createNetwork({ sizes: [3, 4, 2], activation: 'tanh' }, random);
          const m = sizes.reduce((a, b) => a + b);
          const x = new Float64Array(3 * m).map(() => random.normal());
          const labels = Array.from({ length: m }, () => random.integer(2));
          let from = 0;
          const parts = sizes.map((size) => {
            const part = networkGradients(
              network,
              x.slice(3 * from, 3 * (from + size)),
              labels.slice(from, from + size),
              size,
            );
            from += size;
            return part;
          });
          const own = accumulateGradients(parts);
          const whole = networkGradients(network, x, labels, m);
          expect(own.m).toBe(m);
          expect(own.loss).toBeCloseTo(whole.loss, 12);
          for (const [index, gradient] of whole.gradients.entries()) {
            expectClose(own.gradients[index].weights, gradient.weights, 1e-12);
            expectClose(own.gradients[index].bias ?? [], gradient.bias ?? [], 1e-12);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('with BN they are not: each minibatch has statistics of its own', () => {
    const random = new Random(1);
    const network = createNetwork({ sizes: [3, 4, 2], activation: 'tanh', batchNorm: true }, random);
    const x = new Float64Array(3 * 6).map(() => random.normal());
    const labels = [0, 1, 0, 1, 0, 1];
    const parts = [0, 1].map((part) =>
      networkGradients(network, x.slice(9 * part, 9 * (part + 1)), labels.slice(3 * part, 3 * (part + 1)), 3),
    );
    const own = accumulateGradients(parts).gradients[0].weights;
    const whole = networkGradients(network, x, labels, 6).gradients[0].weights;
    expect(Math.max(...own.map((v, i) => Math.abs(v - whole[i])))).toBeGreaterThan(1e-3);
  });

  test('inference drops nothing and uses the running statistics', () => {
    const definition = { sizes: [3, 4, 2], activation: 'tanh', batchNorm: true } as const;
    const plain = createNetwork(definition, new Random(1));
    const dropping = createNetwork({ ...definition, dropout: 0.5 }, new Random(1));
    const x = [1, 2, 3];
    expect(networkForward(dropping, x, 1, 'inference').logits).toEqual(
      networkForward(plain, x, 1, 'inference').logits,
    );
  });

  test('one image alone will do with BN, as long as its maps have more than one place', () => {
    const network = createNetwork(
      {
        image: { height: 3, width: 3, channels: 1 },
        conv: [{ filters: 2, kernel: 2 }],
        sizes: [9, 2],
        activation: 'relu',
        batchNorm: true,
      },
      new Random(1),
    );
    const { pass } = networkGradients(network, [1, 2, 3, 4, 5, 6, 7, 8, 0], [1], 1);
    expect(pass.layers[0].rows).toBe(9);
    expect(pass.layers[0].norm?.m).toBe(9);
  });
});

describe('what a network cannot be', () => {
  const good = { sizes: [18, 5, 2], activation: 'relu' } as const;
  const image = { height: 3, width: 3, channels: 2 };
  const conv = [{ filters: 2, kernel: 2 }];
  test.each<[string, object, string]>([
    ['convolutions without an image', { conv }, 'conv needs the size of its images in `image`, found none'],
    ['an image without convolutions', { image }, 'image says nothing without convolutional layers'],
    [
      'an image of another size',
      { conv, image: { ...image, channels: 1 } },
      "sizes must start with the image's height*width*channels = 9 numbers, found 18",
    ],
    [
      'a filter larger than what is left',
      {
        image,
        conv: [
          { filters: 2, kernel: 2, pool: 'global' },
          { filters: 1, kernel: 2, padding: 'valid' },
        ],
      },
      'kernel must fit into the padded image of 1 x 1 pixels, found 2 x 2',
    ],
    ['no filters', { image, conv: [{ filters: 0, kernel: 2 }] }, 'conv[0].filters must be a whole number'],
    [
      'an unknown option of a layer',
      { image, conv: [{ filters: 1, size: 2 }] },
      'conv[0] has no option "size"',
    ],
    ['a dropout of 1', { dropout: 1 }, 'dropout.rate must be in [0, 1), the share that is set to 0, found 1'],
    [
      'dropout before a BN that is not there',
      { dropout: { rate: 0.5, place: 'beforeNorm' } },
      'dropout.place "beforeNorm" needs a normalisation in hidden layer 0, found batchNorm "none"',
    ],
    [
      'an unknown place',
      { dropout: { rate: 0.5, place: 'start' } },
      'dropout.place must be one of "end", "beforeNorm"',
    ],
    [
      'a list too long',
      { batchNorm: [true, false] },
      'batchNorm must have one element for each of the 1 hidden layers',
    ],
    [
      'an unknown normalisation',
      { normalisation: 'weight' },
      'normalisation must be one of "batch", "ghost"',
    ],
    ['an unknown option', { padding: 'same' }, 'the network definition has no option "padding"'],
  ])('%s is refused', (_, change, message) => {
    // what a user without types could write
    expect(() => createNetwork({ ...good, ...change } as NetworkDefinition, new Random(1))).toThrow(message);
  });

  test('training with dropout wants masks that fit', () => {
    const network = createNetwork({ sizes: [2, 3, 2], activation: 'relu', dropout: 0.5 }, new Random(1));
    expect(() => networkForward(network, [1, 2], 1, 'training')).toThrow(
      'masks must be given in training with dropout, found none',
    );
    expect(() => networkForward(network, [1, 2], 1, 'training', [null])).toThrow(
      'masks must have one element for each of the 2 layers, found 1',
    );
    expect(() => networkForward(network, [1, 2], 1, 'training', [new Float64Array(2), null])).toThrow(
      'mask must have 3 elements, one for each of x, found 2',
    );
    expect(() => new ReferenceEngine(network, 0.1)).toThrow(
      'random must be given for a network with dropout',
    );
  });

  test('accumulated minibatches are of one size, and there is at least one', () => {
    const network = createNetwork({ sizes: [1, 2], activation: 'relu' }, new Random(1));
    const engine = new ReferenceEngine(network, 0.1, { accumulate: 2 });
    expect(() => engine.step(new Float32Array(3), new Uint8Array(3), 3, 0.1)).toThrow(
      'm must be a multiple of accumulate = 2, found 3',
    );
    expect(() => accumulateGradients([])).toThrow('parts must have at least 1 element, found 0');
  });
});
