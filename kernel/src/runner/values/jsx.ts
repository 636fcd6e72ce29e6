/** JSX as a cell's value: shown as the HTML it stands for, where the notebook's folder has what renders it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { MimeBundle } from '../../shared/protocol.js';
import { asUser } from '../builtins.js';

type Render = (element: unknown) => string;

interface Element {
  readonly type: unknown;
  readonly props: Readonly<Record<string, unknown>>;
}

const REACT = new Set([Symbol.for('react.element'), Symbol.for('react.transitional.element')]);

/** The packages that render, with their function; the first that is installed is used. */
const RENDERERS = {
  react: [['react-dom/server', 'renderToStaticMarkup']],
  preact: [
    ['preact-render-to-string', 'renderToString'],
    ['preact-render-to-string', 'default'],
  ],
} as const;

/** The library that an element is of. */
export function libraryOf(value: object): Library | undefined {
  // A proxy may give anything for any name, so each is asked for with `in` first.
  if (!('type' in value && 'props' in value && 'key' in value)) return undefined;
  const element = value as unknown as Record<string, unknown>;
  if ('$$typeof' in value && REACT.has(value.$$typeof as symbol)) return 'react';
  // Preact marks its elements by a constructor that is undefined, so that JSON cannot make one.
  const own = Object.hasOwn(element, 'constructor') && element.constructor === undefined;
  return own ? 'preact' : undefined;
}

type Library = keyof typeof RENDERERS;

const require = createRequire(join(process.cwd(), 'notebook.js'));

/** @throws what a component throws */
export function jsxBundle(value: object, library: Library): MimeBundle {
  const bundle: MimeBundle = { 'text/plain': elementText(value) };
  const render = rendererOf(library);
  return render ? { 'text/html': asUser(() => render(value)), ...bundle } : bundle;
}

function rendererOf(library: Library): Render | undefined {
  for (const [name, exported] of RENDERERS[library]) {
    try {
      const render: unknown = (require(name) as Record<string, unknown>)[exported];
      if (typeof render === 'function') return render as Render;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** The element as it would be written. */
function elementText(value: unknown): string {
  if (Array.isArray(value)) return value.map(elementText).join('');
  if (value === null || value === undefined || typeof value === 'boolean') return '';
  if (typeof value !== 'object') return String(value);
  if (!libraryOf(value)) return '{…}';
  const { type, props } = value as Element;
  const name = nameOf(type);
  const given = Object.entries(props).filter(([key]) => key !== 'children');
  const attributes = given.map(
    ([key, item]) => ` ${key}=${typeof item === 'string' ? JSON.stringify(item) : `{${short(item)}}`}`,
  );
  const inside = elementText(props.children);
  const open = `<${name}${attributes.join('')}`;
  return inside === '' && name !== '' ? `${open} />` : `${open}>${inside}</${name}>`;
}

function nameOf(type: unknown): string {
  if (typeof type === 'string') return type;
  if (typeof type === 'symbol') return '';
  const named = type as { displayName?: unknown; name?: unknown } | null;
  return String(named?.displayName || named?.name || 'Anonymous').replace(/^Fragment$|^[a-z]$/, '');
}

function short(value: unknown): string {
  if (typeof value === 'function') return value.name || '() => …';
  return typeof value === 'object' && value !== null ? '…' : String(value);
}
