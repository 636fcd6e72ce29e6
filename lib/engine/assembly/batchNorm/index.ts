// BN by itself, for data that lies in the kernels' memory: forward over the minibatch, backward, inference.
// docs/engine.md says what each pass moves and how near it comes to a plain copy.
//
// Forward reads x twice and writes y once; backward reads x and dy twice and writes dx once. The second pass goes
// the other way, from the end that is still in the cache; images n x c x h x w go two channels at a time, which a
// level-2 cache mostly holds.
import { average, backwardMap, forwardMap, isTrusted, moments } from './features';
import { bytes, mapMatrix, mapMatrixPairs, spread, sumMatrix } from './matrix';
import { Plan } from './plan';
import { mapPlanePairs, mapPlanes, sumPlanePairs, sumPlanes } from './planes';

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
  if (p.copies > 0) {
    mapMatrix(p, centre, wideCentre);
    return;
  }
  for (let f = end - 1; f >= begin; f--) {
    const at = bytes(f * p.inner);
    mapPlanes(
      p.y + at, p.x + at, p.n, bytes(p.d * p.inner), p.inner,
      load<f32>(centre + bytes(f)), load<f32>(p.scale + bytes(f)), load<f32>(p.offset + bytes(f)),
    );
  }
}

/** dx of the features begin to end (over rows: of all). */
function mapPairs(p: Plan, begin: i32, end: i32): void {
  if (p.copies > 0) {
    mapMatrixPairs(p);
    return;
  }
  for (let f = end - 1; f >= begin; f--) {
    const at = bytes(f * p.inner);
    mapPlanePairs(
      p.dx + at, p.dy + at, p.x + at, p.n, bytes(p.d * p.inner), p.inner,
      load<f32>(p.dyCentre + bytes(f)), load<f32>(p.dyScale + bytes(f)),
      load<f32>(p.centre + bytes(f)), load<f32>(p.scale + bytes(f)), load<f32>(p.offset + bytes(f)),
    );
  }
}
