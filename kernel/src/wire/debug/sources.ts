/** What the debugger knows of code: each script that runs, the TypeScript it came from, and the way between their lines. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { eachMapping, TraceMap } from '@jridgewell/trace-mapping';
import { follow, type MapPlace } from '../../shared/maps.js';
import type { CodeMaps } from '../../shared/protocol.js';

/** How JupyterLab names cells: a prefix, the hash of the code, a suffix. */
export const HASH_METHOD = 'Murmur2';
export const HASH_SEED = 0x9747b28c;
export const CELL_SUFFIX = '.ts';

interface Link {
  /** In the user's text. */
  readonly original: MapPlace;
  /** 0-based, as the inspector counts. */
  readonly generatedLine: number;
  readonly generatedColumn: number;
}

interface Script {
  /** The name under which V8 knows it. */
  readonly url: string;
  /** The cell's path, by its hash, or the file's. */
  readonly path: string;
  readonly maps: CodeMaps;
  traced?: readonly TraceMap[];
  links?: readonly Link[];
}

export class DebugSources {
  /** Paths of cells start with this. */
  readonly cellPrefix: string;
  readonly #scripts = new Map<string, Script>();
  readonly #texts = new Map<string, string>();

  constructor(cellPrefix: string) {
    this.cellPrefix = cellPrefix;
  }

  cellPath(code: string): string {
    return `${this.cellPrefix}${murmur2(code, HASH_SEED)}${CELL_SUFFIX}`;
  }

  /** Keeps a cell's text for the debugger's source view. @returns its path */
  dumpCell(code: string): string {
    const path = this.cellPath(code);
    this.#texts.set(path, code);
    return path;
  }

  addCell(url: string, code: string, maps: CodeMaps): string {
    const path = this.dumpCell(code);
    this.#scripts.set(url, { url, path, maps });
    return path;
  }

  /** @returns the name that V8's inspector gives the file */
  addFile(path: string, maps: CodeMaps): string {
    const url = pathToFileURL(path).href;
    this.#scripts.set(url, { url, path, maps });
    return url;
  }

  text(path: string): string {
    return this.#texts.get(path) ?? readFileSync(path, 'utf8');
  }

  scriptsOf(path: string): readonly string[] {
    return [...this.#scripts.values()].filter((script) => script.path === path).map(({ url }) => url);
  }

  isKnown(url: string): boolean {
    return this.#scripts.has(url);
  }

  /** Where to stop for a line of the user's; the next line with code when it has none. Undefined past the end. */
  breakAt(url: string, line: number): (Link & { readonly line: number }) | undefined {
    let best: Link | undefined;
    for (const link of this.#links(url)) {
      if (link.original.line < line) continue;
      if (
        !best ||
        link.original.line < best.original.line ||
        (link.original.line === best.original.line && isBefore(link, best))
      ) {
        best = link;
      }
    }
    return best && { ...best, line: best.original.line };
  }

  /** @returns the user's place for a 0-based place of running code */
  original(url: string, line: number, column: number): (MapPlace & { readonly path: string }) | undefined {
    const script = this.#scripts.get(url);
    if (!script) return undefined;
    script.traced ??= script.maps.map((map) => new TraceMap(map));
    const at = follow(script.traced, { line: line + 1, column });
    return at && { line: at.line, column: at.column + 1, path: script.path };
  }

  #links(url: string): readonly Link[] {
    const script = this.#scripts.get(url);
    if (!script) return [];
    if (script.links) return script.links;
    const links: Link[] = [];
    script.traced ??= script.maps.map((map) => new TraceMap(map));
    const [outer, ...rest] = script.traced;
    eachMapping(outer as TraceMap, (mapping) => {
      if (mapping.originalLine === null) return;
      const original = follow(rest, { line: mapping.originalLine, column: mapping.originalColumn });
      if (!original) return;
      links.push({
        original,
        generatedLine: mapping.generatedLine - 1,
        generatedColumn: mapping.generatedColumn,
      });
    });
    script.links = links;
    return links;
  }
}

function isBefore(a: Link, b: Link): boolean {
  return (
    a.generatedLine < b.generatedLine ||
    (a.generatedLine === b.generatedLine && a.generatedColumn < b.generatedColumn)
  );
}

/** MurmurHash2 by A. Appleby, over UTF-8, 32 bits: what JupyterLab computes of a cell. */
export function murmur2(text: string, seed: number): number {
  const data = new TextEncoder().encode(text);
  const m = 0x5bd1e995;
  const byte = (at: number): number => data[at] as number;
  let hash = seed ^ data.length;
  let at = 0;
  for (; data.length - at >= 4; at += 4) {
    let k = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    k = Math.imul(k, m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  const rest = data.length - at;
  if (rest >= 3) hash ^= byte(at + 2) << 16;
  if (rest >= 2) hash ^= byte(at + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(at), m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return (hash ^ (hash >>> 15)) >>> 0;
}
