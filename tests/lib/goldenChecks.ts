/**
 * What `npm run golden` does with one case of a golden file: it computes with the library what the case says, and
 * measures the largest error. Each kind of case has one function, which names what it compares.
 */
import { batchNormBackward, batchNormBackwardGraph } from '../../lib/src/backward.js';
import type { Numbers } from '../../lib/src/check.js';
import { type ConvolutionLayer, convolve } from '../../lib/src/convolve.js';
import { foldIntoConvolution } from '../../lib/src/foldConvolution.js';
import { batchNormInference } from '../../lib/src/inference.js';
import type { MemoryLayout } from '../../lib/src/kernelShape.js';
import { MovingAverage, RunningStatistics } from '../../lib/src/movingAverage.js';
import { populationStatistics } from '../../lib/src/population.js';
import { batchNorm } from '../../lib/src/transform.js';
import { whiten } from '../../lib/src/whitening.js';
import { GoldenCase } from './goldenCase.js';
import { ghost, layered, maps, renorm, synchronised, whitening } from './goldenFamily.js';

/** Numbers that the library computed beside those of the file. */
export interface Comparison {
  what: string;
  found: Numbers;
  expected: Numbers;
  /**
   * By how much an error of the file's x is amplified, one number for each column; left out: not at all. A file has
   * twelve decimals, and with a variance of 1e-8 the twelfth decimal of x is the tenth of y.
   */
  amplification?: Numbers;
}

/** How a kind of case is checked. */
interface Kind {
  /** The largest error allowed when the caller names none; 1e-10 where the values are float64. */
  bound: number;
  compare(golden: GoldenCase): Comparison[];
}

/** The outcome for one case. */
export interface Outcome {
  kind: string;
  name: string;
  bound: number;
  /** |found - expected| / max(1, |expected|, amplification), the largest of all numbers; infinite where there is a problem. */
  error: number;
  /** Which number has the largest error. */
  where: string;
  /** Why the case could not be computed or compared; null when it could. */
  problem: string | null;
  ok: boolean;
}

/** Training and backprop for x as m x d, with all that the file says of them. */
function transform(golden: GoldenCase, m: number, d: number): Comparison[] {
  const x = golden.list('x', m * d);
  const dy = golden.list('dy', m * d);
  const options = {
    gamma: golden.list('gamma', d),
    beta: golden.list('beta', d),
    epsilon: golden.number('eps'),
  };
  const forward = batchNorm(x, m, d, options);
  const compact = batchNormBackward(dy, forward);
  const graph = batchNormBackwardGraph(dy, forward);
  const amplification = forward.standardDeviation.map(
    (deviation, j) => Math.abs(forward.gamma[j]) / deviation,
  );
  const compare = (what: string, found: Numbers, field: string): Comparison => {
    const expected = golden.list(field, found.length);
    return { what, found, expected, ...(found.length === m * d && { amplification }) };
  };
  return [
    compare('mean', forward.mean, 'mean'),
    compare('variance', forward.variance, 'variance'),
    compare('y', forward.y, 'y'),
    ...[compact, graph].flatMap((gradients, i) => [
      compare(`dx, ${i === 0 ? 'compact' : 'graph'}`, gradients.dx, 'dx'),
      compare(`dgamma, ${i === 0 ? 'compact' : 'graph'}`, gradients.dGamma, 'dgamma'),
      compare(`dbeta, ${i === 0 ? 'compact' : 'graph'}`, gradients.dBeta, 'dbeta'),
    ]),
  ];
}

/** Moving averages after each minibatch, population statistics, and inference with the last averages. */
function running(golden: GoldenCase): Comparison[] {
  const [m, d] = [golden.count('m'), golden.count('d')];
  const averages = new RunningStatistics(d, { newWeight: golden.number('momentum_weight_of_new') });
  const minibatches = golden.lists('xs', m * d).map((x) => batchNorm(x, m, d));
  const after = golden.cases('after_each', minibatches.length);
  const steps = minibatches.flatMap((minibatch, step) => {
    averages.update(minibatch);
    return (['mean', 'variance'] as const).map((what) => ({
      what: `${what} after minibatch ${step}`,
      found: averages[what].slice(),
      expected: after[step].list(what, d),
    }));
  });
  const population = populationStatistics(minibatches);
  const expected = golden.inner('population');
  const x = golden.list('test_x');
  const y = batchNormInference(x, x.length / d, d, averages, { epsilon: golden.number('eps') });
  return [
    ...steps,
    { what: 'population mean', found: population.mean, expected: expected.list('mean', d) },
    { what: 'population variance', found: population.variance, expected: expected.list('variance', d) },
    { what: 'y at inference', found: y, expected: golden.list('test_y', x.length) },
  ];
}

/** n x c x positions to n x positions x c. */
function channelsLast(x: readonly number[], c: number, positions: number): number[] {
  return x.map((_, index) => {
    const [image, at, channel] = [
      Math.floor(index / (c * positions)),
      Math.floor(index / c) % positions,
      index % c,
    ];
    return x[(image * c + channel) * positions + at];
  });
}

