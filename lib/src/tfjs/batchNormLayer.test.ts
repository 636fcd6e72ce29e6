import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose, goldenCases, matrix } from '../../../tests/lib/support.js';
import { batchNormBackward } from '../backward.js';
import { batchNormInference } from '../inference.js';
import { Random } from '../random.js';
import { batchNorm } from '../transform.js';
import { installedBackends, tensorflow } from './backend.js';
import { BatchNorm } from './batchNormLayer.js';

/** float32: about 7 digits, of which sums over a minibatch cost one or two. */
const TOLERANCE = 2e-5;

function draw(count: number, seed: number, std = 1, mean = 0): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => mean + std * random.normal());
}

/** A layer that is built for inputs of this shape, with these gamma and beta. */
function layerFor(
  shape: number[],
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  args: ConstructorParameters<typeof BatchNorm>[0],
): BatchNorm {
  const layer = new BatchNorm(args);
  layer.build([null, ...shape.slice(1)]);
  const [, , mean, variance] = layer.getWeights();
  layer.setWeights([tf.tensor1d(Array.from(gamma)), tf.tensor1d(Array.from(beta)), mean, variance]);
  return layer;
}

/** y in training, and the gradients of sum(y dy) with respect to x and the trained weights. */
function trainingPass(layer: tf.layers.Layer, x: ArrayLike<number>, shape: number[], dy: ArrayLike<number>) {
  let y: ArrayLike<number> = [];
  let dx: ArrayLike<number> = [];
  let ofWeights: ArrayLike<number>[] = [];
  tf.tidy(() => {
    const input = tf.variable(tf.tensor(Float32Array.from(x), shape));
    const weight = tf.tensor(Float32Array.from(dy), shape);
    const { grads } = tf.variableGrads(() => {
      const output = layer.apply(input, { training: true }) as tf.Tensor; // a tensor in gives a tensor out
      y = output.dataSync().slice();
      return tf.sum(tf.mul(output, weight));
    });
    const gradientOf = (variable: tf.Tensor) => grads[(variable as tf.Variable).name].dataSync().slice();
    dx = gradientOf(input);
    ofWeights = layer.trainableWeights.map((one) => gradientOf(one.read())); // a weight is a variable
    input.dispose();
  });
  return { y, dx, ofWeights };
}

