/** Loads the SIMD kernels. Their source, with what each does, is in lib/engine/assembly. */
import { setFlagsFromString } from 'node:v8';
import { fusedKernels, strictKernels } from '../engine/kernels.wasm.js';
import { checkChoice } from './check.js';

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
    toGamma: Address,
    toBeta: Address,
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
  startGradient(g: Address, p: Address, count: number, lambda: number): void;
  momentumStep(
    p: Address,
    g: Address,
    v: Address,
    count: number,
    rate: number,
    momentum: number,
    nesterov: boolean,
    keep: number,
  ): void;
  adamStep(
    p: Address,
    g: Address,
    a: Address,
    b: Address,
    count: number,
    rate: number,
    beta1: number,
    beta2: number,
    rest1: number,
    rest2: number,
    share1: number,
    share2: number,
    epsilon: number,
    keep: number,
  ): void;
  maskLayer(to: Address, from: Address, mask: Address, count: number): void;
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
  countNonZeroBytes(x: Address, count: number): number;
  bytesToFloats(
    to: Address,
    from: Address,
    rows: number,
    columns: number,
    toRow: number,
    scale: number,
  ): void;
  listBytes(
    x: Address,
    rows: number,
    columns: number,
    xRow: number,
    scale: number,
    rowLists: Address,
    rowListBytes: number,
    rowLengths: Address,
    placeRow: number,
    columnLists: Address,
    columnListBytes: number,
    columnLengths: Address,
    placeColumn: number,
  ): void;
  listFloats(
    x: Address,
    rows: number,
    columns: number,
    xRow: number,
    rowLists: Address,
    rowListBytes: number,
    rowLengths: Address,
    placeRow: number,
    columnLists: Address,
    columnListBytes: number,
    columnLengths: Address,
    placeColumn: number,
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
    cRow: number,
    more: boolean,
  ): void;
  sparseMultiplyUpdate(
    c: Address,
    rows: number,
    lists: Address,
    listBytes: number,
    lengths: Address,
    b: Address,
    columns: number,
    cRow: number,
    alpha: number,
  ): void;
}

// Node has WebAssembly, but the type packages of Node 20 do not describe it and those of the browser bring a
// thousand other names along: so the two constructors in use are described here.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

/**
 * The kernels come in two builds. `'fused'` uses fused multiply-add, one instruction that rounds once: quicker by
 * a third. It needs WebAssembly with relaxed SIMD. `'strict'` runs everywhere and gives the same bytes everywhere.
 */
export type KernelBuild = 'fused' | 'strict';

/** A module with one function, `f32x4.relaxed_madd` of its three arguments: valid where relaxed SIMD is known. */
const RELAXED_SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 0xfd, 0x85, 2, 11],
);

/** Whether this process can run the fused build; Node 20 can once it has been told to. */
function canFuse(): boolean {
  known ??= knowsRelaxedSimd();
  return known;
}

function knowsRelaxedSimd(): boolean {
  if (WebAssembly.validate(RELAXED_SIMD)) {
    return true;
  }
  try {
    // It stays set: a thread that took it back would take it from the others while they look.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  } catch {
    return false; // not V8, or one that knows no such flag
  }
  return WebAssembly.validate(RELAXED_SIMD);
}

let known: boolean | undefined;
let chosen: KernelBuild | undefined;

/**
 * The build of the kernels that this process uses, chosen once: the environment variable BATCHNORM_LAB_KERNELS
 * (`fused` or `strict`) decides, and where it is not set, what the processor's WebAssembly can do.
 * @throws RangeError for another value
 *
 * @example
 * console.log(['fused', 'strict'].includes(kernelBuild())); // prints true
 */
export function kernelBuild(): KernelBuild {
  if (chosen === undefined) {
    // An empty variable is one that is not set.
    const asked = (process.env.BATCHNORM_LAB_KERNELS || undefined) as KernelBuild | undefined; // checked next
    if (asked !== undefined) {
      checkChoice('the environment variable BATCHNORM_LAB_KERNELS', asked, ['fused', 'strict']);
    }
    chosen = asked ?? (canFuse() ? 'fused' : 'strict');
  }
  return chosen;
}

const compiled = new Map<KernelBuild, object>();

/**
 * A fresh instance of the kernels with a memory of its own; the code is compiled once.
 * @throws RangeError for the fused build where it cannot run
 */
export function loadKernels(build: KernelBuild = kernelBuild()): Kernels {
  if (build === 'fused' && !canFuse()) {
    throw new RangeError(
      `the fused kernels need WebAssembly with relaxed SIMD, which ${process.version} of Node has not; leave the ` +
        'environment variable BATCHNORM_LAB_KERNELS out, or set it to strict',
    );
  }
  let module = compiled.get(build);
  if (module === undefined) {
    module = new WebAssembly.Module(Buffer.from(build === 'fused' ? fusedKernels : strictKernels, 'base64'));
    compiled.set(build, module);
  }
  const { exports } = new WebAssembly.Instance(module, {});
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
