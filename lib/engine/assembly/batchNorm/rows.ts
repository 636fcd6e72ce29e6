// Passes over a matrix of `rows` rows of `width` bytes (a multiple of 16), `stride` bytes apart: sums down its
// columns, and the affine maps. Several rows are taken at a time, so that what belongs to a column is loaded and
// stored once for all of them; four columns fill a vector.
import { madd } from '../simd';

/** sums += sum of t and squares += sum of t^2 over the rows, with t = x - shift. */
export function sumRows(
  x: usize, rows: i32, stride: usize, width: usize, shift: usize, sums: usize, squares: usize,
): void {
  let i = 0;
  for (; i + 8 <= rows; i += 8, x += 8 * stride) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    const x4 = x3 + stride;
    const x5 = x4 + stride;
    const x6 = x5 + stride;
    const x7 = x6 + stride;
    for (let j: usize = 0; j < width; j += 16) {
      const k = v128.load(shift + j);
      const t0 = f32x4.sub(v128.load(x + j), k);
      const t1 = f32x4.sub(v128.load(x1 + j), k);
      const t2 = f32x4.sub(v128.load(x2 + j), k);
      const t3 = f32x4.sub(v128.load(x3 + j), k);
      const t4 = f32x4.sub(v128.load(x4 + j), k);
      const t5 = f32x4.sub(v128.load(x5 + j), k);
      const t6 = f32x4.sub(v128.load(x6 + j), k);
      const t7 = f32x4.sub(v128.load(x7 + j), k);
      let p = f32x4.mul(t0, t0);
      let q = f32x4.mul(t1, t1);
      p = madd(t2, t2, p);
      q = madd(t3, t3, q);
      p = madd(t4, t4, p);
      q = madd(t5, t5, q);
      p = madd(t6, t6, p);
      q = madd(t7, t7, q);
      const a = f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3));
      const b = f32x4.add(f32x4.add(t4, t5), f32x4.add(t6, t7));
      v128.store(sums + j, f32x4.add(v128.load(sums + j), f32x4.add(a, b)));
      v128.store(squares + j, f32x4.add(v128.load(squares + j), f32x4.add(p, q)));
    }
  }
  for (; i < rows; i++, x += stride) {
    for (let j: usize = 0; j < width; j += 16) {
      const t = f32x4.sub(v128.load(x + j), v128.load(shift + j));
      v128.store(sums + j, f32x4.add(v128.load(sums + j), t));
      v128.store(squares + j, madd(t, t, v128.load(squares + j)));
    }
  }
}

/** sums += sum of u and products += sum of u t over the rows, with u = dy - dyShift and t = x - shift. */
export function sumRowPairs(
  dy: usize, x: usize, rows: i32, stride: usize, width: usize,
  dyShift: usize, shift: usize, sums: usize, products: usize,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * stride, dy += 4 * stride) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    const dy1 = dy + stride;
    const dy2 = dy1 + stride;
    const dy3 = dy2 + stride;
    for (let j: usize = 0; j < width; j += 16) {
      const k = v128.load(shift + j);
      const l = v128.load(dyShift + j);
      const u0 = f32x4.sub(v128.load(dy + j), l);
      const u1 = f32x4.sub(v128.load(dy1 + j), l);
      const u2 = f32x4.sub(v128.load(dy2 + j), l);
      const u3 = f32x4.sub(v128.load(dy3 + j), l);
      let p = f32x4.mul(u0, f32x4.sub(v128.load(x + j), k));
      let q = f32x4.mul(u1, f32x4.sub(v128.load(x1 + j), k));
      p = madd(u2, f32x4.sub(v128.load(x2 + j), k), p);
      q = madd(u3, f32x4.sub(v128.load(x3 + j), k), q);
      const a = f32x4.add(f32x4.add(u0, u1), f32x4.add(u2, u3));
      v128.store(sums + j, f32x4.add(v128.load(sums + j), a));
      v128.store(products + j, f32x4.add(v128.load(products + j), f32x4.add(p, q)));
    }
  }
  for (; i < rows; i++, x += stride, dy += stride) {
    for (let j: usize = 0; j < width; j += 16) {
      const u = f32x4.sub(v128.load(dy + j), v128.load(dyShift + j));
      const t = f32x4.sub(v128.load(x + j), v128.load(shift + j));
      v128.store(sums + j, f32x4.add(v128.load(sums + j), u));
      v128.store(products + j, madd(u, t, v128.load(products + j)));
    }
  }
}

