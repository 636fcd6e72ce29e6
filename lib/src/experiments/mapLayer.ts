/** One convolution over MNIST images on a larger sheet of paper, and BN over its maps in two ways. */
import { convolution, convolutionShape } from '../convolution.js';
import { loadMnist, MNIST_SIDE } from '../data/mnist.js';
import { batchNormMaps, batchNormMapsInference } from '../featureMaps.js';
import { batchNormInference } from '../inference.js';
import { initialWeights } from '../initialise.js';
import { unbiasedFactor } from '../population.js';
import { Random } from '../random.js';
import { batchNorm } from '../transform.js';

/** All ways of normalising maps that are compared. */
export const mapNormalisations = ['none', 'perMap', 'perActivation'] as const;
/** How the maps of a convolution are normalised, if at all. */
export type MapNormalisation = (typeof mapNormalisations)[number];

/** Which layer: its random filters and images, and how many pixels of paper lie around an image. */
export interface MapLayerOptions {
  seed: number;
  n: number;
  filters: number;
  kernel: number;
  margin: number;
}

/**
 * The layer's output for images that are shifted to the right, and each kind of BN with the statistics of the unshifted
 * ones, as at inference.
 */
export function mapLayer({ seed, n, filters, kernel, margin }: MapLayerOptions) {
  const side = MNIST_SIDE + 2 * margin;
  const shape = convolutionShape({ height: side, width: side, channels: 1, kernel, padding: 'valid' });
  const { outHeight: p, outWidth: q } = shape;
  const { train } = loadMnist();
  const random = new Random(seed);
  const weights = initialWeights({ kind: 'he' }, kernel * kernel, filters, random.fork('filters'));
  const images = random.fork('images');
  const indices = Uint32Array.from({ length: n }, () => images.integer(train.count));
  /** The sheets, n x side x side. */
  const sheetsAt = (shift: number): Float64Array => {
    const sheets = new Float64Array(n * side * side);
    for (const [i, index] of indices.entries()) {
      for (let row = 0; row < MNIST_SIDE; row++) {
        for (let column = 0; column < MNIST_SIDE; column++) {
          sheets[(i * side + row + margin) * side + column + margin + shift] =
            train.x[index * train.features + row * MNIST_SIDE + column] * train.scale;
        }
      }
    }
    return sheets;
  };
  /** The layer before BN, n x p x q x filters, for images shifted to the right. */
  const layer = (shift: number): Float64Array =>
    Float64Array.from(convolution(sheetsAt(shift), weights, null, n, shape, filters));
  const u = layer(0);
  const d = p * q * filters;
  const perMap = batchNormMaps(u, [n, p, q, filters]);
  const perActivation = batchNorm(u, n, d);
  const fixed = (of: typeof perMap) => ({
    mean: of.mean,
    variance: of.variance.map((value) => value * unbiasedFactor(of.m)),
  });
  const kinds: Record<MapNormalisation, (v: Float64Array) => ArrayLike<number>> = {
    none: (v) => v,
    perMap: (v) => batchNormMapsInference(v, [n, p, q, filters], fixed(perMap)),
    perActivation: (v) => batchNormInference(v, n, d, fixed(perActivation)),
  };
  return { u, p, q, side, sheetsAt, layer, kinds, perMap, perActivation };
}
