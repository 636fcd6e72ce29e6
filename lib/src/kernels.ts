/** Loads the SIMD kernels. Their source, with what each does, is in lib/engine/assembly. */
import { kernelsBase64 } from '../engine/kernels.wasm.js';

/** An address in the kernels' memory, in bytes. */
export type Address = number;

/** The part of WebAssembly.Memory that is used here. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What the compiled module exports; strides and addresses are in bytes. */
export interface Kernels {
  readonly memory: KernelMemory;
  heapBase(): Address;
  activateAll(to: Address, from: Address, count: number, kind: number, slope: number): void;
  activateLayer(
    z: Address,
    u: Address,
    m: number,
    d4: number,
    stride: number,
    kind: number,
    slope: number,
  ): void;
  activateLayerBackward(
    dz: Address,
    z: Address,
    m: number,
    d4: number,
    stride: number,
    kind: number,
    slope: number,
  ): void;
  normLayer(
    z: Address,
    xHat: Address,
    u: Address,
    m: number,
    d: number,
    d4: number,
    stride: number,
    gamma: Address,
    beta: Address,
    epsilon: number,
    mean: Address,
    variance: Address,
    inverse: Address,
    kind: number,
    slope: number,
  ): void;
  normLayerBackward(
    dz: Address,
    z: Address,
    xHat: Address,
    m: number,
    d4: number,
    stride: number,
    gamma: Address,
    beta: Address,
    inverse: Address,
    kind: number,
    slope: number,
    learningRate: number,
  ): void;
  batchNormForward(plan: Address, epsilon: number, weight: number): void;
  batchNormBackward(plan: Address): void;
  batchNormInfer(plan: Address, epsilon: number): void;
  average(state: Address, value: Address, d4: number, weight: number, factor: number): void;
  affineLayer(
    z: Address,
    u: Address,
    m: number,
    d4: number,
    stride: number,
    scale: Address,
    shift: Address,
  ): void;
  biasUpdate(b: Address, du: Address, m: number, d4: number, stride: number, learningRate: number): void;
  softmaxLoss(logits: Address, labels: Address, m: number, k: number, k4: number, stride: number): number;
  multiply(
    c: Address,
    a: Address,
    b: Address,
    bias: Address,
    rows: number,
    columns: number,
    depth: number,
    aRow: number,
    aColumn: number,
    bRow: number,
    cRow: number,
  ): void;
  multiplyUpdate(
    c: Address,
    a: Address,
    b: Address,
    rows: number,
    columns: number,
    depth: number,
    aRow: number,
    aColumn: number,
    bRow: number,
    cRow: number,
    alpha: number,
  ): void;
  transpose(t: Address, a: Address, rows: number, columns: number, aRow: number, tRow: number): void;
  countNonZero(x: Address, count: number): number;
  bytesToFloats(
    to: Address,
    from: Address,
    rows: number,
    columns: number,
    toRow: number,
    scale: number,
  ): number;
  compress(
    x: Address,
    rows: number,
    columns: number,
    xRow: number,
    rowLists: Address,
    rowListBytes: number,
    rowLengths: Address,
    columnLists: Address,
    columnListBytes: number,
    columnLengths: Address,
  ): void;
  sparseMultiply(
    c: Address,
    rows: number,
    lists: Address,
    listBytes: number,
    lengths: Address,
    b: Address,
    bias: Address,
    columns: number,
    bRow: number,
    cRow: number,
  ): void;
  sparseMultiplyUpdate(
    c: Address,
    rows: number,
    lists: Address,
    listBytes: number,
    lengths: Address,
    b: Address,
    columns: number,
    bRow: number,
    cRow: number,
    alpha: number,
  ): void;
}

// Node has WebAssembly, but the type packages of Node 20 do not describe it and those of the browser bring a
// thousand other names along: so the two constructors in use are described here.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

let compiled: object | undefined;

/** A fresh instance of the kernels with a memory of its own; the code is compiled once. */
export function loadKernels(): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
  const { exports } = new WebAssembly.Instance(compiled, {});
  // The module is built from lib/engine/assembly together with this file: the interface above describes it.
  return exports as Kernels;
}

/**
 * Hands out addresses in the kernels' memory, growing it as needed. Nothing is given back: an engine lays out
 * its arrays once, and again only for a larger minibatch than any before.
 */
export class Arena {
  private next: Address;

  constructor(private readonly kernels: Kernels) {
    this.next = kernels.heapBase();
  }

  /** Room for `count` elements of four bytes, zeroed, on a 64-byte boundary. */
  floats(count: number): Address {
    return this.bytes(4 * count);
  }

  /** Room for `count` bytes, zeroed, on a 64-byte boundary. */
  bytes(count: number): Address {
    const address = Math.ceil(this.next / 64) * 64;
    this.next = address + count;
    const { memory } = this.kernels;
    const missing = this.next - memory.buffer.byteLength;
    if (missing > 0) {
      try {
        memory.grow(Math.ceil(missing / 65536));
      } catch (error) {
        throw new RangeError(
          `sizes and batchSize must fit into the SIMD engine's 4 GiB of memory, found a need of ` +
            `${Math.ceil(this.next / 1048576)} MiB; take smaller layers or minibatches`,
          { cause: error },
        );
      }
    }
    return address;
  }
}
