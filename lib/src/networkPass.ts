/**
 * Forward and backward through a whole network: the readable version, in float64.
 *
 * A hidden layer is, in this order and with what its settings leave out left out,
 *
 *   u = x W + b          dense, or over the patches of a convolution
 *   'before':  z = g(Norm(drop u))        'after':  z = Norm(drop g(u))        'none':  z = g(u)
 *   pooling, and dropout where it stands at the layer's end
 *
 * The last layer is u = x W + b alone: the logits.
 */
import { type Activation, activation } from './activations.js';
import type { BatchNormGradients } from './backward.js';
import { checkMatrix, type FloatArray, type Numbers } from './check.js';
import { imagePatches, imagePatchesBackward } from './convolution.js';
import { dense, denseBackward } from './dense.js';
import { applyMask } from './dropout.js';
import { checkMasks, type DropoutMasks } from './dropoutMasks.js';
import type { HiddenSettings, Layer, Network } from './network.js';
import {
  type NormalisedLayer,
  normaliseForInference,
  normaliseFrozenLayer,
  normaliseLayer,
} from './normalisation.js';
import { type PoolResult, pool, poolBackward } from './pooling.js';
import type { BatchNormResult } from './transform.js';

/**
 * `'training'` normalises with the minibatch's own statistics and drops what the masks say, `'inference'`
 * normalises with the statistics that the layers hold and drops nothing. `'frozen'` is training with the statistics
 * that the layers hold, which the gradient takes for constants: what fine-tuning does with small minibatches.
 */
export type Mode = 'training' | 'frozen' | 'inference';

/** What one layer computed. A row is an example, or in a convolutional layer one place of an example's image. */
export interface LayerPass {
  readonly layer: Layer;
  /** m for a dense layer, m p q for a convolutional one. */
  readonly rows: number;
  /** What the weights multiply, rows x inputs: the layer's input, or the patches of its images. */
  readonly x: FloatArray;
  /** x W + b, rows x outputs. */
  readonly u: FloatArray;
  /** What the activation got: BN(u) when BN stands before it, else u; rows x outputs. */
  readonly activationInput: FloatArray;
  /** The layer's output, m x what the next layer takes. */
  readonly z: FloatArray;
  /** BN's intermediate results; null without BN, with frozen statistics, and at inference. */
  readonly norm: BatchNormResult | null;
  /** The normalisation, with the way back through it; null without one, and at inference. */
  readonly normalised: NormalisedLayer | null;
  readonly pooled: PoolResult | null;
  /** Dropout's mask; null where nothing is dropped. */
  readonly mask: Float64Array | null;
}

/** What the network computed, layer by layer. */
export interface NetworkPass {
  readonly m: number;
  readonly layers: readonly LayerPass[];
  /** The last layer's output, m x k. */
  readonly logits: FloatArray;
}

/** The gradients of one layer's parameters; null where the layer has no such parameter. */
export interface LayerGradients {
  readonly weights: FloatArray;
  readonly bias: FloatArray | null;
  readonly gamma: FloatArray | null;
  readonly beta: FloatArray | null;
}

/**
 * Forward through all layers.
 * @param x m x inputs; images are n x h x w x c with n = m
 * @param masks dropout's masks (`dropoutMasks`), which a network with dropout must be given in training; or
 * `'none'` to drop nothing
 * @throws RangeError for a wrong length, m = 1 in training mode with BN, epsilon = 0 with a constant feature, or
 * missing masks
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'tanh' }, new Random(1));
 * console.log(networkForward(network, [1, 2, 3, 5], 2, 'inference').logits.length); // prints 4
 */
export function networkForward(
  network: Network,
  x: Numbers,
  m: number,
  mode: Mode,
  masks?: DropoutMasks | 'none',
): NetworkPass {
  checkMatrix('x', x, m, network.definition.sizes[0], 'm', 'inputs');
  const dropped = mode === 'inference' ? null : checkMasks(network, masks);
  const g = activation(network.definition.activation, network.definition.leak);
  const layers: LayerPass[] = [];
  let input: FloatArray = x instanceof Float32Array ? x : Float64Array.from(x);
  for (const [index, layer] of network.layers.entries()) {
    const settings = network.definition.hidden.at(index);
    const mask = dropped?.[index] ?? null;
    const pass =
      settings === undefined
        ? lastForward(layer, input, m)
        : hiddenForward(network, layer, settings, input, m, mode, g, mask);
    layers.push(pass);
    input = pass.z;
  }
  return { m, layers, logits: input };
}

/** The affine part of a layer. */
function affine(layer: Layer, input: FloatArray, m: number): { rows: number; x: FloatArray; u: FloatArray } {
  const { conv, inputs, outputs } = layer;
  const rows = conv ? m * conv.outHeight * conv.outWidth : m;
  const x = conv ? imagePatches(input, m, conv) : input;
  return { rows, x, u: dense(x, layer.weights, layer.bias, rows, inputs, outputs) };
}

/** The last layer: no normalisation, no activation. */
function lastForward(layer: Layer, input: FloatArray, m: number): LayerPass {
  const { rows, x, u } = affine(layer, input, m);
  const nothing = { norm: null, normalised: null, pooled: null, mask: null };
  return { layer, rows, x, u, activationInput: u, z: u, ...nothing };
}

