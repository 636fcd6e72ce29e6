/** What a DCGAN is made of and how it is trained: the recipe of Radford, Metz and Chintala 2016, scaled down. */
import { checkChoice, checkCount, checkOptions, checkPositive } from '../../check.js';
import type { ImageSource } from '../../data/imageSource.js';

/** Where BN stands; see `DcganOptions.batchNorm`. */
export type DcganPlacement = 'paper' | 'everywhere' | 'none';

/** In the order in which tables and figures show them. */
export const dcganPlacements: readonly DcganPlacement[] = ['paper', 'everywhere', 'none'];

/** What can be chosen of a DCGAN; section numbers are those of arXiv 1511.06434. */
export interface DcganOptions {
  /**
   * `'paper'`: after every layer of both networks but the generator's output and the discriminator's input layer
   * (section 3). `'everywhere'`: after those two too. `'none'`: nowhere. The discriminator's one output, the logit,
   * has none in any of them. Left out: `'paper'`.
   */
  batchNorm?: DcganPlacement;
  /**
   * How the discriminator's BN sees real and generated images. `false`: as two minibatches, each normalised by its
   * own statistics; `true`: joined into one. Left out: false.
   */
  mixed?: boolean;
  /** Feature maps of the layers next to the image; each layer further in has twice as many. Left out: 16. */
  maps?: number;
  /** Strided layers of each network. Left out: as many as make the innermost maps at most 7 x 7. */
  stages?: number;
  /** Rows and columns of a filter; a whole multiple of the stride 2 spreads evenly. Left out: 4. */
  kernel?: number;
  /** Length of z, drawn evenly from [-1, 1]. Left out: 100, as in figure 1. */
  latent?: number;
  /** LeakyReLU is u for u > 0, else u/a, with a in (1, infinity). Left out: 5, the slope 0.2 of section 4. */
  a?: number;
  /** Standard deviation of the first weights, which are normal with mean 0. Left out: 0.02 (section 4). */
  deviation?: number;
  /** Images in a minibatch, and as many generated ones. Left out: 64; 128 in section 4. */
  batchSize?: number;
  /** Of Adam. Left out: 0.0002 (section 4). */
  learningRate?: number;
  /** Of Adam. Left out: 0.5 (section 4). */
  beta1?: number;
  /** How many times each network is updated. Left out: 400. */
  steps?: number;
  /** Decides the first weights, every z, and the order of the images. Left out: 1. */
  seed?: number;
}

/** What `trainDcgan` trains on, and how. */
export interface DcganConfig extends DcganOptions {
  /** The real images. */
  images: ImageSource;
}

/** Nothing left out, and the shape of the images. */
export interface CompleteDcganOptions extends Required<DcganOptions> {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

const names = [
  'batchNorm',
  'mixed',
  'maps',
  'stages',
  'kernel',
  'latent',
  'a',
  'deviation',
  'batchSize',
  'learningRate',
  'beta1',
  'steps',
  'seed',
];

/**
 * Checks a configuration and fills in what was left out.
 * @throws RangeError or TypeError for an option that cannot be
 */
export function completeDcgan(
  { height, width, channels }: Pick<ImageSource, 'height' | 'width' | 'channels'>,
  options: DcganOptions,
): CompleteDcganOptions {
  checkOptions('the DCGAN', options, names);
  checkCount('the height of the images', height, 8);
  checkCount('the width of the images', width, 8);
  checkChoice('the channels of the images', channels, [1, 3]);
  const complete: CompleteDcganOptions = {
    height,
    width,
    channels,
    batchNorm: options.batchNorm ?? 'paper',
    mixed: options.mixed ?? false,
    maps: options.maps ?? 16,
    stages: options.stages ?? fittingStages(Math.max(height, width)),
    kernel: options.kernel ?? 4,
    latent: options.latent ?? 100,
    a: options.a ?? 5,
    deviation: options.deviation ?? 0.02,
    batchSize: options.batchSize ?? 64,
    learningRate: options.learningRate ?? 0.0002,
    beta1: options.beta1 ?? 0.5,
    steps: options.steps ?? 400,
    seed: options.seed ?? 1,
  };
  checkChoice('batchNorm', complete.batchNorm, dcganPlacements);
  checkChoice('mixed', complete.mixed, [true, false]);
  for (const name of ['maps', 'stages', 'latent', 'steps'] as const) {
    checkCount(name, complete[name]);
  }
  checkCount('kernel', complete.kernel, 2);
  checkCount('batchSize', complete.batchSize, 2);
  for (const name of ['deviation', 'learningRate'] as const) {
    checkPositive(name, complete[name]);
  }
  if (!(complete.a > 1 && complete.a < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a must be in (1, infinity), found ${complete.a}: LeakyReLU is u/a below 0`);
  }
  if (!(complete.beta1 >= 0 && complete.beta1 < 1)) {
    throw new RangeError(`beta1 must be in [0, 1), found ${complete.beta1}`);
  }
  if (!Number.isFinite(complete.seed)) {
    throw new RangeError(`seed must be a finite number, found ${complete.seed}`);
  }
  const factor = 2 ** complete.stages;
  if (height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(
      `${complete.stages} stages halve the images ${complete.stages} times, so their sides must be multiples of ` +
        `${factor}, found ${height} x ${width}`,
    );
  }
  return complete;
}

/** Halvings until a side is at most 7, as far as it can be halved. */
function fittingStages(side: number): number {
  let stages = 0;
  for (let size = side; size > 7 && size % 2 === 0; size /= 2) {
    stages++;
  }
  return Math.max(1, stages);
}

/** Whether the layer next to the image has BN, and whether the others have: the same rule for both networks. */
export function normalisedLayers({ batchNorm }: Pick<CompleteDcganOptions, 'batchNorm'>): {
  nextToImage: boolean;
  others: boolean;
} {
  return { nextToImage: batchNorm === 'everywhere', others: batchNorm !== 'none' };
}
