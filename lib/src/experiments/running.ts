/** What every long experiment takes beside its configuration. */
export interface Running {
  /** Called as work gets done: `done` of `total` units, which are the experiment's own. */
  onProgress?: (done: number, total: number, note?: string) => void;
  /** Ends the experiment early; it returns what it has. */
  signal?: AbortSignal;
  /**
   * Worker threads for an experiment of many runs; 0: the caller's own thread. The result does not depend on it.
   * Left out: the environment variable BATCHNORM_LAB_WORKERS, else one for each core.
   */
  workers?: number;
}

/** Lets timers, messages and a Stop have their turn, then says whether to go on. */
export async function mayGoOn(signal: AbortSignal | undefined): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  return !signal?.aborted;
}
