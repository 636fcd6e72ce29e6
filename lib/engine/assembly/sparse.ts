// The first layer when most inputs are zero (MNIST: 81 %): only the others are multiplied.
// The non-zero elements are listed twice, by row for the forward pass and by column for the weights' update.
//
// A list is a run of pairs (place: i32, value: f32). List i starts at base + i * listBytes, room enough for a
// list without zeros, and holds lengths[i] pairs.
import {
  listed1, listed2, listed3, listed4, listed5, listed6, listed7, listed8, listed9, listed10, listed11, listed12,
} from './dist/blocks';

/** How many of `count` floats (a multiple of 4) are not zero. */
export function countNonZero(x: usize, count: i32): i32 {
  const zero = f32x4.splat(0);
  let total = 0;
  for (let i = 0; i < count; i += 4) {
    total += popcnt(i32x4.bitmask(f32x4.ne(v128.load(x + ((<usize>i) << 2)), zero)));
  }
  return total;
}

/**
 * Bytes to floats, times `scale`; the row's padding is left as it is (zero). Returns how many are not zero.
 * Reads up to 15 bytes past the last row's end.
 */
export function bytesToFloats(to: usize, from: usize, rows: i32, columns: i32, toRow: usize, scale: f32): i32 {
  const factor = f32x4.splat(scale);
  const zero = i8x16.splat(0);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    let source = from + <usize>i * columns;
    let target = to + <usize>i * toRow;
    let j = 0;
    for (; j + 16 <= columns; j += 16) {
      const bytes = v128.load(source);
      total += popcnt(i8x16.bitmask(i8x16.ne(bytes, zero)));
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), factor));
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), factor), 16);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), factor), 32);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), factor), 48);
      source += 16;
      target += 64;
    }
    for (; j < columns; j++) {
      const value = load<u8>(source);
      total += <i32>(value != 0);
      store<f32>(target, <f32>value * scale);
      source += 1;
      target += 4;
    }
  }
  return total;
}

/** Lists the non-zero elements of x (rows x columns, columns a multiple of 4) by row and by column. */
export function compress(
  x: usize, rows: i32, columns: i32, xRow: usize,
  rowLists: usize, rowListBytes: usize, rowLengths: usize,
  columnLists: usize, columnListBytes: usize, columnLengths: usize,
): void {
  const zero = f32x4.splat(0);
  memory.fill(columnLengths, 0, <usize>columns << 2);
  for (let i = 0; i < rows; i++) {
    const row = x + <usize>i * xRow;
    const list = rowLists + <usize>i * rowListBytes;
    let end = list;
    for (let j = 0; j < columns; j += 4) {
      const mask = i32x4.bitmask(f32x4.ne(v128.load(row + ((<usize>j) << 2)), zero));
      if (mask == 0) continue;
      // Each of the four is written, and the next one over it when it was zero: a branch for each would be
      // guessed wrongly at every edge of a stroke.
      for (let lane = 0; lane < 4; lane++) {
        const column = j + lane;
        const value = <u64>load<u32>(row + ((<usize>column) << 2)) << 32;
        const present = (mask >> lane) & 1;
        store<u64>(end, value | column);
        end += <usize>present << 3;
        const count = columnLengths + ((<usize>column) << 2);
        const length = load<i32>(count);
        store<u64>(columnLists + <usize>column * columnListBytes + (<usize>length << 3), value | i);
        store<i32>(count, length + present);
      }
    }
    store<i32>(rowLengths + ((<usize>i) << 2), <i32>((end - list) >> 3));
  }
}

/** The part of one row of C that is `width` vectors wide. */
@inline
function block(
  width: i32, c: usize, start: usize, end: usize,
  b: usize, bRow: usize, bias: usize, alpha: f32, update: bool,
): void {
  switch (width) {
    case 1: listed1(c, start, end, b, bRow, bias, alpha, update); break;
    case 2: listed2(c, start, end, b, bRow, bias, alpha, update); break;
    case 3: listed3(c, start, end, b, bRow, bias, alpha, update); break;
    case 4: listed4(c, start, end, b, bRow, bias, alpha, update); break;
    case 5: listed5(c, start, end, b, bRow, bias, alpha, update); break;
    case 6: listed6(c, start, end, b, bRow, bias, alpha, update); break;
    case 7: listed7(c, start, end, b, bRow, bias, alpha, update); break;
    case 8: listed8(c, start, end, b, bRow, bias, alpha, update); break;
    case 9: listed9(c, start, end, b, bRow, bias, alpha, update); break;
    case 10: listed10(c, start, end, b, bRow, bias, alpha, update); break;
    case 11: listed11(c, start, end, b, bRow, bias, alpha, update); break;
    default: listed12(c, start, end, b, bRow, bias, alpha, update); break;
  }
}

/**
 * For each list i: C[i] = bias + sum of value * B[place], or C[i] = C[i] + alpha * that sum. An empty list
 * leaves an updated row alone: no gradient reaches the weights of a pixel that is blank in the whole minibatch.
 */
@inline
function gather(
  c: usize, count: i32, lists: usize, listBytes: usize, lengths: usize,
  b: usize, bias: usize, columns: i32, bRow: usize, cRow: usize, alpha: f32, update: bool,
): void {
  const vectors = columns >> 2;
  for (let i = 0; i < count; i++) {
    const length = <usize>load<i32>(lengths + ((<usize>i) << 2));
    if (update && length == 0) continue;
    const start = lists + <usize>i * listBytes;
    const end = start + (length << 3);
    const row = c + <usize>i * cRow;
    // as few passes over the list as 12 vectors at a time allow, all about equally wide
    let done = 0;
    while (done < vectors) {
      const left = vectors - done;
      const passes = (left + 11) / 12;
      const width = (left + passes - 1) / passes;
      const at = <usize>done << 4;
      const biasAt: usize = bias == 0 ? 0 : bias + at;
      block(width, row + at, start, end, b + at, bRow, biasAt, alpha, update);
      done += width;
    }
  }
}

/** C = X B + bias, with X listed by row. */
export function sparseMultiply(
  c: usize, rows: i32, lists: usize, listBytes: usize, lengths: usize,
  b: usize, bias: usize, columns: i32, bRow: usize, cRow: usize,
): void {
  gather(c, rows, lists, listBytes, lengths, b, bias, columns, bRow, cRow, 0, false);
}

/** C = C + alpha X^T B, with X listed by column. */
export function sparseMultiplyUpdate(
  c: usize, rows: i32, lists: usize, listBytes: usize, lengths: usize,
  b: usize, columns: i32, bRow: usize, cRow: usize, alpha: f32,
): void {
  gather(c, rows, lists, listBytes, lengths, b, 0, columns, bRow, cRow, alpha, true);
}
