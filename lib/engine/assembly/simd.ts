// Four numbers at a time: exp, sigmoid, tanh, the activations and their derivatives.
// NaN goes through every function, so that a diverging run is seen in its loss.

/** Activation codes, shared with lib/src/simdEngine.ts. */
export const SIGMOID: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const LEAKY_RELU: i32 = 3;
export const IDENTITY: i32 = 4;

/**
 * e^x for four numbers: x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by the polynomial of Cephes' expf
 * (Moshier). Relative error at most 2e-7 on [-87, 88]; outside, the result is that of the nearer end.
 */
@inline
export function exp4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(88.3762626647949)), f32x4.splat(-87.3365478515625));
  const n = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(0.5)));
  // ln 2 in two parts: the first has few enough bits that n times it is exact
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let y = f32x4.splat(1.9875691500e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.add(f32x4.mul(y, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(y, power);
}

/** 1 / (1 + e^-x), absolute error at most 2e-7. */
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** tanh x as a quotient of polynomials (Eigen's coefficients), absolute error at most 5e-7. */
@inline
export function tanh4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(7.90531110763549805)), f32x4.splat(-7.90531110763549805));
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(2.00018790482477e-13));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-8.60467152213735e-11));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(5.12229709037114e-8));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(1.48572235717979e-5));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(6.37261928875436e-4));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(4.89352455891786e-3));
  let q = f32x4.splat(1.19825839466702e-6);
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(1.18534705686654e-4));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(2.26843463243900e-3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** g(x) for four numbers; `slope` is 1/a of LeakyReLU. */
@inline
export function activate4(kind: i32, x: v128, slope: v128): v128 {
  if (kind == SIGMOID) return sigmoid4(x);
  if (kind == TANH) return tanh4(x);
  if (kind == RELU) return f32x4.max(x, f32x4.splat(0));
  if (kind == LEAKY_RELU) {
    return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
  }
  return x;
}

/** g' for four numbers, from the activation's output z = g(x): every g here lets it be read off z. */
@inline
export function derivative4(kind: i32, z: v128, slope: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == SIGMOID) return f32x4.mul(z, f32x4.sub(one, z));
  if (kind == TANH) return f32x4.sub(one, f32x4.mul(z, z));
  if (kind == RELU) return v128.and(one, f32x4.gt(z, f32x4.splat(0)));
  if (kind == LEAKY_RELU) return v128.bitselect(one, slope, f32x4.gt(z, f32x4.splat(0)));
  return one;
}
