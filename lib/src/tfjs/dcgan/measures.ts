/** How good generated images are, in numbers; each beside the same number for real images. */
import { checkCount, checkOptions } from '../../check.js';
import { covarianceMatrix } from '../../covariance.js';
import { type Dataset, firstExamples } from '../../dataset.js';
import { softmax } from '../../loss.js';
import type { Network } from '../../network.js';
import { networkForward } from '../../networkPass.js';
import { symmetricEigen, symmetricFunction } from '../../symmetricEigen.js';
import { trainNetwork } from '../../train.js';

/** Images as numbers in [-1, 1], one after the other. */
export interface MeasuredImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly values: Float32Array;
}

/**
 * The share of a generator's numbers where tanh is saturated: |value| above 0.99, where its slope is below 0.02.
 *
 * @example
 * console.log(tanhSaturation([-1, 0, 0.5, 0.995])); // prints 0.5
 */
export function tanhSaturation(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) > 0.99) {
      count++;
    }
  }
  return count / values.length;
}

/**
 * The mean distance between two images of a set, |x - y| / sqrt(number of pixels): 0 when all are the same.
 *
 * @example
 * const shape = { count: 2, height: 1, width: 1, channels: 1 } as const;
 * console.log(meanDistance({ ...shape, values: Float32Array.of(-1, 1) })); // prints 2
 */
export function meanDistance({ count, values }: MeasuredImages): number {
  checkCount('the number of images', count, 2);
  const pixels = values.length / count;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      sum += Math.sqrt(squaredDistance(values, i, values, j, pixels) / pixels);
    }
  }
  return sum / ((count * (count - 1)) / 2);
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, pixels: number): number {
  let sum = 0;
  for (let k = 0; k < pixels; k++) {
    const difference = a[i * pixels + k] - b[j * pixels + k];
    sum += difference * difference;
  }
  return sum;
}

/**
 * How many different real images are the nearest one to some generated image: a generator that makes one picture over
 * and over finds one; another draw of as many real images finds about half of them.
 *
 * @example
 * const shape = { count: 2, height: 1, width: 1, channels: 1 } as const;
 * const real = { ...shape, values: Float32Array.of(-1, 1) };
 * console.log(distinctNeighbours({ ...shape, values: Float32Array.of(0.5, 0.6) }, real)); // prints 1
 */
export function distinctNeighbours(generated: MeasuredImages, real: MeasuredImages): number {
  const pixels = real.values.length / real.count;
  if (generated.values.length / generated.count !== pixels) {
    throw new RangeError('generated and real images must have the same number of pixels');
  }
  const found = new Set<number>();
  for (let i = 0; i < generated.count; i++) {
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (let j = 0; j < real.count; j++) {
      const distance = squaredDistance(generated.values, i, real.values, j, pixels);
      if (distance < least) {
        [nearest, least] = [j, distance];
      }
    }
    found.add(nearest);
  }
  return found.size;
}

/**
 * The Frechet distance between two sets of feature rows, taken as normal distributions (Heusel et al. 2017, "FID"):
 *
 *   |mean_a - mean_b|^2 + trace(S_a + S_b - 2 (S_a^(1/2) S_b S_a^(1/2))^(1/2))
 *
 * 0 for the same mean and covariance. Which features they are decides what it sees.
 *
 * @param a rows x d
 * @param b rows x d
 *
 * @example
 * console.log(Math.round(frechetDistance([0, 1, 2], [3, 4, 5], 1))); // prints 9
 */
