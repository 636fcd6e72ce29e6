// TensorFlow.js in a notebook: the same cells under our kernel, where the package is its TypeScript source, and under
// stock tslab, where it is the CommonJS build.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executeNotebook, failures, type KernelName, root, shownText } from './run.js';

const cells = [
  `import { BatchNorm, foldModel, minibatchesOf, populationPass, tensorflow } from 'batchnorm/tfjs';
import * as tf from '@tensorflow/tfjs';`,
  `const same = await tensorflow({ backend: 'wasm' });
console.log(same.Tensor === tf.Tensor, tf.getBackend());`,
  `const norm = new BatchNorm({ newWeight: 0.5 });
const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 3, useBias: false }), norm] });
model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
const x = tf.tensor2d([[0, 1], [1, 0], [2, 2], [3, 1]]);
await model.fit(x, tf.zeros([4, 3]), { epochs: 2, verbose: 0 });
const steps: number = (await populationPass(model, minibatchesOf(x, 2))).minibatches;
console.log(steps, norm.statistics().mean.length, foldModel(model).layers.length);`,
];

let folder = '';
beforeAll(() => {
  mkdirSync(path.join(root, 'test-results'), { recursive: true });
  folder = mkdtempSync(path.join(root, 'test-results', 'tensorflow-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('TensorFlow.js in a notebook', () => {
  test.each<KernelName>(['typescript', 'tslab'])(
    'trains, takes population statistics and folds under %s',
    async (kernel) => {
      const notebook = path.join(folder, `${kernel}.ipynb`);
      const code = cells.map((source, i) => ({
        cell_type: 'code',
        id: `cell-${i}`,
        execution_count: null,
        metadata: {},
        outputs: [],
        source,
      }));
      writeFileSync(notebook, JSON.stringify({ cells: code, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
      const executed = await executeNotebook(notebook, kernel);
      expect(failures(executed)).toEqual([]);
      const text = shownText(executed);
      expect(text).toMatch(/TensorFlow\.js 4\.\S+ on WebAssembly \(/);
      expect(text).toContain('true wasm');
      expect(text).toContain('2 3 1');
    },
  );
});
