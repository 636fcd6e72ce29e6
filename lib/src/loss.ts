/** Loss functions: each gives the mean over the minibatch and the gradient with respect to its first argument. */
import { checkMatrix, checkVector, type FloatArray, type Numbers, zerosLike } from './check.js';

/** A loss and its gradient. */
export interface Loss {
  /** The mean over the minibatch (softmax cross-entropy: in nats). */
  readonly loss: number;
  /** Its gradient, of the same shape as the predictions. */
  readonly gradient: FloatArray;
}

/**
 * Softmax of each row: p(i,j) = e^l(i,j) / sum_j' e^l(i,j').
 * The row's largest logit is subtracted first: this changes nothing in exact arithmetic and prevents overflow.
 * @param logits m x k
 * @returns m x k, each row adding up to 1
 *
 * @example
 * console.log(softmax([0, 0, 1000, 1000], 1, 4).join()); // prints 0,0,0.5,0.5
 */
export function softmax(logits: Numbers, m: number, k: number): FloatArray {
  checkMatrix('logits', logits, m, k, 'm', 'k');
  const p = zerosLike(logits, m * k);
  for (let i = 0; i < m; i++) {
    let largest = -Infinity;
    for (let j = 0; j < k; j++) {
      largest = Math.max(largest, logits[i * k + j]);
    }
    let sum = 0;
    for (let j = 0; j < k; j++) {
      sum += Math.exp(logits[i * k + j] - largest);
    }
    for (let j = 0; j < k; j++) {
      p[i * k + j] = Math.exp(logits[i * k + j] - largest) / sum;
    }
  }
  return p;
}

/**
 * Softmax cross-entropy: loss = -(1/m) sum_i log p(i, label_i), gradient dl/dlogits = (p - onehot(label)) / m.
 * @param logits m x k
 * @param labels m whole numbers from 0 to k - 1
 * @throws RangeError for wrong lengths or a label outside 0..k-1
 *
 * @example
 * const { loss, gradient } = softmaxCrossEntropy([0, 0], [1], 1, 2);
 * console.log(loss === Math.log(2), gradient.join()); // prints true 0.5,-0.5
 */
export function softmaxCrossEntropy(logits: Numbers, labels: ArrayLike<number>, m: number, k: number): Loss {
  checkMatrix('logits', logits, m, k, 'm', 'k');
  checkLabels(labels, m, k);
  const gradient = softmax(logits, m, k);
  let total = 0;
  for (let i = 0; i < m; i++) {
    const row = i * k;
    let largest = -Infinity;
    for (let j = 0; j < k; j++) {
      largest = Math.max(largest, logits[row + j]);
    }
    let sum = 0;
    for (let j = 0; j < k; j++) {
      sum += Math.exp(logits[row + j] - largest);
    }
    // log p is taken from the logits, not from p, which may have been rounded to 0.
    total += Math.log(sum) + largest - logits[row + labels[i]];
    gradient[row + labels[i]] -= 1;
    for (let j = 0; j < k; j++) {
      gradient[row + j] /= m;
    }
  }
  return { loss: total / m, gradient };
}

/**
 * Mean squared error: loss = (1/(m d)) sum (y - t)^2, gradient dl/dy = 2 (y - t) / (m d).
 * @param y predictions, m x d
 * @param target m x d
 *
 * @example
 * const { loss, gradient } = meanSquaredError([1, 4], [1, 2], 2, 1);
 * console.log(loss, gradient.join()); // prints 2 0,2
 */
export function meanSquaredError(y: Numbers, target: Numbers, m: number, d: number): Loss {
  checkMatrix('y', y, m, d);
  checkMatrix('target', target, m, d);
  const gradient = zerosLike(y, m * d);
  let total = 0;
  for (let i = 0; i < m * d; i++) {
    const difference = y[i] - target[i];
    total += difference * difference;
    gradient[i] = (2 * difference) / (m * d);
  }
  return { loss: total / (m * d), gradient };
}

/** Raises a RangeError unless `labels` are m whole numbers from 0 to k - 1. */
export function checkLabels(labels: ArrayLike<number>, m: number, k: number): void {
  checkVector('labels', labels, m, 'm');
  for (let i = 0; i < m; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= k) {
      throw new RangeError(
        `labels must be whole numbers from 0 to k - 1 = ${k - 1}, found ${labels[i]} at ${i}`,
      );
    }
  }
}
