/** Convolution and transposed convolution against PyTorch, against each other, and against the dense layer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenConvolutions, randomConvolution } from '../../tests/lib/convolutions.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import { convolution, convolutionShape } from './convolution.js';
import { type ConvolutionLayer, convolve } from './convolve.js';
import { dense } from './dense.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

describe('convolution', () => {
  test.each(goldenConvolutions())('gives what PyTorch gives: $name', ({ layer, x, n, size, golden }) => {
    const y = convolve(x, n, size, layer);
    expect(y.size).toEqual(golden.y_size);
    expectClose(y.x, golden.y, 1e-11);
  });

  test('is the formula, written out for one axis', () => {
    const layer = { kernel: [3], inputChannels: 1, outputChannels: 1, weights: [1, 10, 100], bias: [0.5] };
    const x = [1, 2, 3, 4];
    expect(Array.from(convolve(x, 1, [4], layer).x)).toEqual([321.5, 432.5]);
    expect(Array.from(convolve(x, 1, [4], { ...layer, padding: 1 }).x)).toEqual([210.5, 321.5, 432.5, 43.5]);
    expect(Array.from(convolve(x, 1, [4], { ...layer, padding: [[0, 2]], stride: 2 }).x)).toEqual([
      321.5, 43.5,
    ]);
    expect(Array.from(convolve([1, 2], 1, [2], { ...layer, transposed: true, stride: 2 }).x)).toEqual([
      1.5, 10.5, 102.5, 20.5, 200.5,
    ]);
  });

  test('with one tap is the dense layer at every position', () => {
    const random = new Random(3);
    const [x, weights, bias] = [normals(random, 2 * 6 * 3), normals(random, 3 * 4), normals(random, 4)];
    const layer = { kernel: [1, 1], inputChannels: 3, outputChannels: 4, weights, bias };
    expectClose(convolve(x, 2, [2, 3], layer).x, dense(x, weights, bias, 12, 3, 4), 1e-14);
  });

  test('is what the layer of the networks computes over patches, where that layer can', () => {
    fc.assert(
      fc.property(randomConvolution, ({ layer: drawn, n, size, seed }) => {
        fc.pre(size.length === 2);
        const random = new Random(seed).fork('patches');
        const { inputChannels: channels, outputChannels: filters } = drawn;
        const weights = normals(random, drawn.kernel[0] * drawn.kernel[1] * channels * filters);
        const [height, width] = size.map((along) => along + 3); // so that every kernel fits
        const [[top, left], [bottom, right]] = [drawn.padding, drawn.kernel.map((along) => along - 1)];
        const kernel = [drawn.kernel[0], drawn.kernel[1]] as const;
        const stride = [drawn.stride[0], drawn.stride[1]] as const;
        const padding = { top, left, bottom, right };
        const shape = convolutionShape({ height, width, channels, kernel, stride, padding });
        const x = normals(random, n * height * width * channels);
        const bias = normals(random, filters);
        const y = convolve(x, n, [height, width], {
          ...{ kernel, stride, inputChannels: channels, outputChannels: filters, weights, bias },
          padding: [
            [top, bottom],
            [left, right],
          ],
        });
        expect(y.size).toEqual([shape.outHeight, shape.outWidth]);
        expectClose(y.x, convolution(x, weights, bias, n, shape, filters), 1e-12);
      }),
    );
  });

  test('has its transpose for its gradient: <conv(x), y> = <x, conv^T(y)>', () => {
    fc.assert(
      fc.property(randomConvolution, ({ layer, n, size, seed }) => {
        fc.pre(layer.transposed !== true);
        const random = new Random(seed).fork('adjoint');
        const channels = { inputChannels: layer.inputChannels, outputChannels: layer.outputChannels };
        const x = normals(random, n * size.reduce((a, b) => a * b, 1) * channels.inputChannels);
        const straight: ConvolutionLayer = { ...layer, bias: null };
        const y = convolve(x, n, size, straight);
        const dy = normals(random, y.x.length);
        const dx = centralDifferences((v) => dot(dy, convolve(v, n, size, straight).x), x);
        // rows that the stride leaves over at the end meet no tap; the transposed layer gets them back by outputPadding
        const { x: back, size: backSize } = convolve(dy, n, y.size, {
          ...straight,
          transposed: true,
          inputChannels: channels.outputChannels,
          outputChannels: channels.inputChannels,
          outputPadding: size.map((along, a) => {
            const axis = (given: unknown): number => (given as number[])[a]; // randomConvolution gives arrays
            const reach = axis(layer.dilation) * (layer.kernel[a] - 1) + 1;
            return (along + 2 * axis(layer.padding) - reach) % axis(layer.stride);
          }),
        });
        expect(backSize).toEqual(size);
        expectClose(back, dx, 1e-8);
      }),
      { numRuns: 40 },
    );
  });

  test('takes the depthwise kernel of TensorFlow, taps x channels x multiplier, as it is', () => {
    // channel 0: 1, 2 and their multiples by 10; channel 1: 3, 4
    const layer = { kernel: [1], inputChannels: 2, outputChannels: 4, groups: 2, weights: [1, 10, 3, 30] };
    expect(Array.from(convolve([1, 3, 2, 4], 1, [2], layer).x)).toEqual([1, 10, 9, 90, 2, 20, 12, 120]);
  });

  test('keeps float32 as float32', () => {
    const layer = { kernel: [1], inputChannels: 1, outputChannels: 1, weights: [0.1] };
    const { x } = convolve(new Float32Array([3]), 1, [1], layer);
    expect(x).toBeInstanceOf(Float32Array);
    expect(x[0]).toBe(Math.fround(3 * 0.1));
  });

  const layer: ConvolutionLayer = {
    kernel: [2, 2],
    inputChannels: 1,
    outputChannels: 1,
    weights: [1, 2, 3, 4],
  };
  const x = [1, 2, 3, 4];
  test.each<[string, () => unknown, string]>([
    [
      'a wrong number of weights',
      () => convolve(x, 1, [2, 2], { ...layer, inputChannels: 2 }),
      'weights must have taps*inputChannels*outputChannels/groups = 8 elements ' +
        '(kernel 2 x 2, 2 to 1 channels, groups = 1), found 4',
    ],
    [
      'groups that do not divide the channels',
      () => convolve(x, 1, [2, 2], { ...layer, groups: 2 }),
      'groups must divide inputChannels = 1, found groups = 2',
    ],
    ['no kernel', () => convolve(x, 1, [], { ...layer, kernel: [] }), 'kernel must have one size for each'],
    [
      'a stride of another rank',
      () => convolve(x, 1, [2, 2], { ...layer, stride: [1] }),
      'stride must have 2 elements, one for each axis of the kernel, found 1',
    ],
    [
      'a stride of 0',
      () => convolve(x, 1, [2, 2], { ...layer, stride: 0 }),
      'stride[0] must be a whole number of at least 1, found 0',
    ],
    [
      'padding below 0',
      () => convolve(x, 1, [2, 2], { ...layer, padding: [0, -1] }),
      'padding[1] must be a whole number of at least 0, found -1',
    ],
    [
      'outputPadding in a convolution',
      () => convolve(x, 1, [2, 2], { ...layer, outputPadding: 1 }),
      'outputPadding[0] must be 0 in a convolution',
    ],
    [
      'a kernel larger than the image',
      () => convolve([1, 2], 1, [1, 2], layer),
      'size[0] must be large enough for one output, found 1 with a kernel that reaches over 2',
    ],
    [
      'a size of another rank',
      () => convolve(x, 1, [4], layer),
      'size must have 2 elements, one for each axis of the kernel, found 1',
    ],
    [
      'a wrong number of pixels',
      () => convolve([1, 2, 3], 1, [2, 2], layer),
      'x must have n*size*inputChannels = 4 elements (n = 1, size 2 x 2, inputChannels = 1), found 3',
    ],
    ['NaN', () => convolve([1, 2, 3, Number.NaN], 1, [2, 2], layer), 'x must hold finite numbers, found NaN'],
    [
      'a short bias',
      () => convolve(x, 1, [2, 2], { ...layer, bias: [1, 2] }),
      'bias must have outputChannels = 1 elements, found 2',
    ],
    [
      'an unknown layout',
      () => convolve(x, 1, [2, 2], { ...layer, layout: 'nchw' as 'pytorch' }),
      'layout must be one of "tensorflow", "pytorch", found "nchw"',
    ],
    [
      'an unknown property',
      () => convolve(x, 1, [2, 2], { ...layer, pad: 1 } as ConvolutionLayer),
      'the convolution layer has no option "pad"',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