/** y = scale (x - centre) + offset, column by column. */
export function mapRows(
  y: usize, x: usize, rows: i32, stride: usize, width: usize, centre: usize, scale: usize, offset: usize,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * stride, y += 4 * stride) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    const y1 = y + stride;
    const y2 = y1 + stride;
    const y3 = y2 + stride;
    for (let j: usize = 0; j < width; j += 16) {
      const c = v128.load(centre + j);
      const a = v128.load(scale + j);
      const b = v128.load(offset + j);
      v128.store(y + j, madd(f32x4.sub(v128.load(x + j), c), a, b));
      v128.store(y1 + j, madd(f32x4.sub(v128.load(x1 + j), c), a, b));
      v128.store(y2 + j, madd(f32x4.sub(v128.load(x2 + j), c), a, b));
      v128.store(y3 + j, madd(f32x4.sub(v128.load(x3 + j), c), a, b));
    }
  }
  for (; i < rows; i++, x += stride, y += stride) {
    for (let j: usize = 0; j < width; j += 16) {
      const t = f32x4.sub(v128.load(x + j), v128.load(centre + j));
      v128.store(y + j, madd(t, v128.load(scale + j), v128.load(offset + j)));
    }
  }
}

/** dx = dyScale (dy - dyCentre) + scale (x - centre) + offset, column by column. */
export function mapRowPairs(
  dx: usize, dy: usize, x: usize, rows: i32, stride: usize, width: usize,
  dyCentre: usize, dyScale: usize, centre: usize, scale: usize, offset: usize,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * stride, dy += 4 * stride, dx += 4 * stride) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    const dy1 = dy + stride;
    const dy2 = dy1 + stride;
    const dy3 = dy2 + stride;
    const dx1 = dx + stride;
    const dx2 = dx1 + stride;
    const dx3 = dx2 + stride;
    for (let j: usize = 0; j < width; j += 16) {
      const l = v128.load(dyCentre + j);
      const a = v128.load(dyScale + j);
      const c = v128.load(centre + j);
      const b = v128.load(scale + j);
      const o = v128.load(offset + j);
      v128.store(dx + j, madd(f32x4.sub(v128.load(dy + j), l), a, madd(f32x4.sub(v128.load(x + j), c), b, o)));
      v128.store(dx1 + j, madd(f32x4.sub(v128.load(dy1 + j), l), a, madd(f32x4.sub(v128.load(x1 + j), c), b, o)));
      v128.store(dx2 + j, madd(f32x4.sub(v128.load(dy2 + j), l), a, madd(f32x4.sub(v128.load(x2 + j), c), b, o)));
      v128.store(dx3 + j, madd(f32x4.sub(v128.load(dy3 + j), l), a, madd(f32x4.sub(v128.load(x3 + j), c), b, o)));
    }
  }
  for (; i + 2 <= rows; i += 2, x += 2 * stride, dy += 2 * stride, dx += 2 * stride) {
    const x1 = x + stride;
    const dy1 = dy + stride;
    const dx1 = dx + stride;
    for (let j: usize = 0; j < width; j += 16) {
      const l = v128.load(dyCentre + j);
      const a = v128.load(dyScale + j);
      const c = v128.load(centre + j);
      const b = v128.load(scale + j);
      const o = v128.load(offset + j);
      const t0 = madd(f32x4.sub(v128.load(x + j), c), b, o);
      const t1 = madd(f32x4.sub(v128.load(x1 + j), c), b, o);
      v128.store(dx + j, madd(f32x4.sub(v128.load(dy + j), l), a, t0));
      v128.store(dx1 + j, madd(f32x4.sub(v128.load(dy1 + j), l), a, t1));
    }
  }
  if (i < rows) {
    for (let j: usize = 0; j < width; j += 16) {
      const t = madd(f32x4.sub(v128.load(x + j), v128.load(centre + j)), v128.load(scale + j), v128.load(offset + j));
      v128.store(dx + j, madd(f32x4.sub(v128.load(dy + j), v128.load(dyCentre + j)), v128.load(dyScale + j), t));
    }
  }
}
