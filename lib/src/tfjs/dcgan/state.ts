/** A DCGAN in training: both networks, what Adam remembers of each weight, and one step of the game. */
import * as tf from '@tensorflow/tfjs';
import { adamUpdate } from '../../optimiser.js';
import { Random } from '../../random.js';
import { BatchNorm } from '../batchNormLayer.js';
import { layersOf } from '../layersOf.js';
import type { CompleteDcganOptions } from './config.js';
import { createDiscriminator, createGenerator } from './networks.js';

/** One trained weight, and Adam's two averages of its gradient. */
interface Parameter {
  readonly variable: tf.Variable;
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** What one step was like. */
export interface DcganStep {
  /** -log D(x) - log(1 - D(G(z))), means over the minibatches: what the discriminator lowers. */
  readonly discriminatorLoss: number;
  /** -log D(G(z)): what the generator lowers. */
  readonly generatorLoss: number;
  /** Share of this step's real and generated images that the discriminator told apart, before its update. */
  readonly accuracy: number;
}

const adam = { beta2: 0.999, epsilon: 1e-8 };

/** Both networks and all that a next step depends on. */
export class DcganState {
  readonly generator: tf.Sequential;
  readonly discriminator: tf.Sequential;
  /** How many steps were taken. */
  step = 0;
  private readonly parameters: { generator: Parameter[]; discriminator: Parameter[] };

  constructor(readonly options: CompleteDcganOptions) {
    this.generator = createGenerator(options);
    this.discriminator = createDiscriminator(options);
    this.parameters = {
      generator: parametersOf(this.generator),
      discriminator: parametersOf(this.discriminator),
    };
  }

  /**
   * One update of the discriminator, then one of the generator, each with a z of its own (Goodfellow et al. 2014,
   * algorithm 1 with k = 1, and the generator's loss that does not saturate).
   *
   * @param real bytes of a minibatch of images
   */
  advance(real: Uint8Array): DcganStep {
    const { batchSize, height, width, channels, seed } = this.options;
    const random = new Random(seed).fork(`z of step ${this.step}`);
    const images = tf.tidy(() => toImages(real, [batchSize, height, width, channels]));
    let accuracy = Number.NaN;
    const discriminatorLoss = this.update('discriminator', random, (z) => {
      const fake = tf.tidy(() => forward(this.generator, z));
      const [onReal, onFake] = this.judge(images, fake);
      const told = tf.tidy(() =>
        tf.mean(tf.cast(tf.concat([tf.greater(onReal, 0), tf.less(onFake, 0)]), 'float32')),
      );
      accuracy = told.dataSync()[0];
      // -log sigmoid(u) = softplus(-u), and -log(1 - sigmoid(u)) = softplus(u)
      return tf.add(tf.mean(tf.softplus(tf.neg(onReal))), tf.mean(tf.softplus(onFake)));
    });
    const generatorLoss = this.update('generator', random, (z) => {
      const fake = forward(this.generator, z);
      const [, onFake] = this.judge(this.options.mixed ? images : null, fake);
      return tf.mean(tf.softplus(tf.neg(onFake)));
    });
    images.dispose();
    this.step++;
    return { discriminatorLoss, generatorLoss, accuracy };
  }

  /** Logits of both minibatches: as two minibatches with statistics of their own, or, `mixed`, as one. */
  private judge(real: tf.Tensor4D | null, fake: tf.Tensor4D): [tf.Tensor, tf.Tensor] {
    if (real !== null && this.options.mixed) {
      const [onReal, onFake] = tf.split(forward(this.discriminator, tf.concat([real, fake])), 2);
      return [onReal, onFake];
    }
    const onReal = real === null ? tf.zeros([0, 1]) : forward(this.discriminator, real);
    return [onReal, forward(this.discriminator, fake)];
  }

