/** A network's ONNX model, run by ONNX Runtime, computes what the library computes. */
import fc from 'fast-check';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from '../../../tests/lib/support.js';
import { type ActivationName, activationNames } from '../activations.js';
import { loadMnist } from '../data/mnist.js';
import { firstExamples, gather } from '../dataset.js';
import { evaluate } from '../evaluate.js';
import { foldNetwork } from '../foldNetwork.js';
import { createNetwork, type Network, type NetworkDefinition, type Placement } from '../network.js';
import { networkForward } from '../networkPass.js';
import type { Normalisation } from '../normalisation.js';
import { Random } from '../random.js';
import { trainNetwork } from '../train.js';
import { float, integer, message, text } from './protobuf.js';
import { toOnnx } from './toOnnx.js';

beforeAll(() => {
  env.wasm.numThreads = 1; // no worker threads for models of this size
});

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

/** A network with no special number in it. */
function drawn(definition: NetworkDefinition, seed: number): Network {
  const random = new Random(seed);
  const network = createNetwork(definition, random);
  for (const { bias, norm } of network.layers) {
    bias?.set(normals(random, bias.length));
    norm?.gamma.set(normals(random, norm.gamma.length).map(Math.abs)); // so that it folds past max pooling
    norm?.beta.set(normals(random, norm.beta.length));
    norm?.mean.set(normals(random, norm.mean.length));
    norm?.variance.set(norm.variance.map(() => 0.1 + random.uniform()));
  }
  return network;
}

/** What ONNX Runtime computes with the file's bytes, for each minibatch; one session for all. */
async function run(file: Uint8Array, minibatches: { x: Float32Array; m: number }[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(file);
  try {
    const results: Float32Array[] = [];
    for (const { x, m } of minibatches) {
      const { logits } = await session.run({ x: new Tensor('float32', x, [m, x.length / m]) });
      expect(logits.dims[0]).toBe(m);
      results.push(Float32Array.from(logits.data as Float32Array)); // the output is declared as floats
    }
    return results;
  } finally {
    await session.release();
  }
}

const operators = (file: Uint8Array): string[] => {
  const names = ['BatchNormalization', 'Gemm', 'Conv', 'MaxPool', 'AveragePool', 'LeakyRelu'];
  const all = new TextDecoder('latin1').decode(file);
  return names.filter((name) => all.includes(name));
};

const placements = fc.constantFrom<Placement[]>('before', 'after', 'none');
const networks = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 5 }),
  activation: fc.constantFrom(...activationNames),
  leak: fc.constantFrom(2, 100),
  batchNorm: placements,
  normalisation: fc.constantFrom<Normalisation[]>(
    'batch',
    { kind: 'ghost', size: 4 },
    { kind: 'renorm', rMax: 3, dMax: 5 },
  ),
  epsilon: fc.constantFrom(1e-5, 0.1),
});
const convolutional = fc
  .record({
    kernel: fc.constantFrom<[number, number][]>([1, 1], [2, 3], [3, 2]),
    stride: fc.constantFrom<[number, number][]>([1, 1], [1, 2]),
    channels: fc.integer({ min: 1, max: 3 }),
    pool: fc.constantFrom<('max' | 'average')[]>('max', 'average'),
    activation: fc.constantFrom(...activationNames),
    batchNorm: fc.array(placements, { minLength: 3, maxLength: 3 }),
  })
  .map(({ kernel, stride, channels, pool, ...rest }) => ({
    ...rest,
    image: { height: 7, width: 6, channels },
    conv: [
      { filters: 2, kernel, stride, pool: { kind: pool, size: 2, stride: 1 } },
      { filters: 3, kernel: 2, padding: 'valid' as const, pool: 'global' as const },
    ],
    sizes: [42 * channels, 4, 3],
  }));

