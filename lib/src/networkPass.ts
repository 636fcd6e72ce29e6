/** Forward and backward through a whole network: the readable version, in float64. */
import { type Activation, activation } from './activations.js';
import { compactGradients } from './backward.js';
import { checkMatrix, type FloatArray, type Numbers } from './check.js';
import { dense, denseBackward } from './dense.js';
import { batchNormInference } from './inference.js';
import type { Layer, Network } from './network.js';
import { type BatchNormResult, normalise } from './transform.js';

/**
 * `'training'` normalises with the minibatch's own statistics, `'inference'` with the statistics that the
 * layers hold.
 */
export type Mode = 'training' | 'inference';

/** What one layer computed. */
export interface LayerPass {
  readonly layer: Layer;
  /** The layer's input, m x inputs. */
  readonly x: FloatArray;
  /** x W + b, m x outputs. */
  readonly u: FloatArray;
  /** What the activation got: BN(u) when BN stands before it, else u; m x outputs. */
  readonly activationInput: FloatArray;
  /** The layer's output, m x outputs. */
  readonly z: FloatArray;
  /** BN's intermediate results; null without BN, and at inference. */
  readonly norm: BatchNormResult | null;
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
 * @param x m x inputs
 * @throws RangeError for a wrong length, m = 1 in training mode with BN, or epsilon = 0 with a constant feature
 */
export function networkForward(network: Network, x: Numbers, m: number, mode: Mode): NetworkPass {
  checkMatrix('x', x, m, network.layers[0].inputs, 'm', 'inputs');
  const g = activation(network.definition.activation, network.definition.leak);
  const layers: LayerPass[] = [];
  let input: FloatArray = x instanceof Float32Array ? x : Float64Array.from(x);
  for (const [index, layer] of network.layers.entries()) {
    const isLast = index === network.layers.length - 1;
    const pass = layerForward(network, layer, input, m, mode, isLast ? null : g);
    layers.push(pass);
    input = pass.z;
  }
  return { m, layers, logits: input };
}

/** One layer; the last has no activation (`g` is null). */
function layerForward(
  network: Network,
  layer: Layer,
  x: FloatArray,
  m: number,
  mode: Mode,
  g: Activation | null,
): LayerPass {
  const { placement } = network.definition;
  const u = dense(x, layer.weights, layer.bias, m, layer.inputs, layer.outputs);
  if (g === null) {
    return { layer, x, u, activationInput: u, z: u, norm: null };
  }
  if (layer.norm === null) {
    return { layer, x, u, activationInput: u, z: u.map(g.apply), norm: null };
  }
  if (placement === 'before') {
    const { y, norm } = layerNorm(network, layer, u, m, mode);
    return { layer, x, u, activationInput: y, z: y.map(g.apply), norm };
  }
  const { y, norm } = layerNorm(network, layer, u.map(g.apply), m, mode);
  return { layer, x, u, activationInput: u, z: y, norm };
}

/** BN of one layer, with the minibatch's statistics or with the layer's. */
function layerNorm(
  network: Network,
  layer: Layer,
  x: FloatArray,
  m: number,
  mode: Mode,
): { y: FloatArray; norm: BatchNormResult | null } {
  const { epsilon } = network.definition;
  const parameters = layer.norm as NonNullable<Layer['norm']>; // the caller has looked
  const { gamma, beta } = parameters;
  if (mode === 'inference') {
    return {
      y: batchNormInference(x, m, layer.outputs, parameters, { gamma, beta, epsilon }),
      norm: null,
    };
  }
  // A run that diverges brings NaN here; the training loop reports it by the loss, so it is let through.
  const norm = normalise(x, m, layer.outputs, gamma, beta, epsilon);
  return { y: norm.y, norm };
}

/**
 * Backward through all layers.
 * @param pass what `networkForward` returned in training mode
 * @param dLogits dl/dlogits, m x k
 * @returns the gradients, one element per layer
 */
export function networkBackward(
  network: Network,
  pass: NetworkPass,
  dLogits: FloatArray,
): readonly LayerGradients[] {
  const g = activation(network.definition.activation, network.definition.leak);
  const gradients: LayerGradients[] = [];
  let dz: FloatArray = dLogits;
  for (let index = pass.layers.length - 1; index >= 0; index--) {
    const isLast = index === pass.layers.length - 1;
    const layerPass = pass.layers[index];
    const result = layerBackward(network, layerPass, pass.m, dz, isLast ? null : g, index > 0);
    gradients.unshift(result.gradients);
    dz = result.dx ?? dz;
  }
  return gradients;
}

/** One layer, backwards. */
function layerBackward(
  network: Network,
  pass: LayerPass,
  m: number,
  dz: FloatArray,
  g: Activation | null,
  withDx: boolean,
): { gradients: LayerGradients; dx: FloatArray | null } {
  const { layer, norm } = pass;
  let du = dz;
  let gamma: FloatArray | null = null;
  let beta: FloatArray | null = null;
  const throughNorm = (): void => {
    if (norm !== null) {
      const back = compactGradients(du, norm);
      du = back.dx;
      gamma = back.dGamma;
      beta = back.dBeta;
    }
  };
  if (network.definition.placement === 'after') {
    throughNorm();
  }
  if (g !== null) {
    const outer = du;
    du = pass.activationInput.map((v, ij) => outer[ij] * g.derivative(v));
  }
  if (network.definition.placement === 'before') {
    throughNorm();
  }
  const { dx, dWeights, dBias } = denseBackward(
    du,
    pass.x,
    layer.weights,
    m,
    layer.inputs,
    layer.outputs,
    withDx,
  );
  return { gradients: { weights: dWeights, bias: layer.bias && dBias, gamma, beta }, dx };
}
