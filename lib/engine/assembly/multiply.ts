// Matrix product in register blocks of 2 rows by 16, 12, 8 or 4 columns: C = A B + bias, or C = C + alpha A B.
// Rows of A and C are padded to a multiple of 2, columns of B and C to a multiple of 4; strides are in bytes.
import { dense1, dense2, dense3, dense4 } from './dist/blocks';

@inline
function product(
  c: usize, a: usize, b: usize, bias: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  // A block's columns of B stay in the first cache while all rows of A pass.
  let left = columns >> 2;
  while (left > 0) {
    // 5 vectors are taken as 3 + 2: a block of one would wait for its two sums.
    const width = left == 5 ? 3 : min(left, 4);
    for (let i = 0; i < rows; i += 2) {
      const to = c + <usize>i * cRow;
      const from = a + <usize>i * aRow;
      if (width == 4) dense4(to, from, b, bias, depth, aRow, aColumn, bRow, cRow, alpha, update);
      else if (width == 3) dense3(to, from, b, bias, depth, aRow, aColumn, bRow, cRow, alpha, update);
      else if (width == 2) dense2(to, from, b, bias, depth, aRow, aColumn, bRow, cRow, alpha, update);
      else dense1(to, from, b, bias, depth, aRow, aColumn, bRow, cRow, alpha, update);
    }
    const bytes = <usize>width << 4;
    b += bytes;
    c += bytes;
    if (bias != 0) bias += bytes;
    left -= width;
  }
}

/**
 * C = A B + bias (bias = 0: none). Element (i, p) of A is at a + i aRow + p aColumn, so A may be a transpose.
 * rows is a multiple of 2, columns of 4.
 */
export function multiply(
  c: usize, a: usize, b: usize, bias: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize,
): void {
  product(c, a, b, bias, rows, columns, depth, aRow, aColumn, bRow, cRow, 0, false);
}

/** C = C + alpha A B: with A = x^T, B = du and alpha = -learningRate, the update of a weight matrix. */
export function multiplyUpdate(
  c: usize, a: usize, b: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32,
): void {
  product(c, a, b, 0, rows, columns, depth, aRow, aColumn, bRow, cRow, alpha, true);
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
