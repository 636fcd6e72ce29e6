import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { ghostBatchNorm } from '../ghostBatchNorm.js';
import { checkEffectiveRate, checkGhostNormalise, checkMeanNoise, type GhostNormalise } from './batchSize.js';

const bn = (values: number[], over = values) => {
  const mean = over.reduce((a, b) => a + b, 0) / over.length;
  const variance = over.reduce((a, v) => a + (v - mean) ** 2, 0) / over.length;
  return values.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
};
const groups = (values: number[], size: number) =>
  values.flatMap((_, i) => (i % size === 0 ? [values.slice(i, i + size)] : []));

exercise<GhostNormalise>(
  'checkGhostNormalise',
  checkGhostNormalise,
  [
    (values, size) => groups(values, size).flatMap((group) => bn(group)),
    (values, size) => [...ghostBatchNorm(values, values.length, 1, size).y],
  ],
  [
    [(values) => bn(values), /whole minibatch/],
    [(values, size) => bn(values, values.slice(0, size)), /first ghost batch/],
    [
      (values, size) =>
        values.map((v, i) => {
          const count = values.length / size;
          return bn(
            [v],
            values.filter((_, k) => k % count === i % count),
          )[0];
        }),
      /every second value/,
    ],
    [
      (values, size) =>
        values.map(
          (v, i) =>
            bn(
              [v],
              values.filter((_, k) => k % size === i % size),
            )[0],
        ),
      /wrong size/,
    ],
    [(values, size) => [...bn(values.slice(0, size)), ...values.slice(size)], /go on to the end/],
    [(values) => values, /as they were/],
    [(values, size) => bn(values.slice(0, size)), /Return 8 numbers/],
    [(values) => values.map((v) => v + 1), /Not yet/],
    [throwing, /threw: not written yet/],
  ],
);

exercise(
  'checkMeanNoise',
  checkMeanNoise,
  [0.5, 2 / Math.sqrt(16)],
  [
    [2 / 16, /like 1\/√m/],
    [4 / 16, /take the root/],
    [2, /one example is off/],
    [2 / Math.sqrt(15), /m − 1 belongs/],
    [8, /more exact/],
    [7, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);

exercise(
  'checkEffectiveRate',
  checkEffectiveRate,
  [4, 2 ** 2],
  [
    [2, /One factor of 2/],
    [1, /a step does/],
    [0.25, /other way round/],
    [0.5, /not slower/],
    [8, /squared, not cubed/],
    [5, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);
