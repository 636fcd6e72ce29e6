/** The builds are usable as users use them: as an ES module, by require, and from TypeScript old and new. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));
const node = (args: string[], cwd: string) => run(process.execPath, args, { cwd });

/** A folder inside the checkout, where the package is found as a user's project finds it; its name has a space. */
let project = '';

beforeAll(async () => {
  await node(['lib/build.mjs'], root);
  mkdirSync(join(root, 'test-results'), { recursive: true });
  project = mkdtempSync(join(root, 'test-results', 'a user '));
}, 120_000);

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

const program = `
const { train, test } = loadMnist();
const definition = { sizes: [784, 30, 10], activation: 'relu', batchNorm: true };
trainNetwork(definition, { train, test, steps: 50, learningRate: 0.1, seed: 1 }).then((result) => {
  const [largest] = symmetricEigen([2, 1, 1, 2], 2).values;
  console.log(train.count, test.count, Math.round(largest), result.evaluations[0].accuracy);
});
`;

describe('the builds', () => {
  test('an ES module and a CommonJS program load, find MNIST and ml-matrix, train, and give the same accuracy', async () => {
    const esm = join(project, 'program.mjs');
    const cjs = join(project, 'program.cjs');
    writeFileSync(esm, `import { loadMnist, symmetricEigen, trainNetwork } from 'batchnorm';${program}`);
    writeFileSync(cjs, `const { loadMnist, symmetricEigen, trainNetwork } = require('batchnorm');${program}`);
    // from a folder without the package: MNIST is found beside the library
    const elsewhere = tmpdir();
    const [fromEsm, fromCjs] = await Promise.all([node([esm], elsewhere), node([cjs], elsewhere)]);
    expect(fromEsm.stdout).toMatch(/^60000 10000 3 0\.\d+\n$/);
    expect(fromCjs.stdout).toBe(fromEsm.stdout);
  });

  const sweep = (workers: number) => `
const config = { learningRates: [0.1, 1], seeds: [1], steps: 10, hidden: 8, testCount: 100 };
learningRateSweep(config, { workers: ${workers} }).then(({ cells }) => console.log(JSON.stringify(cells)));
`;

  test('both sweep in worker threads, give the bytes of one thread, and end by themselves', async () => {
    const programs = [0, 2].flatMap((workers) => {
      const esm = join(project, `sweep${workers}.mjs`);
      const cjs = join(project, `sweep${workers}.cjs`);
      writeFileSync(esm, `import { learningRateSweep } from 'batchnorm';${sweep(workers)}`);
      writeFileSync(cjs, `const { learningRateSweep } = require('batchnorm');${sweep(workers)}`);
      return [esm, cjs];
    });
    const runs = await Promise.all(programs.map((file) => node([file], project)));
    for (const { stdout, stderr } of runs) {
      expect(stderr).toBe('');
      expect(stdout).toBe(runs[0].stdout);
    }
    expect(JSON.parse(runs[0].stdout)).toHaveLength(8);
  });

  test('where no worker thread may start, the sweep says so and gives the same bytes', async () => {
    const file = join(project, 'forbidden.mjs');
    writeFileSync(file, `import { learningRateSweep } from 'batchnorm';${sweep(2)}`);
    const flag = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const forbidden = await node([flag, '--allow-fs-read=*', file], project);
    expect(forbidden.stderr).toMatch(
      /batchnorm: no worker thread can start \(.+\); the runs are done one after the other/,
    );
    writeFileSync(file, `import { learningRateSweep } from 'batchnorm';${sweep(0)}`);
    expect(forbidden.stdout).toBe((await node([file], project)).stdout);
  });

  test('a second build has nothing to do', async () => {
    const { stdout } = await node(['lib/build.mjs'], root);
    expect(stdout).toBe('batchnorm: up to date\n');
  });

  test.each([
    ['', 'fused'],
    ['fused', 'fused'],
    ['strict', 'strict'],
  ])('BATCHNORM_LAB_KERNELS=%s gives the %s kernels, and threads agree', async (asked, given) => {
    const file = join(project, 'kernels.mjs');
    writeFileSync(
      file,
      `import { Worker, isMainThread } from 'node:worker_threads';
       import { createEngine, createNetwork, kernelBuild, Random } from 'batchnorm';
       const network = createNetwork({ sizes: [4, 3, 2], activation: 'tanh' }, new Random(1));
       const engine = createEngine('simd', network, 0.1);
       console.log(kernelBuild(), engine.step(Float32Array.of(1, 2, 3, 4), Uint8Array.of(1), 1, 0.1));
       if (isMainThread) for (let i = 0; i < 3; i++) new Worker(new URL(import.meta.url));`,
    );
    const env = { ...process.env, BATCHNORM_LAB_KERNELS: asked };
    const { stdout } = await run(process.execPath, [file], { cwd: project, env });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines).size).toBe(1);
    expect(lines[0].split(' ')[0]).toBe(given);
  });

  test('another value of BATCHNORM_LAB_KERNELS is refused in one sentence', async () => {
    const env = { ...process.env, BATCHNORM_LAB_KERNELS: 'quick' };
    const args = ['--input-type=module', '-e', "import('batchnorm').then((b) => b.kernelBuild())"];
    const refused = await run(process.execPath, args, { cwd: root, env }).catch((error) => error);
    expect(refused.stderr).toContain(
      'the environment variable BATCHNORM_LAB_KERNELS must be one of "fused", "strict", found "quick"',
    );
  });

  const oldCompiler = '@tslab/typescript-for-tslab/lib/tsc.js';
  test.each([
    [
      'TypeScript 5.0, Node10 resolution',
      oldCompiler,
      ['--module', 'commonjs', '--moduleResolution', 'node10'],
      ['ts'],
    ],
    [
      'TypeScript 5.0, Node16 resolution',
      oldCompiler,
      ['--module', 'node16', '--moduleResolution', 'node16'],
      ['mts', 'cts'],
    ],
    ['TypeScript 7', 'typescript/bin/tsc', ['--module', 'nodenext', '--ignoreConfig'], ['mts', 'cts']],
  ])('the declarations say what is what to %s', async (_, compiler, flags, endings) => {
    const files = endings.map((ending) => join(project, `types.${ending}`));
    for (const file of files) {
      writeFileSync(
        file,
        [
          "import * as bn from 'batchnorm';",
          'const y: number = bn.batchNorm([1, 2], 2, 1).y[0];',
          'export const run: Float64Array = bn.naiveCentring({ x: [y] }).loss;',
          '// @ts-expect-error: the types are there, and are not `any`',
          "bn.batchNorm('text', 2, 1);",
          "import * as bnTf from 'batchnorm/tfjs';",
          'export const columns = bnTf.tensorflow().then((tf) => tf.tensor1d([1, 2]).shape[0].toFixed());',
          '// @ts-expect-error: so are those of the part for TensorFlow.js',
          "bnTf.tensorflow('cpu');",
          '',
        ].join('\n'),
      );
    }
    const common = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2020', '--types', 'node'];
    const bin = join(require.resolve('vitest/package.json'), '../..', compiler);
    const checked = await node([bin, ...common, ...flags, ...files], root).catch((error) => error);
    expect(checked.stdout).toBe('');
  });
});
