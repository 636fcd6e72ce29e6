/** The two networks of a DCGAN. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../random.js';
import { BatchNorm } from '../batchNormLayer.js';
import { type CompleteDcganOptions, normalisedLayers } from './config.js';

/**
 * The generator: z is projected to small maps, and strided transposed convolutions double them until they are an
 * image with values in (-1, 1).
 *
 *   z -> dense -> BN -> ReLU -> (transposed convolution -> BN -> ReLU) ... -> transposed convolution -> tanh
 */
export function createGenerator(options: CompleteDcganOptions): tf.Sequential {
  const { height, width, channels, maps, stages, kernel, latent } = options;
  const { nextToImage, others } = normalisedLayers(options);
  const innermost = maps * 2 ** (stages - 1);
  const [rows, columns] = [height / 2 ** stages, width / 2 ** stages];
  const layers: tf.layers.Layer[] = [
    tf.layers.dense({ inputShape: [latent], units: rows * columns * innermost, useBias: !others }),
    tf.layers.reshape({ targetShape: [rows, columns, innermost] }),
    ...norm(others),
    tf.layers.reLU(),
  ];
  for (let stage = 1; stage <= stages; stage++) {
    const isLast = stage === stages;
    const normalised = isLast ? nextToImage : others;
    layers.push(
      tf.layers.conv2dTranspose({
        filters: isLast ? channels : maps * 2 ** (stages - 1 - stage),
        kernelSize: kernel,
        strides: 2,
        padding: 'same',
        useBias: !normalised,
      }),
      ...norm(normalised),
      isLast ? tf.layers.activation({ activation: 'tanh' }) : tf.layers.reLU(),
    );
  }
  return initialised(layers, options, 'generator');
}

/**
 * The discriminator: strided convolutions, each with LeakyReLU, and one number, the logit of "this image is real".
 *
 *   image -> convolution -> LeakyReLU -> (convolution -> BN -> LeakyReLU) ... -> dense -> logit
 */
export function createDiscriminator(options: CompleteDcganOptions): tf.Sequential {
  const { height, width, channels, maps, stages, kernel, a } = options;
  const { nextToImage, others } = normalisedLayers(options);
  const layers: tf.layers.Layer[] = [];
  for (let stage = 0; stage < stages; stage++) {
    const normalised = stage === 0 ? nextToImage : others;
    layers.push(
      tf.layers.conv2d({
        ...(stage === 0 ? { inputShape: [height, width, channels] } : {}),
        filters: maps * 2 ** stage,
        kernelSize: kernel,
        strides: 2,
        padding: 'same',
        useBias: !normalised,
      }),
      ...norm(normalised),
      tf.layers.leakyReLU({ alpha: 1 / a }),
    );
  }
  layers.push(tf.layers.flatten(), tf.layers.dense({ units: 1 }));
  return initialised(layers, options, 'discriminator');
}

function norm(wanted: boolean): tf.layers.Layer[] {
  return wanted ? [new BatchNorm()] : [];
}

/** A model whose weights are drawn from the library's own generator: the same ones on every backend. */
function initialised(layers: tf.layers.Layer[], options: CompleteDcganOptions, name: string): tf.Sequential {
  const model = tf.sequential({ layers });
  const random = new Random(options.seed).fork(name);
  for (const layer of layers) {
    const [kernel, ...rest] = layer.getWeights();
    if (kernel === undefined || layer instanceof BatchNorm) {
      continue; // BN starts with gamma 1 and beta 0
    }
    const values = Float32Array.from({ length: kernel.size }, () => options.deviation * random.normal());
    tf.tidy(() => layer.setWeights([tf.tensor(values, kernel.shape), ...rest]));
  }
  return model;
}
