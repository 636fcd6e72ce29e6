// The first layer when most inputs are zero (MNIST: 81 %): only the others are multiplied.
// The non-zero elements are listed twice, by row for the forward pass and by column for the weights' update.

/** How many of `count` floats (a multiple of 4) are not zero. */
export function countNonZero(x: usize, count: i32): i32 {
  const zero = f32x4.splat(0);
  let total = 0;
  for (let i = 0; i < count; i += 4) {
    total += popcnt(i32x4.bitmask(f32x4.ne(v128.load(x + ((<usize>i) << 2)), zero)));
  }
  return total;
}

/** Bytes to floats, times `scale`; the row's padding is left as it is (zero). */
export function bytesToFloats(to: usize, from: usize, rows: i32, columns: i32, toRow: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (let i = 0; i < rows; i++) {
    let source = from + <usize>i * columns;
    let target = to + <usize>i * toRow;
    let j = 0;
    for (; j + 16 <= columns; j += 16) {
      const bytes = v128.load(source);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), factor));
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), factor), 16);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), factor), 32);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), factor), 48);
      source += 16;
      target += 64;
    }
    for (; j < columns; j++) {
      store<f32>(target, <f32>load<u8>(source) * scale);
      source += 1;
      target += 4;
    }
  }
}

/**
 * Lists the non-zero elements of x (rows x columns, columns a multiple of 4).
 * By row: element e has its column at rowIndex + 4 e and its value at rowValue + 4 e; row i's elements are
 * rowStart[i] <= e < rowStart[i + 1]. By column the same, with `columnIndex` holding rows.
 */
export function compress(
  x: usize, rows: i32, columns: i32, xRow: usize,
  rowStart: usize, rowIndex: usize, rowValue: usize,
  columnStart: usize, columnIndex: usize, columnValue: usize,
): void {
  const zero = f32x4.splat(0);
  memory.fill(columnStart, 0, (<usize>columns + 2) << 2);
  let e: usize = 0;
  for (let i = 0; i < rows; i++) {
    store<i32>(rowStart + ((<usize>i) << 2), <i32>e);
    const row = x + <usize>i * xRow;
    for (let j = 0; j < columns; j += 4) {
      let mask = i32x4.bitmask(f32x4.ne(v128.load(row + ((<usize>j) << 2)), zero));
      while (mask != 0) {
        const column = j + ctz(mask);
        mask &= mask - 1;
        const at = e << 2;
        store<i32>(rowIndex + at, column);
        store<f32>(rowValue + at, load<f32>(row + ((<usize>column) << 2)));
        // counted two places on: after the sums below, place column + 1 is where this column's list starts
        const count = columnStart + ((<usize>column + 2) << 2);
        store<i32>(count, load<i32>(count) + 1);
        e++;
      }
    }
  }
  store<i32>(rowStart + ((<usize>rows) << 2), <i32>e);
  for (let j: usize = 1; j <= <usize>columns; j++) {
    const at = columnStart + (j << 2);
    store<i32>(at + 4, load<i32>(at + 4) + load<i32>(at));
  }
  for (let i = 0; i < rows; i++) {
    const end = <usize>load<i32>(rowStart + ((<usize>i + 1) << 2));
    for (let f = <usize>load<i32>(rowStart + ((<usize>i) << 2)); f < end; f++) {
      const column = <usize>load<i32>(rowIndex + (f << 2));
      // the start moves up as the list fills; in the end it is where the next column's list starts
      const cursor = columnStart + ((column + 1) << 2);
      const place = <usize>load<i32>(cursor);
      store<i32>(cursor, <i32>(place + 1));
      store<i32>(columnIndex + (place << 2), i);
      store<f32>(columnValue + (place << 2), load<f32>(rowValue + (f << 2)));
    }
  }
}