export function frechetDistance(a: ArrayLike<number>, b: ArrayLike<number>, d: number): number {
  const [first, second] = [a, b].map((rows) => momentsOf(rows, d));
  const shift = first.mean.reduce((sum, value, j) => sum + (value - second.mean[j]) ** 2, 0);
  const root = symmetricFunction(symmetricEigen(first.covariance, d), (v) => Math.sqrt(Math.max(0, v)));
  const middle = multiply(multiply(root, second.covariance, d), root, d);
  // Rounding leaves it not quite symmetric.
  const symmetric = middle.map((value, i) => (value + middle[(i % d) * d + Math.floor(i / d)]) / 2);
  const { values } = symmetricEigen(symmetric, d);
  const crossed = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  let traces = 0;
  for (let j = 0; j < d; j++) {
    traces += first.covariance[j * d + j] + second.covariance[j * d + j];
  }
  return Math.max(0, shift + traces - 2 * crossed);
}

function momentsOf(rows: ArrayLike<number>, d: number): { mean: Float64Array; covariance: Float64Array } {
  checkCount('the number of rows', rows.length / d, 2);
  const { mean, covariance } = covarianceMatrix(Float64Array.from(rows), rows.length / d, d);
  return { mean: Float64Array.from(mean), covariance: Float64Array.from(covariance) };
}

function multiply(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const product = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < d; k++) {
      for (let j = 0; j < d; j++) {
        product[i * d + j] += a[i * d + k] * b[k * d + j];
      }
    }
  }
  return product;
}

/** Means over blocks of pixels, at most 4 x 4 of them in each channel: what an image looks like from afar. */
export function coarse({ count, height, width, channels, values }: MeasuredImages): {
  rows: Float64Array;
  d: number;
} {
  const [down, across] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const [h, w] = [Math.ceil(height / down), Math.ceil(width / across)];
  const d = h * w * channels;
  const rows = new Float64Array(count * d);
  const sizes = new Float64Array(d);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const block = (Math.floor(y / down) * w + Math.floor(x / across)) * channels + c;
        sizes[block]++;
        for (let i = 0; i < count; i++) {
          rows[i * d + block] += values[((i * height + y) * width + x) * channels + c];
        }
      }
    }
  }
  return { rows: rows.map((sum, i) => sum / sizes[i % d]), d };
}

/** A network that knows digits: to ask what a generated one is taken for. */
export interface DigitJudge {
  readonly network: Network;
  /** Its accuracy on test digits. */
  readonly accuracy: number;
}

/**
 * Trains the judge: 784-128-10 with BN and ReLU, by Adam.
 *
 * @example
 * const { train, test } = loadMnist();
 * const judge = await trainDigitJudge({ train, test: firstExamples(test, 500), steps: 100 });
 * console.log(judge.accuracy > 0.8); // prints true
 */
export async function trainDigitJudge(options: {
  train: Dataset;
  test: Dataset;
  /** Left out: 1500. */
  steps?: number;
  /** Left out: 1. */
  seed?: number;
}): Promise<DigitJudge> {
  checkOptions('trainDigitJudge', options, ['train', 'test', 'steps', 'seed']);
  const { train, test, steps = 1500, seed = 1 } = options;
  const { network, evaluations } = await trainNetwork(
    { sizes: [train.features, 128, 10], activation: 'relu', batchNorm: true },
    { train, test, steps, learningRate: 0.002, optimiser: { kind: 'adam' }, seed },
  );
  return { network, accuracy: evaluations[evaluations.length - 1].accuracy };
}

/** What the judge says of a set of images. */
export interface DigitScore {
  /** Mean probability of the class that the judge takes an image for. */
  readonly confidence: number;
  /** exp of the entropy of the mean probabilities: 10 when all digits come equally often, 1 when one alone comes. */
  readonly classes: number;
  /** exp of the mean divergence of an image's probabilities from the mean ones (Salimans et al. 2016): 1 to 10. */
  readonly score: number;
  /** Share of each digit, by the judge's first choice. */
  readonly shares: readonly number[];
}

/**
 * What the judge takes images for.
 * @throws RangeError for images that do not fit the judge
 *
 * @example
 * const { train, test } = loadMnist();
 * const judge = await trainDigitJudge({ train, test: firstExamples(test, 100), steps: 100 });
 * const real = imagesOf(test, { height: 28, width: 28, channels: 1 }, 100);
 * console.log(digitScore(judge, real).score > 4); // prints true
 */
