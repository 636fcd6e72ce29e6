import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping';

/** Lines are 1-based, columns 0-based, as source maps count. */
export interface MapPlace {
  readonly line: number;
  readonly column: number;
}

/** Takes a place through source maps, one after the other. Undefined where a map knows nothing of it. */
export function follow(maps: readonly TraceMap[], place: MapPlace): MapPlace | undefined {
  let at = place;
  for (const map of maps) {
    const found = originalPositionFor(map, at);
    if (found.line === null) return undefined;
    at = { line: found.line, column: found.column };
  }
  return at;
}