  /** A step of Adam for one of the networks; returns the loss before it. */
  private update(
    which: 'generator' | 'discriminator',
    random: Random,
    loss: (z: tf.Tensor2D) => tf.Tensor,
  ): number {
    const { batchSize, latent, learningRate, beta1 } = this.options;
    const parameters = this.parameters[which];
    const z = drawLatent(random, batchSize, latent);
    const { value, grads } = tf.variableGrads(
      () => loss(z) as tf.Scalar, // a mean
      parameters.map(({ variable }) => variable),
    );
    for (const { variable, values, first, second } of parameters) {
      const gradient = grads[variable.name].dataSync<'float32'>();
      const moments = { first, second, steps: this.step };
      adamUpdate(values, gradient, moments, learningRate, { ...adam, beta1 });
      tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));
    }
    const [number] = value.dataSync();
    tf.dispose([z, value, grads]);
    if (!Number.isFinite(number)) {
      throw new RangeError(
        `the loss of the ${which} became ${number} at step ${this.step}: lower learningRate (now ${learningRate})`,
      );
    }
    return number;
  }

  /** Every number that the next step depends on, by name. */
  tensors(): Record<string, { shape: number[]; values: Float32Array }> {
    const all: Record<string, { shape: number[]; values: Float32Array }> = {};
    for (const which of ['generator', 'discriminator'] as const) {
      for (const [index, weight] of this[which].getWeights().entries()) {
        all[`${which}.${index}`] = { shape: weight.shape, values: weight.dataSync<'float32'>().slice() };
      }
      for (const [index, { variable, first, second }] of this.parameters[which].entries()) {
        all[`${which}.adam.${index}.first`] = { shape: variable.shape, values: first };
        all[`${which}.adam.${index}.second`] = { shape: variable.shape, values: second };
      }
    }
    return all;
  }

  /** Goes back to where `tensors` was called. */
  restore(step: number, tensors: Readonly<Record<string, { values: Float32Array }>>): void {
    for (const which of ['generator', 'discriminator'] as const) {
      const model = this[which];
      tf.tidy(() => {
        const weights = model.getWeights();
        model.setWeights(weights.map(({ shape }, i) => tf.tensor(tensors[`${which}.${i}`].values, shape)));
      });
      for (const [index, { variable, values, first, second }] of this.parameters[which].entries()) {
        values.set(variable.dataSync<'float32'>());
        first.set(tensors[`${which}.adam.${index}.first`].values);
        second.set(tensors[`${which}.adam.${index}.second`].values);
      }
    }
    this.step = step;
  }

  dispose(): void {
    this.generator.dispose();
    this.discriminator.dispose();
  }
}

function parametersOf(model: tf.Sequential): Parameter[] {
  return model.trainableWeights.map((weight) => {
    // A LayerVariable keeps its tf.Variable in `val`, which its type calls protected.
    const { val: variable } = weight as unknown as { val: tf.Variable };
    const values = variable.dataSync<'float32'>().slice();
    return {
      variable,
      values,
      first: new Float32Array(values.length),
      second: new Float32Array(values.length),
    };
  });
}

/** The model as in training: BN with the minibatch's statistics. */
function forward(model: tf.Sequential, x: tf.Tensor): tf.Tensor4D {
  return model.apply(x, { training: true }) as tf.Tensor4D; // a tensor in gives a tensor out
}

/** The same, and the moving averages stay as they are: for looking at a network while it trains. */
export function withBatchStatistics(model: tf.LayersModel, x: tf.Tensor): tf.Tensor {
  const layers = layersOf(model).filter((layer): layer is BatchNorm => layer instanceof BatchNorm);
  try {
    for (const layer of layers) {
      layer.sink = () => {};
    }
    return tf.tidy(() => model.apply(x, { training: true }) as tf.Tensor);
  } finally {
    for (const layer of layers) {
      layer.sink = null;
    }
  }
}

/** z: `count` rows of `latent` numbers, drawn evenly from [-1, 1]. */
export function drawLatent(random: Random, count: number, latent: number): tf.Tensor2D {
  const values = Float32Array.from({ length: count * latent }, () => 2 * random.uniform() - 1);
  return tf.tensor2d(values, [count, latent]);
}

/** Bytes to the range of tanh: 0 becomes -1, 255 becomes 1. */
export function toImages(bytes: Uint8Array, shape: [number, number, number, number]): tf.Tensor4D {
  const count = shape.reduce((a, b) => a * b);
  if (bytes.length !== count) {
    throw new RangeError(
      `a minibatch of images must have ${shape.join(' x ')} = ${count} bytes, found ${bytes.length}`,
    );
  }
  return tf.tensor4d(
    Float32Array.from(bytes, (byte) => byte / 127.5 - 1),
    shape,
  );
}

/** The other way; what lies outside is cut. */
export function toBytes(values: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: values.length }, (_, i) =>
    Math.round(127.5 * (Math.min(1, Math.max(-1, values[i])) + 1)),
  );
}
