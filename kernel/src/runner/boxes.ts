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

/** The box of a name that some cell gave a value. */
export function boxWithValue(name: string): Box | undefined {
  const box = boxes.get(name);
  return box && box.n > 0 ? box : undefined;
}

const declaredOnly = new Set<string>();

/** Notes names that a cell declares without a value. */
export function noteDeclaredOnly(names: Iterable<string>): void {
  for (const name of names) declaredOnly.add(name);
}

/** Takes every name's value. Whoever still holds a box sees undefined in it. */
export function resetBoxes(): void {
  for (const box of boxes.values()) {
    if (box.n === 0) continue;
    becomePlain(box, undefined);
    box.n = 0;
  }
  declaredOnly.clear();
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

interface Guard {
  readonly cell: number;
  readonly get: () => never;
  /** What the box held when the guard was put up. */
  before: PropertyDescriptor;
}

/** Guards that are up, the newest last: cells of two shells may declare the same name at a time. */
const guards = new Map<string, Guard[]>();

/** Reading the name throws until its declaration has run, as the language says of `let`, `const` and `class`. */
export function guard(name: string, cell: number): void {
  const box = boxFor(name);
  const before = Object.getOwnPropertyDescriptor(box, 'v') as PropertyDescriptor;
  const get = (): never => {
    throw new ReferenceError(`Cannot access '${name}' before initialization`);
  };
  const up = guards.get(name);
  if (up) up.push({ cell, get, before });
  else guards.set(name, [{ cell, get, before }]);
  Object.defineProperty(box, 'v', {
    get,
    set(value: unknown) {
      becomePlain(box, value);
    },
    enumerable: true,
    configurable: true,
  });
}

/** Takes down a cell's guard, and brings back what it hid if the run never reached the declaration. */
export function unguard(name: string, cell: number): void {
  const up = guards.get(name) ?? [];
  const at = up.findIndex((one) => one.cell === cell);
  if (at < 0) return;
  const [{ get, before }] = up.splice(at, 1) as [Guard];
  if (up.length === 0) guards.delete(name);
  const box = boxFor(name);
  if (Object.getOwnPropertyDescriptor(box, 'v')?.get === get) Object.defineProperty(box, 'v', before);
  // Or a later guard hides it.
  for (const later of up) if (later.before.get === get) later.before = before;
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
