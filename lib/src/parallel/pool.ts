/** A pool of worker threads for the tasks of one call (Piscina, with our rules for errors and for a Stop). */
import type { Piscina } from 'piscina';
import type { TaskObserver } from './runTasks.js';
import type { TaskMessage, TaskOutcome, WorkerNews } from './task.js';
import { workerFile } from './workerFile.js';

/** No worker could start. The caller can still do the work in its own thread. */
export class PoolFailure extends Error {}

export class Pool<Output> {
  private started = false;

  constructor(
    private readonly taskName: string,
    private readonly threads: number,
    private readonly shared: unknown,
    private readonly observer: TaskObserver<Output>,
    private readonly file: () => Promise<string> = workerFile,
  ) {}

  /**
   * Runs all inputs; when it returns or throws, every worker has ended. An abort ends it without an error.
   * @throws PoolFailure when no worker could start; what a task threw; Error when a worker died
   */
  async run(inputs: readonly unknown[], signal: AbortSignal): Promise<void> {
    let end: { resolve(): void; reject(error: unknown): void } | undefined;
    const ended = new Promise<void>((resolve, reject) => {
      end = { resolve, reject };
    });
    // It may fail before anyone waits for it, while the pool is being made.
    ended.catch(() => undefined);
    const pool = await this.start((error) => end?.reject(error));
    const stop = (): void => end?.resolve();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const runs = inputs.map((input, index) => this.runOne(pool, { name: this.taskName, index, input }));
      await Promise.race([ended, Promise.all(runs)]);
    } finally {
      signal.removeEventListener('abort', stop);
      await pool.destroy();
    }
  }

  private async start(fail: (error: unknown) => void): Promise<Piscina> {
    try {
      const [filename, { Piscina }] = await Promise.all([this.file(), import('piscina')]);
      const pool = new Piscina({
        filename,
        name: 'default',
        minThreads: this.threads,
        maxThreads: this.threads,
        workerData: this.shared,
        // Tasks take seconds: waiting in Atomics.wait to save microseconds is not needed.
        atomics: 'disabled',
        // The caller's own flags are not for workers; the maps bring a worker's stack back to the source.
        execArgv: ['--enable-source-maps'],
      });
      pool.on('error', (error) => fail(this.failure(error)));
      pool.on('message', (news: WorkerNews) => {
        this.started = true;
        if (news.kind === 'started') return;
        try {
          // The worker ran the task that `taskName` stands for, whose output this is.
          this.observer.progress(news.index, news.done, news.total, news.soFar as Output | undefined);
        } catch (error) {
          fail(error); // thrown by the caller's own function; from here it would reach nobody
        }
      });
      return pool;
    } catch (error) {
      throw this.failure(error);
    }
  }

  private async runOne(pool: Piscina, message: TaskMessage): Promise<void> {
    let outcome: TaskOutcome;
    try {
      outcome = await pool.run(message);
    } catch (error) {
      throw this.failure(error);
    }
    this.started = true;
    if (!outcome.ok) throw outcome.error;
    this.observer.finished(message.index, outcome.output as Output); // the output of the task of that name
  }

  /** What Node or Piscina threw, as one of the two cases: it never began, or it died on the way. */
  private failure(error: unknown): Error {
    const reason = error instanceof Error ? error.message : String(error);
    return this.started
      ? new Error(`a worker thread ended while it ran "${this.taskName}": ${reason}`, { cause: error })
      : new PoolFailure(reason, { cause: error });
  }
}
