import { describe, expect, test } from 'vitest';
import { centralDifferences, expectClose } from '../../tests/lib/support.js';
import { completeL2, type L2, l2Penalty, parameterKinds, parameterOf, withL2 } from './l2.js';
import { createNetwork } from './network.js';
import { Random } from './random.js';

describe('L2', () => {
  test.each([...parameterKinds])('its gradient on %s is lambda times the parameter', (kind) => {
    const network = createNetwork(
      { sizes: [3, 4, 2], activation: 'relu', batchNorm: 'after' },
      new Random(1),
    );
    const l2 = { lambda: 0.3, on: [kind] };
    for (const layer of network.layers) {
      const parameter = parameterOf(layer, kind);
      if (parameter === null) {
        expect(kind === 'gamma' || kind === 'beta').toBe(true);
        continue;
      }
      parameter.forEach((_, i) => {
        parameter[i] += Math.sin(i);
      });
      const start = parameter.slice();
      const numeric = centralDifferences((v) => {
        parameter.set(v);
        const penalty = l2Penalty(network, l2);
        parameter.set(start);
        return penalty;
      }, start);
      expectClose(withL2(new Float64Array(start.length), parameter, 0.3), numeric, 1e-8);
    }
  });

  test('acts on the weights alone unless told otherwise', () => {
    expect(completeL2(0.1)).toEqual({ lambda: 0.1, on: ['weights'] });
    expect(completeL2()).toEqual({ lambda: 0, on: ['weights'] });
    const network = createNetwork({ sizes: [3, 4, 2], activation: 'relu', batchNorm: true }, new Random(1));
    const weights = network.layers.flatMap((layer) => [...layer.weights]).reduce((s, w) => s + w * w, 0);
    expect(l2Penalty(network, 0.5)).toBeCloseTo(0.25 * weights, 12);
    // gamma is 1 in each of the 4 units
    expect(l2Penalty(network, { lambda: 0.5, on: ['weights', 'gamma'] })).toBeCloseTo(
      0.25 * (weights + 4),
      12,
    );
  });

  test.each<[string, L2, string]>([
    ['a negative lambda', -1, 'l2 must have a finite lambda of at least 0, found -1'],
    [
      'an unknown kind',
      { lambda: 1, on: ['scale' as 'gamma'] },
      'an element of l2.on must be one of "weights"',
    ],
    ['an unknown option', { lambda: 1, on: [], decay: 1 } as L2, 'l2 has no option "decay"'],
    ['no list', { lambda: 1 } as unknown as L2, 'l2.on must be a list of weights, bias, gamma, beta'],
  ])('%s is refused', (_, l2, message) => {
    expect(() => completeL2(l2)).toThrow(message);
  });
});