describe.each(installedBackends())('BatchNorm on %s', (backend) => {
  beforeAll(async () => {
    await tensorflow({ backend, say: () => {} });
  });

  test.each(goldenCases('dense'))('equals the golden values $name', ({ m, d, ...golden }) => {
    const layer = layerFor([m, d], golden.gamma, golden.beta, { epsilon: golden.eps });
    const { y, dx, ofWeights } = trainingPass(layer, golden.x, [m, d], golden.dy);
    // What float32 makes of the input, before anything is computed, is not the layer's to answer for.
    const rounded = batchNorm(Float64Array.from(golden.x, Math.fround), m, d, {
      gamma: golden.gamma,
      beta: golden.beta,
      epsilon: golden.eps,
    });
    const gradients = batchNormBackward(golden.dy, rounded);
    expectClose(rounded.y, golden.y, 5e-3);
    expectClose(y, rounded.y, TOLERANCE);
    expectClose(dx, gradients.dx, TOLERANCE);
    expectClose(ofWeights[0], gradients.dGamma, TOLERANCE);
    expectClose(ofWeights[1], gradients.dBeta, TOLERANCE);
  });

  test('equals the golden values of a convolution, in both layouts', () => {
    for (const { n, h, w, c, ...golden } of goldenCases('conv-nhwc')) {
      const last = layerFor([n, h, w, c], golden.gamma, golden.beta, { epsilon: golden.eps });
      const first = layerFor([n, c, h, w], golden.gamma, golden.beta, { epsilon: golden.eps, axis: 1 });
      const nchw = (values: ArrayLike<number>) =>
        tf.tidy(() =>
          tf.transpose(tf.tensor(Float32Array.from(values), [n, h, w, c]), [0, 3, 1, 2]).dataSync(),
        );
      const nhwc = trainingPass(last, golden.x, [n, h, w, c], golden.dy);
      const turned = trainingPass(first, nchw(golden.x), [n, c, h, w], nchw(golden.dy));
      expectClose(nhwc.y, golden.y, TOLERANCE);
      expectClose(nhwc.dx, golden.dx, TOLERANCE);
      expectClose(nhwc.ofWeights[0], golden.dgamma, TOLERANCE);
      expectClose(nhwc.ofWeights[1], golden.dbeta, TOLERANCE);
      expectClose(turned.y, nchw(golden.y), TOLERANCE);
      expectClose(turned.dx, nchw(golden.dx), TOLERANCE);
      expectClose(turned.ofWeights[0], golden.dgamma, TOLERANCE);
      expectClose(turned.ofWeights[1], golden.dbeta, TOLERANCE);
    }
  });

  test('equals the reference, forward and backward, for any size', () => {
    fc.assert(
      fc.property(matrix, ({ m, d, seed }) => {
        const x = draw(m * d, seed, 2, 1);
        const dy = draw(m * d, seed + 1);
        const [gamma, beta] = [draw(d, seed + 2), draw(d, seed + 3)];
        const { y, dx, ofWeights } = trainingPass(layerFor([m, d], gamma, beta, {}), x, [m, d], dy);
        const forward = batchNorm(Float64Array.from(x), m, d, { gamma, beta });
        const backward = batchNormBackward(dy, forward);
        // With nearly equal rows gradients are large and digits few: measured against 1/s.
        const s = Math.min(...forward.standardDeviation);
        expectClose(y, forward.y, TOLERANCE / Math.min(1, s));
        expectClose(dx, backward.dx, TOLERANCE / Math.min(1, s * s));
        expectClose(ofWeights[0], backward.dGamma, TOLERANCE / Math.min(1, s));
        expectClose(ofWeights[1], backward.dBeta, TOLERANCE);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps its digits at a mean of 1e4, over many examples', () => {
    const [m, d] = [20_000, 3];
    const x = draw(m * d, 1, 1, 1e4);
    const layer = layerFor([m, d], [1, 1, 1], [0, 0, 0], { newWeight: 1 });
    const { y } = trainingPass(layer, x, [m, d], x);
    const expected = batchNorm(Float64Array.from(x), m, d);
    expectClose(y, expected.y, 2e-4);
    expectClose(layer.statistics().variance, expected.variance, 2e-4);
  });

  test('the gradient of its gradient is right too', () => {
    const [m, d] = [6, 2];
    const x = tf.tensor2d(draw(m * d, 3), [m, d]);
    const weight = tf.tensor2d(draw(m * d, 4), [m, d]);
    const layer = layerFor([m, d], [1.5, 0.5], [0, 0], {});
    // The same transform, left to TensorFlow.js' own differentiation.
    const plain = (input: tf.Tensor) => {
      const { mean, variance } = tf.moments(input, 0);
      const xHat = tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-5)));
      return tf.mul(xHat, tf.tensor1d([1.5, 0.5]));
    };
    const ours = (input: tf.Tensor) => layer.apply(input, { training: true }) as tf.Tensor;
    const penalty = (f: (input: tf.Tensor) => tf.Tensor) => {
      const first = tf.grad((input) => tf.sum(tf.mul(tf.square(f(input)), weight)));
      return tf
        .grad((input) => tf.sum(tf.square(first(input))))(x)
        .dataSync();
    };
    expectClose(penalty(ours), penalty(plain), 1e-3);
  });

  test('moving averages and inference equal the reference, with golden values', () => {
    for (const golden of goldenCases('running')) {
      const { m, d, eps, xs } = golden;
      const layer = layerFor([m, d], new Array(d).fill(1), new Array(d).fill(0), {
        epsilon: eps,
        newWeight: golden.momentum_weight_of_new,
      });
      for (const [step, x] of xs.entries()) {
        (layer.apply(tf.tensor2d(x, [m, d]), { training: true }) as tf.Tensor).dispose();
        expectClose(layer.statistics().mean, golden.after_each[step].mean, TOLERANCE);
        expectClose(layer.statistics().variance, golden.after_each[step].variance, TOLERANCE);
      }
      const y = layer.apply(tf.tensor2d(golden.test_x, [golden.test_x.length / d, d])) as tf.Tensor;
      const statistics = layer.statistics();
      const expected = batchNormInference(golden.test_x, golden.test_x.length / d, d, statistics, {
        epsilon: eps,
      });
      expectClose(y.dataSync(), expected, TOLERANCE);
    }
  });

  test('at inference an example does not depend on its minibatch, and one alone is fine', () => {
    const layer = layerFor([4, 3], [1, 2, 3], [0, 1, 2], {});
    layer.setStatistics({ mean: [1, 2, 3], variance: [4, 5, 6] });
    const all = layer.apply(tf.tensor2d(draw(12, 5), [4, 3])) as tf.Tensor;
    const one = layer.apply(tf.tensor2d(draw(12, 5).slice(3, 6), [1, 3])) as tf.Tensor;
    expect(one.dataSync()).toEqual(all.dataSync().slice(3, 6));
  });

  test('without gamma, without beta, without both', () => {
    const x = draw(20, 6);
    for (const [gamma, beta] of [
      [false, true],
      [true, false],
      [false, false],
    ]) {
      const layer = new BatchNorm({ gamma, beta });
      layer.build([null, 4]);
      expect(layer.trainableWeights).toHaveLength(Number(gamma) + Number(beta));
      const { y, dx } = trainingPass(layer, x, [5, 4], draw(20, 7));
      const expected = batchNorm(Float64Array.from(x), 5, 4);
      expectClose(y, expected.y, TOLERANCE);
      expectClose(dx, batchNormBackward(draw(20, 7), expected).dx, TOLERANCE);
    }
  });

  describe("beside TensorFlow.js' own layer", () => {
    const [m, d] = [5, 3];
    const x = draw(m * d, 8, 2, 1);
    const own = (more: object = {}) => {
      const layer = tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9, ...more });
      layer.build([null, d]);
      return layer;
    };

    test('the same output, gradients and moving mean; the variance differs by m/(m - 1)', () => {
      const ours = new BatchNorm({ decay: 0.9 });
      ours.build([null, d]);
      const theirs = own();
      const [a, b] = [ours, theirs].map((layer) => trainingPass(layer, x, [m, d], draw(m * d, 9)));
      expectClose(a.y, b.y, TOLERANCE);
      expectClose(a.dx, b.dx, TOLERANCE);
      expectClose(a.ofWeights[0], b.ofWeights[0], TOLERANCE);
      expectClose(a.ofWeights[1], b.ofWeights[1], TOLERANCE);
      const [mean, variance] = theirs
        .getWeights()
        .slice(2)
        .map((weight) => weight.dataSync());
      expectClose(ours.statistics().mean, mean, TOLERANCE);
      // both start at 1, and take in a tenth of the minibatch's variance: the biased one there, the unbiased one here
      const biased = Float64Array.from(variance, (state) => (state - 0.9) / 0.1);
      const unbiased = Float64Array.from(ours.statistics().variance, (state) => (state - 0.9) / 0.1);
      expectClose(
        unbiased,
        biased.map((value) => (value * m) / (m - 1)),
        1e-4,
      );
    });

    test('without gamma theirs cannot be trained', () => {
      const input = tf.tensor2d(x, [m, d]);
      expect(() => own({ scale: false }).apply(input, { training: true })).toThrow(TypeError);
      expect(() => own({ center: false }).apply(input, { training: true })).toThrow(TypeError);
    });
  });

  describe('in a model', () => {
    const convolutional = () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [6, 6, 1],
            filters: 3,
            kernelSize: 3,
            padding: 'same',
            useBias: false,
          }),
          new BatchNorm({
            newWeight: 0.2,
            gammaInitializer: tf.initializers.randomNormal({ mean: 1, stddev: 0.02, seed: 3 }),
          }),
          tf.layers.reLU(),
          tf.layers.flatten(),
          tf.layers.dense({ units: 4, useBias: false }),
          new BatchNorm({ beta: false, name: 'last' }),
        ],
      });

    test('trains by fit, learns what it is shown, and leaves nothing behind', async () => {
      const model = convolutional();
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      const x = tf.tensor4d(draw(32 * 36, 10), [32, 6, 6, 1]);
      const y = tf.tensor2d(draw(32 * 4, 11), [32, 4]);
      const first = await model.fit(x, y, { epochs: 2, batchSize: 16, verbose: 0 });
      const before = tf.memory().numTensors;
      const { history } = await model.fit(x, y, { epochs: 10, batchSize: 16, verbose: 0 });
      expect(tf.memory().numTensors).toBe(before);
      expect(Number(history.loss[9])).toBeLessThan(0.8 * Number(first.history.loss[0]));
    });

    test('is saved and read again with everything it had', async () => {
      const model = convolutional();
      const x = tf.tensor4d(draw(5 * 36, 12), [5, 6, 6, 1]);
      (model.apply(x, { training: true }) as tf.Tensor).dispose();
      let artifacts: tf.io.ModelArtifacts = {};
      await model.save(
        tf.io.withSaveHandler(async (written) => {
          artifacts = written;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
      const topology = JSON.parse(JSON.stringify(artifacts.modelTopology)) as object;
      const again = await tf.loadLayersModel(tf.io.fromMemory({ ...artifacts, modelTopology: topology }));
      const [before, after] = [model, again].map((one) => (one.predict(x) as tf.Tensor).dataSync());
      expect(after).toEqual(before);
      const config = again.layers[1].getConfig();
      expect(config).toEqual({ ...model.layers[1].getConfig(), name: config.name });
      expect(again.layers[1]).toBeInstanceOf(BatchNorm);
      expect(config).toMatchObject({
        newWeight: 0.2,
        gammaInitializer: { className: 'RandomNormal', config: { mean: 1, stddev: 0.02, seed: 3 } },
      });
    });
  });

  describe('refuses', () => {
    const x = () =>
      tf.tensor2d([
        [1, 7],
        [2, 7],
      ]);
    test.each<[string, () => unknown, string]>([
      [
        'a minibatch of one in training',
        () => new BatchNorm().apply(tf.ones([1, 3]), { training: true }),
        'm must be at least 2 in training with BN, found 1: ',
      ],
      [
        'epsilon 0 with a constant feature',
        () => new BatchNorm({ epsilon: 0 }).apply(x(), { training: true }),
        'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column 1',
      ],
      ['both rates', () => new BatchNorm({ decay: 0.9, newWeight: 0.1 }), 'takes exactly one of newWeight'],
      ['a rate above 1', () => new BatchNorm({ newWeight: 1.5 }), 'newWeight must be in (0, 1], found 1.5'],
      [
        'the name momentum',
        () => new BatchNorm({ momentum: 0.9 } as object),
        'BatchNorm has no option "momentum"; it takes axis, epsilon, newWeight, decay,',
      ],
      [
        'a number for gamma',
        () => new BatchNorm({ gamma: 1 } as object),
        'gamma must be true or false, found 1; ',
      ],
      [
        'the axis of the examples',
        () => new BatchNorm({ axis: 0 }).apply(x()),
        "axis must be one of the input's axes",
      ],
      [
        'an axis that is not there',
        () => new BatchNorm({ axis: 2 }).apply(x()),
        'axes with the one of the examples), found 2',
      ],
      [
        'an axis without a size',
        () => new BatchNorm().build([null, null]),
        'must have a known size along axis 1',
      ],
      [
        'statistics before there are any',
        () => new BatchNorm({ name: 'bn' }).statistics(),
        '"bn" has no statistics yet',
      ],
      [
        'a negative variance',
        () => layerFor([2, 2], [1, 1], [0, 0], {}).setStatistics({ mean: [0, 0], variance: [1, -1] }),
        'variance must hold finite numbers of at least 0, found -1 in column 1',
      ],
      [
        'statistics of another length',
        () => layerFor([2, 2], [1, 1], [0, 0], {}).setStatistics({ mean: [0], variance: [1, 1] }),
        'mean must have d = 2 elements, found 1',
      ],
      [
        'an initialiser that nobody knows',
        () => new BatchNorm({ gammaInitializer: { className: 'Magic', config: {} } }),
        'the initialiser "Magic" of a saved BatchNorm is not known to TensorFlow.js',
      ],
    ])('%s', (_, call, sentence) => {
      expect(call).toThrow(sentence);
    });
  });
});
