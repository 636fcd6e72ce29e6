/** Values of a paused program as the Debug Adapter Protocol shows them. References live until the program goes on. */
import type { Inspector } from './inspector.js';

/** A value as V8's inspector tells of it. */
export interface RemoteObject {
  readonly type: string;
  readonly subtype?: string;
  readonly className?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly description?: string;
  readonly objectId?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
  readonly get?: RemoteObject;
  readonly isOwn?: boolean;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly variablesReference: number;
  readonly evaluateName?: string;
}

/** More of a long array than anybody reads in a panel. */
const MOST = 1000;

export class Variables {
  readonly #inspector: Inspector;
  readonly #objects = new Map<number, readonly string[]>();
  #count = 0;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  clear(): void {
    this.#objects.clear();
  }

  /** A reference under which the properties of these objects are listed together. */
  reference(objectIds: readonly string[]): number {
    this.#count++;
    this.#objects.set(this.#count, objectIds);
    return this.#count;
  }

  async list(reference: number): Promise<Variable[]> {
    const lists = await Promise.all((this.#objects.get(reference) ?? []).map((id) => this.#properties(id)));
    const seen = new Map<string, Variable>();
    for (const variable of lists.flat()) if (!seen.has(variable.name)) seen.set(variable.name, variable);
    return [...seen.values()];
  }

  /** A value under a name. */
  shown(name: string, value: RemoteObject): Variable {
    return {
      name,
      value: textOf(value),
      type: typeName(value),
      variablesReference: value.objectId && value.type !== 'function' ? this.reference([value.objectId]) : 0,
      evaluateName: name,
    };
  }

  async #properties(objectId: string): Promise<Variable[]> {
    const { result } = await this.#inspector.ask<{ result: readonly Property[] }>('Runtime.getProperties', {
      objectId,
      ownProperties: true,
      generatePreview: false,
    });
    return result
      .filter(({ name, value }) => value !== undefined && !name.includes('$$') && name !== '__proto__')
      .slice(0, MOST)
      .map(({ name, value }) => this.shown(name, value as RemoteObject));
  }
}

/**
 * JupyterLab's panel shows the value beside a name only when the type has one of these names; of all else it shows
 * the type, so that says what is worth knowing: `Float64Array(3)`, `Map(2)`.
 */
function typeName(value: RemoteObject): string {
  if (value.type === 'number') return Number.isInteger(value.value) ? 'int' : 'float';
  if (value.type === 'string') return 'str';
  if (value.type === 'boolean') return 'bool';
  if (value.type === 'function') return 'function';
  return textOf(value);
}

export function textOf(value: RemoteObject): string {
  if (value.unserializableValue) return value.unserializableValue;
  if (value.type === 'undefined') return 'undefined';
  if (value.type === 'string') return JSON.stringify(value.value);
  if (value.value !== undefined) return String(value.value);
  return value.description?.split('\n')[0] ?? value.type;
}
