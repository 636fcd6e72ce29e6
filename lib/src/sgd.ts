/** Stochastic gradient descent, without momentum or decay: parameter <- parameter - learningRate * gradient. */
import { checkVector, type FloatArray } from './check.js';
import type { Network } from './network.js';
import type { LayerGradients } from './networkPass.js';

/** Updates one parameter array in place. */
export function sgdUpdate(parameter: FloatArray, gradient: FloatArray, learningRate: number): void {
  checkVector('gradient', gradient, parameter.length, 'the number of parameters');
  for (let i = 0; i < parameter.length; i++) {
    parameter[i] -= learningRate * gradient[i];
  }
}

/** Updates every parameter of a network in place: W, b, gamma and beta alike. */
export function sgdStep(network: Network, gradients: readonly LayerGradients[], learningRate: number): void {
  for (const [index, layer] of network.layers.entries()) {
    const gradient = gradients[index];
    sgdUpdate(layer.weights, gradient.weights, learningRate);
    if (layer.bias !== null && gradient.bias !== null) {
      sgdUpdate(layer.bias, gradient.bias, learningRate);
    }
    if (layer.norm !== null && gradient.gamma !== null && gradient.beta !== null) {
      sgdUpdate(layer.norm.gamma, gradient.gamma, learningRate);
      sgdUpdate(layer.norm.beta, gradient.beta, learningRate);
    }
  }
}
