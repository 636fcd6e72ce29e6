import { statSync } from 'node:fs';

/** A mark that changes when a file does; `missing` for one that is not there. */
export function stampOf(path: string): string {
  try {
    const { mtimeNs, size } = statSync(path, { bigint: true });
    return `${mtimeNs}:${size}`;
  } catch {
    return 'missing';
  }
}