/** BN at inference after a layer, unfolded. */
function normaliseChannels(
  golden: GoldenCase,
  y: Numbers,
  c: number,
  positions: number,
  layout: MemoryLayout,
  epsilon: number,
): Numbers {
  const statistics = { mean: golden.list('mean', c), variance: golden.list('variance', c) };
  const options = { gamma: golden.list('gamma', c), beta: golden.list('beta', c), epsilon };
  const values = Array.from(y);
  if (layout === 'tensorflow') {
    return batchNormInference(values, values.length / c, c, statistics, options);
  }
  const last = channelsLast(values, c, positions);
  const normalised = batchNormInference(last, values.length / c, c, statistics, options);
  return channelsLast(Array.from(normalised), positions, c); // the same swap of two axes, the other way
}

/** A square convolution with BN after it, in PyTorch's layout: the two layers, and the folded one. */
function foldConv(golden: GoldenCase): Comparison[] {
  const [cin, cout, kernel] = [golden.count('cin'), golden.count('cout'), golden.count('kernel')];
  const [n, h, w] = [golden.count('n'), golden.count('h'), golden.count('w')];
  const layer: ConvolutionLayer = {
    kernel: [kernel, kernel],
    inputChannels: cin,
    outputChannels: cout,
    transposed: golden.flag('transposed'),
    layout: 'pytorch',
    stride: golden.number('stride'),
    padding: golden.number('padding'),
    weights: golden.list('weight', cin * cout * kernel * kernel),
    bias: golden.isNull('bias') ? null : golden.list('bias', cout),
  };
  return convolutionWithNorm(golden, golden, layer, n, [h, w], 'x_nchw', 'y_nchw');
}

/** A convolution of any rank with BN after it, in either layout. */
function convolution(golden: GoldenCase): Comparison[] {
  const [inputChannels, outputChannels] = [golden.count('inputChannels'), golden.count('outputChannels')];
  const layer: ConvolutionLayer = {
    kernel: golden.list('kernel'),
    inputChannels,
    outputChannels,
    groups: golden.count('groups'),
    transposed: golden.flag('transposed'),
    layout: golden.text('layout') as MemoryLayout, // the library checks it
    stride: golden.list('stride'),
    padding: golden.list('padding'),
    dilation: golden.list('dilation'),
    outputPadding: golden.list('outputPadding'),
    weights: golden.list('weights'),
    bias: golden.isNull('bias') ? null : golden.list('bias', outputChannels),
  };
  const [n, size] = [golden.count('n'), golden.list('size')];
  const y = convolve(golden.list('x'), n, size, layer);
  return [
    { what: 'size', found: y.size, expected: golden.list('y_size', y.size.length) },
    { what: 'y', found: y.x, expected: golden.list('y', y.x.length) },
    ...convolutionWithNorm(golden, golden.inner('bn_after'), layer, n, size, 'x', 'y_bn_after'),
  ];
}

function convolutionWithNorm(
  golden: GoldenCase,
  norm: GoldenCase,
  layer: ConvolutionLayer,
  n: number,
  size: readonly number[],
  xField: string,
  yField: string,
): Comparison[] {
  const c = layer.outputChannels;
  const epsilon = golden.number('eps');
  const x = golden.list(xField);
  const u = convolve(x, n, size, layer);
  const positions = u.size.reduce((all, along) => all * along, 1);
  const expected = golden.list(yField, u.x.length);
  const statistics = { mean: norm.list('mean', c), variance: norm.list('variance', c) };
  const options = { gamma: norm.list('gamma', c), beta: norm.list('beta', c), epsilon };
  const folded = convolve(x, n, size, foldIntoConvolution(layer, statistics, options));
  const { layout = 'tensorflow' } = layer;
  return [
    { what: `${yField}, BN`, found: normaliseChannels(norm, u.x, c, positions, layout, epsilon), expected },
    { what: `${yField}, folded`, found: folded.x, expected },
  ];
}

function zca(golden: GoldenCase): Comparison[] {
  const [m, d] = [golden.count('m'), golden.count('d')];
  const x = golden.list('x', m * d);
  const { covariance, eigen, y } = whiten(x, m, d, { epsilon: golden.number('eps') });
  // of Cov + epsilon I; the library has the largest first, PyTorch the smallest
  const values = eigen.values.slice().sort((a, b) => a - b);
  return [
    { what: 'covariance', found: covariance, expected: golden.list('covariance', d * d) },
    { what: 'eigenvalues', found: values, expected: golden.list('eigenvalues', d) },
    { what: 'whitened', found: y, expected: golden.list('whitened', m * d) },
  ];
}

/**
 * ONNX's operator BatchNormalization (opset 15), channels first, in float32. Its running variance averages the
 * biased variance, where PyTorch and `RunningStatistics` take the unbiased one; `momentum` is the old state's weight.
 */
