/** The session's names. One box each, made once, so that all cells share it. */

/** Holds one name's value (`v`) and the cell whose run set it (`n`). */
export class Box {
  v: unknown = undefined;
  n = 0;
}

const boxes = new Map<string, Box>();

export function boxFor(name: string): Box {
  let box = boxes.get(name);
  if (!box) {
    box = new Box();
    boxes.set(name, box);
  }
  return box;
}

const declaredOnly = new Set<string>();

/** Notes names that a cell declares without a value. */
export function noteDeclaredOnly(names: Iterable<string>): void {
  for (const name of names) declaredOnly.add(name);
}

/** Those of the noted names that still have no value; the others are forgotten. */
export function valueless(): string[] {
  for (const name of declaredOnly) {
    const value = Object.getOwnPropertyDescriptor(boxFor(name), 'v');
    if (value?.get || value?.value !== undefined) declaredOnly.delete(name);
  }
  return [...declaredOnly];
}

/** Makes the box a plain variable again when it is assigned. */
function becomePlain(box: Box, value: unknown): void {
  Object.defineProperty(box, 'v', { value, writable: true, enumerable: true, configurable: true });
}

/** Reading the name throws until its declaration has run, as the language says of `let`, `const` and `class`. */
export function guard(name: string): void {
  const box = boxFor(name);
  Object.defineProperty(box, 'v', {
    get() {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    },
    set(value: unknown) {
      becomePlain(box, value);
    },
    enumerable: true,
    configurable: true,
  });
}

/** Undoes `guard` for a name whose declaration the run never reached. */
export function unguard(name: string, cell: number, before: PropertyDescriptor | undefined): void {
  const box = boxFor(name);
  if (box.n !== cell && before) Object.defineProperty(box, 'v', before);
}

/** Binds the name to an import: reads go to the module, so they see what the module changes. */
export function bindImport(name: string, cell: number, read: () => unknown): void {
  const box = boxFor(name);
  Object.defineProperty(box, 'v', {
    get: read,
    set(value: unknown) {
      becomePlain(box, value);
    },
    enumerable: true,
    configurable: true,
  });
  box.n = cell;
}
