// BN by itself, for data that lies in the kernels' memory: forward over the minibatch, backward, inference.
// docs/engine.md says what each pass moves and how near it comes to a plain copy.
//
// Forward reads x twice and writes y once; backward reads x and dy twice and writes dx once. The second pass goes
// the other way, from the end that is still in the cache; images n x c x h x w go two channels at a time, which a
// level-2 cache mostly holds.
import { average, backwardMap, forwardMap, isTrusted, moments } from './features';
import { Plan } from './plan';
import { firstLanes, highHalf, mapPlanePairs, mapPlanes, sumPlanePairs, sumPlanes } from './planes';
import { mapRowPairs, mapRows, sumRowPairs, sumRows } from './rows';

/** Rows that float32 sums take in before they are put into their float64 totals. */
const ROWS_A_SUM: i32 = 128;
/** Bytes that the second pass takes in ascending order before it goes back. */
const CHUNK: usize = 32768;

/** BN over the minibatch: mean, variance, y; weight > 0 also moves the moving averages. */
export function batchNormForward(p: Plan, epsilon: f64, weight: f64): void {
  const count = elements(p);
  // two channels, or all features: as many as go through both passes together
  const step = p.copies == 0 ? 2 : p.d;
  for (let f = 0; f < p.d; f += step) {
    const end = min(f + step, p.d);
    sampleShift(p, p.x, f, end, p.shift);
    if (p.copies == 0) {
      for (let g = f; g < end; g++) {
        sumPlanes(
          p.x + bytes(g * p.inner), p.n, bytes(p.d * p.inner), p.inner,
          load<f32>(p.shift + bytes(g)), p.sums + 2 * bytes(g), p.products + 2 * bytes(g),
        );
      }
    } else {
      spread(p, p.wideShift, p.shift);
      sumMatrix(p, false);
    }
    const first = moments(f, end, count, epsilon, p.shift, p.sums, p.products, p.mean, p.variance);
    if (first < end) momentsAnew(p, first, end, epsilon);
    forwardMap(
      f, end, epsilon, p.mean, p.variance, p.gamma, p.beta, p.inverse, p.centre, p.scale, p.offset,
    );
    map(p, f, end, p.centre, p.wideCentre);
  }
  if (weight > 0) {
    average(p.d, p.runningMean, p.mean, weight, 1);
    average(p.d, p.runningVariance, p.variance, weight, count / (count - 1));
  }
}

/** dx, dGamma and dBeta from dy and x, after `batchNormForward` of that x. */
export function batchNormBackward(p: Plan): void {
  const count = elements(p);
  const step = p.copies == 0 ? 2 : p.d;
  for (let f = 0; f < p.d; f += step) {
    const end = min(f + step, p.d);
    sampleShift(p, p.dy, f, end, p.dyShift);
    if (p.copies == 0) {
      for (let g = f; g < end; g++) {
        const at = bytes(g * p.inner);
        sumPlanePairs(
          p.dy + at, p.x + at, p.n, bytes(p.d * p.inner), p.inner,
          load<f32>(p.dyShift + bytes(g)), load<f32>(p.centre + bytes(g)),
          p.sums + 2 * bytes(g), p.products + 2 * bytes(g),
        );
      }
    } else {
      spread(p, p.wideDyShift, p.dyShift);
      sumMatrix(p, true);
    }
    backwardMap(
      f, end, count, p.dyShift, p.sums, p.products, p.mean, p.inverse, p.gamma, p.dGamma, p.dBeta,
      p.dyCentre, p.dyScale, p.centre, p.scale, p.offset,
    );
    mapPairs(p, f, end);
  }
}

/** y with the moving averages in the place of the minibatch's statistics. */
export function batchNormInfer(p: Plan, epsilon: f64): void {
  // mean, inverse and centre are kept, for a backward pass may follow: other vectors stand in for two of them
  forwardMap(
    0, p.d, epsilon, p.runningMean, p.runningVariance, p.gamma, p.beta, p.sums, p.shift, p.scale, p.offset,
  );
  map(p, 0, p.d, p.shift, p.wideShift);
}

@inline
function bytes(numbers: i32): usize {
  return (<usize>numbers) << 2;
}

