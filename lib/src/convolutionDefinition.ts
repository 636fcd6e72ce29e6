/** Convolutional layers as a network's definition has them: each layer's image is what the one before it gives. */
import { checkCount, checkOptions } from './check.js';
import { type ConvolutionOptions, type ConvolutionShape, convolutionShape } from './convolution.js';
import { type PoolKind, type PoolShape, poolShape } from './pooling.js';

/** The size of an image, channels last. */
export interface ImageSize {
  height: number;
  width: number;
  channels: number;
}

/** One convolutional layer of a network; pooling, where there is any, comes last, after BN and activation. */
export interface ConvolutionDefinition {
  /** Number of feature maps that come out. */
  filters: number;
  /** Rows and columns of the filter; one number for a square. */
  kernel: ConvolutionOptions['kernel'];
  /** Left out: 1. */
  stride?: ConvolutionOptions['stride'];
  /** Left out: `'same'`. */
  padding?: ConvolutionOptions['padding'];
  /** Left out: no pooling. `'global'`: the average of each whole map. */
  pool?:
    | 'global'
    | {
        kind: PoolKind;
        size: number | readonly [number, number];
        stride?: number | readonly [number, number];
      };
}

/** A convolutional layer with nothing left out. */
export interface CompleteConvolution {
  readonly filters: number;
  readonly shape: ConvolutionShape;
  readonly pool: PoolShape | null;
}

/**
 * Checks the convolutional layers one after the other.
 * @param inputs sizes[0] of the network, which must be the pixels of the image
 * @throws RangeError or TypeError for a layer that does not fit the image before it
 */
export function completeConvolutions(
  image: ImageSize | undefined,
  conv: readonly ConvolutionDefinition[] = [],
  inputs: number,
): CompleteConvolution[] {
  if (conv.length === 0) {
    if (image !== undefined) {
      throw new RangeError('image says nothing without convolutional layers, found no `conv`; leave it out');
    }
    return [];
  }
  if (image === undefined) {
    throw new RangeError('conv needs the size of its images in `image`, found none');
  }
  checkOptions('image', image, ['height', 'width', 'channels']);
  let { height, width, channels } = image;
  if (height * width * channels !== inputs) {
    throw new RangeError(
      `sizes must start with the image's height*width*channels = ${height * width * channels} numbers, found ` +
        `${inputs}`,
    );
  }
  return conv.map((layer, index) => {
    checkOptions(`conv[${index}]`, layer, ['filters', 'kernel', 'stride', 'padding', 'pool']);
    const { filters, kernel, stride = 1, padding = 'same', pool } = layer;
    checkCount(`conv[${index}].filters`, filters);
    const shape = convolutionShape({ height, width, channels, kernel, stride, padding });
    ({ outHeight: height, outWidth: width } = shape);
    channels = filters;
    if (pool === undefined) {
      return { filters, shape, pool: null };
    }
    const options =
      pool === 'global' ? { kind: 'average' as const, size: [height, width] as const } : { ...pool };
    const pooled = poolShape({ ...options, height, width, channels });
    ({ outHeight: height, outWidth: width } = pooled);
    return { filters, shape, pool: pooled };
  });
}

/** How many numbers a convolutional layer gives for each image. */
export function convolutionOutputs({ filters, shape, pool }: CompleteConvolution): number {
  return pool === null
    ? shape.outHeight * shape.outWidth * filters
    : pool.outHeight * pool.outWidth * pool.channels;
}