describe('a network as an ONNX model', () => {
  test.each([
    ['dense', networks],
    ['convolutional', convolutional],
  ] as [string, fc.Arbitrary<NetworkDefinition>][])(
    'computes the same logits in ONNX Runtime, with BN and folded, for any batch: %s',
    async (_, definitions) => {
      await fc.assert(
        fc.asyncProperty(definitions, fc.nat(), async (definition, seed) => {
          const network = drawn(definition, seed);
          const random = new Random(seed).fork('x');
          const minibatches = [1, 5].map((m) => {
            return { x: Float32Array.from(normals(random, m * definition.sizes[0])), m };
          });
          const expected = minibatches.map(({ x, m }) => {
            return networkForward(network, Float64Array.from(x), m, 'inference').logits;
          });
          const file = toOnnx(network);
          const folded = toOnnx(foldNetwork(network));
          const hasNorm = network.layers.some(({ norm }) => norm !== null);
          expect(operators(file).includes('BatchNormalization')).toBe(hasNorm);
          expect(operators(folded)).not.toContain('BatchNormalization');
          for (const bytes of [file, folded]) {
            for (const [i, logits] of (await run(bytes, minibatches)).entries()) {
              expectClose(logits, expected[i], 1e-5);
            }
          }
        }),
        { numRuns: 25 },
      );
    },
  );

  test('takes a trained network from MNIST to the same accuracy', async () => {
    const { train, test: all } = loadMnist();
    const data = firstExamples(all, 500);
    const { network } = await trainNetwork(
      { sizes: [784, 50, 10], activation: 'sigmoid', batchNorm: true },
      { train, test: data, steps: 200, learningRate: 0.5, seed: 1 },
    );
    const { x, m } = gather(
      data,
      Array.from({ length: 500 }, (_, i) => i),
    );
    const [unfolded, folded] = await Promise.all(
      [network, foldNetwork(network)].map(async (one) => (await run(toOnnx(one), [{ x, m }]))[0]),
    );
    expectClose(folded, unfolded, 1e-5);
    const right = Array.from(data.labels).filter((label, i) => {
      const row = Array.from(folded.subarray(i * 10, (i + 1) * 10));
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(right.length / 500).toBe(evaluate(network, data).accuracy);
    expect(right.length / 500).toBeGreaterThan(0.85);
  });

  test('names what goes in and comes out, with a batch that may be any', async () => {
    const network = drawn({ sizes: [3, 4, 2], activation: 'relu', batchNorm: true }, 1);
    const session = await InferenceSession.create(toOnnx(network));
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['logits']]);
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: 'float32', shape: ['batch', 3] });
    expect(session.outputMetadata[0]).toMatchObject({ name: 'logits', type: 'float32', shape: ['batch', 2] });
    await expect(session.run({ x: new Tensor('float32', [1, 2], [1, 2]) })).rejects.toThrow(
      'invalid dimensions',
    );
    await session.release();
  });

  test('is the same bytes for the same network', () => {
    const definition = { sizes: [3, 4, 2], activation: 'tanh', batchNorm: 'after' } as const;
    expect(toOnnx(drawn(definition, 1))).toEqual(toOnnx(drawn(definition, 1)));
    expect(toOnnx(drawn(definition, 1))).not.toEqual(toOnnx(drawn(definition, 2)));
  });

  test('refuses numbers that float32 does not have, and an unknown option', () => {
    const activation: ActivationName = 'relu';
    const network = drawn({ sizes: [2, 2, 2], activation, batchNorm: true }, 1);
    network.layers[0].weights[1] = 1e300;
    expect(() => toOnnx(network)).toThrow(
      'hidden0/weights must hold numbers that float32 has, found 1e+300 at 1',
    );
    network.layers[0].weights[1] = Number.NaN;
    expect(() => toOnnx(network)).toThrow('found NaN at 1');
    const other = drawn({ sizes: [2, 2, 2], activation, batchNorm: true, normalisation: 'layer' }, 1);
    expect(() => toOnnx(other)).toThrow('hidden0 must have BN, or a relative of it with moving averages');
    expect(() => toOnnx(network, { opset: 9 } as object)).toThrow('toOnnx has no option "opset"');
  });
});

describe('the wire format', () => {
  test.each<[string, Uint8Array, number[]]>([
    // the documentation's own examples
    ['150 as field 1', integer(1, 150), [0x08, 0x96, 0x01]],
    ['"testing" as field 2', text(2, 'testing'), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]],
    ['a message in field 3', message(3, integer(1, 150)), [0x1a, 0x03, 0x08, 0x96, 0x01]],
    ['a field number that needs two bytes', integer(20, 1), [0xa0, 0x01, 0x01]],
    ['a number past 32 bits', integer(1, 2 ** 40), [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]],
    ['a float', float(2, 1), [0x15, 0x00, 0x00, 0x80, 0x3f]],
    ['UTF-8', text(1, 'γ'), [0x0a, 0x02, 0xce, 0xb3]],
  ])('%s', (_, encoded, expected) => {
    expect(Array.from(encoded)).toEqual(expected);
  });

  test('refuses what a varint cannot say', () => {
    expect(() => integer(1, -1)).toThrow('value must be a whole number from 0 to 2^53 - 1, found -1');
    expect(() => integer(1, 0.5)).toThrow('found 0.5');
  });
});