/** 16 columns of one row of the sum: start + sum over the list of value * b[index]. */
@inline
function gather16(
  c: usize, start: usize, end: usize, index: usize, value: usize,
  b: usize, bRow: usize, bias: usize, alpha: f32, update: bool,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  if (bias != 0) {
    s0 = v128.load(bias);
    s1 = v128.load(bias, 16);
    s2 = v128.load(bias, 32);
    s3 = v128.load(bias, 48);
  }
  for (let e = start; e < end; e += 4) {
    const x = v128.load_splat<f32>(value + e);
    const row = b + <usize>load<i32>(index + e) * bRow;
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(row)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(row, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(row, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(row, 48)));
  }
  if (update) {
    const scale = f32x4.splat(alpha);
    s0 = f32x4.add(v128.load(c), f32x4.mul(scale, s0));
    s1 = f32x4.add(v128.load(c, 16), f32x4.mul(scale, s1));
    s2 = f32x4.add(v128.load(c, 32), f32x4.mul(scale, s2));
    s3 = f32x4.add(v128.load(c, 48), f32x4.mul(scale, s3));
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

/** 36 columns of one row: nine sums, so that the loop's own cost and the lookups are shared by more of them. */
@inline
function gather36(
  c: usize, start: usize, end: usize, index: usize, value: usize,
  b: usize, bRow: usize, bias: usize, alpha: f32, update: bool,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0;
  if (bias != 0) {
    s0 = v128.load(bias);
    s1 = v128.load(bias, 16);
    s2 = v128.load(bias, 32);
    s3 = v128.load(bias, 48);
    s4 = v128.load(bias, 64);
    s5 = v128.load(bias, 80);
    s6 = v128.load(bias, 96);
    s7 = v128.load(bias, 112);
    s8 = v128.load(bias, 128);
  }
  for (let e = start; e < end; e += 4) {
    const x = v128.load_splat<f32>(value + e);
    const row = b + <usize>load<i32>(index + e) * bRow;
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(row)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(row, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(row, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(row, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(row, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(row, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(row, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(row, 112)));
    s8 = f32x4.add(s8, f32x4.mul(x, v128.load(row, 128)));
  }
  if (update) {
    const scale = f32x4.splat(alpha);
    s0 = f32x4.add(v128.load(c), f32x4.mul(scale, s0));
    s1 = f32x4.add(v128.load(c, 16), f32x4.mul(scale, s1));
    s2 = f32x4.add(v128.load(c, 32), f32x4.mul(scale, s2));
    s3 = f32x4.add(v128.load(c, 48), f32x4.mul(scale, s3));
    s4 = f32x4.add(v128.load(c, 64), f32x4.mul(scale, s4));
    s5 = f32x4.add(v128.load(c, 80), f32x4.mul(scale, s5));
    s6 = f32x4.add(v128.load(c, 96), f32x4.mul(scale, s6));
    s7 = f32x4.add(v128.load(c, 112), f32x4.mul(scale, s7));
    s8 = f32x4.add(v128.load(c, 128), f32x4.mul(scale, s8));
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
  v128.store(c, s8, 128);
}

/** 4 columns of one row. */
@inline
function gather4(
  c: usize, start: usize, end: usize, index: usize, value: usize,
  b: usize, bRow: usize, bias: usize, alpha: f32, update: bool,
): void {
  let s = bias == 0 ? f32x4.splat(0) : v128.load(bias);
  for (let e = start; e < end; e += 4) {
    const row = b + <usize>load<i32>(index + e) * bRow;
    s = f32x4.add(s, f32x4.mul(v128.load_splat<f32>(value + e), v128.load(row)));
  }
  if (update) s = f32x4.add(v128.load(c), f32x4.mul(f32x4.splat(alpha), s));
  v128.store(c, s);
}

/**
 * For each list i: C[i] = bias + sum of value * B[index], or C[i] = C[i] + alpha * that sum. An empty list
 * leaves an updated row alone: no gradient reaches the weights of a pixel that is blank in the whole minibatch.
 */
@inline
function gather(
  c: usize, lists: i32, start: usize, index: usize, value: usize,
  b: usize, bias: usize, columns: i32, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  for (let i = 0; i < lists; i++) {
    const first = (<usize>load<i32>(start + ((<usize>i) << 2))) << 2;
    const end = (<usize>load<i32>(start + ((<usize>i + 1) << 2))) << 2;
    if (update && first == end) continue;
    const row = c + <usize>i * cRow;
    let j = 0;
    for (; j + 36 <= columns; j += 36) {
      const at = (<usize>j) << 2;
      gather36(row + at, first, end, index, value, b + at, bRow, bias == 0 ? 0 : bias + at, alpha, update);
    }
    for (; j + 16 <= columns; j += 16) {
      const at = (<usize>j) << 2;
      gather16(row + at, first, end, index, value, b + at, bRow, bias == 0 ? 0 : bias + at, alpha, update);
    }
    for (; j < columns; j += 4) {
      const at = (<usize>j) << 2;
      gather4(row + at, first, end, index, value, b + at, bRow, bias == 0 ? 0 : bias + at, alpha, update);
    }
  }
}

/** C = X B + bias, with X listed by row. */
export function sparseMultiply(
  c: usize, rows: i32, start: usize, index: usize, value: usize,
  b: usize, bias: usize, columns: i32, bRow: usize, cRow: usize,
): void {
  gather(c, rows, start, index, value, b, bias, columns, bRow, cRow, 0, false);
}

/** C = C + alpha X^T B, with X listed by column. */
export function sparseMultiplyUpdate(
  c: usize, rows: i32, start: usize, index: usize, value: usize,
  b: usize, columns: i32, bRow: usize, cRow: usize, alpha: f32,
): void {
  gather(c, rows, start, index, value, b, 0, columns, bRow, cRow, alpha, true);
}
