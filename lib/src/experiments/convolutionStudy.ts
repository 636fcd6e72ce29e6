/**
 * BN in a convolutional layer (Ioffe and Szegedy 2015, section 3.2): "different elements of the same feature map, at
 * different locations, are normalized in the same way". One mean and variance per map, over m' = n p q values, keeps what
 * makes a convolution one: a shifted image gives a shifted output. One per activation, as in a dense layer, does not.
 */
import { checkCount, checkOptions } from '../check.js';
import { type MapNormalisation, mapLayer, mapNormalisations } from './mapLayer.js';
import { mayGoOn, type Running } from './running.js';
import { bySize } from './size.js';
import { distance, norm } from './vectors.js';

/** What `convolutionStudy` can be told. */
export interface ConvolutionStudyConfig {
  /** Left out: 1, 2, 3. */
  seeds?: number[];
  /** Images of the minibatch. Left out: by size. */
  n?: number;
  /** Feature maps. Left out: 4. */
  filters?: number;
  /** Rows and columns of the filter, an odd number. Left out: 5. */
  kernel?: number;
  /** By how many pixels, to the right, images are shifted. Left out: 1 to 6. */
  shifts?: number[];
}

/**
 * How far the layer is from shift-equivariant: |f(shifted x) - shifted f(x)| / |f(x)| over the locations that have both,
 * with the statistics fixed after training on unshifted images.
 */
export interface EquivarianceCell {
  seed: number;
  normalisation: MapNormalisation;
  shift: number;
  error: number;
}

/** What the normalised layer looks like at every location, for one seed. */
export interface MapMoments {
  seed: number;
  normalisation: MapNormalisation;
  /** Means and variances that the layer keeps: filters, or p q filters. */
  statistics: number;
  /** Values that each of them is taken over: n p q, or n. */
  valuesEach: number;
  /** Largest |mean| and largest |standard deviation - 1| of a map over all images and locations. */
  mapMean: number;
  mapStd: number;
}

/** What `convolutionStudy` gives back. */
export interface ConvolutionStudyResult {
  config: Required<ConvolutionStudyConfig>;
  equivariance: EquivarianceCell[];
  moments: MapMoments[];
  /** Of the first seed and its first map: the mean over images at each location, p x q, before BN. */
  locationMean: number[][];
  planned: number;
  stopped: boolean;
}

/**
 * Sends MNIST images through one convolution with random filters, and through BN per feature map and per activation.
 * Images stand in the middle of a larger sheet of paper, so that a shift pushes no ink over the edge. Reference code,
 * float64.
 *
 * @throws RangeError or TypeError for options that cannot work; an Error when MNIST's files are missing or damaged
 *
 * @example
 * const config = { seeds: [1], n: 2, filters: 1, kernel: 3, shifts: [1, 2] };
 * const { stopped } = await convolutionStudy(config);
 * console.log(stopped); // prints false
 */
export async function convolutionStudy(
  config: ConvolutionStudyConfig = {},
  running: Running = {},
): Promise<ConvolutionStudyResult> {
  checkOptions('convolutionStudy', config, ['seeds', 'n', 'filters', 'kernel', 'shifts']);
  const {
    seeds = [1, 2, 3],
    n = bySize({ small: 20, lecture: 60, full: 500 }),
    filters = 4,
    kernel = 5,
    shifts = [1, 2, 3, 4, 5, 6],
  } = config;
  checkCount('n', n, 2);
  checkCount('filters', filters);
  checkCount('kernel', kernel);
  for (const shift of shifts) checkCount('shifts', shift);
  checkCount('the number of runs', seeds.length * shifts.length);
  const margin = Math.max(...shifts);
  const result: ConvolutionStudyResult = {
    config: { seeds, n, filters, kernel, shifts },
    ...{ equivariance: [], moments: [], locationMean: [], planned: seeds.length, stopped: false },
  };
  let done = 0;
  for (const seed of seeds) {
    if (!(await mayGoOn(running.signal))) break;
    const { u, p, q, layer, kinds, perMap, perActivation } = mapLayer({ seed, n, filters, kernel, margin });
    const d = p * q * filters;
    const shifted = new Map(shifts.map((shift) => [shift, layer(shift)]));
    for (const normalisation of mapNormalisations) {
      const there = kinds[normalisation](u);
      for (const [shift, v] of shifted) {
        const error = equivarianceError(there, kinds[normalisation](v), n, p, q, filters, shift);
        result.equivariance.push({ seed, normalisation, shift, error });
      }
    }
    const moments = { perMap: perMap.y, perActivation: perActivation.y, none: u };
    for (const normalisation of mapNormalisations) {
      const { mean, std } = mapMoments(moments[normalisation], n * p * q, filters);
      result.moments.push({
        ...{ seed, normalisation },
        statistics: normalisation === 'none' ? 0 : normalisation === 'perMap' ? filters : d,
        valuesEach: normalisation === 'none' ? 0 : normalisation === 'perMap' ? n * p * q : n,
        mapMean: Math.max(...mean.map(Math.abs)),
        mapStd: Math.max(...std.map((value) => Math.abs(value - 1))),
      });
    }
    if (seed === seeds[0]) {
      result.locationMean = Array.from({ length: p }, (_, row) =>
        Array.from({ length: q }, (_, column) => perActivation.mean[(row * q + column) * filters]),
      );
    }
    done++;
    running.onProgress?.(done, seeds.length, `seed ${seed}`);
  }
  result.stopped = done < seeds.length;
  return result;
}

/** |f(shifted x) - shifted f(x)| / |f(x)| over the columns that both have. */
function equivarianceError(
  there: ArrayLike<number>,
  shifted: ArrayLike<number>,
  n: number,
  p: number,
  q: number,
  filters: number,
  shift: number,
): number {
  const length = (q - shift) * filters;
  const [a, b] = [new Float64Array(n * p * length), new Float64Array(n * p * length)];
  for (let row = 0; row < n * p; row++) {
    for (let k = 0; k < length; k++) {
      a[row * length + k] = there[row * q * filters + k];
      b[row * length + k] = shifted[row * q * filters + shift * filters + k];
    }
  }
  return distance(a, b) / norm(a);
}

/** Mean and standard deviation of each map over all images and locations. */
function mapMoments(values: ArrayLike<number>, rows: number, c: number): { mean: number[]; std: number[] } {
  const mean = new Array<number>(c).fill(0);
  const square = new Array<number>(c).fill(0);
  for (let i = 0; i < rows * c; i++) mean[i % c] += values[i] / rows;
  for (let i = 0; i < rows * c; i++) square[i % c] += (values[i] - mean[i % c]) ** 2 / rows;
  return { mean, std: square.map(Math.sqrt) };
}
