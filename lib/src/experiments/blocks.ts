/**
 * A network as a row of blocks, each with a forward and a backward of its own, in float64: for the experiments that
 * change what BN does inside (a term of its gradient left out, ghost batches, noise after it), which the engines do not.
 */
import { type ActivationName, activation } from '../activations.js';
import { type BatchNormBackwardOptions, compactGradients } from '../backward.js';
import type { FloatArray } from '../check.js';
import { type Dataset, dataset, firstExamples, gather, MinibatchOrder } from '../dataset.js';
import { dense, denseBackward } from '../dense.js';
import { batchNormInference } from '../inference.js';
import { type Initialiser, initialWeights } from '../initialise.js';
import { softmaxCrossEntropy } from '../loss.js';
import { RunningStatistics } from '../movingAverage.js';
import type { Random } from '../random.js';
import { sgdUpdate } from '../sgd.js';
import { type BatchNormResult, DEFAULT_EPSILON, normalise } from '../transform.js';
import { mayGoOn } from './running.js';

export interface Block {
  /** @param x m x inputs */
  forward(x: FloatArray, m: number, training: boolean): FloatArray;
  /** The gradient of the input, from the output's; keeps the parameters' gradients for `update`. */
  backward(dy: FloatArray): FloatArray;
  update(learningRate: number): void;
}

/** u = x W + b. */
export class DenseBlock implements Block {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  private x: FloatArray = new Float64Array(0);
  private m = 0;
  private gradients: { dWeights: FloatArray; dBias: FloatArray } | undefined;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    initial: Initialiser,
    random: Random,
    private readonly isFirst: boolean,
  ) {
    this.weights = initialWeights(initial, inputs, outputs, random);
    this.bias = new Float64Array(outputs);
  }

  forward(x: FloatArray, m: number): FloatArray {
    this.x = x;
    this.m = m;
    return dense(x, this.weights, this.bias, m, this.inputs, this.outputs);
  }

  backward(dy: FloatArray): FloatArray {
    const result = denseBackward(dy, this.x, this.weights, this.m, this.inputs, this.outputs, !this.isFirst);
    this.gradients = result;
    return result.dx ?? dy;
  }

  update(learningRate: number): void {
    if (!this.gradients) return;
    sgdUpdate(this.weights, this.gradients.dWeights, learningRate);
    sgdUpdate(this.bias, this.gradients.dBias, learningRate);
  }
}

export interface BatchNormBlockOptions {
  /** Which terms of the gradient to leave out. */
  backward?: BatchNormBackwardOptions;
  /** Statistics over groups of so many examples instead of the whole minibatch, which must be a multiple of it. */
  ghost?: number;
}

/** BN over the minibatch in training, with moving averages (weight of the new 0.1) at inference. */
export class BatchNormBlock implements Block {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  private readonly running: RunningStatistics;
  private groups: BatchNormResult[] = [];
  private dGamma = new Float64Array(0);
  private dBeta = new Float64Array(0);

  constructor(
    private readonly d: number,
    private readonly options: BatchNormBlockOptions = {},
  ) {
    this.gamma = new Float64Array(d).fill(1);
    this.beta = new Float64Array(d);
    this.running = new RunningStatistics(d, { newWeight: 0.1 });
  }

  forward(x: FloatArray, m: number, training: boolean): FloatArray {
    const { d, gamma, beta } = this;
    if (!training) {
      return batchNormInference(x, m, d, this.running, { gamma, beta, epsilon: DEFAULT_EPSILON });
    }
    const size = this.options.ghost ?? m;
    const y = new Float64Array(m * d);
    this.groups = [];
    for (let start = 0; start < m; start += size) {
      const group = normalise(
        x.subarray(start * d, (start + size) * d),
        size,
        d,
        gamma,
        beta,
        DEFAULT_EPSILON,
      );
      this.groups.push(group);
      this.running.update(group);
      y.set(group.y, start * d);
    }
    return y;
  }

  backward(dy: FloatArray): FloatArray {
    const { d } = this;
    const dx = new Float64Array(dy.length);
    this.dGamma = new Float64Array(d);
    this.dBeta = new Float64Array(d);
    let start = 0;
    for (const group of this.groups) {
      const end = start + group.m * d;
      const part = compactGradients(dy.subarray(start, end), group, this.options.backward);
      dx.set(part.dx, start);
      for (let j = 0; j < d; j++) {
        this.dGamma[j] += part.dGamma[j];
        this.dBeta[j] += part.dBeta[j];
      }
      start = end;
    }
    return dx;
  }

