// A plan's matrix of n / copies rows: the passes of rows.ts over all of it, with the few rows that are left over, and
// the way between features and columns.
import { Plan } from './plan';
import { firstLanes, highHalf } from './planes';
import { mapRowPairs, mapRows, sumRowPairs, sumRows } from './rows';

/** Rows that float32 sums take in before they are put into their float64 totals. */
const ROWS_A_SUM: i32 = 128;
/** Bytes that the second pass takes in ascending order before it goes back. */
const CHUNK: usize = 32768;

/** What so many float32 numbers take. */
@inline
export function bytes(numbers: i32): usize {
  return (<usize>numbers) << 2;
}

@inline
function up16(size: usize): usize {
  return (size + 15) & ~15;
}

/** Each column gets its feature's number. */
export function spread(p: Plan, wide: usize, narrow: usize): void {
  if (wide == narrow) return;
  const row = p.d * p.inner;
  if (p.inner == 1) {
    memory.copy(wide, narrow, bytes(row));
  } else {
    let to = wide;
    for (let f = 0; f < p.d; f++) {
      const value = load<f32>(narrow + bytes(f));
      for (let k = 0; k < p.inner; k++, to += 4) store<f32>(to, value);
    }
  }
  for (let copy = 1; copy < p.copies; copy++) memory.copy(wide + bytes(copy * row), wide, bytes(row));
}

/** The sums of each feature from those of its columns. */
function gather(p: Plan, narrow: usize, wide: usize): void {
  if (wide == narrow) return;
  const row = 2 * bytes(p.d * p.inner);
  if (p.inner == 1) {
    for (let f = 0; f < p.d; f += 2) {
      let from = wide + 2 * bytes(f);
      let sum = v128.load(from);
      for (let copy = 1; copy < p.copies; copy++) {
        from += row;
        sum = f64x2.add(sum, v128.load(from));
      }
      v128.store(narrow + 2 * bytes(f), sum);
    }
    return;
  }
  for (let f = 0; f < p.d; f++) {
    let sum: f64 = 0;
    for (let copy = 0; copy < p.copies; copy++) {
      const from = wide + <usize>copy * row + 2 * bytes(f * p.inner);
      for (let k = 0; k < p.inner; k++) sum += load<f64>(from + 2 * bytes(k));
    }
    store<f64>(narrow + 2 * bytes(f), sum);
  }
}

/** sums and products of all features: of t = x - shift and t^2, or of u = dy - dyShift and u (x - centre). */
export function sumMatrix(p: Plan, pairs: bool): void {
  const width = bytes(p.width);
  memory.fill(p.partialSums, 0, width);
  memory.fill(p.partialProducts, 0, width);
  memory.fill(p.wideSums, 0, 2 * width);
  memory.fill(p.wideProducts, 0, 2 * width);
  const rows = p.n / p.copies;
  for (let i = 0; i < rows; i += ROWS_A_SUM) {
    sumSome(p, pairs, <usize>i * width, min(ROWS_A_SUM, rows - i), width);
  }
  // fewer rows than there are copies: a row that ends early
  const left = bytes((p.n - rows * p.copies) * p.d * p.inner);
  if (left > 0) {
    const at = <usize>rows * width;
    const full = left & ~15;
    if (full < left) {
      const lanes = firstLanes((left - full) >> 2);
      const centre = v128.load((pairs ? p.wideCentre : p.wideShift) + full);
      const t = v128.and(f32x4.sub(v128.load(p.x + at + full), centre), lanes);
      const u = pairs
        ? v128.and(f32x4.sub(v128.load(p.dy + at + full), v128.load(p.wideDyShift + full)), lanes)
        : t;
      v128.store(p.partialSums + full, u);
      v128.store(p.partialProducts + full, f32x4.mul(u, t));
      addTo(p.wideSums + 2 * full, p.partialSums + full, 16);
      addTo(p.wideProducts + 2 * full, p.partialProducts + full, 16);
    }
    sumSome(p, pairs, at, 1, full);
  }
  gather(p, p.sums, p.wideSums);
  gather(p, p.products, p.wideProducts);
}

/** Adds what the first `width` bytes of some rows give to the totals. */
function sumSome(p: Plan, pairs: bool, at: usize, rows: i32, width: usize): void {
  const stride = bytes(p.width);
  if (pairs) {
    sumRowPairs(
      p.dy + at, p.x + at, rows, stride, width,
      p.wideDyShift, p.wideCentre, p.partialSums, p.partialProducts,
    );
  } else {
    sumRows(p.x + at, rows, stride, width, p.wideShift, p.partialSums, p.partialProducts);
  }
  addTo(p.wideSums, p.partialSums, width);
  addTo(p.wideProducts, p.partialProducts, width);
}

/** totals += partial, and partial = 0. */
function addTo(totals: usize, partial: usize, width: usize): void {
  for (let j: usize = 0; j < width; j += 16, totals += 32) {
    const four = v128.load(partial + j);
    v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(four)));
    v128.store(totals, f64x2.add(v128.load(totals, 16), highHalf(four)), 16);
    v128.store(partial + j, f32x4.splat(0));
  }
}

/** y of all features from centre, scale and offset. */
export function mapMatrix(p: Plan, centre: usize, wideCentre: usize): void {
  spread(p, wideCentre, centre);
  spread(p, p.wideScale, p.scale);
  spread(p, p.wideOffset, p.offset);
  const width = bytes(p.width);
  const rows = p.n / p.copies;
  const left = bytes((p.n - rows * p.copies) * p.d * p.inner);
  if (left > 0) {
    // writes up to three numbers behind the last element, where nothing stands
    const at = <usize>rows * width;
    mapRows(p.y + at, p.x + at, 1, width, up16(left), wideCentre, p.wideScale, p.wideOffset);
  }
  const some = rowsOf(width);
  for (let i = (rows - 1) / some * some; i >= 0; i -= some) {
    const at = <usize>i * width;
    mapRows(p.y + at, p.x + at, min(some, rows - i), width, width, wideCentre, p.wideScale, p.wideOffset);
  }
}

/** dx of all features. */
export function mapMatrixPairs(p: Plan): void {
  spread(p, p.wideDyCentre, p.dyCentre);
  spread(p, p.wideDyScale, p.dyScale);
  spread(p, p.wideScale, p.scale);
  spread(p, p.wideOffset, p.offset);
  const width = bytes(p.width);
  const rows = p.n / p.copies;
  const left = bytes((p.n - rows * p.copies) * p.d * p.inner);
  if (left > 0) mapSomePairs(p, <usize>rows * width, 1, up16(left));
  const some = rowsOf(width);
  for (let i = (rows - 1) / some * some; i >= 0; i -= some) {
    mapSomePairs(p, <usize>i * width, min(some, rows - i), width);
  }
}

function mapSomePairs(p: Plan, at: usize, rows: i32, width: usize): void {
  mapRowPairs(
    p.dx + at, p.dy + at, p.x + at, rows, bytes(p.width), width,
    p.wideDyCentre, p.wideDyScale, p.wideCentre, p.wideScale, p.wideOffset,
  );
}

/** Rows of about CHUNK bytes, a multiple of 4. */
@inline
function rowsOf(width: usize): i32 {
  return max(4, <i32>(CHUNK / width) & ~3);
}
