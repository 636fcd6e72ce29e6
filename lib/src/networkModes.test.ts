/** Networks in training with frozen statistics, and what networkBackward can go back through. */
import { describe, expect, test } from 'vitest';
import { centralDifferences, expectClose } from '../../tests/lib/support.js';
import { softmaxCrossEntropy } from './loss.js';
import { createNetwork, type Network, type NetworkDefinition } from './network.js';
import { networkBackward, networkForward } from './networkPass.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

/** A small network whose parameters and statistics are all away from their special starting values. */
function scrambled(more: Partial<NetworkDefinition>, random: Random): Network {
  const network = createNetwork({ sizes: [3, 4, 4, 3], activation: 'tanh', epsilon: 0.05, ...more }, random);
  for (const { norm } of network.layers) {
    norm?.gamma.forEach((_, j) => {
      norm.gamma[j] = 1 + 0.3 * random.normal();
      norm.beta[j] = 0.3 * random.normal();
      norm.mean[j] = 0.3 * random.normal();
      norm.variance[j] = 0.5 + random.uniform();
    });
  }
  return network;
}

describe('a network with frozen statistics', () => {
  const kinds = ['batch', { kind: 'ghost', size: 2 }, { kind: 'renorm', rMax: 2, dMax: 1 }, 'layer'] as const;
  const combinations = kinds.flatMap((normalisation) =>
    (['before', 'after'] as const).flatMap((batchNorm) =>
      [1, 4].map((m) => ({ normalisation, batchNorm, m, name: JSON.stringify(normalisation) })),
    ),
  );

  test.each(combinations)(
    '$name $batchNorm, m = $m: infers, and its gradients agree with central differences',
    ({ normalisation, batchNorm, m }) => {
      const random = new Random(`frozen/${m}`);
      const network = scrambled({ normalisation, batchNorm }, random);
      const x = normals(random, m * 3);
      const labels = Array.from({ length: m }, () => random.integer(3));
      const pass = networkForward(network, x, m, 'frozen');
      expectClose(pass.logits, networkForward(network, x, m, 'inference').logits, 1e-13);
      const { gradient } = softmaxCrossEntropy(pass.logits, labels, m, 3);
      const gradients = networkBackward(network, pass, gradient);
      const lossOf = (): number =>
        softmaxCrossEntropy(networkForward(network, x, m, 'frozen').logits, labels, m, 3).loss;
      for (const [index, { weights, bias, norm }] of network.layers.entries()) {
        for (const [parameter, got] of [
          [weights, gradients[index].weights],
          [bias, gradients[index].bias],
          [norm?.gamma, gradients[index].gamma],
          [norm?.beta, gradients[index].beta],
        ] as const) {
          if (parameter === null || parameter === undefined) {
            expect(got).toBeNull();
            continue;
          }
          const kept = parameter.slice();
          const expected = centralDifferences((v) => {
            parameter.set(v);
            const loss = lossOf();
            parameter.set(kept);
            return loss;
          }, kept);
          expect(got).not.toBeNull();
          expectClose(got ?? [], expected, 1e-7);
        }
      }
    },
  );

  test('does not touch the statistics, and lets a diverged input through as NaN', () => {
    const network = scrambled({ batchNorm: true }, new Random(2));
    const before = network.layers.map(({ norm }) => norm && [...norm.mean, ...norm.variance]);
    const { logits } = networkForward(network, [Number.NaN, 1, 2], 1, 'frozen');
    expect([...logits].every(Number.isNaN)).toBe(true);
    expect(network.layers.map(({ norm }) => norm && [...norm.mean, ...norm.variance])).toEqual(before);
  });

  test('refuses statistics that cannot be', () => {
    const network = scrambled({ batchNorm: true }, new Random(3));
    network.layers[0].norm?.variance.fill(-1);
    expect(() => networkForward(network, [1, 2, 3], 1, 'frozen')).toThrow('variance must not be negative');
  });
});

describe('backprop through a network at inference', () => {
  test('is refused where a normalisation has kept nothing, instead of leaving it out', () => {
    const network = scrambled({ batchNorm: true }, new Random(4));
    const pass = networkForward(network, [1, 2, 3], 1, 'inference');
    expect(() => networkBackward(network, pass, Float64Array.of(1, 0, 0))).toThrow(
      "pass must come from networkForward in mode 'training' or 'frozen', found one of mode 'inference'",
    );
  });

  test('is the same as in training where there is none', () => {
    const network = scrambled({ batchNorm: false }, new Random(5));
    const dLogits = Float64Array.of(1, -2, 0.5);
    const of = (mode: 'training' | 'inference') =>
      networkBackward(network, networkForward(network, [1, 2, 3], 1, mode), dLogits);
    expect(of('inference')).toEqual(of('training'));
  });
});