  update(learningRate: number): void {
    sgdUpdate(this.gamma, this.dGamma, learningRate);
    sgdUpdate(this.beta, this.dBeta, learningRate);
  }
}

/** z = g(u). */
export class ActivationBlock implements Block {
  private readonly g: ReturnType<typeof activation>;
  private u: FloatArray = new Float64Array(0);

  constructor(name: ActivationName) {
    this.g = activation(name);
  }

  forward(u: FloatArray): FloatArray {
    this.u = u;
    return u.map(this.g.apply);
  }

  backward(dz: FloatArray): FloatArray {
    return this.u.map((u, i) => dz[i] * this.g.derivative(u));
  }

  update(): void {
    // It has no parameters.
  }
}

/**
 * Dense layers with `between(d)` after each but the last: a normalisation, or none, and the activation.
 * @param initial how the weights are drawn, each layer from a stream of its own
 */
export function blockNetwork(
  sizes: readonly number[],
  initial: Initialiser,
  between: (d: number) => readonly Block[],
  random: Random,
): { denses: DenseBlock[]; blocks: Block[] } {
  const denses = sizes
    .slice(1)
    .map((outputs, i) => new DenseBlock(sizes[i], outputs, initial, random.fork(`layer ${i}`), i === 0));
  const blocks = denses.flatMap((layer, i): Block[] =>
    i < denses.length - 1 ? [layer, ...between(layer.outputs)] : [layer],
  );
  return { denses, blocks };
}

export interface BlockTraining {
  blocks: readonly Block[];
  train: Dataset;
  m: number;
  steps: number;
  learningRate: number;
  /** Orders the examples. */
  random: Random;
  signal?: AbortSignal;
  /** Called after each step with its loss and the share of the minibatch that was classified rightly. */
  each: (step: number, loss: number, accuracy: number) => void;
}

/** SGD on minibatches; ends early, without an error, when the signal says so or the loss is not finite. */
export async function trainBlocks(training: BlockTraining): Promise<void> {
  const { blocks, train, m, steps, learningRate, random, signal, each } = training;
  const order = new MinibatchOrder(train.count, m, random);
  for (let step = 1; step <= steps; step++) {
    const { x, labels } = gather(train, order.draw());
    const logits = blocksForward(blocks, Float64Array.from(x), m, true);
    const { loss, gradient } = softmaxCrossEntropy(logits, labels, m, train.classes);
    blocksStep(blocks, gradient, learningRate);
    each(step, loss, shareRight(logits, labels, train.classes));
    if (!Number.isFinite(loss) || (step % 20 === 0 && !(await mayGoOn(signal)))) return;
  }
}

/** Share of the rows whose largest logit is at their label. */
function shareRight(logits: FloatArray, labels: ArrayLike<number>, classes: number): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    // A diverged network's logits are NaN, of which none is the largest.
    right += row.indexOf(Math.max(...row)) === labels[i] ? 1 : 0;
  }
  return right / labels.length;
}

/** All blocks forward: the logits. */
export function blocksForward(
  blocks: readonly Block[],
  x: FloatArray,
  m: number,
  training: boolean,
): FloatArray {
  return blocks.reduce((input, block) => block.forward(input, m, training), x);
}

/** All blocks backward, then all updates. */
export function blocksStep(blocks: readonly Block[], dLogits: FloatArray, learningRate: number): void {
  [...blocks].reverse().reduce((dy, block) => block.backward(dy), dLogits);
  for (const block of blocks) block.update(learningRate);
}

/**
 * Share of the examples that the blocks classify rightly at inference.
 * @param ownStatistics take the data for one minibatch, with statistics of its own (the moving averages take it in)
 */
export function blocksAccuracy(blocks: readonly Block[], data: Dataset, ownStatistics = false): number {
  const x = Float64Array.from(data.x, (value) => value * data.scale);
  return shareRight(blocksForward(blocks, x, data.count, ownStatistics), data.labels, data.classes);
}

/** The first `count` images of MNIST at half the resolution, 14 x 14: a quarter of the work for a like result. */
export function halfSize(data: Dataset, count: number): Dataset {
  const part = firstExamples(data, count);
  const side = Math.sqrt(part.features);
  const half = side / 2;
  const x = new Float32Array(count * half * half);
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const to = (i * half + Math.floor(row / 2)) * half + Math.floor(column / 2);
        x[to] += part.x[(i * side + row) * side + column] / 4;
      }
    }
  }
  return dataset(x, part.labels, half * half, part.classes, part.scale);
}
