import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { installedBackends, tensorflow } from './backend.js';
import { BatchNorm } from './batchNormLayer.js';
import { smallConvNet } from './convNet.js';
import { convNetFigure } from './convNetFigure.js';
import { convNetStudy } from './convNetStudy.js';
import { trainConvNet } from './convNetTraining.js';
import { compareFolded, foldSpeed } from './foldSpeed.js';

const tiny = { steps: 3, batchSize: 8, maps: [2, 3] };

// The bands below are of the size `small`.
beforeAll(async () => {
  vi.stubEnv('BATCHNORM_LAB_SIZE', 'small');
  await tensorflow({ backend: 'wasm', say: () => {} });
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('smallConvNet', () => {
  const names = (net: tf.LayersModel) => net.layers.map((layer) => layer.getClassName());
  const shape = { h: 8, w: 8, c: 1, classes: 3, seed: 1 };

  test('puts BN before the activation, after it, or nowhere, and a bias where no BN takes it away', () => {
    expect(names(smallConvNet(shape)).slice(0, 3)).toEqual(['Conv2D', 'BatchNorm', 'ReLU']);
    expect(names(smallConvNet({ ...shape, placement: 'after' })).slice(0, 3)).toEqual([
      ...['Conv2D', 'ReLU', 'BatchNorm'],
    ]);
    const none = smallConvNet({ ...shape, placement: 'none', maps: [4] });
    expect(names(none)).toEqual(['Conv2D', 'ReLU', 'Flatten', 'Dense']);
    const biases = (['before', 'after', 'none'] as const).map(
      (placement) => smallConvNet({ ...shape, placement }).layers[0].getWeights().length,
    );
    expect(biases).toEqual([1, 2, 2]);
  });

  test('starts from the same weights for every placement', () => {
    const kernels = (['before', 'after', 'none'] as const).map((placement) => {
      const net = smallConvNet({ ...shape, placement });
      return net.getWeights().filter((weight) => weight.rank === 4);
    });
    for (const other of kernels.slice(1)) {
      expect(other.map((kernel) => Array.from(kernel.dataSync()))).toEqual(
        kernels[0].map((kernel) => Array.from(kernel.dataSync())),
      );
    }
  });

  test('pooled, it has fewer inputs of the dense layer', () => {
    const inputs = (pooled: boolean) =>
      smallConvNet({ ...shape, h: 28, w: 28, pooled })
        .layers.at(-1)
        ?.getWeights()[0].shape[0];
    expect([inputs(false), inputs(true)]).toEqual([7 * 7 * 32, 3 * 3 * 32]);
  });

  test('misuse', () => {
    expect(() => smallConvNet({ ...shape, maps: [] })).toThrow(
      'number of convolutions must be a whole number',
    );
    expect(() => smallConvNet({ ...shape, maps: [0] })).toThrow('maps must be a whole number of at least 1');
    expect(() => smallConvNet({ ...shape, placement: 'beside' as 'after' })).toThrow(
      'placement must be one of "before", "after", "none"',
    );
  });
});

describe('trainConvNet', () => {
  test('gives the same losses twice, and statistics that are not those of the start', async () => {
    const before = tf.memory().numTensors;
    const [first, second] = [await trainConvNet(tiny), await trainConvNet(tiny)];
    expect(first.losses).toEqual(second.losses);
    expect(first.losses).toHaveLength(3);
    const norm = first.model.layers[1] as BatchNorm;
    expect(norm).toBeInstanceOf(BatchNorm);
    expect(norm.statistics().mean.every((value) => value !== 0)).toBe(true);
    expect(norm.statistics()).toEqual((second.model.layers[1] as BatchNorm).statistics());
    for (const { model } of [first, second]) model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('agrees between the backends', async () => {
    const losses: number[][] = [];
    for (const backend of installedBackends()) {
      await tensorflow({ backend, say: () => {} });
      const { model, losses: found } = await trainConvNet({ ...tiny, data: 'objects' });
      losses.push(found);
      model.dispose();
    }
    await tensorflow({ backend: 'wasm', say: () => {} });
    for (const found of losses) {
      for (const [step, loss] of found.entries()) expect(Math.abs(loss - losses[0][step])).toBeLessThan(1e-4);
    }
  });

  test('a signal ends it, and progress tells of each step', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const { model, stopped, losses } = await trainConvNet(tiny, {
      signal: controller.signal,
      onProgress: (step) => {
        seen.push(step);
        if (step === 2) controller.abort();
      },
    });
    expect([stopped, losses.length, seen]).toEqual([true, 2, [1, 2]]);
    model.dispose();
  });

  test('misuse', async () => {
    await expect(trainConvNet({ batchSize: 1 })).rejects.toThrow(
      'batchSize must be a whole number of at least 2',
    );
    await expect(trainConvNet({ data: 'faces' as 'mnist' })).rejects.toThrow(
      'data must be one of "mnist", "objects"',
    );
    await expect(trainConvNet({ lr: 1 } as object)).rejects.toThrow('trainConvNet has no option "lr"');
  });
});

describe('convNetStudy', () => {
  test('BN learns more in the same steps; it does not answer for colours never seen; the fold gives the same answers', async () => {
    const { runs, planned, stopped } = await convNetStudy({ seeds: [1, 2, 3] });
    expect([runs.length, planned, stopped]).toEqual([18, 18, false]);
    const find = (data: string, placement: string, seed: number) => {
      const run = runs.find((one) => one.data === data && one.placement === placement && one.seed === seed);
      if (!run) throw new Error(`no run for ${data}, ${placement}, ${seed}`);
      return run;
    };
    for (const seed of [1, 2, 3]) {
      const none = find('mnist', 'none', seed);
      for (const placement of ['before', 'after']) {
        const run = find('mnist', placement, seed);
        expect(run.accuracy).toBeGreaterThan(none.accuracy + 0.02);
        expect(run.accuracy).toBeGreaterThan(0.65);
      }
      for (const placement of ['before', 'after', 'none']) {
        const { accuracy, palettes } = find('objects', placement, seed);
        const [warm, cold] = palettes;
        expect(accuracy).toBeGreaterThan(0.95);
        expect([warm.palette, warm.accuracy]).toEqual(['warm cats', accuracy]);
        expect([cold.palette, cold.accuracy < 0.25]).toEqual(['cold cats', true]);
        expect(cold.adapted === null).toBe(placement === 'none');
      }
    }
    const folds = runs.flatMap(({ fold }) => fold ?? []);
    expect(folds).toHaveLength(6);
    for (const { difference, largest, sameAnswers, images } of folds) {
      expect(difference / largest).toBeLessThan(1e-5);
      expect(sameAnswers).toBe(images);
    }
  }, 120_000);

  const one = { ...tiny, data: ['mnist' as const], learningRates: [0.1], seeds: [1], testCount: 20 };

  test('gives the same numbers twice, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    expect(await convNetStudy(one)).toEqual(await convNetStudy(one));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a net whose loss is not finite has diverged, can only guess, and does not end the study', async () => {
    const { runs } = await convNetStudy({
      ...one,
      steps: 20,
      placements: ['none', 'before'],
      learningRates: [1e6],
    });
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatchObject({ diverged: true, fold: null });
    expect(runs[0].accuracy).toBeLessThan(0.4);
  });

  test('finite weights that give infinite activations are a divergence too, whatever the rate', async () => {
    const rates = [10, 100, 1e3, 1e4, 1e5];
    const { runs } = await convNetStudy({ ...one, steps: 2, placements: ['after'], learningRates: rates });
    expect(runs).toHaveLength(rates.length);
    expect(runs[rates.length - 1].diverged).toBe(true);
  });

  test('stopped in the middle of a net, it keeps the finished ones', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const results: number[] = [];
    const result = await convNetStudy(one, {
      signal: controller.signal,
      onProgress: (done, total) => {
        expect(total).toBe(3);
        progress.push(done);
        if (done > 1.3) controller.abort();
      },
      onResult: ({ runs }) => results.push(runs.length),
    });
    expect([result.runs.length, result.planned, result.stopped, results]).toEqual([1, 3, true, [1]]);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const figure = convNetFigure(result);
    expect(figure.summary).toMatch(/^1 of 3 runs, stopped early\. /);
    expect(figure.alt).toContain('dotted line is chance (10 %)');
  });

  test('the figure has a panel for each data set, with its own level of chance', async () => {
    const result = await convNetStudy({ ...one, data: ['mnist', 'objects'] });
    const figure = convNetFigure(result);
    expect(figure.layout.shapes?.map(({ y0 }) => y0)).toEqual([10, 50]);
    expect(figure.alt).toContain('dotted line is chance (10 % or 50 %)');
    expect(figure.summary).toMatch(/^6 of 6 runs\. MNIST BN before: [\d.]+ % at lr 0\.1/);
  });

  test('misuse', async () => {
    await expect(convNetStudy({ learningRates: [0] })).rejects.toThrow(
      'learningRates must be a finite number above 0',
    );
    await expect(convNetStudy({ data: [] })).rejects.toThrow(
      'the number of runs must be a whole number of at least 1',
    );
    await expect(convNetStudy({ stepz: 1 } as object)).rejects.toThrow('convNetStudy has no option "stepz"');
  });
});

describe('the fold', () => {
  test('is timed by turns, and is the same function', async () => {
    const { model } = await trainConvNet(tiny);
    const before = tf.memory().numTensors;
    const speed = await foldSpeed(model, { batchSize: 4, repeats: 5 });
    expect([speed.unfoldedMs.length, speed.foldedMs.length, speed.images]).toEqual([5, 5, 4]);
    expect(speed.sameAnswers).toBe(4);
    expect(speed.difference).toBeGreaterThan(0);
    expect(speed.difference / speed.largest).toBeLessThan(1e-5);
    const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
    expect(speed.ratio).toBe(sorted(speed.unfoldedMs)[2] / sorted(speed.foldedMs)[2]);
    const stopped = await foldSpeed(model, { batchSize: 4, signal: AbortSignal.abort() });
    expect([stopped.foldedMs, stopped.ratio]).toEqual([[], Number.NaN]);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test('refuses BN after the activation, and outputs that are no numbers', async () => {
    const { model } = await trainConvNet({ ...tiny, placement: 'after' });
    await expect(foldSpeed(model, { repeats: 1 })).rejects.toThrow(
      /cannot be folded: it stands after .*ReLU/,
    );
    const net = smallConvNet({ h: 4, w: 4, c: 1, classes: 2, seed: 1 });
    const dense = net.layers[net.layers.length - 1];
    dense.setWeights(dense.getWeights().map((weight) => tf.fill(weight.shape, Number.NaN)));
    expect(() => compareFolded(net, tf.ones([1, 4, 4, 1]))).toThrow(
      /finite numbers, found NaN and, folded, NaN/,
    );
  });
});
