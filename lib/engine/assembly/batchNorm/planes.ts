// Passes over one channel of images in n x c x h x w layout: `n` planes of `length` numbers, each without a gap,
// `stride` bytes apart. One number of a kind serves the whole channel.
import { madd } from '../simd';

/** Three lanes on, three lanes off: a load from (3 - r) numbers in leaves the first r lanes on. */
const LANES = memory.data<i32>([-1, -1, -1, 0, 0, 0], 4);

/** A mask of the first `count` lanes, 1 to 3. */
@inline
export function firstLanes(count: usize): v128 {
  return v128.load(LANES + ((3 - count) << 2));
}

/** The sum of four vectors, in float64. */
@inline
function total(a: v128, b: v128, c: v128, d: v128): f64 {
  const low = f64x2.add(
    f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)),
    f64x2.add(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(d)),
  );
  const high = f64x2.add(f64x2.add(highHalf(a), highHalf(b)), f64x2.add(highHalf(c), highHalf(d)));
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/** The upper two numbers as float64. */
@inline
export function highHalf(a: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(a, a, 1, 0));
}

/** Vectors that a float32 sum takes in before it is put into its float64 total: the rounding stays that of few. */
const VECTORS_A_SUM: i32 = 64;

/** sums = sum of t and squares = sum of t^2 over the channel, with t = x - shift; both float64. */
export function sumPlanes(
  x: usize, n: i32, stride: usize, length: usize, shift: f32, sums: usize, squares: usize,
): void {
  const k = f32x4.splat(shift);
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
  let q0 = zero, q1 = zero, q2 = zero, q3 = zero;
  let sum: f64 = 0;
  let square: f64 = 0;
  let taken = 0;
  for (let i = 0; i < n; i++, x += stride) {
    let p = x;
    const end = x + (length << 2);
    while (p + 64 <= end) {
      const stop = min(end, p + (<usize>(VECTORS_A_SUM - taken) << 6));
      const from = p;
      for (; p + 64 <= stop; p += 64) {
        const t0 = f32x4.sub(v128.load(p), k);
        const t1 = f32x4.sub(v128.load(p, 16), k);
        const t2 = f32x4.sub(v128.load(p, 32), k);
        const t3 = f32x4.sub(v128.load(p, 48), k);
        s0 = f32x4.add(s0, t0);
        s1 = f32x4.add(s1, t1);
        s2 = f32x4.add(s2, t2);
        s3 = f32x4.add(s3, t3);
        q0 = madd(t0, t0, q0);
        q1 = madd(t1, t1, q1);
        q2 = madd(t2, t2, q2);
        q3 = madd(t3, t3, q3);
      }
      taken += <i32>((p - from) >> 6);
      if (taken >= VECTORS_A_SUM) {
        sum += total(s0, s1, s2, s3);
        square += total(q0, q1, q2, q3);
        s0 = zero; s1 = zero; s2 = zero; s3 = zero;
        q0 = zero; q1 = zero; q2 = zero; q3 = zero;
        taken = 0;
      }
    }
    for (; p + 16 <= end; p += 16) {
      const t = f32x4.sub(v128.load(p), k);
      s0 = f32x4.add(s0, t);
      q0 = madd(t, t, q0);
      taken++;
    }
    if (p < end) {
      const t = v128.and(f32x4.sub(v128.load(p), k), firstLanes((end - p) >> 2));
      s1 = f32x4.add(s1, t);
      q1 = madd(t, t, q1);
      taken++;
    }
    if (taken >= VECTORS_A_SUM) {
      sum += total(s0, s1, s2, s3);
      square += total(q0, q1, q2, q3);
      s0 = zero; s1 = zero; s2 = zero; s3 = zero;
      q0 = zero; q1 = zero; q2 = zero; q3 = zero;
      taken = 0;
    }
  }
  store<f64>(sums, sum + total(s0, s1, s2, s3));
  store<f64>(squares, square + total(q0, q1, q2, q3));
}

