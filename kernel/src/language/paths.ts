/** Completion of file names: the checker would offer those of the scratch folder. */
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Match } from './matches.js';

interface PathMatches {
  /** How many characters before the cursor the matches replace. */
  readonly typed: number;
  readonly items: readonly Match[];
}

const RELATIVE_IMPORT = /(?:\bfrom|\bimport|\b(?:import|require)\s*\()\s*(['"`])(\.{1,2}\/[^'"`\n]*)$/;

/** Files to import from. @returns undefined when the text does not end in the relative path of an import */
export function completeImport(folder: string, before: string): PathMatches | undefined {
  const typed = RELATIVE_IMPORT.exec(before)?.[2];
  if (typed === undefined) return undefined;
  return list(folder, typed, (name) =>
    /\.([mc]?[jt]sx?|json)$/.test(name) ? name.replace(/\.tsx?$/, '.js') : undefined,
  );
}

const PACKAGE_IMPORT = /(?:\bfrom|\bimport|\b(?:import|require)\s*\()\s*['"`]((?:@[\w.-]*\/?)?[\w.-]*)$/;

/**
 * Installed packages to import from. The checker offers those that package.json names under `dependencies`.
 * @returns undefined when the text does not end in the name of a package in an import
 */
export function completePackage(folder: string, before: string): PathMatches | undefined {
  const typed = PACKAGE_IMPORT.exec(before)?.[1];
  if (typed === undefined) return undefined;
  const scope = /^@[^/]*(?=\/)/.exec(typed)?.[0];
  const found = new Set<string>();
  for (let at = folder; ; at = dirname(at)) {
    for (const name of namesIn(join(at, 'node_modules', scope ?? ''))) {
      const full = scope === undefined ? name : `${scope}/${name}`;
      if (/^[\w@]/.test(name) && name !== '@types' && full.startsWith(typed)) found.add(full);
    }
    if (dirname(at) === at) break;
  }
  const items = [...found].sort().map((name) => ({
    text: name.startsWith('@') && !name.includes('/') ? `${name}/` : name,
    type: 'module',
    signature: '',
  }));
  return { typed: typed.length, items };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Files of any kind, for a string that may be a path. */
export function completeFile(folder: string, typed: string): PathMatches {
  const at = typed.startsWith('~/')
    ? resolve(homedir(), `.${typed.slice(1)}`) + (typed.endsWith('/') ? '/' : '')
    : typed;
  return list(folder, at, (name) => name);
}

function list(folder: string, typed: string, shown: (name: string) => string | undefined): PathMatches {
  const name = typed.slice(typed.lastIndexOf('/') + 1);
  const items: Match[] = [];
  try {
    const entries = readdirSync(resolve(folder, join(`${typed}x`, '..')), { withFileTypes: true });
    for (const entry of entries) {
      if (!entry.name.startsWith(name) || entry.name === 'node_modules') continue;
      // Hidden files are meant only by who types the dot.
      if (entry.name.startsWith('.') && !name.startsWith('.')) continue;
      const text = entry.isDirectory() ? `${entry.name}/` : shown(entry.name);
      if (text !== undefined) items.push({ text, type: 'path', signature: '' });
    }
  } catch {
    // No such folder.
  }
  return { typed: name.length, items: items.sort((a, b) => (a.text < b.text ? -1 : 1)) };
}