function hiddenForward(
  network: Network,
  layer: Layer,
  settings: HiddenSettings,
  input: FloatArray,
  m: number,
  mode: Mode,
  g: Activation,
  mask: Float64Array | null,
): LayerPass {
  const { placement, normalisation, dropoutPlace } = settings;
  const { rows, x, u } = affine(layer, input, m);
  const { epsilon } = network.definition;
  let normalised: NormalisedLayer | null = null;
  const norm = (values: FloatArray): FloatArray => {
    if (layer.norm === null) {
      return values;
    }
    const kept = mask !== null && dropoutPlace === 'beforeNorm' ? applyMask(values, mask) : values;
    if (mode === 'inference') {
      return normaliseForInference(normalisation, kept, m, rows, layer.outputs, layer.norm, epsilon);
    }
    // A run that diverges brings NaN here; the training loop reports it by the loss, so it is let through.
    const normaliser = mode === 'frozen' ? normaliseFrozenLayer : normaliseLayer;
    normalised = normaliser(normalisation, kept, m, rows, layer.outputs, layer.norm, epsilon);
    return normalised.y;
  };
  const activationInput = placement === 'before' ? norm(u) : u;
  const activated = activationInput.map(g.apply);
  const y = placement === 'after' ? norm(activated) : activated;
  const pooled = layer.pool ? pool(y, m, layer.pool) : null;
  const end = pooled?.y ?? y;
  const z = mask !== null && dropoutPlace === 'end' ? applyMask(end, mask) : end;
  // set in the function above, which TypeScript does not follow
  const result = normalised as NormalisedLayer | null;
  return {
    ...{ layer, rows, x, u, activationInput, z, pooled, mask },
    ...{ norm: result?.batch ?? null, normalised: result },
  };
}

/**
 * Backward through all layers.
 * @param pass what `networkForward` returned in training or frozen mode
 * @param dLogits dl/dlogits, m x k
 * @param watch is shown dl/du of each layer, rows x outputs, the last layer first
 * @returns the gradients, one element per layer
 * @throws RangeError for a pass of inference through a normalisation, which keeps nothing to go back with
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'tanh', batchNorm: true }, new Random(1));
 * const pass = networkForward(network, [1, 2, 3, 5], 2, 'training');
 * const { gradient } = softmaxCrossEntropy(pass.logits, [0, 1], 2, 2);
 * console.log(networkBackward(network, pass, gradient).length); // prints 2
 */
export function networkBackward(
  network: Network,
  pass: NetworkPass,
  dLogits: FloatArray,
  watch?: (layer: number, du: FloatArray) => void,
): readonly LayerGradients[] {
  if (pass.layers.some(({ layer, normalised }) => layer.norm !== null && normalised === null)) {
    throw new RangeError(
      "pass must come from networkForward in mode 'training' or 'frozen', found one of mode 'inference', which keeps " +
        'nothing for the way back through the normalisation',
    );
  }
  const g = activation(network.definition.activation, network.definition.leak);
  const gradients: LayerGradients[] = [];
  let dz: FloatArray = dLogits;
  for (let index = pass.layers.length - 1; index >= 0; index--) {
    const settings = network.definition.hidden.at(index);
    const { du, norm } =
      settings === undefined
        ? { du: dz, norm: null }
        : hiddenBackward(pass.layers[index], settings, pass.m, dz, g);
    watch?.(index, du);
    const { layer, x, rows } = pass.layers[index];
    const { inputs, outputs, weights, bias, conv } = layer;
    const { dx, dWeights, dBias } = denseBackward(du, x, weights, rows, inputs, outputs, index > 0);
    gradients.unshift({
      weights: dWeights,
      bias: bias && dBias,
      gamma: norm?.dGamma ?? null,
      beta: norm?.dBeta ?? null,
    });
    if (dx !== null) {
      dz = conv ? imagePatchesBackward(dx, pass.m, conv) : dx;
    }
  }
  return gradients;
}

/** From dl/dz of a hidden layer back to dl/du, with the gradients of gamma and beta. */
function hiddenBackward(
  pass: LayerPass,
  { placement, dropoutPlace }: HiddenSettings,
  m: number,
  dz: FloatArray,
  g: Activation,
): { du: FloatArray; norm: BatchNormGradients | null } {
  const { layer, mask, pooled, normalised } = pass;
  let norm: BatchNormGradients | null = null;
  const throughNorm = (dy: FloatArray): FloatArray => {
    if (normalised === null) {
      return dy;
    }
    norm = normalised.backward(dy);
    return mask !== null && dropoutPlace === 'beforeNorm' ? applyMask(norm.dx, mask) : norm.dx;
  };
  const throughActivation = (dy: FloatArray): FloatArray =>
    pass.activationInput.map((v, ij) => dy[ij] * g.derivative(v));
  const end = mask !== null && dropoutPlace === 'end' ? applyMask(dz, mask) : dz;
  const dy = pooled !== null && layer.pool ? poolBackward(end, pooled, m, layer.pool) : end;
  const du = placement === 'after' ? throughActivation(throughNorm(dy)) : throughNorm(throughActivation(dy));
  return { du, norm };
}
