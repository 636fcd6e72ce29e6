/** Asks the runner what a name holds. The watchdog thread's inspector looks, so a cell that is busy is no obstacle. */
import { PEEK_FUNCTION, type Peeked } from '../shared/protocol.js';
import type { Inspector } from './debug/inspector.js';

/** How long an answer may take, ms: a runner that waits inside native code gives none, and the user is typing. */
const PATIENCE = 150;

interface Evaluated {
  readonly result: { readonly value?: Peeked };
  readonly exceptionDetails?: unknown;
}

/** @returns undefined when the name leads to no value that can be seen without running code, or the runner is deaf */
export async function peekAt(inspector: Inspector, path: readonly string[]): Promise<Peeked | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  const expression = `globalThis.${PEEK_FUNCTION}?.(${JSON.stringify(path)})`;
  const asked = inspector
    .ask<Evaluated>('Runtime.evaluate', { expression, returnByValue: true, silent: true })
    .then(({ result, exceptionDetails }) => (exceptionDetails ? undefined : result.value))
    .catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
