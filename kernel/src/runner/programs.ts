/** Programs that cells start: the wire process hears of them, so that they do not outlive the session. */
import { ChildProcess, type SpawnOptions } from 'node:child_process';
import { send } from './output.js';

/** Node's own way to start one, behind `spawn`, `exec`, `execFile` and `fork`. */
interface Spawning {
  spawn(this: ChildProcess, options: SpawnOptions): unknown;
}

/** A program that is started with `detached` is meant to live on, as it does after any other Node program. */
export function installPrograms(): void {
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const result = spawn.call(this, options);
    const { pid } = this;
    if (pid !== undefined && !options.detached) {
      send({ type: 'program', pid, runs: true });
      this.once('exit', () => send({ type: 'program', pid, runs: false }));
    }
    return result;
  };
}
