/** Asks the runner what a name holds. The watchdog thread's inspector looks, so a cell that is busy is no obstacle. */
import { PEEK_FUNCTION, type Peeked } from '../shared/protocol.js';
import type { Inspector } from './debug/inspector.js';

/**
 * How long an answer may take, ms. The runner has it in less than one, but while it waits inside native code it gives
 * none, and the user is typing.
 */
const PATIENCE = { busy: 250, idle: 1000 };

interface Evaluated {
  readonly result: { readonly value?: Peeked };
  readonly exceptionDetails?: unknown;
}

/** @returns undefined when the name leads to no value that can be seen without running code, or the runner is deaf */
export async function peekAt(
  inspector: Inspector,
  path: readonly string[],
  isBusy: boolean,
): Promise<Peeked | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), isBusy ? PATIENCE.busy : PATIENCE.idle);
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
