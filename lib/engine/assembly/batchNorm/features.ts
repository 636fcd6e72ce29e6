// What is done once a feature, in float64: from sums to moments, from moments to the numbers of the affine maps.
// Vectors are padded to a multiple of four features; what comes out in the padding is never used.

/** Numbers i and i + 1 of a float32 vector, as float64. */
@inline
function promoteTwo(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

@inline
function demoteTwo(at: usize, value: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(value), 0);
}

/**
 * Where sums of t = x - shift, t^2 can be trusted: variance = E[t^2] - E[t]^2 loses the digits that E[t]^2 and
 * variance do not share. Up to this quotient of the two, rounding counts at most five times.
 */
const TRUSTED: f64 = 4;

/** Squares below 1e-38 are lost in float32. That is nothing beside an ordinary epsilon. */
@inline
function leastVariance(epsilon: f64): f64 {
  return epsilon < 1e-12 ? 1e-24 : 0;
}

/**
 * mean = shift + E[t] and variance = E[t^2] - E[t]^2 from the sums over `count` elements; features begin to end.
 * Returns the first feature whose sums are not to be trusted (the shift was far from the mean, or float32 ended),
 * or `end`.
 */
export function moments(
  begin: i32, end: i32, count: f64, epsilon: f64,
  shift: usize, sums: usize, squares: usize, mean: usize, variance: usize,
): i32 {
  const share = f64x2.splat(1 / count);
  const trusted = f64x2.splat(TRUSTED);
  const least = f64x2.splat(leastVariance(epsilon));
  let first = end;
  for (let f = begin; f < end; f += 2) {
    const at = (<usize>f) << 3;
    const delta = f64x2.mul(v128.load(sums + at), share);
    const delta2 = f64x2.mul(delta, delta);
    const v = f64x2.sub(f64x2.mul(v128.load(squares + at), share), delta2);
    v128.store(mean + at, f64x2.add(promoteTwo(shift + ((<usize>f) << 2)), delta));
    v128.store(variance + at, v);
    // a comparison with NaN is false
    const inside = v128.and(f64x2.ge(v, least), f64x2.lt(v, f64x2.splat(Infinity)));
    const good = v128.and(f64x2.le(delta2, f64x2.mul(trusted, v)), inside);
    if (first == end && !i64x2.all_true(good)) first = f;
  }
  return min(first, end);
}

/** False for a feature whose moments came from sums that are not to be trusted: see `moments`. */
@inline
export function isTrusted(delta: f64, v: f64, epsilon: f64): bool {
  return delta * delta <= TRUSTED * v && v >= leastVariance(epsilon) && v < Infinity;
}

/** state <- (1 - weight) state + weight factor value, for d features. */
export function average(d: i32, state: usize, value: usize, weight: f64, factor: f64): void {
  const old = f64x2.splat(1 - weight);
  const fresh = f64x2.splat(weight * factor);
  for (let at: usize = 0; at < (<usize>d) << 3; at += 16) {
    v128.store(state + at, f64x2.add(f64x2.mul(old, v128.load(state + at)), f64x2.mul(fresh, v128.load(value + at))));
  }
}

/**
 * The forward map y = scale (x - centre) + offset: centre is the mean rounded to float32, and what the rounding
 * took away goes into the offset; scale = gamma inverse, inverse = 1 / sqrt(variance + epsilon).
 */
export function forwardMap(
  begin: i32, end: i32, epsilon: f64, mean: usize, variance: usize, gamma: usize, beta: usize,
  inverse: usize, centre: usize, scale: usize, offset: usize,
): void {
  const one = f64x2.splat(1);
  const more = f64x2.splat(epsilon);
  for (let f = begin; f < end; f += 2) {
    const at = (<usize>f) << 3;
    const at32 = (<usize>f) << 2;
    const inv = f64x2.div(one, f64x2.sqrt(f64x2.add(v128.load(variance + at), more)));
    const whole = v128.load(mean + at);
    v128.store(inverse + at, inv);
    const rounded = f32x4.demote_f64x2_zero(whole);
    v128.store64_lane(centre + at32, rounded, 0);
    const rest = f64x2.sub(whole, f64x2.promote_low_f32x4(rounded));
    const a = f64x2.mul(promoteTwo(gamma + at32), inv);
    demoteTwo(scale + at32, a);
    demoteTwo(offset + at32, f64x2.sub(promoteTwo(beta + at32), f64x2.mul(a, rest)));
  }
}

/**
 * The backward map, and dGamma and dBeta. From sums of u = dy - dyShift and of u t, t = x - centre, over `count`
 * elements, with rest = mean - centre (sum of t = count rest, which is why dyShift drops out of the second):
 *
 *   sum dy = sums + count dyShift                    dBeta  = sum dy
 *   sum dy (x - mean) = products - rest sums         dGamma = sum dy (x - mean) inverse
 *   dx = gamma inverse (dy - dBeta / count - xHat dGamma / count)
 *      = dyScale (dy - dyCentre) + scale (x - centre) + offset
 */
export function backwardMap(
  begin: i32, end: i32, count: f64, dyShift: usize, sums: usize, products: usize,
  mean: usize, inverse: usize, gamma: usize, dGamma: usize, dBeta: usize,
  dyCentre: usize, dyScale: usize, centre: usize, scale: usize, offset: usize,
): void {
  const all = f64x2.splat(count);
  const share = f64x2.splat(1 / count);
  for (let f = begin; f < end; f += 2) {
    const at = (<usize>f) << 3;
    const at32 = (<usize>f) << 2;
    const rest = f64x2.sub(v128.load(mean + at), promoteTwo(centre + at32));
    const s = v128.load(sums + at);
    const meanDy = f64x2.add(f64x2.mul(s, share), promoteTwo(dyShift + at32));
    const inv = v128.load(inverse + at);
    const along = f64x2.mul(f64x2.sub(v128.load(products + at), f64x2.mul(rest, s)), inv);
    demoteTwo(dBeta + at32, f64x2.mul(meanDy, all));
    demoteTwo(dGamma + at32, along);
    const a = f64x2.mul(promoteTwo(gamma + at32), inv);
    const b = f64x2.neg(f64x2.mul(f64x2.mul(a, inv), f64x2.mul(along, share)));
    const rounded = f32x4.demote_f64x2_zero(meanDy);
    v128.store64_lane(dyCentre + at32, rounded, 0);
    const dyRest = f64x2.sub(meanDy, f64x2.promote_low_f32x4(rounded));
    demoteTwo(dyScale + at32, a);
    demoteTwo(scale + at32, b);
    // - a dyRest - b rest
    demoteTwo(offset + at32, f64x2.neg(f64x2.add(f64x2.mul(a, dyRest), f64x2.mul(b, rest))));
  }
}
