/** The minibatch that enters the SIMD engine: its numbers, its labels, and the list of its non-zero elements. */
import type { Dataset } from './dataset.js';
import type { Address, Arena, Kernels } from './kernels.js';
import { type SimdLayer, up4 } from './simdLayer.js';

/**
 * Below this share of non-zero inputs it is quicker to list them and skip the zeros. Measured: an element of
 * the list costs about twice what an element of the full product costs.
 */
const SPARSE_BELOW = 0.4;

/**
 * Inputs are listed in bands of at most so many (a multiple of 64), one band after the other for all examples: the
 * weights of one band stay near the processor from one example to the next.
 */
const BAND = 448;

/** Some of the inputs, and the lists of their non-zero elements, one list an example. */
interface Band {
  /** The first input, and how many there are. */
  readonly start: number;
  readonly columns: number;
  /** Lists of (place, value) pairs, and how many pairs each holds; bytes from one list to the next. */
  readonly lists: Address;
  readonly lengths: Address;
  readonly listBytes: number;
}

export class SimdInput {
  /** m x inputs numbers, each row padded. */
  readonly x: Address;
  /** Bytes from one row of x to the next. */
  readonly stride: number;
  readonly labels: Address;
  private readonly raw: Address;
  private readonly bands: readonly Band[];
  /** The same lists by input, for the update of the weights. */
  private readonly columnLists: Address;
  private readonly columnLengths: Address;
  private readonly columnListBytes: number;
  private readonly columns4: number;
  private sparse = false;

  constructor(
    private readonly kernels: Kernels,
    arena: Arena,
    private readonly columns: number,
    /** Bytes from one row of the first layer's W and u to the next. */
    private readonly layerStride: number,
    rows: number,
  ) {
    this.columns4 = up4(columns);
    this.stride = 4 * this.columns4;
    this.x = arena.floats(rows * this.columns4);
    this.labels = arena.bytes(rows);
    this.raw = arena.bytes(rows * columns + 16); // the kernel reads 16 bytes at a time
    const width = 64 * Math.ceil(columns / Math.ceil(columns / BAND) / 64);
    this.bands = Array.from({ length: Math.ceil(columns / width) }, (_, band) => {
      const start = band * width;
      const inBand = Math.min(width, columns - start);
      const listBytes = 8 * inBand;
      return {
        start,
        columns: inBand,
        lists: arena.bytes(rows * listBytes),
        lengths: arena.floats(rows),
        listBytes,
      };
    });
    this.columnListBytes = 8 * rows;
    this.columnLists = arena.bytes(this.columns4 * this.columnListBytes);
    this.columnLengths = arena.floats(this.columns4);
  }

  /** Takes in m x columns numbers; `training` says whether the weights will be updated. */
  put(x: Float32Array, m: number, training: boolean): void {
    const memory = new Float32Array(this.kernels.memory.buffer);
    if (this.columns === this.columns4) {
      memory.set(x, this.x / 4);
    } else {
      for (let i = 0; i < m; i++) {
        memory.set(x.subarray(i * this.columns, (i + 1) * this.columns), (this.x + i * this.stride) / 4);
      }
    }
    this.takeFloats(m, training);
  }

  /** Takes in examples of a data set by their indices, with their labels; bytes become numbers here. */
  putExamples(data: Dataset, indices: ArrayLike<number>, training: boolean): void {
    const m = indices.length;
    const { x, labels, scale } = data;
    const d = this.columns;
    const bytes = new Uint8Array(this.kernels.memory.buffer);
    for (let i = 0; i < m; i++) {
      bytes[this.labels + i] = labels[indices[i]];
    }
    if (x instanceof Uint8Array) {
      // Kept, in a place that is never looked at, so that the reading is not optimised away.
      bytes[this.raw + m * d] = bring(x, indices, d);
      for (let i = 0; i < m; i++) {
        const start = indices[i] * d;
        bytes.set(x.subarray(start, start + d), this.raw + i * d);
      }
      this.takeBytes(m, scale, training);
      return;
    }
    const floats = new Float32Array(this.kernels.memory.buffer);
    for (let i = 0; i < m; i++) {
      const from = indices[i] * d;
      const to = (this.x + i * this.stride) / 4;
      for (let j = 0; j < d; j++) {
        floats[to + j] = x[from + j] * scale;
      }
    }
    this.takeFloats(m, training);
  }

  /** u = x W + b of the first layer. */
  multiply(layer: SimdLayer, m: number): void {
    const { kernels } = this;
    const { u, weights, bias, outputs4, stride } = layer;
    if (!this.sparse) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.multiply(
        u, this.x, weights, bias, up4(m), outputs4, this.columns,
        this.stride, 4, stride, stride,
      );
      return;
    }
    for (const { start, lists, listBytes, lengths } of this.bands) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.sparseMultiply(
        u, m, lists, listBytes, lengths,
        weights + start * stride, bias, outputs4, stride, start > 0,
      );
    }
  }

  /** target <- target - rate x^T du of the first layer: its weights, or where their gradient is gathered. */
  update(layer: SimdLayer, target: Address, du: Address, m: number, rate: number): void {
    const { kernels } = this;
    const { outputs4, stride } = layer;
    if (this.sparse) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.sparseMultiplyUpdate(
        target, this.columns, this.columnLists, this.columnListBytes, this.columnLengths,
        du, outputs4, stride, -rate,
      );
    } else {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.multiplyUpdate(
        target, this.x, du, this.columns4, outputs4, m,
        4, this.stride, stride, stride, -rate,
      );
    }
  }

  /** Bytes become lists of the non-zero ones where these are few, else numbers. */
  private takeBytes(m: number, scale: number, training: boolean): void {
    const { kernels, raw, columns } = this;
    this.sparse = this.areFew(kernels.countNonZeroBytes(raw, m * columns), m);
    if (!this.sparse) {
      kernels.bytesToFloats(this.x, raw, m, columns, this.stride, scale);
      return;
    }
    const { layerStride, columnLists, columnListBytes, columnLengths } = this;
    for (const { start, columns: inBand, lists, listBytes, lengths } of this.bands) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.listBytes(
        raw + start, m, inBand, columns, scale, lists, listBytes, lengths, layerStride,
        training ? columnLists + start * columnListBytes : 0, columnListBytes, columnLengths + 4 * start, layerStride,
      );
    }
  }

  /** The non-zero elements of x are listed where they are few. */
  private takeFloats(m: number, training: boolean): void {
    const { kernels, x, stride } = this;
    this.sparse = this.areFew(kernels.countNonZero(x, m * this.columns4), m);
    if (!this.sparse) {
      return;
    }
    const { layerStride, columnLists, columnListBytes, columnLengths } = this;
    for (const { start, columns, lists, listBytes, lengths } of this.bands) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.listFloats(
        x + 4 * start, m, up4(columns), stride, lists, listBytes, lengths, layerStride,
        training ? columnLists + start * columnListBytes : 0, columnListBytes, columnLengths + 4 * start, layerStride,
      );
    }
  }

  private areFew(nonZero: number, m: number): boolean {
    return nonZero < SPARSE_BELOW * m * this.columns;
  }
}

/**
 * Reads a byte of every line of 64 of the examples. The processor then fetches many lines from the main memory at
 * once, while a copy of row after row would wait for each: half the time.
 */
function bring(x: Uint8Array, indices: ArrayLike<number>, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 64) {
    for (let i = 0; i < indices.length; i++) {
      sum += x[indices[i] * d + j];
    }
  }
  return sum;
}
