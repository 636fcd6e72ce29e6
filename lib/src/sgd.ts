/** Stochastic gradient descent, without momentum or decay: parameter <- parameter - learningRate * gradient. */
import { checkVector, type FloatArray } from './check.js';
import type { Network } from './network.js';
import type { LayerGradients } from './networkPass.js';

/**
 * Updates one parameter array in place.
 *
 * @example
 * const parameter = Float64Array.of(1, 2);
 * sgdUpdate(parameter, Float64Array.of(1, -1), 0.5);
 * console.log(parameter.join()); // prints 0.5,2.5
 */
export function sgdUpdate(parameter: FloatArray, gradient: FloatArray, learningRate: number): void {
  checkVector('gradient', gradient, parameter.length, 'the number of parameters');
  for (let i = 0; i < parameter.length; i++) {
    parameter[i] -= learningRate * gradient[i];
  }
}

/**
 * Updates every parameter of a network in place: W, b, gamma and beta alike.
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'tanh' }, new Random(1));
 * const pass = networkForward(network, [1, 2, 3, 5], 2, 'training');
 * const { loss, gradient } = softmaxCrossEntropy(pass.logits, [0, 1], 2, 2);
 * sgdStep(network, networkBackward(network, pass, gradient), 0.01);
 * const after = networkForward(network, [1, 2, 3, 5], 2, 'training');
 * console.log(softmaxCrossEntropy(after.logits, [0, 1], 2, 2).loss < loss); // prints true
 */
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