/** sums = sum of u and products = sum of u t over the channel, u = dy - dyShift, t = x - shift; both float64. */
export function sumPlanePairs(
  dy: usize, x: usize, n: i32, stride: usize, length: usize, dyShift: f32, shift: f32, sums: usize, products: usize,
): void {
  const k = f32x4.splat(shift);
  const l = f32x4.splat(dyShift);
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
  let q0 = zero, q1 = zero, q2 = zero, q3 = zero;
  let sum: f64 = 0;
  let product: f64 = 0;
  let taken = 0;
  const apart = dy - x;
  for (let i = 0; i < n; i++, x += stride) {
    let p = x;
    const end = x + (length << 2);
    while (p + 64 <= end) {
      const stop = min(end, p + (<usize>(VECTORS_A_SUM - taken) << 6));
      const from = p;
      for (; p + 64 <= stop; p += 64) {
        const g = p + apart;
        const u0 = f32x4.sub(v128.load(g), l);
        const u1 = f32x4.sub(v128.load(g, 16), l);
        const u2 = f32x4.sub(v128.load(g, 32), l);
        const u3 = f32x4.sub(v128.load(g, 48), l);
        s0 = f32x4.add(s0, u0);
        s1 = f32x4.add(s1, u1);
        s2 = f32x4.add(s2, u2);
        s3 = f32x4.add(s3, u3);
        q0 = madd(u0, f32x4.sub(v128.load(p), k), q0);
        q1 = madd(u1, f32x4.sub(v128.load(p, 16), k), q1);
        q2 = madd(u2, f32x4.sub(v128.load(p, 32), k), q2);
        q3 = madd(u3, f32x4.sub(v128.load(p, 48), k), q3);
      }
      taken += <i32>((p - from) >> 6);
      if (taken >= VECTORS_A_SUM) {
        sum += total(s0, s1, s2, s3);
        product += total(q0, q1, q2, q3);
        s0 = zero; s1 = zero; s2 = zero; s3 = zero;
        q0 = zero; q1 = zero; q2 = zero; q3 = zero;
        taken = 0;
      }
    }
    for (; p + 16 <= end; p += 16) {
      const u = f32x4.sub(v128.load(p + apart), l);
      s0 = f32x4.add(s0, u);
      q0 = madd(u, f32x4.sub(v128.load(p), k), q0);
      taken++;
    }
    if (p < end) {
      const lanes = firstLanes((end - p) >> 2);
      const u = v128.and(f32x4.sub(v128.load(p + apart), l), lanes);
      s1 = f32x4.add(s1, u);
      q1 = madd(u, v128.and(f32x4.sub(v128.load(p), k), lanes), q1);
      taken++;
    }
    if (taken >= VECTORS_A_SUM) {
      sum += total(s0, s1, s2, s3);
      product += total(q0, q1, q2, q3);
      s0 = zero; s1 = zero; s2 = zero; s3 = zero;
      q0 = zero; q1 = zero; q2 = zero; q3 = zero;
      taken = 0;
    }
  }
  store<f64>(sums, sum + total(s0, s1, s2, s3));
  store<f64>(products, product + total(q0, q1, q2, q3));
}

/**
 * y = scale (x - centre) + offset over the channel, from the last plane to the first: the last ones are still in
 * the cache. A plane's last vector overlaps the one before it when its length is not a multiple of 4 (at least 4).
 */
export function mapPlanes(
  y: usize, x: usize, n: i32, stride: usize, length: usize, centre: f32, scale: f32, offset: f32,
): void {
  const c = f32x4.splat(centre);
  const a = f32x4.splat(scale);
  const b = f32x4.splat(offset);
  const apart = y - x;
  x += <usize>n * stride;
  for (let i = 0; i < n; i++) {
    x -= stride;
    let p = x;
    const end = x + (length << 2);
    for (; p + 64 <= end; p += 64) {
      const to = p + apart;
      v128.store(to, madd(f32x4.sub(v128.load(p), c), a, b));
      v128.store(to, madd(f32x4.sub(v128.load(p, 16), c), a, b), 16);
      v128.store(to, madd(f32x4.sub(v128.load(p, 32), c), a, b), 32);
      v128.store(to, madd(f32x4.sub(v128.load(p, 48), c), a, b), 48);
    }
    for (; p < end; p += 16) {
      p = min(p, end - 16);
      v128.store(p + apart, madd(f32x4.sub(v128.load(p), c), a, b));
    }
  }
}

/** dx = dyScale (dy - dyCentre) + scale (x - centre) + offset over the channel, in the order of `mapPlanes`. */
export function mapPlanePairs(
  dx: usize, dy: usize, x: usize, n: i32, stride: usize, length: usize,
  dyCentre: f32, dyScale: f32, centre: f32, scale: f32, offset: f32,
): void {
  const l = f32x4.splat(dyCentre);
  const a = f32x4.splat(dyScale);
  const c = f32x4.splat(centre);
  const b = f32x4.splat(scale);
  const o = f32x4.splat(offset);
  const apart = dx - x;
  const dyApart = dy - x;
  x += <usize>n * stride;
  for (let i = 0; i < n; i++) {
    x -= stride;
    let p = x;
    const end = x + (length << 2);
    for (; p + 32 <= end; p += 32) {
      const g = p + dyApart;
      const to = p + apart;
      const t0 = madd(f32x4.sub(v128.load(p), c), b, o);
      const t1 = madd(f32x4.sub(v128.load(p, 16), c), b, o);
      v128.store(to, madd(f32x4.sub(v128.load(g), l), a, t0));
      v128.store(to, madd(f32x4.sub(v128.load(g, 16), l), a, t1), 16);
    }
    for (; p < end; p += 16) {
      p = min(p, end - 16);
      const t = madd(f32x4.sub(v128.load(p), c), b, o);
      v128.store(p + apart, madd(f32x4.sub(v128.load(p + dyApart), l), a, t));
    }
  }
}
