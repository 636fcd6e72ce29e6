/**
 * Folding BN into the layers before it, for a sequential model of TensorFlow.js. At inference BN is affine, and so is the
 * layer before it; the two are one layer (Ioffe and Szegedy 2015, section 3.1):
 *
 *   W' = W scale,  b' = b scale + shift,  scale = gamma / sqrt(variance + epsilon),  shift = beta - scale mean
 *
 * where scale(j) multiplies every weight that leads to output j: the last axis of a dense or convolution kernel, the
 * last but one of a transposed convolution's.
 */
import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkOptions } from '../check.js';
import { type Affine, batchNormAffine } from '../inference.js';
import { BatchNorm } from './batchNormLayer.js';
import { layersOf } from './layersOf.js';

/** What to do with a BN layer that cannot be folded. */
export interface FoldModelOptions {
  /**
   * What to do with a BN that has no affine layer right before it, such as one after the activation: `'throw'`, or
   * `'keep'` it as it is. Left out: throw.
   */
  unfoldable?: 'throw' | 'keep';
}

/** The layers that BN folds into, and which axis of their kernel counts the outputs. */
const outputAxes: Readonly<Record<string, number>> = { Dense: 1, Conv1D: 2, Conv2D: 3, Conv2DTranspose: 2 };

/**
 * A model without BN whose output equals the given one's at inference, to float32 rounding. It is a new model with
 * weights of its own; the given one is not changed. `BatchNorm` and TensorFlow.js' own layer are folded alike; models
 * inside the model are folded too.
 *
 * @throws RangeError for a BN that cannot be folded: none stands before it, or its channels are another axis, or an
 *   activation stands between
 *
 * @example
 * const tf = await tensorflow({ backend: 'cpu', say: () => {} });
 * const layers = [tf.layers.dense({ units: 2, inputShape: [3], useBias: false }), new BatchNorm(), tf.layers.reLU()];
 * const folded = foldModel(tf.sequential({ layers }));
 * console.log(folded.layers.map((layer) => layer.getClassName()).join(', ')); // prints Dense, ReLU
 */
export function foldModel(model: tf.Sequential, options: FoldModelOptions = {}): tf.Sequential {
  checkOptions('foldModel', options, ['unfoldable']);
  const unfoldable = options.unfoldable ?? 'throw';
  checkChoice('unfoldable', unfoldable, ['throw', 'keep']);
  if (!(model instanceof tf.Sequential)) {
    throw new TypeError(
      'foldModel takes a tf.Sequential, found another kind of model: fold its sequential parts',
    );
  }
  if (model.layers.length === 0) {
    throw new RangeError('the model must have at least one layer, found none');
  }
  const folded = tf.sequential({ name: `${model.name}_folded` });
  const { layers } = model;
  for (let index = 0; index < layers.length; index++) {
    const layer = layers[index];
    const previous = layers[index - 1];
    if (unfoldable === 'throw' && isNorm(layer)) {
      throw new RangeError(`the layer "${layer.name}" cannot be folded: ${obstacle(previous, layer)}`);
    }
    if (layer instanceof tf.Sequential) {
      folded.add(foldModel(layer, options));
      continue;
    }
    if (unfoldable === 'throw' && layer instanceof tf.LayersModel && layersOf(layer).some(isNorm)) {
      throw new RangeError(
        `the model "${layer.name}" inside has BN and is no tf.Sequential: fold its sequential parts`,
      );
    }
    const config = layer.getConfig();
    if (index === 0) {
      config.batchInputShape ??= model.inputs[0].shape;
    }
    const next = layers[index + 1];
    if (next !== undefined && isNorm(next) && obstacle(layer, next) === null) {
      addFolded(folded, layer, config, affineOf(next));
      index++;
    } else if (next !== undefined && isReshapedNorm(layer, next, layers[index + 2])) {
      addFolded(folded, layer, config, repeated(affineOf(layers[index + 2]), layer));
      folded.add(again(next, next.getConfig()));
      index += 2;
    } else {
      const copy = again(layer, config);
      folded.add(copy);
      copy.setWeights(layer.getWeights());
    }
  }
  return folded;
}

function isNorm(layer: tf.layers.Layer): boolean {
  return layer instanceof BatchNorm || layer.getClassName() === 'BatchNormalization';
}

