// The SIMD engine's kernels. They work on addresses that lib/src/simdEngine.ts lays out; nothing is allocated here.
export * from './batchNorm';
// The blocks are exported only to stay functions of their own: the compiler would put one that is called in a single
// place there, and V8 finds no good registers in the large function that comes of it.
export * from './dist/blocks';
export * from './layer';
export * from './multiply';
export * from './optimise';
export * from './sparse';
import { activate4 } from './simd';

/** Where free memory starts. */
export function heapBase(): usize {
  return __heap_base;
}

/** g of `count` numbers (a multiple of 4), for the tests of the approximations. */
export function activateAll(to: usize, from: usize, count: i32, kind: i32, slope: f32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(to + i, activate4(kind, v128.load(from + i), f32x4.splat(slope)));
  }
}
