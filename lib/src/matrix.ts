/** The few operations on float64 matrices that whitening is made of. Row-major, as everywhere; not exported. */

/** A B, rows x columns, for A rows x inner and B inner x columns. Lengths are the caller's business. */
export function product(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let p = 0; p < inner; p++) {
      const aip = a[i * inner + p];
      for (let j = 0; j < columns; j++) {
        result[i * columns + j] += aip * b[p * columns + j];
      }
    }
  }
  return result;
}

/** A^T, columns x rows, for A rows x columns. */
export function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  return a.map((_, ji) => a[(ji % rows) * columns + Math.floor(ji / rows)]);
}

/** (A + A^T) / 2 for A d x d. */
export function symmetricPart(a: Float64Array, d: number): Float64Array {
  return a.map((value, pq) => (value + a[(pq % d) * d + Math.floor(pq / d)]) / 2);
}

/** The d x d matrix with these d numbers on its diagonal. */
export function diagonal(values: Float64Array): Float64Array {
  const d = values.length;
  return new Float64Array(d * d).map((_, pq) => (pq % (d + 1) === 0 ? values[pq % d] : 0));
}
