/** One peer of the benchmark: a process of its own that takes steps when it is told to and says how long they took. */
import { spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';

/** Every library that has threads is told to use one; on Linux the process is held to one core as well. */
const oneThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  VECLIB_MAXIMUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
  JAX_PLATFORMS: 'cpu',
  XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
};

const last = String(cpus().length - 1);
const pin = spawnSync('taskset', ['-c', last, 'true']).status === 0 ? ['taskset', '-c', last] : [];

export class Peer {
  #child;
  #lines;
  #errors = '';

  /** @param {string} name for messages @param {string[]} command program and arguments */
  constructor(name, command) {
    this.name = name;
    const [program, ...args] = [...pin, ...command];
    this.#child = spawn(program, args, {
      env: { ...process.env, ...oneThread },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child.stdin.on('error', () => undefined); // a peer that has ended is told of by `#answer`
    this.#child.stderr.on('data', (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-2000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async #answer() {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        throw new Error(`${this.name} ended: ${this.#errors.trim().split('\n').slice(-3).join('\n')}`);
      }
      if (value.startsWith('{')) return JSON.parse(value); // a library may have printed something of its own
    }
  }

  /** Resolves when the peer has loaded all it needs. */
  async ready() {
    await this.#answer();
  }

  /** Takes a step on each minibatch. @param {number[][]} batches @returns seconds for all of them, and the last loss */
  async take(batches) {
    this.#child.stdin.write(`${JSON.stringify(batches)}\n`);
    return this.#answer();
  }

  end() {
    this.#child.stdin.end();
    this.#child.kill();
  }
}
