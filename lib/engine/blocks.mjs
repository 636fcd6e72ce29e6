/**
 * Writes the innermost loops of the matrix products, one function per block size: the same few lines again and
 * again, with sums that must be local variables to stay in registers.
 *
 * V8 has 15 vector registers to give away. A block of 2 rows by C vectors needs 2 C sums, two elements of A and
 * one part of a row of B, so C may be 6; a row of a listed product needs C sums, one element and one part, so
 * there C may be 13. V8 computes sums in the order in which they are stored, whatever the order here: the stores
 * go column by column, so that each part of B is used up before the next is loaded. Row by row the parts of B would
 * all wait in registers, and sums would be moved to memory and back: half the speed.
 */

/** Vectors of four numbers per block of the full product. */
const DENSE_WIDTHS = [1, 2, 3, 4, 5, 6];
/** Vectors of four numbers per block of the listed product. */
const LISTED_WIDTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

const count = (n) => Array.from({ length: n }, (_, i) => i);

/** Lines for every sum, column by column. */
const each = (rows, width, line) => count(width).flatMap((q) => count(rows).map((r) => line(r, q)));

/** Start values: the bias, or zeros for an update. */
function start(rows, width, update) {
  return each(rows, width, (r, q) => {
    const value = update ? 'f32x4.splat(0)' : r === 0 ? `v128.load(bias, ${16 * q})` : `s0_${q}`;
    return `  let s${r}_${q} = ${value};`;
  });
}

/** Stores the sums, or adds alpha times them to what is there. */
function finish(rows, width, update) {
  const lines = each(rows, width, (r, q) => {
    const place = r === 0 ? 'c' : `c + ${r} * cRow`;
    const sum = `s${r}_${q}`;
    const value = update ? `madd(v128.load(scale), ${sum}, v128.load(${place}, ${16 * q}))` : sum;
    return `  v128.store(${place}, ${value}, ${16 * q});`;
  });
  return update ? lines.reverse() : lines;
}

/** The parameters that tell the two kinds of block apart: where the bias stands, or four times alpha. */
const own = (update) => (update ? 'scale: usize' : 'bias: usize');
const suffix = (update) => (update ? 'Update' : '');

/** C(2 rows, 4 width columns) = bias + A B, or C + alpha A B. */
function dense(width, update) {
  const rows = 2;
  return [
    `export function dense${suffix(update)}${width}(`,
    '  c: usize, a: usize, b: usize, depth: i32,',
    `  aRow: usize, aColumn: usize, bRow: usize, cRow: usize, ${own(update)},`,
    '): void {',
    ...start(rows, width, update),
    '  for (let p = 0; p < depth; p++) {',
    '    const x0 = v128.load_splat<f32>(a);',
    '    const x1 = v128.load_splat<f32>(a + aRow);',
    ...count(width).flatMap((q) => [
      `    const b${q} = v128.load(b, ${16 * q});`,
      ...count(rows).map((r) => `    s${r}_${q} = madd(x${r}, b${q}, s${r}_${q});`),
    ]),
    '    a += aColumn;',
    '    b += bRow;',
    '  }',
    ...finish(rows, width, update),
    '}',
    '',
  ];
}

/**
 * C(1 row, 4 width columns) = bias + sum of value B[place] over a list of pairs, or C + alpha times that sum. A place is
 * in bytes: the multiplication of a row's number would take the place of one of the others.
 */
function listed(width, update) {
  return [
    `export function listed${suffix(update)}${width}(`,
    `  c: usize, start: usize, end: usize, b: usize, ${own(update)},`,
    '): void {',
    ...start(1, width, update),
    '  for (let e = start; e < end; e += 8) {',
    '    const x = v128.load_splat<f32>(e, 4);',
    '    const row = b + load<u32>(e);',
    ...count(width).map((q) => `    s0_${q} = madd(x, v128.load(row, ${16 * q}), s0_${q});`),
    '  }',
    ...finish(1, width, update),
    '}',
    '',
  ];
}

/** One function that calls the block of a given width. */
function choice(kind, widths, update, parameters) {
  const name = `${kind}${suffix(update)}`;
  const given = parameters.map((parameter) => parameter.split(':')[0]).join(', ');
  return [
    '@inline',
    `export function ${name}(width: i32, ${parameters.join(', ')}): void {`,
    '  switch (width) {',
    ...widths.map((width) => `    case ${width}: ${name}${width}(${given}); break;`),
    '  }',
    '}',
    '',
  ];
}

const DENSE_PARAMETERS = [
  ...['c: usize', 'a: usize', 'b: usize', 'depth: i32'],
  ...['aRow: usize', 'aColumn: usize', 'bRow: usize', 'cRow: usize'],
];
const LISTED_PARAMETERS = ['c: usize', 'start: usize', 'end: usize', 'b: usize'];

/** The AssemblyScript source of all blocks. */
export function blocksSource() {
  return [
    '// Written by lib/engine/blocks.mjs.',
    "import { madd } from '../simd';",
    '',
    ...[false, true].flatMap((update) => [
      ...DENSE_WIDTHS.flatMap((width) => dense(width, update)),
      ...choice('dense', DENSE_WIDTHS, update, [...DENSE_PARAMETERS, own(update)]),
      ...LISTED_WIDTHS.flatMap((width) => listed(width, update)),
      ...choice('listed', LISTED_WIDTHS, update, [...LISTED_PARAMETERS, own(update)]),
    ]),
  ].join('\n');
}
