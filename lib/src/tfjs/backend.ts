/**
 * TensorFlow.js on the best backend that is installed: the native library (tfjs-node), else WebAssembly, else
 * plain JavaScript. Chosen once in a process, and said once, in one line.
 */
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type * as wasm from '@tensorflow/tfjs-backend-wasm';
import { checkChoice, checkOptions } from '../check.js';
import { registerConvolutionGradients } from './wasmKernels.js';

/** `'node'`: TensorFlow's native library. `'wasm'`: WebAssembly. `'cpu'`: plain JavaScript, the slowest by far. */
export type TensorFlowBackend = 'node' | 'wasm' | 'cpu';

/** From the fastest to the slowest. */
export const tensorFlowBackends: readonly TensorFlowBackend[] = ['node', 'wasm', 'cpu'];

/** What TensorFlow.js itself calls them. */
const registeredNames: Readonly<Record<TensorFlowBackend, string>> = {
  node: 'tensorflow',
  wasm: 'wasm',
  cpu: 'cpu',
};

/** Which backend TensorFlow.js is to use, and where to say which it is. */
export interface TensorFlowOptions {
  /**
   * The backend to use. Left out: what the environment variable BATCHNORM_TFJS_BACKEND says, else the best one
   * that starts. One that was asked for and does not start is an error; without asking, the next one is taken.
   */
  backend?: TensorFlowBackend;
  /** Receives the line that says which backend it is. Left out: `console.log`. */
  say?: (line: string) => void;
}

/** What is known of this process. It lies on the global object: an edited and reloaded module must find it again. */
interface Chosen {
  backend?: TensorFlowBackend;
  pending?: Promise<unknown>;
}

const key = Symbol.for('batchnorm.tensorflow');
const shared = globalThis as { [key]?: Chosen }; // a symbol of our own: nobody else's property is touched
shared[key] ??= {};
const chosen: Chosen = shared[key];

const require = createRequire(import.meta.url);

/**
 * TensorFlow.js, ready to compute, on the best backend there is.
 *
 * The first call decides for the process; later calls return the same `tf` at once, and say nothing. A later
 * call that names another backend changes to it (tensors move over when they are next used). WebAssembly's files
 * come from the npm package, never from the network, and convolutions train there, which stock TensorFlow.js
 * 4.22 cannot: see `wasmKernels.ts`.
 *
 * @returns the module `@tensorflow/tfjs`, the same object that `import * as tf` gives
 * @throws RangeError for an unknown backend; Error when the one that was asked for does not start
 *
 * @example
 * const tf = await tensorflow({ backend: 'cpu', say: () => {} });
 * console.log(tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]); // prints 11
 */
export async function tensorflow(options: TensorFlowOptions = {}): Promise<typeof tf> {
  checkOptions('tensorflow', options, ['backend', 'say']);
  const asked = options.backend ?? fromEnvironment();
  if (options.backend !== undefined) {
    checkChoice('backend', options.backend, tensorFlowBackends);
  }
  while (chosen.pending) {
    await chosen.pending.catch(() => undefined); // whoever started it is told of its failure
  }
  const settled = chosen.backend !== undefined && (options.backend ?? chosen.backend) === chosen.backend;
  if (!settled) {
    const work = choose(asked, options.say ?? console.log);
    chosen.pending = work;
    try {
      await work;
    } finally {
      chosen.pending = undefined;
    }
  }
  return tf;
}

/**
 * Which backend `tensorflow()` has chosen; undefined before its first call.
 *
 * @example
 * await tensorflow();
 * console.log(tensorFlowBackend() !== undefined); // prints true
 */
export function tensorFlowBackend(): TensorFlowBackend | undefined {
  return chosen.backend;
}

/**
 * The backends that are installed, from the fastest to the slowest, without starting any.
 *
 * @example
 * console.log(installedBackends().includes('cpu')); // prints true
 */
export function installedBackends(): TensorFlowBackend[] {
  return tensorFlowBackends.filter((backend) => backend === 'cpu' || isInstalled(packages[backend]));
}

const packages = { node: '@tensorflow/tfjs-node', wasm: '@tensorflow/tfjs-backend-wasm' } as const;

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function fromEnvironment(): TensorFlowBackend | undefined {
  const value = process.env.BATCHNORM_TFJS_BACKEND;
  if (value === undefined || value === '') {
    return undefined;
  }
  checkChoice('BATCHNORM_TFJS_BACKEND', value, tensorFlowBackends);
  return value as TensorFlowBackend; // checked just above
}

/** Starts the backend that was asked for, or the best one; says which it is, and what did not start. */
async function choose(asked: TensorFlowBackend | undefined, say: (line: string) => void): Promise<void> {
  const notes: string[] = [];
  for (const backend of asked === undefined ? installedBackends() : [asked]) {
    try {
      await starters[backend]();
      if (!(await tf.setBackend(registeredNames[backend]))) {
        throw new Error('its initialisation failed');
      }
      await tf.ready();
    } catch (error) {
      const reason = firstLine(error);
      if (asked !== undefined) {
        throw new Error(`the TensorFlow.js backend "${backend}" does not start: ${reason}`, { cause: error });
      }
      notes.push(`${packages[backend as 'node' | 'wasm']} is installed and does not start: ${reason}`);
      continue;
    }
    chosen.backend = backend;
    say([`TensorFlow.js ${tf.version.tfjs} on ${await describe(backend)}`, ...notes].join('; '));
    return;
  }
  // Only reached when plain JavaScript does not start either.
  throw new Error(`no TensorFlow.js backend starts: ${notes.join('; ')}`);
}

const starters: Readonly<Record<TensorFlowBackend, () => Promise<void>>> = {
  async node() {
    // The library's greeting about the processor is not for readers of a notebook; its warnings and errors are.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
    load(packages.node, 'run `npm run setup:tfjs-node` in the checkout of Batchnorm Lab');
  },

  async wasm() {
    const loaded = load(packages.wasm, `run \`npm install ${packages.wasm}\``);
    const { setWasmPaths } = loaded as typeof wasm; // `require` knows no types; the name says what it is
    setWasmPaths(join(dirname(require.resolve(`${packages.wasm}/package.json`)), 'dist') + sep);
    registerConvolutionGradients();
  },

  async cpu() {
    // At its first use it would praise tfjs-node over six lines; our one line says what it is.
    Object.assign(tf.findBackend('cpu'), { firstUse: false });
  },
};

/** Loads a package by name. */
function load(name: string, remedy: string): unknown {
  if (!isInstalled(name)) {
    throw new Error(`the package ${name} is not installed: ${remedy}`);
  }
  return require(name);
}

async function describe(backend: TensorFlowBackend): Promise<string> {
  if (backend === 'node') {
    return 'the native library (tfjs-node)';
  }
  if (backend === 'cpu') {
    return 'plain JavaScript, which is slow: docs/tensorflow.md tells of faster backends';
  }
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  return `WebAssembly (${simd ? 'SIMD' : 'no SIMD'}, ${threads ? 'threads' : 'one thread'})`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
