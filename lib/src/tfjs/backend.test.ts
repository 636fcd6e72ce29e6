import { afterEach, describe, expect, test, vi } from 'vitest';
import { installedBackends, tensorFlowBackend, tensorflow } from './backend.js';

// The choice holds for the whole process, so the tests of this file build on each other, in this order. What
// needs a process of its own, such as a backend that does not start, is in tests/lib/tensorflow.test.ts.
describe('tensorflow()', () => {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);

  afterEach(() => {
    lines.length = 0;
  });

  test('chooses nothing before it is called', () => {
    expect(tensorFlowBackend()).toBeUndefined();
  });

  test('takes the best backend that is installed, and says so once, also to several who ask at the same time', async () => {
    const [tf, same] = await Promise.all([tensorflow({ say }), tensorflow({ say }), tensorflow({ say })]);
    expect(same).toBe(tf);
    expect(tensorFlowBackend()).toBe(installedBackends()[0]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^TensorFlow\.js 4\.\d+\.\d+ on (the native library|WebAssembly|plain JavaScript)/,
    );
    expect(tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0])).toBe(11);
  });

  test.each(installedBackends())('changes to %s when asked, and stays there', async (backend) => {
    const tf = await tensorflow({ backend, say });
    expect(tf.getBackend()).toBe(backend === 'node' ? 'tensorflow' : backend);
    const changes = lines.length;
    expect(changes).toBeLessThanOrEqual(1);
    await tensorflow({ say });
    expect(tensorFlowBackend()).toBe(backend);
    expect(lines).toHaveLength(changes);
  });

  test('gives the very module that `import * as tf` gives', async () => {
    const imported = await import('@tensorflow/tfjs');
    expect((await tensorflow({ say })).Tensor).toBe(imported.Tensor);
  });

  test('plain JavaScript says in one line that it is slow, and nothing else', async () => {
    await tensorflow({ backend: 'wasm', say });
    lines.length = 0;
    const warn = vi.spyOn(console, 'warn');
    const tf = await tensorflow({ backend: 'cpu', say });
    tf.tensor1d([1, 2]).dispose();
    expect(warn).not.toHaveBeenCalled();
    expect(lines.join()).toMatch(/on plain JavaScript, which is slow/);
  });

  test('bad options', async () => {
    await expect(tensorflow({ backend: 'webgl' as 'cpu' })).rejects.toThrow(
      'backend must be one of "node", "wasm", "cpu", found "webgl"',
    );
    await expect(tensorflow({ backEnd: 'cpu' } as object)).rejects.toThrow(
      'tensorflow has no option "backEnd"; it takes backend, say',
    );
  });
});
