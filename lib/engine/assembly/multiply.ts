// Matrix product in register blocks of 4 rows by 12, 8 or 4 columns: C = A B + bias, or C = C + alpha A B.
// Rows of A and C are padded to a multiple of 4, columns of B and C too; strides are in bytes.

// The result's columns taken together: 12 sums of four numbers, three parts of a row of B and one element of A
// fill the 16 registers.

@inline
function finish(c: usize, sum: v128, alpha: v128, update: bool): void {
  if (update) {
    sum = f32x4.add(v128.load(c), f32x4.mul(alpha, sum));
  }
  v128.store(c, sum);
}

function block12(
  c: usize, a: usize, b: usize, bias: usize, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  if (bias != 0) {
    s00 = v128.load(bias);
    s01 = v128.load(bias, 16);
    s02 = v128.load(bias, 32);
  }
  let s10 = s00, s11 = s01, s12 = s02;
  let s20 = s00, s21 = s01, s22 = s02;
  let s30 = s00, s31 = s01, s32 = s02;
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let x = v128.load_splat<f32>(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    s02 = f32x4.add(s02, f32x4.mul(x, b2));
    x = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    s12 = f32x4.add(s12, f32x4.mul(x, b2));
    x = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    s22 = f32x4.add(s22, f32x4.mul(x, b2));
    x = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    s32 = f32x4.add(s32, f32x4.mul(x, b2));
    b += bRow;
    a += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
  }
  const scale = f32x4.splat(alpha);
  finish(c, s00, scale, update);
  finish(c + 16, s01, scale, update);
  finish(c + 32, s02, scale, update);
  c += cRow;
  finish(c, s10, scale, update);
  finish(c + 16, s11, scale, update);
  finish(c + 32, s12, scale, update);
  c += cRow;
  finish(c, s20, scale, update);
  finish(c + 16, s21, scale, update);
  finish(c + 32, s22, scale, update);
  c += cRow;
  finish(c, s30, scale, update);
  finish(c + 16, s31, scale, update);
  finish(c + 32, s32, scale, update);
}

function block8(
  c: usize, a: usize, b: usize, bias: usize, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  if (bias != 0) {
    s00 = v128.load(bias);
    s01 = v128.load(bias, 16);
  }
  let s10 = s00, s11 = s01;
  let s20 = s00, s21 = s01;
  let s30 = s00, s31 = s01;
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    b += bRow;
    a += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
  }
  const scale = f32x4.splat(alpha);
  finish(c, s00, scale, update);
  finish(c + 16, s01, scale, update);
  c += cRow;
  finish(c, s10, scale, update);
  finish(c + 16, s11, scale, update);
  c += cRow;
  finish(c, s20, scale, update);
  finish(c + 16, s21, scale, update);
  c += cRow;
  finish(c, s30, scale, update);
  finish(c + 16, s31, scale, update);
}

function block4(
  c: usize, a: usize, b: usize, bias: usize, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  let s0 = f32x4.splat(0);
  if (bias != 0) s0 = v128.load(bias);
  let s1 = s0, s2 = s0, s3 = s0;
  const a1 = aRow;
  const a2 = a1 + aRow;
  const a3 = a2 + aRow;
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    s0 = f32x4.add(s0, f32x4.mul(v128.load_splat<f32>(a), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load_splat<f32>(a + a1), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load_splat<f32>(a + a2), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load_splat<f32>(a + a3), b0));
    b += bRow;
    a += aColumn;
  }
  const scale = f32x4.splat(alpha);
  finish(c, s0, scale, update);
  finish(c + cRow, s1, scale, update);
  finish(c + 2 * cRow, s2, scale, update);
  finish(c + 3 * cRow, s3, scale, update);
}

@inline
function product(
  c: usize, a: usize, b: usize, bias: usize, rows: i32, columns: i32, depth: i32,
  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  // 12 columns of B stay in the first cache while all rows of A pass.
  let j = 0;
  while (j < columns) {
    const left = columns - j;
    // 16 columns left are taken as 8 + 8: a block of 4 alone would wait for its few sums.
    const width = left == 16 || left == 8 ? 8 : left >= 12 ? 12 : left >= 8 ? 8 : 4;
    const at = (<usize>j) << 2;
    const biasAt: usize = bias == 0 ? 0 : bias + at;
    for (let i = 0; i < rows; i += 4) {
      const cAt = c + <usize>i * cRow + at;
      const aAt = a + <usize>i * aRow;
      if (width == 12) {
        block12(cAt, aAt, b + at, biasAt, depth, aRow, aColumn, bRow, cRow, alpha, update);
      } else if (width == 8) {
        block8(cAt, aAt, b + at, biasAt, depth, aRow, aColumn, bRow, cRow, alpha, update);
      } else {
        block4(cAt, aAt, b + at, biasAt, depth, aRow, aColumn, bRow, cRow, alpha, update);
      }
    }
    j += width;
  }
}

/**
 * C = A B + bias (bias = 0: none). Element (i, p) of A is at a + i aRow + p aColumn, so A may be a transpose.
 * rows and columns are multiples of 4.
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
