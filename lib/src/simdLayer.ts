/** One layer of the SIMD engine: the addresses of its arrays, and the way in and out for its parameters. */
import type { Address, Arena } from './kernels.js';
import type { Layer } from './network.js';

/** The next multiple of 4. */
export function up4(count: number): number {
  return (count + 3) & ~3;
}

export class SimdLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Padded sizes. */
  readonly inputs4: number;
  readonly outputs4: number;
  /** Bytes from one row of W, u, z, ... to the next. */
  readonly stride: number;

  /** W, inputs4 x outputs4, and its transpose. */
  readonly weights: Address;
  readonly transposed: Address;
  /** 0 when there is no bias. */
  readonly bias: Address;
  readonly hasNorm: boolean;
  /** BN: outputs4 numbers each. */
  readonly gamma: Address;
  readonly beta: Address;
  readonly mean: Address;
  readonly variance: Address;
  readonly inverse: Address;
  readonly runningMean: Address;
  readonly runningVariance: Address;
  readonly scale: Address;
  readonly shift: Address;

  /**
   * What passes through: one row per example. `a` is g(u) where BN stands after the activation; `out` is what the
   * next layer takes: z, or what dropout has left of it.
   */
  u: Address = 0;
  a: Address = 0;
  xHat: Address = 0;
  z: Address = 0;
  out: Address = 0;
  dz: Address = 0;

  constructor(arena: Arena, layer: Layer) {
    this.inputs = layer.inputs;
    this.outputs = layer.outputs;
    this.inputs4 = up4(layer.inputs);
    this.outputs4 = up4(layer.outputs);
    this.stride = 4 * this.outputs4;
    this.weights = arena.floats(this.inputs4 * this.outputs4);
    this.transposed = arena.floats(this.inputs4 * this.outputs4);
    this.bias = layer.bias === null ? 0 : arena.floats(this.outputs4);
    this.hasNorm = layer.norm !== null;
    const vector = (): Address => (this.hasNorm ? arena.floats(this.outputs4) : 0);
    this.gamma = vector();
    this.beta = vector();
    this.mean = vector();
    this.variance = vector();
    this.inverse = vector();
    this.runningMean = vector();
    this.runningVariance = vector();
    this.scale = vector();
    this.shift = vector();
  }

  /** Makes room for `rows` examples (a multiple of 4). */
  layOut(arena: Arena, rows: number): void {
    const matrix = (): Address => arena.floats(rows * this.outputs4);
    this.u = matrix();
    this.z = matrix();
    this.out = this.z;
    this.dz = matrix();
    if (this.hasNorm) {
      this.a = matrix();
      this.xHat = matrix();
    }
  }

  /** Copies a layer's parameters into the kernels' memory, rounded to float32. */
  load(memory: Float32Array, layer: Layer): void {
    for (let p = 0; p < this.inputs; p++) {
      const row = layer.weights.subarray(p * this.outputs, (p + 1) * this.outputs);
      memory.set(row, (this.weights + p * this.stride) / 4);
    }
    if (layer.bias !== null) {
      memory.set(layer.bias, this.bias / 4);
    }
    if (layer.norm !== null) {
      memory.set(layer.norm.gamma, this.gamma / 4);
      memory.set(layer.norm.beta, this.beta / 4);
      memory.set(layer.norm.mean, this.runningMean / 4);
      memory.set(layer.norm.variance, this.runningVariance / 4);
    }
  }

  /** The layer's parameters as they are now. */
  save(memory: Float32Array): Layer {
    const vector = (address: Address): Float64Array =>
      Float64Array.from(memory.subarray(address / 4, address / 4 + this.outputs));
    const weights = new Float64Array(this.inputs * this.outputs);
    for (let p = 0; p < this.inputs; p++) {
      const start = (this.weights + p * this.stride) / 4;
      weights.set(memory.subarray(start, start + this.outputs), p * this.outputs);
    }
    return {
      inputs: this.inputs,
      outputs: this.outputs,
      weights,
      bias: this.bias === 0 ? null : vector(this.bias),
      norm: this.hasNorm
        ? {
            gamma: vector(this.gamma),
            beta: vector(this.beta),
            mean: vector(this.runningMean),
            variance: vector(this.runningVariance),
          }
        : null,
    };
  }

  /** BN at inference as one scale and one shift per unit, from the running statistics. */
  prepareInference(memory: Float32Array, epsilon: number): void {
    for (let j = 0; j < this.outputs; j++) {
      const root = Math.sqrt(memory[this.runningVariance / 4 + j] + epsilon);
      const scale = memory[this.gamma / 4 + j] / root;
      memory[this.scale / 4 + j] = scale;
      memory[this.shift / 4 + j] = memory[this.beta / 4 + j] - scale * memory[this.runningMean / 4 + j];
    }
  }
}
