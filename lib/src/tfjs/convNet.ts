/** The small conv net of lecture 14: two convolutions and a dense layer, with BN before or after the activation, or none. */
import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkCount } from '../check.js';
import type { Placement } from '../network.js';
import { BatchNorm } from './batchNormLayer.js';

/** What `smallConvNet` is to be. */
export interface ConvNetShape {
  /** Rows, columns and channels of an image. */
  h: number;
  w: number;
  c: number;
  classes: number;
  /** Seeds the first weights. */
  seed: number;
  /** Feature maps of each convolution. Left out: 16 and 32. */
  maps?: readonly number[];
  /** Where BN stands: before the activation, after it, or nowhere. Left out: before. */
  placement?: Placement;
  /**
   * Whether the last maps are averaged over 3 x 3 locations, every second one, before the dense layer, which then has about
   * a fifth of the inputs. Left out: no.
   */
  pooled?: boolean;
}

/**
 * A small conv net for images of h x w x c: convolutions of 3 x 3 and stride 2, each with BN and ReLU, and a dense layer
 * of logits. Its weights are drawn from the seed, the same on every backend and for every placement of BN. A
 * convolution has a bias only where there is no BN right after it, which would take the bias away again.
 *
 * @throws RangeError for a size, a number of maps or a placement that cannot be
 *
 * @example
 * const tf = await tensorflow({ backend: 'cpu', say: () => {} });
 * const net = smallConvNet({ h: 28, w: 28, c: 1, classes: 10, seed: 1 });
 * console.log(net.countParams()); // prints 20634
 */
export function smallConvNet(shape: ConvNetShape): tf.Sequential {
  const { h, w, c, classes, seed, maps = [16, 32], placement = 'before', pooled = false } = shape;
  for (const [name, value] of Object.entries({
    h,
    w,
    c,
    classes,
    'the number of convolutions': maps.length,
  })) {
    checkCount(name, value);
  }
  for (const filters of maps) checkCount('maps', filters);
  checkChoice('placement', placement, ['before', 'after', 'none']);
  const kernel = (fork: number) => tf.initializers.heNormal({ seed: seed * 100 + fork });
  const layers: tf.layers.Layer[] = maps.flatMap((filters, i) => {
    const convolution = tf.layers.conv2d({
      ...(i === 0 ? { inputShape: [h, w, c] } : {}),
      ...{ filters, kernelSize: 3, strides: 2, padding: 'same' },
      useBias: placement !== 'before',
      kernelInitializer: kernel(i + 1),
    });
    if (placement === 'none') return [convolution, tf.layers.reLU()];
    return placement === 'before'
      ? [convolution, new BatchNorm(), tf.layers.reLU()]
      : [convolution, tf.layers.reLU(), new BatchNorm()];
  });
  const dense = tf.layers.dense({ units: classes, kernelInitializer: kernel(maps.length + 1) });
  if (pooled) layers.push(tf.layers.averagePooling2d({ poolSize: 3, strides: 2 }));
  return tf.sequential({ layers: [...layers, tf.layers.flatten(), dense] });
}
