import { judgeList, judgeNumber, type Verdict, wrong } from './verdict.js';

/** Takes images as x[image][row][column][map] and returns the mean of each map, over which BN centres it. */
export type MapMeans = (x: number[][][][]) => number[];

/** 2 images of 2 x 3 locations with 2 maps; no two of the usual mistakes give the same numbers. */
const images = [
  [
    [
      [1, 10],
      [2, 20],
      [4, 40],
    ],
    [
      [3, -10],
      [5, 0],
      [9, 30],
    ],
  ],
  [
    [
      [7, 50],
      [-2, 15],
      [6, 25],
    ],
    [
      [8, 5],
      [0, -20],
      [5, 75],
    ],
  ],
];

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const maps = [0, 1];
const total = maps.map((c) => sum(images.flat(2).map((value) => value[c])));
const each = (divisor: number) => total.map((value) => value / divisor);

/**
 * Checks the first exercise of lecture 14: the mean of a map is taken over all images and all locations.
 *
 * @example
 * console.log(checkMapMeans((x) => x[0][0][0]).passed); // prints false
 */
export function checkMapMeans(means: MapMeans): Verdict {
  const over = (values: number[][]) => maps.map((c) => sum(values.map((value) => value[c])) / values.length);
  const lengths = new Map([
    [
      12,
      'That is one mean for each map at each location: BN per activation. A map has one mean, over all of its locations too.',
    ],
    [
      4,
      'That is one mean for each map of each image: instance normalization. BN takes all images of the minibatch together.',
    ],
    [1, 'That is one mean for everything: each map has a mean of its own.'],
  ]);
  let answer: unknown;
  try {
    answer = means(structuredClone(images));
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (Array.isArray(answer)) {
    const told = lengths.get(answer.flat(3).length);
    if (told) return wrong(told);
  }
  return judgeList(
    () => answer,
    each(12),
    [
      {
        gives: over(images[0].flat()),
        say: 'These are the means of the first image alone: take all images of the minibatch.',
      },
      {
        gives: over(images.map((image) => image[0][0])),
        say: 'These are the means at the first location alone: take all rows and columns of a map.',
      },
      {
        gives: each(2),
        say: 'You divided by the number of images alone: a map has n p q values.',
      },
      {
        gives: each(6),
        say: 'You divided by the number of locations alone: a map has n p q values.',
      },
      { gives: total, say: 'These are the sums: divide by n p q.' },
      {
        gives: each(24),
        say: 'You divided by the number of all values: those of the other map do not count.',
      },
      { gives: maps.map(() => sum(total) / 24), say: 'You mixed the maps: each has a mean of its own.' },
    ],
    'One mean for each map, over n p q values: every location is treated alike.',
  );
}

/**
 * Checks m' of lecture 14: 60 images and maps of 14 x 14 locations give 60 x 14 x 14 = 11,760 values for each mean.
 *
 * @example
 * console.log(checkEffectiveBatch(60).message.includes('as in a dense layer')); // prints true
 */
export function checkEffectiveBatch(m: number): Verdict {
  return judgeNumber(
    m,
    60 * 14 * 14,
    [
      { gives: 60, say: 'That is m, as in a dense layer: every location of a map is a value too.' },
      { gives: 14 * 14, say: 'That is one image: the minibatch has 60.' },
      { gives: 60 * 14, say: 'A map has rows AND columns: 14 x 14 locations.' },
      {
        gives: 60 * 14 * 14 * 32,
        say: 'Each of the 32 maps has a mean of its own: they are not added together.',
      },
      {
        gives: 14 * 14 * 32,
        say: 'That is how many values one image has after the layer: leave out the maps, take 60 images.',
      },
      {
        gives: 60 * 28 * 28,
        say: 'BN sees the output of the convolution: its maps have 14 x 14 locations, the images 28 x 28.',
      },
      { gives: 60 * 32, say: 'Locations count, maps do not: n p q.' },
    ],
    "m' = n p q = 60 · 14 · 14: such a mean is a far better estimate than one over 60 values.",
    1e-6,
  );
}

/**
 * Checks the parameters of lecture 14: BN after a convolution with 32 maps of 14 x 14 learns 32 gamma and 32 beta.
 *
 * @example
 * console.log(checkMapParameters(64).passed); // prints true
 */
export function checkMapParameters(count: number): Verdict {
  return judgeNumber(
    count,
    64,
    [
      { gives: 32, say: 'That is γ alone: each map has a β too.' },
      { gives: 2, say: 'That is one γ and one β for the layer: each of the 32 maps has its own.' },
      {
        gives: 2 * 32 * 14 * 14,
        say: 'That is BN per activation: all 14 x 14 locations of a map share one γ and one β.',
      },
      { gives: 32 * 14 * 14, say: 'All locations of a map share one γ, and there is a β too.' },
      { gives: 2 * 14 * 14, say: 'One pair for each map, not for each location.' },
      { gives: 128, say: 'That counts the mean and the variance too: they are measured, not learned.' },
      { gives: 2 * 60, say: 'Nothing is learned for each image: count the maps.' },
    ],
    'One γ and one β for each map, "learned per feature map, rather than per activation".',
    1e-6,
  );
}

/** What a fold is given for one map: a weight and the bias of the convolution, and BN's numbers for that map. */
export interface MapToFold {
  weight: number;
  bias: number;
  gamma: number;
  beta: number;
  mean: number;
  variance: number;
  epsilon: number;
}

/** Returns the weight and the bias of the folded convolution. */
export type FoldMap = (map: MapToFold) => number[];

/**
 * Checks the fold of lecture 14: W' = W s and b' = (b − mean) s + β with s = γ / √(variance + ε).
 *
 * @example
 * console.log(checkFoldMap(({ weight, bias }) => [weight, bias]).passed); // prints false
 */
export function checkFoldMap(fold: FoldMap): Verdict {
  const map = { weight: 3, bias: 0.7, gamma: 1.5, beta: -0.4, mean: 2, variance: 0.3, epsilon: 0.06 };
  const { weight, bias, gamma, beta, mean, variance, epsilon } = map;
  const s = gamma / Math.sqrt(variance + epsilon);
  const withScale = (scale: number) => [weight * scale, (bias - mean) * scale + beta];
  return judgeList(
    () => fold({ ...map }),
    withScale(s),
    [
      {
        gives: [weight * s, beta - mean * s],
        say: "The convolution's own bias is lost: BN saw W x + b, so b is scaled and kept.",
        worth: 0.5,
      },
      {
        gives: [weight * s, bias + beta - mean * s],
        say: 'The bias went through BN too: it is multiplied by the scale like the weights.',
      },
      {
        gives: [weight * s, (bias - mean) * s],
        say: 'β is missing from the new bias.',
      },
      { gives: [weight * s, (bias + mean) * s + beta], say: 'The sign of the mean: BN subtracts it.' },
      {
        gives: [weight * s, bias * s + beta - mean],
        say: 'The mean is subtracted before BN scales: multiply it by the scale too.',
      },
      { gives: [weight * s, bias * s + beta], say: 'The mean is missing from the new bias.' },
      {
        gives: withScale(gamma / (Math.sqrt(variance) + epsilon)),
        say: 'ε stands inside the root, beside the variance.',
        worth: 0.5,
      },
      { gives: withScale(gamma / Math.sqrt(variance)), say: 'ε is missing from the root.' },
      {
        gives: withScale(gamma / (variance + epsilon)),
        say: 'The root is missing: BN divides by the standard deviation.',
      },
      { gives: withScale(1 / Math.sqrt(variance + epsilon)), say: 'γ is missing from the scale.' },
      { gives: [weight, (bias - mean) * s + beta], say: 'The weights are scaled too, not the bias alone.' },
      { gives: [weight, bias], say: 'That is the convolution as it was, without BN.' },
    ],
    'One scale for all weights that lead to the map, and one shift: the convolution with BN is a convolution.',
  );
}
