/**
 * Makes it safe to end running JavaScript from outside. Node notes the async context of each callback on a stack and
 * aborts the process when it finds that stack uneven; code that is ended half-way never takes its entries off. So the
 * stack is emptied first, by the main thread itself, inside the loop that is about to be ended.
 */
const NAME = '$typescriptKernelUnwind';

/** What the watchdog has the main thread evaluate. */
export const UNWIND = `globalThis.${NAME}?.()`;

export function installUnwind(): void {
  // There is no public name for this. Where a later Node lacks it, it has no such stack either.
  const { binding } = process as unknown as {
    binding?: (name: string) => { clearAsyncIdStack?: () => void };
  };
  let clear: (() => void) | undefined;
  try {
    clear = binding?.('async_wrap').clearAsyncIdStack;
  } catch {
    clear = undefined;
  }
  Object.defineProperty(globalThis, NAME, { value: () => clear?.(), enumerable: false });
}
