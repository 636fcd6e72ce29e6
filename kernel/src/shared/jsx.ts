/** How JSX is turned into calls: as the notebook's tsconfig says, else for the library that is installed. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Jsx =
  | { readonly runtime: 'automatic'; readonly importSource: string }
  | { readonly runtime: 'classic'; readonly factory: string; readonly fragment: string };

/** What a tsconfig asks for; undefined where it says nothing of JSX. */
export function jsxOf(options: Readonly<Record<string, unknown>>): Jsx | undefined {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const mode = text('jsx');
  const importSource = text('jsxImportSource');
  if (mode === 'react' && !importSource) {
    const namespace = text('reactNamespace') ?? 'React';
    return {
      runtime: 'classic',
      factory: text('jsxFactory') ?? `${namespace}.createElement`,
      fragment: text('jsxFragmentFactory') ?? `${namespace}.Fragment`,
    };
  }
  if (importSource) return { runtime: 'automatic', importSource };
  // `preserve` leaves JSX to a bundler, and no bundler of today does without the automatic runtime.
  return mode === 'react-jsx' || mode === 'react-jsxdev'
    ? { runtime: 'automatic', importSource: 'react' }
    : undefined;
}

/** The automatic runtime of React or Preact, whichever is installed nearest. */
export function defaultJsx(folder: string, looked: string[]): Jsx {
  for (let at = folder; ; at = dirname(at)) {
    for (const name of ['react', 'preact']) {
      const manifest = join(at, 'node_modules', name, 'package.json');
      looked.push(manifest);
      if (existsSync(manifest)) return { runtime: 'automatic', importSource: name };
    }
    if (dirname(at) === at) return { runtime: 'automatic', importSource: 'react' };
  }
}

/** The same for the type checker. */
export function jsxOptions(jsx: Jsx): Record<string, string> {
  if (jsx.runtime === 'automatic') return { jsx: 'react-jsx', jsxImportSource: jsx.importSource };
  return { jsx: 'react', jsxFactory: jsx.factory, jsxFragmentFactory: jsx.fragment };
}
