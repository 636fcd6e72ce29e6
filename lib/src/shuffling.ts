/**
 * Orders in which examples come to training, good ones and deliberately bad ones. All minibatches have the same
 * m; each order says what it does with the examples that are left over at the end of an epoch.
 *
 * | policy                 | what happens                                                                         |
 * | `'eachEpoch'`          | a fresh random order each epoch; left-over examples wait for the next shuffle         |
 * | `'once'`               | one random order for all time; it goes round, so no example is left over              |
 * | `'never'`              | the order of the data set, round and round                                            |
 * | `'byClass'`            | all of class 0, then all of class 1, ...: round and round                             |
 * | `'sameClass'`          | every minibatch holds examples of a single class; the order of the minibatches and of |
 * |                        | the examples within a class is random in each epoch, and left-over examples wait      |
 *
 * Why it matters with BN: an example's output depends on the others of its minibatch. The paper (Ioffe and
 * Szegedy 2015, section 4.2.1) shuffles more thoroughly so that the same examples do not always come together,
 * and gains about 1 % on ImageNet. A minibatch of a single class has the statistics of that class, which
 * inference never sees.
 */
import { checkChoice, checkCount } from './check.js';
import { type Dataset, MinibatchOrder } from './dataset.js';
import type { Random } from './random.js';

/** In which order examples are seen. */
export type Shuffling = 'eachEpoch' | 'once' | 'never' | 'byClass' | 'sameClass';

/** The policies that `shuffling` accepts. */
export const shufflings: readonly Shuffling[] = ['eachEpoch', 'once', 'never', 'byClass', 'sameClass'];

/** Draws minibatches of indices for ever. */
export interface IndexOrder {
  readonly batchSize: number;
  /** The next `batchSize` indices, a view that the next call may change. */
  draw(): Uint32Array;
}

/**
 * An order of minibatches by its policy.
 * @param data its labels are what `byClass` and `sameClass` look at
 * @throws RangeError for an unknown policy, or fewer examples (`sameClass`: of a class) than a minibatch takes
 *
 * @example
 * const data = dataset(new Float32Array(6), [1, 0, 1, 0, 1, 0], 1, 2);
 * const order = createOrder('byClass', data, 3, new Random(1));
 * console.log(order.draw().join(), order.draw().join()); // prints 1,3,5 0,2,4
 */
export function createOrder(
  policy: Shuffling,
  data: Pick<Dataset, 'count' | 'labels' | 'classes'>,
  batchSize: number,
  random: Random,
): IndexOrder {
  checkChoice('shuffling', policy, shufflings);
  checkCount('batchSize', batchSize);
  if (batchSize > data.count) {
    throw new RangeError(
      `batchSize must be at most the ${data.count} examples there are, found ${batchSize}`,
    );
  }
  const all = Uint32Array.from({ length: data.count }, (_, i) => i);
  switch (policy) {
    case 'eachEpoch':
      return new MinibatchOrder(data.count, batchSize, random);
    case 'once':
      return new RoundOrder(random.shuffle(all), batchSize);
    case 'never':
      return new RoundOrder(all, batchSize);
    case 'byClass':
      return new RoundOrder(Uint32Array.from(byClass(data).flatMap((indices) => [...indices])), batchSize);
    case 'sameClass':
      return new SameClassOrder(byClass(data), batchSize, random);
  }
}

/** The indices of each class, in the order of the data set. */
function byClass({ count, labels, classes }: Pick<Dataset, 'count' | 'labels' | 'classes'>): Uint32Array[] {
  const lists: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < count; i++) {
    lists[labels[i]].push(i);
  }
  return lists.map((list) => Uint32Array.from(list));
}

/** A fixed order, round and round: a minibatch may hold the end of one round and the start of the next. */
class RoundOrder implements IndexOrder {
  private readonly minibatch: Uint32Array;
  private next = 0;

  constructor(
    private readonly order: Uint32Array,
    readonly batchSize: number,
  ) {
    this.minibatch = new Uint32Array(batchSize);
  }

  draw(): Uint32Array {
    for (let i = 0; i < this.batchSize; i++) {
      this.minibatch[i] = this.order[this.next];
      this.next = (this.next + 1) % this.order.length;
    }
    return this.minibatch;
  }
}

/** Minibatches of one class each. */
class SameClassOrder implements IndexOrder {
  private minibatches: Uint32Array[] = [];
  private next = 0;

  constructor(
    private readonly classes: readonly Uint32Array[],
    readonly batchSize: number,
    private readonly random: Random,
  ) {
    for (const [label, { length }] of classes.entries()) {
      if (length > 0 && length < batchSize) {
        throw new RangeError(
          `batchSize must be at most the ${length} examples of class ${label} for minibatches of a single ` +
            `class, found ${batchSize}`,
        );
      }
    }
  }

  draw(): Uint32Array {
    if (this.next === this.minibatches.length) {
      this.minibatches = this.random.shuffle(this.classes.flatMap((indices) => this.cut(indices)));
      this.next = 0;
    }
    return this.minibatches[this.next++];
  }

  /** A class, shuffled, in whole minibatches. */
  private cut(indices: Uint32Array): Uint32Array[] {
    this.random.shuffle(indices);
    const whole = Math.floor(indices.length / this.batchSize);
    return Array.from({ length: whole }, (_, i) =>
      indices.slice(i * this.batchSize, (i + 1) * this.batchSize),
    );
  }
}
