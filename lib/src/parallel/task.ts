/**
 * A task is one independent run of an experiment (one cell of a sweep): plain data in, plain data out. Being plain,
 * both can cross to a worker thread and back without losing a bit.
 */

/** What a task gets beside its input. */
export interface TaskContext<Output, Shared> {
  /** What all tasks of one call read, for instance a data set: made once, and not copied for each worker. */
  readonly shared: Shared;
  /** In the caller's own thread: ends the run early. In a worker there is none, since the worker itself is ended. */
  readonly signal?: AbortSignal;
  /** Says how far the run is, and, for a live figure, what it has until now. */
  report(done: number, total: number, soFar?: Output): void;
}

export interface Task<Input, Output, Shared = undefined> {
  /** The name under which a worker finds it in `tasks.ts`. */
  readonly name: string;
  /** The run. Same input and same shared data: same bytes, in any thread. It changes neither of them. */
  readonly run: (input: Input, context: TaskContext<Output, Shared>) => Output | Promise<Output>;
}

/** What is sent to a worker. */
export interface TaskMessage {
  readonly name: string;
  readonly index: number;
  readonly input: unknown;
}

/** What a worker gives back. An error is sent as a value: what Node itself throws then means that the worker died. */
export type TaskOutcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: unknown };

/** What a worker says of its own accord: that it has started, and how far a task is. */
export type WorkerNews =
  | { readonly kind: 'started' }
  | {
      readonly kind: 'progress';
      readonly index: number;
      readonly done: number;
      readonly total: number;
      readonly soFar: unknown;
    };
