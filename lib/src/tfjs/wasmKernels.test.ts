import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../random.js';
import { tensorflow } from './backend.js';

type Four = [number, number, number, number];

let tf: Awaited<ReturnType<typeof tensorflow>>;

beforeAll(async () => {
  tf = await tensorflow({ backend: 'wasm', say: () => {} });
});

interface Convolution {
  x: Four;
  filter: Four;
  strides: [number, number];
  pad: 'same' | 'valid' | number;
}

/** Numbers for a tensor, the same ones whatever the backend. */
function draw(shape: readonly number[], seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal());
}

/** Both gradients of sum(conv2d(x, W) * dy) on a backend. */
async function gradients(
  backend: 'cpu' | 'wasm',
  { x, filter, strides, pad }: Convolution,
): Promise<Float32Array[]> {
  await tensorflow({ backend, say: () => {} });
  return tf.tidy(() => {
    const inputs = [tf.tensor4d(draw(x, 1), x), tf.tensor4d(draw(filter, 2), filter)];
    const { shape } = tf.conv2d(inputs[0], inputs[1], strides, pad);
    const dy = tf.tensor4d(draw(shape, 3), shape);
    return tf
      .grads((a, b) => tf.sum(tf.mul(tf.conv2d(a as typeof dy, b as typeof dy, strides, pad), dy)))(inputs)
      .map((gradient) => gradient.dataSync().slice() as Float32Array);
  });
}

function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  expect(Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i])))).toBeLessThan(
    1e-5 * scale,
  );
}

const convolution = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 5 }),
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 5 }),
    down: fc.integer({ min: 1, max: 4 }),
    across: fc.integer({ min: 1, max: 4 }),
    pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 1, 2),
  })
  .filter(({ height, width, rows, columns, pad }) => {
    const padding = pad === 'same' ? 9 : pad === 'valid' ? 0 : 2 * pad;
    return height + padding >= rows && width + padding >= Math.max(rows, columns);
  })
  .map((c): Convolution => {
    // With a number for padding TensorFlow.js itself takes filter and stride for square: docs/tensorflow.md.
    const square = typeof c.pad === 'number';
    return {
      x: [c.n, c.height, c.width, c.inputs],
      filter: [c.rows, square ? c.rows : c.columns, c.inputs, c.outputs],
      strides: [c.down, square ? c.down : c.across],
      pad: c.pad,
    };
  });

describe('gradients of convolutions on WebAssembly', () => {
  test('equal those of the plain JavaScript backend, for any sizes, strides and padding', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, async (one) => {
        const expected = await gradients('cpu', one);
        const actual = await gradients('wasm', one);
        expectSame(actual[0], expected[0]);
        expectSame(actual[1], expected[1]);
      }),
      { numRuns: 60 },
    );
  });

  test('of a transposed convolution too', async () => {
    const results = [];
    for (const backend of ['cpu', 'wasm'] as const) {
      await tensorflow({ backend, say: () => {} });
      results.push(
        tf.tidy(() => {
          const x = tf.tensor4d(draw([2, 4, 4, 3], 1), [2, 4, 4, 3]);
          const filter = tf.tensor4d(draw([5, 5, 2, 3], 2), [5, 5, 2, 3]);
          const apply = (a: typeof x, b: typeof x) => tf.conv2dTranspose(a, b, [2, 8, 8, 2], 2, 'same');
          const [dx, dFilter] = tf.grads((a, b) => tf.sum(tf.square(apply(a as typeof x, b as typeof x))))([
            x,
            filter,
          ]);
          return [apply(x, filter), dx, dFilter].map((tensor) => tensor.dataSync().slice());
        }),
      );
    }
    for (const i of [0, 1, 2]) {
      expectSame(results[1][i], results[0][i]);
    }
  });

  test('leave nothing behind', async () => {
    const one: Convolution = { x: [2, 6, 6, 3], filter: [3, 3, 3, 4], strides: [2, 2], pad: 'same' };
    await gradients('wasm', one);
    const before = tf.memory().numTensors;
    await gradients('wasm', one);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('channels first are refused in one sentence', async () => {
    await tensorflow({ backend: 'wasm', say: () => {} });
    const { kernelFunc } = tf.getKernel('Conv2DBackpropFilter', 'wasm');
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 1, 1] };
    const inputs = { x: tf.zeros([1, 1, 4, 4]), dy: tf.zeros([1, 1, 4, 4]) };
    expect(() => kernelFunc({ inputs, attrs, backend: tf.backend() })).toThrow(
      'convolutions on the WebAssembly backend take images in n x h x w x c layout ("NHWC"), found "NCHW"',
    );
  });
});
