/**
 * Gradients of a loss over several minibatches, as if they were one.
 *
 * The loss of each is a mean over its m examples, so the mean over all examples weighs them by their sizes:
 *
 *   gradient = sum_b (m_b / m) gradient_b,   m = sum_b m_b
 *
 * Adding the gradients instead (or dividing by the wrong count) multiplies the learning rate unseen. Without BN
 * the result is the large minibatch's gradient to rounding. With BN it is not, and cannot be: each minibatch is
 * normalised with its own statistics, as ghost batches are.
 */
import type { FloatArray } from './check.js';
import type { DropoutMasks } from './dropoutMasks.js';
import { softmaxCrossEntropy } from './loss.js';
import type { Network } from './network.js';
import { type LayerGradients, type NetworkPass, networkBackward, networkForward } from './networkPass.js';

/** The loss of one minibatch, its gradients, and what the layers computed on the way. */
export interface NetworkGradients {
  readonly m: number;
  /** Mean softmax cross-entropy, in nats, without L2's term. */
  readonly loss: number;
  /** One element per layer, without L2's part. */
  readonly gradients: readonly LayerGradients[];
  readonly pass: NetworkPass;
}

/**
 * Loss and gradients of one minibatch in training; nothing is updated.
 * @param x m x inputs
 * @param labels m classes
 * @param masks dropout's masks, or `'none'`; needed when the network has dropout
 * @param watch is shown dl/du of each layer on the way back
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'tanh' }, new Random(1));
 * const { loss, gradients } = networkGradients(network, [1, 2, 3, 4], [0, 1], 2);
 * console.log(loss > 0, gradients[0].weights.length, gradients[1].weights.length); // prints true 6 6
 */
export function networkGradients(
  network: Network,
  x: FloatArray | readonly number[],
  labels: ArrayLike<number>,
  m: number,
  masks?: DropoutMasks | 'none',
  watch?: (layer: number, du: FloatArray) => void,
): NetworkGradients {
  const pass = networkForward(network, x, m, 'training', masks);
  const classes = network.layers[network.layers.length - 1].outputs;
  const { loss, gradient } = softmaxCrossEntropy(pass.logits, labels, m, classes);
  return { m, loss, gradients: networkBackward(network, pass, gradient, watch), pass };
}

/**
 * The gradients over all examples of several minibatches, each weighed by its size.
 * @param parts at least one
 * @throws RangeError when there is none
 *
 * @example
 * const network = createNetwork({ sizes: [1, 2], activation: 'tanh' }, new Random(1));
 * const one = networkGradients(network, [1], [0], 1);
 * const two = networkGradients(network, [2, 3], [1, 0], 2);
 * const all = networkGradients(network, [1, 2, 3], [0, 1, 0], 3);
 * const mean = accumulateGradients([one, two]);
 * console.log(Math.abs(mean.loss - all.loss) < 1e-12, Math.abs(mean.gradients[0].weights[0] - all.gradients[0].weights[0]) < 1e-12);
 * // prints true true
 */
export function accumulateGradients(
  parts: readonly Pick<NetworkGradients, 'm' | 'loss' | 'gradients'>[],
): Pick<NetworkGradients, 'm' | 'loss' | 'gradients'> {
  if (parts.length === 0) {
    throw new RangeError('parts must have at least 1 element, found 0');
  }
  if (parts.length === 1) {
    return parts[0];
  }
  const m = parts.reduce((sum, part) => sum + part.m, 0);
  const mean = (of: (gradients: LayerGradients) => FloatArray | null, layer: number): FloatArray | null => {
    const first = of(parts[0].gradients[layer]);
    if (first === null) {
      return null;
    }
    const sum = new Float64Array(first.length);
    for (const part of parts) {
      const gradient = of(part.gradients[layer]) ?? sum; // all parts are of one network: never null here
      for (let i = 0; i < sum.length; i++) {
        sum[i] += (part.m / m) * gradient[i];
      }
    }
    return sum;
  };
  return {
    m,
    loss: parts.reduce((sum, part) => sum + (part.m / m) * part.loss, 0),
    gradients: parts[0].gradients.map((first, layer) => ({
      weights: mean(({ weights }) => weights, layer) ?? first.weights,
      bias: mean(({ bias }) => bias, layer),
      gamma: mean(({ gamma }) => gamma, layer),
      beta: mean(({ beta }) => beta, layer),
    })),
  };
}
