/** The fold into convolutions and transposed convolutions: PyTorch's values, properties, and refusals. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenConvolutions, normaliseImages, randomConvolution } from '../../tests/lib/convolutions.js';
import { expectClose } from '../../tests/lib/support.js';
import { type ConvolutionLayer, convolve } from './convolve.js';
import { foldForwardIntoConvolution, foldIntoConvolution } from './foldConvolution.js';
import { batchNormInference } from './inference.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Statistics and parameters of a BN layer, none of them special. */
function randomNorm(random: Random, d: number) {
  return {
    mean: normals(random, d),
    variance: new Float64Array(d).map(() => 0.1 + random.uniform()),
    gamma: normals(random, d),
    beta: normals(random, d),
  };
}

/** The padding, in all axes, with which a transposed convolution with stride 1 meets every tap everywhere. */
const cut = ({ kernel, dilation }: { kernel: readonly number[]; dilation: number[] }): number[] =>
  kernel.map((size, a) => dilation[a] * (size - 1));

describe('BN after a convolution', () => {
  test.each(goldenConvolutions())(
    'folds to what PyTorch computes: $name',
    ({ layer, x, n, size, golden }) => {
      const { gamma, beta, mean, variance } = golden.bn_after;
      const folded = foldIntoConvolution(layer, { mean, variance }, { gamma, beta, epsilon: golden.eps });
      expectClose(convolve(x, n, size, folded).x, golden.y_bn_after, 1e-11);
    },
  );

  test('folds: every rank, layout, stride, padding, dilation, group, transposed or not', () => {
    fc.assert(
      fc.property(randomConvolution, ({ layer, n, size, seed }) => {
        const random = new Random(seed).fork('fold');
        const norm = randomNorm(random, layer.outputChannels);
        const x = normals(random, n * product(size) * layer.inputChannels);
        const u = convolve(x, n, size, layer);
        const y = normaliseImages(u.x, layer.outputChannels, product(u.size), layer.layout, norm, 0.01);
        const { mean, variance, gamma, beta } = norm;
        const folded = foldIntoConvolution(layer, { mean, variance }, { gamma, beta, epsilon: 0.01 });
        const direct = convolve(x, n, size, folded);
        expect(direct.size).toEqual(u.size);
        expectClose(direct.x, y, 1e-12);
      }),
    );
  });
});

describe('BN before a convolution', () => {
  const foldable = ({ golden }: ReturnType<typeof goldenConvolutions>[number]): boolean =>
    golden.transposed
      ? golden.stride.every(
          (s, a) => s === 1 && golden.padding[a] >= golden.dilation[a] * (golden.kernel[a] - 1),
        )
      : golden.padding.every((p) => p === 0);
  const cases = goldenConvolutions();

  test.each(cases.filter(foldable))(
    'folds to what PyTorch computes: $name',
    ({ layer, x, n, size, golden }) => {
      const { gamma, beta, mean, variance } = golden.bn_before;
      const options = { gamma, beta, epsilon: golden.eps };
      const folded = foldForwardIntoConvolution({ mean, variance }, layer, options);
      expectClose(convolve(x, n, size, folded).x, golden.y_bn_before, 1e-11);
    },
  );

  test.each(cases.filter((one) => !foldable(one)))(
    'is refused where it cannot be, and can be without a shift: $name',
    ({ layer, x, n, size, golden }) => {
      const { gamma, beta, mean, variance } = golden.bn_before;
      const options = { gamma, beta, epsilon: golden.eps };
      expect(() => foldForwardIntoConvolution({ mean, variance }, layer, options)).toThrow(
        golden.transposed
          ? 'BN before a transposed convolution cannot be folded when its outputs meet different numbers of taps'
          : 'BN before a convolution cannot be folded when zeros are padded between the two',
      );
      const centred = { mean: mean.map(() => 0), variance };
      const scaled = foldForwardIntoConvolution(centred, layer, { gamma, epsilon: golden.eps });
      const c = golden.inputChannels;
      const norm = { ...centred, gamma, beta: mean.map(() => 0) };
      const normalised = normaliseImages(x, c, product(size), golden.layout, norm, golden.eps);
      expectClose(convolve(x, n, size, scaled).x, convolve(normalised, n, size, layer).x, 1e-12);
    },
  );

  test('folds without padding; a transposed one with stride 1, its ends cut off', () => {
    fc.assert(
      fc.property(randomConvolution, ({ layer: drawn, n, size, seed }) => {
        const transposed = drawn.transposed === true;
        const layer = {
          ...drawn,
          stride: transposed ? drawn.stride.map(() => 1) : drawn.stride,
          padding: transposed ? cut(drawn) : drawn.padding.map(() => 0),
        };
        fc.pre(size.every((along, a) => along > cut(layer)[a]));
        const random = new Random(seed).fork('fold');
        const norm = randomNorm(random, layer.inputChannels);
        const x = normals(random, n * product(size) * layer.inputChannels);
        const normalised = normaliseImages(x, layer.inputChannels, product(size), layer.layout, norm, 0.01);
        const { mean, variance, gamma, beta } = norm;
        const folded = foldForwardIntoConvolution({ mean, variance }, layer, { gamma, beta, epsilon: 0.01 });
        expectClose(convolve(x, n, size, folded).x, convolve(normalised, n, size, layer).x, 1e-12);
      }),
    );
  });

  test('either equals the two layers or is refused, and both happen', () => {
    const seen = { folded: 0, refused: 0 };
    fc.assert(
      fc.property(randomConvolution, ({ layer, n, size, seed }) => {
        const random = new Random(seed).fork('fold');
        const norm = randomNorm(random, layer.inputChannels);
        const x = normals(random, n * product(size) * layer.inputChannels);
        const normalised = normaliseImages(x, layer.inputChannels, product(size), layer.layout, norm, 0.01);
        const { mean, variance, gamma, beta } = norm;
        let folded: ConvolutionLayer;
        try {
          folded = foldForwardIntoConvolution({ mean, variance }, layer, { gamma, beta, epsilon: 0.01 });
        } catch (error) {
          expect(String(error)).toContain('cannot be folded');
          seen.refused++;
          return;
        }
        seen.folded++;
        expectClose(convolve(x, n, size, folded).x, convolve(normalised, n, size, layer).x, 1e-12);
      }),
      { numRuns: 200 },
    );
    expect(seen.folded).toBeGreaterThan(5);
    expect(seen.refused).toBeGreaterThan(5);
  });
});

