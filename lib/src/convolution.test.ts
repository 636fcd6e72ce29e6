import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenNetworks } from '../../tests/lib/networksGolden.js';
import { centralDifferences, dot, expectClose } from '../../tests/lib/support.js';
import {
  type ConvolutionOptions,
  type ConvolutionShape,
  convolution,
  convolutionBackward,
  convolutionShape,
  imagePatches,
  imagePatchesBackward,
  patchLength,
} from './convolution.js';
import { dense } from './dense.js';
import { Random } from './random.js';

const normals = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.normal());

const size = fc.integer({ min: 1, max: 6 });
const small = fc.integer({ min: 1, max: 3 });

/** Convolutions of all shapes, drawn so that the filter fits. */
const tasks = fc
  .record({
    height: size,
    width: size,
    channels: small,
    kernel: fc.tuple(small, small),
    stride: fc.tuple(small, small),
    padding: fc.oneof(fc.constantFrom('same', 'valid'), fc.integer({ min: 0, max: 2 })),
    filters: small,
    n: small,
    seed: fc.nat(),
  })
  .filter(({ height, width, kernel }) => kernel[0] <= height && kernel[1] <= width)
  .map(({ filters, n, seed, ...options }) => ({
    // fast-check widens the two names to string
    shape: convolutionShape(options as ConvolutionOptions),
    filters,
    n,
    seed,
  }));

const pixels = (n: number, shape: ConvolutionShape): number =>
  n * shape.height * shape.width * shape.channels;

