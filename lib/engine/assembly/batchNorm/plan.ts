// What a call works on: sizes and addresses, written once by lib/src/engineBatchNorm.ts in the order below.

/**
 * The elements of feature f are x(i, f, k): i in 0..n, k in 0..inner, at x[(i d + f) inner + k]. A matrix m x d and
 * images n x h x w x c have inner = 1; images n x c x h x w have inner = h w.
 *
 * The passes over rows see a matrix of `width` columns, a multiple of 4: `copies` rows of d inner numbers side by
 * side. Vectors named wide... have one number for each of these columns; with one copy and inner = 1 they are the
 * vectors of the features themselves.
 */
@unmanaged
export class Plan {
  n: i32;
  d: i32;
  inner: i32;
  /** Rows side by side; 0: channel by channel, over planes. */
  copies: i32;
  /** Columns of the passes over rows. */
  width: i32;
  // n d inner numbers, float32
  x: usize;
  y: usize;
  dy: usize;
  dx: usize;
  // d numbers, float32
  gamma: usize;
  beta: usize;
  dGamma: usize;
  dBeta: usize;
  shift: usize;
  dyShift: usize;
  centre: usize;
  dyCentre: usize;
  scale: usize;
  dyScale: usize;
  offset: usize;
  // d numbers, float64
  mean: usize;
  variance: usize;
  inverse: usize;
  runningMean: usize;
  runningVariance: usize;
  sums: usize;
  products: usize;
  // `width` numbers, float32
  wideShift: usize;
  wideDyShift: usize;
  wideCentre: usize;
  wideDyCentre: usize;
  wideScale: usize;
  wideDyScale: usize;
  wideOffset: usize;
  partialSums: usize;
  partialProducts: usize;
  // `width` numbers, float64
  wideSums: usize;
  wideProducts: usize;
}
