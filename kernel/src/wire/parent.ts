/** A server that was killed cannot say goodbye: its kernel notices and ends by itself. */
import { isAlive } from '../shared/alive.js';

/** How often to look, ms. */
const EVERY = 1000;

/** Calls `gone` once, when the process that this one belongs to has ended. */
export function watchParent(gone: () => void): void {
  const first = process.ppid;
  const server = serverPid() ?? first;
  const ended = (): boolean => {
    // On Windows a process keeps the number of its parent; elsewhere an orphan gets another one, also while the
    // parent waits to be collected.
    if (process.platform === 'win32' || server !== first) return !isAlive(server);
    return process.ppid !== first;
  };
  const timer = setInterval(() => {
    if (!ended()) return;
    clearInterval(timer);
    gone();
  }, EVERY);
  timer.unref();
}

/**
 * Jupyter names itself in JPY_PARENT_PID: with a launcher between the two, the parent is somebody else. On Windows it is
 * a handle and no number of a process, and in a container it may name a process of the outside.
 */
function serverPid(): number | undefined {
  const pid = Number(process.env.JPY_PARENT_PID);
  const usable = process.platform !== 'win32' && Number.isInteger(pid) && pid > 1 && isAlive(pid);
  return usable ? pid : undefined;
}
