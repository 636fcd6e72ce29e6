/**
 * The engine made of SIMD kernels, in float32. All arrays lie in the kernels' memory, laid out once; a step
 * calls one kernel after the other and allocates nothing there.
 *
 * Rows are padded to a multiple of 4 in number and in length. What stands in the padding never reaches a real
 * element: every sum over inputs, classes or examples runs over the real ones only.
 */
import type { ActivationName } from './activations.js';
import { checkCount, checkMatrix, type FloatArray } from './check.js';
import type { Dataset } from './dataset.js';
import type { Engine, LayerStatistics } from './engine.js';
import { type Address, Arena, type Kernels, loadKernels } from './kernels.js';
import { checkLabels } from './loss.js';
import type { CompleteDefinition, Network } from './network.js';
import { unbiasedFactor } from './population.js';
import { SimdDropout } from './simdDropout.js';
import { SimdInput } from './simdInput.js';
import { SimdLayer, up4 } from './simdLayer.js';
import { type GradientAddresses, ownAddresses, SimdUpdate } from './simdUpdate.js';
import { checkTrainingBatch } from './transform.js';
import { completeUpdateRule, isPlain, type UpdateRule } from './updateRule.js';

/** The codes that lib/engine/assembly/simd.ts uses. */
export const ACTIVATION_CODES: Readonly<Record<ActivationName, number>> = {
  sigmoid: 0,
  tanh: 1,
  relu: 2,
  leakyRelu: 3,
  identity: 4,
};

export class SimdEngine implements Engine {
  readonly name = 'simd';
  private readonly arena: Arena;
  private readonly definition: CompleteDefinition;
  private readonly layers: readonly SimdLayer[];
  private readonly kind: number;
  private readonly slope: number;
  /** Minibatches whose gradients are accumulated for a step. */
  private readonly accumulate: number;
  /** Null for plain SGD, which updates each parameter in place as soon as its gradient is there. */
  private readonly update: SimdUpdate | null;
  private readonly own: readonly GradientAddresses[];
  private readonly dropout: SimdDropout | null;
  private input: SimdInput;
  private capacity = 0;
  private steps = 0;

  constructor(
    network: Network,
    private readonly newWeight: number,
    private readonly kernels: Kernels = loadKernels(),
    rule: UpdateRule = {},
  ) {
    const complete = completeUpdateRule(network, rule);
    this.accumulate = complete.accumulate;
    this.arena = new Arena(kernels);
    this.definition = network.definition;
    this.kind = ACTIVATION_CODES[network.definition.activation];
    this.slope = 1 / network.definition.leak;
    this.layers = network.layers.map((layer) => new SimdLayer(this.arena, layer));
    for (const [index, layer] of this.layers.entries()) {
      layer.load(this.floats(), network.layers[index]);
    }
    this.own = this.layers.map(ownAddresses);
    this.update = isPlain(complete) ? null : new SimdUpdate(kernels, this.arena, this.layers, complete);
    const { random } = complete;
    this.dropout = random === null ? null : new SimdDropout(kernels, network, this.layers, random);
    this.input = this.makeRoom(4);
  }

  step(x: Float32Array, labels: Uint8Array, m: number, learningRate: number): number {
    const { inputs } = this.layers[0];
    checkMatrix('x', x, m, inputs, 'm', 'inputs');
    checkLabels(labels, m, this.layers[this.layers.length - 1].outputs);
    return this.byParts(m, learningRate, (from, to) => {
      this.put(x.subarray(from * inputs, to * inputs), to - from, true);
      new Uint8Array(this.kernels.memory.buffer).set(labels.subarray(from, to), this.input.labels);
    });
  }

  stepOn(data: Dataset, indices: ArrayLike<number>, learningRate: number): number {
    return this.byParts(indices.length, learningRate, (from, to) => {
      const part = this.accumulate === 1 ? indices : Uint32Array.from(indices).subarray(from, to);
      this.reserve(part.length);
      this.input.putExamples(data, part, true);
    });
  }

  logits(x: Float32Array, m: number): FloatArray {
    this.put(x, m, false);
    return this.infer(m);
  }

  logitsOn(data: Dataset, indices: ArrayLike<number>): FloatArray {
    this.reserve(indices.length);
    this.input.putExamples(data, indices, false);
    return this.infer(indices.length);
  }

  activationInputs(x: Float32Array, m: number, layer: number): FloatArray {
    this.put(x, m, false);
    this.forward(m, true, false);
    const chosen = this.layers[layer];
    if (!chosen.hasNorm || this.isAfter(layer)) {
      return this.read(chosen.u, m, chosen);
    }
    const gamma = this.vector(chosen.gamma, chosen.outputs);
    const beta = this.vector(chosen.beta, chosen.outputs);
    return this.read(chosen.xHat, m, chosen).map((value, ij) => {
      const j = ij % chosen.outputs;
      return gamma[j] * value + beta[j];
    });
  }