describe('what the folds into convolutions refuse', () => {
  const layer: ConvolutionLayer = { kernel: [2], inputChannels: 1, outputChannels: 2, weights: [1, 2, 3, 4] };
  const one = { mean: [1], variance: [1] };
  const two = { mean: [0, 0], variance: [1, 1] };
  test.each<[string, () => unknown, string]>([
    [
      'statistics of the wrong side',
      () => foldForwardIntoConvolution(two, layer),
      'mean must have inputChannels = 1 elements, found 2',
    ],
    [
      'and of the other',
      () => foldIntoConvolution(layer, one),
      'mean must have outputChannels = 2 elements, found 1',
    ],
    [
      'padding with a shift, with the reason and what to do',
      () => foldForwardIntoConvolution(one, { ...layer, padding: 1 }, { epsilon: 0 }),
      'BN before a convolution cannot be folded when zeros are padded between the two (axis 0: padding 1, 1): ' +
        'keep the BN, or set beta to scale * mean; the shift beta - scale * mean must be 0 in every channel, ' +
        'found -1 in channel 0',
    ],
    [
      'a transposed convolution with a shift',
      () => foldForwardIntoConvolution(one, { ...layer, transposed: true }, { epsilon: 0 }),
      'meet different numbers of taps (axis 0: kernel 2, stride 1, padding 0, 0): keep the BN',
    ],
    [
      'weights that do not fit',
      () => foldIntoConvolution({ ...layer, weights: [1] }, two),
      'weights must have taps*inputChannels*outputChannels/groups = 4 elements',
    ],
    [
      'NaN in the weights',
      () => foldIntoConvolution({ ...layer, weights: [1, 2, Number.NaN, 4] }, two),
      'weights must hold finite numbers, found NaN',
    ],
    [
      'a negative variance',
      () => foldIntoConvolution(layer, { mean: [0, 0], variance: [1, -1] }),
      'variance must not be negative, found -1 in column 1',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  test.each([
    [false, [0, 0], true],
    [false, [1, 0], false],
    [false, [0, 1], false],
    [true, [1, 1], true],
    [true, [2, 1], true],
    [true, [1, 0], false],
    [true, [0, 1], false],
    [true, [0, 0], false],
  ] as const)(
    'look at both ends: BN before, transposed %s, padding %j, folds: %s',
    (transposed, ends, folds) => {
      const fold = () => foldForwardIntoConvolution(one, { ...layer, transposed, padding: [ends] });
      if (folds) {
        const x = [5, -7, 9];
        const expected = convolve(batchNormInference(x, 3, 1, one), 1, [3], {
          ...layer,
          ...{ transposed, padding: [ends] },
        });
        expectClose(convolve(x, 1, [3], fold()).x, expected.x, 1e-12);
      } else {
        expect(fold).toThrow('cannot be folded');
      }
    },
  );

  test('keep float32 weights float32', () => {
    const small = { ...layer, weights: new Float32Array([1, 2, 3, 4]) };
    expect(foldIntoConvolution(small, two).weights).toBeInstanceOf(Float32Array);
    expect(foldForwardIntoConvolution(one, small).bias).toBeInstanceOf(Float32Array);
  });
});
