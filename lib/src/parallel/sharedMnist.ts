import { loadMnist, type Mnist } from '../data/mnist.js';
import type { Dataset } from '../dataset.js';

/** MNIST in memory that worker threads share: it is read from disk once, and no worker has a copy. */
export function sharedMnist(): Mnist {
  const { train, test } = loadMnist();
  return { train: shared(train), test: shared(test) };
}

function shared(data: Dataset): Dataset {
  const copy = (bytes: Uint8Array): Uint8Array => {
    const memory = new Uint8Array(new SharedArrayBuffer(bytes.length));
    memory.set(bytes);
    return memory;
  };
  // MNIST's pixels are bytes; a data set of floats would be turned into them here, so it is refused.
  if (!(data.x instanceof Uint8Array)) throw new TypeError('x must be a Uint8Array to be shared as bytes');
  return { ...data, x: copy(data.x), labels: copy(data.labels) };
}
