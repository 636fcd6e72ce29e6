/** BN as it is taught here, as a layer for models of TensorFlow.js. */
import * as tf from '@tensorflow/tfjs';
import { checkEpsilon, checkOptions } from '../check.js';
import { newWeightOf } from '../movingAverage.js';
import { unbiasedFactor } from '../population.js';
import { DEFAULT_EPSILON } from '../transform.js';
import { type Moments, normaliseFixed, normaliseMinibatch } from './minibatchNorm.js';

type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;
type Initializer = ReturnType<typeof tf.initializers.zeros>;

/** How an initialiser stands in a saved model. */
interface SavedInitializer {
  className: string;
  config: tf.serialization.ConfigDict;
}

/** What the BN layer for TensorFlow.js models can be told. */
export interface BatchNormArgs extends LayerArgs {
  /** The axis of the features or channels; negative ones count from the end. Left out: -1. */
  axis?: number;
  /** Added to the variance, inside the root. Left out: 1e-5, as in PyTorch; TensorFlow.js' own layer has 1e-3. */
  epsilon?: number;
  /** Weight of the new minibatch in the moving averages. PyTorch calls it momentum. Left out, as `decay`: 0.1. */
  newWeight?: number;
  /** 1 - newWeight: give one or the other. Keras and TensorFlow.js call it momentum. */
  decay?: number;
  /** Whether y is scaled by a trained gamma. Left out: true. */
  gamma?: boolean;
  /** Whether y is shifted by a trained beta. Left out: true. */
  beta?: boolean;
  /** Where gamma starts. Left out: ones. */
  gammaInitializer?: Initializer | SavedInitializer;
  /** Where beta starts. Left out: zeros. */
  betaInitializer?: Initializer | SavedInitializer;
}

const ownOptions = [
  'axis',
  'epsilon',
  'newWeight',
  'decay',
  'gamma',
  'beta',
  'gammaInitializer',
  'betaInitializer',
];
// What every layer takes; `customObjects` is put there by TensorFlow.js when it reads a saved model.
const layerOptions = [
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'name',
  'trainable',
  'weights',
  'inputDType',
  'customObjects',
];

/** Receives each minibatch's statistics during an exact population pass: see `populationPass.ts`. */
export type StatisticsSink = (m: number, mean: Float32Array, variance: Float32Array) => void;

/**
 * Batch normalization (Ioffe and Szegedy 2015): a layer for `tf.sequential` and `tf.model`.
 *
 * In training (`fit`, or `apply(x, { training: true })`) each feature is normalised by its mean and biased
 * variance over the minibatch and, for images, all locations (Algorithm 1, section 3.2), with the gradient
 * flowing through both; the moving averages take in the mean, and m/(m - 1) times the variance:
 *
 *   state <- (1 - newWeight) state + newWeight value
 *
 * At inference it is y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the states (Algorithm 2), or with the
 * exact statistics that `populationPass` puts in their place.
 *
 * TensorFlow.js' own `tf.layers.batchNormalization` computes the same y and gradients, but its moving variance
 * takes in the biased variance, its defaults are another epsilon (1e-3) and another decay (0.99), and it cannot be
 * trained without gamma or beta.
 *
 * Weights, in this order: gamma and beta (where it has them), mean, variance; d numbers each.
 *
 * @throws RangeError for a wrong option, a minibatch of one in training, or epsilon = 0 with a constant feature;
 *   TypeError for an unknown option
 *
 * @example
 * const tf = await tensorflow({ backend: 'cpu', say: () => {} });
 * const layer = new BatchNorm({ newWeight: 0.5 });
 * const y = layer.apply(tf.tensor2d([[1], [3]]), { training: true });
 * if ('dataSync' in y) console.log(Array.from(y.dataSync(), Math.round).join()); // prints -1,1
 * const [gamma, beta, mean, variance] = layer.getWeights().map((weight) => weight.dataSync()[0]);
 * console.log(mean, variance); // prints 1 1.5
 */
export class BatchNorm extends tf.layers.Layer {
  static readonly className = 'BatchNorm';

