/** What code with decorators of old and their metadata calls. They do what TypeScript's own helpers do. */

type Decorator = (target: unknown, key?: unknown, more?: unknown) => unknown;

function decorate(
  decorators: readonly (Decorator | undefined)[],
  target: unknown,
  key?: PropertyKey,
  descriptor?: PropertyDescriptor | null,
): unknown {
  const isMember = key !== undefined;
  // A field has no descriptor, which `undefined` says; `null` asks for the one that is there.
  let result: unknown = isMember
    ? descriptor === null
      ? Object.getOwnPropertyDescriptor(target, key)
      : descriptor
    : target;
  for (const decorator of [...decorators].reverse()) {
    if (!decorator) continue;
    const replaced = isMember ? decorator(target, key, result) : decorator(result);
    result = replaced || result;
  }
  if (isMember && result) Object.defineProperty(target as object, key, result as PropertyDescriptor);
  return result;
}

const decorateParam =
  (index: number, decorator: Decorator): Decorator =>
  (target, key) =>
    decorator(target, key, index);

/** The package reflect-metadata adds `Reflect.metadata`; without it there is nowhere to keep it. */
function decorateMetadata(key: string, value: unknown): Decorator | undefined {
  const { metadata } = Reflect as { metadata?: (key: string, value: unknown) => Decorator };
  return typeof metadata === 'function' ? metadata(key, value) : undefined;
}

export const decoratorHelpers = { decorate, decorateParam, decorateMetadata };
