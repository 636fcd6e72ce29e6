/** The compiler options under which cells are checked: the notebook's own where they matter, ours for the rest. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import type { Config } from '../shared/config.js';
import { jsxOptions } from '../shared/jsx.js';
import { SOURCE_CONDITION } from '../shared/resolve.js';

/**
 * @param root the scratch folder as a whole
 * @param folder what stands for the notebook's folder in it
 */
export function checkerOptions(
  config: Config,
  root: string,
  folder: string,
  notebookFolder: string,
): Record<string, unknown> {
  const own = config.options;
  const typeRoots: string[] = [];
  for (let at = folder; at.startsWith(root); at = dirname(at)) {
    const types = join(at, 'node_modules', '@types');
    if (existsSync(types)) typeRoots.push(types);
  }
  const require = createRequire(import.meta.url);
  typeRoots.push(dirname(dirname(require.resolve('@types/node/package.json'))));
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  return {
    lib: ['esnext'],
    ...own,
    ...jsxOptions(config.emit.jsx),
    useDefineForClassFields: config.emit.defineFields,
    paths: { ...config.ownPaths, ...config.paths },
    customConditions: [...new Set([SOURCE_CONDITION, ...config.customConditions])],
    types: [...new Set(['node', ...list(own.types)])],
    typeRoots: [...list(own.typeRoots), ...typeRoots],
    target: 'esnext',
    module: 'preserve',
    moduleResolution: 'bundler',
    moduleDetection: 'force',
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    allowJs: true,
    checkJs: false,
    skipLibCheck: true,
    noEmit: true,
    rootDirs: [parse(notebookFolder).root, join(root, 'files')],
  };
}