describe('the convolutional layer', () => {
  test.each(goldenNetworks('convolution'))('gives what PyTorch gives: $name', (g) => {
    const { height, width, channels, kernel, stride, padding } = g;
    const shape = convolutionShape({ height, width, channels, kernel, stride, padding });
    expectClose(convolution(g.x, g.weights, g.bias, g.n, shape, g.filters), g.u, 1e-12);
    const { dx, dWeights, dBias } = convolutionBackward(g.du, g.x, g.weights, g.n, shape, g.filters);
    expectClose(dx, g.dx, 1e-12);
    expectClose(dWeights, g.dweights, 1e-12);
    expectClose(dBias, g.dbias, 1e-12);
  });

  test('is its formula, written out', () => {
    fc.assert(
      fc.property(tasks, ({ shape, filters, n, seed }) => {
        const random = new Random(seed);
        const { height, width, channels, kernel, stride, padding, outHeight, outWidth } = shape;
        const x = normals(random, pixels(n, shape));
        const w = normals(random, patchLength(shape) * filters);
        const b = normals(random, filters);
        const u = convolution(x, w, b, n, shape, filters);
        const pixel = (i: number, iy: number, ix: number, c: number): number =>
          iy < 0 || iy >= height || ix < 0 || ix >= width
            ? 0
            : x[((i * height + iy) * width + ix) * channels + c];
        let place = 0;
        for (let i = 0; i < n; i++) {
          for (let oy = 0; oy < outHeight; oy++) {
            for (let ox = 0; ox < outWidth; ox++) {
              for (let f = 0; f < filters; f++) {
                let sum = b[f];
                for (let ky = 0; ky < kernel[0]; ky++) {
                  for (let kx = 0; kx < kernel[1]; kx++) {
                    for (let c = 0; c < channels; c++) {
                      sum +=
                        pixel(i, oy * stride[0] + ky - padding.top, ox * stride[1] + kx - padding.left, c) *
                        w[((ky * kernel[1] + kx) * channels + c) * filters + f];
                    }
                  }
                }
                expect(u[place++]).toBeCloseTo(sum, 10);
              }
            }
          }
        }
        expect(place).toBe(u.length);
      }),
      { numRuns: 40 },
    );
  });

  test('has the gradients that central differences give', () => {
    fc.assert(
      fc.property(tasks, ({ shape, filters, n, seed }) => {
        const random = new Random(seed);
        const x = normals(random, pixels(n, shape));
        const w = normals(random, patchLength(shape) * filters);
        const b = normals(random, filters);
        const du = normals(random, n * shape.outHeight * shape.outWidth * filters);
        const own = convolutionBackward(du, x, w, n, shape, filters);
        const loss = (xs: Float64Array, ws: Float64Array, bs: Float64Array): number =>
          dot(du, convolution(xs, ws, bs, n, shape, filters));
        expectClose(
          own.dx,
          centralDifferences((v) => loss(v, w, b), x),
          1e-8,
        );
        expectClose(
          own.dWeights,
          centralDifferences((v) => loss(x, v, b), w),
          1e-8,
        );
        expectClose(
          own.dBias,
          centralDifferences((v) => loss(x, w, v), b),
          1e-8,
        );
      }),
      { numRuns: 15 },
    );
  });

  test('col2im is the transpose of im2col: <a, im2col x> = <col2im a, x>', () => {
    fc.assert(
      fc.property(tasks, ({ shape, n, seed }) => {
        const random = new Random(seed);
        const x = normals(random, pixels(n, shape));
        const patches = imagePatches(x, n, shape);
        const a = normals(random, patches.length);
        expect(dot(imagePatchesBackward(a, n, shape), x)).toBeCloseTo(dot(a, patches), 9);
      }),
    );
  });

  test('a filter as large as the image is a dense layer, and so is one of 1 x 1 at each place', () => {
    const random = new Random(1);
    const x = normals(random, 2 * 3 * 4 * 2);
    const whole = convolutionShape({ height: 3, width: 4, channels: 2, kernel: [3, 4] });
    const w = normals(random, 24 * 5);
    expectClose(convolution(x, w, null, 2, whole, 5), dense(x, w, null, 2, 24, 5), 1e-13);
    const point = convolutionShape({ height: 3, width: 4, channels: 2, kernel: 1 });
    const v = normals(random, 2 * 5);
    expectClose(convolution(x, v, null, 2, point, 5), dense(x, v, null, 24, 2, 5), 1e-13);
  });

  test('a shifted image gives a shifted output, away from the edges', () => {
    const random = new Random(2);
    const shape = convolutionShape({ height: 6, width: 6, channels: 1, kernel: 3 });
    const w = normals(random, 9);
    const x = normals(random, 36);
    const shifted = x.map((_, i) => (i % 6 === 0 ? 0 : x[i - 1]));
    const u = convolution(x, w, null, 1, shape, 1);
    const v = convolution(shifted, w, null, 1, shape, 1);
    for (let y = 0; y < 4; y++) {
      expectClose(v.slice(y * 4 + 1, y * 4 + 4), u.slice(y * 4, y * 4 + 3), 1e-12);
    }
  });

  test('"same" keeps the size, and divides it by the stride', () => {
    fc.assert(
      fc.property(size, size, small, small, (height, width, kernel, stride) => {
        const shape = convolutionShape({ height, width, channels: 1, kernel, stride, padding: 'same' });
        expect([shape.outHeight, shape.outWidth]).toEqual([
          Math.ceil(height / stride),
          Math.ceil(width / stride),
        ]);
      }),
    );
  });

  test('keeps float32 as float32', () => {
    const shape = convolutionShape({ height: 2, width: 2, channels: 1, kernel: 2 });
    expect(convolution(new Float32Array(4), [1, 1, 1, 1], null, 1, shape, 1)).toBeInstanceOf(Float32Array);
  });

  const good = { height: 4, width: 4, channels: 1, kernel: 3 };
  test.each<[string, object, string]>([
    ['no channels', { channels: 0 }, 'channels must be a whole number of at least 1, found 0'],
    [
      'three numbers for a filter',
      { kernel: [3, 3, 1] },
      'kernel must be a number or two of them, found [3,3,1]',
    ],
    ['a stride of 0', { stride: 0 }, 'stride[0] must be a whole number of at least 1, found 0'],
    [
      'a filter that does not fit',
      { kernel: 5 },
      'kernel must fit into the padded image of 4 x 4 pixels, found 5 x 5',
    ],
    ['an unknown padding', { padding: 'full' }, 'padding must be "same", "valid", a number of pixels'],
    ['half a pixel', { padding: 0.5 }, 'padding.top must be a whole number of at least 0, found 0.5'],
    ['an unknown option', { dilation: 2 }, 'the convolution has no option "dilation"'],
  ])('%s is refused', (_, change, message) => {
    expect(() => convolutionShape({ ...good, ...change })).toThrow(message);
  });

  test('arrays of wrong lengths are refused', () => {
    const shape = convolutionShape(good);
    expect(() => convolution(new Float64Array(15), new Float64Array(9), null, 1, shape, 1)).toThrow(
      'x must have n*height*width*channels = 16 elements',
    );
    expect(() => convolution(new Float64Array(16), new Float64Array(8), null, 1, shape, 1)).toThrow(
      'weights must have inputs*outputs = 9 elements',
    );
    expect(() =>
      convolutionBackward(new Float64Array(3), new Float64Array(16), new Float64Array(9), 1, shape, 1),
    ).toThrow('du must have m*outputs = 4 elements');
  });
});
