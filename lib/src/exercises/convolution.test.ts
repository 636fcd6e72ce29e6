import { describe, expect, it } from 'vitest';
import {
  checkEffectiveBatch,
  checkFoldMap,
  checkMapMeans,
  checkMapParameters,
  type FoldMap,
  type MapMeans,
} from './convolution.js';
import type { Verdict } from './verdict.js';

/** A right answer in several forms, and wrong ones with words that the check must say of each. */
function exercise<Answer>(
  name: string,
  check: (answer: Answer) => Verdict,
  right: Answer[],
  wrong: [Answer, RegExp][],
): void {
  describe(name, () => {
    it.each(right)('takes %s', (answer) => {
      expect(check(answer)).toMatchObject({ passed: true, message: expect.stringMatching(/./) });
    });
    it.each(wrong)('tells %s', (answer, words) => {
      const { passed, message } = check(answer);
      expect(message).toMatch(words);
      expect(passed).toBe(false);
    });
    it('says something else of each mistake', () => {
      const messages = wrong.map(([answer]) => check(answer).message);
      expect(new Set(messages).size).toBe(messages.length);
    });
  });
}

const throwing = () => {
  throw new Error('not written yet');
};
const meanOf = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const over = (values: number[][]) => [0, 1].map((c) => meanOf(values.map((value) => value[c])));
const summed = (x: number[][][][]) => over(x.flat(2)).map((mean) => mean * 12);

exercise<MapMeans>(
  'checkMapMeans',
  checkMapMeans,
  [
    (x) => over(x.flat(2)),
    (x) => Array.from(Float64Array.from(over(x.flat(2)))),
    (x) => {
      const means = x[0][0][0].map(() => 0);
      for (const image of x)
        for (const row of image)
          for (const location of row)
            for (const [c, value] of location.entries())
              means[c] += value / (x.length * image.length * row.length);
      return means;
    },
  ],
  [
    [(x) => over(x[0].flat()), /first image alone/],
    [(x) => over(x.map((image) => image[0][0])), /first location alone/],
    [
      (x) => x[0].flatMap((row, i) => row.flatMap((_, j) => over(x.map((image) => image[i][j])))),
      /BN per activation/,
    ],
    [(x) => x.flatMap((image) => over(image.flat())), /instance normalization/],
    [(x) => [meanOf(x.flat(3))], /one mean for everything/],
    [(x) => summed(x).map((v) => v / 2), /number of images alone/],
    [(x) => summed(x).map((v) => v / 6), /number of locations alone/],
    [summed, /the sums/],
    [(x) => summed(x).map((v) => v / 24), /number of all values/],
    [(x) => [meanOf(x.flat(3)), meanOf(x.flat(3))], /mixed the maps/],
    [() => [1, 2], /Not yet/],
    [() => [1, 2, 3], /Return 2 numbers/],
    [throwing, /threw: not written yet/],
    [() => undefined as unknown as number[], /Return a list/],
  ],
);

exercise<number>(
  'checkEffectiveBatch',
  checkEffectiveBatch,
  [60 * 196, 11760],
  [
    [60, /as in a dense layer/],
    [196, /one image/],
    [840, /rows AND columns/],
    [60 * 196 * 32, /a mean of its own/],
    [196 * 32, /one image has after the layer/],
    [60 * 784, /sees the output/],
    [1920, /maps do not/],
    [11761, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);

exercise<number>(
  'checkMapParameters',
  checkMapParameters,
  [64, 2 * 32],
  [
    [32, /γ alone/],
    [2, /for the layer/],
    [2 * 32 * 196, /BN per activation/],
    [32 * 196, /share one γ/],
    [2 * 196, /not for each location/],
    [128, /measured, not learned/],
    [120, /for each image/],
    [65, /not it yet/],
  ],
);

const scale: (map: Parameters<FoldMap>[0]) => number = ({ gamma, variance, epsilon }) =>
  gamma / Math.sqrt(variance + epsilon);

exercise<FoldMap>(
  'checkFoldMap',
  checkFoldMap,
  [
    (f) => [f.weight * scale(f), (f.bias - f.mean) * scale(f) + f.beta],
    (f) => [scale(f) * f.weight, scale(f) * f.bias + (f.beta - scale(f) * f.mean)],
  ],
  [
    [(f) => [f.weight * scale(f), f.beta - f.mean * scale(f)], /own bias is lost/],
    [
      (f) => [f.weight * scale(f), f.bias + f.beta - f.mean * scale(f)],
      /multiplied by the scale like the weights/,
    ],
    [(f) => [f.weight * scale(f), (f.bias - f.mean) * scale(f)], /β is missing/],
    [(f) => [f.weight * scale(f), (f.bias + f.mean) * scale(f) + f.beta], /sign of the mean/],
    [(f) => [f.weight * scale(f), f.bias * scale(f) + f.beta - f.mean], /before BN scales/],
    [(f) => [f.weight * scale(f), f.bias * scale(f) + f.beta], /mean is missing/],
    [
      (f) => {
        const s = f.gamma / (Math.sqrt(f.variance) + f.epsilon);
        return [f.weight * s, (f.bias - f.mean) * s + f.beta];
      },
      /inside the root/,
    ],
    [
      (f) => {
        const s = f.gamma / Math.sqrt(f.variance);
        return [f.weight * s, (f.bias - f.mean) * s + f.beta];
      },
      /ε is missing/,
    ],
    [
      (f) => {
        const s = f.gamma / (f.variance + f.epsilon);
        return [f.weight * s, (f.bias - f.mean) * s + f.beta];
      },
      /root is missing/,
    ],
    [
      (f) => {
        const s = 1 / Math.sqrt(f.variance + f.epsilon);
        return [f.weight * s, (f.bias - f.mean) * s + f.beta];
      },
      /γ is missing/,
    ],
    [(f) => [f.weight, (f.bias - f.mean) * scale(f) + f.beta], /not the bias alone/],
    [(f) => [f.weight, f.bias], /as it was, without BN/],
    [(f) => [f.weight, f.bias, 0], /Return 2 numbers/],
    [throwing, /threw/],
  ],
);
