/** What networkBackward can go back through. */
import { describe, expect, test } from 'vitest';
import { createNetwork, type Network, type NetworkDefinition } from './network.js';
import { networkBackward, networkForward } from './networkPass.js';
import { Random } from './random.js';

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

describe('backprop through a network at inference', () => {
  test('is refused where a normalisation has kept nothing, instead of leaving it out', () => {
    const network = scrambled({ batchNorm: true }, new Random(4));
    const pass = networkForward(network, [1, 2, 3], 1, 'inference');
    expect(() => networkBackward(network, pass, Float64Array.of(1, 0, 0))).toThrow(
      "pass must come from networkForward in mode 'training', found one of mode 'inference'",
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
