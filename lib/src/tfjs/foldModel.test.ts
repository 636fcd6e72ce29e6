import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from '../../../tests/lib/support.js';
import { foldIntoDense } from '../fold.js';
import { Random } from '../random.js';
import { installedBackends, tensorflow } from './backend.js';
import { BatchNorm } from './batchNormLayer.js';
import { foldModel } from './foldModel.js';

/** Gives every weight random numbers, variances positive ones. */
function randomise(model: tf.LayersModel, seed: number): void {
  const random = new Random(seed);
  model.setWeights(
    model.weights.map((weight) => {
      const values = Float32Array.from({ length: weight.read().size }, () => random.normal());
      const positive = /variance/.test(weight.name) ? values.map((v) => 0.1 + v * v) : values;
      return tf.tensor(positive, weight.shape as number[]); // a built layer's shapes are known
    }),
  );
}

function classes(model: tf.LayersModel): string[] {
  return model.layers.map((layer) => layer.getClassName());
}

describe.each(installedBackends())('foldModel on %s', (backend) => {
  beforeAll(async () => {
    await tensorflow({ backend, say: () => {} });
  });

  const everything = (useBias: boolean) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [7], units: 32, useBias }),
        new BatchNorm(),
        tf.layers.reLU(),
        tf.layers.reshape({ targetShape: [4, 4, 2] }),
        tf.layers.conv2dTranspose({ filters: 3, kernelSize: 5, strides: 2, padding: 'same', useBias }),
        new BatchNorm({ gamma: false, epsilon: 1e-3 }),
        tf.layers.leakyReLU({ alpha: 0.2 }),
        tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', useBias }),
        tf.layers.batchNormalization({ epsilon: 1e-4, center: false }),
        tf.layers.activation({ activation: 'tanh' }),
        tf.layers.flatten(),
        tf.sequential({
          layers: [
            tf.layers.dense({ inputShape: [96], units: 5, useBias, activation: 'linear' }),
            new BatchNorm({ beta: false }),
            tf.layers.dense({ units: 2, activation: 'sigmoid' }),
          ],
        }),
      ],
    });

  test.each([true, false])(
    'gives a model without BN and with the same output, bias before BN: %s',
    (useBias) => {
      const model = everything(useBias);
      randomise(model, 1);
      const folded = foldModel(model);
      const kinds = [...classes(folded), ...classes(folded.layers.at(-1) as tf.Sequential)];
      expect(kinds.filter((kind) => kind.startsWith('BatchNorm'))).toEqual([]);
      expect(kinds).toHaveLength(11);
      const random = new Random(2);
      const x = tf.tensor2d(
        Float32Array.from({ length: 35 }, () => random.normal()),
        [5, 7],
      );
      const expected = (model.predict(x) as tf.Tensor).dataSync();
      expectClose((folded.predict(x) as tf.Tensor).dataSync(), expected, 2e-5);
      // weights of its own: the given model is left as it was
      folded.dispose();
      expect((model.predict(x) as tf.Tensor).dataSync()).toEqual(expected);
    },
  );

  test('a folded dense layer has the weights of the reference', () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [4], units: 3 }), new BatchNorm()],
    });
    randomise(model, 3);
    const [weights, bias, gamma, beta, mean, variance] = model
      .getWeights()
      .map((one) => one.dataSync<'float32'>());
    const expected = foldIntoDense(
      { weights, bias, inputs: 4, outputs: 3 },
      { mean, variance },
      { gamma, beta },
    );
    const [kernel, shift] = foldModel(model).getWeights();
    expectClose(kernel.dataSync(), expected.weights, 1e-6);
    expectClose(shift.dataSync(), expected.bias, 1e-6);
  });

  test('a convolution over sequences, and a model whose input shape was given apart', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [9, 2] }),
        tf.layers.conv1d({ filters: 4, kernelSize: 3 }),
        new BatchNorm(),
      ],
    });
    randomise(model, 4);
    const folded = foldModel(model);
    expect(classes(folded)).toEqual(['InputLayer', 'Conv1D']);
    const x = tf.randomNormal([2, 9, 2], 0, 1, 'float32', 5);
    expectClose(
      (folded.predict(x) as tf.Tensor).dataSync(),
      (model.predict(x) as tf.Tensor).dataSync(),
      2e-5,
    );
  });

  test("'keep' leaves a BN that cannot be folded where it is", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [4], units: 3, activation: 'relu' }),
        new BatchNorm(),
        tf.layers.dense({ units: 3 }),
        new BatchNorm(),
      ],
    });
    randomise(model, 6);
    const folded = foldModel(model, { unfoldable: 'keep' });
    expect(classes(folded)).toEqual(['Dense', 'BatchNorm', 'Dense']);
    const x = tf.randomNormal([5, 4], 0, 1, 'float32', 7);
    expectClose(
      (folded.predict(x) as tf.Tensor).dataSync(),
      (model.predict(x) as tf.Tensor).dataSync(),
      2e-5,
    );
  });

  test.each<[string, () => tf.layers.Layer[], string]>([
    [
      'BN first',
      () => [new BatchNorm({ inputShape: [3], name: 'a' })],
      '"a" cannot be folded: it is the first layer',
    ],
    [
      'BN after an activation layer',
      () => [
        tf.layers.dense({ inputShape: [3], units: 2 }),
        tf.layers.reLU({ name: 'g' }),
        new BatchNorm({ name: 'b' }),
      ],
      '"b" cannot be folded: it stands after "g" (ReLU), and folds into Dense, Conv1D, Conv2D, Conv2DTranspose only',
    ],
    [
      'an activation within the layer',
      () => [tf.layers.dense({ inputShape: [3], units: 2, activation: 'tanh', name: 'd' }), new BatchNorm()],
      'between it and the kernel of "d" stands the activation tanh',
    ],
    [
      'another axis',
      () => [
        tf.layers.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 1, name: 'c' }),
        new BatchNorm({ axis: 1 }),
      ],
      'it normalises axis 1, and the outputs of "c" are axis 3',
    ],
  ])('refuses %s', (_, layers, sentence) => {
    expect(() => foldModel(tf.sequential({ layers: layers() }))).toThrow(sentence);
  });

  test('refuses other models', () => {
    const input = tf.input({ shape: [3] });
    const output = tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor;
    expect(() => foldModel(tf.model({ inputs: input, outputs: output }) as tf.Sequential)).toThrow(
      'foldModel takes a tf.Sequential, found another kind of model',
    );
    expect(() => foldModel(tf.sequential())).toThrow('at least one layer, found none');
    expect(() => foldModel(tf.sequential(), { keep: true } as object)).toThrow(
      'foldModel has no option "keep"',
    );
  });
});
