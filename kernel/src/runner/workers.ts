/** Worker threads and child processes that begin with a TypeScript file: Node alone would not run it. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import threads, { type WorkerOptions } from 'node:worker_threads';

const LOADER = new URL('./typescript.js', import.meta.url).href;

function isTypeScript(file: unknown): boolean {
  const path = file instanceof URL ? (file.protocol === 'file:' ? fileURLToPath(file) : '') : file;
  return typeof path === 'string' && /\.([mc]?ts|[jt]sx)$/.test(path);
}

/** Makes `new Worker('./x.ts')` and `fork('./x.ts')` work in cells, in local files and in packages. */
export function installWorkers(): void {
  const { Worker } = threads;
  const { fork } = childProcess;
  class KernelWorker extends Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const execArgv = [...(options.execArgv ?? []), '--import', LOADER];
      super(file, !options.eval && isTypeScript(file) ? { ...options, execArgv } : options);
    }
  }
  Object.defineProperty(KernelWorker, 'name', { value: 'Worker' });
  const forkTypeScript = (file: string | URL, ...rest: unknown[]): unknown => {
    const start = fork as (...values: unknown[]) => unknown;
    if (!isTypeScript(file)) return start(file, ...rest);
    const args = Array.isArray(rest[0]) ? rest[0] : [];
    const options = (Array.isArray(rest[0]) ? rest[1] : rest[0]) as childProcess.ForkOptions | undefined;
    const execArgv = [...(options?.execArgv ?? process.execArgv), '--import', LOADER];
    return start(file, args, { ...options, execArgv });
  };
  Object.defineProperty(forkTypeScript, 'name', { value: 'fork' });
  threads.Worker = KernelWorker;
  childProcess.fork = forkTypeScript as typeof fork;
  syncBuiltinESMExports();
}
