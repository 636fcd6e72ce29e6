/**
 * Makes it safe to end running JavaScript from outside. Node notes the async context of each callback on a stack and
 * aborts the process when it finds that stack uneven; code that is ended half-way never takes its entries off. So
 * the main thread itself, inside the loop that is about to be ended, switches that check off and empties the stack.
 */
const NAME = '$typescriptKernelUnwind';

/** What the watchdog has the main thread evaluate. */
export const UNWIND = `globalThis.${NAME}?.()`;

interface AsyncWrap {
  readonly clearAsyncIdStack?: () => void;
  readonly async_hook_fields?: Uint32Array;
  readonly constants?: { readonly kTotals: number; readonly kCheck: number };
}

/** There is no public name for this. Node 24 does not give it; there a flag, set where the runner is started, does. */
function asyncWrap(): AsyncWrap {
  const { binding } = process as unknown as { binding?: (name: string) => AsyncWrap };
  try {
    return binding?.('async_wrap') ?? {};
  } catch {
    return {};
  }
}

/** @returns what to call in the first callback after an end, since code may have run on between the two steps */
export function installUnwind(): () => void {
  const { clearAsyncIdStack, async_hook_fields: fields, constants } = asyncWrap();
  const clear = (): void => clearAsyncIdStack?.();
  const value = (): void => {
    if (fields && constants) {
      fields[constants.kTotals] = 0;
      fields[constants.kCheck] = 0;
    }
    clear();
  };
  Object.defineProperty(globalThis, NAME, { value, enumerable: false });
  return clear;
}
