import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centralDifferences, expectClose } from '../../tests/lib/support.js';
import { softmaxCrossEntropy } from './loss.js';
import { copyNetwork, createNetwork, type Network, type NetworkDefinition } from './network.js';
import { networkBackward, networkForward } from './networkPass.js';
import { Random } from './random.js';
import { sgdStep } from './sgd.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

/** A small network with every parameter away from its special starting value. */
function scrambled(definition: NetworkDefinition, random: Random): Network {
  const network = createNetwork(definition, random);
  for (const { bias, norm } of network.layers) {
    bias?.forEach((_, j) => {
      bias[j] = 0.3 * random.normal();
    });
    norm?.gamma.forEach((_, j) => {
      norm.gamma[j] = 1 + 0.3 * random.normal();
      norm.beta[j] = 0.3 * random.normal();
    });
  }
  return network;
}

describe('backprop through a network', () => {
  const placements = ['none', 'before', 'after'] as const;
  const activations = ['sigmoid', 'tanh', 'relu', 'leakyRelu'] as const;
  const combinations = placements.flatMap((p) => activations.map((a) => [p, a] as const));

  test.each(combinations)(
    'BN %s, %s: every gradient agrees with central differences',
    (batchNorm, activation) => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const random = new Random(seed);
          const sizes = [3, 4, 5, 3];
          const definition = {
            sizes,
            activation,
            batchNorm,
            leak: 4,
            epsilon: 0.05,
            initial: { kind: 'xavier' },
          } as const;
          const network = scrambled(definition, random);
          const m = 6;
          const x = normals(random, m * 3);
          const labels = Array.from({ length: m }, () => random.integer(3));
          const lossOf = (): number =>
            softmaxCrossEntropy(networkForward(network, x, m, 'training').logits, labels, m, 3).loss;
          const pass = networkForward(network, x, m, 'training');
          // a unit so close to relu's corner that the difference quotient steps over it says nothing
          fc.pre(
            pass.layers.every(({ activationInput }) => activationInput.every((u) => Math.abs(u) > 1e-3)),
          );
          const { gradient } = softmaxCrossEntropy(pass.logits, labels, m, 3);
          const gradients = networkBackward(network, pass, gradient);
          for (const [index, layer] of network.layers.entries()) {
            const own = gradients[index];
            const pairs = [
              [layer.weights, own.weights],
              [layer.bias, own.bias],
              [layer.norm?.gamma, own.gamma],
              [layer.norm?.beta, own.beta],
            ] as const;
            for (const [parameter, analytic] of pairs) {
              expect(Boolean(parameter)).toBe(Boolean(analytic));
              if (!parameter || !analytic) {
                continue;
              }
              const start = parameter.slice();
              const numeric = centralDifferences((v) => {
                parameter.set(v);
                const loss = lossOf();
                parameter.set(start);
                return loss;
              }, start);
              expectClose(analytic, numeric, 1e-7);
            }
          }
        }),
        { numRuns: 5 },
      );
    },
  );
});

describe('a network', () => {
  test('has no bias where BN follows at once, and no BN in its last layer', () => {
    const network = createNetwork({ sizes: [4, 3, 2], activation: 'relu', batchNorm: true }, new Random(1));
    expect(network.layers.map((l) => [l.bias === null, l.norm === null])).toEqual([
      [true, false],
      [false, true],
    ]);
    const after = createNetwork({ sizes: [4, 3, 2], activation: 'relu', batchNorm: 'after' }, new Random(1));
    expect(after.layers[0].bias).not.toBeNull();
  });

  test('draws the same weights from the same seed, layer by layer', () => {
    const one = createNetwork({ sizes: [4, 3, 2], activation: 'relu' }, new Random(1));
    const other = createNetwork({ sizes: [4, 3, 5], activation: 'tanh', batchNorm: true }, new Random(1));
    expect(one.layers[0].weights).toEqual(other.layers[0].weights);
  });

  test('a step of SGD goes downhill, and a copy does not move', () => {
    const random = new Random(2);
    const network = createNetwork({ sizes: [3, 4, 2], activation: 'tanh', batchNorm: true }, random);
    const kept = copyNetwork(network);
    const x = normals(random, 24);
    const labels = Array.from({ length: 8 }, () => random.integer(2));
    const lossNow = (): ReturnType<typeof softmaxCrossEntropy> & {
      pass: ReturnType<typeof networkForward>;
    } => {
      const pass = networkForward(network, x, 8, 'training');
      return { pass, ...softmaxCrossEntropy(pass.logits, labels, 8, 2) };
    };
    const before = lossNow();
    sgdStep(network, networkBackward(network, before.pass, before.gradient), 0.1);
    expect(lossNow().loss).toBeLessThan(before.loss);
    expect(kept.layers[0].weights).not.toEqual(network.layers[0].weights);
  });

  test.each<[string, object, string]>([
    [
      'one size',
      { sizes: [3], activation: 'relu' },
      'sizes must have at least 2 elements (inputs and classes), found [3]',
    ],
    [
      'a size of 0',
      { sizes: [3, 0, 2], activation: 'relu' },
      'sizes[1] must be a whole number of at least 1, found 0',
    ],
    ['an unknown activation', { sizes: [3, 2], activation: 'elu' }, 'activation must be one of'],
    [
      'an unknown place',
      { sizes: [3, 2], activation: 'relu', batchNorm: 'behind' },
      'batchNorm must be one of true, false, "before"',
    ],
    [
      'an unknown option',
      { sizes: [3, 2], activation: 'relu', bn: true },
      'the network definition has no option "bn"',
    ],
    [
      'a negative epsilon',
      { sizes: [3, 2], activation: 'relu', epsilon: -1 },
      'epsilon must be a finite number',
    ],
  ])('refuses %s', (_, definition, message) => {
    expect(() => createNetwork(definition as NetworkDefinition, new Random(1))).toThrow(message);
  });

  test('refuses a minibatch of one in training with BN, and a wrong number of inputs', () => {
    const network = createNetwork({ sizes: [3, 4, 2], activation: 'relu', batchNorm: true }, new Random(1));
    expect(() => networkForward(network, [1, 2, 3], 1, 'training')).toThrow(
      'm must be at least 2 in training',
    );
    expect(networkForward(network, [1, 2, 3], 1, 'inference').logits.length).toBe(2);
    expect(() => networkForward(network, [1, 2], 1, 'inference')).toThrow(
      'x must have m*inputs = 3 elements',
    );
  });
});
