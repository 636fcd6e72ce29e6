// The first layer when most inputs are zero (MNIST: 81 %): only the others are multiplied.
// The non-zero elements are listed twice, by row for the forward pass and by column for the weights' update.
//
// A list is a run of pairs (place: u32, value: f32), where place is how many bytes after the first row of the other
// matrix the row stands that is to be taken value times. List i starts at base + i * listBytes, room enough for a list
// without zeros, and holds lengths[i] pairs.
import { listed, listedUpdate } from './dist/blocks';
import { nextWidth, scaleOf, ZEROS } from './multiply';

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
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), factor));
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), factor), 16);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), factor), 32);
      v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), factor), 48);
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

/** How many of `count` bytes are not zero. Reads up to 15 bytes past their end. */
export function countNonZeroBytes(x: usize, count: i32): i32 {
  let total = 0;
  for (let j = 0; j < count; j += 16) {
    total += popcnt(present(x + <usize>j, count - j));
  }
  return total;
}

/** A bit for each of 16 bytes that is not zero; those past the first `left` do not count. */
@inline
function present(x: usize, left: i32): i32 {
  const mask = i8x16.bitmask(i8x16.ne(v128.load(x), i8x16.splat(0)));
  return left >= 16 ? mask : mask & ((1 << left) - 1);
}

/** Bits for 64 bytes, as `present`. */
@inline
function present64(x: usize, left: i32): u64 {
  let mask = <u64>present(x, left);
  if (left > 16) mask |= <u64>present(x + 16, left - 16) << 16;
  if (left > 32) mask |= <u64>present(x + 32, left - 32) << 32;
  if (left > 48) mask |= <u64>present(x + 48, left - 48) << 48;
  return mask;
}

/** The 256 numbers that bytes stand for. */
const NUMBERS = memory.data(256 * 4, 16);

/**
 * Lists the non-zero elements of x by row: `columns` bytes in each of the rows, `xRow` bytes from one row to the next, which
 * stand for numbers `scale` times as large. Also by column, unless columnLists is 0. `placeRow` and `placeColumn` are the
 * bytes from one place to the next in the lists of the rows and of the columns. Reads up to 15 bytes past the end of x.
 */
export function listBytes(
  x: usize, rows: i32, columns: i32, xRow: usize, scale: f32,
  rowLists: usize, rowListBytes: usize, rowLengths: usize, placeRow: usize,
  columnLists: usize, columnListBytes: usize, columnLengths: usize, placeColumn: usize,
): void {
  for (let byte = 0; byte < 256; byte++) {
    store<f32>(NUMBERS + ((<usize>byte) << 2), <f32>byte * scale);
  }
  if (columnLists != 0) memory.fill(columnLengths, 0, <usize>columns << 2);
  for (let i = 0; i < rows; i++) {
    const row = x + <usize>i * xRow;
    const list = rowLists + <usize>i * rowListBytes;
    const place = <u32>i * <u32>placeColumn;
    let end = list;
    // 64 at a time: each end of the loop over the bits is a branch guessed wrongly
    for (let j = 0; j < columns; j += 64) {
      for (let mask = present64(row + <usize>j, columns - j); mask != 0; mask &= mask - 1) {
        const column = <usize>j + <usize>ctz(mask);
        const value = load<u32>(NUMBERS + (<usize>load<u8>(row + column) << 2));
        end = append(end, <u32>column * <u32>placeRow, value);
        if (columnLists != 0) toColumn(columnLists + column * columnListBytes, columnLengths + (column << 2), place, value);
      }
    }
    store<i32>(rowLengths + ((<usize>i) << 2), <i32>((end - list) >> 3));
  }
}

/** As `listBytes`, for float32 numbers; columns is a multiple of 4. */
export function listFloats(
  x: usize, rows: i32, columns: i32, xRow: usize,
  rowLists: usize, rowListBytes: usize, rowLengths: usize, placeRow: usize,
  columnLists: usize, columnListBytes: usize, columnLengths: usize, placeColumn: usize,
): void {
  const zero = f32x4.splat(0);
  if (columnLists != 0) memory.fill(columnLengths, 0, <usize>columns << 2);
  for (let i = 0; i < rows; i++) {
    const row = x + <usize>i * xRow;
    const list = rowLists + <usize>i * rowListBytes;
    const place = <u32>i * <u32>placeColumn;
    let end = list;
    for (let j = 0; j < columns; j += 4) {
      let mask = i32x4.bitmask(f32x4.ne(v128.load(row + ((<usize>j) << 2)), zero));
      for (; mask != 0; mask &= mask - 1) {
        const column = <usize>(j + ctz(mask));
        const value = load<u32>(row + (column << 2));
        end = append(end, <u32>column * <u32>placeRow, value);
        if (columnLists != 0) toColumn(columnLists + column * columnListBytes, columnLengths + (column << 2), place, value);
      }
    }
    store<i32>(rowLengths + ((<usize>i) << 2), <i32>((end - list) >> 3));
  }
}

/** Adds a pair to the list that ends at `end`; returns the new end. */
@inline
function append(end: usize, place: u32, value: u32): usize {
  store<u64>(end, (<u64>value << 32) | <u64>place);
  return end + 8;
}

/** Adds a pair to a column's list, whose length is at `count`. */
@inline
function toColumn(list: usize, count: usize, place: u32, value: u32): void {
  const length = load<u32>(count);
  append(list + (<usize>length << 3), place, value);
  store<u32>(count, length + 1);
}

/** C = X B + bias (bias = 0: none), or C = C + X B when `more` is true; X is listed by row. */
export function sparseMultiply(
  c: usize, rows: i32, lists: usize, listBytes: usize, lengths: usize,
  b: usize, bias: usize, columns: i32, cRow: usize, more: bool,
): void {
  for (let left = columns >> 2; left > 0; ) {
    const width = nextWidth(left, 13);
    const from = bias == 0 ? ZEROS : bias;
    for (let i = 0; i < rows; i++) {
      const start = lists + <usize>i * listBytes;
      const end = start + (<usize>load<i32>(lengths + ((<usize>i) << 2)) << 3);
      const to = c + <usize>i * cRow;
      listed(width, to, start, end, b, more ? to : from);
    }
    const bytes = <usize>width << 4;
    b += bytes;
    c += bytes;
    if (bias != 0) bias += bytes;
    left -= width;
  }
}

/**
 * C = C + alpha X^T B, with X listed by column. An empty list leaves its row of C alone: no gradient reaches the
 * weights of a pixel that is blank in the whole minibatch.
 */
export function sparseMultiplyUpdate(
  c: usize, rows: i32, lists: usize, listBytes: usize, lengths: usize,
  b: usize, columns: i32, cRow: usize, alpha: f32,
): void {
  const scale = scaleOf(alpha);
  for (let i = 0; i < rows; i++) {
    const length = <usize>load<i32>(lengths + ((<usize>i) << 2));
    if (length == 0) continue;
    const start = lists + <usize>i * listBytes;
    const end = start + (length << 3);
    let to = c + <usize>i * cRow;
    let from = b;
    for (let left = columns >> 2; left > 0; ) {
      const width = nextWidth(left, 13);
      listedUpdate(width, to, start, end, from, scale);
      to += <usize>width << 4;
      from += <usize>width << 4;
      left -= width;
    }
  }
}
