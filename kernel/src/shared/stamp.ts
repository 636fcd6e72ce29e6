import { statSync } from 'node:fs';

/** A mark that changes when a file does; `missing` for one that is not there. */
export function stampOf(path: string): string {
  try {
    // Most of what is asked for is not there, and an exception for each would cost more than the look.
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.mtimeNs}:${found.size}` : 'missing';
  } catch {
    return 'missing';
  }
}
