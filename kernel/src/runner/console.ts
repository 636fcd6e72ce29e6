/** The console that cells print with. */
import { Console } from 'node:console';

/**
 * Takes the global console away from V8's inspector, which the watchdog thread has open: for each line that is printed
 * it would note the stack, and it would keep the last thousand lines' values from being collected.
 */
export function installConsole(): void {
  const plain = new Console({
    stdout: process.stdout,
    stderr: process.stderr,
    // A frame is written or throws; there is no later error to be ignored.
    ignoreErrors: false,
  });
  for (const [name, method] of Object.entries(plain)) {
    if (typeof method === 'function' && name in console) Object.assign(console, { [name]: method });
  }
}
