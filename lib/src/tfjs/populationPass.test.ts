import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from '../../../tests/lib/support.js';
import { dense } from '../dense.js';
import { populationStatistics } from '../population.js';
import { Random } from '../random.js';
import { batchNorm } from '../transform.js';
import { installedBackends, tensorflow } from './backend.js';
import { BatchNorm } from './batchNormLayer.js';
import { minibatchesOf, populationPass } from './populationPass.js';

const [count, m, inputs, hidden, outputs] = [48, 8, 4, 5, 3];

function draw(length: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => 1 + 2 * random.normal());
}

/** Two dense layers, each with BN; the first one's output goes through dropout. */
function model(): tf.Sequential {
  const layers = [
    tf.layers.dense({ inputShape: [inputs], units: hidden, useBias: false }),
    new BatchNorm(),
    tf.layers.dropout({ rate: 0.5 }),
    tf.sequential({
      layers: [tf.layers.dense({ inputShape: [hidden], units: outputs, useBias: false }), new BatchNorm()],
    }),
  ];
  const built = tf.sequential({ layers });
  built.setWeights(
    built
      .getWeights()
      .map((weight, i) =>
        weight.rank === 2 ? tf.tensor2d(draw(weight.size, i), weight.shape as [number, number]) : weight,
      ),
  );
  return built;
}

describe.each(installedBackends())('populationPass on %s', (backend) => {
  beforeAll(async () => {
    await tensorflow({ backend, say: () => {} });
  });

  const x = draw(count * inputs, 99);

  test('equals the reference: every layer sees what the layers before it gave in training', async () => {
    const network = model();
    const before = tf.memory().numTensors;
    const examples = tf.tensor2d(x, [count, inputs]);
    const done: number[] = [];
    const result = await populationPass(network, minibatchesOf(examples, m), {
      onProgress: (i) => done.push(i),
    });
    examples.dispose();
    expect(result).toEqual({ minibatches: count / m, aborted: false });
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    expect(tf.memory().numTensors).toBe(before);

    const matrices = network.getWeights().filter((weight) => weight.rank === 2);
    const [w1, w2] = matrices.map((weight) => Float64Array.from(weight.dataSync()));
    const first = [];
    const second = [];
    for (let start = 0; start < count * inputs; start += m * inputs) {
      const u1 = dense(Float64Array.from(x.slice(start, start + m * inputs)), w1, null, m, inputs, hidden);
      first.push(batchNorm(u1, m, hidden));
      second.push(batchNorm(dense(first[first.length - 1].y, w2, null, m, hidden, outputs), m, outputs));
    }
    const layers = [network.layers[1], (network.layers[3] as tf.Sequential).layers[1]];
    for (const [i, passes] of [first, second].entries()) {
      const layer = layers[i] as BatchNorm;
      expectClose(layer.statistics().mean, populationStatistics(passes).mean, 2e-5);
      expectClose(layer.statistics().variance, populationStatistics(passes).variance, 2e-5);
    }
  });

  test('an abort leaves the statistics as they were', async () => {
    const network = model();
    const controller = new AbortController();
    const pass = populationPass(network, minibatchesOf(tf.tensor2d(x, [count, inputs]), m), {
      onProgress: (done) => done === 2 && controller.abort(),
      signal: controller.signal,
    });
    expect(await pass).toEqual({ minibatches: 2, aborted: true });
    expect(Array.from((network.layers[1] as BatchNorm).statistics().mean)).toEqual(new Array(hidden).fill(0));
    // and training goes on as before
    const y = network.apply(tf.tensor2d(x, [count, inputs]), { training: true }) as tf.Tensor;
    expect(y.shape).toEqual([count, outputs]);
    expect((network.layers[1] as BatchNorm).statistics().mean[0]).not.toBe(0);
  });

  test('an asynchronous source does', async () => {
    async function* source() {
      for (const minibatch of minibatchesOf(tf.tensor2d(x, [count, inputs]), m)) {
        yield await Promise.resolve(minibatch);
      }
    }
    expect((await populationPass(model(), source())).minibatches).toBe(6);
  });

  test('misuse', async () => {
    const examples = tf.tensor2d(x, [count, inputs]);
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [inputs] })] });
    await expect(populationPass(plain, minibatchesOf(examples, m))).rejects.toThrow(
      'at least one BatchNorm layer',
    );
    await expect(populationPass(model(), [])).rejects.toThrow(
      'minibatches must have at least 1 element, found 0',
    );
    const uneven = [tf.slice(examples, [0], [8]), tf.slice(examples, [8], [7])];
    await expect(populationPass(model(), uneven)).rejects.toThrow('must all have m = 8 examples, found 7');
    expect(() => [...minibatchesOf(examples, 1)]).toThrow(
      'batchSize must be a whole number of at least 2, found 1',
    );
    expect(() => [...minibatchesOf(examples, 49)]).toThrow(
      'batchSize must be at most the number of examples, 48',
    );
  });
});
