/** Labelled examples, and minibatches drawn from them in a seeded order. */
import { checkCount, checkFinite, checkMatrix } from './check.js';
import { checkLabels } from './loss.js';
import type { Random } from './random.js';

/** Labelled examples. Images stay bytes and are scaled when a minibatch is drawn: a quarter of the memory. */
export interface Dataset {
  /** Number of examples. */
  readonly count: number;
  /** Features of each example, d. */
  readonly features: number;
  /** Number of classes, k. */
  readonly classes: number;
  /** count x features, row-major. */
  readonly x: Uint8Array | Float32Array | Float64Array;
  /** What each element of x is multiplied by: 1/255 for bytes that stand for [0, 1]. */
  readonly scale: number;
  /** The class of each example, 0 to classes - 1. */
  readonly labels: Uint8Array;
}

/** A minibatch: m examples as numbers. */
export interface Minibatch {
  readonly m: number;
  /** m x features */
  readonly x: Float32Array;
  readonly labels: Uint8Array;
}

/**
 * Makes a data set from arrays of your own.
 * @param x count x features
 * @param scale what the elements are multiplied by; left out: 1
 * @throws RangeError for lengths that do not fit, NaN, or a label outside 0..classes-1
 *
 * @example
 * const data = dataset(Float64Array.of(1, 2, 3, 4), [0, 1], 2, 2); // 2 examples of 2 features, 2 classes
 * console.log(data.count, data.features); // prints 2 2
 */
export function dataset(
  x: Uint8Array | Float32Array | Float64Array,
  labels: ArrayLike<number>,
  features: number,
  classes: number,
  scale = 1,
): Dataset {
  checkCount('classes', classes, 2);
  checkMatrix('x', x, labels.length, features, 'labels.length', 'features');
  checkFinite('x', x, features);
  checkLabels(labels, labels.length, classes);
  return { count: labels.length, features, classes, x, scale, labels: Uint8Array.from(labels) };
}

/**
 * The examples with the given indices, in that order, as a data set of its own.
 *
 * @example
 * const data = dataset(Float64Array.of(1, 2, 3), [0, 1, 0], 1, 2);
 * console.log(subset(data, [2, 0]).x.join()); // prints 3,1
 */
export function subset(data: Dataset, indices: ArrayLike<number>): Dataset {
  const { features } = data;
  const x = data.x.slice(0, 0);
  const Kind = x.constructor as new (length: number) => Dataset['x']; // the same kind of array as data.x
  const chosen = new Kind(indices.length * features);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = checkIndex(data, indices[i]);
    chosen.set(data.x.subarray(index * features, (index + 1) * features), i * features);
    labels[i] = data.labels[index];
  }
  return { ...data, count: indices.length, x: chosen, labels };
}

/**
 * The first `count` examples, without a copy of the pixels.
 *
 * @example
 * const data = dataset(Float64Array.of(1, 2, 3), [0, 1, 0], 1, 2);
 * console.log(firstExamples(data, 2).x.join()); // prints 1,2
 */
export function firstExamples(data: Dataset, count: number): Dataset {
  checkCount('count', count);
  if (count > data.count) {
    throw new RangeError(`count must be at most the ${data.count} examples there are, found ${count}`);
  }
  return {
    ...data,
    count,
    x: data.x.subarray(0, count * data.features),
    labels: data.labels.subarray(0, count),
  };
}

/**
 * Splits a data set in two at random: `count` examples in the first part, the rest in the second.
 * @throws RangeError unless both parts get at least one example
 *
 * @example
 * const data = dataset(Float64Array.of(1, 2, 3, 4), [0, 1, 0, 1], 1, 2);
 * const [train, test] = split(data, 3, new Random(1));
 * console.log(train.count, test.count); // prints 3 1
 */
export function split(data: Dataset, count: number, random: Random): [Dataset, Dataset] {
  checkCount('count', count);
  if (count >= data.count) {
    throw new RangeError(`count must be below the ${data.count} examples there are, found ${count}`);
  }
  const order = random.shuffle(allIndices(data.count));
  return [subset(data, order.subarray(0, count)), subset(data, order.subarray(count))];
}

/**
 * Gathers examples as numbers.
 *
 * @example
 * const data = dataset(Uint8Array.of(0, 255, 51), [0, 1, 0], 1, 2, 1 / 255);
 * const { m, x, labels } = gather(data, [1, 2]);
 * console.log(m, x[0], labels.join()); // prints 2 1 1,0
 */
export function gather(data: Dataset, indices: ArrayLike<number>): Minibatch {
  const { features, scale } = data;
  const m = indices.length;
  const x = new Float32Array(m * features);
  const labels = new Uint8Array(m);
  for (let i = 0; i < m; i++) {
    const index = checkIndex(data, indices[i]);
    labels[i] = data.labels[index];
    for (let j = 0; j < features; j++) {
      x[i * features + j] = data.x[index * features + j] * scale;
    }
  }
  return { m, x, labels };
}

/**
 * Draws minibatches of indices for ever, in a fresh random order each epoch.
 *
 * @example
 * const order = new MinibatchOrder(4, 2, new Random(1));
 * const epoch = [...order.draw(), ...order.draw()];
 * console.log(epoch.sort().join()); // prints 0,1,2,3
 */
export class MinibatchOrder {
  private readonly order: Uint32Array;
  private next = 0;

  /** @throws RangeError when there are fewer examples than a minibatch takes */
  constructor(
    count: number,
    readonly batchSize: number,
    private readonly random: Random,
  ) {
    checkCount('batchSize', batchSize);
    if (batchSize > count) {
      throw new RangeError(`batchSize must be at most the ${count} examples there are, found ${batchSize}`);
    }
    this.order = random.shuffle(allIndices(count));
  }

  /**
   * The next `batchSize` indices, a view that the next call may change. Examples left over at the end of an
   * epoch wait for the reshuffle, so that every minibatch has the same m.
   */
  draw(): Uint32Array {
    if (this.next + this.batchSize > this.order.length) {
      this.random.shuffle(this.order);
      this.next = 0;
    }
    this.next += this.batchSize;
    return this.order.subarray(this.next - this.batchSize, this.next);
  }
}

/**
 * Minibatches for ever, in a fresh random order each epoch. Leave the loop with `break`.
 *
 * @example
 * const { train } = loadMnist();
 * for (const { x, labels, m } of minibatches(train, 60, new Random(1))) {
 *   console.log(m, x.length, labels.length); // prints 60 47040 60
 *   break;
 * }
 */
export function* minibatches(data: Dataset, batchSize: number, random: Random): Generator<Minibatch, never> {
  const order = new MinibatchOrder(data.count, batchSize, random);
  for (;;) {
    yield gather(data, order.draw());
  }
}

/** 0, 1, ..., count - 1 */
function allIndices(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** The index itself, or a RangeError when the data set has no such example. */
function checkIndex(data: Dataset, index: number): number {
  if (!(Number.isInteger(index) && index >= 0 && index < data.count)) {
    throw new RangeError(`indices must be whole numbers from 0 to ${data.count - 1}, found ${index}`);
  }
  return index;
}
