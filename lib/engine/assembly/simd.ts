// Four numbers at a time: exp, sigmoid, tanh, the activations and their derivatives.
// NaN goes through every function, so that a diverging run is seen in its loss.

/** Activation codes, shared with lib/src/simdEngine.ts. */
export const SIGMOID: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const LEAKY_RELU: i32 = 3;
export const IDENTITY: i32 = 4;

/**
 * The constants below, each as four numbers. V8 builds a vector constant anew with several instructions wherever
 * it is used; a load from memory is one.
 */
const TABLE = memory.data<f32>([
  88.3762626647949, 88.3762626647949, 88.3762626647949, 88.3762626647949, // 0
  -87.3365478515625, -87.3365478515625, -87.3365478515625, -87.3365478515625, // 1
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341, // 2
  12582912, 12582912, 12582912, 12582912, // 3
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 4
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 5
  0.0013814540579915047, 0.0013814540579915047, 0.0013814540579915047, 0.0013814540579915047, // 6
  0.00836874544620514, 0.00836874544620514, 0.00836874544620514, 0.00836874544620514, // 7
  0.04166838899254799, 0.04166838899254799, 0.04166838899254799, 0.04166838899254799, // 8
  0.1666652113199234, 0.1666652113199234, 0.1666652113199234, 0.1666652113199234, // 9
  0.4999999403953552, 0.4999999403953552, 0.4999999403953552, 0.4999999403953552, // 10
  -0.0, -0.0, -0.0, -0.0, // 11
  1, 1, 1, 1, // 12
  7.90531110763549805, 7.90531110763549805, 7.90531110763549805, 7.90531110763549805, // 13
  -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, // 14
  -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, // 15
  2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, // 16
  -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, // 17
  5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8, // 18
  1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5, // 19
  6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4, // 20
  4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3, // 21
  1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6, // 22
  1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4, // 23
  2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3, // 24
  4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3, // 25
], 16);

/**
 * a b + c. The build with relaxed SIMD (see lib/src/kernels.ts) rounds once, in one instruction, where the processor
 * has it; the other rounds twice.
 */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** c - a b, rounded as `madd` is. */
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
}

@inline
function constant(place: usize): v128 {
  return v128.load(TABLE + (place << 4));
}

/**
 * e^x for four numbers: x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by the polynomial 1 + r + c2 r^2 + ... + c6 r^6
 * whose largest relative error there, 3e-9, is least. With rounding: relative error at most 2e-7 on [-87, 88]; outside, the result is that of the nearer end.
 */
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax keep a NaN in their first argument, and are one instruction each, which min and max are not
  x = f32x4.pmax(f32x4.pmin(x, constant(0)), constant(1));
  // Adding 1.5 * 2^23 rounds to a whole number, whose bits then stand at the lower end of the sum.
  const shifted = madd(x, constant(2), constant(3));
  const n = f32x4.sub(shifted, constant(3));
  // ln 2 in two parts: the first has few enough bits that n times it is exact
  let r = nmadd(n, constant(4), x);
  r = nmadd(n, constant(5), r);
  let y = constant(6);
  y = madd(y, r, constant(7));
  y = madd(y, r, constant(8));
  y = madd(y, r, constant(9));
  y = madd(y, r, constant(10));
  y = madd(y, r, constant(12));
  y = madd(y, r, constant(12));
  // 2^n: n in the exponent's place, added to the bits of 1
  const power = i32x4.add(i32x4.shl(shifted, 23), constant(12));
  return f32x4.mul(y, power);
}

/** 1 / (1 + e^-x), absolute error at most 2e-7. */
@inline
export function sigmoid4(x: v128): v128 {
  const one = constant(12);
  // -0 has only the bit of the sign: V8's own negation makes that bit anew each time
  return f32x4.div(one, f32x4.add(one, exp4(v128.xor(x, constant(11)))));
}

/** tanh x as a quotient of polynomials (Eigen's coefficients), absolute error at most 5e-7. */
@inline
export function tanh4(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, constant(13)), constant(14));
  const s = f32x4.mul(x, x);
  let p = constant(15);
  p = madd(p, s, constant(16));
  p = madd(p, s, constant(17));
  p = madd(p, s, constant(18));
  p = madd(p, s, constant(19));
  p = madd(p, s, constant(20));
  p = madd(p, s, constant(21));
  let q = constant(22);
  q = madd(q, s, constant(23));
  q = madd(q, s, constant(24));
  q = madd(q, s, constant(25));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** g(x) for four numbers; `slope` is 1/a of LeakyReLU. */
@inline
export function activate4(kind: i32, x: v128, slope: v128): v128 {
  if (kind == SIGMOID) return sigmoid4(x);
  if (kind == TANH) return tanh4(x);
  if (kind == RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (kind == LEAKY_RELU) {
    return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
  }
  return x;
}

/** g' for four numbers, from the activation's output z = g(x): every g here lets it be read off z. */
@inline
export function derivative4(kind: i32, z: v128, slope: v128): v128 {
  const one = constant(12);
  if (kind == SIGMOID) return f32x4.mul(z, f32x4.sub(one, z));
  if (kind == TANH) return f32x4.sub(one, f32x4.mul(z, z));
  if (kind == RELU) return v128.and(one, f32x4.gt(z, f32x4.splat(0)));
  if (kind == LEAKY_RELU) return v128.bitselect(one, slope, f32x4.gt(z, f32x4.splat(0)));
  return one;
}
