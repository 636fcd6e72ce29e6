/** Convolution layers for tests: PyTorch's golden ones, and random ones of every rank, layout and kind. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type ConvolutionLayer, convolve } from '../../lib/src/convolve.js';
import type { MemoryLayout } from '../../lib/src/kernelShape.js';
import { Random } from '../../lib/src/random.js';

interface Norm {
  mean: number[];
  variance: number[];
  gamma: number[];
  beta: number[];
}

/** One case in data/golden/convolution.json, which data/golden/convolution.py made. */
interface Golden {
  kind: 'fold-convolution';
  name: string;
  layout: 'tensorflow' | 'pytorch';
  transposed: boolean;
  n: number;
  size: number[];
  inputChannels: number;
  outputChannels: number;
  kernel: number[];
  stride: number[];
  padding: number[];
  dilation: number[];
  outputPadding: number[];
  groups: number;
  eps: number;
  weights: number[];
  bias: number[] | null;
  x: number[];
  y_size: number[];
  y: number[];
  bn_after: Norm;
  y_bn_after: number[];
  bn_before: Norm;
  y_bn_before: number[];
}

export interface GoldenConvolution {
  name: string;
  golden: Golden;
  layer: ConvolutionLayer;
  x: number[];
  n: number;
  size: number[];
}

export function goldenConvolutions(): GoldenConvolution[] {
  const file = new URL('../../data/golden/convolution.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Golden[] };
  return cases.map((golden) => {
    const { kernel, inputChannels, outputChannels, groups, transposed, layout, weights, bias } = golden;
    const { stride, padding, dilation, outputPadding } = golden;
    return {
      name: golden.name,
      golden,
      layer: {
        ...{ kernel, inputChannels, outputChannels, groups, transposed, layout, weights, bias },
        ...{ stride, padding, dilation, outputPadding },
      },
      x: golden.x,
      n: golden.n,
      size: golden.size,
    };
  });
}

/** BN at inference of n images with c channels, in either layout: the definition, number by number. */
export function normaliseImages(
  x: ArrayLike<number>,
  c: number,
  positions: number,
  layout: MemoryLayout,
  { mean, variance, gamma, beta }: { [name in keyof Norm]: ArrayLike<number> },
  epsilon: number,
): Float64Array {
  return Float64Array.from({ length: x.length }, (_, index) => {
    const channel = layout === 'pytorch' ? Math.floor(index / positions) % c : index % c;
    const xHat = (x[index] - mean[channel]) / Math.sqrt(variance[channel] + epsilon);
    return gamma[channel] * xHat + beta[channel];
  });
}

export interface RandomConvolution {
  layer: ConvolutionLayer & {
    layout: MemoryLayout;
    stride: number[];
    padding: number[];
    dilation: number[];
  };
  n: number;
  size: number[];
  seed: number;
}

/** Layers of rank 1 to 3 with sizes at which they have an output; steps are given as arrays. */
export const randomConvolution: fc.Arbitrary<RandomConvolution> = fc
  .record({ rank: fc.integer({ min: 1, max: 3 }), seed: fc.nat() })
  .map(({ rank, seed }) => {
    const random = new Random(seed);
    const perAxis = (least: number, most: number): number[] =>
      Array.from({ length: rank }, () => least + random.integer(most - least + 1));
    const groups = 1 + random.integer(3);
    const inputChannels = groups * (1 + random.integer(2));
    const outputChannels = groups * (1 + random.integer(3));
    const kernel = perAxis(1, 3);
    const taps = kernel.reduce((a, b) => a * b, 1);
    const normals = (count: number): Float64Array => new Float64Array(count).map(() => random.normal());
    return {
      layer: {
        kernel,
        inputChannels,
        outputChannels,
        groups,
        transposed: random.uniform() < 0.5,
        layout: random.uniform() < 0.5 ? ('pytorch' as const) : ('tensorflow' as const),
        stride: perAxis(1, 3),
        dilation: perAxis(1, 2),
        padding: perAxis(0, 2),
        weights: normals((taps * inputChannels * outputChannels) / groups),
        bias: random.uniform() < 0.5 ? normals(outputChannels) : null,
      },
      n: 1 + random.integer(2),
      size: perAxis(1, rank === 3 ? 4 : 6),
      seed,
    };
  })
  .filter(({ layer, n, size }) => hasOutput(layer, n, size));

/** False where the kernel does not fit, or padding cuts everything off. */
function hasOutput(layer: ConvolutionLayer, n: number, size: number[]): boolean {
  try {
    convolve(new Float64Array(n * size.reduce((a, b) => a * b, layer.inputChannels)), n, size, layer);
    return true;
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('large enough for one output')) {
      return false;
    }
    throw error;
  }
}
