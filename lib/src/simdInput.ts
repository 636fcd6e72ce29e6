/** The minibatch that enters the SIMD engine: its numbers, its labels, and the list of its non-zero elements. */
import type { Dataset } from './dataset.js';
import type { Address, Arena, Kernels } from './kernels.js';
import { type SimdLayer, up4 } from './simdLayer.js';

/**
 * Below this share of non-zero inputs it is quicker to list them and skip the zeros. Measured: an element of
 * the list costs about twice what an element of the full product costs.
 */
const SPARSE_BELOW = 0.4;

export class SimdInput {
  /** m x inputs numbers, each row padded. */
  readonly x: Address;
  /** Bytes from one row of x to the next. */
  readonly stride: number;
  readonly labels: Address;
  private readonly raw: Address;
  /** Lists of (place, value) pairs, and how many pairs each holds; bytes from one list to the next. */
  private readonly rowLists: Address;
  private readonly rowLengths: Address;
  private readonly rowListBytes: number;
  private readonly columnLists: Address;
  private readonly columnLengths: Address;
  private readonly columnListBytes: number;
  private readonly columns4: number;
  private sparse = false;

  constructor(
    private readonly kernels: Kernels,
    arena: Arena,
    private readonly columns: number,
    rows: number,
  ) {
    this.columns4 = up4(columns);
    this.stride = 4 * this.columns4;
    const elements = rows * this.columns4;
    this.x = arena.floats(elements);
    this.labels = arena.bytes(rows);
    this.raw = arena.bytes(rows * columns + 16); // the kernel reads 16 bytes at a time
    // One pair more than there can be: a zero is written before it is found to be one.
    this.rowListBytes = 8 * (this.columns4 + 1);
    this.rowLists = arena.bytes(rows * this.rowListBytes);
    this.rowLengths = arena.floats(rows);
    this.columnListBytes = 8 * (rows + 1);
    this.columnLists = arena.bytes(this.columns4 * this.columnListBytes);
    this.columnLengths = arena.floats(this.columns4);
  }

  /** Takes in m x columns numbers. */
  put(x: Float32Array, m: number): void {
    const memory = new Float32Array(this.kernels.memory.buffer);
    if (this.columns === this.columns4) {
      memory.set(x, this.x / 4);
    } else {
      for (let i = 0; i < m; i++) {
        memory.set(x.subarray(i * this.columns, (i + 1) * this.columns), (this.x + i * this.stride) / 4);
      }
    }
    this.list(m, this.kernels.countNonZero(this.x, m * this.columns4));
  }

  /** Takes in examples of a data set by their indices, with their labels; bytes become numbers here. */
  putExamples(data: Dataset, indices: ArrayLike<number>): void {
    const m = indices.length;
    const { x, labels, scale } = data;
    const d = this.columns;
    const bytes = new Uint8Array(this.kernels.memory.buffer);
    const floats = new Float32Array(this.kernels.memory.buffer);
    for (let i = 0; i < m; i++) {
      const index = indices[i];
      const row = x.subarray(index * d, (index + 1) * d);
      bytes[this.labels + i] = labels[index];
      if (row instanceof Uint8Array) {
        bytes.set(row, this.raw + i * d);
      } else {
        const start = (this.x + i * this.stride) / 4;
        for (let j = 0; j < d; j++) {
          floats[start + j] = row[j] * scale;
        }
      }
    }
    const nonZero =
      x instanceof Uint8Array
        ? this.kernels.bytesToFloats(this.x, this.raw, m, d, this.stride, scale)
        : this.kernels.countNonZero(this.x, m * this.columns4);
    this.list(m, nonZero);
  }

  /** u = x W + b of the first layer. */
  multiply(layer: SimdLayer, m: number): void {
    const { kernels } = this;
    const { u, weights, bias, outputs4, stride } = layer;
    if (this.sparse) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.sparseMultiply(
        u, m, this.rowLists, this.rowListBytes, this.rowLengths,
        weights, bias, outputs4, stride, stride,
      );
    } else {
      kernels.multiply(
        u,
        this.x,
        weights,
        bias,
        up4(m),
        outputs4,
        this.columns,
        this.stride,
        4,
        stride,
        stride,
      );
    }
  }

  /** W <- W - learningRate x^T du of the first layer. */
  update(layer: SimdLayer, du: Address, m: number, learningRate: number): void {
    const { kernels } = this;
    const { weights, outputs4, stride } = layer;
    if (this.sparse) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.sparseMultiplyUpdate(
        weights, this.columns4, this.columnLists, this.columnListBytes, this.columnLengths,
        du, outputs4, stride, stride, -learningRate,
      );
    } else {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.multiplyUpdate(
        weights, this.x, du, this.columns4, outputs4, m,
        4, this.stride, stride, stride, -learningRate,
      );
    }
  }

  /** Lists the non-zero elements when they are few. */
  private list(m: number, nonZero: number): void {
    const { kernels } = this;
    this.sparse = nonZero < SPARSE_BELOW * m * this.columns;
    if (this.sparse) {
      // biome-ignore format: arguments that belong together stand in one row
      kernels.compress(
        this.x, m, this.columns4, this.stride,
        this.rowLists, this.rowListBytes, this.rowLengths,
        this.columnLists, this.columnListBytes, this.columnLengths,
      );
    }
  }
}