  minibatchStatistics(x: Float32Array, m: number): readonly LayerStatistics[] {
    this.put(x, m, false);
    this.forward(m, true, false);
    return this.normLayers().map((layer) => ({
      mean: this.vector(layer.mean, layer.outputs),
      variance: this.vector(layer.variance, layer.outputs),
    }));
  }

  setStatistics(statistics: readonly LayerStatistics[]): void {
    for (const [index, layer] of this.normLayers().entries()) {
      this.floats().set(statistics[index].mean, layer.runningMean / 4);
      this.floats().set(statistics[index].variance, layer.runningVariance / 4);
    }
  }

  network(): Network {
    return { definition: this.definition, layers: this.layers.map((layer) => layer.save(this.floats())) };
  }

  /**
   * One step on m examples, in as many minibatches as are accumulated; `put` takes examples `from` to `to` in.
   * @returns the mean loss
   */
  private byParts(m: number, learningRate: number, put: (from: number, to: number) => void): number {
    const { accumulate, update } = this;
    if (m % accumulate !== 0) {
      throw new RangeError(`m must be a multiple of accumulate = ${accumulate}, found ${m}`);
    }
    this.steps++;
    if (update === null) {
      put(0, m);
      return this.descend(m, 0, learningRate, this.own);
    }
    update.begin();
    const size = m / accumulate;
    let loss = 0;
    for (let part = 0; part < accumulate; part++) {
      put(part * size, (part + 1) * size);
      // a gradient is added to what is there: a step against it with the rate -1/accumulate
      loss += this.descend(size, part, -1 / accumulate, update.gradients) / accumulate;
    }
    update.finish(learningRate);
    return loss;
  }

  /**
   * Forward, loss and backward on the minibatch that stands in `input`; target <- target - rate gradient for every
   * parameter's target.
   */
  private descend(m: number, part: number, rate: number, targets: readonly GradientAddresses[]): number {
    this.dropout?.draw(m, this.steps, part);
    this.forward(m, true, true);
    for (const layer of this.normLayers()) {
      this.kernels.average(layer.runningMean, layer.mean, layer.outputs4, this.newWeight, 1);
      const factor = unbiasedFactor(m);
      this.kernels.average(layer.runningVariance, layer.variance, layer.outputs4, this.newWeight, factor);
    }
    const { u, outputs, outputs4, stride } = this.layers[this.layers.length - 1];
    const loss = this.kernels.softmaxLoss(u, this.input.labels, m, outputs, outputs4, stride);
    this.backward(m, rate, targets);
    return loss;
  }

  /** True where BN stands after the activation of a hidden layer. */
  private isAfter(index: number): boolean {
    return this.definition.hidden[index].placement === 'after';
  }

  /** What dropout leaves of a hidden layer's numbers at one of its two places. */
  private keep(index: number, place: 'end' | 'beforeNorm', from: Address, m: number): Address {
    const { dropoutPlace } = this.definition.hidden[index];
    return this.dropout === null || dropoutPlace !== place ? from : this.dropout.keep(index, from, m);
  }

  /** Dropout's way back at one of its two places. */
  private keepBackward(index: number, place: 'end' | 'beforeNorm', dz: Address, m: number): void {
    if (this.definition.hidden[index].dropoutPlace === place) {
      this.dropout?.backward(index, dz, m);
    }
  }

  /** All layers forward, with the minibatch's statistics when training, and with its dropout when dropping. */
  private forward(m: number, training: boolean, dropping: boolean): void {
    if (training && this.layers.some(({ hasNorm }) => hasNorm)) {
      checkTrainingBatch(m);
    }
    const { kernels } = this;
    for (const [index, layer] of this.layers.entries()) {
      const { u, weights, bias, outputs4, stride, inputs } = layer;
      if (index === 0) {
        this.input.multiply(layer, m);
      } else {
        const { out, stride: zStride } = this.layers[index - 1];
        kernels.multiply(u, out, weights, bias, up4(m), outputs4, inputs, zStride, 4, stride, stride);
      }
      if (index < this.layers.length - 1) {
        this.activate(layer, index, m, training, dropping);
        layer.out = dropping ? this.keep(index, 'end', layer.z, m) : layer.z;
      }
    }
  }

  /** BN and activation of a hidden layer: from u to z. */
  private activate(layer: SimdLayer, index: number, m: number, training: boolean, dropping: boolean): void {
    const { kernels, kind, slope } = this;
    const { u, z, a, outputs4, stride } = layer;
    if (!layer.hasNorm) {
      kernels.activateLayer(z, u, m, outputs4, stride, kind, slope);
      return;
    }
    const after = this.isAfter(index);
    if (after) {
      kernels.activateLayer(a, u, m, outputs4, stride, kind, slope);
    }
    const from = after ? a : u;
    const following = after ? ACTIVATION_CODES.identity : kind;
    if (training) {
      this.normalise(layer, dropping ? this.keep(index, 'beforeNorm', from, m) : from, m, following);
      return;
    }
    kernels.affineLayer(z, from, m, outputs4, stride, layer.scale, layer.shift);
    if (!after) {
      kernels.activateLayer(z, z, m, outputs4, stride, kind, slope);
    }
  }

