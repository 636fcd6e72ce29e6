import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { checkCosine, checkGrowthOverDepth, checkSmallestBatch, type OfTwoGradients } from './whyItWorks.js';

const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const growth = Math.PI / (Math.PI - 1);

exercise<OfTwoGradients>(
  'checkCosine',
  checkCosine,
  [
    (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
    (a, b) => dot(a, b) / Math.hypot(...a) / Math.hypot(...b),
  ],
  [
    [dot, /scalar product/],
    [(a, b) => dot(a, b) / (dot(a, a) * dot(b, b)), /squared lengths/],
    [(a, b) => dot(a, b) / dot(a, a), /\|G\| twice/],
    [(a, b) => dot(a, b) / dot(b, b), /\|G′\| twice/],
    [(a, b) => dot(a, b) / (Math.hypot(...a) + Math.hypot(...b)), /not added/],
    [(a, b) => Math.hypot(...a.map((v, i) => v - b[i])), /the other measure/],
    [(a, b) => Math.acos(dot(a, b) / Math.hypot(...a) / Math.hypot(...b)), /arc cosine/],
    [() => 1, /only where nothing/],
    [() => 0.123, /Not yet: yours returned 0.123/],
    [() => Number.NaN, /finite number/],
    [throwing, /threw: not written yet/],
  ],
);

exercise(
  'checkGrowthOverDepth',
  checkGrowthOverDepth,
  [growth ** 25, 14_500, 14_300],
  [
    [growth ** 50, /take the root/],
    [growth * 50, /not a product with 50/],
    [Math.sqrt(growth) * 50, /it is a power\./],
    [growth * 25, /as an exponent/],
    [Math.sqrt(growth), /one layer: there are/],
    [growth, /squared gradient over one/],
    [growth ** -25, /it grows/],
    [7, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);

exercise(
  'checkSmallestBatch',
  checkSmallestBatch,
  [13],
  [
    [10, /That is B − 3/],
    [12, /1\.111/],
    [11, /1\.125/],
    [14, /smaller one/],
    [23, /check your fraction/],
    [4, /twice as large/],
    [40, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);
