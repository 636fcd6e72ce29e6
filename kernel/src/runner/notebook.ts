/** The notebook as a file: what `import.meta`, `module`, `require` and `__filename` say in a cell. */
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { boxFor } from './boxes.js';
import { decoratorHelpers } from './decorators.js';

/** Jupyter says which notebook a kernel is for; another client may not. */
function notebookFile(folder: string): string {
  const named = process.env.JPY_SESSION_NAME;
  return named && dirname(named) === folder ? join(folder, basename(named)) : join(folder, 'notebook.ts');
}

/** `import.meta` of every cell. */
export function notebookMeta(
  folder: string,
  find: (specifier: string, url: string) => string,
): {
  readonly url: string;
  readonly filename: string;
  readonly dirname: string;
  resolve(specifier: string): string;
} {
  const filename = notebookFile(folder);
  const url = pathToFileURL(filename).href;
  return { url, filename, dirname: folder, resolve: (specifier) => find(String(specifier), url) };
}

/** Names that code written as a CommonJS script expects. A cell is the main program. */
export function installScriptNames(filename: string): void {
  const require = createRequire(filename);
  const exports = {};
  const module = {
    id: '.',
    filename,
    path: dirname(filename),
    exports,
    loaded: false,
    children: [],
    require,
  };
  Object.assign(require, { main: module });
  const given = { require, module, exports, __filename: filename, __dirname: dirname(filename) };
  for (const [name, value] of Object.entries(given)) boxFor(name).v = value;
  boxFor('babelHelpers').v = decoratorHelpers;
}
