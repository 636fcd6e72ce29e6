/** The dense (fully connected) layer: u = x W + b. */
import { checkMatrix, checkVector, type FloatArray, type Numbers, zerosLike } from './check.js';

/**
 * u(i,j) = sum_p x(i,p) W(p,j) + b(j)
 * @param x m x inputs
 * @param weights W, inputs x outputs
 * @param bias b, one per output, or null for a layer without bias
 * @returns u, m x outputs
 *
 * @example
 * // two inputs, one output: u = 3 x1 + 4 x2 + 10
 * console.log(dense([1, 2], [3, 4], [10], 1, 2, 1).join()); // prints 21
 */
export function dense(
  x: Numbers,
  weights: Numbers,
  bias: Numbers | null,
  m: number,
  inputs: number,
  outputs: number,
): FloatArray {
  checkMatrix('x', x, m, inputs, 'm', 'inputs');
  checkMatrix('weights', weights, inputs, outputs, 'inputs', 'outputs');
  if (bias !== null) {
    checkVector('bias', bias, outputs, 'outputs');
  }
  const u = zerosLike(x, m * outputs);
  const row = new Float64Array(outputs); // sums are kept in float64 until a row is done
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let p = 0; p < inputs; p++) {
      const xip = x[i * inputs + p];
      for (let j = 0; j < outputs; j++) {
        row[j] += xip * weights[p * outputs + j];
      }
    }
    for (let j = 0; j < outputs; j++) {
      u[i * outputs + j] = row[j] + (bias === null ? 0 : bias[j]);
    }
  }
  return u;
}

/** The gradients of a dense layer. */
export interface DenseGradients {
  /** dl/dx = du W^T, m x inputs; null when it was not asked for */
  readonly dx: FloatArray | null;
  /** dl/dW = x^T du, inputs x outputs */
  readonly dWeights: FloatArray;
  /** dl/db = sum_i du(i,.), one per output */
  readonly dBias: FloatArray;
}

/**
 * Backprop through a dense layer.
 * @param du dl/du, m x outputs
 * @param withDx false spares dl/dx, which the first layer of a network does not need
 *
 * @example
 * const { dx, dWeights, dBias } = denseBackward([1], [1, 2], [3, 4], 1, 2, 1);
 * console.log(dx?.join(), dWeights.join(), dBias.join()); // prints 3,4 1,2 1
 */
export function denseBackward(
  du: Numbers,
  x: Numbers,
  weights: Numbers,
  m: number,
  inputs: number,
  outputs: number,
  withDx = true,
): DenseGradients {
  checkMatrix('du', du, m, outputs, 'm', 'outputs');
  checkMatrix('x', x, m, inputs, 'm', 'inputs');
  checkMatrix('weights', weights, inputs, outputs, 'inputs', 'outputs');
  const dWeights = zerosLike(du, inputs * outputs);
  const dBias = zerosLike(du, outputs);
  const dx = withDx ? zerosLike(du, m * inputs) : null;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < outputs; j++) {
      dBias[j] += du[i * outputs + j];
    }
    for (let p = 0; p < inputs; p++) {
      const xip = x[i * inputs + p];
      let sum = 0;
      for (let j = 0; j < outputs; j++) {
        dWeights[p * outputs + j] += xip * du[i * outputs + j];
        sum += du[i * outputs + j] * weights[p * outputs + j];
      }
      if (dx !== null) {
        dx[i * inputs + p] = sum;
      }
    }
  }
  return { dx, dWeights, dBias };
}