  readonly axis: number;
  readonly epsilon: number;
  readonly newWeight: number;
  readonly hasGamma: boolean;
  readonly hasBeta: boolean;
  /** @internal Set while a population pass runs: each minibatch's statistics go there, and normalise it. */
  sink: StatisticsSink | null = null;
  private readonly gammaInitializer: Initializer;
  private readonly betaInitializer: Initializer;
  private gammaWeight: tf.LayerVariable | null = null;
  private betaWeight: tf.LayerVariable | null = null;
  private meanWeight: tf.LayerVariable | null = null;
  private varianceWeight: tf.LayerVariable | null = null;

  constructor(args: BatchNormArgs = {}) {
    super(args);
    checkOptions('BatchNorm', args, [...ownOptions, ...layerOptions]);
    const { axis = -1, epsilon = DEFAULT_EPSILON, gamma = true, beta = true } = args;
    if (!Number.isInteger(axis)) {
      throw new RangeError(`axis must be a whole number, found ${axis}`);
    }
    checkEpsilon(epsilon);
    for (const [name, value] of Object.entries({ gamma, beta })) {
      if (typeof value !== 'boolean') {
        throw new TypeError(
          `${name} must be true or false, found ${value}; ${name}Initializer says which numbers it starts with`,
        );
      }
    }
    this.axis = axis;
    this.epsilon = epsilon;
    this.newWeight = newWeightOf(rateOf(args));
    this.hasGamma = gamma;
    this.hasBeta = beta;
    this.gammaInitializer = initializer(args.gammaInitializer) ?? tf.initializers.ones();
    this.betaInitializer = initializer(args.betaInitializer) ?? tf.initializers.zeros();
    this.supportsMasking = true;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = oneShape(inputShape);
    const axis = this.axisIn(shape.length);
    const d = shape[axis];
    if (d === null) {
      throw new RangeError(
        `the input of BatchNorm must have a known size along axis ${axis}, found [${shape}]`,
      );
    }
    this.inputSpec = [{ ndim: shape.length, axes: { [axis]: d } }];
    const { zeros, ones } = tf.initializers;
    if (this.hasGamma) {
      this.gammaWeight = this.addWeight('gamma', [d], 'float32', this.gammaInitializer);
    }
    if (this.hasBeta) {
      this.betaWeight = this.addWeight('beta', [d], 'float32', this.betaInitializer);
    }
    this.meanWeight = this.addWeight('mean', [d], 'float32', zeros(), undefined, false);
    this.varianceWeight = this.addWeight('variance', [d], 'float32', ones(), undefined, false);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return oneShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const axis = this.axisIn(x.rank);
      // The features last: images in c x h x w layout are turned, and turned back at the end.
      const isLast = axis === x.rank - 1;
      const order = [...x.shape.keys()].filter((i) => i !== axis).concat(axis);
      const turned = isLast ? x : tf.transpose(x, order);
      const d = x.shape[axis];
      const y = tf.reshape(this.normalise(tf.reshape(turned, [x.size / d, d]), d, kwargs), turned.shape);
      return isLast ? y : tf.transpose(y, inverseOf(order));
    });
  }

  /** y from x, both m x d. */
  private normalise(x: tf.Tensor2D, d: number, { training = false }: { training?: boolean }): tf.Tensor2D {
    const gamma = this.row(this.gammaWeight, d) ?? tf.ones<tf.Rank.R2>([1, d]);
    const beta = this.row(this.betaWeight, d) ?? tf.zeros<tf.Rank.R2>([1, d]);
    if (!training && this.sink === null) {
      // Both are there: `apply` builds the layer before it calls it.
      const mean = this.row(this.meanWeight, d) as tf.Tensor2D;
      const variance = this.row(this.varianceWeight, d) as tf.Tensor2D;
      return normaliseFixed(x, gamma, beta, { mean, variance }, this.epsilon);
    }
    const [m] = x.shape;
    return normaliseMinibatch(x, gamma, beta, this.epsilon, (moments) => this.take(m, moments));
  }

  /** What becomes of a minibatch's statistics. */
  private take(m: number, { mean, variance }: Moments): void {
    if (this.sink !== null) {
      this.sink(m, mean.dataSync<'float32'>().slice(), variance.dataSync<'float32'>().slice());
      return;
    }
    this.average(this.meanWeight, mean);
    this.average(this.varianceWeight, tf.mul(variance, unbiasedFactor(m)));
  }

  /** state <- (1 - newWeight) state + newWeight value */
  private average(state: tf.LayerVariable | null, value: tf.Tensor2D): void {
    const old = tf.mul((state as tf.LayerVariable).read(), 1 - this.newWeight); // the layer is built
    state?.write(tf.add(old, tf.mul(tf.reshape(value, [value.size]), this.newWeight)));
  }

  private row(weight: tf.LayerVariable | null, d: number): tf.Tensor2D | null {
    return weight && tf.reshape(weight.read(), [1, d]);
  }

  /**
   * Mean and variance as inference uses them; with `set`, puts others in their place.
   * @throws RangeError before the layer is built, and for a wrong length or a negative variance
   */
  statistics(): { mean: Float32Array; variance: Float32Array } {
    const [mean, variance] = [this.meanWeight, this.varianceWeight].map((weight) => {
      if (weight === null) {
        throw new RangeError(
          `the layer "${this.name}" has no statistics yet: apply it, or its model, to an input`,
        );
      }
      return weight.read().dataSync<'float32'>().slice();
    });
    return { mean, variance };
  }

  /** Puts population statistics in the place of the moving averages, d numbers each. */
  setStatistics(statistics: { mean: ArrayLike<number>; variance: ArrayLike<number> }): void {
    const { mean } = this.statistics();
    for (const name of ['mean', 'variance'] as const) {
      const values = Float32Array.from(statistics[name]);
      if (values.length !== mean.length) {
        throw new RangeError(`${name} must have d = ${mean.length} elements, found ${values.length}`);
      }
      const wrong = values.findIndex(
        (value) => !Number.isFinite(value) || (name === 'variance' && value < 0),
      );
      if (wrong >= 0) {
        const kind = name === 'mean' ? 'finite numbers' : 'finite numbers of at least 0';
        throw new RangeError(`${name} must hold ${kind}, found ${values[wrong]} in column ${wrong}`);
      }
      const weight = name === 'mean' ? this.meanWeight : this.varianceWeight;
      tf.tidy(() => {
        weight?.write(tf.tensor1d(values));
      });
    }
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: this.axis,
      epsilon: this.epsilon,
      newWeight: this.newWeight,
      gamma: this.hasGamma,
      beta: this.hasBeta,
      gammaInitializer: saved(this.gammaInitializer),
      betaInitializer: saved(this.betaInitializer),
    };
  }

  private axisIn(rank: number): number {
    const axis = this.axis < 0 ? rank + this.axis : this.axis;
    // Axis 0 counts the examples: normalising along it would mix nothing but features.
    if (rank < 2 || axis < 1 || axis >= rank) {
      throw new RangeError(
        `axis must be one of the input's axes after the first (${rank} axes with the one of the examples), found ${this.axis}`,
      );
    }
    return axis;
  }
}

