/**
 * Where the stand-alone BN kernels find what they work on: sizes and addresses, laid out once for a shape. The
 * words stand in memory in the order of `Plan` in lib/engine/assembly/batchNorm/plan.ts, which says what each is.
 */
import type { Address } from './kernels.js';

/** Feature f of x is x(i, f, k), i in 0..n, k in 0..inner. */
export interface FeatureShape {
  readonly n: number;
  readonly d: number;
  readonly inner: number;
}

const ELEMENTS = ['x', 'y', 'dy', 'dx'] as const;
const PARAMETERS = ['gamma', 'beta', 'dGamma', 'dBeta'] as const;
const MAPS = ['shift', 'dyShift', 'centre', 'dyCentre', 'scale', 'dyScale', 'offset'] as const;
const MOMENTS = [
  'mean',
  'variance',
  'inverse',
  'runningMean',
  'runningVariance',
  'sums',
  'products',
] as const;

type Name = (typeof ELEMENTS | typeof PARAMETERS | typeof MAPS | typeof MOMENTS)[number];

/** Planes of fewer locations are taken as rows: what it costs to start on a plane would outweigh its sums. */
const SHORTEST_PLANE = 32;
/** Where there are fewer columns, several rows are taken as one, side by side. */
const LEAST_COLUMNS = 64;

/**
 * Bytes between x, y, dy and dx. Where two of them begin at nearly the same place of a 4 KiB page, the processor takes
 * a load for one that waits for an earlier store: a tenth of the speed in the caches.
 */
const APART = 448;

export interface BatchNormPlan {
  /** Where the words go. */
  readonly address: Address;
  readonly words: Int32Array;
  readonly at: Readonly<Record<Name, Address>>;
  /** The end of all that was laid out. */
  readonly end: Address;
}

/** Lays out the arrays of a shape from `start` on. */
export function planBatchNorm(shape: FeatureShape, start: Address): BatchNormPlan {
  const { n, d, inner } = shape;
  let next = start;
  /** Room on a cache line of its own; up to three numbers behind the last one may be read and written. */
  const room = (bytes: number, gap = 32): Address => {
    const address = Math.ceil(next / 64) * 64;
    next = address + bytes + gap;
    return address;
  };
  const copies = inner >= SHORTEST_PLANE ? 0 : sideBySide(d * inner);
  const width = copies * d * inner;
  const address = room(4 * 64);
  const at = Object.fromEntries([
    ...ELEMENTS.map((name) => [name, room(4 * n * d * inner, APART)]),
    ...[...PARAMETERS, ...MAPS].map((name) => [name, room(4 * d)]),
    ...MOMENTS.map((name) => [name, room(8 * d)]),
  ]) as Record<Name, Address>; // the four lists have all the names
  const columnsAreFeatures = copies === 1 && inner === 1;
  const wide = (bytes: number, narrow: Address) => (columnsAreFeatures ? narrow : room(bytes * width));
  const words = Int32Array.of(
    ...[n, d, inner, copies, width],
    ...[...ELEMENTS, ...PARAMETERS, ...MAPS, ...MOMENTS].map((name) => at[name]),
    ...MAPS.map((name) => wide(4, at[name])),
    ...[room(4 * width), room(4 * width)],
    ...[wide(8, at.sums), wide(8, at.products)],
  );
  return { address, words, at, end: next };
}

/** The number of rows side by side that makes the columns a multiple of 4, and enough of them. */
function sideBySide(columns: number): number {
  let copies = 1;
  while ((copies * columns) % 4 !== 0 || copies * columns < LEAST_COLUMNS) {
    copies *= 2;
  }
  return copies;
}
