// Matrix product in register blocks of 2 rows by up to 24 columns: C = A B + bias, or C = C + alpha A B.
// Rows of A and C are padded to a multiple of 2, columns of B and C to a multiple of 4; strides are in bytes.
import { dense, denseUpdate } from './dist/blocks';

/** A row of zeros, as wide as the widest block: where there is no bias, sums start from it. */
export const ZEROS = memory.data(13 * 16, 16);
/** Four times the factor of an update. */
const SCALE = memory.data(16, 16);

/** Puts the factor of an update where the blocks find it. */
@inline
export function scaleOf(alpha: f32): usize {
  v128.store(SCALE, f32x4.splat(alpha));
  return SCALE;
}

/** The width of the next block: as few side by side as `most` vectors at a time allow, all about equally wide. */
@inline
export function nextWidth(left: i32, most: i32): i32 {
  const blocks = (left + most - 1) / most;
  return (left + blocks - 1) / blocks;
}

/**
 * C = A B + bias (bias = 0: none). Element (i, p) of A is at a + i aRow + p aColumn, so A may be a transpose.
 * rows is a multiple of 2, columns of 4.
 */
export function multiply(
  c: usize, a: usize, b: usize, bias: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize,
): void {
  // A block's columns of B stay in the first cache while all rows of A pass.
  for (let left = columns >> 2; left > 0; ) {
    const width = nextWidth(left, 6);
    const start = bias == 0 ? ZEROS : bias;
    for (let i = 0; i < rows; i += 2) {
      dense(width, c + <usize>i * cRow, a + <usize>i * aRow, b, depth, aRow, aColumn, bRow, cRow, start);
    }
    const bytes = <usize>width << 4;
    b += bytes;
    c += bytes;
    if (bias != 0) bias += bytes;
    left -= width;
  }
}

/** C = C + alpha A B: with A = x^T, B = du and alpha = -learningRate, the update of a weight matrix. */
export function multiplyUpdate(
  c: usize, a: usize, b: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32,
): void {
  const scale = scaleOf(alpha);
  for (let left = columns >> 2; left > 0; ) {
    const width = nextWidth(left, 6);
    for (let i = 0; i < rows; i += 2) {
      denseUpdate(width, c + <usize>i * cRow, a + <usize>i * aRow, b, depth, aRow, aColumn, bRow, cRow, scale);
    }
    const bytes = <usize>width << 4;
    b += bytes;
    c += bytes;
    left -= width;
  }
}

/** T = A^T. rows and columns are multiples of 4; strides in bytes. */
export function transpose(t: usize, a: usize, rows: i32, columns: i32, aRow: usize, tRow: usize): void {
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < columns; j += 4) {
      const from = a + <usize>i * aRow + ((<usize>j) << 2);
      const r0 = v128.load(from);
      const r1 = v128.load(from + aRow);
      const r2 = v128.load(from + 2 * aRow);
      const r3 = v128.load(from + 3 * aRow);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const to = t + <usize>j * tRow + ((<usize>i) << 2);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to + tRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(to + 2 * tRow, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(to + 3 * tRow, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
  }
}
