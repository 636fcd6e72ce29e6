import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { installedBackends, tensorflow } from './backend.js';
import { smallConvNet } from './convNet.js';
import { trainingThroughput } from './throughput.js';

const images = { h: 7, w: 6, c: 2, classes: 4, seed: 3 };

describe('trainingThroughput', () => {
  test('times every backend on the same work: losses agree, fall, and come again', async () => {
    const runs: (readonly number[])[] = [];
    for (const backend of installedBackends()) {
      await tensorflow({ backend, say: () => {} });
      const before = tf.memory().numTensors;
      for (const _ of [1, 2]) {
        const model = smallConvNet(images);
        const { imagesPerSecond, seconds, losses } = await trainingThroughput(model, {
          batchSize: 4,
          steps: 5,
        });
        model.dispose();
        expect(seconds).toHaveLength(5);
        expect(imagesPerSecond).toBeGreaterThan(0);
        expect(losses[5]).toBeLessThan(losses[0]);
        runs.push(losses);
      }
      expect(tf.memory().numTensors).toBe(before);
    }
    for (const losses of runs.slice(1)) {
      for (const [step, loss] of losses.entries()) {
        expect(Math.abs(loss - runs[0][step])).toBeLessThan(2e-3);
      }
    }
  });

  test('an abort counts what was done', async () => {
    await tensorflow({ backend: 'cpu', say: () => {} });
    const none = await trainingThroughput(smallConvNet(images), {
      batchSize: 4,
      signal: AbortSignal.abort(),
    });
    expect(none).toEqual({ imagesPerSecond: Number.NaN, seconds: [], losses: [] });
  });

  test('misuse', async () => {
    await expect(trainingThroughput(smallConvNet(images), { batchSize: 1 })).rejects.toThrow(
      'batchSize must be a whole number of at least 2, found 1',
    );
    const open = tf.sequential({
      layers: [tf.layers.conv2d({ inputShape: [null, null, 1], filters: 1, kernelSize: 1 })],
    });
    await expect(trainingThroughput(open)).rejects.toThrow(
      'the model must have one input of known shape, found [null, null, null, 1]',
    );
    expect(() => smallConvNet({ ...images, classes: 0 })).toThrow(
      'classes must be a whole number of at least 1, found 0',
    );
  });
});