@inline
function up16(size: usize): usize {
  return (size + 15) & ~15;
}

/** Elements of a feature. */
@inline
function elements(p: Plan): f64 {
  return <f64>p.n * <f64>p.inner;
}

/**
 * A number near the mean of each feature, to be taken from its elements before they are squared: the mean of four
 * elements from all over it. Equal ones give themselves, exactly.
 */
function sampleShift(p: Plan, x: usize, begin: i32, end: i32, shift: usize): void {
  const row = bytes(p.d * p.inner);
  const x1 = x + <usize>(p.n >> 2) * row + bytes(p.inner >> 2);
  const x2 = x + <usize>(p.n >> 1) * row + bytes(p.inner >> 1);
  const x3 = x + <usize>(p.n - 1 - (p.n >> 2)) * row + bytes(p.inner - 1 - (p.inner >> 2));
  if (p.inner == 1) {
    for (let f = begin; f < end; f += 4) {
      const at = bytes(f);
      const sum = f32x4.add(
        f32x4.add(v128.load(x + at), v128.load(x1 + at)), f32x4.add(v128.load(x2 + at), v128.load(x3 + at)),
      );
      v128.store(shift + at, f32x4.mul(sum, f32x4.splat(0.25)));
    }
    return;
  }
  for (let f = begin; f < end; f++) {
    const at = bytes(f * p.inner);
    const sum = load<f32>(x + at) + load<f32>(x1 + at) + (load<f32>(x2 + at) + load<f32>(x3 + at));
    store<f32>(shift + bytes(f), sum * 0.25);
  }
}

/** Each column gets its feature's number. */
function spread(p: Plan, wide: usize, narrow: usize): void {
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
function sumMatrix(p: Plan, pairs: bool): void {
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

/** Mean and variance in two passes over the feature, in float64, where the sums are not to be trusted. */
function momentsAnew(p: Plan, begin: i32, end: i32, epsilon: f64): void {
  const count = elements(p);
  for (let f = begin; f < end; f++) {
    const at = bytes(f) << 1;
    if (isTrusted(load<f64>(p.sums + at) / count, load<f64>(p.variance + at), epsilon)) continue;
    let sum: f64 = 0;
    for (let i = 0; i < p.n; i++) {
      const from = p.x + bytes((i * p.d + f) * p.inner);
      for (let k = 0; k < p.inner; k++) sum += <f64>load<f32>(from + bytes(k));
    }
    const mean = sum / count;
    let square: f64 = 0;
    for (let i = 0; i < p.n; i++) {
      const from = p.x + bytes((i * p.d + f) * p.inner);
      for (let k = 0; k < p.inner; k++) {
        const t = <f64>load<f32>(from + bytes(k)) - mean;
        square += t * t;
      }
    }
    store<f64>(p.mean + at, mean);
    store<f64>(p.variance + at, square / count);
  }
}

/** y of the features begin to end (over rows: of all) from centre, scale and offset. */
function map(p: Plan, begin: i32, end: i32, centre: usize, wideCentre: usize): void {
  if (p.copies == 0) {
    for (let f = end - 1; f >= begin; f--) {
      const at = bytes(f * p.inner);
      mapPlanes(
        p.y + at, p.x + at, p.n, bytes(p.d * p.inner), p.inner,
        load<f32>(centre + bytes(f)), load<f32>(p.scale + bytes(f)), load<f32>(p.offset + bytes(f)),
      );
    }
    return;
  }
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

/** dx of the features begin to end (over rows: of all). */
function mapPairs(p: Plan, begin: i32, end: i32): void {
  if (p.copies == 0) {
    for (let f = end - 1; f >= begin; f--) {
      const at = bytes(f * p.inner);
      mapPlanePairs(
        p.dx + at, p.dy + at, p.x + at, p.n, bytes(p.d * p.inner), p.inner,
        load<f32>(p.dyCentre + bytes(f)), load<f32>(p.dyScale + bytes(f)),
        load<f32>(p.centre + bytes(f)), load<f32>(p.scale + bytes(f)), load<f32>(p.offset + bytes(f)),
      );
    }
    return;
  }
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