function onnx(golden: GoldenCase): Comparison[] {
  const [n, c, ...size] = golden.list('shape');
  const positions = size.reduce((all, along) => all * along, 1);
  const float32 = (name: string, length: number): Float32Array =>
    Float32Array.from(golden.list(name, length));
  const x = Float32Array.from(channelsLast(Array.from(float32('x', n * c * positions)), c, positions));
  const [gamma, beta] = [float32('scale', c), float32('bias', c)];
  const [mean, variance] = [float32('mean', c), float32('variance', c)];
  const expected = channelsLast(golden.list('y', x.length), c, positions);
  const options = { gamma, beta, epsilon: golden.number('epsilon') };
  if (!golden.flag('training')) {
    const y = batchNormInference(x, n * positions, c, { mean, variance }, options);
    return [{ what: 'y (channels last)', found: y, expected }];
  }
  const forward = batchNorm(x, n * positions, c, options);
  const average = (state: Float32Array, value: Numbers): Float64Array => {
    const moving = new MovingAverage(state, { decay: golden.number('momentum') });
    moving.update(value);
    return moving.state;
  };
  return [
    { what: 'y (channels last)', found: forward.y, expected },
    { what: 'running mean', found: average(mean, forward.mean), expected: golden.list('running_mean', c) },
    {
      what: 'running variance',
      found: average(variance, forward.variance),
      expected: golden.list('running_variance', c),
    },
  ];
}

const FLOAT64 = 1e-10;
/** Values in float32, where a number near 1 is rounded by 6e-8: one BN adds a few such roundings. */
const FLOAT32 = 1e-6;

const kinds: Record<string, Kind> = {
  dense: { bound: FLOAT64, compare: (golden) => transform(golden, golden.count('m'), golden.count('d')) },
  'conv-nhwc': {
    bound: FLOAT64,
    compare: (golden) =>
      transform(golden, golden.count('n') * golden.count('h') * golden.count('w'), golden.count('c')),
  },
  running: { bound: FLOAT64, compare: running },
  'fold-conv': { bound: FLOAT64, compare: foldConv },
  zca: { bound: FLOAT64, compare: zca },
  'fold-convolution': { bound: FLOAT64, compare: convolution },
  'onnx-batchnorm': { bound: FLOAT32, compare: onnx },
  maps: { bound: FLOAT64, compare: maps },
  layer: { bound: FLOAT64, compare: layered },
  group: { bound: FLOAT64, compare: layered },
  instance: { bound: FLOAT64, compare: layered },
  renorm: { bound: FLOAT64, compare: renorm },
  ghost: { bound: FLOAT64, compare: ghost },
  synchronised: { bound: FLOAT64, compare: synchronised },
  whitening: { bound: FLOAT64, compare: whitening },
};

/** The kinds of cases that can be checked. */
export const goldenKinds: readonly string[] = Object.keys(kinds);

/**
 * Checks one case.
 * @param raw what the file has
 * @param index its number in the file, from 0
 * @param bound the largest error allowed; left out: the kind's own
 */
export function checkCase(raw: unknown, index: number, bound?: number): Outcome {
  const label = (key: string): string => {
    const value = typeof raw === 'object' && raw !== null && Object.getOwnPropertyDescriptor(raw, key)?.value;
    return typeof value === 'string' ? value : `(no ${key})`;
  };
  const kind = label('kind');
  const outcome = { kind, name: label('name') === '(no name)' ? `case ${index}` : label('name') };
  const problem = (text: string): Outcome => {
    return { ...outcome, bound: bound ?? FLOAT64, error: Infinity, where: '', problem: text, ok: false };
  };
  if (!Object.hasOwn(kinds, kind)) {
    return problem(`a kind of case that is not known here: known are ${goldenKinds.join(', ')}`);
  }
  const allowed = bound ?? kinds[kind].bound;
  try {
    const comparisons = kinds[kind].compare(new GoldenCase(raw));
    const { error, where } = largestError(comparisons);
    return { ...outcome, bound: allowed, error, where, problem: null, ok: error <= allowed };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      return problem(error.message);
    }
    throw error;
  }
}

/** The largest error of all numbers, and whose it is; NaN counts as infinite. */
function largestError(comparisons: readonly Comparison[]): { error: number; where: string } {
  let [error, where] = [-1, 'nothing was compared'];
  for (const { what, found, expected, amplification = [1] } of comparisons) {
    for (let i = 0; i < expected.length; i++) {
      const scale = Math.max(1, Math.abs(expected[i]), amplification[i % amplification.length]);
      const distance = Math.abs(found[i] - expected[i]) / scale;
      const own = Number.isNaN(distance) ? Infinity : distance;
      if (own > error) {
        error = own;
        where = `${what}[${i}]: expected ${expected[i]}, found ${found[i]}`;
      }
    }
  }
  if (error < 0) {
    throw new RangeError('it holds no numbers to compare');
  }
  return { error, where };
}
