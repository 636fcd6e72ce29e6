/** What the client knows of a session: which names there are and what they hold. A wrong value is the worst fault. */
import type { Random } from '../kernel/seeded.js';

export type Value = number | string;

/** So many names of each sort, so that cells meet again and again. */
const NAMES = 12;

export class Model {
  /** Names that cells assign. */
  readonly values = new Map<string, Value>();
  /** Functions of earlier cells with the name that each returns: they must see its newest value. */
  readonly readers = new Map<string, string>();

  clear(): void {
    this.values.clear();
    this.readers.clear();
  }

  anyName(random: Random): string {
    return `v${random.below(NAMES)}`;
  }

  /** A name that holds a number; undefined when there is none yet. */
  numberName(random: Random): string | undefined {
    const found = [...this.values].filter(([, value]) => typeof value === 'number');
    return found.length > 0 ? random.pick(found)[0] : undefined;
  }

  /** What a declaration does: a function that returned the name before goes on to, and is typed as before. */
  declare(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** Code whose value tells all names, and what it has to show. */
  all(): { readonly code: string; readonly shows: string } {
    const names = [...this.values.keys()];
    const readers = [...this.readers].filter(([, name]) => this.values.has(name));
    const code = `JSON.stringify([${[...names, ...readers.map(([reader]) => `${reader}()`)].join(', ')}])`;
    const values = [...this.values.values(), ...readers.map(([, name]) => this.values.get(name))];
    return { code, shows: JSON.stringify(values) };
  }
}