tf.serialization.registerClass(BatchNorm);

function rateOf({ newWeight, decay }: BatchNormArgs): { newWeight?: number; decay?: number } {
  if (newWeight === undefined && decay === undefined) {
    return { newWeight: 0.1 };
  }
  return { newWeight, decay };
}

function oneShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
  if (Array.isArray(shape[0])) {
    if (shape.length !== 1) {
      throw new RangeError(`BatchNorm takes one input, found ${shape.length}`);
    }
    return shape[0];
  }
  return shape as tf.Shape; // not a list of shapes: looked at above
}

/** Where each axis stands after `order`. */
function inverseOf(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  for (const [to, from] of order.entries()) {
    inverse[from] = to;
  }
  return inverse;
}

function saved(initial: Initializer): tf.serialization.ConfigDict {
  return { className: initial.getClassName(), config: initial.getConfig() };
}

/** An initialiser from itself, or from how it stands in a saved model. */
function initializer(given: Initializer | SavedInitializer | undefined): Initializer | undefined {
  if (given === undefined || 'apply' in given) {
    return given;
  }
  const { className, config } = given;
  const known = tf.serialization.SerializationMap.getMap().classNameMap[className];
  if (known === undefined) {
    throw new RangeError(`the initialiser "${className}" of a saved BatchNorm is not known to TensorFlow.js`);
  }
  const [kind, fromConfig] = known;
  return fromConfig(kind, config) as Initializer; // the classes in that map under such a name are initialisers
}
