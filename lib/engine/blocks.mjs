/**
 * Writes the innermost loops of the matrix products, one function per block size: the same few lines again and
 * again, with sums that must be local variables to stay in registers.
 *
 * V8 has 15 vector registers to give away. A block of R rows by C vectors needs R C sums, C parts of a row of B,
 * one element of A and one product, so 2 x 4 fits and 4 x 3 does not: it runs at two thirds of the speed.
 * A row of a listed product needs C sums, one element and one product, so it may take 12 vectors at a time.
 */

/** Vectors of four numbers per block of the full product, widest first. */
export const DENSE_WIDTHS = [4, 3, 2, 1];
/** Vectors of four numbers per block of the listed product, widest first. */
export const LISTED_WIDTHS = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

const count = (n) => Array.from({ length: n }, (_, i) => i);

/** Start values: zeros or the bias. */
function start(rows, width) {
  return [
    ...count(width).map((q) => `  let s0_${q} = bias == 0 ? f32x4.splat(0) : v128.load(bias, ${16 * q});`),
    ...count(rows).flatMap((r) => (r === 0 ? [] : count(width).map((q) => `  let s${r}_${q} = s0_${q};`))),
  ];
}

/** Stores the sums, or adds alpha times them to what is there. */
function finish(rows, width) {
  const each = (line) => count(rows).flatMap((r) => count(width).map((q) => line(r, q)));
  return [
    '  if (update) {',
    '    const scale = f32x4.splat(alpha);',
    ...each(
      (r, q) =>
        `    s${r}_${q} = f32x4.add(v128.load(c + ${r} * cRow, ${16 * q}), f32x4.mul(scale, s${r}_${q}));`,
    ),
    '  }',
    ...each((r, q) => `  v128.store(c + ${r} * cRow, s${r}_${q}, ${16 * q});`),
  ];
}

/** C(2 rows, 4 width columns) = bias + A B, or C + alpha A B. */
function dense(width) {
  const rows = 2;
  return [
    `export function dense${width}(`,
    '  c: usize, a: usize, b: usize, bias: usize, depth: i32,',
    '  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, alpha: f32, update: bool,',
    '): void {',
    ...start(rows, width),
    ...count(rows).map((r) => `  let a${r} = a + ${r} * aRow;`),
    '  for (let p = 0; p < depth; p++) {',
    ...count(width).map((q) => `    const b${q} = v128.load(b, ${16 * q});`),
    ...count(rows).flatMap((r) => [
      `    const x${r} = v128.load_splat<f32>(a${r});`,
      ...count(width).map((q) => `    s${r}_${q} = f32x4.add(s${r}_${q}, f32x4.mul(x${r}, b${q}));`),
      `    a${r} += aColumn;`,
    ]),
    '    b += bRow;',
    '  }',
    ...finish(rows, width),
    '}',
    '',
  ];
}

/** C(1 row, 4 width columns) = bias + sum of value B[place] over a list of pairs, or C + alpha times that sum. */
function listed(width) {
  return [
    `export function listed${width}(`,
    '  c: usize, start: usize, end: usize, b: usize, bRow: usize, bias: usize, alpha: f32, update: bool,',
    '): void {',
    '  const cRow: usize = 0;',
    ...start(1, width),
    '  for (let e = start; e < end; e += 8) {',
    '    const x = v128.load_splat<f32>(e, 4);',
    '    const row = b + <usize>load<i32>(e) * bRow;',
    ...count(width).map((q) => `    s0_${q} = f32x4.add(s0_${q}, f32x4.mul(x, v128.load(row, ${16 * q})));`),
    '  }',
    ...finish(1, width),
    '}',
    '',
  ];
}

/** The AssemblyScript source of all blocks. */
export function blocksSource() {
  return [
    '// Written by lib/engine/blocks.mjs.',
    ...DENSE_WIDTHS.flatMap(dense),
    ...LISTED_WIDTHS.flatMap(listed),
  ].join('\n');
}