/**
 * Whether these are a dense layer of rows, its reshaping into maps, and BN of each map, as a generator begins: output
 * j of the dense layer then is a place of map j mod d.
 */
function isReshapedNorm(
  layer: tf.layers.Layer,
  reshape: tf.layers.Layer,
  norm: tf.layers.Layer | undefined,
): boolean {
  if (norm === undefined || !isNorm(norm) || reshape.getClassName() !== 'Reshape') {
    return false;
  }
  const { activation } = layer.getConfig();
  const rank = (reshape.outputShape as tf.Shape).length; // it has one output
  const axis = Number(norm.getConfig().axis);
  const isRows = layer.getClassName() === 'Dense' && (layer.outputShape as tf.Shape).length === 2;
  return isRows && activation === 'linear' && (axis < 0 ? rank + axis : axis) === rank - 1;
}

/** The scale and shift of d maps, for each output of the dense layer that is reshaped into them. */
function repeated({ scale, shift }: Affine, layer: tf.layers.Layer): Affine {
  const length = (layer.outputShape as tf.Shape)[1] as number; // the units of a dense layer are known
  const [scales, shifts] = [scale, shift].map((values) =>
    Float64Array.from({ length }, (_, j) => values[j % values.length]),
  );
  return { scale: scales, shift: shifts };
}

/** Why a BN cannot be folded into the layer before it; null when it can. */
function obstacle(previous: tf.layers.Layer | undefined, norm: tf.layers.Layer): string | null {
  if (previous === undefined) {
    return 'it is the first layer, and folds into one before it';
  }
  const kind = previous.getClassName();
  if (!(kind in outputAxes)) {
    return `it stands after "${previous.name}" (${kind}), and folds into ${Object.keys(outputAxes).join(', ')} only`;
  }
  const { activation, dataFormat } = previous.getConfig();
  if (activation !== 'linear') {
    return `between it and the kernel of "${previous.name}" stands the activation ${activation}`;
  }
  const rank = (previous.outputShape as tf.Shape).length; // such layers have one output
  const axis = Number(norm.getConfig().axis);
  const channels = dataFormat === 'channelsFirst' ? 1 : rank - 1;
  if ((axis < 0 ? rank + axis : axis) !== channels) {
    return `it normalises axis ${axis}, and the outputs of "${previous.name}" are axis ${channels}`;
  }
  return null;
}

/** A BN layer's scale and shift at inference. */
function affineOf(norm: tf.layers.Layer): Affine {
  const config = norm.getConfig();
  const weights = norm.getWeights().map((weight) => Float64Array.from(weight.dataSync()));
  // Both kinds of layer have their weights in this order, and those for which the configuration says so.
  const gamma = (config.gamma ?? config.scale) ? weights.shift() : undefined;
  const beta = (config.beta ?? config.center) ? weights.shift() : undefined;
  const [mean, variance] = weights;
  return batchNormAffine({ mean, variance }, { gamma, beta, epsilon: Number(config.epsilon) });
}

/** Adds a layer that computes what the given one and a BN after it compute. */
function addFolded(
  folded: tf.Sequential,
  layer: tf.layers.Layer,
  config: tf.serialization.ConfigDict,
  { scale, shift }: Affine,
): void {
  const [kernel, bias] = layer.getWeights();
  const axis = outputAxes[layer.getClassName()];
  const stride = kernel.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outputOf = (element: number) => Math.floor(element / stride) % scale.length;
  const weights = Float32Array.from(kernel.dataSync(), (value, element) => value * scale[outputOf(element)]);
  const old = bias?.dataSync();
  const shifts = Float32Array.from(shift, (value, j) => (old?.[j] ?? 0) * scale[j] + value);

  // Its first weights are replaced at once, so nothing is drawn for them.
  const own = { ...config, useBias: true, kernelInitializer: 'zeros', biasInitializer: 'zeros' };
  const copy = again(layer, own);
  folded.add(copy);
  tf.tidy(() => {
    copy.setWeights([tf.tensor(weights, kernel.shape), tf.tensor1d(shifts)]);
  });
}

/** A new layer of the same class. */
function again(layer: tf.layers.Layer, config: tf.serialization.ConfigDict): tf.layers.Layer {
  // Every layer's class has `fromConfig`; TypeScript knows the constructor of an object as `Function` only.
  const kind = layer.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
  return kind.fromConfig(kind, config);
}