  /** BN over the minibatch, with the activation that follows. */
  private normalise(layer: SimdLayer, from: Address, m: number, following: number): void {
    const { epsilon } = this.definition;
    // biome-ignore format: arguments that belong together stand in one row
    this.kernels.normLayer(
      layer.z, layer.xHat, from, m, layer.outputs, layer.outputs4, layer.stride,
      layer.gamma, layer.beta, epsilon, layer.mean, layer.variance, layer.inverse,
      following, this.slope,
    );
    if (epsilon === 0) {
      const constant = this.vector(layer.variance, layer.outputs).indexOf(0);
      if (constant >= 0) {
        throw new RangeError(
          'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column ' +
            `${constant}`,
        );
      }
    }
  }

  /** All layers backward from dl/dlogits, which stands in the last layer's u; each is updated once it is used. */
  private backward(m: number, rate: number, targets: readonly GradientAddresses[]): void {
    const { kernels } = this;
    let du = this.layers[this.layers.length - 1].u;
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index];
      const { weights, transposed, inputs4, outputs, outputs4, stride } = layer;
      if (layer.bias !== 0) {
        kernels.biasUpdate(targets[index].bias, du, m, outputs4, stride, rate);
      }
      if (index === 0) {
        this.input.update(layer, targets[index].weights, du, m, rate);
        return;
      }
      const below = this.layers[index - 1];
      const { out, dz } = below;
      kernels.transpose(transposed, weights, inputs4, outputs4, stride, below.stride);
      // biome-ignore format: arguments that belong together stand in one row
      kernels.multiply(
        dz, du, transposed, 0, up4(m), inputs4, outputs,
        stride, 4, below.stride, below.stride,
      );
      // biome-ignore format: arguments that belong together stand in one row
      kernels.multiplyUpdate(
        targets[index].weights, out, du, inputs4, outputs4, m,
        4, below.stride, stride, stride, -rate,
      );
      this.keepBackward(index - 1, 'end', dz, m);
      this.activateBackward(below, index - 1, m, rate, targets[index - 1]);
      du = dz;
    }
  }

  /** BN and activation of a hidden layer, backwards: dz becomes du in place. */
  private activateBackward(
    layer: SimdLayer,
    index: number,
    m: number,
    rate: number,
    target: GradientAddresses,
  ): void {
    const { kernels, kind, slope } = this;
    const { z, a, dz, xHat, outputs4, stride, gamma, inverse } = layer;
    if (!layer.hasNorm) {
      kernels.activateLayerBackward(dz, z, m, outputs4, stride, kind, slope);
      return;
    }
    const after = this.isAfter(index);
    // biome-ignore format: arguments that belong together stand in one row
    kernels.normLayerBackward(
      dz, z, xHat, m, outputs4, stride, gamma, target.gamma, target.beta, inverse,
      after ? ACTIVATION_CODES.identity : kind, slope, rate,
    );
    this.keepBackward(index, 'beforeNorm', dz, m);
    if (after) {
      kernels.activateLayerBackward(dz, a, m, outputs4, stride, kind, slope);
    }
  }

  /** Logits at inference of the minibatch that stands in `input`. */
  private infer(m: number): FloatArray {
    for (const layer of this.normLayers()) {
      layer.prepareInference(this.floats(), this.definition.epsilon);
    }
    this.forward(m, false, false);
    const last = this.layers[this.layers.length - 1];
    return this.read(last.u, m, last);
  }

  private put(x: Float32Array, m: number, training: boolean): void {
    checkMatrix('x', x, m, this.layers[0].inputs, 'm', 'inputs');
    this.reserve(m);
    this.input.put(x, m, training);
  }

  /** Sees to it that m examples fit. */
  private reserve(m: number): void {
    checkCount('m', m);
    if (m > this.capacity) {
      this.input = this.makeRoom(up4(m));
    }
  }

  private makeRoom(rows: number): SimdInput {
    this.capacity = rows;
    for (const layer of this.layers) {
      layer.layOut(this.arena, rows);
    }
    this.dropout?.layOut(this.arena, rows);
    const { inputs, stride } = this.layers[0];
    return new SimdInput(this.kernels, this.arena, inputs, stride, rows);
  }

  private normLayers(): SimdLayer[] {
    return this.layers.filter((layer) => layer.hasNorm);
  }

  /** The kernels' memory as numbers. Growing it makes the old view useless, so it is made afresh. */
  private floats(): Float32Array {
    return new Float32Array(this.kernels.memory.buffer);
  }

  /** A copy of `count` numbers. */
  private vector(address: Address, count: number): Float32Array {
    return this.floats().slice(address / 4, address / 4 + count);
  }

  /** A copy of an m x outputs matrix, without its padding. */
  private read(address: Address, m: number, layer: SimdLayer): Float32Array {
    const { outputs, outputs4 } = layer;
    const memory = this.floats();
    const matrix = new Float32Array(m * outputs);
    for (let i = 0; i < m; i++) {
      const start = address / 4 + i * outputs4;
      matrix.set(memory.subarray(start, start + outputs), i * outputs);
    }
    return matrix;
  }
}