export function digitScore({ network }: DigitJudge, { count, values }: MeasuredImages): DigitScore {
  // the judge learned from [0, 1]
  const pass = networkForward(
    network,
    Float32Array.from(values, (value) => (value + 1) / 2),
    count,
    'inference',
  );
  const k = 10;
  const probabilities = softmax(pass.logits, count, k);
  const mean = new Float64Array(k);
  const shares = new Array<number>(k).fill(0);
  let confidence = 0;
  let negativeEntropy = 0;
  for (let i = 0; i < count; i++) {
    let best = 0;
    for (let c = 0; c < k; c++) {
      const p = probabilities[i * k + c];
      mean[c] += p / count;
      negativeEntropy += p > 0 ? (p * Math.log(p)) / count : 0;
      if (p > probabilities[i * k + best]) {
        best = c;
      }
    }
    confidence += probabilities[i * k + best] / count;
    shares[best] += 1 / count;
  }
  const entropy = -mean.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
  return { confidence, classes: Math.exp(entropy), score: Math.exp(entropy + negativeEntropy), shares };
}

/** All measures of a set of generated images. */
export interface DcganMeasures {
  /** Share of numbers with |tanh| above 0.99. */
  readonly saturation: number;
  /** Mean distance between two generated images, over that between two real ones: 1 is as varied as real. */
  readonly diversity: number;
  /** Different nearest real images, over the number that as many other real images find. */
  readonly coverage: number;
  /** Frechet distance from real images of 4 x 4 block means; beside it that of other real images. */
  readonly frechet: number;
  readonly frechetOfReal: number;
  /** What a judge of digits says; absent for other images. */
  readonly digits?: DigitScore;
}

/**
 * Measures generated images beside real ones that the networks have not been trained on.
 * @param real twice as many real images or more: one half stands for the real ones, the other is compared as if it were generated
 *
 * @example
 * const real = imagesOf(loadMnist().test, { height: 28, width: 28, channels: 1 }, 200);
 * const generated = { ...real, count: 100, values: real.values.map(() => 0).subarray(0, 100 * 784) };
 * const { diversity, saturation } = measureImages(generated, real);
 * console.log(diversity, saturation); // prints 0 0
 */
export function measureImages(
  generated: MeasuredImages,
  real: MeasuredImages,
  judge?: DigitJudge,
): DcganMeasures {
  const { count } = generated;
  if (real.count < 2 * count) {
    throw new RangeError(
      `real must hold at least twice as many images as generated, ${2 * count}, found ${real.count}`,
    );
  }
  const pixels = real.values.length / real.count;
  const part = (start: number): MeasuredImages => ({
    ...real,
    count,
    values: real.values.subarray(start * pixels, (start + count) * pixels),
  });
  const [first, second] = [part(0), part(count)];
  const [far, farFirst, farSecond] = [generated, first, second].map(coarse);
  return {
    saturation: tanhSaturation(generated.values),
    diversity: meanDistance(generated) / meanDistance(first),
    coverage: distinctNeighbours(generated, first) / distinctNeighbours(second, first),
    frechet: frechetDistance(far.rows, farFirst.rows, far.d),
    frechetOfReal: frechetDistance(farSecond.rows, farFirst.rows, far.d),
    ...(judge ? { digits: digitScore(judge, generated) } : {}),
  };
}

/**
 * The first images of a data set of pictures as numbers in [-1, 1].
 *
 * @example
 * const { count, values } = imagesOf(loadMnist().test, { height: 28, width: 28, channels: 1 }, 3);
 * console.log(count, values.length === 3 * 784, values[0]); // prints 3 true -1
 */
export function imagesOf(
  data: Dataset,
  shape: { height: number; width: number; channels: 1 | 3 },
  count: number,
): MeasuredImages {
  const { x } = firstExamples(data, count);
  return { ...shape, count, values: Float32Array.from(x, (value) => 2 * value * data.scale - 1) };
}
