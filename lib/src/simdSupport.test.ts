import { describe, expect, test } from 'vitest';
import { dataset } from './dataset.js';
import { createEngine } from './engine.js';
import { evaluate } from './evaluate.js';
import { createNetwork, type NetworkDefinition } from './network.js';
import { Random } from './random.js';
import { chooseEngine } from './simdSupport.js';
import { trainNetwork } from './train.js';

const network = (more: Partial<NetworkDefinition> = {}): ReturnType<typeof createNetwork> =>
  createNetwork({ sizes: [4, 3, 3, 2], activation: 'relu', batchNorm: true, ...more }, new Random(1));
const conv = { image: { height: 2, width: 2, channels: 1 }, conv: [{ filters: 2, kernel: 2 }] };
const random = new Random(1);

describe('the choice of the engine', () => {
  test.each<[string, Partial<NetworkDefinition>, string]>([
    ['convolutions', conv, 'it has no convolutional layers'],
    ['layer norm', { normalisation: 'layer' }, 'it has no normalisation "layer"'],
    [
      'ghost batches',
      { normalisation: ['batch', { kind: 'ghost', size: 2 }] },
      'it has no normalisation "ghost"',
    ],
  ])('%s: the reference engine, and why', (_, more, lack) => {
    expect(chooseEngine(network(more))).toEqual({
      name: 'reference',
      reason: `the reference engine is used, since the SIMD engine cannot do this: ${lack}`,
    });
    expect(() => chooseEngine(network(more), 'simd')).toThrow(
      `engine "simd" cannot do what is asked: ${lack}; leave engine out or take "reference", which is slower`,
    );
    expect(() => createEngine('simd', network(more), 0.1)).toThrow(lack);
    expect(createEngine('reference', network(more), 0.1).name).toBe('reference');
  });

  test('the SIMD engine where it can, the reference engine for who asks for it, both without a reason', () => {
    expect(chooseEngine(network())).toEqual({ name: 'simd', reason: null });
    expect(chooseEngine(network(), 'reference')).toEqual({ name: 'reference', reason: null });
    expect(chooseEngine(network({ dropout: 0.5, batchNorm: ['before', 'none'] }))).toEqual({
      name: 'simd',
      reason: null,
    });
    // no normalisation stands there, so its kind does not matter
    expect(chooseEngine(network({ normalisation: 'layer', batchNorm: false })).name).toBe('simd');
    expect(() => chooseEngine(network(), 'gpu' as 'simd')).toThrow(
      'engine must be one of "simd", "reference"',
    );
  });

  test('a run says which engine it had, and evaluation falls back as well', async () => {
    const x = new Float32Array(80).map(() => random.normal());
    const labels = Array.from({ length: 20 }, (_, i) => i % 2);
    const data = dataset(x, labels, 4, 2);
    const engines: string[] = [];
    const options = { train: data, test: data, steps: 3, batchSize: 5, learningRate: 0.1, seed: 1 } as const;
    const {
      engine,
      engineReason,
      network: trained,
    } = await trainNetwork(network(conv), {
      ...options,
      onProgress: (progress) => engines.push(progress.engine),
    });
    expect(engine).toBe('reference');
    expect(engineReason).toContain('it has no convolutional layers');
    expect(engines.at(-1)).toBe('reference');
    expect(evaluate(trained, data).accuracy).toBeGreaterThanOrEqual(0);
    expect(() => evaluate(trained, data, 'simd')).toThrow('it has no convolutional layers');
    const plain = await trainNetwork(network(), options);
    expect([plain.engine, plain.engineReason]).toEqual(['simd', null]);
  });
});
