/** Parts of the language that need more than stripping types. */
import { feature, type Group, shows } from '../feature.js';

export const language: Group = {
  title: 'Language',
  features: [
    feature('Enums', {
      typescript: shows('3', 'enum Kind1 { Small = 3 }', 'const kind1: Kind1 = Kind1.Small;\nkind1'),
      javascript: null,
      python: null,
    }),
    feature('Namespaces', {
      typescript: shows('4', 'namespace Space1 { export const four = 4; }', 'Space1.four'),
      javascript: null,
      python: null,
    }),
    feature('Decorators, as in the standard', {
      typescript: shows(
        '8',
        `function twice1(method: (x: number) => number, _context: ClassMethodDecoratorContext) {
  return function (this: unknown, x: number): number { return 2 * method.call(this, x); };
}
class Decorated1 { @twice1 same(x: number): number { return x; } }
new Decorated1().same(4)`,
      ),
      javascript: shows(
        '8',
        `function twice1(method, _context) { return function (x) { return 2 * method.call(this, x); }; }
class Decorated1 { @twice1 same(x) { return x; } }
new Decorated1().same(4)`,
      ),
      python: null,
    }),
    feature('`using`', {
      typescript: shows(
        /^\[ ["']work["'], ["']end["'] \]$/,
        `const log1: string[] = [];
{
  using held1 = { [Symbol.dispose]() { log1.push('end'); } };
  log1.push('work');
}
log1`,
      ),
      javascript: shows(
        /^\[ 'work', 'end' \]$/,
        `const log1 = [];
{
  using held1 = { [Symbol.dispose]() { log1.push('end'); } };
  log1.push('work');
}
log1`,
      ),
      python: null,
    }),
    feature('JSX shows as HTML without a library', {
      typescript: async (kernel) => {
        const run = await kernel.run('<b>bold</b>');
        return run.status === 'ok' && JSON.stringify(run.result ?? {}).includes('<b>bold</b>');
      },
      python: null,
    }),
    feature('JSX with a function of your own (`@jsx`)', {
      typescript: shows(
        /^['"]?b:bold['"]?$/,
        `/** @jsx h1 */
declare namespace JSX { interface IntrinsicElements { b: object } }
function h1(tag: string, _props: unknown, ...children: string[]): any { return tag + ':' + children.join(''); }
<b>bold</b>`,
      ),
      javascript: shows(
        /^'b:bold'$/,
        `/** @jsx h1 */
function h1(tag, _props, ...children) { return tag + ':' + children.join(''); }
<b>bold</b>`,
      ),
      python: null,
    }),
    feature('`import.meta.dirname` is the notebook folder', {
      typescript: async (kernel) => (await kernel.shown('import.meta.dirname')).includes(kernel.folder),
      python: null,
    }),
    feature('The working directory is the notebook folder', {
      typescript: async (kernel) => (await kernel.shown('process.cwd()')).includes(kernel.folder),
      python: async (kernel) => (await kernel.shown('import os; os.getcwd()')).includes(kernel.folder),
    }),
  ],
};
